/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The relink proof: an image that was moved next to what the linker makes of
 * the same objects at that place. Every difference is explained or is not.
 */
#ifndef RELOCATOR_AGAINST_H
#define RELOCATOR_AGAINST_H

#include "plan.h"

enum diff_kind {
	/* Explained: the one and the other are right. */
	DIFF_BUILD_ID,
	DIFF_ABSOLUTE,	/* an absolute symbol that a script reckons from the base */
	DIFF_GPREL,	/* the addend of a gp-relative record */
	DIFF_LUI,	/* lui here, auipc there, and the same value */
	DIFF_LUI_RECORD,	/* of such an instruction */
	DIFF_DROPPED,	/* an undefined weak symbol that only one file has */
	DIFF_ORDER,	/* the same symbols or names, otherwise ordered */
	DIFF_COMMENT,	/* .comment: who made the file */
	DIFF_PACKED,	/* the same bytes, otherwise compressed */
	DIFF_LOST,	/* a section whose records the linker has lost */
	DIFF_FILE_TYPE,	/* GNU ld: a PIE at base 0 is ET_DYN, others ET_EXEC */
	DIFF_LAYOUT,	/* a table lies elsewhere in the file or has another size */
	/* Not explained. */
	DIFF_RECORDED,	/* a field that a record is about */
	DIFF_UNCOVERED,	/* an address of the image that no record is about */
	DIFF_BYTES,
	DIFF_SYMBOL,
	DIFF_RECORD,
	DIFF_HEADER,
	DIFF_SECTION,	/* only one file has it, or of another size */
	DIFF_KINDS
};

static inline bool diff_is_explained(enum diff_kind k)
{
	return k < DIFF_RECORDED;
}

const char *diff_text(enum diff_kind k);

struct difference {
	enum diff_kind kind;
	uint32_t shndx;		/* of the moved image, or DIAG_FILE */
	uint64_t off;		/* in the section; of compressed ones, unpacked */
	unsigned bytes;		/* how many of each value count; 0: no values */
	uint64_t ours, theirs;
	uint32_t type;		/* of the record; DIFF_RECORDED */
	const char *name;	/* a symbol, a field of a header, or NULL; borrowed */
};

struct comparison {
	/* Why the two are not of the same objects, or ""; then no more is known. */
	char other[256];
	bool identical;		/* to the last byte */
	uint64_t n[DIFF_KINDS];
	uint64_t explained, unexplained;
	struct vec shown;	/* struct difference: the first `max` of each sort */
};

static inline bool comparison_holds(const struct comparison *c)
{
	return !c->other[0] && !c->unexplained;
}

/*
 * Compares `moved`, which is p's image after a shift by delta, with `theirs`.
 * Borrows names from both. Says in d what stands in the way (damaged
 * compressed sections); false then, or when memory ran out.
 * comparison_free() in any case.
 */
bool compare_images(const struct plan *p, uint64_t delta,
		    const struct image *moved, const struct image *theirs,
		    unsigned max, struct comparison *c, struct diag *d);
void comparison_free(struct comparison *c);

#endif
