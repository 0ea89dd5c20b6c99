/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An instruction that was patched after the link does not agree with its record any more, and is not touched.
 *
 * @arch   rv64imac
 * @model  medlow
 * @post   poke .text 0 '\x13\x00\x00\x00'
 * @bases  0xffffffff80200000 >0xffffffffb4400000
 * @expect refuse "R_RISCV_HI20" ".text+0x0" "word"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	lui	a0, %hi(word)
	addi	a0, a0, %lo(word)
	ret
	.data
word:	.dword	0
