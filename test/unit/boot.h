/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boot/ on the host, for both classes, and what its suites share: memory that
 * cannot be left unseen, and tables that are right again after a change.
 */
#ifndef UNIT_BOOT_H
#define UNIT_BOOT_H

#include "boot/relocfmt.h"
#include "boot/rvreloc.h"
#include "relocator/encode.h"
#include "unit.h"

/* boot/apply.c once more, as it is for RV32. */
int rvreloc_apply32(void *image, const void *table, uintptr_t new_base);

static inline int boot_apply(unsigned xlen, void *image, const void *table,
			     uint64_t new_base)
{
	return (xlen == 64 ? rvreloc_apply : rvreloc_apply32)(image, table,
							       new_base);
}

/*
 * A multiple of 8, all 0, and around it what must stay 0: less than a page
 * before, less than 8 bytes behind, then pages that no one may touch.
 */
struct arena {
	uint8_t *at;
	size_t size;
	uint8_t *map;		/* the pages that may be touched */
	size_t mapped;
};

struct arena arena_new(size_t size);
void arena_free(struct arena *a);
/* Whether it is 0 before and behind; whether it is 0 altogether. */
bool arena_kept(const struct arena *a);
bool arena_is_zero(const struct arena *a);

/* The table's bytes, or the test fails. */
struct bytes boot_encode(const struct table *t);

/* Makes check right again, and guard as well. */
void boot_mend_check(uint8_t *table, unsigned xlen, size_t size);
void boot_mend(uint8_t *table, unsigned xlen, size_t size);

/* Places sorted as a table has them. */
void boot_sort(struct table_place *place, size_t n);
/* Bytes of its field. */
unsigned boot_field_bytes(unsigned xlen, unsigned kind);
/* What a place holds after a move by D that held v, by what field.h says. */
uint64_t boot_moved(unsigned xlen, unsigned kind, uint64_t v, uint64_t D);
/* Something that it may hold, for moves of up to 8 pages either way. */
uint64_t boot_sample(unsigned kind, uint64_t random);

#endif
