/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One auipc serves any number of lower halves, before it and after it, near and far: they are tied to it by the
 * label of the auipc, not by order. Within the image none of it changes.
 *
 * @arch  rv64imac rv64ima rv32imac rv32ima
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	j	3f
1:	lw	a1, %pcrel_lo(first)(a0)
	addi	a2, a0, %pcrel_lo(first)
	sw	a1, %pcrel_lo(first)(a0)
	j	4f
2:	LX	a1, %pcrel_lo(second)(t0)
	j	1b
3:
second:	auipc	t0, %pcrel_hi(other)
first:	auipc	a0, %pcrel_hi(word)
	SX	a1, %pcrel_lo(second)(t0)
	sb	a1, %pcrel_lo(first)(a0)
	lhu	a1, %pcrel_lo(first)(a0)
	j	2b
4:	la	a5, word + 12
	lw	a5, other
	sw	a5, other, a4
third:	auipc	a6, %pcrel_hi(4b)
	jalr	%pcrel_lo(third)(a6)
	.data
	.balign	8
word:	.word	1, 2, 3, 4
	.skip	0x2100
other:	.dword	0
