/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ADD, SUB and SET records at one place sum up; a difference of two addresses in the image does not change. All
 * widths, those of 6 bits included, and any alignment. (SET32 has a file of its own: set32.S.)
 *
 * @arch  rv64imac rv64ima rv32imac
 * @cc    gcc clang19
 */
	.section .head.text, "ax"
	.globl	_start
_start:	call	other
	ret
other:	call	_start
	ret
.Lend:
	.macro	diff	width, size, to, from
	.reloc	., R_RISCV_ADD\width, \to
	.reloc	., R_RISCV_SUB\width, \from
	.zero	\size
	.endm
	.macro	set	width, size, to, from
	.reloc	., R_RISCV_SET\width, \to
	.reloc	., R_RISCV_SUB\width, \from
	.zero	\size
	.endm
	.data
	.byte	1
here:	diff	8, 1, .Lend, _start
	diff	16, 2, .Lend, _start
	diff	32, 4, here, _start
	diff	64, 8, here, _start
	diff	32, 4, _start, here
	.byte	2
	set	6, 1, .Lend, other
	set	8, 1, .Lend, other
	set	16, 2, .Lend, other
	.word	here - _start
	.half	.Lend - _start
#if __riscv_xlen == 64
	.dword	_start - here
#endif
	.word	_end - .
