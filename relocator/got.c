/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words that hold image addresses and that no record is about. */
#include "plan.h"

#include <inttypes.h>

#include "embed.h"

static bool is_got(const struct section *s)
{
	return section_loaded(s) && s->data && section_is_got(s);
}

/* The first site at or behind (shndx, off). */
static size_t site_from(const struct plan *p, uint32_t shndx, uint64_t off)
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
	size_t i = site_from(p, shndx, off);

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
		    names_dynamic(p, word) && !is_got(&p->img->sec[shndx]))
			got_word(p, shndx, off);
		return;
	}
}

void got_sites(struct plan *p)
{
	unsigned step = p->img->xlen / 8;

	got_header(p);

	for (uint32_t i = 1; i < p->img->nsec; i++)
		for (uint64_t off = 0; is_got(&p->img->sec[i]) &&
				       off + step <= p->img->sec[i].size;
		     off += step)
			got_word(p, i, off);
}

static bool has_loaded_records(const struct plan *p)
{
	for (uint32_t i = 1; i < p->img->nsec; i++)
		if (p->state[i] == STATE_LOADED)
			return true;
	return false;
}

/*
 * Data that a linker script made with QUAD(), or a tool after the link, has
 * no record and cannot be told from a number that happens to look like an
 * address: counted and said, never changed.
 */
void uncovered_words(struct plan *p)
{
	const struct site *site = p->sites.at;
	unsigned bytes = p->img->xlen / 8;
	bool any = p->m.dynamic || has_loaded_records(p);
	unsigned step = any ? bytes : 1;
	uint64_t first = 0, first_off = 0;
	uint32_t first_shndx = 0;

	if (p->m.lo < MODEL_LOW)
		return;
	for (uint32_t i = 1; i < p->img->nsec; i++) {
		const struct section *s = &p->img->sec[i];
		size_t k = site_from(p, i, 0);

		if (!section_loaded(s) || !s->data || s->type != SHT_PROGBITS ||
		    (s->flags & SHF_EXECINSTR) || is_got(s) ||
		    embed_is_table(s, p->img->xlen, p->m.lo))
			continue;
		for (uint64_t off = 0; off + bytes <= s->size; off += step) {
			uint64_t word = getxlen(s->data + off, p->img->xlen);

			if (!model_holds(&p->m, word))
				continue;
			while (k < p->sites.n && site[k].shndx == i &&
			       site[k].off + bytes <= off)
				k++;
			if ((k < p->sites.n && site[k].shndx == i &&
			     site[k].off < off + bytes) ||
			    verifier_dynamic(&p->v, s->addr + off))
				continue;
			if (!p->uncovered++) {
				first = word;
				first_off = off;
				first_shndx = i;
			}
		}
	}
	if (p->uncovered && !any)
		diag_at(p->d, DIAG_ERROR, first_shndx, first_off,
			"the word 0x%" PRIx64 " is an address of the image, and no section that is loaded has relocation records: have they been stripped?",
			first);
	else if (p->uncovered)
		diag_at(p->d, DIAG_WARNING, first_shndx, first_off,
			"the word 0x%" PRIx64 " looks like an address of the image, has no record and stays as it is (%" PRIu64 " such words)",
			first, p->uncovered);
}
