/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 64-bit word of a 32-bit image, such as a u64 in a table that both classes share, has R_RISCV_64 too. GNU ld
 * and LLD 19 fill it with the address, the upper half 0; LLD 14 extends the sign.
 *
 * @arch  rv32imac
 * @expect[lld14* *-0x10200000] same-image "the upper half does not tell any more, so there is no way back"
 * @bases[lld14*] 0x80200000 0xc0400000 >0x10200000
 */
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	ret
	.data
	.balign	8
word:	.dword	_start
	.dword	word
