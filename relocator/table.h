/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RELOCATOR_TABLE_H
#define RELOCATOR_TABLE_H

#include "plan.h"

/* What the places that move at boot would take in known formats, in bytes. */
struct table_sizes {
	uint64_t words;		/* pointer-sized words */
	uint64_t others;	/* 32-bit words of a 64-bit image, instructions */
	uint64_t rela;		/* Elf_Rela for each word */
	uint64_t offsets;	/* a 32-bit offset for each word */
	uint64_t relr;		/* RELR for the aligned words */
	uint64_t relr_left;	/* words that RELR cannot hold */
};

/*
 * Of a plan whose sites are known; ELF's own tables do not count. False when
 * memory runs out.
 */
bool table_sizes(const struct plan *p, struct table_sizes *t);

#endif
