/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RELOCATOR_COUNT_H
#define RELOCATOR_COUNT_H

#include "plan.h"

enum { COUNT_UNKNOWN = RELOC_MAX, COUNT_TYPES };

/* Records by type; the last row is of types that reloc.def does not have. */
struct counts {
	struct type_count loaded[COUNT_TYPES];
	struct type_count other[COUNT_TYPES];	/* sections not loaded */
};

/*
 * Counts all records of a plan: those of loaded sections as the plan found
 * them, of the others how many name a symbol that moves in a field that
 * would change with it (sums that cancel are not followed).
 */
bool count_records(const struct plan *p, unsigned jobs, struct counts *c);

/* The first of it; and how many the others are, which takes no look at them. */
void count_loaded(const struct plan *p, struct counts *c, uint64_t *others);

/* Counts the records of a file that there is no plan for (ET_REL): `n` only. */
void count_plain(const struct image *img, struct counts *c);

#endif
