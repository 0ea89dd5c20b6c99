/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "show.h"

/* --- Symbols that are allowed. --- */

static bool find_allowed(struct measured *m)
{
	const struct allowed *rule = m->b->allowed.at;
	const struct mover *mv = m->a.movers.at;
	const struct image *img = m->p->img;

	m->allowed = calloc(m->a.movers.n + 1, sizeof(*m->allowed));
	for (size_t i = 0; m->allowed && i < m->a.movers.n; i++)
		for (size_t k = 0; mv[i].sym && k < m->b->allowed.n; k++)
			m->allowed[i] |= !rule[k].dynamic &&
				(!rule[k].section ||
				 !fnmatch(rule[k].section,
					  img->sec[mv[i].shndx].name, 0)) &&
				!fnmatch(rule[k].glob,
					 attribute_name(img, mv[i].sym, 0), 0);
	return m->allowed != NULL;
}

static bool is_allowed(const struct measured *m, const struct mover *mv)
{
	return m->allowed[mv - (const struct mover *)m->a.movers.at];
}

static bool not_allowed(void *ctx, const struct mover *mv)
{
	return !is_allowed(ctx, mv);
}

/* Totals of the image are what it takes, whoever was allowed to take it. */
static bool allows(const struct limit *l)
{
	return l->section || l->measure == MEASURE_TEXT_MOVES ||
	       l->measure == MEASURE_NEW_MOVES ||
	       l->measure == MEASURE_NEW_SYMBOLS;
}

/* --- Dynamic records. --- */

static bool type_allowed(const struct budget *b, uint32_t type)
{
	const struct allowed *rule = b->allowed.at;
	char buf[16];
	const char *name = reloc_name(type, buf);

	for (size_t k = 0; k < b->allowed.n; k++)
		if (rule[k].dynamic &&
		    (!fnmatch(rule[k].glob, name, 0) ||
		     (!strncmp(name, "R_RISCV_", 8) &&
		      !fnmatch(rule[k].glob, name + 8, 0))))
			return true;
	return false;
}

/* Undefined and weak: it is 0 wherever the image is. *name: "" for none. */
static bool is_weak_undefined(const struct image *img, const struct section *s,
			      const struct record *r, const char **name)
{
	struct symtab t;
	struct symbol sym;

	*name = "";
	if (!r->sym || !s->link || s->link >= img->nsec ||
	    img->sec[s->link].type != SHT_DYNSYM)
		return false;
	t = image_symtab(img, s->link);
	if (r->sym >= t.n)
		return false;
	sym = symtab_get(&t, r->sym);
	*name = symtab_name(&t, &sym);
	return !sym.shndx && ELF64_ST_BIND(sym.info) == STB_WEAK;
}

struct bad {
	struct mover at;
	const char *against;
};

static struct bad bad_record(const struct measured *m, const struct record *r,
			     const char *against)
{
	struct bad bad = { { .addr = r->offset }, against };
	struct mover *mv = &bad.at;

	mv->type = (uint16_t)(reloc_row(r->type) ? r->type : MOVER_TYPES);
	mv->shndx = image_section_at(m->p->img, r->offset);
	if (mv->shndx)
		mv->sym = symbol_index_find(&m->a.ix, mv->shndx, mv->addr,
					    &mv->off);
	return bad;
}

/* What a kernel that relocates itself, and knows RELATIVE alone, leaves out. */
static bool find_dynamic(struct measured *m)
{
	const struct image *img = m->p->img;

	m->bad.size = sizeof(struct bad);
	for (uint32_t i = 1; i < img->nsec; i++) {
		const struct section *s = &img->sec[i];

		if (!dynamic_holds_records(s))
			continue;
		for (size_t k = 0; k < s->size / record_size(img->xlen); k++) {
			struct record r = record_get(s->data, img->xlen, k);
			const char *against;
			struct bad bad;

			m->dynamic_records += r.type != RELOC_NONE;
			if (r.type == RELOC_NONE || r.type == RELOC_RELATIVE ||
			    type_allowed(m->b, r.type) ||
			    is_weak_undefined(img, s, &r, &against))
				continue;
			bad = bad_record(m, &r, against);
			if (!vec_push(&m->bad, &bad))
				return false;
		}
	}
	return true;
}

bool measure_init(struct measured *m, struct plan *p, const struct budget *b)
{
	*m = (struct measured){ .p = p, .b = b };
	return attribute(p, &m->a) && find_allowed(m) && find_dynamic(m) &&
	       table_sizes(p, &m->sizes) &&
	       tally_movers(&m->a, not_allowed, m, &m->now);
}

void measure_free(struct measured *m)
{
	attribution_free(&m->a);
	free(m->allowed);
	free(m->bad.at);
	tallies_free(&m->now);
	tallies_free(&m->old);
}

/* --- Values. --- */

struct selection {
	const struct measured *m;
	const struct limit *l;
};

static bool of_section(const struct measured *m, const struct limit *l,
		       uint32_t shndx)
{
	return !l->section || !fnmatch(l->section, m->p->img->sec[shndx].name, 0);
}

/* Whether a limit counts this mover. */
static bool counts(void *ctx, const struct mover *mv)
{
	const struct selection *s = ctx;
	const struct section *sec = &s->m->p->img->sec[mv->shndx];
	bool counted = true;

	switch (s->l->measure) {
	case MEASURE_WORDS:
		counted = mover_is_word(mv, s->m->p->img->xlen);
		break;
	case MEASURE_TEXT_MOVES:
		counted = sec->flags & SHF_EXECINSTR;
		break;
	case MEASURE_GOT_WORDS:
		counted = section_is_got(sec);
		break;
	case MEASURE_TYPE_MOVES:
		counted = mv->type == s->l->type;
		break;
	default:
		break;
	}
	return counted && of_section(s->m, s->l, mv->shndx) &&
	       !(allows(s->l) && is_allowed(s->m, mv));
}

static uint64_t count_movers(const struct measured *m, const struct limit *l)
{
	const struct mover *mv = m->a.movers.at;
	struct selection s = { m, l };
	uint64_t n = 0;

	for (size_t i = 0; i < m->a.movers.n; i++)
		n += counts(&s, &mv[i]);
	return n;
}

/* The records that a limit counts; and as movers, when `found` is not NULL. */
static uint64_t count_records_of(const struct measured *m,
				 const struct limit *l, struct vec *found)
{
	const struct image *img = m->p->img;
	uint64_t count = 0;

	for (uint32_t k = 0; k < m->p->nrel; k++) {
		const struct section *rela = &img->sec[m->p->rel[k].rela];
		uint32_t target = m->p->rel[k].target;
		size_t n = rela->size / record_size(img->xlen);

		if (!section_loaded(&img->sec[target]) ||
		    !of_section(m, l, target))
			continue;
		for (size_t i = 0; i < n; i++) {
			struct record r = record_get(rela->data, img->xlen, i);
			struct mover mv = { .addr = r.offset, .shndx = target,
					    .type = (uint16_t)r.type };

			if (l->measure == MEASURE_TYPE && r.type != l->type)
				continue;
			count++;
			if (!found)
				continue;
			mv.sym = symbol_index_find(&m->a.ix, target, mv.addr,
						   &mv.off);
			if (!vec_push(found, &mv))
				return count;
		}
	}
	return count;
}

/* The fields of a tally that the baseline does not have. */
static uint64_t growth(const struct measured *m, const struct tally *now,
		       const struct tally **old)
{
	*old = tally_find(&m->old, now->section, now->name);
	return !*old ? now->n : now->n > (*old)->n ? now->n - (*old)->n : 0;
}

static struct value new_value(const struct measured *m, const struct limit *l)
{
	const struct tally *old;
	struct value v = { 0, NULL };

	if (!m->has_old) {
		v.why = "the budget names no baseline";
		return v;
	}
	for (size_t i = 0; i < m->now.n; i++) {
		uint64_t n = growth(m, &m->now.at[i], &old);

		if (n && of_section(m, l, m->now.at[i].first->shndx))
			v.n += l->measure == MEASURE_NEW_SYMBOLS ? 1 : n;
	}
	return v;
}

enum counter { COUNT_N, COUNT_STALE, COUNT_REFUSED, COUNT_EXCUSED };

static uint64_t total(const struct plan *p, enum counter which)
{
	uint64_t n = 0;

	for (uint32_t t = 0; t <= RELOC_MAX; t++) {
		const struct type_count *c = &p->count[t];
		const uint64_t counter[] = {
			[COUNT_N] = c->n, [COUNT_STALE] = c->stale,
			[COUNT_REFUSED] = c->refused,
			[COUNT_EXCUSED] = c->excused,
		};

		n += counter[which];
	}
	return n;
}

static uint64_t other_errors(const struct plan *p)
{
	return p->d->errors - total(p, COUNT_STALE) - total(p, COUNT_REFUSED);
}

struct value measure(const struct measured *m, const struct limit *l)
{
	const struct plan *p = m->p;
	struct value v = { 0, NULL };

	switch (l->measure) {
	case MEASURE_MOVES:
	case MEASURE_WORDS:
	case MEASURE_TEXT_MOVES:
	case MEASURE_GOT_WORDS:
	case MEASURE_TYPE_MOVES:
		v.n = count_movers(m, l);
		break;
	case MEASURE_TABLE_BYTES:
		v.n = m->sizes.rvr;
		if (!v.n)
			v.why = "there is no such table (rvreloc table says why)";
		break;
	case MEASURE_TABLE_RELR:
		v.n = m->sizes.relr;
		break;
	case MEASURE_TABLE_RELA:
		v.n = m->sizes.rela;
		break;
	case MEASURE_TABLE_OFFSETS:
		v.n = m->sizes.offsets;
		break;
	case MEASURE_RECORDS:
	case MEASURE_TYPE:
		v.n = count_records_of(m, l, NULL);
		break;
	case MEASURE_STALE:
		v.n = total(p, COUNT_STALE);
		break;
	case MEASURE_REFUSED:
		v.n = total(p, COUNT_REFUSED);
		break;
	case MEASURE_ERRORS:
		v.n = other_errors(p);
		break;
	case MEASURE_EXCUSED:
		v.n = total(p, COUNT_EXCUSED);
		break;
	case MEASURE_UNCOVERED:
		v.n = p->uncovered;
		if (p->m.lo < MODEL_LOW)
			v.why = "at so low an address any number looks like one";
		break;
	case MEASURE_DYNAMIC_BAD:
		v.n = m->bad.n;
		break;
	case MEASURE_DYNAMIC_RECORDS:
		v.n = m->dynamic_records;
		break;
	case MEASURE_NEW_SYMBOLS:
	case MEASURE_NEW_MOVES:
		return new_value(m, l);
	case MEASURE_COUNT:
		break;
	}
	return v;
}

/* --- Causes. --- */

/* `old`: what the baseline has of it. */
static bool add_cause(const struct measured *m, const struct tally *t,
		      uint64_t n, const struct tally *old, bool grown,
		      struct vec *causes)
{
	const struct mover *mv = t->first;
	struct cause c = {
		.section = t->section, .symbols = t->symbols, .n = n,
		.was = old ? old->n : 0, .fresh = grown && !old,
		.addr = mv->addr,
		.symbol = mv->sym ? attribute_name(m->p->img, mv->sym, 0) : NULL };

	show_source(m->p->img, mv, c.source, sizeof(c.source));
	return vec_push(causes, &c);
}

static int by_size(const void *a, const void *b)
{
	const struct cause *x = a, *y = b;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/*
 * Of the tallies of what a limit counts those that have grown since the
 * baseline, or all of them.
 */
static bool add_causes(const struct measured *m, const struct tallies *t,
		       bool grown, struct vec *causes)
{
	bool ok = true;

	for (size_t i = 0; ok && i < t->n; i++) {
		const struct tally *old = NULL, *now =
			tally_find(&m->now, t->at[i].section, t->at[i].name);
		uint64_t n = t->at[i].n;

		if (grown) {
			uint64_t more = now && m->has_old ?
					growth(m, now, &old) : 0;

			n = more < n ? more : n;
		}
		ok = !n || add_cause(m, &t->at[i], n, old, grown, causes);
	}
	vec_sort(causes, by_size);
	return ok;
}

static bool add_bad(const struct measured *m, struct vec *causes)
{
	const struct bad *bad = m->bad.at;
	bool ok = true;

	for (size_t i = 0; ok && i < m->bad.n; i++) {
		const struct mover *mv = &bad[i].at;
		struct tally t = { m->p->img->sec[mv->shndx].name, "", 1, 1, mv };
		struct cause *c;

		ok = add_cause(m, &t, 1, NULL, false, causes);
		if (!ok)
			break;
		c = (struct cause *)causes->at + causes->n - 1;
		c->type = mv->type == MOVER_TYPES ? "an unknown type" :
						    mover_type_name(mv->type);
		c->against = bad[i].against;
	}
	return ok;
}

/*
 * What a limit counts, by section and symbol. Where that is records, they are
 * put into `records`, and borrowed.
 */
static bool tally_limit(const struct measured *m, const struct limit *l,
			struct vec *records, struct tallies *t)
{
	struct selection s = { m, l };
	struct limit words = { .measure = MEASURE_WORDS };
	struct attribution a = m->a;

	*t = (struct tallies){ 0 };
	switch (l->measure) {
	case MEASURE_MOVES:
	case MEASURE_WORDS:
	case MEASURE_TEXT_MOVES:
	case MEASURE_GOT_WORDS:
	case MEASURE_TYPE_MOVES:
	case MEASURE_TABLE_BYTES:
	case MEASURE_NEW_MOVES:
	case MEASURE_NEW_SYMBOLS:
		return tally_movers(&m->a, counts, &s, t);
	case MEASURE_TABLE_RELR:
	case MEASURE_TABLE_RELA:
	case MEASURE_TABLE_OFFSETS:
		s.l = &words;
		return tally_movers(&m->a, counts, &s, t);
	case MEASURE_RECORDS:
	case MEASURE_TYPE:
		if (count_records_of(m, l, records) != records->n)
			return false;
		a.movers = *records;
		return tally_movers(&a, NULL, NULL, t);
	default:
		return true;
	}
}

bool measure_causes(const struct measured *m, const struct limit *l,
		    struct vec *causes)
{
	struct vec records = { .size = sizeof(struct mover) };
	struct tallies t;
	bool ok;

	if (l->measure == MEASURE_DYNAMIC_BAD)
		return add_bad(m, causes);
	ok = tally_limit(m, l, &records, &t) && add_causes(m, &t, true, causes) &&
	     (causes->n || add_causes(m, &t, false, causes));
	tallies_free(&t);
	free(records.at);
	return ok;
}

bool measure_growth(const struct measured *m, struct vec *causes)
{
	return !m->has_old || add_causes(m, &m->now, true, causes);
}
