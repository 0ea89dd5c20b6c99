/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A word in .got that no code leads to, and that looks like an address of the image, may be one or not. Nothing in
 * the file tells.
 *
 * @arch   rv64imac
 * @bases  0xffffffff80200000 >0xffffffffb4400000
 * @script got-unreached.ld
 * @expect refuse ".got"
 */
	.section .head.text, "ax"
	.globl	_start, word
_start:	.option pic
	la	a0, word
	ret
	.data
	.balign	8
word:	.dword	0
