/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The size of the stack that PT_GNU_STACK may ask for is no place in the image, not even of one linked at 0.
 *
 * @arch    rv64imac
 * @link    lld19
 * @ldflags -pie -z stack-size=65536
 * @bases   0x0 0x14210000
 * @retarget --moves=^_
 */
#include "asm.h"
	.text
	.globl	_start
_start:	la	a0, word
	ret
	.data
word:	PTR	word, _start
