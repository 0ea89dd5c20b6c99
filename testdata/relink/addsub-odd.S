/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two addresses added up have no use; more likely something is not as the records say. That is refused.
 *
 * @arch    rv64imac
 * @bases   0xffffffff80200000 >0xffffffffb4400000
 * @expect  refuse ".data+0x8" "cancel"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	ret
	.data
	.balign	8
here:	.dword	0
	.reloc	., R_RISCV_ADD64, here
	.reloc	., R_RISCV_ADD64, _start
	.dword	0
