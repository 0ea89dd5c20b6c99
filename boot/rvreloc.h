/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/* For what links boot/ in. */
#ifndef RVRELOC_H
#define RVRELOC_H

#include <stdint.h>

enum {
	RVRELOC_NOT_A_TABLE = -1,
	RVRELOC_WRONG_CLASS = -2,	/* of RV32 on RV64, or the reverse */
	RVRELOC_WRONG_VERSION = -3,
	RVRELOC_MISALIGNED = -4,	/* the new base, the image or the table */
	RVRELOC_OUT_OF_REACH = -5,	/* some field cannot follow to there */
	RVRELOC_TRUNCATED = -6,		/* it does not end where it should, or
					   leads out of the image */
	RVRELOC_WRONG_CHECKSUM = -7,
};

/*
 * Moves the image to new_base, the address that its lowest byte shall have.
 * image: where that byte is now, physical or virtual; a multiple of 8, as is
 * the table. The table, in the image or elsewhere, is written to as well: it
 * notes where the image is, so that it can be moved again. Ends with fence.i
 * on the hart that runs it. Returns 0; or one of the above, and then nothing
 * has changed.
 *
 * Needs no data, no other function, no device; some 100 bytes of stack.
 */
int rvreloc_apply(void *image, const void *table, uintptr_t new_base);

/*
 * A base for the image in [window, window + window_size): one of all that are
 * `align` apart (a power of two) and leave room for image_size bytes, as the
 * seed has it. Give the window without its last 4 KiB if that is the end of
 * the address space. 0: there is none.
 */
uintptr_t rvreloc_slot(uintptr_t seed, uintptr_t window, uintptr_t window_size,
		       uintptr_t image_size, uintptr_t align);

#endif
