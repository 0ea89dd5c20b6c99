/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Segments other than LOAD: notes, thread-local storage and the like move with what they cover; those that describe
 * no loaded bytes have address 0, and keep it.
 *
 * @arch    rv64imac rv32imac
 * @script  none
 * @ldflags -z relro --eh-frame-hdr
 * @bases         0xffffffff80200000 +0x34200000 0x10000
 * @bases[rv32*]  0x80200000 +0x40200000 0x400000
 */
	.text
	.globl	_start
_start:	.cfi_startproc
	la	a0, note
	la.tls.ie a1, local
	ret
	.cfi_endproc
	.section .note.mine, "a", @note
	.balign	4
note:	.word	4, 4, 1
	.asciz	"abc"
	.word	0x1234
	.section .tdata, "awT", @progbits
	.balign	8
local:	.word	2
	.section .tbss, "awT", @nobits
	.skip	8
