/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record of a type that nobody here knows (200 is a vendor's) may stand for anything; it is not skipped.
 *
 * @arch   rv64imac
 * @post   poke .rela.data 8 '\xc8'
 * @bases  0xffffffff80200000 >0xffffffffb4400000
 * @expect refuse "200" ".data+0x0"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	ret
	.data
	.balign	8
word:	.dword	_start
