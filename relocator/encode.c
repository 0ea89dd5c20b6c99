/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "encode.h"

#include <stdlib.h>

#include "boot/relocfmt.h"

/* --- Bits, from the top of 32-bit words. --- */

struct bits {
	struct vec words;	/* uint32_t */
	uint64_t n;		/* bits in them */
	bool failed;
};

static void put(struct bits *b, uint64_t v, unsigned n)
{
	while (n--) {
		uint32_t zero = 0;

		if (b->n / 32 >= b->words.n && !vec_push(&b->words, &zero)) {
			b->failed = true;
			return;
		}
		((uint32_t *)b->words.at)[b->n / 32] |=
			(uint32_t)(v >> n & 1) << (31 - b->n % 32);
		b->n++;
	}
}

/* Bits below the leading one. */
static unsigned below(uint64_t v)
{
	return 63 - (unsigned)__builtin_clzll(v);
}

static unsigned gamma_bits(uint64_t v)
{
	return 2 * below(v) + 1;
}

static void put_gamma(struct bits *b, uint64_t v)
{
	for (unsigned k = below(v); k--;)
		put(b, v >> k & 1, 2);
	put(b, 1, 1);
}

static unsigned gap_bits(uint64_t v)
{
	return gamma_bits((v + 1) / 2) + 1;
}

static void put_gap(struct bits *b, uint64_t v)
{
	put_gamma(b, (v + 1) / 2);
	put(b, v, 1);
}

enum {
	COMMAND_BITS = 2 * RVRELOC_GAP_BITS + 1 + RVRELOC_OPERAND_BITS,
	OPERAND_MAX = (1 << RVRELOC_OPERAND_BITS) - 1,
	GAP_MAX = 2 * ((2 << RVRELOC_GAP_BITS) - 1),
	SKIP_MAX = 7,		/* `what` of the longest one */
	AT_HAND = 32,		/* bits that the reader has at a gap */
	RUN_MAX = 0x7fff,	/* after a gap of 1 it fits those */
};

static void put_command(struct bits *b, unsigned what, uint64_t operand)
{
	for (unsigned k = RVRELOC_GAP_BITS; k--;)
		put(b, what >> k & 1, 2);
	put(b, operand, 1 + RVRELOC_OPERAND_BITS);
}

/* --- Runs of fields of one kind. --- */

struct run {
	uint64_t gap, n;	/* in units; in fields */
};

static bool same_run(struct run a, struct run b)
{
	return a.gap == b.gap && a.n == b.n;
}

/*
 * Goes on by commands until the rest of the gap can be said together with the
 * run; returns that rest.
 */
static uint64_t put_skips(struct bits *b, struct run r)
{
	uint64_t gap = r.gap;

	while (gap > GAP_MAX ||
	       gap_bits(gap) + gamma_bits(r.n) > AT_HAND) {
		unsigned what = 1;

		while (what < SKIP_MAX && (gap - 1) >> what > OPERAND_MAX)
			what++;
		/* What a command cannot go is left to the gap. */
		uint64_t n = (gap - 1) >> what;

		if (n > OPERAND_MAX)
			n = OPERAND_MAX;
		if (!n)
			break;
		put_command(b, what, n);
		gap -= n << what;
	}
	return gap;
}

/* How many of the n runs at r are the same as the first. */
static size_t alike(const struct run *r, size_t n)
{
	size_t k = 1;

	while (k < n && k < OPERAND_MAX && same_run(r[k], r[0]))
		k++;
	return k;
}

/* Words that the reader has taken when it comes to a gap at bit n. */
static uint64_t taken_at(uint64_t n)
{
	return (n + 2 * AT_HAND - 1) / 32;
}

static void put_runs(struct bits *b, const struct run *r, size_t n)
{
	uint64_t words;

	for (size_t i = 0; i < n && !b->failed;) {
		uint64_t gap = put_skips(b, r[i]);
		size_t more = alike(&r[i], n - i) - 1;

		put_gap(b, gap);
		put_gamma(b, r[i].n);
		if (gap == r[i].gap &&
		    more * (gap_bits(gap) + gamma_bits(r[i].n)) > COMMAND_BITS - 8) {
			put_command(b, 0, more);
			i += more;
		}
		i++;
	}
	/* With its header it shall be a multiple of 8: going on by 0 fills up. */
	while (!(taken_at(b->n) % 2))
		put_command(b, 1, 0);
	words = taken_at(b->n);
	put_command(b, 0, 0);
	while (!b->failed && b->n < words * 32)
		put(b, 0, 1);
}

/* --- Groups. --- */

struct encoding {
	uint8_t *bytes;		/* owned */
	size_t size;
	const struct table *t;
};

static bool append(struct encoding *e, const void *p, size_t n)
{
	uint8_t *grown = realloc(e->bytes, e->size + n);

	if (!grown)
		return false;
	e->bytes = grown;
	memcpy(grown + e->size, p, n);
	e->size += n;
	return true;
}

/* What a field of that kind is to boot/. */
struct shape {
	unsigned width;		/* log2 of its bytes */
	uint8_t shift, sub;
};

static struct shape shape_of(unsigned xlen, enum table_kind kind)
{
	struct shape s = { .width = RVRELOC_LOG(xlen) };

	if (kind == TABLE_HALF || kind == TABLE_HALF_SUB)
		s.width = 2;
	if (kind == TABLE_CLUI) {
		s.width = 1;
		s.shift = 10;	/* D >> 12 in bits 2 to 6 */
	}
	s.sub = kind == TABLE_WORD_SUB || kind == TABLE_HALF_SUB;
	return s;
}

/*
 * Takes the longest list of runs from the front of the n offsets: a run that
 * is too long has to be begun again by another group. Returns how many offsets
 * it took.
 */
static size_t make_runs(const uint64_t *off, size_t n, unsigned unit,
			unsigned width, struct vec *runs)
{
	uint64_t end = -(UINT64_C(1) << unit);
	size_t i = 0;

	while (i < n && (!i || off[i] != end)) {
		struct run r = { (off[i] - end) >> unit, 1 };

		while (i + r.n < n && r.n < RUN_MAX &&
		       off[i + r.n] == off[i] + (r.n << width))
			r.n++;
		if (!vec_push(runs, &r))
			return 0;
		i += r.n;
		end = off[i - 1] + (UINT64_C(1) << width);
	}
	return i;
}

static bool add_group(struct encoding *e, struct shape s, const uint64_t *off,
		      size_t n)
{
	/* Gaps begin where a field ends. */
	uint64_t all = UINT64_C(1) << s.width;
	unsigned unit;

	for (size_t i = 0; i < n; i++)
		all |= off[i];
	unit = (unsigned)__builtin_ctzll(all);
	for (size_t done = 0, took; done < n || !n; done += took) {
		struct rvreloc_group g = {
			.kind = (uint8_t)RVRELOC_KIND(e->t->xlen, unit, s.width,
						      (unsigned)s.sub),
			.shift = s.shift };
		struct vec runs = { .size = sizeof(struct run) };
		struct bits b = { .words = { .size = sizeof(uint32_t) } };
		bool ok;

		took = make_runs(off + done, n - done, unit, s.width, &runs);
		put_runs(&b, runs.at, runs.n);
		ok = (took || !n) && !b.failed && append(e, &g, sizeof(g)) &&
		     append(e, b.words.at, b.words.n * 4);
		free(runs.at);
		free(b.words.at);
		if (!ok || !n)
			return ok;
	}
	return true;
}

/* Aligned words are the kind that boot/ is fast with, and so go apart. */
static bool add_kind(struct encoding *e, enum table_kind kind,
		     const struct table_place *at, size_t n, uint64_t *off)
{
	struct shape s = shape_of(e->t->xlen, kind);
	uint64_t mask = (UINT64_C(1) << s.width) - 1;
	size_t k = 0;

	for (size_t i = 0; i < n; i++)
		if (!(at[i].off & mask))
			off[k++] = at[i].off;
	if (k && !add_group(e, s, off, k))
		return false;
	k = 0;
	for (size_t i = 0; i < n; i++)
		if (at[i].off & mask)
			off[k++] = at[i].off;
	return !k || add_group(e, s, off, k);
}

static void finish(struct encoding *e)
{
	const struct table *t = e->t;
	struct rvreloc_header h = {
		.magic = RVRELOC_MAGIC(t->xlen), .base = t->base,
		.size = (int32_t)e->size, .image = (int32_t)t->size,
		.reach_lo = t->reach_lo, .reach_hi = t->reach_hi,
		.align = t->align - 1 };

	h.guard = ~(h.base + h.extent);
	memcpy(e->bytes, &h, sizeof(h));
	for (size_t at = e->size; at > offsetof(struct rvreloc_header, extent);) {
		at -= t->xlen / 8;
		h.check = h.check * 31 + getxlen(e->bytes + at, t->xlen);
	}
	h.check &= addr_top(t->xlen);
	memcpy(e->bytes, &h, sizeof(h));
}

const char *encode_refuses(const struct table *t)
{
	if (t->base % 8)
		return "the image does not begin at a multiple of 8";
	if (t->size > INT32_MAX)
		return "the image has 2 GiB and more";
	return NULL;
}

bool encode_rvr(const struct table *t, uint8_t **bytes, size_t *size)
{
	static const struct rvreloc_header none;
	struct encoding e = { .t = t };
	uint64_t *off = calloc(t->n + 1, sizeof(*off));
	bool ok = off && append(&e, &none, sizeof(none));
	size_t from = 0, to;

	for (; ok && from < t->n; from = to) {
		for (to = from; to < t->n &&
				t->place[to].kind == t->place[from].kind;)
			to++;
		ok = add_kind(&e, t->place[from].kind, t->place + from,
			      to - from, off);
	}
	/* The reader takes it that there is a group. */
	if (ok && !t->n)
		ok = add_group(&e, shape_of(t->xlen, TABLE_WORD), off, 0);
	free(off);
	if (!ok) {
		free(e.bytes);
		return false;
	}
	finish(&e);
	*bytes = e.bytes;
	*size = e.size;
	return true;
}
