/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GNU ld makes accesses near address 0 relative to the zero register by itself, from auipc as well as from lui.
 *
 * @arch   rv64imac
 * @link   ld
 * @bases  0x40 >0x10040
 * @script zero-page.ld
 * @expect refuse "R_RISCV_" ".text+0x" "word"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	lw	a0, word
	lui	a1, %hi(word)
	addi	a1, a1, %lo(word)
	ret
word:	.word	0
