/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the summary is made of, as text, JSON and HTML show it. */
#ifndef CMD_INSPECT_SUMMARY_H
#define CMD_INSPECT_SUMMARY_H

#include "inspect.h"
#include "relocator/count.h"
#include "relocator/facts.h"
#include "relocator/formats.h"

struct summary {
	struct inspect *o;
	const struct model *m;	/* NULL: where it lies is not known */
	struct model own;	/* when there is no plan to have it */
	struct facts facts;
	struct counts counts;
	struct table_sizes sizes;
	struct vec absolute;	/* uint32_t: symbols without a section */
	uint64_t loaded, other;	/* records */
	uint64_t lost;		/* sections whose records cannot be followed */
	uint64_t effect[EFFECTS];
	uint64_t kind[KINDS], by[KINDS][EFFECTS];
};

/* False: no memory. summary_free() in any case. */
bool summary_find(struct inspect *o, struct summary *s);
void summary_free(struct summary *s);

/* "executable (ET_EXEC)", "can be moved" and so on. */
const char *summary_type(const struct summary *s);
const char *summary_verdict(const struct summary *s);
/* Who linked it, or NULL. And "medany, relaxed, GCC: ..."; "" for nothing. */
const char *summary_linker(const struct summary *s);
void summary_code(const struct summary *s, char *buf, size_t len);

/* Heads of columns, and which of them there are. */
const char *summary_effect(enum effect e);
bool summary_has(const struct summary *s, enum effect e);

enum { HINTS = 8 };
size_t summary_hints(const struct summary *s, const char *hint[HINTS]);

#endif
