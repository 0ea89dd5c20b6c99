/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table that boot/apply.c reads: the clever half of boot/relocfmt.h. */
#ifndef RELOCATOR_ENCODE_H
#define RELOCATOR_ENCODE_H

#include "table.h"

/*
 * *bytes is malloc'd, *size a multiple of 4. False when memory runs out. The
 * same table gives the same bytes.
 */
bool encode_rvr(const struct table *t, uint8_t **bytes, size_t *size);

/* Why no table can be made of it, whatever is in it, or NULL. */
const char *encode_refuses(const struct table *t);

#endif
