/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stale records at their worst: with --no-relax LLD leaves the record of a lui at another instruction, so that one
 * would be broken and the lui be missed.
 *
 * @arch   rv64imac
 * @model  medlow
 * @link   lld19-norelax
 * @bases  0xffffffff80200000 >0xffffffffb4200000
 * @expect refuse "R_RISCV_HI20" ".text+0x"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	nop
	c.nop
	.option norvc
	nop
	.option rvc
	.balign	16
	lui	a0, %hi(word)
	addi	a0, a0, %lo(word)
	ret
	.data
word:	.word	0
