/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RELOCATOR_STRIP_H
#define RELOCATOR_STRIP_H

#include "classify.h"
#include "elfio/rewrite.h"

/*
 * Leaves out of rw, whose other sections to drop are known, the records that
 * --emit-relocs has kept, and what a link without it would not have made:
 * local labels, section symbols (with lld), empty sections (with GNU ld),
 * names. False: no memory.
 */
bool strip_records(const struct model *m, struct rewrite *rw);

#endif
