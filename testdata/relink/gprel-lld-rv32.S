/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In a 32-bit file type 257 has no room and comes out as 1, R_RISCV_32, on a store instruction. That must not be
 * taken for a word.
 *
 * @arch   rv32imac
 * @model  medlow
 * @link   lld19
 * @ldflags --relax-gp
 * @bases  0x80200000 >0xc0400000
 * @expect refuse "R_RISCV_32" ".text+0x" "small"
 */
	.section .head.text, "ax"
	.globl	_start
_start:
	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	lui	a1, %hi(small)
	sw	a2, %lo(small)(a1)
	ret
	.section .sdata, "aw"
	.skip	0x400
	.balign	8
small:	.dword	0
