/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entry in M-mode, the counted call, and functions of known length. */

#define KNOWN_LENGTH	1000

	.section .text.start, "ax"
	.globl	_start
_start:
	lla	sp, stack_top
	lla	t0, trap
	csrw	mtvec, t0
	call	bench_main

	.balign	4
trap:
	lla	sp, stack_top
	csrr	a0, mcause
	csrr	a1, mepc
	csrr	a2, mtval
	call	bench_trap

	.text
/*
 * uint64_t count(const struct call *call, long *result)
 *
 * Instructions retired from the read of the counter to the other one: those of
 * the function and a few of ours, always as many.
 */
	.globl	count
count:
	addi	sp, sp, -32
	sd	ra, 0(sp)
	sd	s0, 8(sp)
	sd	s1, 16(sp)
	mv	s1, a1
	ld	t0, 0(a0)
	ld	a1, 16(a0)
	ld	a2, 24(a0)
	ld	a3, 32(a0)
	ld	a0, 8(a0)
	csrr	s0, minstret
	jalr	t0
	csrr	t1, minstret
	sd	a0, 0(s1)
	sub	a0, t1, s0
	ld	ra, 0(sp)
	ld	s0, 8(sp)
	ld	s1, 16(sp)
	addi	sp, sp, 32
	ret

	.globl	empty
empty:	ret

/* Half of them compressed: what is counted are instructions, not bytes. */
	.globl	known
known:
	.rept	KNOWN_LENGTH / 2
	.option	push
	.option	norvc
	addi	a0, a0, 0
	.option	pop
	.option	push
	.option	rvc
	c.nop
	.option	pop
	.endr
	ret

	.section .rodata, "a"
	.balign	8
	.globl	known_length
known_length:
	.dword	KNOWN_LENGTH

	.bss
	.balign	16
	.skip	8192
stack_top:
