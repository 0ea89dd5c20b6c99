/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The DWARF of a thread-local variable holds its offset in the thread's block, by a DTPREL record, which does not
 * move. LLD does not take the record there.
 *
 * @arch    rv64imac rv32imac
 * @link    ld ld-plain lld14-plain lld19-plain
 * @expect[lld*] linker-fails "unknown relocation"
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	ret
	.section .tdata, "awT", @progbits
first:	.word	1
second:	.word	2
	.data
word:	.word	0
	.section .debug_tls, "", @progbits
	.byte	1
#if __riscv_xlen == 64
	.dtpreldword second
#else
	.dtprelword second
#endif
	PTR	_start
