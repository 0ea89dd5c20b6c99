/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The address of a weak symbol that nobody defined is 0, reached from auipc. The distance changes as the image
 * moves; and GNU ld gives code that moved far away from 0 another instruction, lui. Relaxing, it needs neither.
 *
 * @arch   rv64imac rv64ima
 * @link   ld ld-norelax ld-plain lld14-plain lld19 lld19-plain
 * @bases  0x10200000 +0x04200000
 */
#include "asm.h"
	.weak	nobody
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, nobody
pair:	auipc	a1, %pcrel_hi(nobody)
	addi	a2, a1, %pcrel_lo(pair)
	LX	a3, %pcrel_lo(pair)(a1)
	sw	a4, %pcrel_lo(pair)(a1)
	ret
