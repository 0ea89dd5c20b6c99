/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables as relocator/encode.c makes them and boot/apply.c reads them: each
 * field moves as it should, and not a bit else; and they stay small.
 */
#include "relocator/encode.h"

#include <stdlib.h>
#include <string.h>

#include "boot.h"

#define PAGE		UINT64_C(4096)
#define ALL_KINDS	((1u << TABLE_KINDS) - 1)

static uint64_t top_of(unsigned xlen)
{
	return xlen == 64 ? UINT64_MAX : UINT32_MAX;
}

/* --- A table, an image that it fits, and moves. --- */

struct trial {
	struct table t;
	size_t room;		/* of t.place */
	struct arena image;
	uint64_t *held;		/* by each place, where t.base is */
	bool cluis;
};

static void add_place(struct trial *x, uint64_t off, unsigned kind)
{
	if (x->t.n == x->room) {
		x->room = x->room ? 2 * x->room : 256;
		x->t.place = realloc(x->t.place,
				     x->room * sizeof(*x->t.place));
		ck_assert_ptr_nonnull(x->t.place);
	}
	x->t.place[x->t.n++] = (struct table_place){ off, (uint8_t)kind };
	x->cluis |= kind == TABLE_CLUI;
	off += boot_field_bytes(x->t.xlen, kind);
	if (x->t.size < off)
		x->t.size = off;
}

static void trial_free(struct trial *x)
{
	free(x->t.place);
	free(x->held);
	if (x->image.map)
		arena_free(&x->image);
}

/* Places are added; now the rest. The image ends with its last place + slack. */
static void trial_ready(struct trial *x, uint64_t slack, uint64_t *seed)
{
	struct table *t = &x->t;

	boot_sort(t->place, t->n);
	t->size += slack;
	t->align = PAGE << random_next(seed) % 10;
	if (x->cluis)
		t->align = PAGE;
	t->base = random_next(seed) & top_of(t->xlen) >> 1 & ~UINT64_C(7);
	t->base |= (top_of(t->xlen) >> 2) + 1;
	t->reach_lo = t->base % t->align;
	t->reach_hi = t->reach_lo + (top_of(t->xlen) & -t->align) - t->align;
	if (x->cluis) {
		t->reach_lo = t->base - 8 * PAGE;
		t->reach_hi = t->base + 8 * PAGE;
	}
	x->image = arena_new(t->size);
	x->held = calloc(t->n + 1, sizeof(*x->held));
	ck_assert_ptr_nonnull(x->held);
	for (size_t i = 0; i < t->n; i++) {
		unsigned kind = t->place[i].kind;
		unsigned bytes = boot_field_bytes(t->xlen, kind);
		uint64_t v = boot_sample(kind, random_next(seed));

		memcpy(x->image.at + t->place[i].off, &v, bytes);
		memcpy(&x->held[i], &v, bytes);
	}
}

/* Some base that the table allows. */
static uint64_t some_base(const struct table *t, uint64_t *seed)
{
	uint64_t n = (t->reach_hi - t->reach_lo) / t->align + 1;

	return t->reach_lo + random_next(seed) % n * t->align;
}

/*
 * All is 0 but the fields, and they are what D makes of them. They are taken
 * out to see that, and put back.
 */
static void assert_moved(struct trial *x, uint64_t D)
{
	uint64_t *now = calloc(x->t.n + 1, sizeof(*now));

	ck_assert_ptr_nonnull(now);
	for (size_t i = 0; i < x->t.n; i++) {
		unsigned kind = x->t.place[i].kind;
		uint8_t *at = x->image.at + x->t.place[i].off;
		unsigned bytes = boot_field_bytes(x->t.xlen, kind);
		uint64_t want = boot_moved(x->t.xlen, kind, x->held[i], D);

		memcpy(&now[i], at, bytes);
		/* Check is slow at what it counts. */
		if (now[i] != want)
			ck_abort_msg("field %zu of %zu, kind %u at %#jx: %#jx, not %#jx",
				     i, x->t.n, kind,
				     (uintmax_t)x->t.place[i].off,
				     (uintmax_t)now[i], (uintmax_t)want);
		memset(at, 0, bytes);
	}
	ck_assert(arena_is_zero(&x->image));
	for (size_t i = 0; i < x->t.n; i++)
		memcpy(x->image.at + x->t.place[i].off, &now[i],
		       boot_field_bytes(x->t.xlen, x->t.place[i].kind));
	free(now);
}

/* There, further, and back; returns the table's size. */
static size_t assert_moves(struct trial *x, uint64_t *seed)
{
	struct table *t = &x->t;
	struct bytes table = boot_encode(t), twice = boot_encode(t);
	uint64_t to[] = { t->base, some_base(t, seed), some_base(t, seed),
			  t->reach_lo, t->reach_hi, t->base };
	struct arena there = arena_new(table.n);
	struct bytes back = { there.at, table.n };
	size_t n = table.n;

	assert_same_bytes(&twice, &table);
	ck_assert_uint_eq(n % 8, 0);
	memcpy(there.at, table.at, n);
	for (size_t i = 0; i < COUNT_OF(to); i++) {
		struct rvreloc_header h;

		ck_assert_int_eq(boot_apply(t->xlen, x->image.at, there.at,
					    to[i]), 0);
		assert_moved(x, t->xlen == 64 ? to[i] - t->base :
				(uint64_t)(int32_t)(to[i] - t->base));
		memcpy(&h, there.at, sizeof(h));
		ck_assert_uint_eq(h.base, to[i]);
		ck_assert(arena_kept(&there));
	}
	assert_same_bytes(&back, &table);
	arena_free(&there);
	bytes_free(&table);
	bytes_free(&twice);
	return n;
}

/* --- Places in order: runs, gaps, and repetitions of both. --- */

struct pattern {
	unsigned kind;
	uint64_t first;		/* offset of the first place */
	uint64_t gap;		/* bytes between runs */
	size_t run;		/* places in one */
	size_t times;		/* how many */
};

static uint64_t add_runs(struct trial *x, uint64_t at, unsigned kind,
			 uint64_t gap, size_t run, size_t times)
{
	for (; times; times--) {
		at += gap;
		for (size_t i = 0; i < run; i++) {
			add_place(x, at, kind);
			at += boot_field_bytes(x->t.xlen, kind);
		}
	}
	return at;
}

static size_t try_pattern(unsigned xlen, const struct pattern *p,
			  uint64_t slack, uint64_t *seed)
{
	struct trial x = { .t.xlen = xlen };
	size_t n;

	add_runs(&x, p->first - p->gap, p->kind, p->gap, p->run, p->times);
	trial_ready(&x, slack, seed);
	n = assert_moves(&x, seed);
	trial_free(&x);
	return n;
}

static unsigned class_of(int i)
{
	return i % 2 ? 32 : 64;
}

static const size_t run_lengths[] = {
	1, 2, 3, 4, 7, 8, 15, 16, 255, 256, 4095, 16383, 16384, 32766, 32767,
	32768, 32769, 40000, 65534, 65535, 65536,
};

START_TEST(runs)
{
	uint64_t seed = (uint64_t)_i + 1;

	for (unsigned kind = 0; kind < TABLE_KINDS; kind++) {
		uint64_t gap = UINT64_C(2) << random_next(&seed) % 12;
		struct pattern p = { kind, 0, gap, run_lengths[_i / 2], 3 };

		try_pattern(class_of(_i), &p, 0, &seed);
		p.gap = gap * 3;
		p.first = gap;
		p.times = 2;
		try_pattern(class_of(_i), &p, gap, &seed);
	}
}
END_TEST

static const size_t counts[] = {
	1, 2, 3, 4, 10, 100, 32765, 32766, 32767, 32768, 32769, 32770, 65534,
	65535, 65536, 65537, 98304,
};

/* Arrays of one structure. */
START_TEST(repetitions)
{
	static const struct pattern shape[] = {
		{ TABLE_WORD, 0, 8, 1, 0 }, { TABLE_WORD, 24, 16, 2, 0 },
		{ TABLE_WORD, 4, 16, 1, 0 }, { TABLE_WORD_SUB, 2, 24, 1, 0 },
		{ TABLE_HALF, 8, 4, 1, 0 }, { TABLE_HALF_SUB, 1, 4, 3, 0 },
		{ TABLE_CLUI, 2, 2, 1, 0 }, { TABLE_CLUI, 0, 14, 1, 0 },
	};
	uint64_t seed = (uint64_t)_i + 1;

	for (size_t i = 0; i < COUNT_OF(shape); i++) {
		struct pattern p = shape[i];

		p.times = counts[_i / 2];
		/* Whatever the count, a few commands say it. */
		ck_assert_uint_le(try_pattern(class_of(_i), &p, 0, &seed), 104);
	}
}
END_TEST

/* A gap on its own, one after the first, and the last place at the end. */
START_TEST(gaps)
{
	uint64_t seed = (uint64_t)_i + 1, power = UINT64_C(1) << _i / 2;

	for (unsigned kind = 0; kind < TABLE_KINDS; kind++)
		for (uint64_t gap = power - 1; gap < power + 2; gap++)
			for (unsigned unit = 0; unit < 4; unit++) {
				struct pattern p = { kind, gap << unit,
						     gap << unit, 1, 2 };

				try_pattern(class_of(_i), &p, 0, &seed);
			}
}
END_TEST

/* Images of up to 2 GiB, less 8. */
START_TEST(large)
{
	static const struct pattern shape[] = {
		{ TABLE_WORD, 0, 1 << 30, 1, 2 },
		{ TABLE_HALF, 0x7ffffff0, 8, 2, 1 },
		{ TABLE_WORD, 0x3ffffff4, 0x3fffffe4, 1, 2 },
	};
	uint64_t seed = (uint64_t)_i + 1;

	try_pattern(class_of(_i), &shape[_i / 2], 0, &seed);
}
END_TEST

/* --- At random. --- */

/* From 0 up, small ones far more often. */
static uint64_t draw(uint64_t *seed, unsigned bits)
{
	return random_next(seed) >> 20 &
	       ((UINT64_C(1) << random_next(seed) % (bits + 1)) - 1);
}

/* What lies at `at` next: a structure, many times. */
static uint64_t add_structure(struct trial *x, uint64_t at, unsigned kinds,
			      unsigned align, uint64_t *seed)
{
	struct pattern part[4];
	size_t parts = 1 + random_next(seed) % COUNT_OF(part);
	size_t times = 1 + draw(seed, 8);

	for (size_t i = 0; i < parts; i++) {
		unsigned kind;

		do
			kind = (unsigned)(random_next(seed) % TABLE_KINDS);
		while (!(kinds >> kind & 1));
		part[i] = (struct pattern){
			.kind = kind, .gap = draw(seed, 12) * align,
			.run = 1 + draw(seed, times > 4 ? 3 : 11), .times = 1 };
	}
	for (; times; times--)
		for (size_t i = 0; i < parts; i++) {
			at += part[i].gap;
			/* A c.lui is an instruction. */
			at = (at + align - 1) / align * align;
			if (part[i].kind == TABLE_CLUI)
				at += at % 2;
			at = add_runs(x, at, part[i].kind, 0, part[i].run, 1);
		}
	return at;
}

START_TEST(random_lists)
{
	uint64_t seed = (uint64_t)_i * 7919 + 1;
	struct trial x = { .t.xlen = class_of(_i) };
	unsigned kinds = (unsigned)(random_next(&seed) % ALL_KINDS) + 1;
	unsigned align = 1u << random_next(&seed) % 4;
	size_t most = 1 + draw(&seed, 14);
	uint64_t at = random_next(&seed) % 2 ? 0 : draw(&seed, 20);

	do
		at = add_structure(&x, at, kinds, align, &seed);
	while (x.t.n < most);
	trial_ready(&x, draw(&seed, 6), &seed);
	assert_moves(&x, &seed);
	trial_free(&x);
}
END_TEST

START_TEST(empty)
{
	uint64_t seed = 1;

	for (int i = 0; i < 2; i++) {
		struct trial x = { .t.xlen = class_of(i), .t.size = 64 };

		trial_ready(&x, 0, &seed);
		ck_assert_uint_le(assert_moves(&x, &seed), 80);
		trial_free(&x);
	}
}
END_TEST

/* --- Sizes. --- */

/* RELR's: an address, and bitmaps of the words behind. */
static size_t relr_size(const struct table *t)
{
	uint64_t bytes = t->xlen / 8, span = (t->xlen - 1) * bytes;
	size_t entries = 0;

	for (size_t i = 0; i < t->n;) {
		uint64_t end = t->place[i++].off + bytes;

		entries++;
		for (; i < t->n && t->place[i].off - end < span; end += span) {
			entries++;
			while (i < t->n && t->place[i].off - end < span)
				i++;
		}
	}
	return entries * bytes;
}

/*
 * The worst for it are short runs, close together, in no order: RELR has a bit
 * for a word then. In all else it is far smaller.
 */
/* The words that doc/relocfmt.md gives for its example. */
static size_t words_of_doc(uint32_t *word, size_t max)
{
	FILE *doc = fopen("doc/relocfmt.md", "r");
	bool here = false;
	char line[256];
	size_t n = 0;

	ck_assert_ptr_nonnull(doc);
	while (fgets(line, sizeof(line), doc)) {
		const char *p = line;

		if (!strncmp(line, "## ", 3))
			here = !strcmp(line, "## An example\n");
		if (strstr(line, "a gap of"))
			break;	/* from here on it is in bits */
		while (here && (p = strpbrk(p, "0123456789abcdef")) != NULL) {
			size_t len = strspn(p, "0123456789abcdef");

			if (len == 8 && n < max)
				word[n++] = (uint32_t)strtoul(p, NULL, 16);
			p += len;
		}
	}
	fclose(doc);
	return n;
}

START_TEST(documented)
{
	struct table_place place[] = { { 0x10, TABLE_WORD }, { 0x18, TABLE_WORD },
				       { 0x40, TABLE_WORD } };
	struct table t = { .xlen = 64, .base = UINT64_C(0xffffffff80000000),
			   .size = 0x1000, .align = 0x200000,
			   .reach_hi = UINT64_C(0xffffffffc0000000),
			   .place = place, .n = COUNT_OF(place) };
	uint32_t word[32];
	uint8_t *bytes;
	size_t size, n = words_of_doc(word, COUNT_OF(word));

	ck_assert(encode_rvr(&t, &bytes, &size));
	ck_assert_uint_eq(n * 4, size);
	ck_assert_mem_eq(bytes, word, size);
	free(bytes);
}
END_TEST

START_TEST(beside_relr)
{
	uint64_t seed = (uint64_t)_i + 1;
	struct trial x = { .t.xlen = class_of(_i) };
	uint64_t at = 0;
	unsigned bits = (unsigned)_i / 2;
	size_t relr, rvr;

	while (x.t.n < 4000) {
		at += (1 + draw(&seed, bits)) * (x.t.xlen / 8);
		at = add_runs(&x, at, TABLE_WORD, 0, 1 + draw(&seed, bits), 1);
	}
	trial_ready(&x, 0, &seed);
	relr = relr_size(&x.t);
	rvr = assert_moves(&x, &seed);
	ck_assert_msg(rvr <= 64 + 8 + relr * (bits < 4 ? 7 : 4) / 4,
		      "%zu, RELR %zu", rvr, relr);
	trial_free(&x);
}
END_TEST

START_TEST(refused)
{
	struct table t = { .xlen = 64, .base = 4, .size = 8, .align = PAGE };

	ck_assert_ptr_nonnull(encode_refuses(&t));
	t.base = 8;
	ck_assert_ptr_null(encode_refuses(&t));
	t.size = INT32_MAX;
	ck_assert_ptr_null(encode_refuses(&t));
	t.size++;
	ck_assert_ptr_nonnull(encode_refuses(&t));
}
END_TEST

Suite *encode_suite(void)
{
	Suite *s = suite_create("encode");
	TCase *tc = unit_case(s, "lists");

	tcase_add_loop_test(tc, runs, 0, 2 * (int)COUNT_OF(run_lengths));
	tcase_add_loop_test(tc, repetitions, 0, 2 * (int)COUNT_OF(counts));
	tcase_add_loop_test(tc, gaps, 0, 2 * 22);
	tcase_add_loop_test(tc, large, 0, 2 * 3);
	tcase_add_loop_test(tc, random_lists, 0, 400);
	tcase_add_test(tc, empty);
	tcase_add_test(tc, documented);
	tc = unit_case(s, "size");
	tcase_add_loop_test(tc, beside_relr, 0, 2 * 12);
	tcase_add_test(tc, refused);
	return s;
}
