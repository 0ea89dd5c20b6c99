/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * R_RISCV_PLT32 and R_RISCV_GOT32_PCREL are 32-bit distances as well; the slot that the latter leads to holds an
 * address, and has no record of its own. Only newer assemblers and linkers know the types.
 *
 * @arch  rv64imac
 * @cc    clang19
 * @link  lld19 lld19-plain ld
 * @expect[ld] linker-fails "unsupported relocation"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	ret
	.data
	.balign	4
	.word	_start@plt - .
	.word	slot@gotpcrel
	.word	slot@gotpcrel + 4
slot:	.word	0
