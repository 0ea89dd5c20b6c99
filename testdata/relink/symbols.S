/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Symbols of the linker script. Which of them are addresses, and move, cannot be read from their section: linkers
 * file addresses as absolute, and sizes under a section. The value decides: does it lie in the image, or near it?
 *
 * @arch   rv64imac rv32imac
 * @script symbols.ld
 */
#include "asm.h"
	.globl	in_asm_constant, in_asm_alias
	.set	in_asm_constant, 0x55
	.set	in_asm_alias, word
	.section .head.text, "ax"
	.globl	_start, word
_start:	la	a0, s_end
	la	a1, absolute_here
	la	a2, s_end_masked
	la	a3, alias_of_script
	ret
	.data
	.balign	8
word:	PTR	s_start, s_end, absolute_here, highest, alias_of_object, alias_of_script, plus_offset
	PTR	s_end_masked, ternary, diff_base, diff_sym, diff_inside, diff_absolute, size, physical, in_script_constant
	PTR	in_asm_constant, in_asm_alias, in_empty, provided, address_of, defsym_address, beyond, rounded_end
	.section .empty_here, "aw"
	.bss
	.skip	0x40
