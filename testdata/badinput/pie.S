/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A position-independent image: words at even addresses, which RELR has, one that only .rela.dyn can have, and what
 * the dynamic section says of them.
 */
#if __riscv_xlen == 64
#define PTR .dword
#define LX ld
#else
#define PTR .word
#define LX lw
#endif

	.globl	_start
	.text
_start:
at_got:
	auipc	a0, %got_pcrel_hi(word)
at_got_lo:
	LX	a0, %pcrel_lo(at_got)(a0)
	ret

	.data
	.balign	8
word:
	PTR	_start, word, word
	.balign	8
	.byte	0
at_odd:
	PTR	word
