/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words of loaded sections that look like addresses of the image and that
 * nothing covers: no record, no GOT slot, nothing of a dynamic loader's. What
 * a linker script makes with QUAD(), or a tool writes after the link, cannot
 * be told from a number that happens to look like it: they are judged.
 */
#ifndef RELOCATOR_SCAN_H
#define RELOCATOR_SCAN_H

#include "plan.h"

/* The most likely ones first. */
enum scan_kind {
	SCAN_POINTER,		/* aligned, where a symbol begins */
	SCAN_LOW,		/* the same where numbers look like it */
	SCAN_PACKED,		/* not aligned, where a symbol begins */
	SCAN_INSIDE,		/* aligned, within what a symbol names */
	SCAN_TABLE,		/* where other entries of a table have no address */
	SCAN_UNALIGNED,
	SCAN_ODD,		/* aligned, an odd address in code */
	SCAN_NOWHERE,		/* between the sections, or what no symbol names */
	SCAN_TEXT,		/* printable characters, or in a table of strings */
	SCAN_CODE,		/* bytes of instructions */
	SCAN_KINDS
};

struct scan_word {
	uint64_t off, word;
	uint32_t shndx;
	uint32_t kind;		/* enum scan_kind */
};

struct scan {
	struct vec words;	/* struct scan_word, by kind and place */
	uint64_t n[SCAN_KINDS];
};

/* False: no memory. scan_free() in any case. */
bool scan_words(const struct plan *p, struct scan *s);
void scan_free(struct scan *s);

const char *scan_kind_name(enum scan_kind k);	/* "pointer" */
const char *scan_kind_text(enum scan_kind k);	/* "aligned, ..." */

/* Whether such a word is to be taken for an address until somebody knows. */
bool scan_kind_is_likely(enum scan_kind k);

#endif
