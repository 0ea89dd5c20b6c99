/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Offsets from tp do not move, with or without the short forms that GNU ld makes of them; nor do the slots of the
 * GOT that hold such an offset or a module number, while the distance to the slot stays.
 *
 * @arch  rv64imac rv64ima rv32imac
 */
	.section .head.text, "ax"
	.globl	_start
_start:	lui	a0, %tprel_hi(local)
	add	a0, a0, tp, %tprel_add(local)
	addi	a1, a0, %tprel_lo(local)
	lw	a2, %tprel_lo(local)(a0)
	sw	a2, %tprel_lo(local)(a0)
	lui	a0, %tprel_hi(beyond)
	add	a0, a0, tp, %tprel_add(beyond)
	lw	a2, %tprel_lo(beyond)(a0)
	la.tls.ie a0, local
	la.tls.gd a1, global
	la.tls.ie a2, global
	ret
	.section .tdata, "awT", @progbits
	.word	1
local:	.word	2
	.globl	global
global:	.word	3
	.section .tbss, "awT", @nobits
	.skip	0x1800
beyond:	.word	0
