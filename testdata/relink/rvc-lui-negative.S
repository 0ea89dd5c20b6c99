/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * c.lui also reaches the last 128 KiB of the address space, by its sign.
 *
 * @arch   rv64imac
 * @model  medlow
 * @link   ld
 * @bases  0xfffffffffffe8000 0xffffffffffff0000 >0xfffffffffff80000
 * @expect[*-0xfffffffffff80000] refuse "R_RISCV_RVC_LUI" ".text+0x0"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	lui	a0, %hi(word)
	addi	a0, a0, %lo(word)
	ret
	.data
word:	.word	0
