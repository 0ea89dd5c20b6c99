/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole of an image on one screen. */
#include "inspect_summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "progress.h"

enum { FEW = 6 };	/* of a list, without -v */

/* --- Numbers. --- */

static void add_up(struct summary *s)
{
	const struct plan *p = s->o->p;

	for (uint32_t t = 0; t < COUNT_TYPES; t++) {
		enum reloc_kind k = reloc_kind(t, s->o->img->xlen);

		s->loaded += s->counts.loaded[t].n;
		s->other += s->counts.other[t].n;
		s->kind[k] += s->counts.loaded[t].n;
		for (int e = 0; p && e < EFFECTS; e++) {
			s->effect[e] += p->effect[t][e];
			s->by[k][e] += p->effect[t][e];
		}
	}
	for (uint32_t i = 1; p && i < s->o->img->nsec; i++)
		s->lost += p->lost[i] != NULL;
}

static bool absolute_moves(const struct summary *s, uint32_t sym,
			   enum rule *rule)
{
	const struct symtab *t = &s->o->img->symtab;
	struct symbol it = symtab_get(t, sym);

	if (s->m->forced && s->m->forced[sym]) {
		*rule = RULE_USER;
		return s->m->forced[sym] == FORCE_MOVES;
	}
	return symbol_moves_rare(s->m, t, &it, rule);
}

bool summary_find(struct inspect *o, struct summary *s)
{
	struct diag quiet;
	bool ok = true;

	*s = (struct summary){ .o = o };
	diag_init(&quiet, 0);
	if (o->p)
		s->m = &o->p->m;
	else if (o->img->type != ET_REL &&
		 model_init(&s->own, o->img, o->common.plan.fixed,
			    o->common.plan.moves, &quiet))
		s->m = &s->own;
	facts_find(o->img, o->p, &s->facts);
	/* Only JSON has the types of what is not loaded. */
	if (o->p && o->json)
		ok = count_records(o->p, o->common.jobs, &s->counts);
	else if (o->p)
		count_loaded(o->p, &s->counts, &s->other);
	else
		count_plain(o->img, &s->counts);
	ok = ok && (!o->p || table_sizes(o->p, &s->sizes)) &&
	     facts_absolute(o->img, s->m, o->common.jobs, &s->absolute) &&
	     !quiet.no_memory;
	diag_free(&quiet);
	add_up(s);
	return ok;
}

void summary_free(struct summary *s)
{
	free(s->absolute.at);
	model_free(&s->own);
}

/* --- The head: what it is. --- */

static const char *type_name(uint16_t type)
{
	return type == ET_REL ? "ET_REL" : type == ET_EXEC ? "ET_EXEC" :
	       type == ET_DYN ? "ET_DYN" : "other";
}

const char *summary_type(const struct summary *s)
{
	switch (s->o->img->type) {
	case ET_REL:
		return "object (ET_REL)";
	case ET_EXEC:
		return "executable (ET_EXEC)";
	case ET_DYN:
		return "position-independent image (ET_DYN)";
	}
	return "file";
}

const char *summary_verdict(const struct summary *s)
{
	if (s->o->img->type == ET_REL)
		return "not linked yet";
	return s->o->p && !s->o->found.errors ? "can be moved" :
						"cannot be moved";
}

static const char *const model_names[] = {
	[MODEL_UNKNOWN] = NULL, [MODEL_MEDANY] = "medany",
	[MODEL_MEDLOW] = "medlow", [MODEL_MIXED] = "medany and medlow",
};

static const char *const relaxed_names[] = {
	[RELAXED_UNKNOWN] = NULL, [RELAXED_YES] = "relaxed",
	[RELAXED_NO] = "not relaxed (--no-relax)",
	[RELAXED_NEVER] = "not relaxed (-mno-relax)",
};

const char *summary_linker(const struct summary *s)
{
	const char *sign = s->facts.linker;

	if (s->o->img->type == ET_REL)
		return NULL;
	if (sign)
		return strncmp(sign, "Linker: ", 8) ? sign : sign + 8;
	return s->facts.ntools ? "GNU ld (it signs nothing; others do)" : NULL;
}

/* "2.6 MiB" */
static const char *size_text(uint64_t n, char buf[16])
{
	static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
	double v = (double)n;
	unsigned u = 0;

	while (v >= 1024 && u < 4) {
		v /= 1024;
		u++;
	}
	snprintf(buf, 16, u ? "%.1f %s" : "%.0f %s", v, units[u]);
	return buf;
}

static void label(const struct summary *s, const char *text)
{
	const struct common *c = &s->o->common;

	printf("  %s%-10s%s", style(c, DIM), text, style(c, PLAIN));
}

void summary_code(const struct summary *s, char *buf, size_t len)
{
	const struct facts *f = &s->facts;
	const char *part[] = { model_names[f->model], relaxed_names[f->relaxed],
			       f->ntools ? f->tool[0] : NULL };
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < 3; i++)
		if (part[i] && n < len)
			n += (size_t)snprintf(buf + n, len - n, "%s%s",
					      n ? ", " : "", part[i]);
	if (f->ntools > 1 && n < len)
		snprintf(buf + n, len - n, " and %u more", f->ntools - 1);
}

static void print_head(const struct summary *s)
{
	const struct common *c = &s->o->common;
	const struct image *img = s->o->img;
	bool fits = s->o->p && !s->o->found.errors;
	char size[16], code[512];

	printf("%s%s%s: RISC-V %u-bit %s, %s%s%s\n", style(c, BOLD), img->path,
	       style(c, PLAIN), img->xlen, summary_type(s),
	       style(c, fits ? GREEN : img->type == ET_REL ? PLAIN : RED),
	       summary_verdict(s), style(c, PLAIN));
	if (s->m) {
		label(s, "image");
		printf("0x%" PRIx64 " .. 0x%" PRIx64 ", %s; moves by multiples of 0x%" PRIx64 "\n",
		       s->m->lo, s->m->hi - 1, size_text(s->m->hi - s->m->lo, size),
		       s->m->align);
	}
	if (summary_linker(s)) {
		label(s, "linker");
		printf("%s\n", summary_linker(s));
	}
	summary_code(s, code, sizeof(code));
	if (code[0]) {
		label(s, "code");
		printf("%s\n", code);
	}
}

static void print_absolute(const struct summary *s)
{
	const struct symtab *t = &s->o->img->symtab;
	const uint32_t *sym = s->absolute.at;
	size_t moving = 0, shown = 0, few = s->o->common.plan.verbose ?
				       SIZE_MAX : FEW;
	char n[GROUPED], m[GROUPED];
	enum rule rule;

	if (!s->m || !s->absolute.n)
		return;
	for (size_t i = 0; i < s->absolute.n; i++)
		moving += absolute_moves(s, sym[i], &rule);
	label(s, "absolute");
	printf("%s symbols without a section: %s taken for addresses, the rest for numbers\n",
	       grouped(s->absolute.n, n), grouped(moving, m));
	for (size_t i = 0; i < s->absolute.n; i++) {
		struct symbol it = symtab_get(t, sym[i]);
		bool moves = absolute_moves(s, sym[i], &rule);

		if ((rule == RULE_CONSTANT && !s->o->common.plan.verbose) ||
		    shown++ >= few)
			continue;
		printf("              %-24s 0x%" PRIx64 " %s: %s%s\n",
		       symtab_name(t, &it), it.value, moves ? "moves" : "fixed",
		       rule_text(rule), rule_is_guess(rule) ? " (a guess)" : "");
	}
	if (shown > few)
		printf("              and %s more: -v lists them all\n",
		       grouped(shown - few, n));
}

static void print_words(const struct summary *s)
{
	const struct facts *f = &s->facts;
	char a[GROUPED], b[GROUPED], c[GROUPED];

	if (f->got_words) {
		label(s, "GOT");
		printf("%s words, of which %s move\n", grouped(f->got_words, a),
		       grouped(f->got_moving, b));
	}
	if (!s->o->p || !s->o->p->m.dynamic)
		return;
	label(s, "dynamic");
	printf("%s words by R_RISCV_RELATIVE, %s by RELR, %s that take a loader\n",
	       grouped(f->relative_words, a), grouped(f->relr_words, b),
	       grouped(f->loader_words, c));
}

static void print_debug(const struct summary *s)
{
	const struct image *img = s->o->img;
	char n[GROUPED];
	uint32_t lost = 0;

	if (!s->other && !s->lost)
		return;
	label(s, "debug");
	printf("%s records of what is not loaded", grouped(s->other, n));
	for (uint32_t i = 1; s->lost && i < img->nsec && !lost; i++)
		lost = s->o->p->lost[i] ? i : 0;
	if (lost)
		printf("; lost for %s%s: %s", img->sec[lost].name,
		       s->lost > 1 ? " and others" : "", s->o->p->lost[lost]);
	putchar('\n');
}

/* --- The records. --- */

const char *summary_effect(enum effect e)
{
	return e == EFFECT_MOVES ? "move" : effect_names[e];
}

bool summary_has(const struct summary *s, enum effect e)
{
	return s->o->p && (e == EFFECT_MOVES || e == EFFECT_SAME || s->effect[e]);
}

static void print_row(const struct summary *s, const char *name, uint64_t sum,
		      const uint64_t *by)
{
	char n[GROUPED];

	printf("  %-20s %14s", name, grouped(sum, n));
	for (int e = 0; e < EFFECTS; e++)
		if (summary_has(s, (enum effect)e))
			printf(" %12s", by[e] ? grouped(by[e], n) : "-");
}

/* The types of a kind, without what they all begin with. */
static void print_types(const struct summary *s, enum reloc_kind k)
{
	enum { ROOM = 34 };
	size_t used = 0;

	for (uint32_t t = 0; t < RELOC_MAX; t++) {
		const char *name = relocs[t].name;

		if (!s->counts.loaded[t].n || reloc_kind(t, s->o->img->xlen) != k)
			continue;
		name += strncmp(name, "R_RISCV_", 8) ? 0 : 8;
		if (used && used + strlen(name) > ROOM) {
			printf(" ..");
			return;
		}
		printf("%s%s", used ? " " : "  ", name);
		used += strlen(name) + 1;
	}
}

static void print_records(const struct summary *s)
{
	const struct common *c = &s->o->common;

	if (!s->loaded)
		return;
	printf("\n  %s%-20s %14s", style(c, BOLD), "Records", "all");
	for (int e = 0; e < EFFECTS; e++)
		if (summary_has(s, (enum effect)e))
			printf("%s %12s", e >= EFFECT_STALE ? style(c, RED) : "",
			       summary_effect((enum effect)e));
	printf("%s\n", style(c, PLAIN));
	for (int k = 0; k < KINDS; k++) {
		if (!s->kind[k])
			continue;
		print_row(s, reloc_kind_text((enum reloc_kind)k), s->kind[k], s->by[k]);
		printf("%s", style(c, DIM));
		print_types(s, (enum reloc_kind)k);
		printf("%s\n", style(c, PLAIN));
	}
	print_row(s, "all", s->loaded, s->effect);
	putchar('\n');
}

static void print_table(const struct summary *s)
{
	const struct common *c = &s->o->common;
	const struct table_sizes *t = &s->sizes;
	char n[GROUPED];

	printf("\n  %sA boot table%s of %s words", style(c, BOLD), style(c, PLAIN),
	       grouped(t->words, n));
	if (t->others)
		printf(" and %s other fields, which only rvr has",
		       grouped(t->others, n));
	putchar('\n');
	if (t->rvr)
		printf("  %14s bytes as rvr\n", grouped(t->rvr, n));
	else
		printf("  %14s as rvr: rvreloc table says why\n", "none");
	printf("  %14s bytes as RELR", grouped(t->relr, n));
	if (t->relr_left)
		printf(", which leaves out %s words that are not aligned",
		       grouped(t->relr_left, n));
	printf("\n  %14s bytes as 32-bit offsets\n", grouped(t->offsets, n));
	printf("  %14s bytes as RELA\n", grouped(t->rela, n));
}

/* --- What is odd, and what to do. --- */

static const char *stale_hint(const struct summary *s)
{
	const char *sign = s->facts.linker;

	if (sign && !strncmp(sign, "mold ", 5))
		return "mold does not keep the records in step with what it relaxes: link with GNU ld";
	if (s->o->p->m.lld)
		return "lld's records are right only when nothing is relaxed: compile with -mno-relax and link with --no-relax";
	return "the bytes were changed after the link, or the linker's records are wrong; rvreloc verify looks at all of them";
}

/* Each is a line that goes with what was found, or NULL. */
size_t summary_hints(const struct summary *s, const char *hint[HINTS])
{
	const struct plan *p = s->o->p;
	size_t n = 0;

	if (s->o->img->type == ET_REL)
		hint[n++] = "link it with --emit-relocs: then it is known what a move does";
	if (!p)
		return n;
	if (s->effect[EFFECT_STALE])
		hint[n++] = stale_hint(s);
	if (s->effect[EFFECT_STALE])
		hint[n++] = "--by=symbol --filter=effect=stale shows where they are";
	if (s->effect[EFFECT_REFUSED])
		hint[n++] = "--list --filter=effect=refused shows what cannot be moved";
	if (s->lost)
		hint[n++] = "retarget wants --debug=drop or --debug=keep for the debug sections without records";
	if (p->m.lo < MODEL_LOW && s->o->found.errors)
		hint[n++] = "at so low a base numbers look like addresses: --fixed=REGEX and --moves=REGEX say which symbols are what";
	if (s->effect[EFFECT_FIXED])
		hint[n++] = "fixed: distances to what does not move, such as absolute symbols; --list --filter=effect=fixed shows them";
	if (s->o->img->xlen == 64 && (s->facts.model == MODEL_MEDLOW ||
				      s->facts.model == MODEL_MIXED))
		hint[n++] = "medlow code stays within 2 GiB of address 0, from above or below";
	return n;
}

static void print_entry(const struct summary *s, const struct diag_entry *e)
{
	char where[512] = "";

	if (e->shndx != DIAG_FILE)
		image_where(s->o->img, e->shndx, e->off, where, sizeof(where));
	printf("    %s%s%s\n", where, where[0] ? ": " : "", e->text);
}

/* Returns how many there are of that level. */
static size_t print_entries(const struct summary *s, enum diag_level level,
			    size_t few)
{
	const struct diag *d = &s->o->found;
	size_t n = 0;

	for (unsigned i = 0; i < d->n; i++)
		if (d->entry[i].level == level && n++ < few)
			print_entry(s, &d->entry[i]);
	return n;
}

static bool has_level(const struct summary *s, enum diag_level level)
{
	for (unsigned i = 0; i < s->o->found.n; i++)
		if (s->o->found.entry[i].level == level)
			return true;
	return false;
}

static void print_oddities(const struct summary *s)
{
	const struct common *c = &s->o->common;
	uint64_t errors = s->o->found.errors;
	size_t few = c->plan.verbose ? SIZE_MAX : FEW, shown;
	const char *hint[HINTS];
	size_t n = summary_hints(s, hint);
	char count[GROUPED];

	if (errors) {
		printf("\n  %sWhat speaks against a move%s\n", style(c, RED),
		       style(c, PLAIN));
		shown = print_entries(s, DIAG_ERROR, few);
		if (errors > (shown < few ? shown : few))
			printf("    and %s more like these (-v, --max-errors)\n",
			       grouped(errors - (shown < few ? shown : few), count));
	}
	if (has_level(s, DIAG_WARNING)) {
		printf("\n  %sWorth a look%s\n", style(c, YELLOW), style(c, PLAIN));
		print_entries(s, DIAG_WARNING, SIZE_MAX);
	}
	if (n)
		printf("\n  %sHints%s\n", style(c, BOLD), style(c, PLAIN));
	for (size_t i = 0; i < n; i++)
		printf("    %s\n", hint[i]);
}

static void print_text(const struct summary *s)
{
	print_head(s);
	print_words(s);
	print_absolute(s);
	print_debug(s);
	print_records(s);
	if (s->o->p)
		print_table(s);
	print_oddities(s);
}

/* --- The same as JSON. --- */

static json_t *effects_json(const uint64_t *by)
{
	json_t *j = json_object();

	for (int e = 0; j && e < EFFECTS; e++)
		if (by[e])
			json_object_set_new(j, effect_names[e],
					    json_integer((json_int_t)by[e]));
	return j;
}

static json_t *counts_json(const struct summary *s, const struct type_count *c,
			   bool loaded)
{
	json_t *all = json_object();

	for (uint32_t t = 0; all && t < COUNT_TYPES; t++) {
		json_t *one;

		if (!c[t].n)
			continue;
		one = json_pack(s->o->p ? "{s:I,s:I}" : "{s:I}", "records",
				(json_int_t)c[t].n, "moved",
				(json_int_t)c[t].moving);
		if (s->o->p && loaded && one)
			json_object_set_new(one, "effects",
					    effects_json(s->o->p->effect[t]));
		json_object_set_new(all, t == COUNT_UNKNOWN ? "unknown" :
				    relocs[t].name, one);
	}
	return all;
}

static json_t *absolute_json(const struct summary *s)
{
	const struct symtab *t = &s->o->img->symtab;
	const uint32_t *sym = s->absolute.at;
	json_t *all = json_array();

	for (size_t i = 0; all && i < s->absolute.n; i++) {
		struct symbol it = symtab_get(t, sym[i]);
		enum rule rule;
		bool moves = absolute_moves(s, sym[i], &rule);

		json_array_append_new(all, json_pack("{s:o,s:o,s:b,s:s,s:b}",
			"name", json_text(symtab_name(t, &it)),
			"value", json_address(it.value), "moves", moves,
			"rule", rule_text(rule), "guess", rule_is_guess(rule)));
	}
	return all;
}

static json_t *problems_json(const struct summary *s)
{
	static const char *const levels[] = {
		[DIAG_ERROR] = "error", [DIAG_WARNING] = "warning",
		[DIAG_NOTE] = "note",
	};
	const struct diag *d = &s->o->found;
	json_t *all = json_array();

	for (unsigned i = 0; all && i < d->n; i++) {
		const struct diag_entry *e = &d->entry[i];
		char where[512] = "";

		if (e->shndx != DIAG_FILE)
			image_where(s->o->img, e->shndx, e->off, where, sizeof(where));
		json_array_append_new(all, json_pack("{s:s,s:o,s:o}",
			"level", levels[e->level], "where", json_text(where),
			"text", json_text(e->text)));
	}
	return all;
}

static json_t *strings_json(const char *const *text, size_t n)
{
	json_t *all = json_array();

	for (size_t i = 0; all && i < n; i++)
		json_array_append_new(all, json_text(text[i]));
	return all;
}

static json_t *lost_json(const struct summary *s)
{
	json_t *all = json_object();

	for (uint32_t i = 1; all && s->o->p && i < s->o->img->nsec; i++)
		if (s->o->p->lost[i])
			json_object_set_new(all, s->o->img->sec[i].name,
					    json_string(s->o->p->lost[i]));
	return all;
}

static json_t *table_json(const struct table_sizes *t)
{
	return json_pack("{s:I,s:I,s:o,s:I,s:I,s:I,s:I}",
		"words", (json_int_t)t->words,
		"other_fields", (json_int_t)t->others,
		"rvr_bytes", t->rvr ? json_integer((json_int_t)t->rvr) :
				      json_null(),
		"rela_bytes", (json_int_t)t->rela,
		"offsets_bytes", (json_int_t)t->offsets,
		"relr_bytes", (json_int_t)t->relr,
		"relr_left_out", (json_int_t)t->relr_left);
}

static json_t *plan_json(const struct summary *s, json_t *all)
{
	const struct facts *f = &s->facts;

	json_object_set_new(all, "table", table_json(&s->sizes));
	json_object_set_new(all, "got", json_pack("{s:I,s:I}", "slots",
		(json_int_t)f->got_words, "moving", (json_int_t)f->got_moving));
	if (s->o->p->m.dynamic)
		json_object_set_new(all, "dynamic", json_pack("{s:I,s:I,s:I}",
			"relative", (json_int_t)f->relative_words,
			"relr", (json_int_t)f->relr_words,
			"loader", (json_int_t)f->loader_words));
	json_object_set_new(all, "effects", effects_json(s->effect));
	json_object_set_new(all, "lost", lost_json(s));
	return all;
}

static bool print_json(const struct summary *s)
{
	const struct image *img = s->o->img;
	const struct facts *f = &s->facts;
	const char *hint[HINTS];
	size_t n = summary_hints(s, hint);
	json_t *all = json_pack("{s:o,s:i,s:s,s:b,s:o,s:o,s:o}",
		"file", json_text(img->path), "xlen", (int)img->xlen,
		"type", type_name(img->type),
		"movable", s->o->p && !s->o->found.errors,
		"tools", strings_json(f->tool, f->ntools),
		"loaded", counts_json(s, s->counts.loaded, true),
		"not_loaded", counts_json(s, s->counts.other, false));

	if (!all)
		return false;
	if (summary_linker(s))
		json_object_set_new(all, "linker", json_text(summary_linker(s)));
	if (model_names[f->model])
		json_object_set_new(all, "code_model",
				    json_string(model_names[f->model]));
	if (relaxed_names[f->relaxed])
		json_object_set_new(all, "relaxed",
				    json_boolean(f->relaxed == RELAXED_YES));
	if (s->m) {
		json_object_set_new(all, "image", json_pack("{s:o,s:o,s:I}",
			"base", json_address(s->m->lo),
			"end", json_address(s->m->hi),
			"alignment", (json_int_t)s->m->align));
		json_object_set_new(all, "absolute_symbols", absolute_json(s));
	}
	if (s->o->p)
		plan_json(s, all);
	json_object_set_new(all, "problems", problems_json(s));
	json_object_set_new(all, "problem_count",
			    json_integer((json_int_t)s->o->found.errors));
	json_object_set_new(all, "hints", strings_json(hint, n));
	return json_print(all, JSON_INDENT(2));
}

bool inspect_summary(struct inspect *o)
{
	struct summary s;
	bool ok = summary_find(o, &s);

	progress_end();
	if (ok && o->json)
		ok = print_json(&s);
	else if (ok)
		print_text(&s);
	summary_free(&s);
	return ok;
}
