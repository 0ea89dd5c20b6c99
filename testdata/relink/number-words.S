/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record without a symbol, or of a constant, is a number, even where that looks like an address; it stays.
 *
 * @arch   rv64imac rv32imac
 * @ldflags --defsym=number=0x4321
 */
#include "asm.h"
#if __riscv_xlen == 64
#define R_PTR R_RISCV_64
#else
#define R_PTR R_RISCV_32
#endif
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	ret
	.data
	.balign	8
	.reloc	., R_PTR, 0x12345
	PTR	0
	PTR	number, number + 1
word:	PTR	word
