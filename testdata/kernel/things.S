/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What C cannot say: sums beyond the image, differences, a GOT. */

#if __riscv_xlen == 64
#define POINTER		.dword
#define POINTER_ALIGN	8
#else
#define POINTER		.word
#define POINTER_ALIGN	4
#endif

	.section .rodata, "a"
	.balign	POINTER_ALIGN
	.globl	outside_words
outside_words:
	POINTER	_start - 16
	POINTER	_end + 0x10000

	.globl	differences
differences:
	POINTER	pear - _start
	POINTER	_start - pear

	.globl	differences32
differences32:
	.word	orchard - twice
	.word	pear - .

	.globl	differences16
differences16:
	.half	through_got_end - through_got

	.globl	differences8
differences8:
	.byte	through_got_end - through_got

	.text
	.balign	4
	.globl	through_got
	.globl	address_through_got
through_got:
address_through_got:
	.option	push
	.option	pic
	la	a0, pear
	.option	pop
	ret
	.globl	through_got_end
through_got_end:
