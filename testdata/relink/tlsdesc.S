/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TLS descriptors: LLD rewrites the four instructions for a static image, and leaves the records of the descriptor
 * on the nops and the tp offsets.
 *
 * @arch   rv64imac rv32imac
 * @cc     clang19
 * @link   lld19 lld19-plain
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:
.Ldesc:	auipc	a0, %tlsdesc_hi(local)
	LX	a1, %tlsdesc_load_lo(.Ldesc)(a0)
	addi	a0, a0, %tlsdesc_add_lo(.Ldesc)
	jalr	t0, 0(a1), %tlsdesc_call(.Ldesc)
	add	a0, a0, tp
	ret
	.section .tdata, "awT", @progbits
	.word	1
	.globl	local
local:	.word	2
