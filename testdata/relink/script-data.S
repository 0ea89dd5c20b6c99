/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QUAD() in the script writes an address without a record. It looks like any number of the same value, so it is
 * pointed out, and left.
 *
 * @arch   rv64imac
 * @script script-data.ld
 * @bases  0xffffffff80200000 >0xffffffffb4400000
 * @expect warn "no record" but .script_data
 * @expect[0xffffffff80200000-0xffffffff80200000] equal
 */
	.section .head.text, "ax"
	.globl	_start
_start:	ret
	.data
	.balign	8
word:	.dword	_start
