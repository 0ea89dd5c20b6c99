/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --at: what is known of one place. */
#ifndef CMD_INSPECT_AT_H
#define CMD_INSPECT_AT_H

#include "elfio/compress.h"
#include "inspect.h"

enum { NAME = 256 };		/* a place's name is cut to this */

struct at {
	struct inspect *o;
	uint32_t shndx;
	uint64_t off, addr;	/* in the section; in memory, when it is loaded */
	struct vec here;	/* struct seen: whose field covers the place */
	struct vec around;	/* struct seen: all within [from, to) */
	struct vec users;	/* struct seen: the first that speak of the place */
	uint64_t nusers;
	uint64_t from, to;	/* what is shown around it, by offset */
	bool has[2];		/* records before and behind it in its section */
	struct seen near[2];	/* the nearest ones */
	bool named;		/* by a symbol */
	bool moved;		/* --to or --delta: the plan has a target */
	const uint8_t *bytes;	/* of the section, unpacked; NULL: none */
	uint64_t size;
};

/* The same in all sections that are loaded: where its bytes are at addr. */
bool at_is_loaded(const struct at *a);

/* ".data+0x10 (jiffies+0x8)", of a place in a section. */
void place_name(const struct inspect *o, uint32_t shndx, uint64_t off,
		char *buf, size_t len);
/* "jiffies+0x8", or the address when nothing is there. */
void address_name(const struct inspect *o, uint64_t addr, char *buf,
		  size_t len);

/* n bytes of the section at off, as they are after the move, into buf. */
void at_moved_bytes(const struct at *a, uint64_t off, size_t n, uint8_t *buf);

/*
 * inspect_explain.c: record i of a->here, with those that add up with it;
 * returns how many that were.
 */
size_t explain_text(const struct at *a, size_t i);
size_t explain_json(const struct at *a, size_t i, json_t *to);

/* inspect_around.c: chooses [from, to), and shows it. */
void around_choose(struct at *a);
void around_text(const struct at *a);
json_t *around_json(const struct at *a);

#endif
