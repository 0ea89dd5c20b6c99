/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In medlow code, the address of a weak symbol that nobody defined is lui 0 and 0, whatever the base.
 *
 * @arch   rv64imac rv32imac
 * @model  medlow
 */
	.weak	nobody
	.section .head.text, "ax"
	.globl	_start
_start:	lui	a0, %hi(nobody)
	addi	a0, a0, %lo(nobody)
	lui	a1, %hi(nobody + 4)
	lw	a1, %lo(nobody + 4)(a1)
	sw	a1, %lo(nobody + 4)(a0)
	ret
