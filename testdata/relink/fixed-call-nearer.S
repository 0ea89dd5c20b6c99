/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moved to where a relaxing linker would have used jal, the pair of instructions still does.
 *
 * @arch    rv64imac
 * @link    ld lld19
 * @ldflags --defsym=rom=0x102f0000
 * @bases   0x10600000 >0x10200000
 * @script  no-end.ld
 * @expect[*-0x10200000] same-meaning "the linker takes jal here"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	call	rom
	ret
