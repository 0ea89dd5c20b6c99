/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk.h"

#include <stdlib.h>

#include "elfio/compress.h"

struct walk {
	const struct plan *p;
	seen_fn *fn;
	void *ctx;
	uint32_t rel, shndx;
	const uint8_t *records;
	size_t n;
	const uint8_t *bytes;	/* of the section, unpacked */
	uint64_t addr, size;
	bool loaded;
};

static struct finding judge(const struct walk *w, const struct place *at,
			    const struct record *r)
{
	const struct plan *p = w->p;
	const struct symtab *t = &p->img->symtab;
	const struct symbol *sym = NULL;
	struct symbol s;

	if (r->sym < t->n) {
		s = symtab_get(t, r->sym);
		sym = &s;
	}
	return w->loaded ? verify_record(&p->v, at, r, sym) :
			   verify_unloaded(&p->m, at, r, sym);
}

/* A word of a table that was sorted after the link is not stale. */
static void settle(const struct walk *w, struct seen *s)
{
	s->effect = effect_of(&s->f);
	if (s->effect != EFFECT_STALE || !w->loaded || !w->p->sorted[w->rel] ||
	    !sorted_candidate(w->p, &s->r, &s->f))
		return;
	s->f.verdict = EXCUSED;
	s->f.why = SORTED_WHY;
	s->effect = s->f.value ? EFFECT_MOVES : EFFECT_EXCUSED;
}

static bool show(const struct walk *w, size_t k, const struct record *r,
		 const struct finding *f, unsigned sum)
{
	struct seen s = { .r = *r, .f = *f, .rel = w->rel, .rec = k,
			  .rela = w->p->rel[w->rel].rela, .shndx = w->shndx,
			  .off = r->offset - w->addr, .sum = sum };
	struct place at = place_in(w->bytes, w->size, w->addr, w->shndx, s.off);

	s.bytes = at.bytes;
	s.room = at.room;
	settle(w, &s);
	return w->fn(w->ctx, &s);
}

/* One record, or those of one place that add up; how many, 0 to stop. */
static size_t walk_one(const struct walk *w, size_t k)
{
	unsigned xlen = w->p->img->xlen;
	struct record r = record_get(w->records, xlen, k), sum[SUM_MAX];
	struct finding f, none = { 0 };
	struct place at = place_in(w->bytes, w->size, w->addr, w->shndx,
				   r.offset - w->addr);
	size_t n = 1, took = 1;

	if (reloc_adds_up(r.type) &&
	    (w->loaded || fields[reloc_row(r.type)->field].bytes <= at.room)) {
		took = verify_gather(w->records, NULL, xlen, k, w->n, sum, &n);
		f = verify_sum(&w->p->m, &at, sum, n);
	} else {
		f = judge(w, &at, &r);
	}
	for (size_t i = k; i < k + took; i++) {
		bool marks;

		r = record_get(w->records, xlen, i);
		none.row = reloc_row(r.type);
		none.field = FIELD_OTHER;
		marks = none.row && none.row->op == OP_MARK;
		if (!show(w, i, &r, marks ? &none : &f, marks ? 0 : (unsigned)n))
			return 0;
	}
	return took;
}

/* False: no more is wanted. */
static bool walk_section(struct walk *w)
{
	for (size_t k = 0, took; k < w->n; k += took) {
		took = walk_one(w, k);
		if (!took)
			return false;
	}
	return true;
}

bool walk_records(const struct plan *p, const bool *wanted, seen_fn *fn,
		  void *ctx)
{
	bool more = true;

	for (uint32_t k = 0; k < p->nrel && more; k++) {
		const struct section *rela = &p->img->sec[p->rel[k].rela];
		const struct section *s = &p->img->sec[p->rel[k].target];
		struct packed pk = { 0 };
		struct walk w = {
			.p = p, .fn = fn, .ctx = ctx, .rel = k,
			.shndx = p->rel[k].target, .records = rela->data,
			.n = rela->size / record_size(p->img->xlen),
			.bytes = s->data, .addr = s->addr, .size = s->size,
			.loaded = section_loaded(s) };

		if (wanted && !wanted[w.shndx])
			continue;
		if (!w.loaded && section_is_packed(s)) {
			if (!unpack_section(p->img, w.shndx, &pk, p->d))
				pk = (struct packed){ 0 };
			w.bytes = pk.bytes;
			w.size = pk.size;
		}
		if (!w.loaded && !w.bytes)
			w.size = 0;
		more = walk_section(&w);
		free(pk.bytes);
		if (p->d->no_memory)
			return false;
	}
	return true;
}

bool walk_plain(const struct image *img, const bool *wanted, seen_fn *fn,
		void *ctx)
{
	for (uint32_t i = 1; i < img->nsec; i++) {
		const struct section *rela = &img->sec[i];
		size_t n = rela->data ? rela->size / record_size(img->xlen) : 0;

		if (rela->type != SHT_RELA || section_loaded(rela) ||
		    (wanted && !wanted[rela->info]))
			continue;
		for (size_t k = 0; k < n; k++) {
			struct seen s = {
				.r = record_get(rela->data, img->xlen, k),
				.rela = i, .shndx = rela->info, .rec = k };

			s.f.row = reloc_row(s.r.type);
			s.off = s.r.offset - img->sec[rela->info].addr;
			if (!fn(ctx, &s))
				return true;
		}
	}
	return true;
}
