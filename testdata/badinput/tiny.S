/* SPDX-License-Identifier: GPL-2.0-or-later */
/* As little as makes an image with records, in loaded sections and in another. */
#if __riscv_xlen == 64
#define PTR .dword
#else
#define PTR .word
#endif

	.globl	_start
	.text
_start:
	auipc	a0, %pcrel_hi(word)
	addi	a0, a0, %pcrel_lo(_start)
	.data
	.balign	8
word:
	PTR	_start
	.section .extra, ""
	.word	word
