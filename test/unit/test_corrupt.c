/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables that are not what they were: what boot/apply.c says of them, and that
 * a checksum which is right again makes them no more dangerous.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot.h"

#define BASE		UINT64_C(0x40200000)
#define PAGE		UINT64_C(4096)
#define FIELD(member)	offsetof(struct rvreloc_header, member)

enum { STREAMS = sizeof(struct rvreloc_header), MUTATIONS = 100000 };

/* A small table with all kinds in it, and an image. */
struct victim {
	unsigned xlen;
	struct bytes good;		/* the table */
	struct bytes before;		/* the image */
	struct arena image, table;
	struct table_place *place;
	size_t n;
};

static const struct {
	unsigned kind;
	uint64_t first, step;
	size_t n;
} lists[] = {
	{ TABLE_WORD, 0, 8, 40 }, { TABLE_WORD, 0x200, 24, 60 },
	{ TABLE_WORD, 0x804, 16, 20 }, { TABLE_WORD, 0xa00, 56, 3 },
	{ TABLE_WORD_SUB, 0xb00, 16, 5 }, { TABLE_WORD_SUB, 0xc02, 10, 4 },
	{ TABLE_HALF, 0xd00, 4, 9 }, { TABLE_HALF, 0xd82, 12, 8 },
	{ TABLE_HALF_SUB, 0xe00, 20, 10 }, { TABLE_CLUI, 0xf02, 6, 9 },
	{ TABLE_WORD, 0xff8, 8, 1 },
};

static struct victim victim_new(unsigned xlen)
{
	struct victim v = { .xlen = xlen, .image = arena_new(0x1000) };
	struct table t = { .xlen = xlen, .base = BASE, .size = 0x1000,
			   .align = PAGE, .reach_lo = BASE - 8 * PAGE,
			   .reach_hi = BASE + 8 * PAGE };
	uint64_t seed = xlen;

	v.place = calloc(256, sizeof(*v.place));
	ck_assert_ptr_nonnull(v.place);
	for (size_t i = 0; i < v.image.size; i++)
		v.image.at[i] = (uint8_t)random_next(&seed);
	for (size_t l = 0; l < COUNT_OF(lists); l++)
		for (size_t i = 0; i < lists[l].n; i++) {
			uint64_t off = lists[l].first + i * lists[l].step;
			uint64_t what = boot_sample(lists[l].kind,
						    random_next(&seed));

			v.place[v.n++] = (struct table_place){
				off, (uint8_t)lists[l].kind };
			memcpy(v.image.at + off, &what,
			       boot_field_bytes(xlen, lists[l].kind));
		}
	boot_sort(v.place, v.n);
	t.place = v.place;
	t.n = v.n;
	v.good = boot_encode(&t);
	ck_assert_uint_lt(v.good.n, 512);
	v.table = arena_new(v.good.n);
	memcpy(v.table.at, v.good.at, v.good.n);
	bytes_add(&v.before, v.image.at, v.image.size);
	return v;
}

static void victim_free(struct victim *v)
{
	bytes_free(&v->good);
	bytes_free(&v->before);
	arena_free(&v->image);
	arena_free(&v->table);
	free(v->place);
}

static int apply_to(struct victim *v, uint64_t base)
{
	return boot_apply(v->xlen, v->image.at, v->table.at, base);
}

static void put_back(struct victim *v)
{
	memcpy(v->table.at, v->good.at, v->good.n);
	memcpy(v->image.at, v->before.at, v->before.n);
}

static bool image_is_same(const struct victim *v)
{
	return !memcmp(v->image.at, v->before.at, v->before.n);
}

/*
 * Refuses it as it is now, and leaves it and the image so. Check is slow at
 * what it counts, and these are many.
 */
static void refuses_at(struct victim *v, void *image, uint64_t base, int want,
		       const char *what)
{
	uint8_t table[512];
	int got;

	memcpy(table, v->table.at, v->good.n);
	got = boot_apply(v->xlen, image, v->table.at, base);
	if (want ? got != want : got >= 0)
		ck_abort_msg("%s: %d, not %d", what, got, want);
	if (memcmp(table, v->table.at, v->good.n) || !image_is_same(v) ||
	    !arena_kept(&v->image) || !arena_kept(&v->table))
		ck_abort_msg("%s: it has changed something", what);
}

static void refuses(struct victim *v, uint64_t base, int want, const char *what)
{
	refuses_at(v, v->image.at, base, want, what);
}

/* --- What each error is for; the loop goes over the classes. --- */

static struct victim v;

static void victim_by_index(int i)
{
	v = victim_new(i ? 32 : 64);
}

START_TEST(not_a_table)
{
	victim_by_index(_i);
	for (unsigned at = 0; at < 2; at++)
		for (unsigned bit = 1; bit < 256; bit <<= 1) {
			v.table.at[at] ^= (uint8_t)bit;
			refuses(&v, BASE + PAGE, RVRELOC_NOT_A_TABLE, "magic");
			put_back(&v);
		}
	memset(v.table.at, 0, v.good.n);
	refuses(&v, BASE + PAGE, RVRELOC_NOT_A_TABLE, "zeros");
	victim_free(&v);
}
END_TEST

START_TEST(wrong_class)
{
	victim_by_index(_i);
	/* All right, but for the other one. */
	v.xlen ^= 32 ^ 64;
	refuses(&v, BASE + PAGE, RVRELOC_WRONG_CLASS, "class");
	victim_free(&v);
}
END_TEST

START_TEST(wrong_version)
{
	victim_by_index(_i);
	v.table.at[2]++;
	refuses(&v, BASE + PAGE, RVRELOC_WRONG_VERSION, "version");
	victim_free(&v);
}
END_TEST

START_TEST(misaligned)
{
	victim_by_index(_i);
	for (uint64_t by = 1; by < PAGE; by <<= 1)
		refuses(&v, BASE + PAGE + by, RVRELOC_MISALIGNED, "base");
	for (unsigned by = 1; by < 8; by <<= 1)
		refuses_at(&v, v.image.at - by, BASE + PAGE,
			   RVRELOC_MISALIGNED, "image");
	victim_free(&v);
}
END_TEST

START_TEST(misaligned_table)
{
	for (unsigned by = 1; by < 8; by <<= 1) {
		uint8_t *good;

		victim_by_index(_i);
		good = v.table.at;
		/* Into the space before it. */
		v.table.at -= by;
		v.table.size += by;
		memmove(v.table.at, good, v.good.n);
		memset(v.table.at + v.good.n, 0, by);
		refuses(&v, BASE + PAGE, RVRELOC_MISALIGNED, "table");
		victim_free(&v);
	}
}
END_TEST

START_TEST(out_of_reach)
{
	victim_by_index(_i);
	refuses(&v, BASE + 9 * PAGE, RVRELOC_OUT_OF_REACH, "above");
	refuses(&v, BASE - 9 * PAGE, RVRELOC_OUT_OF_REACH, "below");
	ck_assert_int_eq(apply_to(&v, BASE + 8 * PAGE), 0);
	ck_assert(!image_is_same(&v));
	ck_assert_int_eq(apply_to(&v, BASE - 8 * PAGE), 0);
	ck_assert_int_eq(apply_to(&v, BASE), 0);
	ck_assert(image_is_same(&v));
	refuses(&v, BASE + 9 * PAGE, RVRELOC_OUT_OF_REACH, "above, later");
	victim_free(&v);
}
END_TEST

/* Cut at each word, which is in a group's header or in its stream. */
START_TEST(truncated)
{
	int32_t size, seen = 0;

	victim_by_index(_i);
	for (size = (int32_t)v.good.n - 8; size >= STREAMS; size -= 8) {
		memcpy(v.table.at + FIELD(size), &size, sizeof(size));
		boot_mend(v.table.at, v.xlen, (size_t)size);
		if (apply_to(&v, BASE + PAGE)) {
			refuses(&v, BASE + PAGE, RVRELOC_TRUNCATED, "cut");
			seen++;
		}
		put_back(&v);
	}
	/* At the end of a group there is nothing to see. */
	ck_assert_int_gt(seen, (int32_t)(v.good.n - STREAMS) / 8 / 2);
	victim_free(&v);
}
END_TEST

/* The image is shorter, and its last field lies outside. */
START_TEST(leads_out)
{
	int32_t image;

	victim_by_index(_i);
	for (image = 0x1000 - 1; image >= 0; image--) {
		memcpy(v.table.at + FIELD(image), &image, sizeof(image));
		boot_mend(v.table.at, v.xlen, v.good.n);
		/* The last word of RV32 ends 4 bytes sooner. */
		if (v.xlen == 64 || image < 0xffc)
			refuses(&v, BASE + PAGE, RVRELOC_TRUNCATED, "short");
	}
	victim_free(&v);
}
END_TEST

/* --- Corruption that the checksum sees. --- */

START_TEST(each_byte)
{
	victim_by_index(_i);
	for (size_t at = 0; at < v.good.n; at++)
		for (unsigned x = 1; x < 256; x++) {
			char what[48];

			v.table.at[at] ^= (uint8_t)x;
			snprintf(what, sizeof(what), "byte %zu ^ %#x", at, x);
			refuses(&v, BASE + PAGE,
				at < STREAMS ? 0 : RVRELOC_WRONG_CHECKSUM,
				what);
			/* Nor may it be taken for one that has nothing to do. */
			refuses(&v, BASE, 0, what);
			v.table.at[at] = v.good.at[at];
		}
	victim_free(&v);
}
END_TEST

/* Changes 1 to 8 bytes from `from` on; false: all became what they were. */
static bool mutate(struct victim *w, size_t from, uint64_t *seed)
{
	for (uint64_t n = 1 + random_next(seed) % 8; n; n--) {
		size_t at = from + random_next(seed) % (w->good.n - from);

		w->table.at[at] = (uint8_t)(random_next(seed) >> 16);
	}
	return memcmp(w->table.at, w->good.at, w->good.n);
}

START_TEST(random_bytes)
{
	uint64_t seed = 12345;

	victim_by_index(_i);
	for (int i = 0; i < MUTATIONS; i++) {
		if (mutate(&v, 0, &seed))
			refuses(&v, BASE + PAGE, 0, "random");
		memcpy(v.table.at, v.good.at, v.good.n);
	}
	victim_free(&v);
}
END_TEST

/* --- Corruption with all checks mended. --- */

/*
 * Whatever it does, it does in the image and in the base of the table. What it
 * refuses it takes off again, but not to the bit where fields lie across each
 * other, or a shift drops a part of D.
 */
static int outcome(void)
{
	int got = apply_to(&v, BASE + PAGE);

	if (!arena_kept(&v.image) || !arena_kept(&v.table))
		ck_abort_msg("it wrote outside");
	return got;
}

/*
 * That table and image are larger than they are, no one can see but by guard;
 * it is a sum, and two changes may make up for each other.
 */
static bool guard_is_fooled(void)
{
	struct rvreloc_header h;

	memcpy(&h, v.table.at, sizeof(h));
	return h.base + h.guard + h.extent == UINT64_MAX &&
	       ((uint32_t)h.size > v.good.n ||
		(uint32_t)h.image > v.image.size);
}

/* The check is right, and whatever else is in the header is wrong. */
START_TEST(mended_check)
{
	uint64_t seed = 12345;
	int fooled = 0;

	victim_by_index(_i);
	for (int i = 0; i < MUTATIONS; i++) {
		mutate(&v, 0, &seed);
		boot_mend_check(v.table.at, v.xlen, v.good.n);
		if (guard_is_fooled())
			fooled++;
		else
			outcome();
		put_back(&v);
	}
	ck_assert_int_lt(fooled, MUTATIONS / 10000);
	victim_free(&v);
}
END_TEST

/* Streams and groups: bits that are others, words in another order. */
static void mutate_streams(uint64_t *seed)
{
	size_t words = (v.good.n - STREAMS) / 4;

	if (random_next(seed) % 4) {
		mutate(&v, STREAMS, seed);
		return;
	}
	for (uint64_t n = 1 + random_next(seed) % 4; n; n--) {
		uint8_t *a = v.table.at + STREAMS +
			     random_next(seed) % words * 4;
		const uint8_t *b = v.good.at + STREAMS +
				   random_next(seed) % words * 4;

		memcpy(a, b, 4);
	}
}

START_TEST(mended_streams)
{
	uint64_t seed = 54321;
	int accepted = 0, refused = 0, harmless = 0;

	victim_by_index(_i);
	for (int i = 0; i < MUTATIONS; i++) {
		mutate_streams(&seed);
		boot_mend_check(v.table.at, v.xlen, v.good.n);
		if (outcome())
			refused++;
		else
			accepted++;
		harmless += image_is_same(&v);
		put_back(&v);
	}
	/* Both ways have been gone. */
	ck_assert_int_gt(accepted, MUTATIONS / 100);
	ck_assert_int_gt(refused, MUTATIONS / 100);
	ck_assert_int_gt(harmless, refused / 2);
	victim_free(&v);
}
END_TEST

/* Sizes within the true ones, any base, reach and alignment. */
START_TEST(mended_all)
{
	uint64_t seed = 777;

	victim_by_index(_i);
	for (int i = 0; i < MUTATIONS; i++) {
		int32_t size = (int32_t)(random_next(&seed) % (v.good.n + 1));
		int32_t image = (int32_t)(random_next(&seed) % 0x1001);

		mutate_streams(&seed);
		if (random_next(&seed) % 2)
			memset(v.table.at + FIELD(align), 0, 8);
		if (random_next(&seed) % 2)
			memcpy(v.table.at + FIELD(image), &image, 4);
		if (random_next(&seed) % 2)
			memcpy(v.table.at + FIELD(size), &size, 4);
		else
			size = (int32_t)v.good.n;
		boot_mend(v.table.at, v.xlen, (size_t)size);
		outcome();
		put_back(&v);
	}
	victim_free(&v);
}
END_TEST

Suite *corrupt_suite(void)
{
	Suite *s = suite_create("corrupt");
	TCase *tc = unit_case(s, "errors");

	tcase_add_loop_test(tc, not_a_table, 0, 2);
	tcase_add_loop_test(tc, wrong_class, 0, 2);
	tcase_add_loop_test(tc, wrong_version, 0, 2);
	tcase_add_loop_test(tc, misaligned, 0, 2);
	tcase_add_loop_test(tc, misaligned_table, 0, 2);
	tcase_add_loop_test(tc, out_of_reach, 0, 2);
	tcase_add_loop_test(tc, truncated, 0, 2);
	tcase_add_loop_test(tc, leads_out, 0, 2);
	tc = unit_case(s, "corruption");
	tcase_add_loop_test(tc, each_byte, 0, 2);
	tcase_add_loop_test(tc, random_bytes, 0, 2);
	tcase_add_loop_test(tc, mended_check, 0, 2);
	tcase_add_loop_test(tc, mended_streams, 0, 2);
	tcase_add_loop_test(tc, mended_all, 0, 2);
	return s;
}
