/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A script's symbols more than a megabyte behind the last section: the ends of a heap and a stack. They belong to a
 * section, lie outside it, and are addresses all the same, far larger than any size.
 *
 * @arch   rv64imac rv32imac
 * @script stack-behind.ld
 * @bases  0x80200000 0x84400000
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	la	sp, _stack_top
	la	a0, _heap
	ret
	.data
	PTR	_heap, _stack_limit, _stack_top, _start
