/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 32-bit word on RV64 holds an address while that fits in 32 bits, as in the jump tables of medlow code. Linkers
 * cut it off without a word where it does not; here that has to be refused.
 *
 * @arch   rv64imac
 * @bases  0xffffffff80200000 +0x34200000 0x10200000 >0xffffffe000200000
 * @expect[*-0xffffffe000200000] refuse "R_RISCV_32" ".rodata+0x0"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	ret
	.section .rodata, "a"
	.word	_start
	.byte	1
	.word	inside + 2
	.data
inside:	.dword	0
