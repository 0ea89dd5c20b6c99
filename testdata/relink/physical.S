/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's sections have load addresses of their own, counted from 0 or from where memory is. They stay when the
 * virtual addresses move; those of an image without AT() are the virtual ones, and move.
 *
 * @arch   rv64imac rv32imac
 * @script physical.ld
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	ret
	.data
word:	PTR	_start
