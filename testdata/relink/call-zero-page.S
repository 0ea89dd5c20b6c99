/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call near address 0 becomes `jalr rd, offset(zero)` with an LO12_I record when jal does not reach.
 *
 * @arch   rv64imac
 * @link   ld
 * @bases  0x40 >0x10040
 * @script call-zero-page.ld
 * @expect refuse "R_RISCV_LO12_I" ".text.distant+0x" "_start"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	ret
	.section .text.distant, "ax"
	call	_start
	ret
