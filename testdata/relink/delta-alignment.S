/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A shift that is no multiple of the largest alignment, here 2 MiB, would leave sections and segments misaligned,
 * and the linker would lay the image out anew.
 *
 * @arch   rv64imac
 * @bases  0xffffffff80200000 +0x200000 >0xffffffff80300000 >0xffffffff80200800
 * @expect[*-0xffffffff80300000] refuse "align"
 * @expect[*-0xffffffff80200800] refuse "align"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	ret
	.data
	.balign	0x200000
word:	.word	0
