/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records that lie one behind the other, read together with the bytes that they
 * are about. A file is read as a stream then, each part once.
 */
#ifndef RELOCATOR_BATCH_H
#define RELOCATOR_BATCH_H

#include "plan.h"

/* Records of one section, to be looked at by one thread. */
struct piece {
	uint32_t rel;		/* index of their struct relsec */
	size_t from, to;
};

/*
 * Appends to v, section by section, the records of those that are loaded, or of
 * the others, in struct pieces of about `step` records: those of one place are not
 * cut, but for more than 32. False: no memory.
 */
bool batch_pieces(const struct plan *p, bool loaded, size_t step, struct vec *v);

struct batch {
	const uint8_t *records;	/* n entries of Elf_Rela */
	size_t n;
	const uint8_t *bytes;	/* of their section, from `from` on; NULL: none */
	uint64_t from;
};

/* Where a batch is read into: for a thread's stack. */
struct batch_room {
	uint8_t records[IMAGE_WINDOW], bytes[IMAGE_WINDOW];
};

/*
 * Reads the entries of `all` from k on, up to end, as many as records_read()
 * has room for. There are no bytes yet.
 */
void batch_records(struct batch *b, const struct image *img, const uint8_t *all,
		   size_t k, size_t end, struct batch_room *room);

/*
 * Reads the bytes that they are about, of a section that has size bytes at
 * `data` (NULL: none) and begins at addr; or takes data, where they lie far apart
 * or are in memory.
 */
void batch_bytes(struct batch *b, const struct image *img, const uint8_t *data,
		 uint64_t size, uint64_t addr, struct batch_room *room);

/* place_in(), of a section whose bytes are those of the batch, for a record of it
 * (or outside the section): the bytes of others are not there. */
static inline struct place batch_place(const struct batch *b, uint64_t size,
				       uint64_t addr, uint32_t shndx,
				       uint64_t off)
{
	struct place at = { .P = addr + off, .shndx = shndx };

	if (off < size) {
		at.bytes = b->bytes ? b->bytes + (off - b->from) : NULL;
		at.room = size - off;
	}
	return at;
}

#endif
