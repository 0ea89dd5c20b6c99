/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be told of how an image was made, for people to see. */
#ifndef RELOCATOR_FACTS_H
#define RELOCATOR_FACTS_H

#include "plan.h"

/* Records by what they are about; derived from the columns of reloc.def. */
enum reloc_kind {
	KIND_WORD,	/* a word of the image's size that is an address */
	KIND_HALF,	/* an address in a word of another size */
	KIND_ABS,	/* instructions that make an address: lui and its like */
	KIND_PC,	/* auipc and what completes it */
	KIND_GOT,	/* the same through the global offset table */
	KIND_GP,	/* relative to gp */
	KIND_TLS,
	KIND_JUMP,	/* calls, jumps and branches */
	KIND_DISTANCE,	/* words that hold how far apart two addresses are */
	KIND_MARK,	/* for linkers: no field */
	KIND_UNKNOWN,
	KINDS
};

enum reloc_kind reloc_kind(uint32_t type, unsigned xlen);
const char *reloc_kind_text(enum reloc_kind k);

enum code_model { MODEL_UNKNOWN, MODEL_MEDANY, MODEL_MEDLOW, MODEL_MIXED };
enum relaxed { RELAXED_UNKNOWN, RELAXED_YES, RELAXED_NO, RELAXED_NEVER };

enum { TOOLS = 8 };

struct facts {
	/* Who says so in .comment: pointers into the file. */
	const char *tool[TOOLS];
	unsigned ntools;
	const char *linker;	/* NULL: it has not signed, as GNU ld never does */
	enum code_model model;
	uint64_t absolute, relative;	/* HI20 kinds that say which model */
	/*
	 * NEVER: the objects were not made to be relaxed. NO: they were, and
	 * calls that could be shorter are not.
	 */
	enum relaxed relaxed;
	uint64_t got_words, got_moving;
	uint64_t relative_words, relr_words, loader_words;	/* dynamic */
};

/* p may be NULL: then only .comment is looked at. */
void facts_find(const struct image *img, const struct plan *p,
		struct facts *f);

/*
 * The absolute symbols of .symtab: their indexes, ascending, as uint32_t. m may
 * be NULL, or not have decided: then the table is gone through. False: no memory.
 */
bool facts_absolute(const struct image *img, const struct model *m,
		    unsigned jobs, struct vec *out);

#endif
