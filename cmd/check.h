/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stages of `rvreloc check`: measure, judge, report. */
#ifndef CMD_CHECK_H
#define CMD_CHECK_H

#include "baseline.h"
#include "budget.h"
#include "cmd.h"
#include "relocator/formats.h"

/* --- check_measure.c: what an image takes. --- */

struct measured {
	struct plan *p;
	const struct budget *b;
	struct attribution a;
	bool *allowed;		/* for each mover: its symbol is; or NULL */
	struct table_sizes sizes;
	struct vec bad;		/* dynamic records that should not be */
	uint64_t dynamic_records;
	struct tallies now, old;	/* of what is not allowed */
	bool has_old;
};

struct value {
	uint64_t n;
	const char *why;	/* NULL: n is known; else why it is not */
};

/* Borrows p and b. False when memory runs out. */
bool measure_init(struct measured *m, struct plan *p, const struct budget *b);
void measure_free(struct measured *m);

struct value measure(const struct measured *m, const struct limit *l);

/* Who has so many: one symbol, or what lies in none of a section. */
struct cause {
	const char *section, *symbol;	/* symbol NULL: in none */
	const char *type, *against;	/* of one dynamic record, else NULL */
	uint64_t symbols;		/* that differ in a number only */
	uint64_t n;			/* how many of what is counted */
	/* Where there is a baseline, and it is grown since: */
	uint64_t was;			/* fields in the baseline */
	bool fresh;			/* it is not there at all */
	uint64_t addr;			/* of the first */
	char source[120];		/* "init/main.c:931", or "" */
};

/*
 * Appends those that a limit counts, largest first: with a baseline, and where
 * there are any, only those that it has less of. False: no memory.
 */
bool measure_causes(const struct measured *m, const struct limit *l,
		    struct vec *causes);

/* The same for all that the baseline has less of. */
bool measure_growth(const struct measured *m, struct vec *causes);

/* --- check_report.c. --- */

struct result {
	const struct limit *l;
	struct value value;
	bool ok;
	struct vec causes;	/* struct cause; of a broken limit */
	bool grown;		/* they are all that has grown since the baseline */
};

struct report {
	const struct common *common;
	const struct image *img;
	const struct budget *b;
	const struct result *result;	/* one for each limit */
	size_t n, broken;
	struct vec growth;	/* struct cause: since the baseline */
	bool has_baseline;
};

typedef bool report_fn(const struct report *r);
extern report_fn report_text, report_json, report_github, report_junit;

#endif
