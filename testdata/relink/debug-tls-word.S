/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clang has a plain word for a thread-local variable in its DWARF. GNU ld puts an address in the TLS segment there,
 * which moves, and LLD the offset, which does not.
 *
 * @arch    rv64imac rv32imac
 * @link    ld ld-plain lld14-plain lld19-plain
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	ret
	.section .tdata, "awT", @progbits
first:	.word	1
	.globl	second
second:	.word	2
	.data
word:	.word	0
	.section .debug_tls, "", @progbits
	.byte	1
	PTR	second
	PTR	first
	PTR	_start
