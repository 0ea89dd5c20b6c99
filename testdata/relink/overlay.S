/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections of an overlay have the same addresses, and what a record patches is found by its section, not by
 * address.
 *
 * @arch   rv64imac
 * @model  medlow
 * @link   ld ld-norelax ld-plain lld19 lld19-plain
 * @script overlay.ld
 */
	.section .head.text, "ax"
	.globl	_start
_start:	lui	a0, %hi(first)
	call	shared
	ret
	.section .one, "awx"
first:	.dword	first, second
	lui	a0, %hi(first)
	.section .two, "awx"
	.dword	12345
second:	.dword	second, first
	lui	a0, %hi(second)
	.section .text.shared, "ax"
shared:	la	a0, second
	la	a1, first
	ret
