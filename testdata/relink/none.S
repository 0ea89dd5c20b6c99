/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * R_RISCV_NONE changes nothing, whatever symbol and addend it carries, and where relaxation has deleted the end of
 * a section it lies behind that end.
 *
 * @arch  rv64imac rv32imac
 */
	.section .head.text, "ax"
	.globl	_start
_start:	.reloc	., R_RISCV_NONE, word + 0x77
	ret
	.section .text.last, "ax"
	call	_start
	.reloc	., R_RISCV_NONE, word
	.section .exit.text, "ax"
	la	a0, word
	call	_start
	.data
	.reloc	., R_RISCV_NONE, word
word:	.word	0
