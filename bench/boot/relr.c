// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The yardstick for RELR: does just what the loops of kernels and dynamic
 * linkers do.  An even entry is the address of a word, an odd one a bitmap of
 * the 63 words that follow.
 */
#include <stdint.h>

#include "job.h"

int relocate_relr(void *image, const void *table, uintptr_t new_base, const void *end);

int relocate_relr(void *image, const void *table, uintptr_t new_base, const void *end)
{
	const uint64_t shift = new_base - LINK_BASE;
	const uint64_t to_place = (uintptr_t)image - LINK_BASE;
	uint64_t *place = 0;

	for (const uint64_t *r = table; r < (const uint64_t *)end; r++) {
		if (!(*r & 1)) {
			place = (uint64_t *)(*r + to_place);
			*place++ += shift;
			continue;
		}
		uint64_t *p = place;

		for (uint64_t bits = *r >> 1; bits; bits >>= 1, p++)
			if (bits & 1)
				*p += shift;
		place += 63;
	}
	return 0;
}
