/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a dynamic loader would write, as far as the file alone says it: an
 * image that places itself has no loader, so its table takes the place of
 * .rela.dyn.
 */
#include "plan.h"

#include <inttypes.h>

/* A symbol of this image, or one whose absence is its value. */
static bool resolve(struct plan *p, const struct section *rela,
		    const struct record *r, struct loader_word *w,
		    const char **name)
{
	struct symtab t = { 0 };
	struct symbol s = { 0 };
	enum rule rule;

	*name = "";
	if (rela->link && rela->link < p->img->nsec &&
	    p->img->sec[rela->link].type == SHT_DYNSYM)
		t = image_symtab(p->img, rela->link);
	if (r->sym) {
		if (r->sym >= t.n)
			return false;
		s = symtab_get(&t, r->sym);
		*name = symtab_name(&t, &s);
	}
	if (s.shndx == SHN_UNDEF && r->sym &&
	    ELF64_ST_BIND(s.info) != STB_WEAK)
		return false;
	if (ELF64_ST_TYPE(s.info) == STT_TLS ||
	    ELF64_ST_TYPE(s.info) == STT_GNU_IFUNC)
		return false;
	if (s.shndx == SHN_UNDEF) {
		w->value = (uint64_t)r->addend;
		return true;
	}
	w->value = s.value + (uint64_t)r->addend;
	w->moves = dynamic_symbol_moves(p, &t, &s, &rule);
	return true;
}

/* True when w has the word; else why not. */
static bool known(struct plan *p, uint32_t shndx, const struct record *r,
		  struct loader_word *w, const char **name, const char **why)
{
	uint32_t word = p->img->xlen == 64 ? RELOC_64 : RELOC_32;
	uint64_t off;
	uint32_t in;

	*name = "";
	*why = "it takes a dynamic loader, and an image that places itself has none";
	if (r->type == RELOC_RELATIVE) {
		w->value = (uint64_t)r->addend;
		/* GNU ld makes such a record even of a constant. */
		w->moves = !plan_is_covered(p, r->offset);
	} else if (r->type != word || !resolve(p, &p->img->sec[shndx], r, w,
					       name)) {
		return false;
	}
	if (!plan_word_at(p, r->offset, &in, &off, &w->word)) {
		*why = "the word has no bytes in the file";
		return false;
	}
	w->addr = r->offset;
	w->pos = p->img->sec[in].offset + off;
	w->value = getxlen(&w->value, p->img->xlen);
	return true;
}

void loader_words(struct plan *p, struct vec *words)
{
	const struct image *img = p->img;

	for (uint32_t i = 1; i < img->nsec; i++) {
		const struct section *s = &img->sec[i];

		if (!dynamic_holds_records(s))
			continue;
		for (size_t k = 0; k < s->size / s->entsize; k++) {
			struct record r = record_get(s->data, img->xlen, k);
			struct loader_word w = { 0 };
			const char *name, *why;
			char buf[16];

			if (r.type == RELOC_NONE)
				continue;
			if (known(p, i, &r, &w, &name, &why))
				plan_push(p, words, &w);
			else
				diag_at(p->d, DIAG_ERROR, i, k * s->entsize,
					"%s%s%s at 0x%" PRIx64 ": %s",
					reloc_name(r.type, buf),
					*name ? " against " : "", name,
					r.offset, why);
		}
	}
}
