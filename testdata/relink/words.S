/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pointer in data is one word, R_RISCV_64 or R_RISCV_32 by the class, and moves with what it points to. It may
 * be packed, and then lies at any address. Addends, also those that lead out of the section, take no part.
 *
 * @arch rv64imac rv64ima rv32imac rv32ima
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	ret

	.data
	.balign	8
aligned:
	PTR	_start, aligned, _end, end_of_bss
	PTR	_start + 0x123456, aligned - 0x1000
	.byte	1
packed:	PTR	_start, packed
	.byte	2, 3
	PTR	packed
	.byte	4
	.section .rodata, "a"
	PTR	packed
	.bss
	.skip	100
end_of_bss:
