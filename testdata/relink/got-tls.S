/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Among the GOT slots those of thread-local variables hold offsets, one word for initial-exec and two for
 * general-dynamic. The slots beside them hold addresses and move.
 *
 * @arch    rv64imac rv32imac
 * @link    ld ld-norelax ld-plain lld14-plain lld19 lld19-plain
 * @variant static pie
 * @ldflags[pie] -pie
 * @script[pie]  none
 * @bases   0x10200000 +0x04200000
 */
#include "asm.h"
	.text
	.globl	_start, word, other, third
_start:	.option pic
	la	a0, word
	la.tls.ie a1, local
	la	a2, other
	la.tls.gd a3, local
	la	a4, third
	la.tls.ie a5, second
	la	a6, _start
	ret
	.data
	.balign	8
word:	PTR	word, other
other:	PTR	third
third:	PTR	0
	.section .tdata, "awT", @progbits
	.globl	local, second
local:	.word	2
second:	.word	3
