/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The entry point moves; one that is 0, because there is none, or that is a physical address, does not.
 *
 * @arch    rv64imac
 * @script  no-end.ld
 * @variant inside none physical
 * @ldflags[inside]   -e inside
 * @ldflags[none]     -e 0
 * @ldflags[physical] -e 0x80200000
 */
	.section .head.text, "ax"
	.globl	_start, inside
_start:	la	a0, inside
	ret
inside:	ret
