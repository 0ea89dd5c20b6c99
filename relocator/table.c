/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include <stdlib.h>

/*
 * RELR: an address covers its own word, each bitmap behind it the next 63
 * (31) words.
 */
static uint64_t relr_size(const uint64_t *addr, size_t n, unsigned bytes)
{
	uint64_t entries = 0, reach = (uint64_t)(bytes * 8 - 1) * bytes;

	for (size_t i = 0; i < n;) {
		uint64_t base = addr[i++] + bytes;

		entries++;
		while (i < n && addr[i] - base < reach) {
			while (i < n && addr[i] - base < reach)
				i++;
			entries++;
			base += reach;
		}
	}
	return entries * bytes;
}

bool table_sizes(const struct plan *p, struct table_sizes *t)
{
	const struct site *s = p->sites.at;
	unsigned bytes = p->img->xlen / 8;
	uint64_t *aligned = calloc(p->sites.n + 1, sizeof(*aligned));
	size_t n = 0;

	*t = (struct table_sizes){ 0 };
	if (!aligned)
		return false;
	for (size_t i = 0; i < p->sites.n; i++) {
		uint64_t addr = p->img->sec[s[i].shndx].addr + s[i].off;

		if (s[i].meta)
			continue;
		if (fields[s[i].field].value != VALUE_DATA ||
		    fields[s[i].field].bytes != bytes) {
			t->others++;
			continue;
		}
		t->words++;
		if (addr % bytes)
			t->relr_left++;
		else
			aligned[n++] = addr;
	}
	if (n)
		qsort(aligned, n, sizeof(*aligned), by_uint64);
	t->relr = relr_size(aligned, n, bytes);
	free(aligned);
	t->rela = t->words * record_size(p->img->xlen);
	t->offsets = t->words * 4;
	return true;
}
