/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every record of a file, one after the other, with what is found there. */
#ifndef RELOCATOR_WALK_H
#define RELOCATOR_WALK_H

#include "plan.h"

struct seen {
	struct record r;
	struct finding f;	/* row may be NULL: a type that is not known */
	enum effect effect;
	uint32_t rela, shndx;	/* sections: of the records, of the place */
	uint32_t rel;		/* index of its struct relsec */
	size_t rec;		/* its index in `rela` */
	uint64_t off;		/* of the place, in its section */
	const uint8_t *bytes;	/* of the place; NULL where the file has none */
	uint64_t room;		/* how many, to the section's end */
	/*
	 * Records that add up share one field and one finding: how many they
	 * are. 1: it has them for itself. 0: it has neither (R_RISCV_RELAX).
	 */
	unsigned sum;
};

/* False ends the walk. */
typedef bool seen_fn(void *ctx, const struct seen *s);

/*
 * Calls fn for each record of the link, in the order of the file; of sections
 * (by index) for which wanted[] is true, or of all when it is NULL. Nothing is
 * kept between calls, but the bytes of one compressed section. False when
 * memory runs out.
 */
bool walk_records(const struct plan *p, const bool *wanted, seen_fn *fn,
		  void *ctx);

/*
 * The same for a file that there is no plan for (ET_REL): only r, rela, shndx,
 * rec, off and f.row are known.
 */
bool walk_plain(const struct image *img, const bool *wanted, seen_fn *fn,
		void *ctx);

#endif
