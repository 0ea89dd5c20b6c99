/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A boot table as bytes that others read (doc/table.md), and what they take. */
#ifndef RELOCATOR_FORMATS_H
#define RELOCATOR_FORMATS_H

#include "table.h"

enum table_format {
	FORMAT_RVR, FORMAT_RELR, FORMAT_RELA, FORMAT_OFFSETS, FORMAT_C,
	TABLE_FORMATS
};

/* Their names, with NULL behind the last. */
extern const char *const table_formats[TABLE_FORMATS + 1];

/*
 * *bytes is malloc'd. False after messages in p->d, which name every place that
 * the format cannot hold; those that RELR is known to leave to another table
 * (words that are not aligned) are warnings.
 */
bool table_write(struct plan *p, const struct table *t, enum table_format f,
		 uint8_t **bytes, size_t *size);

/* What the places that move at boot would take in known formats, in bytes. */
struct table_sizes {
	uint64_t words;		/* pointer-sized words */
	uint64_t others;	/* 32-bit words of a 64-bit image, instructions */
	uint64_t rvr;		/* all of them; 0: there is no such table */
	uint64_t rela;		/* Elf_Rela for each word */
	uint64_t offsets;	/* a 32-bit offset for each word */
	uint64_t relr;		/* RELR for the aligned words */
	uint64_t relr_left;	/* words that RELR cannot hold */
};

/*
 * Of a plan whose sites are known; ELF's own tables do not count. False when
 * memory runs out.
 */
bool table_sizes(struct plan *p, struct table_sizes *s);

#endif
