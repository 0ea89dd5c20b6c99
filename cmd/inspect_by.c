/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --by: who causes what moves. Fields of the loaded image that a move changes
 * are ranked, each once, with a record or without (GOT slots, RELR); or
 * records, when the filter asks for some that are not about such a field.
 */
#include "inspect.h"

#include <stdlib.h>

#include "elfio/lines.h"
#include "progress.h"

/* --- Counters: one for each section, symbol or type. --- */

struct counter {
	uint64_t n, addr;	/* how many; where the first is */
	uint32_t shndx;
};

struct tally {
	struct inspect *o;
	enum by by;
	bool records;
	struct counter *at;
	size_t size;		/* symbols, then sections for what is in none */
};

static size_t size_of(const struct inspect *o, enum by by)
{
	switch (by) {
	case BY_SECTION:
		return o->img->nsec;
	case BY_TYPE:
		return MOVER_TYPES + 1;	/* last: types that are not known */
	default:
		return (size_t)o->img->symtab.n + o->img->nsec;
	}
}

static void add(struct tally *t, size_t key, uint32_t shndx, uint64_t addr)
{
	struct counter *c = &t->at[key];

	if (!c->n++) {
		c->shndx = shndx;
		c->addr = addr;
	}
}

static size_t symbol_key(const struct tally *t, uint32_t sym, uint32_t shndx)
{
	return sym ? sym : t->o->img->symtab.n + shndx;
}

static void add_mover(struct tally *t, const struct mover *m)
{
	size_t key = t->by == BY_SECTION ? m->shndx :
		     t->by == BY_TYPE ? m->type :
		     symbol_key(t, m->sym, m->shndx);

	add(t, key, m->shndx, m->addr);
}

static bool add_record(void *ctx, const struct seen *s)
{
	struct tally *t = ctx;
	const struct section *sec = &t->o->img->sec[s->shndx];
	uint64_t off, addr = sec->addr + s->off;
	uint32_t sym = 0;
	size_t key = s->shndx;

	if (!filter_record(&t->o->filter, s))
		return true;
	if (t->by == BY_TYPE) {
		key = s->f.row ? s->r.type : MOVER_TYPES;
	} else if (t->by != BY_SECTION) {
		if (section_loaded(sec))
			sym = symbol_index_find(&t->o->ix, s->shndx, addr, &off);
		key = symbol_key(t, sym, s->shndx);
	}
	add(t, key, s->shndx, addr);
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

static bool count(struct tally *t)
{
	struct inspect *o = t->o;
	struct attribution a;
	const struct mover *m;

	if (!o->p) {
		t->records = true;
		return walk_plain(o->img, o->filter.section, add_record, t);
	}
	t->records = means_records(o);
	if (t->records) {
		only_moving(&o->filter);
		return walk_records(o->p, o->filter.section, add_record, t);
	}
	if (!attribute(o->p, &a))
		return false;
	m = a.movers.at;
	for (size_t i = 0; i < a.movers.n; i++)
		if (filter_mover(&o->filter, &m[i]))
			add_mover(t, &m[i]);
	attribution_free(&a);
	return true;
}

/* --- Rows. --- */

static const char *name_of(const struct tally *t, size_t key)
{
	const struct image *img = t->o->img;

	switch (t->by) {
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
static char *source_of(const struct tally *t, size_t key)
{
	const struct image *img = t->o->img;
	const struct counter *c = &t->at[key];
	struct mover m = { .addr = c->addr, .shndx = c->shndx };
	char line[4096], *colon;

	if (!section_loaded(&img->sec[c->shndx]))
		return strdup("(not loaded)");
	if (key < img->symtab.n) {
		m.sym = (uint32_t)key;
		m.off = c->addr - symtab_get(&img->symtab, m.sym).value;
	}
	show_source(img, &m, line, sizeof(line));
	colon = strrchr(line, ':');
	if (colon)
		*colon = '\0';
	return strdup(line[0] ? line : "(not known)");
}

static int by_name(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int by_size(const void *a, const void *b)
{
	const struct rank *x = a, *y = b;
	int names;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	names = strcmp(x->name, y->name);
	return names ? names : x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* Symbols of one source become one row. */
static void fold(struct vec *rows)
{
	struct rank *row = rows->at;
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

static bool make_rows(const struct tally *t, struct vec *rows)
{
	for (size_t key = 0; key < t->size; key++) {
		const struct counter *c = &t->at[key];
		struct rank row = { .n = c->n, .addr = c->addr,
				   .shndx = c->shndx };

		if (!c->n)
			continue;
		if (t->by == BY_SOURCE)
			row.name = row.owned = source_of(t, key);
		else
			row.name = name_of(t, key);
		if (!row.name || !vec_push(rows, &row))
			return false;
	}
	if (t->by == BY_SOURCE)
		fold(rows);
	if (rows->n)
		qsort(rows->at, rows->n, rows->size, by_size);
	return true;
}

bool ranking_make(struct inspect *o, enum by by, struct ranking *r)
{
	struct tally t = { .o = o, .by = by, .size = size_of(o, by) };
	const struct rank *row;
	bool ok;

	*r = (struct ranking){ .by = by, .rows.size = sizeof(struct rank) };
	t.at = calloc(t.size, sizeof(*t.at));
	ok = t.at && count(&t) && make_rows(&t, &r->rows);
	r->records = t.records;
	row = r->rows.at;
	for (size_t i = 0; i < r->rows.n; i++)
		r->sum += row[i].n;
	free(t.at);
	return ok;
}

void ranking_free(struct ranking *r)
{
	struct rank *row = r->rows.at;

	for (size_t i = 0; i < r->rows.n; i++)
		free(row[i].owned);
	free(r->rows.at);
}

/* --- Shown. --- */

static const char *const by_words[] = { "section", "symbol", "type", "source" };

static const char *what(const struct ranking *r)
{
	if (!r->records)
		return r->sum == 1 ? "field that a move changes" :
				     "fields that a move changes";
	return r->sum == 1 ? "record" : "records";
}

static void show_text(const struct inspect *o, const struct ranking *r)
{
	const struct common *c = &o->common;
	const struct rank *row = r->rows.at;
	char n[GROUPED];

	printf("%s%s %s, by %s%s\n", style(c, BOLD), grouped(r->sum, n),
	       what(r), by_words[r->by], style(c, PLAIN));
	for (size_t i = 0; i < r->rows.n; i++) {
		printf("%12s %5.1f%%  ", grouped(row[i].n, n),
		       100 * (double)row[i].n / (double)r->sum);
		if (r->by == BY_SYMBOL)
			printf("%-40s %s%s%s", row[i].name, style(c, DIM),
			       o->img->sec[row[i].shndx].name, style(c, PLAIN));
		else
			printf("%s", row[i].name);
		putchar('\n');
	}
	if (r->by == BY_SOURCE && !lines_version())
		printf("(libdw is not built in: no source is known)\n");
	else if (r->by == BY_SOURCE && !lines_known(o->img))
		printf("(the file has no debug information: no source is known)\n");
}

static bool show_json(const struct inspect *o, const struct ranking *r)
{
	const struct rank *row = r->rows.at;
	json_t *all = json_array();

	for (size_t i = 0; all && i < r->rows.n; i++) {
		json_t *j = json_pack("{s:o,s:I}", "name", json_text(row[i].name),
				      "count", (json_int_t)row[i].n);

		if (r->by == BY_SYMBOL && j) {
			json_object_set_new(j, "section", json_text(
				o->img->sec[row[i].shndx].name));
			json_object_set_new(j, "first", json_address(row[i].addr));
		}
		if (json_array_append_new(all, j)) {
			json_decref(all);
			all = NULL;
		}
	}
	return json_print(json_pack("{s:s,s:s,s:I,s:o}", "by",
				    by_words[r->by], "of", r->records ?
				    "records" : "fields", "count",
				    (json_int_t)r->sum, "ranking", all),
			  JSON_INDENT(2));
}

bool inspect_by(struct inspect *o)
{
	struct ranking r;
	bool ok = ranking_make(o, o->by, &r);

	progress_end();
	if (ok && o->json)
		ok = show_json(o, &r);
	else if (ok)
		show_text(o, &r);
	ranking_free(&r);
	return ok;
}
