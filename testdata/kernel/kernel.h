/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef KERNEL_H
#define KERNEL_H

/*
 * There is no SBI firmware for RV32 at hand: a 32-bit kernel starts in M-mode
 * and drives the devices itself.
 */
#define BARE_MACHINE	(__riscv_xlen == 32)

/* The devices of QEMU's virt machine, the same with the MMU off and on. */
#define UART		0x10000000
#define TEST_DEVICE	0x00100000

#ifndef __ASSEMBLER__

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The address of a symbol as the running code sees it, from the program counter
 * and never from an absolute word or a lui: physical before the MMU is on,
 * virtual after.
 */
#define HERE(symbol) ({						\
	uintptr_t here_;					\
	__asm__("lla %0, " #symbol : "=r"(here_));		\
	here_;							\
})

#define CSR_READ(csr) ({					\
	uintptr_t value_;					\
	__asm__ volatile("csrr %0, " #csr : "=r"(value_));	\
	value_;							\
})

/* boot.S */
extern const char _start[];
extern const volatile uintptr_t link_base;	/* not the same before a move */
void enter_virtual(uintptr_t satp, uintptr_t offset);

/* early.c */
_Noreturn void early_main(const void *fdt);
const char *paging_name(uintptr_t satp);

/* place.c */
const char *after(const char *text, const char *word);
void place(const char *bootargs);

/* fdt.c */
const char *fdt_bootargs(const void *fdt);

/* console.c */
void put(const char *text);
void put_column(const char *text, unsigned width);
void put_hex(uintptr_t value, unsigned digits);
void put_address(uintptr_t value);
void put_number(unsigned value);
_Noreturn void power_off(bool well);

/* main.c */
_Noreturn void kernel_main(uintptr_t satp, uintptr_t offset);
_Noreturn void trap_report(void);

#endif
#endif
