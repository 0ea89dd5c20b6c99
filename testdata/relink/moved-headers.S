/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * objcopy --change-section-address moves headers, symbols and records, and leaves the contents behind. The records
 * disagree with the bytes then, and nothing may be built on them.
 *
 * @arch   rv64imac
 * @bases  0xffffffff80200000 >0xffffffffb4400000
 * @link   ld ld-plain
 * @post   ${CROSS}objcopy --change-section-address .data+0x1000
 * @expect refuse "R_RISCV_PCREL_HI20" ".text+0x0" "R_RISCV_64" ".data+0x0"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, word
	ret
	.data
	.balign	8
word:	.dword	word
