/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unwind tables may also hold absolute addresses, of a personality routine and of its tables. Those move.
 *
 * @arch   rv64imac
 * @cc     gcc clang19
 * @link[clang19] ld ld-plain
 * @script eh-frame.ld
 */
	.section .head.text, "ax"
	.globl	_start
_start:	.cfi_startproc
	.cfi_personality 0, personality
	.cfi_lsda 0, table
	la	a0, table
	.cfi_def_cfa_offset 16
	call	personality
	ret
	.cfi_endproc
	.section .text.other, "ax"
other:	.cfi_startproc
	.cfi_def_cfa_offset 32
	ret
	.cfi_endproc
personality: ret
	.section .rodata, "a"
table:	.word	0
