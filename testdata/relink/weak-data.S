/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The word of a weak symbol that nobody defined is 0, and 0 it stays: it must not become the shift.
 *
 * @arch  rv64imac rv32imac
 */
#include "asm.h"
	.weak	nobody
	.section .head.text, "ax"
	.globl	_start
_start:	ret
	.data
	.balign	8
	PTR	nobody, _start, nobody
	.word	0
	PTR	nobody
