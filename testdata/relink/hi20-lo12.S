/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An absolute address as lui and a 12-bit half. Nothing ties the halves together, there may be several lower ones,
 * and they come before the upper one too. The lower halves stay while the image moves by whole pages.
 *
 * @arch   rv64imac rv64ima rv32imac rv32ima
 * @model  medlow
 * @bases[rv64*] 0xffffffff80200000 +0x34200000 0x10200000 >0xffffffe000200000
 * @expect[*-0xffffffe000200000] refuse "R_RISCV_HI20" ".text+0x"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	j	2f
1:	lw	a1, %lo(word + 4)(a0)
	sw	a1, %lo(word + 8)(a0)
	addi	a2, a0, %lo(word)
	jalr	%lo(_start)(a3)
2:	lui	a0, %hi(word)
	lui	a3, %hi(_start)
	j	1b
	lui	a4, %hi(far + 0x12345)
	addi	a4, a4, %lo(far + 0x12345)
	.data
	.balign	8
word:	.word	1, 2, 3, 4
	.skip	0x7f0
far:	.word	0
