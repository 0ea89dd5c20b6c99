/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every record of a file against the bytes, to be counted. */
#ifndef RELOCATOR_PROVE_H
#define RELOCATOR_PROVE_H

#include "count.h"

struct proof {
	struct counts counts;		/* each record under one verdict */
	struct excuses excuses;		/* why some need not match */
	uint64_t records, marks, excused, stale, refused;
};

/*
 * Judges the records of sections that are not loaded, those of the others
 * having been judged when the plan was built; what is stale or refused is
 * reported to the plan's diag. Debug records stream by: nothing is kept of
 * them. False: no memory. A plan with DEBUG_FIND says in p->lost which
 * sections have no records to judge.
 */
bool prove(struct plan *p, unsigned jobs, struct proof *proof);

/* Whether records of that type say anything that could be compared. */
bool prove_is_mark(uint32_t type);

#endif
