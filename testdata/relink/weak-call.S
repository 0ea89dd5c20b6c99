/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A call of a weak symbol that nobody defined goes to 0 with GNU ld (`jalr 0(zero)`, its record unchanged), and to
 * itself with LLD. Nobody ever gets there, and the code is the same at every base.
 *
 * @arch  rv64imac rv64ima rv32imac
 */
	.weak	nobody
	.section .head.text, "ax"
	.globl	_start
_start:	beqz	a0, 1f
	call	nobody
1:	tail	nobody
