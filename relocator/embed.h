/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A boot table in the image itself, in a section that was reserved for it. */
#ifndef RELOCATOR_EMBED_H
#define RELOCATOR_EMBED_H

#include "elfio/rewrite.h"
#include "table.h"

#define EMBED_SECTION	".rvreloc"

/*
 * The section of that name, if a table may be put there: it has bytes in the
 * file, which are 0 or a table now, and no records of its own. 0 after a
 * message that says what to put into the linker script.
 */
uint32_t embed_section(struct plan *p, const char *name);

/* Whether it begins with a table of format rvr for an image at base. */
bool embed_is_table(const struct section *s, unsigned xlen, uint64_t base);

/*
 * Where the plan's image has a table of format rvr: makes it anew, for where
 * the plan moves the image to. To be called when plan_target() is done. False
 * after a message.
 */
bool embed_again(struct plan *p, struct rewrite *rw);

/*
 * Adds to the plan's edits what the file leaves to a dynamic loader, and to rw
 * the section's new content: the table, and 0 behind it. False after a message.
 */
bool embed_table(struct plan *p, struct rewrite *rw, uint32_t shndx,
		 const struct table *t, const uint8_t *bytes, size_t size);

#endif
