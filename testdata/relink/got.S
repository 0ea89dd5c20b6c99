/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A static image has a GOT if objects were compiled as PIC: GNU ld 2.40 and LLD leave the loads. The slots hold
 * addresses and no record says so; only the code that loads them leads there. Slots of weak symbols that nobody
 * defined, and of constants, stay as they are.
 *
 * @arch  rv64imac rv64ima rv32imac
 */
#include "asm.h"
	.weak	nobody
	.globl	constant
	.set	constant, 0x123
	.section .head.text, "ax"
	.globl	_start, word, other
_start:	.option pic
	la	a0, word
	la	a1, other
	la	a2, word
	la	a3, nobody
	la	a4, constant
	la	a5, _end
slot:	auipc	a6, %got_pcrel_hi(other)
	LX	a6, %pcrel_lo(slot)(a6)
	ret
	.data
	.balign	8
word:	.dword	0
other:	.dword	0
