/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RELOCATOR_BUILDID_H
#define RELOCATOR_BUILDID_H

#include "plan.h"

/* An id of len bytes lies at off of section shndx. */
typedef void buildid_fn(void *ctx, uint32_t shndx, uint64_t off, uint64_t len);
void buildid_each(const struct image *img, buildid_fn *fn, void *ctx);

/*
 * Adds the edits that give the image moved by p->delta a GNU build id of its
 * own: the old id, combined with hashes of the old and the new base such that
 * a move back, or on by another way, gives the id that belongs to the place.
 * A shift of 0 changes nothing. Call after plan_target().
 */
void buildid_derive(struct plan *p);

#endif
