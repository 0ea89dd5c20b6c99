/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The GOT slot of a constant in a PIE gets a RELATIVE record from GNU ld, with the constant for an addend. A loader
 * makes nonsense of it, but it is no address, and stays.
 *
 * @arch    rv64imac rv32imac
 * @link    ld ld-norelax ld-plain lld14-plain lld19-plain
 * @ldflags -pie --defsym=constant=0x1234
 * @script  none
 * @bases         0x80200000 +0x04000000
 */
#include "asm.h"
	.globl	_start
	.text
_start:	.option pic
	la	a0, constant
	la	a1, word
	ret
	.data
	.globl	word
word:	PTR	word
