/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same near the other end, where the distance to 0 wraps around.
 *
 * @arch   rv64imac
 * @bases  0xffffffff80200000 +0x34200000
 */
	.weak	nobody
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, nobody
	beqz	a0, 1f
	call	nobody
1:	ret
