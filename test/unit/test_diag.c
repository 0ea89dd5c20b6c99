/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "elfio/diag.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "elfio/parallel.h"
#include "unit.h"

/* What diag_print() says, to be freed. */
static char *printed(const struct diag *d, bool quiet,
		     void (*where)(void *, uint32_t, uint64_t, char *, size_t),
		     void *ctx)
{
	char *text;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	ck_assert_ptr_nonnull(f);
	diag_print(d, f, "FILE", where, ctx, quiet);
	fclose(f);
	return text;
}

static void check_printed(const struct diag *d, bool quiet, const char *want)
{
	char *got = printed(d, quiet, NULL, NULL);

	ck_assert_str_eq(got, want);
	free(got);
}

/* --- Order. --- */

static const struct event {
	uint32_t shndx;
	uint64_t off;
	enum diag_level level;
	const char *text;
} events[] = {	/* in the order of their places */
	{ 0, 0, DIAG_ERROR, "a" },
	{ 1, 5, DIAG_WARNING, "b" },
	{ 1, 6, DIAG_ERROR, "c" },
	{ 1, UINT64_MAX, DIAG_NOTE, "d" },
	{ 2, 0, DIAG_ERROR, "e" },
	{ 0x10000, 1, DIAG_ERROR, "f" },
	{ UINT32_MAX - 1, 0, DIAG_ERROR, "g" },
};

enum { EVENTS = COUNT_OF(events) };

static void say(struct diag *d, size_t i)
{
	diag_at(d, events[i].level, events[i].shndx, events[i].off, "%s",
		events[i].text);
}

/* The k-th of all orders. */
static void permute(size_t k, size_t order[EVENTS])
{
	for (size_t i = 0; i < EVENTS; i++)
		order[i] = i;
	for (size_t i = EVENTS; i > 1; k /= i--) {
		size_t swap = order[i - 1];

		order[i - 1] = order[k % i];
		order[k % i] = swap;
	}
}

START_TEST(places_decide_not_arrival)
{
	size_t order[EVENTS];
	struct diag d;

	for (size_t k = 0; k < 5040; k++) {
		permute(k, order);
		diag_init(&d, 20);
		for (size_t i = 0; i < EVENTS; i++)
			say(&d, order[i]);
		ck_assert_uint_eq(d.n, EVENTS);
		for (size_t i = 0; i < EVENTS; i++)
			if (strcmp(d.entry[i].text, events[i].text))
				ck_abort_msg("order %zu: %s at %zu", k,
					     d.entry[i].text, i);
		diag_free(&d);
	}
}
END_TEST

/* The errors that are shown are the first by place, whoever came first. */
START_TEST(the_first_by_place_are_kept)
{
	size_t order[EVENTS];
	struct diag d;

	for (size_t k = 0; k < 5040; k++) {
		permute(k, order);
		diag_init(&d, 2);
		for (size_t i = 0; i < EVENTS; i++)
			say(&d, order[i]);
		ck_assert_uint_eq(d.errors, 5);
		ck_assert_uint_eq(d.unshown, 3);
		check_printed(&d, false, "FILE: a\nFILE: warning: b\nFILE: c\n"
			"FILE: note: d\n"
			"FILE: 3 more like these (--max-errors shows them)\n");
		diag_free(&d);
	}
}
END_TEST

START_TEST(of_the_file_comes_first_in_order_of_arrival)
{
	struct diag d;

	diag_init(&d, 20);
	diag_at(&d, DIAG_ERROR, 0, 0, "third");
	diag_file(&d, DIAG_ERROR, "first %d", 1);
	diag_file(&d, DIAG_NOTE, "second");
	check_printed(&d, false,
		      "FILE: first 1\nFILE: note: second\nFILE: third\n");
	diag_free(&d);
}
END_TEST

/* --- Counts. --- */

START_TEST(only_errors_count)
{
	struct diag d;

	diag_init(&d, 1);
	for (unsigned i = 0; i < 5; i++) {
		diag_at(&d, DIAG_WARNING, 1, i, "w");
		diag_file(&d, DIAG_NOTE, "n");
	}
	ck_assert_uint_eq(d.errors, 0);
	ck_assert_uint_eq(d.unshown, 0);
	ck_assert_uint_eq(d.n, 10);
	diag_at(&d, DIAG_ERROR, 1, 2, "e");
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_uint_eq(d.unshown, 0);
	diag_at(&d, DIAG_ERROR, 1, 1, "e");
	ck_assert_uint_eq(d.errors, 2);
	ck_assert_uint_eq(d.unshown, 1);
	ck_assert_uint_eq(d.n, 11);
	diag_free(&d);
}
END_TEST

START_TEST(max_is_how_many_are_shown)
{
	unsigned max = (unsigned)_i;
	unsigned lines = 0;
	struct diag d;
	char *text;

	diag_init(&d, max);
	for (unsigned i = 0; i < 5; i++)
		diag_at(&d, DIAG_ERROR, 1, 5 - i, "e%u", 5 - i);
	ck_assert_uint_eq(d.errors, 5);
	ck_assert_uint_eq(d.unshown, max < 5 ? 5 - max : 0);
	ck_assert_uint_eq(d.n, max < 5 ? max : 5);
	text = printed(&d, false, NULL, NULL);
	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	ck_assert_uint_eq(lines, max < 5 ? max + 1 : 5);
	for (unsigned i = 0; i < d.n; i++) {
		char want[16];

		snprintf(want, sizeof(want), "e%u", i + 1);
		ck_assert_str_eq(d.entry[i].text, want);
	}
	free(text);
	diag_free(&d);
}
END_TEST

/* --- Text. --- */

static void place(void *ctx, uint32_t shndx, uint64_t off, char *buf,
		  size_t len)
{
	snprintf(buf, len, "%s%" PRIu32 "+%" PRIu64, (char *)ctx, shndx, off);
}

START_TEST(an_entry_names_its_place)
{
	static char section[] = "sec";
	struct diag d;
	char *text;

	diag_init(&d, 20);
	diag_file(&d, DIAG_WARNING, "of the file");
	diag_at(&d, DIAG_ERROR, 3, 4, "%s %d%%", "bad", 7);
	diag_at(&d, DIAG_NOTE, 3, 5, "so");
	text = printed(&d, false, place, section);
	ck_assert_str_eq(text, "FILE: warning: of the file\n"
			 "FILE:sec3+4: bad 7%\nFILE:sec3+5: note: so\n");
	free(text);
	text = printed(&d, true, place, section);
	ck_assert_str_eq(text, "FILE:sec3+4: bad 7%\n");
	free(text);
	diag_free(&d);
}
END_TEST

/* Names come from the file, and may hold anything. */
static void rogue_place(void *ctx, uint32_t shndx, uint64_t off, char *buf,
			size_t len)
{
	(void)ctx, (void)shndx, (void)off;
	snprintf(buf, len, "%s", ".te\nxt\x1b[2J");
}

START_TEST(names_cannot_forge_lines)
{
	struct diag d;
	char *text;

	diag_init(&d, 20);
	diag_at(&d, DIAG_ERROR, 1, 2, "%s is bad", "a\nFILE: b\r\x7f\t\xc3\xa9");
	text = printed(&d, false, rogue_place, NULL);
	ck_assert_str_eq(text, 
			 "FILE:.te?xt?[2J: a?FILE: b???\xc3\xa9 is bad\n");
	free(text);
	diag_free(&d);
}
END_TEST

/* --- Without memory. --- */

START_TEST(no_memory_is_said_once)
{
	struct diag d;
	char *text;

	diag_init(&d, 20);
	diag_at(&d, DIAG_ERROR, 3, 4, "before");
	diag_no_memory(&d);
	diag_no_memory(&d);
	ck_assert_uint_eq(d.errors, 2);
	/* Places are not looked up any more: that takes memory, too. */
	text = printed(&d, false, place, (char[]){ "sec" });
	ck_assert_str_eq(text, "FILE: out of memory\nFILE: before\n");
	free(text);
	diag_free(&d);
}
END_TEST

/* --- Threads. --- */

enum { REPORTS = 3000 };

static void report(void *ctx, size_t i, unsigned worker)
{
	struct diag *d = ctx;

	(void)worker;
	/* Scattered, each place once. */
	diag_at(d, DIAG_ERROR, 1, i * 7919 % REPORTS, "%zu",
		i * 7919 % REPORTS);
}

START_TEST(threads_may_report)
{
	struct diag d;

	diag_init(&d, 50);
	parallel_for(8, REPORTS, report, &d);
	ck_assert_uint_eq(d.errors, REPORTS);
	ck_assert_uint_eq(d.unshown, REPORTS - 50);
	ck_assert_uint_eq(d.n, 50);
	for (unsigned i = 0; i < d.n; i++) {
		ck_assert_uint_eq(d.entry[i].off, i);
		ck_assert_uint_eq(strtoul(d.entry[i].text, NULL, 10), i);
	}
	diag_free(&d);
}
END_TEST

Suite *diag_suite(void)
{
	Suite *s = suite_create("diag");
	TCase *tc = unit_case(s, "order");

	tcase_add_test(tc, places_decide_not_arrival);
	tcase_add_test(tc, the_first_by_place_are_kept);
	tcase_add_test(tc, of_the_file_comes_first_in_order_of_arrival);

	tc = unit_case(s, "counts");
	tcase_add_test(tc, only_errors_count);
	tcase_add_loop_test(tc, max_is_how_many_are_shown, 0, 8);

	tc = unit_case(s, "text");
	tcase_add_test(tc, an_entry_names_its_place);
	tcase_add_test(tc, names_cannot_forge_lines);
	tcase_add_test(tc, no_memory_is_said_once);

	tc = unit_case(s, "threads");
	tcase_add_test(tc, threads_may_report);
	return s;
}
