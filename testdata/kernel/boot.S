/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entry and the step to virtual addresses.  Everything up to kernel_main runs
 * at an address that the linker has not seen: only pc-relative code, and no
 * absolute word but link_base.
 */
#include "kernel.h"

#if __riscv_xlen == 64
#define POINTER		.dword
#define STORE		sd
#else
#define POINTER		.word
#define STORE		sw
#endif
#define POINTER_SIZE	(__riscv_xlen / 8)

#define MSTATUS_MPP	0x1800
#define MSTATUS_MPP_S	0x0800
#define PMP_NAPOT_RWX	0x1f

	/* Relaxed, `lla gp` would be `mv gp, gp`. */
	.macro	set_registers
	.option	push
	.option	norelax
	lla	gp, __global_pointer$
	.option	pop
	lla	sp, stack_top
	.endm

	.section .head.text, "ax"
	.globl	_start
_start:						/* a1: device tree */
#if BARE_MACHINE
	li	t0, -1
	csrw	pmpaddr0, t0
	csrw	medeleg, t0
	csrw	mideleg, t0
	li	t0, PMP_NAPOT_RWX
	csrw	pmpcfg0, t0
	li	t0, MSTATUS_MPP
	csrc	mstatus, t0
	li	t0, MSTATUS_MPP_S
	csrs	mstatus, t0
	lla	t0, supervisor
	csrw	mepc, t0
	mret
supervisor:
#endif
	csrw	sie, zero
	csrw	satp, zero
	set_registers
	lla	t0, trap
	csrw	stvec, t0
	lla	t0, _bss
	lla	t1, _end
clear:	STORE	zero, 0(t0)
	addi	t0, t0, POINTER_SIZE
	bltu	t0, t1, clear
	mv	a0, a1
	call	early_main

/*
 * void enter_virtual(uintptr_t satp, uintptr_t offset)
 *
 * Goes on in kernel_main(satp, offset) at virtual addresses, `offset` above the
 * present ones; comes back if the machine does not have this paging mode.
 * Where the new tables do not map the present pc, the first fetch faults, and
 * the trap vector is where we want to go.
 */
	.globl	enter_virtual
enter_virtual:
	lla	t0, virtual
	add	t0, t0, a1
	csrr	t1, stvec
	csrw	stvec, t0
	sfence.vma
	csrw	satp, a0
	csrr	t2, satp
	bne	t2, a0, refused
	jr	t0
refused:
	csrw	stvec, t1
	ret

	.balign	4
virtual:
	sfence.vma
	set_registers
	lla	t0, trap
	csrw	stvec, t0
	call	kernel_main

	.balign	4
trap:
	set_registers
	call	trap_report

	.section .rodata, "a"
	.balign	POINTER_SIZE
	.globl	link_base
link_base:
	POINTER	_start

	.section .bss, "aw", @nobits
	.balign	16
	.skip	8192
stack_top:
