/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The header of a Linux image: a size as a 64-bit difference, the fields of a PE file as differences of 32 and 16
 * bits, and 32-bit words for the script's constants, which must not move.
 *
 * @arch   rv64imac
 * @script linux.ld
 */
	.section .head.text, "ax"
	.globl	_start
_start:	c.li	s4, -13
	j	start_kernel
	.dword	0x200000
	.dword	_end - _start
	.dword	0
	.word	pe_header - _start
pe_header:
	.ascii	"PE\0\0"
	.word	__pecoff_text_end - efi_entry
	.word	__pecoff_data_virt_size
	.word	efi_entry - _start
	.word	_end - _start
	.word	__pecoff_text_end - _start
	.word	section_alignment
	.half	pe_end - pe_header
	.half	section_count
	.set	section_count, 2
pe_end:
efi_entry:
	la	a0, __efistub__start
	la	a1, __efistub__end
	la	a2, __efistub__edata
	ret
	.section .text.start_kernel, "ax"
start_kernel:
	la	a0, init_table
	call	efi_entry
	ret
	.section .init.data, "aw"
	.balign	8
init_table:
	.dword	start_kernel
	.section .data..percpu, "aw"
	.balign	8
this_cpu: .dword this_cpu, start_kernel
	.data
	.balign	8
	.dword	__per_cpu_start, __per_cpu_end, __per_cpu_load
