/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An image must not be put where it would run over the end of the address space.
 *
 * @arch   rv64imac rv32imac
 * @bases  0xffffffff80200000 >0xffffffffffff0000
 * @bases[rv32*] 0x80200000 >0xffff0000
 * @expect[*ffff0000] refuse "address space"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	ret
	.data
	.skip	0x18000
word:	.word	0
