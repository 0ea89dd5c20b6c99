// SPDX-License-Identifier: GPL-2.0-or-later
/* Printing and the way out; works with the MMU off and on, so without any data. */
#include "kernel.h"

#if BARE_MACHINE

enum { UART_LINE_STATUS = 5, UART_TRANSMITTER_EMPTY = 0x20 };
enum { TEST_PASS = 0x5555, TEST_FAIL = 0x13333 };

static void put_char(char c)
{
	volatile unsigned char *uart = (volatile unsigned char *)UART;

	while (!(uart[UART_LINE_STATUS] & UART_TRANSMITTER_EMPTY))
		;
	*uart = c;
}

_Noreturn void power_off(bool well)
{
	*(volatile uint32_t *)TEST_DEVICE = well ? TEST_PASS : TEST_FAIL;
	for (;;)
		;
}

#else

enum { SBI_LEGACY_PUTCHAR = 1, SBI_LEGACY_SHUTDOWN = 8, SBI_SYSTEM_RESET = 0x53525354 };
enum { RESET_SHUTDOWN = 0, REASON_NONE = 0, REASON_FAILURE = 1 };

static void sbi(uintptr_t extension, uintptr_t arg0, uintptr_t arg1)
{
	register uintptr_t a0 __asm__("a0") = arg0;
	register uintptr_t a1 __asm__("a1") = arg1;
	register uintptr_t a6 __asm__("a6") = 0;
	register uintptr_t a7 __asm__("a7") = extension;

	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a6), "r"(a7) : "memory");
}

static void put_char(char c)
{
	sbi(SBI_LEGACY_PUTCHAR, c, 0);
}

_Noreturn void power_off(bool well)
{
	sbi(SBI_SYSTEM_RESET, RESET_SHUTDOWN, well ? REASON_NONE : REASON_FAILURE);
	sbi(SBI_LEGACY_SHUTDOWN, 0, 0);
	for (;;)
		;
}

#endif

void put(const char *text)
{
	while (*text)
		put_char(*text++);
}

void put_column(const char *text, unsigned width)
{
	for (; *text || width; width -= width > 0)
		put_char(*text ? *text++ : ' ');
}

void put_hex(uintptr_t value, unsigned digits)
{
	while (digits--) {
		unsigned digit = value >> 4 * digits & 15;

		put_char(digit < 10 ? '0' + digit : 'a' + digit - 10);
	}
}

void put_address(uintptr_t value)
{
	put("0x");
	put_hex(value, 2 * sizeof value);
}

void put_number(unsigned value)
{
	if (value > 9)
		put_number(value / 10);
	put_char('0' + value % 10);
}
