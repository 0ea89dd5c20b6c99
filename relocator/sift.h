/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Most records of code are distances within the image: the bytes agree, and a
 * move leaves them alone. Several threads pass them by, so that only the others
 * have to be gone through one after the other.
 */
#ifndef RELOCATOR_SIFT_H
#define RELOCATOR_SIFT_H

#include "plan.h"

/*
 * Goes through all records of loaded sections. Counts those that it passes by
 * in p->count and p->effect: marks, PC-relative ones within the image (a
 * PCREL_LO12 with its auipc), and two that cancel, whose bytes are what they
 * say; any doubt is plan.c's affair. Appends the HI20s to p->hi, in the order of
 * the records. Returns for each struct relsec a bit for each of its records,
 * set for those that are to be looked at; NULL for one that is not of a loaded
 * section. sift_free() lets go of it. NULL when memory ran out.
 */
uint64_t **sift_records(struct plan *p);
void sift_free(const struct plan *p, uint64_t **asked);

/* The first record from k on that is to be looked at; n when there is none. */
static inline size_t sift_next(const uint64_t *asked, size_t k, size_t n)
{
	while (k < n) {
		uint64_t bits = asked[k / 64] >> k % 64;

		if (bits)
			return k + (size_t)__builtin_ctzll(bits);
		k = (k / 64 + 1) * 64;
	}
	return n;
}

#endif
