/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the ways of inspect share. */
#ifndef CMD_INSPECT_H
#define CMD_INSPECT_H

#include "relocator/attribute.h"
#include "relocator/walk.h"
#include "show.h"

enum filter_key { FILTER_TYPE, FILTER_SECTION, FILTER_SYMBOL, FILTER_IN,
		  FILTER_EFFECT, FILTER_KEYS };
enum { MAX_FILTERS = 16 };

/* --filter: records that match every one of the globs. */
struct filter {
	struct { enum filter_key key; const char *glob; } given[MAX_FILTERS];
	unsigned n;
	bool has[FILTER_KEYS];
	/* Made by filter_prepare(): */
	const struct image *img;
	const struct symbol_index *ix;
	bool type[MOVER_TYPES], effect[EFFECTS];
	bool unknown;			/* types that have no name */
	bool *section;			/* nsec */
	uint8_t *symbol, *in;		/* by symbol: 0 not known yet, 1 no, 2 yes */
};

/* Takes KEY=GLOB; false after a usage message. */
bool filter_take(struct filter *f, const char *arg);
/* ix is needed for FILTER_IN only. False: no memory. */
bool filter_prepare(struct filter *f, const struct image *img,
		    const struct symbol_index *ix);
void filter_free(struct filter *f);
bool filter_record(struct filter *f, const struct seen *s);
bool filter_mover(struct filter *f, const struct mover *m);

enum by { BY_SECTION, BY_SYMBOL, BY_TYPE, BY_SOURCE, BY_NOTHING };

struct inspect {
	struct common common;
	enum by by;
	const char *at, *to, *delta, *html;
	bool list, json, disassemble;
	struct filter filter;
	/* While at work: */
	const struct image *img;
	struct diag *d;		/* of the command */
	struct diag found;	/* what speaks against a move of the image */
	struct plan *p;		/* NULL: there is none, found says why */
	struct symbol_index ix;
};

struct rank {
	const char *name;
	char *owned;		/* the name, when it is not the file's */
	uint64_t n, addr;	/* how many; where the first is */
	uint32_t shndx;		/* the section of the first */
};

struct ranking {
	enum by by;
	bool records;		/* of records, not of fields that move */
	uint64_t sum;
	struct vec rows;	/* struct rank, largest first */
};

/* False: no memory. ranking_free() in any case. */
bool ranking_make(struct inspect *o, enum by by, struct ranking *r);
void ranking_free(struct ranking *r);

bool inspect_summary(struct inspect *o);
bool inspect_html(struct inspect *o);
bool inspect_list(struct inspect *o);
bool inspect_by(struct inspect *o);
bool inspect_at(struct inspect *o);

/* How a record's symbol is called; "" without one. */
const char *record_symbol(const struct image *img, const struct record *r);

/* A value as one writes it: distances and small numbers have a sign. */
bool value_is_signed(const struct finding *f);
/* Whether the field holds a value that is known. */
bool value_is_known(const struct seen *s);

#endif
