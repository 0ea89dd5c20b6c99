/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GNU ld turns addresses near __global_pointer$ into offsets from gp, which do not change, and puts the difference
 * to gp into the addends, which do.
 *
 * @arch   rv64imac rv64ima rv32imac rv32ima
 * @link   ld ld-norelax
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:
	.option push
	.option norelax
	la	gp, __global_pointer$
	.option pop
	la	a0, small
	lw	a1, small
	sw	a1, small, t0
	lb	a2, small + 7
	la	a3, _end
	LX	a4, pointer
	la	a5, distant
	ret
	.data
distant: .skip	0x2000
	.section .sdata, "aw"
	.skip	0x400
	.balign	8
small:	.dword	0
pointer: PTR	small
