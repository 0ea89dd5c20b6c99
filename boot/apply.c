// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Runs before anything works, and not where it was linked: no data, no calls,
 * no absolute address. doc/relocfmt.md says how to compile it so.
 *
 * That a table's checksum is right does not make it a good one. Nothing in it
 * may lead out of the image, past its own end, or into endless work.
 */
#include "relocfmt.h"
#include "rvreloc.h"

/* RVRELOC_HOST32: on a 64-bit host, for tests, what RV32 would do. */
#if UINTPTR_MAX > UINT32_MAX && !defined(RVRELOC_HOST32)
enum { XLEN = 64 };
typedef uint64_t word;
typedef int64_t sword;
#else
enum { XLEN = 32 };
typedef uint32_t word;
typedef int32_t sword;
#endif

typedef word __attribute__((may_alias)) image_word;

/*
 * Leaves a loop whose first test stands before it. Without this, compilers that
 * look for size fold the two tests into one, and each turn costs a jump more.
 */
#define LEAVE(v)	__asm__("" : "+r"(v))

/* Polynomial over the header from extent on, and all that follows. */
static inline word sum_of(const struct rvreloc_header *h, const uint8_t *end)
{
	word sum = 0;

	do {
		end -= sizeof(word);
		sum = (sum << 5) - sum + *(const word *)end;
	} while (end > (const uint8_t *)&h->extent);
	return sum;
}

/* The next 32 bits, to where n + 32 have been used. */
static inline uint64_t placed(uint32_t next, sword n)
{
	if (XLEN == 64)
		return (uint64_t)next << -n;
	/* One shift of 64 bits would be a call. */
	return (uint64_t)(next >> (32 + n)) << 32 | next << 1 << (-n - 1);
}

/* To the fields from `at` to `stop`; returns that. */
static inline uint8_t *add(word kind, word width, uint8_t *at,
			   const uint8_t *stop, word by)
{
	do {
		if (!kind) {
			*(image_word *)at += by;
			at += sizeof(word);
		} else {
			const uint8_t *next = at + ((word)1 << width);
			word carry = by;

			do {
				carry += *at;
				*at++ = (uint8_t)carry;
				carry = (word)((sword)carry >> 8);
			} while (at != next);
		}
	} while (at != stop);
	return at;
}

/* Whether a pointer has run over the limit; that may be the last address. */
static inline int beyond(const uint8_t *at, const uint8_t *limit)
{
	/* RV64 has no memory across the middle of its addresses. */
	return XLEN == 64 ? (sword)(uintptr_t)at > (sword)(uintptr_t)limit :
			    (sword)(limit - at) < 0;
}

/*
 * Adds to the fields of the group at p, from where the image begins. Returns the
 * next group, or NULL where this one goes wrong.
 */
static inline const uint8_t *group(const uint8_t *p, const uint8_t *end,
				   uint8_t *image, const uint8_t *limit,
				   word D)
{
	word kind = p[0], log = kind ^ RVRELOC_LOG(XLEN) * 5;
	word unit = log & 3, width = log >> 2 & 3;
	word by = (word)((sword)D >> (p[1] & (XLEN - 1)));
	/* The least gap leads to the image, as does one that is repeated first. */
	word gap = (word)1 << unit, run = sizeof(uint64_t), repeat = 0, v;
	uint64_t bits = 0;	/* from the top, n + 32 of them; then 0 */
	sword n = -32;
	uint8_t *at = image - gap, *stop;

	if (kind & 16)
		by = -by;
	p += sizeof(struct rvreloc_group);
	for (;;) {
		if (n < 0) {
			if (p >= end)
				return NULL;
			bits |= placed(*(const uint32_t *)p, n);
			p += 4;
			n += 32;
		}
		v = 1;
		if ((int64_t)bits >= 0) {
			do {
			if (v >> RVRELOC_GAP_BITS)
				goto command;
			v = v * 2 + (word)(bits >> 62);
			bits <<= 2;
			n -= 2;
			} while ((int64_t)bits >= 0);
			LEAVE(v);
		}
		bits <<= 1;
		gap = (v * 2 - ((int64_t)bits < 0)) << unit;
		bits <<= 1;
		v = 1;
		if ((int64_t)bits >= 0) {
			do {
			if (!bits)
				return NULL;
			v = v * 2 + (word)(bits >> 62);
			bits <<= 2;
			n -= 2;
			} while ((int64_t)bits >= 0);
			LEAVE(v);
		}
		bits <<= 1;
		n -= 3;
		if (XLEN == 32 && v >> 24)
			return NULL;
		run = v << width;
move:
		at += gap;
		stop = at + run;
		if (beyond(stop, limit))
			return NULL;
		at = add(kind, width, at, stop, by);
again:
		if (repeat) {
			repeat--;
			goto move;
		}
		continue;
command:
		v &= 7;
		repeat = (word)(bits >> 48);
		bits <<= 16;
		n -= 16;
		if (!v) {
			if (repeat)
				goto again;
			return p;
		}
		at += repeat << (unit + v);
		repeat = 0;
		if (beyond(at, limit))
			return NULL;
	}
}

int rvreloc_apply(void *image, const void *table, uintptr_t new_base)
{
	struct rvreloc_header *h = (struct rvreloc_header *)(uintptr_t)table;
	const uint8_t *end, *p;
	uint8_t *limit;
	uint64_t x;
	word D;

	if (((uintptr_t)image | (uintptr_t)h) & 7)
		return RVRELOC_MISALIGNED;
	x = h->magic ^ RVRELOC_MAGIC(XLEN);
	if (x)
		return x << 48 ? RVRELOC_NOT_A_TABLE :
		       x >> 24 ? RVRELOC_WRONG_CLASS : RVRELOC_WRONG_VERSION;
	D = (word)new_base - (word)h->base;
	if (D & (word)h->align)
		return RVRELOC_MISALIGNED;
	if ((word)new_base - (word)h->reach_lo >
	    (word)h->reach_hi - (word)h->reach_lo)
		return RVRELOC_OUT_OF_REACH;
	end = (const uint8_t *)h + (h->size & ~7);
	limit = (uint8_t *)image + h->image;
	if (h->base + h->guard + h->extent != UINT64_MAX ||
	    sum_of(h, end) != h->check)
		return RVRELOC_WRONG_CHECKSUM;
	if (!D)
		return 0;
again:
	h->guard += h->base;
	h->base = (word)(h->base + D);
	h->guard -= h->base;
	for (p = (const uint8_t *)(h + 1); p < end;) {
		p = group(p, end, limit - h->image, limit, D);
		if (p)
			continue;
		/* What was added so far is taken off, up to the same place. */
		if ((word)h->base != (word)new_base)
			return RVRELOC_TRUNCATED;
		D = -D;
		goto again;
	}
#ifdef __riscv
	__asm__ volatile(".word 0x0000100f" ::: "memory");	/* fence.i */
#endif
	return 0;
}
