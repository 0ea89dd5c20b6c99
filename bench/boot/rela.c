// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The yardstick for Elf64_Rela: does just what arch/riscv's relocate_kernel()
 * of Linux 6.5 and later does, addends below the link base left alone
 * included.  Like there, the link base is a constant.
 */
#include <stdint.h>

#include "job.h"

#define R_RISCV_RELATIVE	3

struct rela {
	uint64_t offset;
	uint64_t info;
	int64_t addend;
};

int relocate_rela(void *image, const void *table, uintptr_t new_base, const void *end);

int relocate_rela(void *image, const void *table, uintptr_t new_base, const void *end)
{
	const uint64_t shift = new_base - LINK_BASE;
	const uint64_t to_place = (uintptr_t)image - LINK_BASE;

	for (const struct rela *r = table; r < (const struct rela *)end; r++) {
		uint64_t value = (uint64_t)r->addend;

		if (r->info != R_RISCV_RELATIVE)
			continue;
		if (value >= LINK_BASE)
			value += shift;
		*(uint64_t *)(r->offset + to_place) = value;
	}
	return 0;
}
