/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One record of every kind that a test damages, each at a label of its own: at_KIND. Relaxation is on where the
 * linker makes a kind by relaxing, and off where it would take the kind away.
 */
#if __riscv_xlen == 64
#define PTR .dword
#define LX ld
#else
#define PTR .word
#define LX lw
#endif

	.globl	_start, target, word
	.text
_start:
	.option	push
	.option	norvc
at_branch:
	bnez	a0, target
at_jal:
	jal	target
	.option	pop
at_rvc_branch:
	c.bnez	a0, target
at_rvc_jump:
	c.j	target
target:
	.option	push
	.option	relax
	lui	a0, %hi(small)
at_gprel:
	lw	a1, %lo(small)(a0)
at_gprel_store:
	sw	a1, %lo(small)(a0)
	.option	norelax
	.option	norvc
at_call:
	call	target
at_pcrel:
	auipc	a0, %pcrel_hi(word)
at_pcrel_lo:
	addi	a1, a0, %pcrel_lo(at_pcrel)
at_pcrel_store:
	sw	a1, %pcrel_lo(at_pcrel)(a0)
at_lui:
	lui	a0, %hi(word)
at_lo:
	addi	a1, a0, %lo(word)
at_store:
	sw	a1, %lo(word)(a0)
at_got:
	auipc	a0, %got_pcrel_hi(word)
at_got_lo:
	LX	a0, %pcrel_lo(at_got)(a0)
at_fixed:
	auipc	a0, %pcrel_hi(constant)
at_fixed_lo:
	addi	a0, a0, %pcrel_lo(at_fixed)
	.option	pop
	ret

	.section .rodata, "a"
	.balign	8
at_sum:
	.word	target - _start
at_sum8:
	.byte	target - _start
	.balign	8

	.data
	.balign	8
word:
at_word:
	PTR	target
at_word32:
	.word	target
at_none:
	.reloc	., R_RISCV_NONE
	.word	0

	.section .sdata, "aw"
	.balign	8
small:
	.word	1, 2

	.bss
	.balign	8
	.skip	16

	/* What SHT_SYMTAB_SHNDX needs room for: more words than there are symbols. */
	.section .spare, ""
	.skip	1024
