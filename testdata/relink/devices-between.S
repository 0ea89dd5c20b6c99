/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image has two parts, and what lies between them is not of it: absolute symbols there are devices and the ROM,
 * and stay where they are.
 *
 * @arch   rv64imac rv32imac
 * @model  medlow
 * @script devices-between.ld
 * @bases  0x3c000000 0x3d000000
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	lui	a0, %hi(uart)
	sw	zero, %lo(uart)(a0)
	lui	a1, %hi(word)
	lw	a2, %lo(word)(a1)
	ret
	.data
word:	PTR	word, uart, rom_call, _start
