/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A constant's address, taken by auipc: the distance changes.
 *
 * @arch    rv64imac rv32imac
 * @ldflags --defsym=constant=0x12345678
 * @bases   0x10200000 +0x04200000 +0x65a00000
 * @bases[rv32*] 0x80200000 +0x40200000 +-0x7fe00000
 * @script  no-end.ld
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, constant
pair:	auipc	a1, %pcrel_hi(constant + 0x10)
	LX	a2, %pcrel_lo(pair)(a1)
	sw	a2, %pcrel_lo(pair)(a1)
	PTR	constant
	.word	constant
	ret
