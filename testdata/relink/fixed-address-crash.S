/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same with a constant beyond the number of symbols: GNU ld 2.40 crashes.
 *
 * @arch    rv64imac
 * @link    ld-norelax
 * @ldflags --defsym=constant=0x12345678
 * @bases   0xffffffe000200000
 * @script  no-end.ld
 * @expect  linker-fails "Segmentation fault"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, constant
	ret
