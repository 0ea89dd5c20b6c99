/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "strip.h"

#include <ctype.h>
#include <stdlib.h>

/* What assemblers call labels that nobody shall see (BFD's rules for ELF). */
static bool is_local_label(const char *name)
{
	if (!strncmp(name, ".L", 2) || !strncmp(name, "..", 2) ||
	    !strncmp(name, "_.L_", 4))
		return true;
	if (name[0] != 'L' || !isdigit((unsigned char)name[1]))
		return false;
	/* "1:" is L1^A or L1^B7: a control character follows the number. */
	name += 1 + strspn(name + 1, "0123456789");
	return *name == 1 || *name == 2;
}

/* Whether anything that stays names symbols of .symtab by their index. */
static bool symbols_are_pinned(const struct rewrite *rw)
{
	const struct image *img = rw->img;

	for (uint32_t i = 1; i < img->nsec; i++) {
		const struct section *s = &img->sec[i];

		if (rw->drop[i] || !img->symtab.n ||
		    s->link != img->symtab.shndx ||
		    s->type == SHT_SYMTAB_SHNDX)
			continue;
		if (s->type != SHT_RELA || !s->data)
			return true;
		for (size_t k = 0; k < s->size / record_size(img->xlen); k++)
			if (record_get(s->data, img->xlen, k).sym)
				return true;
	}
	return false;
}

static bool keeps(const struct model *m, const struct rewrite *rw,
		  const struct symbol *s)
{
	unsigned type = ELF64_ST_TYPE(s->info);

	/* Records name them; without, GNU ld knows them to be 0 in static images. */
	if (ELF64_ST_BIND(s->info) == STB_WEAK && !s->shndx && !s->value)
		return m->lld || m->dynamic;
	if (ELF64_ST_BIND(s->info) != STB_LOCAL || type == STT_FILE)
		return true;
	if (type == STT_SECTION)
		return !m->lld && !(s->shndx < m->img->nsec && rw->drop[s->shndx]);
	return !is_local_label(symtab_name(&m->img->symtab, s));
}

/* GNU ld leaves out empty sections, but not where it keeps records. */
static void drop_empty(const struct model *m, struct rewrite *rw,
		       const bool *named)
{
	const struct image *img = m->img;

	for (uint32_t i = 1; i < img->nsec && !m->lld; i++) {
		const struct section *s = &img->sec[i];

		if (!s->size && !named[i] &&
		    (s->type == SHT_PROGBITS || s->type == SHT_NOBITS))
			rw->drop[i] = true;
	}
}

/* keep[] by symbol, named[] by section: a symbol that stays is of it. */
static void choose(const struct model *m, struct rewrite *rw, bool *keep,
		   bool *named)
{
	const struct symtab *t = &m->img->symtab;
	bool pinned = symbols_are_pinned(rw);

	for (uint32_t i = 1; i < t->n; i++) {
		struct symbol s = symtab_get(t, i);

		keep[i] = pinned || keeps(m, rw, &s);
		if (keep[i] && s.shndx < m->img->nsec &&
		    ELF64_ST_TYPE(s.info) != STT_SECTION)
			named[s.shndx] = true;
	}
	if (pinned)
		return;
	drop_empty(m, rw, named);
	for (uint32_t i = 1; i < t->n; i++) {
		struct symbol s = symtab_get(t, i);

		if (ELF64_ST_TYPE(s.info) == STT_SECTION)
			keep[i] = keeps(m, rw, &s);
	}
}

bool strip_records(const struct model *m, struct rewrite *rw)
{
	const struct image *img = m->img;
	bool *keep = calloc((size_t)img->symtab.n + 1, sizeof(*keep));
	bool *named = calloc(img->nsec, sizeof(*named));
	bool ok = false;

	for (uint32_t i = 1; i < img->nsec; i++)
		if (img->sec[i].type == SHT_RELA &&
		    !section_loaded(&img->sec[i]))
			rw->drop[i] = true;
	if (keep && named) {
		choose(m, rw, keep, named);
		ok = rewrite_compact(rw, keep);
	}
	free(keep);
	free(named);
	return ok;
}
