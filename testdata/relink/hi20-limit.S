/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * On RV64 lui and a half below reach up to 0x7ffff7ff, not to 0x7fffffff: from there on the upper half rounds up
 * into the sign bit. An image may end above that as long as nothing refers to it there.
 *
 * @arch     rv64imac
 * @model    medlow
 * @variant  within over
 * @flags[over] -DBYTE=0xf800
 * @flags[within] -DBYTE=0xf7ff
 * @bases    0x10200000 0x7fff0000
 * @bases[over] 0x10200000 >0x7fff0000
 * @expect[over *-0x7fff0000] refuse "R_RISCV_HI20" ".text+0x0"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	lui	a0, %hi(limit)
	lbu	a0, %lo(limit)(a0)
	ret
	.org	_start + 0xf700
	.org	_start + BYTE
limit:	.skip	0x1000
