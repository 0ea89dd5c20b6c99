/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "relocator/window.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "unit.h"

#define K	UINT64_C(1024)
#define M	(1024 * K)
#define G	(1024 * M)
#define T	(1024 * G)

/* --- Numbers. --- */

static const struct number {
	const char *text;
	bool good;
	uint64_t v;
} numbers[] = {
	{ "0", true, 0 },
	{ "42", true, 42 },
	{ "0x2a", true, 42 },
	{ "0X2A", true, 42 },
	{ "052", true, 42 },
	{ "1K", true, K },
	{ "0x10K", true, 16 * K },
	{ "3M", true, 3 * M },
	{ "2G", true, 2 * G },
	{ "5T", true, 5 * T },
	{ "0T", true, 0 },
	{ "18446744073709551615", true, UINT64_MAX },
	{ "0xffffffffffffffff", true, UINT64_MAX },
	{ "01777777777777777777777", true, UINT64_MAX },
	{ "18446744073709551616", false, 0 },
	{ "0x10000000000000000", false, 0 },
	{ "16777215T", true, 16777215 * T },
	{ "16777216T", false, 0 },
	{ "17179869183G", true, 17179869183 * G },
	{ "17179869184G", false, 0 },
	{ "18014398509481983K", true, 18014398509481983 * K },
	{ "18014398509481984K", false, 0 },
	{ "0xfffffffffffM", true, 0xfffffffffffu * M },
	{ "0x100000000000M", false, 0 },
	{ "", false, 0 },
	{ "K", false, 0 },
	{ "-1", false, 0 },
	{ "+1", false, 0 },
	{ " 1", false, 0 },
	{ "1 ", false, 0 },
	{ "1KK", false, 0 },
	{ "1KB", false, 0 },
	{ "1k", false, 0 },
	{ "1P", false, 0 },
	{ "0x", false, 0 },
	{ "0xg", false, 0 },
	{ "08", false, 0 },
	{ "1.5G", false, 0 },
	{ "1,000", false, 0 },
	{ "0b11", false, 0 },
	{ "1e3", false, 0 },
};

START_TEST(numbers_are_read)
{
	const struct number *n = &numbers[_i];
	uint64_t v = 99;

	ck_assert_msg(parse_number(n->text, &v) == n->good, "'%s'", n->text);
	if (n->good)
		ck_assert_uint_eq(v, n->v);
}
END_TEST

/* --- Names. --- */

/* Linux's Documentation/riscv/vm-layout.rst, and asm/pgtable.h for sv32. */
static const struct named {
	const char *text;
	unsigned xlen;
	enum vm_mode mode, is;
	uint64_t first, last;
} named[] = {
	{ "last-2g", 64, MODE_ANY, MODE_SV39, 0xffffffff80000000, 0xffffffffffffffff },
	{ "last-2g", 64, MODE_SV39, MODE_SV39, 0xffffffff80000000, 0xffffffffffffffff },
	{ "last-2g", 64, MODE_SV48, MODE_SV39, 0xffffffff80000000, 0xffffffffffffffff },
	{ "last-2g-sv57", 64, MODE_ANY, MODE_SV39, 0xffffffff80000000, 0xffffffffffffffff },
	{ "last-2g", 32, MODE_ANY, MODE_SV32, 0x80000000, 0xffffffff },
	{ "last-2g-sv32", 32, MODE_ANY, MODE_SV32, 0x80000000, 0xffffffff },
	{ "linear", 64, MODE_ANY, MODE_SV39, 0xffffffd800000000, 0xfffffff6ffffffff },
	{ "linear", 64, MODE_SV48, MODE_SV48, 0xffffaf8000000000, 0xffffef7fffffffff },
	{ "linear-sv39", 64, MODE_SV57, MODE_SV39, 0xffffffd800000000, 0xfffffff6ffffffff },
	{ "linear:sv48", 64, MODE_ANY, MODE_SV48, 0xffffaf8000000000, 0xffffef7fffffffff },
	{ "linear-sv57", 64, MODE_ANY, MODE_SV57, 0xff60000000000000, 0xffdeffffffffffff },
	{ "linear", 32, MODE_ANY, MODE_SV32, 0xc0000000, 0xffffffff },
	{ "vmalloc", 64, MODE_ANY, MODE_SV39, 0xffffffc800000000, 0xffffffd7ffffffff },
	{ "vmalloc-sv48", 64, MODE_ANY, MODE_SV48, 0xffff8f8000000000, 0xffffaf7fffffffff },
	{ "vmalloc-sv57", 64, MODE_ANY, MODE_SV57, 0xff20000000000000, 0xff5fffffffffffff },
	{ "vmalloc", 32, MODE_SV32, MODE_SV32, 0xa0000000, 0xbfffffff },
};

START_TEST(windows_have_names)
{
	const struct named *n = &named[_i];
	struct window w;

	ck_assert(window_parse(n->text, n->xlen, n->mode, &w));
	ck_assert_uint_eq(w.base, n->first);
	ck_assert_uint_eq(w.base + (w.size - 1), n->last);
	ck_assert_int_eq(w.mode, n->is);
}
END_TEST

static const struct nameless {
	const char *text;
	unsigned xlen;
	enum vm_mode mode;
} nameless[] = {
	{ "", 64, MODE_ANY },
	{ "-", 64, MODE_ANY },
	{ "sv39", 64, MODE_ANY },
	{ "-sv39", 64, MODE_ANY },
	{ "linea", 64, MODE_ANY },
	{ "linear-", 64, MODE_ANY },
	{ "linear-sv", 64, MODE_ANY },
	{ "linear-sv3", 64, MODE_ANY },
	{ "linear-sv390", 64, MODE_ANY },
	{ "linear-sv64", 64, MODE_ANY },
	{ "linear-sv39-sv39", 64, MODE_ANY },
	{ "linearsv39", 64, MODE_ANY },
	{ "Linear", 64, MODE_ANY },
	{ "last", 64, MODE_ANY },
	{ "last-2G", 64, MODE_ANY },
	/* of the other class */
	{ "linear-sv32", 64, MODE_ANY },
	{ "last-2g-sv32", 64, MODE_ANY },
	{ "linear", 64, MODE_SV32 },
	{ "linear-sv39", 32, MODE_ANY },
	{ "linear", 32, MODE_SV48 },
	{ "last-2g-sv39", 32, MODE_ANY },
	{ "last-2g-sv57", 32, MODE_ANY },
	{ "last-2g", 32, MODE_SV39 },
};

START_TEST(other_names_are_not_windows)
{
	const struct nameless *n = &nameless[_i];
	struct window w;

	ck_assert_msg(!window_parse(n->text, n->xlen, n->mode, &w),
		      "'%s' on rv%u in %s", n->text, n->xlen,
		      window_mode_name(n->mode));
}
END_TEST

START_TEST(the_default_window_exists)
{
	struct window w;

	ck_assert(window_parse(WINDOW_DEFAULT, 32, MODE_ANY, &w));
	ck_assert(window_parse(WINDOW_DEFAULT, 64, MODE_ANY, &w));
}
END_TEST

/* Every listed window is found by its name and mode, and is canonical there. */
START_TEST(listed_windows_hold)
{
	unsigned xlen = _i ? 64 : 32;
	const struct window *l;
	struct window w;
	char text[64];
	size_t n = 0;

	for (; (l = window_list(xlen, n)); n++) {
		snprintf(text, sizeof(text), "%s-%s", l->name,
			 window_mode_name(l->mode));
		ck_assert_msg(window_parse(text, xlen, MODE_ANY, &w), "%s", text);
		ck_assert_uint_eq(w.base, l->base);
		ck_assert_uint_eq(w.size, l->size);
		ck_assert_ptr_null(window_refuses(xlen, l->mode, l->base,
						  l->size - 4 * K));
		for (size_t i = 0; i < n; i++)
			ck_assert_ptr_ne(window_list(xlen, i), l);
	}
	ck_assert_uint_eq(n, xlen == 64 ? 7 : 3);
	ck_assert_ptr_null(window_list(xlen, n + 1));
}
END_TEST

START_TEST(modes_have_names)
{
	static const char *const names[] = { "sv32", "sv39", "sv48", "sv57" };
	static const char *const not[] = { "", "sv", "sv3", "sv64", "SV39", "any mode" };
	enum vm_mode mode = MODE_ANY;

	for (size_t i = 0; i < COUNT_OF(names); i++) {
		ck_assert(window_mode_parse(names[i], &mode));
		ck_assert_uint_eq(mode, i);
		ck_assert_str_eq(window_mode_name(mode), names[i]);
	}
	for (size_t i = 0; i < COUNT_OF(not); i++)
		ck_assert(!window_mode_parse(not[i], &mode));
	ck_assert_str_eq(window_mode_name(MODE_ANY), "any mode");
}
END_TEST

/* --- BASE:SIZE. --- */

static const struct range {
	const char *text;
	bool good;
	uint64_t base, size;
} ranges[] = {
	{ "0x80000000:2G", true, 0x80000000, 2 * G },
	{ "0:1", true, 0, 1 },
	{ "1G:0x1000", true, G, 0x1000 },
	{ "0xffffffff80000000:2G", true, 0xffffffff80000000, 2 * G },
	{ "18446744073709551615:1", true, UINT64_MAX, 1 },
	{ "0x80000000", false, 0, 0 },
	{ "0x80000000:", false, 0, 0 },
	{ "0x80000000:0", false, 0, 0 },
	{ "0x80000000:2G:1", false, 0, 0 },
	{ "0x80000000: 2G", false, 0, 0 },
	{ "0x80000000-2G", false, 0, 0 },
	{ "0x80000000:-2", false, 0, 0 },
	{ "0x80000000:last-2g", false, 0, 0 },
	{ "0x:1", false, 0, 0 },
	{ "0x1g:1", false, 0, 0 },
	{ "00000000000000000000000000000000000000000000000000000000000000000000000:1", false, 0, 0 },
};

START_TEST(ranges_are_read)
{
	const struct range *r = &ranges[_i];
	struct window w;

	ck_assert_msg(window_parse(r->text, 64, MODE_ANY, &w) == r->good, "'%s'",
		      r->text);
	if (!r->good)
		return;
	ck_assert_uint_eq(w.base, r->base);
	ck_assert_uint_eq(w.size, r->size);
	ck_assert_int_eq(w.mode, MODE_ANY);
}
END_TEST

/* --- Granules and slots. --- */

START_TEST(granules)
{
	ck_assert_uint_eq(window_granule(64, 0x1000), 2 * M);
	ck_assert_uint_eq(window_granule(64, 2 * M), 2 * M);
	ck_assert_uint_eq(window_granule(64, 4 * M), 4 * M);
	ck_assert_uint_eq(window_granule(32, 0x1000), 4 * M);
	ck_assert_uint_eq(window_granule(32, 2 * M), 4 * M);
	ck_assert_uint_eq(window_granule(32, 8 * M), 8 * M);
}
END_TEST

static const struct slots {
	const char *window;
	unsigned xlen;
	uint64_t size, lo, granule, slots, first;
} slots[] = {
	/* 2 GiB less the last page hold 1023 of these ... */
	{ "last-2g", 64, 2 * M, 0xffffffff80000000, 2 * M, 1023, 0xffffffff80000000 },
	{ "last-2g", 64, 2 * M - 4 * K, 0, 2 * M, 1024, 0xffffffff80000000 },
	{ "last-2g", 64, 2 * M - 4 * K + 1, 0, 2 * M, 1023, 0xffffffff80000000 },
	{ "last-2g", 64, 1, 0, 2 * M, 1024, 0xffffffff80000000 },
	{ "last-2g", 64, 10 * M, 0, 2 * M, 1019, 0xffffffff80000000 },
	/* ... and an image's place within the granule is kept. */
	{ "last-2g", 64, 2 * M - 4 * K, 0x80001000, 2 * M, 1023, 0xffffffff80001000 },
	{ "last-2g", 64, 1, 0x801ff000, 2 * M, 1023, 0xffffffff801ff000 },
	{ "last-2g", 64, 2 * G - 4 * K, 0, 2 * M, 1, 0xffffffff80000000 },
	{ "last-2g", 64, 2 * G - 4 * K + 1, 0, 2 * M, 0, 0 },
	{ "last-2g", 64, 2 * G, 0, 2 * M, 0, 0 },
	{ "last-2g", 32, 4 * M, 0, 4 * M, 511, 0x80000000 },
	{ "last-2g", 32, 4 * M - 4 * K, 0xc0000000, 4 * M, 512, 0x80000000 },
	{ "vmalloc", 32, 512 * M, 0, 4 * M, 1, 0xa0000000 },
	{ "vmalloc", 32, 512 * M + 1, 0, 4 * M, 0, 0 },
	{ "linear-sv39", 64, 2 * M, 0, 2 * M, 62 * K, 0xffffffd800000000 },
	{ "0x80100000:6M", 64, 2 * M, 0, 2 * M, 2, 0x80200000 },
	{ "0x80100000:6M", 64, 2 * M, 0x100000, 2 * M, 3, 0x80100000 },
	{ "0x80100000:6M", 64, 2 * M, 0x100000, 64 * M, 1, 0x80100000 },
	{ "0x80100000:6M", 64, 2 * M, 0x200000, 64 * M, 1, 0x80200000 },
	{ "0x80100000:6M", 64, 2 * M, 0x700000, 64 * M, 0, 0 },
	{ "0xffffffffffe00000:2M", 64, 2 * M - 4 * K, 0, 2 * M, 1, 0xffffffffffe00000 },
	{ "0xfffffffffffff000:4K", 64, 1, 0, 4 * K, 0, 0 },
	{ "0xffffffffffe00000:2M", 64, 1, 0x1ff000, 2 * M, 0, 0 },
	/* Nothing of rv32 is above 4 GiB. */
	{ "0xf0000000:4G", 32, 4 * M, 0, 4 * M, 63, 0xf0000000 },
	{ "0x100000000:4G", 32, 4 * M, 0, 4 * M, 0, 0 },
};

START_TEST(slots_are_counted)
{
	const struct slots *s = &slots[_i];
	uint64_t base = 0, n = 99;
	struct window w;

	ck_assert(window_parse(s->window, s->xlen, MODE_ANY, &w));
	ck_assert(window_slot(&w, s->xlen, s->size, s->lo, s->granule, 0,
			      &base, &n) == (s->slots > 0));
	ck_assert_uint_eq(n, s->slots);
	if (!s->slots)
		return;
	ck_assert_uint_eq(base, s->first);
	ck_assert(window_slot(&w, s->xlen, s->size, s->lo, s->granule,
			      s->slots - 1, &base, &n));
	ck_assert_uint_eq(base, s->first + (s->slots - 1) * s->granule);
	ck_assert(!window_slot(&w, s->xlen, s->size, s->lo, s->granule,
			       s->slots, &base, &n));
	ck_assert_uint_eq(n, s->slots);
	ck_assert(!window_slot(&w, s->xlen, s->size, s->lo, s->granule,
			       UINT64_MAX, &base, &n));
}
END_TEST

/* Places are tried one by one, and the count must be that of those that fit. */
START_TEST(slots_are_all_that_fit)
{
	uint64_t seed = (uint64_t)_i, base, n;

	for (int k = 0; k < 500; k++) {
		uint64_t granule = M << random_next(&seed) % 5;
		struct window w = {
			.base = (random_next(&seed) % 256) * (M / 2) - 128 * M,
			.size = 1 + random_next(&seed) % (96 * M),
		};
		uint64_t size = 1 + random_next(&seed) % (32 * M);
		uint64_t lo = random_next(&seed) % (64 * M) & ~UINT64_C(0xfff);
		uint64_t count = 0;
		/* In numbers that cannot wrap. */
		__int128 from = w.base < 128 * M ? (__int128)w.base +
				((__int128)1 << 64) : w.base;
		__int128 end = from + w.size;
		__int128 top = ((__int128)1 << (w.base < 128 * M ? 65 : 64)) - 4096;

		if (end > top)
			end = top;
		window_slot(&w, 64, size, lo, granule, 0, &base, &n);
		for (__int128 at = from - from % granule + lo % granule;
		     at + size <= end; at += granule) {
			if (at < from)
				continue;
			ck_assert(window_slot(&w, 64, size, lo, granule, count,
					      &base, &n));
			ck_assert_uint_eq(base, (uint64_t)at);
			count++;
		}
		ck_assert_uint_eq(n, count);
	}
}
END_TEST

/* --- Where an image cannot be. --- */

enum refusal { FINE, OTHER_CLASS, NO_END, LAST_PAGE, NOT_CANONICAL };

static const struct {
	const char *part;
} refusals[] = {
	[OTHER_CLASS] = { "class" }, [NO_END] = { "end of the address space" },
	[LAST_PAGE] = { "last 4 KiB" }, [NOT_CANONICAL] = { "canonical" },
};

static const struct at {
	unsigned xlen;
	enum vm_mode mode;
	uint64_t first, last;	/* of the image's bytes */
	enum refusal why;
} at[] = {
	/* The end of the address space. */
	{ 64, MODE_SV39, 0xffffffffffe00000, 0xffffffffffffefff, FINE },
	{ 64, MODE_SV39, 0xffffffffffe00000, 0xfffffffffffff000, LAST_PAGE },
	{ 64, MODE_SV39, 0xffffffffffe00000, 0xffffffffffffffff, LAST_PAGE },
	{ 64, MODE_SV39, 0xffffffffffe00000, 0x0000000000000000, NO_END },
	{ 64, MODE_SV39, 0xffffffffffe00000, 0x00000000001fffff, NO_END },
	{ 64, MODE_ANY, 0xfffffffffffff000, 0xfffffffffffff000, LAST_PAGE },
	{ 32, MODE_SV32, 0xffc00000, 0xffffefff, FINE },
	{ 32, MODE_SV32, 0xffc00000, 0xfffff000, LAST_PAGE },
	{ 32, MODE_SV32, 0xffc00000, 0xffffffff, LAST_PAGE },
	{ 32, MODE_SV32, 0xffc00000, 0x100000000, NO_END },
	{ 32, MODE_SV32, 0x100000000, 0x100000fff, NO_END },
	{ 32, MODE_ANY, 0xffffffff80000000, 0xffffffff80000fff, NO_END },
	{ 32, MODE_ANY, 0, 0xffffefff, FINE },
	/* Both halves of each mode, up to their borders. */
	{ 64, MODE_SV39, 0, 0x0000003fffffffff, FINE },
	{ 64, MODE_SV39, 0, 0x0000004000000000, NOT_CANONICAL },
	{ 64, MODE_SV39, 0x0000004000000000, 0x0000004000000fff, NOT_CANONICAL },
	{ 64, MODE_SV39, 0xffffffbfffffffff, 0xffffffc000000000, NOT_CANONICAL },
	{ 64, MODE_SV39, 0xffffffc000000000, 0xffffffffffffefff, FINE },
	{ 64, MODE_SV39, 0x0000003ffffff000, 0xffffffc000000000, NOT_CANONICAL },
	{ 64, MODE_SV48, 0, 0x00007fffffffffff, FINE },
	{ 64, MODE_SV48, 0, 0x0000800000000000, NOT_CANONICAL },
	{ 64, MODE_SV48, 0xffff7fffffffffff, 0xffff800000000000, NOT_CANONICAL },
	{ 64, MODE_SV48, 0xffff800000000000, 0xffff800000000fff, FINE },
	{ 64, MODE_SV57, 0, 0x00ffffffffffffff, FINE },
	{ 64, MODE_SV57, 0, 0x0100000000000000, NOT_CANONICAL },
	{ 64, MODE_SV57, 0xfeffffffffffffff, 0xff00000000000000, NOT_CANONICAL },
	{ 64, MODE_SV57, 0xff00000000000000, 0xff00000000000fff, FINE },
	/* Any mode: the widest. */
	{ 64, MODE_ANY, 0xff00000000000000, 0xff00000000000fff, FINE },
	{ 64, MODE_ANY, 0x00fffffffffff000, 0x00ffffffffffffff, FINE },
	{ 64, MODE_ANY, 0xfefffffffffff000, 0xfeffffffffffffff, NOT_CANONICAL },
	{ 32, MODE_ANY, 0x80000000, 0x80ffffff, FINE },
	/* A mode of the other class. */
	{ 64, MODE_SV32, 0x80000000, 0x80ffffff, OTHER_CLASS },
	{ 32, MODE_SV39, 0x80000000, 0x80ffffff, OTHER_CLASS },
	{ 32, MODE_SV57, 0x80000000, 0x80ffffff, OTHER_CLASS },
};

START_TEST(places_are_refused)
{
	const struct at *a = &at[_i];
	const char *why = window_refuses(a->xlen, a->mode, a->first,
					 a->last - a->first + 1);

	if (a->why == FINE)
		ck_assert_msg(!why, "0x%" PRIx64 ": %s", a->first, why);
	else
		ck_assert_msg(why && strstr(why, refusals[a->why].part),
			      "0x%" PRIx64 ": %s", a->first,
			      why ? why : "fine");
}
END_TEST

Suite *window_suite(void)
{
	Suite *s = suite_create("window");
	TCase *tc = unit_case(s, "numbers");

	tcase_add_loop_test(tc, numbers_are_read, 0, COUNT_OF(numbers));

	tc = unit_case(s, "names");
	tcase_add_loop_test(tc, windows_have_names, 0, COUNT_OF(named));
	tcase_add_loop_test(tc, other_names_are_not_windows, 0,
			    COUNT_OF(nameless));
	tcase_add_test(tc, the_default_window_exists);
	tcase_add_loop_test(tc, listed_windows_hold, 0, 2);
	tcase_add_test(tc, modes_have_names);
	tcase_add_loop_test(tc, ranges_are_read, 0, COUNT_OF(ranges));

	tc = unit_case(s, "slots");
	tcase_add_test(tc, granules);
	tcase_add_loop_test(tc, slots_are_counted, 0, COUNT_OF(slots));
	tcase_add_loop_test(tc, slots_are_all_that_fit, 0, 4);

	tc = unit_case(s, "refusals");
	tcase_add_loop_test(tc, places_are_refused, 0, COUNT_OF(at));
	return s;
}
