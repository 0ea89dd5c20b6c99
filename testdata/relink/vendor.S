/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * R_RISCV_VENDOR (191) names the vendor of the record that follows, and changes nothing itself. No linker of today
 * leaves one, so it is put in the place of a NONE.
 *
 * @arch  rv64imac
 * @link  ld ld-plain lld14-plain lld19-plain
 * @post  poke .rela.text 8 '\xbf'
 */
	.section .head.text, "ax"
	.globl	_start
_start:	.reloc	., R_RISCV_NONE, word
	ret
	.data
	.balign	8
word:	.dword	word
