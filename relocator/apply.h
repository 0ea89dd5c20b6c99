/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Carries a plan out on a copy of the file: edits are poked in, and the three
 * large kinds of content (debug sections, symbols, records) are patched as
 * they stream by, each record checked right before it is acted upon.
 */
#ifndef RELOCATOR_APPLY_H
#define RELOCATOR_APPLY_H

#include "elfio/rewrite.h"
#include "plan.h"

struct apply;

enum compress_mode { COMPRESS_KEEP, COMPRESS_NONE };

/*
 * Fills rw (of the plan's image, fresh or after ahead_close()) with what the plan, whose
 * plan_target() is done, wants. NULL after a message. rw borrows the result
 * until both are freed.
 */
struct apply *apply_new(struct plan *p, struct rewrite *rw,
			enum compress_mode compress, unsigned jobs);
void apply_free(struct apply *a);

/*
 * True when a section's records turned out not to be in the order of their
 * places: what was written is not right, and writing it again, which now
 * takes another way for those sections, is.
 */
bool apply_again(struct apply *a);

#endif
