/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include <inttypes.h>
#include <stdlib.h>

const char *table_kind_name(enum table_kind kind)
{
	static const char *const text[TABLE_KINDS] = {
		[TABLE_WORD] = "word",
		[TABLE_WORD_SUB] = "distance to something fixed",
		[TABLE_HALF] = "32-bit word or lui",
		[TABLE_HALF_SUB] = "32-bit distance or auipc to something fixed",
		[TABLE_CLUI] = "c.lui",
	};

	return text[kind];
}

/*
 * Of a call only the auipc changes. Where words have 32 bits, lui and auipc
 * are one addition with them. TABLE_KINDS: no table has it.
 */
static enum table_kind kind_of(unsigned xlen, const struct site *s)
{
	bool sub = s->change < 0;

	switch (s->field) {
	case FIELD_W64:
		if (xlen == 64)
			return sub ? TABLE_WORD_SUB : TABLE_WORD;
		return TABLE_KINDS;
	case FIELD_W32:
	case FIELD_LUI:
	case FIELD_AUIPC:
	case FIELD_CALL:
		if (xlen == 32)
			return sub ? TABLE_WORD_SUB : TABLE_WORD;
		return sub ? TABLE_HALF_SUB : TABLE_HALF;
	case FIELD_CLUI:
		return sub ? TABLE_KINDS : TABLE_CLUI;
	}
	return TABLE_KINDS;
}

static unsigned kind_bytes(unsigned xlen, enum table_kind kind)
{
	return kind == TABLE_CLUI ? 2 : kind < TABLE_HALF ? xlen / 8 : 4;
}

/* --- Reach: how far each place lets the image go. --- */

struct span { uint64_t lo, hi; };	/* inclusive; may run across 0 */

#define SPAN_32		((struct span){ UINT64_C(-0x80000000), 0x7fffffff })
#define SPAN_U32	((struct span){ 0, UINT32_MAX })

static bool within(struct span s, uint64_t v)
{
	return v - s.lo <= s.hi - s.lo;
}

/*
 * What a c.lui may hold: no 0. The sign is apart from the other bits of the
 * instruction, so that boot/ can just add to those only where it stays.
 */
static struct span clui_span(uint64_t v)
{
	return (int64_t)v < 0 ?
	       (struct span){ UINT64_C(-0x20000), UINT64_C(-0x1000) } :
	       (struct span){ 0x1000, 0x1f000 };
}

/*
 * What the place may hold, around what it holds now; *v is set to that. False:
 * anything. Says the same as plan_shifted() does of one shift.
 */
static bool span_of(const struct plan *p, const struct table *t,
		    const struct site *s, uint64_t *v, struct span *span)
{
	if (s->field == FIELD_CLUI) {
		*span = clui_span(*v);
		return true;
	}
	if (t->xlen == 32)
		return false;
	if (fields[s->field].value != VALUE_DATA) {
		/* Rounded to the nearest 4 KiB, it is signed. */
		*span = (struct span){ SPAN_32.lo - 0x800, SPAN_32.hi - 0x800 };
		return true;
	}
	if (s->field != FIELD_W32 || !plan_recorded(p, s, v))
		return false;
	*v += p->delta * (uint64_t)(int64_t)s->change;
	if (s->change < 0 || (within(SPAN_32, *v) && !within(SPAN_U32, *v)))
		*span = SPAN_32;
	else if (!within(SPAN_32, *v))
		*span = SPAN_U32;
	else	/* may be read either way */
		*span = (struct span){ SPAN_32.lo, SPAN_U32.hi };
	return s->change < 0 || within(*span, *v);
}

/* Narrows the reach to what keeps v in its span; false: it is not in there. */
static bool narrow(struct table *t, int change, uint64_t v, struct span s)
{
	uint64_t mask = addr_top(t->xlen), down = (v - s.lo) & mask;
	uint64_t up = (s.hi - v) & mask, swap = down;

	if (!within(s, v))
		return false;
	if (change < 0) {
		down = up;
		up = swap;
	}
	if (t->base - t->reach_lo > down)
		t->reach_lo = t->base - down;
	if (t->reach_hi - t->base > up)
		t->reach_hi = t->base + up;
	return true;
}

/* --- Places. --- */

struct stretch {
	uint64_t addr;
	uint32_t shndx;
};

static void refuse(struct plan *p, const struct site *s, const char *why)
{
	struct record r;

	if (s->rel == SITE_NO_RECORD) {
		diag_at(p->d, DIAG_ERROR, s->shndx, s->off, "%s: %s",
			fields[s->field].name, why);
		return;
	}
	r = record_get(p->img->sec[p->rel[s->rel].rela].data, p->img->xlen,
		       s->rec);
	plan_record_error(p, s->rel, &r, "%s: %s", fields[s->field].name, why);
}

static void add_place(struct plan *p, struct vec *places, uint64_t addr,
		      enum table_kind kind)
{
	struct table_place at = { addr - p->m.lo, (uint8_t)kind };

	plan_push(p, places, &at);
}

static void add_site(struct plan *p, struct table *t, struct vec *places,
		     const struct site *s)
{
	enum table_kind kind = kind_of(t->xlen, s);
	struct span span;
	uint64_t v;

	if (s->meta || s->weak_call)
		return;
	/* What a shift has put out of reach is an lui by now, and constant. */
	if (!plan_shifted(p, s, &v) && p->delta)
		return;
	if (kind == TABLE_KINDS)
		refuse(p, s, "a boot table has no such field");
	else if (span_of(p, t, s, &v, &span) &&
		 !narrow(t, s->change, v, span))
		refuse(p, s, "what it holds does not fit, and no move makes it right");
	else
		add_place(p, places, p->img->sec[s->shndx].addr + s->off, kind);
}

/* Words of .rela.dyn; those that the file has already are sites as well. */
static void add_loader_words(struct plan *p, struct table *t,
			     struct vec *places)
{
	struct vec words = { .size = sizeof(struct loader_word) };
	struct vec fills = { .size = sizeof(struct table_fill) };
	const struct loader_word *w;

	loader_words(p, &words);
	w = words.at;
	for (size_t i = 0; i < words.n; i++) {
		struct table_fill f = { w[i].addr - p->m.lo, w[i].value,
					w[i].pos };

		if (w[i].moves)
			add_place(p, places, w[i].addr, TABLE_WORD);
		/* A shift moves those words only that are sites as well. */
		if (w[i].moves)
			f.value = (f.value + p->delta) & addr_top(t->xlen);
		if (p->delta || w[i].word != w[i].value)
			plan_push(p, &fills, &f);
	}
	vec_sort(&fills, by_uint64);
	t->fill = fills.at;
	t->nfill = fills.n;
	free(words.at);
}

/*
 * Two sections at one address (overlays): which of them is there when the
 * table is used is not known.
 */
static void refuse_overlays(struct plan *p)
{
	struct vec v = { .size = sizeof(struct stretch) };
	const struct section *sec = p->img->sec;
	const struct stretch *last = NULL, *at;

	for (uint32_t i = 1; i < p->img->nsec; i++) {
		struct stretch one = { sec[i].addr, i };

		if (section_loaded(&sec[i]) && sec[i].size &&
		    !section_is_tbss(&sec[i]))
			plan_push(p, &v, &one);
	}
	vec_sort(&v, by_uint64);
	at = v.at;
	for (size_t i = 0; i < v.n; i++) {
		if (last && at[i].addr - last->addr < sec[last->shndx].size)
			diag_at(p->d, DIAG_ERROR, at[i].shndx, 0,
				"it lies on %s, and a boot table cannot tell which of the two is in memory",
				sec[last->shndx].name);
		if (!last || at[i].addr + sec[at[i].shndx].size >
			     last->addr + sec[last->shndx].size)
			last = &at[i];
	}
	free(v.at);
}

static int by_kind(const void *a, const void *b)
{
	const struct table_place *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

/* One word may be known as a site and from .rela.dyn. */
static void settle(struct plan *p, struct table *t, struct vec *places)
{
	struct table_place *at = places->at;
	size_t n = 0;

	vec_sort(places, by_uint64);
	for (size_t i = 0; i < places->n; i++) {
		const struct table_place *last = n ? &at[n - 1] : NULL;

		if (!last || at[i].off - last->off >=
			     kind_bytes(t->xlen, last->kind)) {
			at[n++] = at[i];
		} else if ((at[i].off != last->off ||
			    at[i].kind != last->kind) && !p->d->errors) {
			uint64_t addr = p->m.lo + at[i].off;
			uint32_t in = image_section_at(p->img, addr);

			diag_at(p->d, DIAG_ERROR, in,
				addr - p->img->sec[in].addr,
				"two records change the same bytes here (%s, %s)",
				table_kind_name(last->kind),
				table_kind_name(at[i].kind));
		}
	}
	places->n = n;
	vec_sort(places, by_kind);
	t->place = at;
	t->n = n;
}

bool table_build(struct plan *p, struct table *t)
{
	struct vec places = { .size = sizeof(struct table_place) };
	const struct site *s = p->sites.at;
	uint64_t errors = p->d->errors, top = addr_top(p->img->xlen);

	*t = (struct table){
		.xlen = p->img->xlen, .align = p->m.align,
		.base = (p->m.lo + p->delta) & top, .size = p->m.hi - p->m.lo };
	t->reach_hi = top - t->size + 1;
	for (size_t i = 0; i < p->sites.n; i++)
		add_site(p, t, &places, &s[i]);
	add_loader_words(p, t, &places);
	refuse_overlays(p);
	settle(p, t, &places);
	/* Bases that a move leads to. */
	t->reach_lo = t->base - (t->base - t->reach_lo) / t->align * t->align;
	t->reach_hi = t->base + (t->reach_hi - t->base) / t->align * t->align;
	if (p->d->errors == errors && !p->d->no_memory)
		return true;
	table_free(t);
	return false;
}

void table_free(struct table *t)
{
	free(t->place);
	free(t->fill);
	t->place = NULL;
	t->fill = NULL;
	t->n = t->nfill = 0;
}
