// SPDX-License-Identifier: GPL-2.0-or-later OR MIT
/*
 * Which place in a window. As free of everything as apply.c; divides by
 * shifting, for RV32I and RV64I can do no other without a call.
 */
#include "rvreloc.h"

uintptr_t rvreloc_slot(uintptr_t seed, uintptr_t window, uintptr_t window_size,
		       uintptr_t image_size, uintptr_t align)
{
	uintptr_t first = (window + (align - 1)) & -align;
	uintptr_t skipped = first - window, slots, slot = 0, unit;

	if (first < window || window_size < skipped ||
	    window_size - skipped < image_size)
		return 0;
	slots = window_size - skipped - image_size;
	for (unit = align; unit > 1; unit >>= 1)
		slots >>= 1;
	/* seed % (slots + 1), bit by bit. */
	for (unsigned bit = sizeof(seed) * 8; bit--;) {
		uintptr_t carry = slot >> (sizeof(slot) * 8 - 1);

		slot = slot << 1 | (seed >> bit & 1);
		if (carry || slot > slots)
			slot -= slots + 1;
	}
	for (unit = align; unit > 1; unit >>= 1)
		slot <<= 1;
	return first + slot;
}
