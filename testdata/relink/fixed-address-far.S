/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When GNU ld turns auipc into lui for a constant out of reach, it stores the constant where the number of the
 * symbol belongs. Small constants come out as another symbol of the object then, and with larger ones the linker
 * crashes. The lower half keeps its PCREL type.
 *
 * @arch    rv64imac
 * @link    ld ld-norelax ld-plain
 * @ldflags --defsym=constant=3
 * @bases   0x10200000 0xffffffe000200000 0x84000000
 * @expect  same-meaning "the linker writes lui, and a record of another symbol"
 * @expect[ld] equal
 */
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, constant
	la	a1, word
	la	a2, word2
	ret
	.section .rodata, "a"
	.word	0
	.data
word:	.word	0
word2:	.word	0
