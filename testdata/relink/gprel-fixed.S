/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An absolute constant within reach of gp becomes an offset from gp too; gp moves and the constant does not. The
 * offset has to change, and soon does not fit any more; GNU ld at the new base uses other instructions.
 *
 * @arch   rv64imac
 * @model  medlow
 * @link   ld
 * @ldflags --defsym=near=0x10201818
 * @retarget --fixed=^near$
 * @bases  0x10200000 >0x10201000 >0x14200000
 * @expect refuse "R_RISCV_GPREL_I" ".text+0x" "near"
 * @expect[0x10200000-0x10200000] equal
 */
	.section .head.text, "ax"
	.globl	_start
_start:
	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	lui	a0, %hi(near)
	addi	a0, a0, %lo(near)
	la	a1, small
	ret
	.section .sdata, "aw"
	.skip	0x400
small:	.word	0
