/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The output of ld -r has records too, but it is no image yet.
 *
 * @arch    rv64imac
 * @link    ld
 * @script  none
 * @ldflags -r
 * @bases   0x0 >0x1000000
 * @expect  refuse "not a linked image"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	ret
	.data
	.balign	8
word:	.dword	word
