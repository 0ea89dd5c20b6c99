/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LLD relaxes to gp only when told so, and lets its own types 256 and 257 out into the file, with the addend not
 * reduced by gp. The bytes do not change.
 *
 * @arch   rv64imac rv64ima
 * @model  medlow
 * @link   lld19
 * @ldflags --relax-gp
 */
	.section .head.text, "ax"
	.globl	_start
_start:
	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	lui	a0, %hi(small)
	addi	a0, a0, %lo(small)
	lui	a1, %hi(small)
	lw	a2, %lo(small)(a1)
	lui	a1, %hi(small)
	sw	a2, %lo(small)(a1)
	ret
	.section .sdata, "aw"
	.skip	0x400
	.balign	8
small:	.dword	0
