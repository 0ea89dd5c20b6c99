/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same from lui: `lui` goes away, and the lower half counts from gp.
 *
 * @arch   rv64imac rv32imac
 * @model  medlow
 * @link   ld ld-norelax
 */
	.section .head.text, "ax"
	.globl	_start
_start:
	.option push
	.option norelax
	lui	gp, %hi(__global_pointer$)
	addi	gp, gp, %lo(__global_pointer$)
	.option pop
	lui	a0, %hi(small)
	addi	a1, a0, %lo(small)
	lw	a2, %lo(small)(a0)
	sw	a2, %lo(small + 4)(a0)
	lui	a0, %hi(distant)
	sb	a2, %lo(distant)(a0)
	ret
	.data
distant: .skip	0x2000
	.section .sdata, "aw"
	.skip	0x400
	.balign	8
small:	.dword	0
