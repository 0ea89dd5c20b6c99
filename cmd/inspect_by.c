/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --by: who causes what moves. Fields of the loaded image that a move changes
 * are ranked, each once, with a record or without (GOT slots, RELR); or
 * records, when the filter asks for some that are not about such a field.
 */
#include "inspect.h"

#include <stdlib.h>

#include "elfio/lines.h"

/* --- Counters: one for each section, symbol or type. --- */

struct counter {
	uint64_t n, addr;	/* how many; where the first is */
	uint32_t shndx;
};

struct ranking {
	struct inspect *o;
	bool records;
	struct counter *at;
	size_t size;		/* symbols, then sections for what is in none */
};

static size_t size_of(const struct inspect *o)
{
	switch (o->by) {
	case BY_SECTION:
		return o->img->nsec;
	case BY_TYPE:
		return MOVER_TYPES + 1;	/* last: types that are not known */
	default:
		return (size_t)o->img->symtab.n + o->img->nsec;
	}
}

static void add(struct ranking *r, size_t key, uint32_t shndx, uint64_t addr)
{
	struct counter *c = &r->at[key];

	if (!c->n++) {
		c->shndx = shndx;
		c->addr = addr;
	}
}

static size_t symbol_key(const struct ranking *r, uint32_t sym, uint32_t shndx)
{
	return sym ? sym : r->o->img->symtab.n + shndx;
}

static void add_mover(struct ranking *r, const struct mover *m)
{
	size_t key = r->o->by == BY_SECTION ? m->shndx :
		     r->o->by == BY_TYPE ? m->type :
		     symbol_key(r, m->sym, m->shndx);

	add(r, key, m->shndx, m->addr);
}

static bool add_record(void *ctx, const struct seen *s)
{
	struct ranking *r = ctx;
	const struct section *sec = &r->o->img->sec[s->shndx];
	uint64_t off, addr = sec->addr + s->off;
	uint32_t sym = 0;
	size_t key = s->shndx;

	if (!filter_record(&r->o->filter, s))
		return true;
	if (r->o->by == BY_TYPE) {
		key = s->f.row ? s->r.type : MOVER_TYPES;
	} else if (r->o->by != BY_SECTION) {
		if (section_loaded(sec))
			sym = symbol_index_find(&r->o->ix, s->shndx, addr, &off);
		key = symbol_key(r, sym, s->shndx);
	}
	add(r, key, s->shndx, addr);
	return true;
}

/* Whether only records can be what the filter means. */
static bool means_records(const struct inspect *o)
{
	const struct filter *f = &o->filter;
	bool loaded = false;

	for (int e = 0; f->has[FILTER_EFFECT] && e < EFFECTS; e++)
		if (f->effect[e] && e != EFFECT_MOVES && e != EFFECT_FIXED)
			return true;
	for (uint32_t i = 1; i < o->img->nsec; i++)
		loaded |= f->section[i] && section_loaded(&o->img->sec[i]);
	return !loaded;
}

/* Of sections that are not loaded, still what moves, if nothing else is said. */
static void only_moving(struct filter *f)
{
	for (int e = 0; !f->has[FILTER_EFFECT] && e < EFFECTS; e++)
		f->effect[e] = e == EFFECT_MOVES || e == EFFECT_FIXED;
}

static bool count(struct ranking *r)
{
	struct inspect *o = r->o;
	struct attribution a;
	const struct mover *m;

	if (!o->p) {
		r->records = true;
		return walk_plain(o->img, o->filter.section, add_record, r);
	}
	r->records = means_records(o);
	if (r->records) {
		only_moving(&o->filter);
		return walk_records(o->p, o->filter.section, add_record, r);
	}
	if (!attribute(o->p, &a))
		return false;
	m = a.movers.at;
	for (size_t i = 0; i < a.movers.n; i++)
		if (filter_mover(&o->filter, &m[i]))
			add_mover(r, &m[i]);
	attribution_free(&a);
	return true;
}

/* --- Rows. --- */

struct row {
	const char *name;
	char *owned;		/* the name, when it is made here */
	uint64_t n, addr;
	uint32_t shndx;
};

static const char *name_of(const struct ranking *r, size_t key)
{
	const struct image *img = r->o->img;

	switch (r->o->by) {
	case BY_SECTION:
		return img->sec[key].name;
	case BY_TYPE:
		return key < MOVER_TYPES ? mover_type_name((uint16_t)key) :
		       "unknown types";
	default:
		return key < img->symtab.n ?
		       attribute_name(img, (uint32_t)key, 0) :
		       img->sec[key - img->symtab.n].name;
	}
}

/* The file that has it, or a word that says that it is not known. */
static char *source_of(const struct ranking *r, size_t key)
{
	const struct image *img = r->o->img;
	const struct counter *c = &r->at[key];
	char line[4096], *colon;
	bool found = false;
	struct symbol s;

	if (!section_loaded(&img->sec[c->shndx]))
		return strdup("(not loaded)");
	if (img->sec[c->shndx].flags & SHF_EXECINSTR)
		found = lines_at(img, c->addr, line, sizeof(line));
	if (!found && key < img->symtab.n) {
		s = symtab_get(&img->symtab, (uint32_t)key);
		found = lines_declared(img, s.value, line, sizeof(line));
	}
	colon = found ? strrchr(line, ':') : NULL;
	if (colon)
		*colon = '\0';
	return strdup(found ? line : "(not known)");
}

static int by_name(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int by_size(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	int names;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	names = strcmp(x->name, y->name);
	return names ? names : x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* Symbols of one source become one row. */
static void fold(struct vec *rows)
{
	struct row *row = rows->at;
	size_t n = 0;

	if (!rows->n)
		return;
	qsort(rows->at, rows->n, rows->size, by_name);
	for (size_t i = 0; i < rows->n; i++) {
		if (!n || strcmp(row[n - 1].name, row[i].name)) {
			row[n++] = row[i];
			continue;
		}
		row[n - 1].n += row[i].n;
		free(row[i].owned);
	}
	rows->n = n;
}

static bool make_rows(const struct ranking *r, struct vec *rows)
{
	for (size_t key = 0; key < r->size; key++) {
		const struct counter *c = &r->at[key];
		struct row row = { .n = c->n, .addr = c->addr,
				   .shndx = c->shndx };

		if (!c->n)
			continue;
		if (r->o->by == BY_SOURCE)
			row.name = row.owned = source_of(r, key);
		else
			row.name = name_of(r, key);
		if (!row.name || !vec_push(rows, &row))
			return false;
	}
	if (r->o->by == BY_SOURCE)
		fold(rows);
	if (rows->n)
		qsort(rows->at, rows->n, rows->size, by_size);
	return true;
}

/* --- Shown. --- */

static const char *const by_words[] = { "section", "symbol", "type", "source" };

static const char *what(const struct ranking *r, uint64_t n)
{
	if (!r->records)
		return n == 1 ? "field that a move changes" :
				"fields that a move changes";
	return n == 1 ? "record" : "records";
}

static void show_text(const struct ranking *r, const struct vec *rows,
		      uint64_t sum)
{
	const struct common *c = &r->o->common;
	const struct row *row = rows->at;
	char n[GROUPED];

	printf("%s%s %s, by %s%s\n", style(c, BOLD), grouped(sum, n),
	       what(r, sum), by_words[r->o->by], style(c, PLAIN));
	for (size_t i = 0; i < rows->n; i++) {
		printf("%12s %5.1f%%  ", grouped(row[i].n, n),
		       100 * (double)row[i].n / (double)sum);
		if (r->o->by == BY_SYMBOL)
			printf("%-40s %s%s%s", row[i].name, style(c, DIM),
			       r->o->img->sec[row[i].shndx].name, style(c, PLAIN));
		else
			printf("%s", row[i].name);
		putchar('\n');
	}
	if (r->o->by == BY_SOURCE && !lines_version())
		printf("(libdw is not built in: no source is known)\n");
}

static bool show_json(const struct ranking *r, const struct vec *rows,
		      uint64_t sum)
{
	const struct row *row = rows->at;
	json_t *all = json_array();

	for (size_t i = 0; all && i < rows->n; i++) {
		json_t *j = json_pack("{s:o,s:I}", "name", json_name(row[i].name),
				      "count", (json_int_t)row[i].n);

		if (r->o->by == BY_SYMBOL && j) {
			json_object_set_new(j, "section", json_name(
				r->o->img->sec[row[i].shndx].name));
			json_object_set_new(j, "first", json_address(row[i].addr));
		}
		if (json_array_append_new(all, j)) {
			json_decref(all);
			all = NULL;
		}
	}
	return json_print(json_pack("{s:s,s:s,s:I,s:o}", "by",
				    by_words[r->o->by], "of", r->records ?
				    "records" : "fields", "count",
				    (json_int_t)sum, "ranking", all),
			  JSON_INDENT(2));
}

bool inspect_by(struct inspect *o)
{
	struct ranking r = { .o = o, .size = size_of(o) };
	struct vec rows = { .size = sizeof(struct row) };
	const struct row *row;
	uint64_t sum = 0;
	bool ok;

	r.at = calloc(r.size, sizeof(*r.at));
	ok = r.at && count(&r) && make_rows(&r, &rows);
	row = rows.at;
	for (size_t i = 0; i < rows.n; i++)
		sum += row[i].n;
	if (ok && o->json)
		ok = show_json(&r, &rows, sum);
	else if (ok)
		show_text(&r, &rows, sum);
	for (size_t i = 0; i < rows.n; i++)
		free(row[i].owned);
	free(rows.at);
	free(r.at);
	return ok;
}
