/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A symbol outside the image may mark something that moves with it all the same, such as an end of memory that the
 * script counts from the base. Its value does not show that; the person can say it.
 *
 * @arch     rv64imac
 * @bases    0xffffffff80200000 0xffffffffb4400000
 * @ldflags  --defsym=memory_end=@BASE@+0x8000000
 * @script   no-end.ld
 * @retarget --moves=^memory_end$
 */
	.section .head.text, "ax"
	.globl	_start
_start:	ret
	.data
	.balign	8
word:	.dword	memory_end, word
