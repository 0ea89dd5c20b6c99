/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A constant that neither auipc from the new base nor lui reaches cannot be had by these two instructions.
 *
 * @arch    rv64imac
 * @link    ld-norelax ld-plain lld14-plain lld19-plain
 * @ldflags --defsym=constant=0x80001000
 * @bases   0x10200000 >0xffffffe000200000
 * @script  no-end.ld
 * @expect  refuse "R_RISCV_PCREL_HI20" ".text+0x0" "constant"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, constant
	ret
