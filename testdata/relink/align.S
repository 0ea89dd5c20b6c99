/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Assemblers write ALIGN records with nops to delete. GNU ld turns them into NONE, LLD 19 leaves them as they were
 * in the object, and neither stands for bytes to change.
 *
 * @arch  rv64imac rv64ima rv32imac
 * @link  ld ld-norelax lld19
 */
	.section .head.text, "ax"
	.globl	_start
_start:	call	one
	.balign	16
	la	a0, word
	.balign	64
one:	call	_start
	.balign	8
	lw	a0, word
	.balign	4096
	ret
	.data
word:	.word	0
