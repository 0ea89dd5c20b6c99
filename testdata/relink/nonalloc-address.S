/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the script gives no address 0 to a section that is not loaded, GNU ld hands it the location counter; the
 * offsets of its records are relative to that. Here such a section has an address, and it moves with the rest.
 *
 * @arch   rv64imac rv32imac
 * @expect[lld19] refuse ".debug_foo"
 * @script nonalloc-address.ld
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	ret
	.data
word:	.word	0
	.section .debug_foo, "", @progbits
	.byte	1
	PTR	word, _start
	.section .debug_bar, "", @progbits
	.byte	1
	PTR	word, _start
