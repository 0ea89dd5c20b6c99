/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A linker that relaxes makes jal of a call of a constant near enough. The image can move while jal reaches it, and
 * not beyond; back nearer again the linker would choose jal, and the pair of instructions does as well.
 *
 * @arch    rv64imac
 * @link    ld lld19
 * @ldflags --defsym=rom=0x102f0000
 * @bases   0x10200000 0x10280000 >0x10600000
 * @script  no-end.ld
 * @expect[*-0x10600000] refuse "R_RISCV_JAL" ".text+0x0" "rom"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	call	rom
	ret
