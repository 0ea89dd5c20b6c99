/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boot table: what an image has to change in itself when it runs at
 * another base than it was linked for. A model; formats.c and encode.c make
 * bytes of it.
 */
#ifndef RELOCATOR_TABLE_H
#define RELOCATOR_TABLE_H

#include "plan.h"

/* What a move by D, a multiple of at least 4 KiB, does to a place. */
enum table_kind {
	TABLE_WORD,	/* word of the image's class += D */
	TABLE_WORD_SUB,	/* word of the image's class -= D */
	/*
	 * 32 bits of a 64-bit image. The low 12 bits of D are 0, so that lui
	 * and auipc take it as a plain addition to the instruction.
	 */
	TABLE_HALF,	/* += D: 32-bit words, lui */
	TABLE_HALF_SUB,	/* -= D: auipc to a fixed target, 32-bit distances */
	TABLE_CLUI,	/* c.lui: its imm6 += D >> 12; the sign stays */
	TABLE_KINDS
};

struct table_place {
	uint64_t off;		/* bytes from the image's base */
	uint8_t kind;		/* enum table_kind */
};

/*
 * A word that the file leaves to the dynamic loader. The table adds to what
 * is there, so that it has to be put there first.
 */
struct table_fill {
	uint64_t off, value;	/* value: where the image is linked */
	uint64_t pos;		/* in the file */
};

struct table {
	unsigned xlen;
	/* The image in memory, bss included; a move is a multiple of align. */
	uint64_t base, size, align;
	/* The bases that every place allows: from this to that, inclusive. */
	uint64_t reach_lo, reach_hi;
	struct table_place *place;	/* by (kind, off); no two overlap */
	size_t n;
	struct table_fill *fill;	/* by off */
	size_t nfill;
};

/*
 * The table of the image as the plan leaves it: moved by p->delta, which is 0
 * before plan_target(). Calls of undefined weak symbols, which are never made,
 * stay as they are and are not in it. False after messages in p->d: of every
 * place that a boot table cannot move.
 */
bool table_build(struct plan *p, struct table *t);
void table_free(struct table *t);

/* "lui or 32-bit word" and so on, for messages. */
const char *table_kind_name(enum table_kind kind);

#endif
