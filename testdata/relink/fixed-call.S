/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call of a constant address, such as a ROM routine: the pair of instructions keeps its room, and the distance
 * changes.
 *
 * @arch    rv64imac rv32imac
 * @link    ld-norelax ld-plain lld14-plain lld19-plain
 * @ldflags --defsym=rom=0x12345678
 * @bases   0x10200000 +0x04200000 +0x65a00000
 * @bases[rv32*] 0x80200000 +0x40200000
 * @script  no-end.ld
 */
	.section .head.text, "ax"
	.globl	_start
_start:	call	rom
	tail	rom
