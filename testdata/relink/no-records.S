/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Without records there is nothing to go by: an image that was linked without --emit-relocs, or stripped, is refused.
 *
 * @arch   rv64imac
 * @post   ${CROSS}strip -s
 * @bases  0xffffffff80200000 >0xffffffffb4400000
 * @expect refuse "emit-relocs"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	ret
	.data
	.balign	8
word:	.dword	word
