// SPDX-License-Identifier: GPL-2.0-or-later
/* The kernel's command line out of the flattened device tree. */
#include "kernel.h"

enum {
	FDT_MAGIC = (int)0xd00dfeed,
	FDT_BEGIN_NODE = 1, FDT_END_NODE, FDT_PROP, FDT_NOP,
	/* words of the header */
	HEADER_MAGIC = 0, HEADER_STRUCTURE = 2, HEADER_STRINGS = 3,
};

static uint32_t word(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

static bool equal(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* Only /chosen has a property of this name. */
const char *fdt_bootargs(const void *fdt)
{
	const unsigned char *blob = fdt;

	if (!blob || word(blob + 4 * HEADER_MAGIC) != (uint32_t)FDT_MAGIC)
		return NULL;

	const char *strings = (const char *)blob + word(blob + 4 * HEADER_STRINGS);
	const unsigned char *at = blob + word(blob + 4 * HEADER_STRUCTURE);
	for (;;) {
		uint32_t token = word(at);
		size_t length = 0;

		at += 4;
		if (token == FDT_BEGIN_NODE) {
			while (at[length++])
				;
		} else if (token == FDT_PROP) {
			length = word(at);
			const char *name = strings + word(at + 4);
			at += 8;
			if (equal(name, "bootargs"))
				return (const char *)at;
		} else if (token != FDT_END_NODE && token != FDT_NOP) {
			return NULL;
		}
		at += padded(length);
	}
}
