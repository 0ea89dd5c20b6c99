/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words of the global offset table, which no record is about. */
#include "plan.h"

#include <inttypes.h>

size_t plan_site_from(const struct plan *p, uint32_t shndx, uint64_t off)
{
	const struct site *s = p->sites.at;
	size_t lo = 0, hi = p->sites.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s[mid].shndx < shndx ||
		    (s[mid].shndx == shndx && s[mid].off < off))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static bool has_site(const struct plan *p, uint32_t shndx, uint64_t off)
{
	const struct site *s = p->sites.at;
	size_t i = plan_site_from(p, shndx, off);

	return i < p->sites.n && s[i].shndx == shndx && s[i].off == off;
}

/* The first words of a GOT are the linker's own: one names .dynamic. */
static bool names_dynamic(const struct plan *p, uint64_t word)
{
	for (uint32_t i = 1; i < p->img->nsec; i++)
		if (p->img->sec[i].type == SHT_DYNAMIC &&
		    p->img->sec[i].addr == word)
			return true;
	return false;
}

static void got_word(struct plan *p, uint32_t shndx, uint64_t off)
{
	const struct section *s = &p->img->sec[shndx];
	uint64_t word = getxlen(s->data + off, p->img->xlen);
	uint64_t addr = s->addr + off;

	if (!word || !model_holds(&p->m, word) || has_site(p, shndx, off) ||
	    verifier_dynamic(&p->v, addr) || plan_is_covered(p, addr))
		return;
	if (names_dynamic(p, word)) {
		plan_add_word(p, shndx, off, 1, false);
		return;
	}
	diag_at(p->d, DIAG_ERROR, shndx, off,
		"the GOT word holds 0x%" PRIx64 ", an address of the image, and no record says whose",
		word);
}

/* The same where a script has put the GOT into another section. */
static void got_header(struct plan *p)
{
	const struct symtab *t = &p->img->symtab;
	uint32_t shndx;
	uint64_t off, word;

	for (uint32_t i = 1; i < t->n && p->m.dynamic; i++) {
		struct symbol s = symtab_get(t, i);

		if (strcmp(symtab_name(t, &s), "_GLOBAL_OFFSET_TABLE_"))
			continue;
		if (plan_word_at(p, s.value, &shndx, &off, &word) &&
		    names_dynamic(p, word) && !section_has_got(&p->img->sec[shndx]))
			got_word(p, shndx, off);
		return;
	}
}

void got_sites(struct plan *p)
{
	unsigned step = p->img->xlen / 8;

	got_header(p);

	for (uint32_t i = 1; i < p->img->nsec; i++)
		for (uint64_t off = 0; section_has_got(&p->img->sec[i]) &&
				       off + step <= p->img->sec[i].size;
		     off += step)
			got_word(p, i, off);
}
