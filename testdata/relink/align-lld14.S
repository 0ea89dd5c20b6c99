/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LLD 14 does not take objects with ALIGN records at all; it does take other relaxable ones, and relaxes nothing.
 *
 * @arch    rv64imac
 * @link    lld14
 * @variant align none
 * @flags[align] -DALIGN
 * @expect[align] linker-fails "relaxation"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	call	other
	la	a0, word
#ifdef ALIGN
	.balign	64
#endif
other:	ret
	.data
word:	.word	0
