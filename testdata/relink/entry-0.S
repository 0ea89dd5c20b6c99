/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Firmware linked at address 0, where it also starts: an entry of 0 is an address here.
 *
 * @arch   rv64imac rv32imac
 * @link   ld-norelax ld-plain lld14-plain lld19-plain
 * @script entry-0.ld
 * @bases  0x0 0x20000000
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	ret
	.data
word:	PTR	word, _start
