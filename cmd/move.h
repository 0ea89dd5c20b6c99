/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The move itself, as `retarget` does it and `verify` proves it. */
#ifndef CMD_MOVE_H
#define CMD_MOVE_H

#include "cmd.h"
#include "relocator/apply.h"

struct move {
	bool keep_build_id, strip;
	enum compress_mode compress;
};

/*
 * The plan's image moved by delta, written aside as rewrite_write() does it
 * for a file at `out`, every value known to fit. rw is a rewrite of it, fresh or after
 * ahead_close(), and NULL for lack of memory. NULL after a message in the plan's
 * diag, or when memory ran out.
 */
struct outfile *move_image(struct plan *p, struct rewrite *rw,
			   const struct move *how, uint64_t delta,
			   const struct common *c, const char *out);

#endif
