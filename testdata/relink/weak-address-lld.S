/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LLD cannot link the address of an undefined weak symbol out of reach of auipc. The image can be moved there all
 * the same, with lui in its place, as GNU ld would have written.
 *
 * @arch   rv64imac
 * @link   lld14-plain lld19 lld19-plain
 * @bases  0x10200000 >0xffffffe000200000
 * @expect keeps-meaning "LLD finds 0 out of range"
 */
	.weak	nobody
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, nobody
	la	a1, word
pair:	auipc	a2, %pcrel_hi(nobody + 0x123)
	lw	a3, %pcrel_lo(pair)(a2)
	sw	a3, %pcrel_lo(pair)(a2)
	addi	a4, a2, %pcrel_lo(pair)
	ret
	.data
word:	.word	0
