/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LLD lets jal and branches to an undefined weak symbol lead to themselves, and leaves records that do not match.
 * GNU ld links them only where 0 is in reach, and its code then leads to 0.
 *
 * @arch  rv64imac
 * @link  lld14-plain lld19 lld19-plain
 */
	.weak	nobody
	.section .head.text, "ax"
	.globl	_start
_start:	beqz	a0, nobody
	jal	nobody
	c.beqz	a0, nobody
	c.j	nobody
