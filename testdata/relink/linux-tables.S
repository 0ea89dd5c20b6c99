/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel's own tables. Exceptions, bugs and jump labels are differences; alternatives, symbols for modules,
 * initcalls and calls to patch are words that move; the exception table is sorted after the link, and its records
 * are overwritten with zeros then.
 *
 * @arch   rv64imac rv64ima
 * @script linux.ld
 * @link   ld ld-norelax ld-plain lld14-plain lld19 lld19-plain
 * @post   zero_section .rela__ex_table
 */
	.section .head.text, "ax"
	.globl	_start
_start:	call	start_kernel
1:	lw	a0, (a1)
2:	ret
	.section .fixup, "ax"
3:	li	a0, -14
	j	2b
	.section __ex_table, "a"
	.balign	4
	.word	1b - ., 3b - .
	.half	1, 2
	.text
start_kernel:
	nop
4:	nop
old:	lui	a0, 1
old_end: ret
	.subsection 1
new:	addi	a0, zero, 1
new_end:
	.previous
	.section .alternative, "a"
	.dword	old, new
	.dword	0x489
	.dword	new_end - new
	.word	1
	.section __jump_table, "aw"
	.balign	8
	.word	4b - ., old - .
	.dword	key - . + 1
	.section __bug_table, "aw"
	.word	4b - ., name - .
	.half	123, 1
	.section .rodata.str1.1, "aMS", @progbits, 1
name:	.asciz	"name"
	.section ___ksymtab+key, "a"
	.dword	key, name
	.word	namespace - .
namespace: .word 0
	.section .initcall6.init, "a"
	.dword	start_kernel
	.section __mcount_loc, "a"
	.dword	start_kernel, 4b, 0
	.data
	.balign	8
key:	.dword	0
