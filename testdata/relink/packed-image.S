/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ld -N and -n leave the segments unaligned and let text and data share pages.
 *
 * @arch    rv64imac rv32imac
 * @variant omagic nmagic
 * @ldflags[omagic] -N
 * @ldflags[nmagic] -n
 * @script  packed-image.ld
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	ret
	.data
word:	PTR	word
