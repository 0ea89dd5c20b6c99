/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A conditional branch to a constant reaches 4 KiB; an image that moves leaves that behind. (The constant is so near
 * that it would be taken for an address.)
 *
 * @arch    rv64imac
 * @link    ld-plain lld14-plain lld19-plain
 * @ldflags --defsym=rom=0x10200800
 * @bases   0x10200000 >0x10202000
 * @retarget --fixed=^rom$
 * @script  no-end.ld
 * @expect[*-0x10202000] refuse "R_RISCV_BRANCH" ".text+0x0" "rom"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	.reloc	., R_RISCV_BRANCH, rom
	.word	0x00b50063	# beq a0, a1, .
	ret
