/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ADD64 of an address alone, or less a constant or a weak symbol that nobody defined, is no difference of image
 * addresses: it is an absolute word, and moves. Fixed things alone stay, and
 * a constant less an address goes the other way.
 *
 * @arch    rv64imac rv64ima
 * @ldflags --defsym=constant=0x40
 */
	.weak	nobody
	.section .head.text, "ax"
	.globl	_start
_start:	ret
	.data
	.balign	8
here:
	.reloc	., R_RISCV_ADD64, here
	.dword	0
	.reloc	., R_RISCV_ADD64, here
	.reloc	., R_RISCV_SUB64, nobody
	.dword	0
	.reloc	., R_RISCV_ADD64, here
	.reloc	., R_RISCV_SUB64, constant
	.dword	0
	.reloc	., R_RISCV_ADD64, nobody
	.reloc	., R_RISCV_SUB64, constant
	.dword	0
	.reloc	., R_RISCV_ADD64, constant
	.reloc	., R_RISCV_SUB64, here
	.dword	0
