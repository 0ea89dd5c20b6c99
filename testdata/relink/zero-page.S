/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `%lo(symbol)(zero)` reaches the first and last 2 KiB of the address space, and an image that lies there cannot
 * leave it: there is no register to change.
 *
 * @arch   rv64imac rv32imac
 * @model  medlow
 * @link   ld-plain lld14-plain lld19-plain
 * @bases  0x40 >0x1040 >0x10040
 * @script zero-page.ld
 * @expect refuse "R_RISCV_LO12" ".text+0x"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	lw	a0, %lo(word)(zero)
	sw	a0, %lo(word)(zero)
	ret
word:	.word	0
