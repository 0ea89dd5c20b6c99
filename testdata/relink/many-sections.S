/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From 65,280 sections on the ELF header has no room for their number and symbols none for theirs: the first section
 * header and a table beside the symbol table hold them.
 *
 * @arch   rv64imac
 * @link   ld lld19-plain
 * @bases  0xffffffff80200000 +0x34200000
 * @script many-sections.ld
 */
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, last
	ret
	.altmacro
	.macro	one	n
	.section .bulk.\n, "a"
	.byte	1
	.endm
	.set	n, 0
	.rept	65400
	one	%n
	.set	n, n + 1
	.endr
	.section .zlast, "aw"
	.balign	8
last:	.dword	last, _start
