/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SET32 with a SUB32 behind it is a difference, and without one an absolute word of 32 bits. LLD checks the range
 * of both, so that it can link this only below 2 GiB.
 *
 * @arch   rv64imac rv32imac
 * @bases  0x10200000 +0x04200000 >0xffffffe000200000
 * @bases[rv32*] 0x10200000 +0x04200000
 * @expect[*-0xffffffe000200000] refuse "R_RISCV_SET32" ".data+0x5"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	ret
	.data
	.byte	1
here:	.reloc	., R_RISCV_SET32, here + 8
	.reloc	., R_RISCV_SUB32, _start
	.word	0
	.reloc	., R_RISCV_SET32, _start
	.word	0
	.reloc	., R_RISCV_SET32, _end
	.word	0
