/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A 32-bit distance from its own place, R_RISCV_32_PCREL: stays within the image, and to a fixed target shrinks as
 * the image moves away from it.
 *
 * @arch    rv64imac rv32imac
 * @cc      gcc clang19
 * @variant inside fixed
 * @flags[fixed] -DFIXED=0x1000
 * @bases[fixed] 0x10200000 +0x04200000
 * @bases[fixed rv64*] 0x10200000 +0x04200000 >0xffffffe000200000
 * @expect[*-0xffffffe000200000 fixed] refuse "R_RISCV_32_PCREL" ".data+0x9"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	ret
	.data
	.byte	1
	.reloc	., R_RISCV_32_PCREL, _start
	.word	0
	.reloc	., R_RISCV_32_PCREL, _end - 0x10
	.word	0
#ifdef FIXED
	.globl	constant
	.set	constant, FIXED
	.reloc	., R_RISCV_32_PCREL, constant + 4
	.word	0
#endif
