/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GNU ld shortens lui to c.lui where the upper half fits six bits, and keeps RVC_LUI for it. Within that reach the
 * image can move; past it, or down to where the upper half is 0, the instruction has no room for the new address.
 * There the linker takes the long form, which is another layout.
 *
 * @arch   rv64imac rv32imac
 * @model  medlow
 * @link   ld
 * @bases  0x10000 0x13000 >0x40000
 * @expect[*-0x40000] refuse "R_RISCV_RVC_LUI" ".text+0x0"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	lui	a0, %hi(word)
	addi	a0, a0, %lo(word)
	lui	a1, %hi(word)
	lw	a2, %lo(word)(a1)
	sw	a2, %lo(word)(a1)
	ret
	.data
word:	.word	0
