/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verify.h"

#include <inttypes.h>
#include <stdio.h>

#include "progress.h"
#include "relocator/prove.h"

struct options {
	struct common common;
	const char *against;
	bool scan, json;
	bool found;		/* exit status 1 */
};

struct results {
	const struct plan *p;
	struct proof proof;
	struct scan scan;
	struct symbol_index ix;	/* for --scan */
	struct against against;
};

static const char *row_name(uint32_t type)
{
	return type == COUNT_UNKNOWN ? "unknown types" : relocs[type].name;
}

static uint64_t agreed(uint32_t type, const struct type_count *c)
{
	return prove_is_mark(type) ? 0 : c->n - c->excused - c->stale - c->refused;
}

static uint64_t lost_sections(const struct plan *p)
{
	uint64_t n = 0;

	for (uint32_t i = 1; i < p->img->nsec; i++)
		n += p->lost[i] != NULL;
	return n;
}

static uint64_t likely(const struct scan *s)
{
	uint64_t n = 0;

	for (enum scan_kind k = 0; k < SCAN_KINDS; k++)
		n += scan_kind_is_likely(k) ? s->n[k] : 0;
	return n;
}

/* --- For people. --- */

static void print_number(const struct common *c, uint64_t n, int width,
			 enum style s)
{
	char text[GROUPED];

	printf("%s%*s%s", n ? style(c, s) : "", width, n ? grouped(n, text) : "-",
	       n ? style(c, PLAIN) : "");
}

static void print_row(const struct common *c, const char *name, uint64_t agreed_n,
		      const struct type_count *t)
{
	printf("  %-24s", name);
	print_number(c, t->n, 13, PLAIN);
	print_number(c, agreed_n, 13, PLAIN);
	print_number(c, t->excused, 11, PLAIN);
	print_number(c, t->stale, 11, RED);
	print_number(c, t->refused, 11, RED);
	putchar('\n');
}

static void print_counts(const struct common *c, const char *what,
			 const struct type_count *t)
{
	struct type_count sum = { 0 };
	uint64_t agree = 0;

	for (uint32_t i = 0; i < COUNT_TYPES; i++) {
		sum.n += t[i].n;
		sum.excused += t[i].excused;
		sum.stale += t[i].stale;
		sum.refused += t[i].refused;
		agree += agreed(i, &t[i]);
	}
	if (!sum.n)
		return;
	printf("\n%s%s%s\n", style(c, BOLD), what, style(c, PLAIN));
	printf("  %-24s%13s%13s%11s%11s%11s\n", "", "records", "agree",
	       "excused", "stale", "refused");
	for (uint32_t i = 0; i < COUNT_TYPES; i++)
		if (t[i].n)
			print_row(c, row_name(i), agreed(i, &t[i]), &t[i]);
	print_row(c, "all", agree, &sum);
}

static void print_excuses(const struct excuses *e)
{
	char n[GROUPED];

	if (e->n)
		printf("\nExcused: the bytes are not what the record says, and need not be\n");
	for (unsigned i = 0; i < e->n; i++)
		printf("  %-24s%13s  %s\n", row_name(e->at[i].type),
		       grouped(e->at[i].n, n), e->at[i].why);
}

static void print_lost(const struct plan *p)
{
	if (lost_sections(p))
		printf("\nSections that cannot be verified\n");
	for (uint32_t i = 1; i < p->img->nsec; i++)
		if (p->lost[i])
			printf("  %-24s %s\n", p->img->sec[i].name, p->lost[i]);
}

static void print_verdict(const struct options *o, const struct results *r,
			  uint64_t errors)
{
	const struct proof *f = &r->proof;
	const struct common *c = &o->common;
	char a[GROUPED], b[GROUPED], e[GROUPED];
	uint64_t bad = f->stale + f->refused;

	printf("\n%s%s of %s records agree with the bytes, %s are excused",
	       style(c, o->found ? RED : GREEN),
	       grouped(f->records - f->marks - f->excused - bad, a),
	       grouped(f->records - f->marks, b), grouped(f->excused, e));
	printf(", %s are stale", grouped(f->stale, a));
	if (f->refused)
		printf(", %s are refused", grouped(f->refused, a));
	if (errors > bad)
		printf(", %s other errors", grouped(errors - bad, a));
	if (lost_sections(r->p))
		printf(", %s sections cannot be verified",
		       grouped(lost_sections(r->p), a));
	if (likely(&r->scan))
		printf(", %s words are likely addresses",
		       grouped(likely(&r->scan), a));
	if (r->against.result.unexplained)
		printf(", %s differences are not explained",
		       grouped(r->against.result.unexplained, a));
	printf("; %s say nothing (marks of the linker)%s\n",
	       grouped(f->marks, a), style(c, PLAIN));
}

static void print_text(const struct options *o, const struct results *r,
		       uint64_t errors)
{
	const struct model *m = &r->p->m;
	const struct common *c = &o->common;

	printf("%s: rv%u, image at 0x%" PRIx64 " .. 0x%" PRIx64 "\n",
	       m->img->path, m->img->xlen, m->lo, m->hi - 1);
	print_counts(c, "Records of loaded sections", r->proof.counts.loaded);
	print_counts(c, "Records of sections that are not loaded",
		     r->proof.counts.other);
	print_excuses(&r->proof.excuses);
	print_lost(r->p);
	if (o->scan)
		scan_print(r->p, &r->scan, &r->ix, c);
	if (o->against)
		against_print(&r->against, c);
	print_verdict(o, r, errors);
}

/* --- For programs. Where memory runs out, a part is NULL, and so is all. --- */

static json_t *json_counts(const struct type_count *c)
{
	json_t *all = json_object();

	for (uint32_t t = 0; t < COUNT_TYPES; t++)
		if (c[t].n)
			json_object_set_new(all, t == COUNT_UNKNOWN ? "unknown" :
						 row_name(t),
				json_pack("{s:I,s:I,s:I,s:I,s:I}",
					"records", (json_int_t)c[t].n,
					"agreed", (json_int_t)agreed(t, &c[t]),
					"excused", (json_int_t)c[t].excused,
					"stale", (json_int_t)c[t].stale,
					"refused", (json_int_t)c[t].refused));
	return all;
}

static json_t *json_excuses(const struct excuses *e)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < e->n; i++)
		json_array_append_new(all, json_pack("{s:s,s:s,s:I}",
			"type", row_name(e->at[i].type), "why", e->at[i].why,
			"records", (json_int_t)e->at[i].n));
	return all;
}

static json_t *json_lost(const struct plan *p)
{
	json_t *all = json_array();

	for (uint32_t i = 1; i < p->img->nsec; i++)
		if (p->lost[i])
			json_array_append_new(all, json_pack("{s:o,s:s}",
				"section", json_text(p->img->sec[i].name),
				"why", p->lost[i]));
	return all;
}

static json_t *json_errors(const struct image *img, const struct diag *d)
{
	json_t *all = json_array();

	for (unsigned i = 0; i < d->n; i++) {
		const struct diag_entry *e = &d->entry[i];
		bool file = e->shndx == DIAG_FILE;

		if (e->level != DIAG_ERROR || !e->text)
			continue;
		json_array_append_new(all, json_pack("{s:o,s:o,s:o,s:o}",
			"section", file ? json_null() :
				   json_text(img->sec[e->shndx].name),
			"offset", file ? json_null() : json_address(e->off),
			"place", file ? json_null() :
				 json_place(img, e->shndx, e->off),
			"message", json_text(e->text)));
	}
	return all;
}

static bool print_json(const struct options *o, const struct results *r,
		       const struct diag *d)
{
	const struct model *m = &r->p->m;
	const struct proof *f = &r->proof;
	json_t *all = json_pack(
		"{s:o,s:i,s:{s:o,s:o},s:b,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o,s:o,s:o,s:o,s:I}",
		"file", json_text(m->img->path), "xlen", (int)m->img->xlen,
		"image", "base", json_address(m->lo), "end", json_address(m->hi),
		"holds", !o->found,
		"records", (json_int_t)f->records,
		"agreed", (json_int_t)(f->records - f->marks - f->excused -
				       f->stale - f->refused),
		"excused", (json_int_t)f->excused,
		"stale", (json_int_t)f->stale,
		"refused", (json_int_t)f->refused,
		"marks", (json_int_t)f->marks,
		"loaded", json_counts(f->counts.loaded),
		"not_loaded", json_counts(f->counts.other),
		"excuses", json_excuses(&f->excuses),
		"unverified_sections", json_lost(r->p),
		"errors", json_errors(m->img, d),
		"errors_not_shown", (json_int_t)d->unshown);
	bool ok = all;

	if (o->scan)
		ok = ok && !json_object_set_new(all, "scan",
			scan_json(r->p, &r->scan, &r->ix,
				  o->common.max_errors));
	if (o->against)
		ok = ok && !json_object_set_new(all, "against",
						against_json(&r->against));
	return json_print(all, JSON_INDENT(2)) && ok;
}

/* --- Doing it. --- */

static bool work(struct options *o, struct results *r, struct plan *p,
		 struct diag *d)
{
	progress_stage(&o->common, "verifying");
	if (!prove(p, o->common.jobs, &r->proof) ||
	    (o->scan && (!scan_words(p, &r->scan) ||
			 !symbol_index_init(&r->ix, p->img))))
		return false;
	if (o->against && !against_run(&r->against, p, o->against, &o->common, d))
		return false;
	o->found = d->errors || lost_sections(p) || likely(&r->scan) ||
		   (o->against && !comparison_holds(&r->against.result));
	progress_end();
	if (d->no_memory)
		return false;
	if (o->json)
		return print_json(o, r, d);
	if (!o->common.quiet)
		print_text(o, r, d->errors);
	return true;
}

static bool verify(void *ctx, const struct image *img, struct diag *d)
{
	struct options *o = ctx;
	struct plan *p = plan_build(img, &o->common.plan, d);
	struct results *r = p ? calloc(1, sizeof(*r)) : NULL;
	bool ok = false;

	if (r) {
		r->p = p;
		ok = work(o, r, p, d);
		scan_free(&r->scan);
		symbol_index_free(&r->ix);
		against_free(&r->against);
	}
	free(r);
	plan_free(p);
	return ok;
}

enum { OPT_JSON = OPT_OWN, OPT_SCAN, OPT_AGAINST };

static bool take(void *ctx, int id, const char *arg, int word)
{
	struct options *o = ctx;

	(void)word;
	switch (id) {
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_SCAN:
		o->scan = true;
		break;
	case OPT_AGAINST:
		o->against = arg;
		break;
	}
	return true;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options o = { .json = false };
	int file, status;

	common_init(&o.common);
	o.common.plan.debug = DEBUG_FIND;
	file = options_parse(self, argc, argv, &o.common, take, &o);
	if (file <= 0)
		return file ? EXIT_TROUBLE : EXIT_DONE;
	o.common.plan.scan = o.scan;
	o.common.plan.strict = true;
	status = run_on(&o.common, argv[file], verify, &o);
	return status == EXIT_DONE && o.found ? EXIT_FOUND : status;
}

const struct command cmd_verify = {
	.name = "verify",
	.summary = "prove the records against the bytes",
	.usage = "[OPTION...] FILE",
	.operands = 1,
	.takes = "one FILE",
	.about =
"Decodes the field of every record of FILE, loaded or not, compressed or not,\n"
"and compares it with what the record says. What does not agree is excused, for\n"
"one of a few known reasons that are listed, or stale. Refused are records that\n"
"are understood, and cannot be moved. Nothing is written.",
	.options = (const struct option_row[]){
		{ "scan", OPT_SCAN, NULL,
		  "also look for words that are image addresses by their\n"
		  "value and that nothing covers, and judge each; an\n"
		  "aligned one that holds the address of a symbol counts\n"
		  "as found (exit status 1)" },
		{ "against", OPT_AGAINST, "RELINKED",
		  "also move FILE to where RELINKED is, in a temporary\n"
		  "file, and compare: RELINKED is what the linker made\n"
		  "of the same objects at another base" },
		{ "json", OPT_JSON, NULL, "the same as JSON" },
		{ 0 }
	},
	.more =
"Found is a record that is stale or refused, a section that cannot be verified,\n"
"a word that is likely an address, a difference that is not explained. The first\n"
"--max-errors of each are shown in full. The temporary file is made in $TMPDIR\n"
"(/var/tmp), without a name where the file system can do that.",
	.example = "rvreloc verify --scan vmlinux\n"
		   "rvreloc verify --against=vmlinux.at-b vmlinux.at-a",
	.found = "something was found",
	.run = run,
};
