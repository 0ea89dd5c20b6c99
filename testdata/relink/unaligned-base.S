/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A base that is not the beginning of a page is all right as long as the shift is of whole pages.
 *
 * @arch   rv64imac
 * @model  medlow
 * @by     delta
 * @bases  0x10200440 0x14200440 0xffffffff80200440 >0x14200c40
 * @expect[*-0x14200c40] refuse "align"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	lui	a1, %hi(word)
	lw	a1, %lo(word)(a1)
	ret
	.data
	.balign	8
word:	.dword	word
