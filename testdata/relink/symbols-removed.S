/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A script symbol that is assigned after the last debug section is filed under that section by LLD, which is not
 * allocated; it is an address all the same, and moves.
 *
 * @arch   rv64imac rv32imac
 * @bases[ld* rv64*] 0xffffffff80200000 +0x34200000
 * @expect[lld19] refuse ".debug_bar"
 * @script symbols-removed.ld
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, _end
	ret
	.data
	.balign	8
word:	PTR	_end, in_debug
	.section .debug_bar, "", @progbits
	.word	1, 2
in_debug:
	PTR	in_debug, word
