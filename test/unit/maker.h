/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images made by hand: the same description serves as a struct image without
 * a file, and as an ELF file that libelf writes.
 */
#ifndef UNIT_MAKER_H
#define UNIT_MAKER_H

#include "elfio/image.h"
#include "unit.h"

enum { MADE_SEGMENTS = 8 };

struct made {
	unsigned xlen;
	uint16_t type, machine;
	uint64_t entry;
	uint32_t nsec, nseg;
	struct section *sec;	/* [0] is the null section; data is borrowed */
	struct segment seg[MADE_SEGMENTS];
	/* Sections whose offsets a segment gets when it is written. */
	uint32_t seg_first[MADE_SEGMENTS], seg_last[MADE_SEGMENTS];
	uint32_t symtab, shstrtab;	/* sections, see made_tables() */
	uint32_t table_before;	/* section headers before this section, or 0 */
	uint32_t gap_before;	/* a gap of this many bytes before a section */
	uint64_t gap;
	struct bytes symbols, strings, names, xindex;
};

void made_init(struct made *m, unsigned xlen);
void made_free(struct made *m);

/* Returns its index. */
uint32_t made_section(struct made *m, struct section s);

/* Over the bytes and addresses of sections first to last. */
uint32_t made_segment(struct made *m, uint32_t type, uint32_t first,
		      uint32_t last, uint64_t align);

/*
 * Returns its index. shndx may be SYM_ABS; from SHN_LORESERVE on it goes into
 * a table of extended indexes.
 */
uint32_t made_symbol(struct made *m, const char *name, uint64_t value,
		     unsigned bind, unsigned type, uint32_t shndx);

/* The sections .symtab, .strtab, .shstrtab, at this place among the others. */
void made_tables(struct made *m);

/* Borrows m, which may not change as long as the result is used. */
struct image made_image(struct made *m);

void made_write(struct made *m, const char *path);

/* Appends one Elf_Rela. */
void add_record(struct bytes *b, unsigned xlen, uint64_t offset,
		uint32_t type, uint32_t sym, int64_t addend);

/* The section's bytes in a file, read by libelf. */
struct bytes section_bytes(const char *path, const char *name);

#endif
