/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware runs from ROM, with its data in RAM and a copy of them in ROM: the physical address of the data is behind
 * the code, whose own is the virtual one, and moves with it.
 *
 * @arch   rv64imac rv32imac
 * @script rom-ram.ld
 * @bases  0x20000000 0x22000000 >0x60000000
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, copy
	la	a1, word
	ret
	.data
	.balign	8
word:	PTR	word, _start, copy
