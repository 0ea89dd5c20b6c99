/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call of a constant reaches 2 GiB; out of that, it is refused.
 *
 * @arch    rv64imac
 * @link    ld-norelax ld-plain lld14-plain lld19-plain
 * @ldflags --defsym=rom=0x12345678
 * @bases   0x10200000 >0xffffffe000200000
 * @script  no-end.ld
 * @expect  refuse "R_RISCV_CALL" ".text+0x0" "rom"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	call	rom
	ret
