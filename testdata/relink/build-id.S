/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The build id is a hash over the file, and no address. It is kept, or made anew; the comparison leaves it out.
 *
 * @arch    rv64imac rv32imac
 * @ldflags --build-id=sha1
 * @script  build-id.ld
 */
#include "asm.h"
	.section .head.text, "ax"
	.globl	_start
_start:	la	a0, note
	ret
	.data
	.balign	8
note:	PTR	notes_start
