// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Moves the image as the command line says, before anything reads a word of it
 * that moves:
 *
 *   base=ADDR[,ADDR...]	to there, and then from there to the next
 *   seed=NUMBER	to one of the places of the last window
 *   expect=ADDR	after each move the image must be, from its first byte to
 *			.bss, what lies there; the next lies EXPECT_STEP further
 *
 * Until early_main has set up paging nothing here writes to that part of the
 * image but what is tested.
 */
#include "boot/rvreloc.h"
#include "kernel.h"

enum { EXPECT_STEP = 1 << 20, SLOT_ALIGN = 1 << 21, LAST_PAGE = 1 << 12 };

/* The last 2 GiB; in 32 bits the last 1 GiB, for memory begins before that. */
#define WINDOW		((uintptr_t)0 - ((uintptr_t)1 << (__riscv_xlen == 64 ? 31 : 30)))
#define WINDOW_SIZE	((uintptr_t)0 - WINDOW - LAST_PAGE)

/* What follows upon the word, or NULL. */
const char *after(const char *text, const char *word)
{
	for (; text && *text; text++) {
		size_t i = 0;

		while (word[i] && text[i] == word[i])
			i++;
		if (!word[i])
			return text + i;
	}
	return NULL;
}

static const char *number(const char *at, uintptr_t *value)
{
	*value = 0;
	if (at[0] == '0' && at[1] == 'x')
		at += 2;
	for (;; at++) {
		if (*at >= '0' && *at <= '9')
			*value = *value << 4 | (uintptr_t)(*at - '0');
		else if (*at >= 'a' && *at <= 'f')
			*value = *value << 4 | (uintptr_t)(*at - 'a' + 10);
		else
			return at;
	}
}

static void compare(uintptr_t expected)
{
	const volatile unsigned char *image = (const volatile unsigned char *)HERE(_start);
	const unsigned char *want = (const unsigned char *)expected;
	uintptr_t size = HERE(_bss) - HERE(_start);

	for (uintptr_t i = 0; i < size; i++) {
		if (image[i] == want[i])
			continue;
		put("stop: not as expected at offset ");
		put_address(i);
		put(": ");
		put_hex(image[i], 2);
		put(", not ");
		put_hex(want[i], 2);
		put("\n");
		power_off(false);
	}
	put_column("compared", 10);
	put_number((unsigned)size);
	put(" bytes, all as expected\n");
}

static void move(uintptr_t base, uintptr_t *expected)
{
	int error = rvreloc_apply((void *)HERE(_start), (const void *)HERE(__rvreloc_table), base);

	put_column(error ? "refused" : "moved to", 10);
	put_address(base);
	if (error) {
		put(", error -");
		put_number((unsigned)-error);
	}
	put("\n");
	if (*expected) {
		compare(*expected);
		*expected += EXPECT_STEP;
	}
}

void place(const char *bootargs)
{
	const char *at = after(bootargs, "expect=");
	uintptr_t expected = 0, value;

	if (at)
		number(at, &expected);
	at = after(bootargs, "seed=");
	if (at) {
		number(at, &value);
		move(rvreloc_slot(value, WINDOW, WINDOW_SIZE, HERE(_end) - HERE(_start),
				  SLOT_ALIGN), &expected);
	}
	for (at = after(bootargs, "base="); at; at = *at == ',' ? at + 1 : NULL) {
		at = number(at, &value);
		move(value, &expected);
	}
}
