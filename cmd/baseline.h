/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many fields move, by section and symbol: of an image, and as a listing
 * in a file, by which a later image tells who is new.
 */
#ifndef CMD_BASELINE_H
#define CMD_BASELINE_H

#include "relocator/attribute.h"

struct tally {
	const char *section;
	const char *name;	/* attribute_key(); "-": in no symbol */
	uint64_t n;
	uint64_t symbols;	/* how many symbols have that key */
	const struct mover *first;	/* NULL when read from a file */
};

struct tallies {
	struct tally *at;	/* by section, then name */
	size_t n;
	char *text;		/* where the names are */
};

/* Counts the movers that keep() says (NULL: all). False: no memory. */
bool tally_movers(const struct attribution *a, mover_fn *keep, void *ctx,
		  struct tallies *t);
void tallies_free(struct tallies *t);

/* That of section and name, or NULL. */
const struct tally *tally_find(const struct tallies *t, const char *section,
			       const char *name);

/* False after a message on standard error. */
bool baseline_read(const char *path, struct tallies *t);
bool baseline_write(const struct tallies *t, int fd);

#endif
