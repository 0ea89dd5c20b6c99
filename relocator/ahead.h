/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Symbols, moved as the copy of an image has them: while that is written, or ahead,
 * when the plan reads them to decide about them. What moves and by how much is all
 * that they depend on. They are a third of a kernel with debug information, which
 * is read once then.
 */
#ifndef RELOCATOR_AHEAD_H
#define RELOCATOR_AHEAD_H

#include <stdatomic.h>

#include "classify.h"
#include "elfio/rewrite.h"

/*
 * Moves n entries of .symtab, from `first` on, by delta. old: which symbol of the
 * image each of the table is, or NULL; words: theirs, if old is NULL, or NULL. False
 * when one is wrong, with an error in d (or NULL: without).
 */
bool symbols_move(const struct model *m, uint64_t delta, const uint32_t *old,
		  const uint32_t *words, uint32_t first, uint32_t n,
		  uint8_t *entries, struct diag *d);

struct ahead {
	struct symbol_sink sink;	/* for the plan */
	struct rewrite *rw;
	uint64_t delta;
	atomic_uint moved;
};

/*
 * Opens what rw will write at `path`, for a plan whose image is moved by delta.
 * Borrows rw. False after a message.
 */
bool ahead_open(struct ahead *a, struct rewrite *rw, uint64_t delta,
		const char *path, unsigned jobs, struct diag *d);
/* When the plan is made: symbols that are all moved are rw->ahead. */
void ahead_close(struct ahead *a);

#endif
