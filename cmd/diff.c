/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What moves in one image and not in another. Fields are matched by what stays
 * the same from build to build: words by symbol and offset, instructions by
 * function and target, words of no symbol by what they point to.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "progress.h"
#include "relocator/attribute.h"
#include "relocator/formats.h"
#include "show.h"

struct piece {			/* a mover, as it is matched */
	const char *section, *name, *target;
	uint64_t off;
	const struct mover *m;
	size_t name_at, target_at;	/* in the side's text */
	uint32_t type;		/* 0 where it does not matter */
};

struct side {
	const char *path;
	const struct image *img;
	struct attribution a;
	struct table_sizes sizes;
	uint64_t by_type[MOVER_TYPES], words, stale, refused;
	struct piece *piece;	/* sorted */
	size_t n;
	char *text;
};

struct row {			/* one symbol of one section */
	const char *section, *name;	/* name "": in no symbol */
	uint64_t old, new, came, went;
	size_t from, to;	/* its changes */
	char source[120];
};

struct change {
	const struct piece *p;
	bool came;
};

struct options {
	struct common common;
	bool json, found, trouble;
	const char *new_path;
	struct side old, new;
	struct vec changes, rows;
};

/* --- One image. --- */

/* Strings and code labels of a compiler have other numbers in each build. */
static bool is_numbered(const char *name)
{
	return !strncmp(name, ".L", 2);
}

static void put_key(FILE *to, const char *name)
{
	char key[1024];

	fwrite(key, 1, attribute_key(name, key, sizeof(key)) + 1, to);
}

static void put_piece(struct side *s, const struct mover *m, FILE *to,
		      struct piece *p)
{
	bool data = fields[m->field].value == VALUE_DATA;
	const char *target = m->target ? attribute_name(s->img, m->target, 0) : "";
	bool by_target = !data || !m->sym;

	*p = (struct piece){ .section = s->img->sec[m->shndx].name, .m = m };
	p->name_at = (size_t)ftell(to);
	put_key(to, m->sym ? attribute_name(s->img, m->sym, 0) : "");
	p->target_at = (size_t)ftell(to);
	if (!by_target || is_numbered(target))
		target = "";
	put_key(to, target);
	p->type = data ? 0 : m->type;
	if (!by_target)
		p->off = m->off;
	else if (target[0])
		p->off = (uint64_t)m->target_off;
}

static int by_name(const struct piece *x, const struct piece *y)
{
	int d = strcmp(x->section, y->section);

	return d ? d : strcmp(x->name, y->name);
}

static int by_identity(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	int d = by_name(x, y);

	if (!d)
		d = strcmp(x->target, y->target);
	if (!d)
		d = x->off < y->off ? -1 : x->off > y->off;
	if (!d)
		d = (int)x->type - (int)y->type;
	if (!d)
		d = x->m->field - y->m->field;
	return d ? d : x->m->change - y->m->change;
}

static int by_identity_and_place(const void *a, const void *b)
{
	const struct piece *x = a, *y = b;
	int d = by_identity(x, y);

	return d ? d : x->m < y->m ? -1 : x->m > y->m;
}

static bool make_pieces(struct side *s)
{
	const struct mover *m = s->a.movers.at;
	size_t size;
	FILE *to = open_memstream(&s->text, &size);

	s->piece = calloc(s->a.movers.n + 1, sizeof(*s->piece));
	for (size_t i = 0; to && s->piece && i < s->a.movers.n; i++) {
		put_piece(s, &m[i], to, &s->piece[s->n++]);
		s->by_type[m[i].type]++;
		s->words += mover_is_word(&m[i], s->img->xlen);
	}
	if (!to || fclose(to) || !s->piece)
		return false;
	for (size_t i = 0; i < s->n; i++) {
		s->piece[i].name = s->text + s->piece[i].name_at;
		s->piece[i].target = s->text + s->piece[i].target_at;
	}
	qsort(s->piece, s->n, sizeof(*s->piece), by_identity_and_place);
	return true;
}

static bool side_init(struct side *s, const struct image *img, struct plan *p)
{
	s->path = img->path;
	s->img = img;
	for (uint32_t t = 0; t <= RELOC_MAX; t++) {
		s->stale += p->count[t].stale;
		s->refused += p->count[t].refused;
	}
	return attribute(p, &s->a) && make_pieces(s) &&
	       table_sizes(p, &s->sizes);
}

static void side_free(struct side *s)
{
	attribution_free(&s->a);
	free(s->piece);
	free(s->text);
}

/* --- Both. --- */

/* The row of a piece, which is that of the last one or a new one. */
static struct row *row_of(struct options *o, const struct piece *p)
{
	struct row *last = o->rows.n ?
		(struct row *)o->rows.at + o->rows.n - 1 : NULL;
	struct row new = { .section = p->section, .name = p->name,
			   .from = o->changes.n, .to = o->changes.n };

	if (last && !strcmp(last->section, p->section) &&
	    !strcmp(last->name, p->name))
		return last;
	return vec_push(&o->rows, &new) ?
	       (struct row *)o->rows.at + o->rows.n - 1 : NULL;
}

/* Goes through both in order; what stands on one side alone is a change. */
static bool match(struct options *o)
{
	const struct piece *x = o->old.piece, *y = o->new.piece;
	const struct piece *xend = x + o->old.n, *yend = y + o->new.n;

	while (x < xend || y < yend) {
		int d = x == xend ? 1 : y == yend ? -1 : by_identity(x, y);
		struct change c = { d < 0 ? x : y, d > 0 };
		struct row *row = row_of(o, c.p);

		if (!row || (d && !vec_push(&o->changes, &c)))
			return false;
		row->to = o->changes.n;
		row->old += d <= 0;
		row->new += d >= 0;
		row->went += d < 0;
		row->came += d > 0;
		x += d <= 0;
		y += d >= 0;
	}
	return true;
}

static uint64_t apart(uint64_t a, uint64_t b)
{
	return a > b ? a - b : b - a;
}

/* Growth and loss first, then what only went elsewhere within its symbol. */
static int by_size(const void *a, const void *b)
{
	const struct row *x = a, *y = b;
	uint64_t xnet = apart(x->old, x->new), ynet = apart(y->old, y->new);
	uint64_t xall = x->came + x->went, yall = y->came + y->went;
	int d;

	if (xnet != ynet)
		return xnet > ynet ? -1 : 1;
	if (xall != yall)
		return xall > yall ? -1 : 1;
	d = strcmp(x->section, y->section);
	return d ? d : strcmp(x->name, y->name);
}

/* Where it is declared, or has its first change, on that side. */
static void find_sources(struct options *o, bool came)
{
	const struct image *img = came ? o->new.img : o->old.img;
	const struct change *c = o->changes.at;
	struct row *r = o->rows.at;

	for (size_t i = 0; i < o->rows.n; i++) {
		size_t k = r[i].from;

		while (k < r[i].to && c[k].came != came)
			k++;
		if (r[i].source[0] || k == r[i].to)
			continue;
		show_source(img, c[k].p->m, r[i].source, sizeof(r[i].source));
	}
}

static bool same_types(const struct options *o)
{
	return !memcmp(o->old.by_type, o->new.by_type, sizeof(o->old.by_type)) &&
	       o->old.stale == o->new.stale && o->old.refused == o->new.refused;
}

static bool compare(struct options *o)
{
	struct row *r;
	size_t n = 0;

	o->changes.size = sizeof(struct change);
	o->rows.size = sizeof(struct row);
	if (!match(o))
		return false;
	r = o->rows.at;
	for (size_t i = 0; i < o->rows.n; i++)
		if (r[i].came || r[i].went)
			r[n++] = r[i];
	o->rows.n = n;
	vec_sort(&o->rows, by_size);
	find_sources(o, true);
	find_sources(o, false);
	o->found = n || !same_types(o);
	return true;
}

/* --- Totals: the same lines for people and as JSON. --- */

typedef void total_fn(void *ctx, const char *group, const char *name,
		      uint64_t old, uint64_t new);

static void each_total(const struct options *o, total_fn *fn, void *ctx)
{
	const struct side *x = &o->old, *y = &o->new;

	fn(ctx, "total", "moves", x->n, y->n);
	fn(ctx, "total", "words", x->words, y->words);
	fn(ctx, "total", "table.bytes", x->sizes.rvr, y->sizes.rvr);
	fn(ctx, "total", "stale", x->stale, y->stale);
	fn(ctx, "total", "refused", x->refused, y->refused);
	for (uint16_t t = 0; t < MOVER_TYPES; t++)
		if (x->by_type[t] || y->by_type[t])
			fn(ctx, "types", mover_type_name(t), x->by_type[t],
			   y->by_type[t]);
}

struct by_section {
	const char *name;
	uint64_t old, new, came, went;
};

/* Both sides' pieces are in the order of section names. */
static void each_section(const struct options *o,
			 void (*fn)(void *ctx, const struct by_section *s),
			 void *ctx)
{
	const struct row *r = o->rows.at;
	size_t i = 0, k = 0;

	while (i < o->old.n || k < o->new.n) {
		const char *a = i < o->old.n ? o->old.piece[i].section : NULL;
		const char *b = k < o->new.n ? o->new.piece[k].section : NULL;
		struct by_section s = { !b || (a && strcmp(a, b) < 0) ? a : b,
					0, 0, 0, 0 };

		for (; i < o->old.n && !strcmp(o->old.piece[i].section, s.name); i++)
			s.old++;
		for (; k < o->new.n && !strcmp(o->new.piece[k].section, s.name); k++)
			s.new++;
		for (size_t j = 0; j < o->rows.n; j++)
			if (!strcmp(r[j].section, s.name)) {
				s.came += r[j].came;
				s.went += r[j].went;
			}
		fn(ctx, &s);
	}
}

/* --- For people. --- */

/* "+12", "-3", or nothing. */
static const char *signed_text(uint64_t old, uint64_t new, char *buf)
{
	buf[0] = '\0';
	if (old != new) {
		buf[0] = new > old ? '+' : '-';
		grouped(apart(old, new), buf + 1);
	}
	return buf;
}

static void print_total(void *ctx, const char *group, const char *name,
			uint64_t old, uint64_t new)
{
	const struct options *o = ctx;
	char a[GROUPED], b[GROUPED], c[GROUPED + 1];
	bool rare = !strcmp(name, "stale") || !strcmp(name, "refused");

	(void)group;
	if (rare && !old && !new)
		return;
	printf("  %-26s %14s %14s %s%14s%s\n", name, grouped(old, a),
	       grouped(new, b),
	       style(&o->common, new > old ? RED : new < old ? GREEN : PLAIN),
	       signed_text(old, new, c), style(&o->common, PLAIN));
}

static void print_section(void *ctx, const struct by_section *s)
{
	if (s->came || s->went)
		print_total(ctx, "", s->name, s->old, s->new);
}

static void print_row(const struct options *o, const struct row *r)
{
	char came[GROUPED], went[GROUPED], old[GROUPED], new[GROUPED];

	printf("  %s%8s%s %s%8s%s  %s %s", style(&o->common, RED),
	       r->came ? signed_text(0, r->came, came) : "",
	       style(&o->common, PLAIN), style(&o->common, GREEN),
	       r->went ? signed_text(r->went, 0, went) : "",
	       style(&o->common, PLAIN), r->section,
	       r->name[0] ? r->name : "(no symbol)");
	if (!r->old)
		printf(", new");
	else if (!r->new)
		printf(", gone");
	else
		printf(", %s before and %s now", grouped(r->old, old),
		       grouped(r->new, new));
	printf("%s%s%s\n", r->source[0] ? " (" : "", r->source,
	       r->source[0] ? ")" : "");
}

static void print_text(struct options *o)
{
	const struct row *r = o->rows.at;

	if (!o->found && o->common.quiet)
		return;
	printf("  %-26s %14s %14s %14s\n", "", "old", "new", "change");
	each_total(o, print_total, o);
	if (!o->rows.n) {
		printf("\n%s: what moves is the same\n", o->found ?
		       "the records differ, but" : "no difference");
		return;
	}
	printf("\nSections that differ\n");
	each_section(o, print_section, o);
	printf("\n     came     went\n");
	for (size_t i = 0; i < o->rows.n; i++)
		print_row(o, &r[i]);
}

/* --- JSON: doc/diff.schema.json. --- */

static void json_total(void *ctx, const char *group, const char *name,
		       uint64_t old, uint64_t new)
{
	json_t *all = ctx, *of = json_object_get(all, group);

	if (!of && !json_object_set_new(all, group, json_object()))
		of = json_object_get(all, group);
	json_object_set_new(of, name,
			    json_pack("{s:I,s:I}", "old", (json_int_t)old,
				      "new", (json_int_t)new));
}

static void json_section(void *ctx, const struct by_section *s)
{
	json_object_set_new(ctx, s->name,
		json_pack("{s:I,s:I,s:I,s:I}", "old", (json_int_t)s->old,
			  "new", (json_int_t)s->new,
			  "came", (json_int_t)s->came,
			  "went", (json_int_t)s->went));
}

static json_t *json_change(const struct options *o, const struct change *c)
{
	const struct mover *m = c->p->m;
	const struct image *img = c->came ? o->new.img : o->old.img;
	const char *name = m->sym ? attribute_name(img, m->sym, 0) : NULL;
	const char *target = m->target ? attribute_name(img, m->target, 0) :
					 NULL;

	return json_pack("{s:s,s:o,s:s?,s:I,s:s,s:s?,s:I}",
		"change", c->came ? "came" : "went",
		"address", json_address(m->addr), "symbol", name,
		"offset", (json_int_t)m->off,
		"type", mover_type_name(m->type), "target", target,
		"target_offset", (json_int_t)m->target_off);
}

static json_t *json_row(const struct options *o, const struct row *r)
{
	const struct change *c = o->changes.at;
	json_t *changes = json_array();

	for (size_t i = r->from; i < r->to; i++)
		json_array_append_new(changes, json_change(o, &c[i]));
	return json_pack("{s:s,s:s?,s:I,s:I,s:I,s:I,s:s?,s:o}",
		"section", r->section, "name", r->name[0] ? r->name : NULL,
		"old", (json_int_t)r->old, "new", (json_int_t)r->new,
		"came", (json_int_t)r->came, "went", (json_int_t)r->went,
		"source", r->source[0] ? r->source : NULL,
		"changes", changes);
}

static bool print_json(struct options *o)
{
	const struct row *r = o->rows.at;
	json_t *symbols = json_array(), *sections = json_object();
	json_t *all = json_pack("{s:s,s:s,s:b}", "old", o->old.path, "new",
				o->new.path, "same", !o->found);
	bool ok = symbols && sections && all;

	if (ok) {
		each_total(o, json_total, all);
		each_section(o, json_section, sections);
	}
	for (size_t i = 0; ok && i < o->rows.n; i++)
		ok = !json_array_append_new(symbols, json_row(o, &r[i]));
	ok = ok && !json_object_set(all, "sections", sections) &&
	     !json_object_set(all, "symbols", symbols) &&
	     json_print(json_incref(all), JSON_INDENT(2));
	json_decref(all);
	json_decref(sections);
	json_decref(symbols);
	return ok;
}

/* --- The command. --- */

static bool with_plan(const struct options *o, const struct image *img,
		      struct diag *d, struct side *s, struct plan **p)
{
	progress_stage(&o->common, "checking");
	*p = plan_build(img, &o->common.plan, d);
	return *p && side_init(s, img, *p);
}

static bool diff_new(void *ctx, const struct image *img, struct diag *d)
{
	struct options *o = ctx;
	struct plan *p;
	bool ok = with_plan(o, img, d, &o->new, &p) && compare(o);

	progress_end();
	if (ok && o->json)
		ok = print_json(o);
	else if (ok)
		print_text(o);
	side_free(&o->new);
	plan_free(p);
	return ok && !d->no_memory;
}

static bool diff_old(void *ctx, const struct image *img, struct diag *d)
{
	struct options *o = ctx;
	struct plan *p;
	bool ok = with_plan(o, img, d, &o->old, &p);
	int status = ok ? run_on(&o->common, o->new_path, diff_new, o) :
			  EXIT_TROUBLE;

	if (ok && status == EXIT_TROUBLE)
		o->trouble = true;
	side_free(&o->old);
	plan_free(p);
	return ok && !d->no_memory;
}

enum { OPT_JSON = OPT_OWN };

static bool take(void *ctx, int id, const char *arg, int word)
{
	struct options *o = ctx;

	(void)arg, (void)word;
	if (id == OPT_JSON)
		o->json = true;
	return true;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options o = { .json = false };
	int file, status;

	common_init(&o.common);
	o.common.plan.debug = DEBUG_IGNORE;
	file = options_parse(self, argc, argv, &o.common, take, &o);
	if (file <= 0)
		return file ? EXIT_TROUBLE : EXIT_DONE;
	o.new_path = argv[file + 1];
	status = run_on(&o.common, argv[file], diff_old, &o);
	free(o.changes.at);
	free(o.rows.at);
	if (status != EXIT_DONE || o.trouble)
		return EXIT_TROUBLE;
	return o.found ? EXIT_FOUND : EXIT_DONE;
}

const struct command cmd_diff = {
	.name = "diff",
	.summary = "what moves in one image and not in another",
	.usage = "[OPTION...] OLD NEW",
	.operands = 2,
	.takes = "two files, OLD and NEW",
	.about =
"Compares what a move changes in two builds of an image, by section and symbol.\n"
"Words are matched by symbol and offset, instructions by function and target,\n"
"and symbols without what compilers number them with: foo.isra.0 is foo.",
	.options = (const struct option_row[]){
		{ "json", OPT_JSON, NULL, "the same as JSON, with every field" },
		{ 0 }
	},
	.example = "rvreloc diff vmlinux.old vmlinux",
	.found = "there are differences",
	.run = run,
};
