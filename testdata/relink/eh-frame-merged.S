/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unwind tables may hold absolute addresses, of a personality routine and of its tables. LLD's records
 * of tables that it has put together from several objects are wrong, and do not lead to those addresses. That must
 * not be missed. (Where the tables keep their order, LLD 19 without relaxation finds the new places.)
 *
 * @arch   rv64imac
 * @cc     gcc clang19
 * @parts  2
 * @bases  0xffffffff80200000 >0xffffffffb4400000
 * @link   lld14-plain lld19 lld19-plain
 * @expect refuse "R_RISCV_64" ".eh_frame+0x"
 * @expect[gcc lld19-plain] equal
 * @script eh-frame.ld
 */
	.section .head.text, "ax"
#if PART == 1
	.globl	_start
_start:
#endif
	.cfi_startproc
	.cfi_personality 0, personality
	.cfi_lsda 0, table
	la	a0, table
	.cfi_def_cfa_offset 16
	call	personality
	ret
	.cfi_endproc
	.section .text.other, "ax"
other:	.cfi_startproc
	.cfi_def_cfa_offset 32
	ret
	.cfi_endproc
#if PART == 1
	.globl	personality
personality: ret
#endif
	.section .rodata, "a"
table:	.word	0
