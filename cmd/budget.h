/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Budgets: what an image may take, in a file that people read and edit
 * (doc/check.md). Here is the file; what an image takes is measured elsewhere.
 */
#ifndef CMD_BUDGET_H
#define CMD_BUDGET_H

#include "relocator/plan.h"

enum measure {
#define MEASURE(id, name, scope, start, text) MEASURE_##id,
#include "measures.def"
#undef MEASURE
	MEASURE_COUNT
};

enum scope { GLOBAL, EITHER };		/* of the image; of a section as well */
enum start { RULE, SIZE, LEFT };	/* in a new budget: 0, a size, not there */

struct measure_row {
	const char *name;
	enum scope scope;
	enum start start;
	const char *text;		/* what it counts */
};

extern const struct measure_row measures[MEASURE_COUNT];

enum op { OP_BELOW, OP_MOST, OP_EXACT, OP_LEAST, OP_ABOVE };

struct limit {
	unsigned line;		/* 0: implied, the file does not mention it */
	char *section;		/* glob; NULL: the whole image */
	enum measure measure;
	uint32_t type;		/* of MEASURE_TYPE and MEASURE_TYPE_MOVES */
	enum op op;
	uint64_t value;
	size_t from, to;	/* its text in the file */
};

struct allowed {
	unsigned line;
	char *section;		/* glob; NULL: everywhere */
	bool dynamic;		/* a type of dynamic record, else a symbol */
	char *glob;
};

struct budget {
	const char *path;	/* borrowed; NULL: only what is implied */
	char *text;
	size_t size;
	struct vec limits;	/* struct limit */
	struct vec allowed;	/* struct allowed */
	char *baseline;		/* path, or NULL */
	int slack;		/* percent; -1: not said */
};

/*
 * Reads the file; with `create`, one that does not exist is an empty budget.
 * False after messages on standard error, each with file and line.
 */
bool budget_read(struct budget *b, const char *path, bool create);
void budget_free(struct budget *b);

/* Takes the text in place of the file's; the same messages. Owns text. */
bool budget_parse(struct budget *b, char *text, size_t size);

/* "words <= 15,000" */
void limit_text(const struct limit *l, char *buf, size_t len);
const char *limit_operator(const struct limit *l);
/* The name without section: "words", "R_RISCV_64.moves". */
void limit_name(const struct limit *l, char *buf, size_t len);

bool limit_holds(const struct limit *l, uint64_t value);
/* By how much the value breaks it. */
uint64_t limit_excess(const struct limit *l, uint64_t value);

/*
 * Whether --update leaves it as it is: what allows nothing, and what is
 * reckoned from the last update, is a rule and not a size that was measured.
 */
bool limit_is_rule(const struct limit *l);

/* The limit's number for a value of today: with `slack` percent of room. */
uint64_t limit_for(const struct limit *l, uint64_t value, unsigned slack);

/*
 * The budget's text with another number in each limit (values[i] for limit i
 * where changed[i]), all else as it was. malloc'd, or NULL.
 */
char *budget_rewrite(const struct budget *b, const uint64_t *values,
		     const bool *changed, size_t *size);

#endif
