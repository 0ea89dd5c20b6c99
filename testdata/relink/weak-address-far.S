/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where 0 is out of reach of auipc, GNU ld writes lui, and drops the symbol; an image that had auipc needs lui too
 * when it moves there.
 *
 * @arch   rv64imac
 * @link   ld-norelax ld-plain
 * @bases  0x10200000 0xffffffe000200000
 * @expect same-meaning "the linker drops the symbol when it writes lui"
 * @expect[0x10200000-0x10200000] equal
 * @expect[0xffffffe000200000-0xffffffe000200000] equal
 */
	.weak	nobody
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, nobody
	la	a1, word
	ret
	.data
word:	.word	0
