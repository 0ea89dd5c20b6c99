/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CHECKS_H
#define CHECKS_H

#include "kernel.h"

struct tally {
	uintptr_t base;		/* where the image is, from the pc */
	uint32_t sum;		/* of all that was seen, the same at every base */
	unsigned seen, bad;
};

struct check {
	const char *name;
	void (*walk)(struct tally *);
};

extern const struct check checks[];
extern const unsigned checks_count;

uint32_t sum_add(uint32_t sum, uintptr_t value);

#endif
