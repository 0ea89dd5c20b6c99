/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moved to where GNU ld would have shortened it to c.lui, lui does as well.
 *
 * @arch   rv64imac rv32imac
 * @model  medlow
 * @link   ld
 * @bases  0x40000 >0x10000
 * @expect same-meaning "the linker takes c.lui here"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	lui	a0, %hi(word)
	addi	a0, a0, %lo(word)
	ret
	.data
word:	.word	0
