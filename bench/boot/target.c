// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Counts the instructions of one relocator, in M-mode and under -icount, and
 * looks at every byte of the image and around it afterwards.  Prints
 * NAME=NUMBER pairs.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "job.h"

#define UART		0x10000000
#define TEST_DEVICE	0x100000
#define GUARD		4096

enum { UART_LINE_STATUS = 5, UART_TRANSMITTER_EMPTY = 0x20 };
enum { TEST_PASS = 0x5555, TEST_FAIL = 0x13333 };

/* count() knows this layout. */
struct call {
	const void *function;
	void *image;
	const void *table;
	uint64_t new_base;
	const void *table_end;
};

uint64_t count(const struct call *call, long *result);
void empty(void);
void known(void);
extern const uint64_t known_length;
_Noreturn void bench_main(void);
_Noreturn void bench_trap(uint64_t cause, uint64_t pc, uint64_t address);

/* The linker is told which it is; its prototype is none of our business. */
void relocator(void);

static void put(const char *s)
{
	volatile uint8_t *uart = (volatile uint8_t *)UART;

	for (; *s; s++) {
		while (!(uart[UART_LINE_STATUS] & UART_TRANSMITTER_EMPTY))
			;
		*uart = (uint8_t)*s;
	}
}

static void put_number(const char *name, uint64_t v, unsigned base)
{
	char digits[21], *p = digits + sizeof(digits);

	*--p = '\0';
	do {
		*--p = "0123456789abcdef"[v % base];
		v /= base;
	} while (v);
	put(name);
	put(base == 16 ? "0x" : "");
	put(p);
	put("\n");
}

static _Noreturn void power_off(bool well)
{
	*(volatile uint32_t *)TEST_DEVICE = well ? TEST_PASS : TEST_FAIL;
	for (;;)
		;
}

_Noreturn void bench_trap(uint64_t cause, uint64_t pc, uint64_t address)
{
	put_number("trap=", cause, 10);
	put_number("pc=", pc, 16);
	put_number("address=", address, 16);
	power_off(false);
}

/* Words need not be aligned: byte by byte, as the compiler does it. */
struct unaligned {
	uint64_t v;
} __attribute__((packed));

static uint64_t get_word(const uint8_t *p)
{
	return ((const struct unaligned *)p)->v;
}

static void put_word(uint8_t *p, uint64_t v)
{
	((struct unaligned *)p)->v = v;
}

/* How many bytes from `p` to `end` are not zero. */
static uint64_t dirt(const uint8_t *p, const uint8_t *end)
{
	uint64_t n = 0;

	while (p < end) {
		if ((uintptr_t)p % 8 == 0 && end - p >= 8 && *(const uint64_t *)p == 0) {
			p += 8;
			continue;
		}
		n += *p++ != 0;
	}
	return n;
}

static void put_words(const struct job *job, uint8_t *image)
{
	const uint32_t *offset = (const uint32_t *)(job + 1);

	for (uint64_t i = 0; i < job->words; i++)
		put_word(image + offset[i],
			 word_value(job->link_base, job->image_size, offset[i]));
}

/* Compares the image with what the move should have made of it. */
static bool check(const struct job *job, const uint8_t *image)
{
	const uint32_t *offset = (const uint32_t *)(job + 1);
	const uint8_t *done = image - GUARD;
	uint64_t wrong = 0, outside = 0;

	for (uint64_t i = 0; i < job->words; i++) {
		const uint8_t *p = image + offset[i];

		outside += dirt(done, p);
		wrong += get_word(p) != word_value(job->new_base, job->image_size, offset[i]);
		done = p + 8;
	}
	outside += dirt(done, image + job->image_size + GUARD);
	put_number("wrong_words=", wrong, 10);
	put_number("bytes_beside=", outside, 10);
	return wrong == 0 && outside == 0;
}

/* The same of an image that came with what should become of it. */
static bool check_whole(const struct job *job, const uint8_t *image)
{
	const uint8_t *expected = (const uint8_t *)EXPECTED;
	uint64_t wrong = 0;

	for (uint64_t i = 0; i < job->image_size; i++)
		wrong += image[i] != expected[i];
	put_number("wrong_bytes=", wrong, 10);
	return wrong == 0;
}

_Noreturn void bench_main(void)
{
	const struct job *job = (const struct job *)JOB;
	const uint8_t *table = (const uint8_t *)JOB + job->table_at;
	struct call call = {
		.function = (const void *)empty,
		.image = (void *)IMAGE,
		.table = table,
		.new_base = job->new_base,
		.table_end = table + job->table_size,
	};
	uint64_t calling, n;
	bool well = true;
	long result;

	calling = count(&call, &result);
	call.function = (const void *)known;
	well &= count(&call, &result) - calling == known_length;
	put(well ? "calibrated=1\n" : "calibrated=0\n");

	if (!job->whole)
		put_words(job, call.image);
	call.function = (const void *)relocator;
	n = count(&call, &result) - calling;
	put_number("instructions=", n, 10);
	put_number(result < 0 ? "returned=-" : "returned=",
		   (uint64_t)(result < 0 ? -result : result), 10);
	well &= result == 0;
	if (job->whole == 2)
		well &= check_whole(job, call.image);
	else if (!job->whole)
		well &= check(job, call.image);
	power_off(well);
}
