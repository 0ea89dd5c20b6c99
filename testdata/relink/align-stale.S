/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * With --no-relax LLD deletes alignment bytes and copies the records as they were in the object: after the first
 * such place they are off. Nothing in the file can be trusted then.
 *
 * @arch   rv64ima rv64imac
 * @link   lld19-norelax
 * @bases  0xffffffff80200000 >0xffffffffb4200000
 * @expect refuse ".text+0x"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	lw	a0, word
	.balign	64
	la	a0, word
	call	_start
	.data
word:	.word	0
