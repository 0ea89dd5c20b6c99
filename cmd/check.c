/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "elfio/rewrite.h"
#include "progress.h"
#include "relocator/window.h"
#include "show.h"

enum { OPT_BUDGET = OPT_OWN, OPT_UPDATE, OPT_SLACK, OPT_FORMAT };

struct options {
	struct common common;
	struct budget budget;
	const char *path;
	int format, slack;
	bool update, found;
	struct tallies old;
};

static report_fn *const reports[] = {
	report_text, report_json, report_github, report_junit,
};

/* --- A new budget. --- */

/* A rule of 0 that the image breaks today starts as a size, if it may be one. */
static enum start starts_as(const struct measured *m, enum measure id,
			    uint64_t *n)
{
	struct limit l = { .measure = id };
	struct value v = measure(m, &l);
	bool strict = id == MEASURE_STALE || id == MEASURE_REFUSED ||
		      id == MEASURE_ERRORS || id == MEASURE_DYNAMIC_BAD;

	*n = v.n;
	if (v.why)
		return LEFT;
	return measures[id].start == RULE && v.n && !strict ? SIZE :
							      measures[id].start;
}

static void write_row(FILE *to, const char *name, enum start start,
		      uint64_t n, const char *text)
{
	int len = start == RULE ? fprintf(to, "%s == 0", name) :
				  fprintf(to, "%s <= %" PRIu64, name, n);

	fprintf(to, "%*s# %s\n", len < 30 ? 30 - len : 1, "", text);
}

static void write_rows(FILE *to, const struct measured *m, enum start start,
		       unsigned slack)
{
	struct limit l = { .op = OP_MOST };
	uint64_t n;

	for (l.measure = 0; l.measure < MEASURE_TYPE; l.measure++)
		if (starts_as(m, l.measure, &n) == start)
			write_row(to, measures[l.measure].name, start,
				  limit_for(&l, n, slack),
				  measures[l.measure].text);
}

static char *new_text(const struct measured *m, const char *path,
		      unsigned slack, size_t *size)
{
	const char *slash = strrchr(path, '/');
	struct limit l = { .measure = MEASURE_TYPE_MOVES, .op = OP_MOST };
	char *text = NULL;
	FILE *to = open_memstream(&text, size);

	if (!to)
		return NULL;
	fprintf(to,
"# What moving the image may take: rvreloc check --budget=FILE IMAGE holds an\n"
"# image to it, and with --update writes what it takes today.\n"
"#\n"
"# A line is [SECTION:] NAME OPERATOR NUMBER; rvreloc check --help has the names.\n"
"# \"allow symbol GLOB\" lets symbols move more than the limits of a section say.\n"
"\n"
"# Room to grow that --update leaves.\n"
"slack %u%%\n"
"\n"
"# Who moves today, so that a report can say who is new. --update writes it.\n"
"baseline %s.baseline\n"
"\n"
"# Rules: --update does not touch limits of 0.\n", slack, slash ? slash + 1 : path);
	write_rows(to, m, RULE, 0);
	fprintf(to, "\n# Sizes.\n");
	write_rows(to, m, SIZE, slack);
	for (l.type = 0; l.type < RELOC_MAX; l.type++) {
		uint64_t n = relocs[l.type].name ? measure(m, &l).n : 0;
		char name[64];

		limit_name(&l, name, sizeof(name));
		if (n)
			write_row(to, name, SIZE, limit_for(&l, n, slack),
				  "of records of that type");
	}
	if (!fclose(to))
		return text;
	free(text);
	return NULL;
}

/* --- Update. --- */

static char *renewed_text(const struct budget *b, const struct measured *m,
			  unsigned slack, size_t *size)
{
	const struct limit *l = b->limits.at;
	uint64_t *values = calloc(b->limits.n + 1, sizeof(*values));
	bool *changed = calloc(b->limits.n + 1, sizeof(*changed));
	char *text = NULL;

	for (size_t i = 0; values && changed && i < b->limits.n; i++) {
		struct value v = measure(m, &l[i]);

		changed[i] = !v.why && !limit_is_rule(&l[i]);
		values[i] = limit_for(&l[i], v.n, slack);
	}
	if (values && changed)
		text = budget_rewrite(b, values, changed, size);
	free(values);
	free(changed);
	return text;
}

/* Both files, or neither. */
static bool write_files(const struct budget *b, const struct tallies *now,
			struct diag *d)
{
	struct outfile *f = outfile_new(b->path, 0666, d), *g = NULL;
	bool ok = f && outfile_put(f, b->text, b->size);

	if (ok && b->baseline) {
		g = outfile_new(b->baseline, 0666, d);
		ok = g && baseline_write(now, outfile_fd(g));
	}
	if (!ok && !d->errors)
		diag_file(d, DIAG_ERROR, "cannot write %s: %s",
			  g ? b->baseline : b->path, strerror(errno));
	if (ok && outfile_prepare(f, d) && (!g || outfile_prepare(g, d)))
		return outfile_commit(f, d) && (!g || outfile_commit(g, d));
	outfile_abandon(f);
	outfile_abandon(g);
	return false;
}

static bool update(struct options *o, struct measured *m, struct diag *d)
{
	struct budget *b = &o->budget;
	int slack = o->slack >= 0 ? o->slack : b->slack;
	size_t size;
	char *text = b->size ?
		renewed_text(b, m, slack < 0 ? 0 : (unsigned)slack, &size) :
		new_text(m, b->path, slack < 0 ? 5 : (unsigned)slack, &size);

	if (!text || !budget_parse(b, text, size)) {
		diag_no_memory(d);
		return false;
	}
	return write_files(b, &m->now, d);
}

/* --- Check. --- */

static const char *section_name(const void *ctx, size_t i)
{
	const struct image *img = ctx;

	return img->sec[i].name;
}

/* A name that is none would hold for ever. Globs may match nothing. */
static bool sections_exist(const struct budget *b, const struct image *img,
			   struct diag *d)
{
	const struct limit *l = b->limits.at;
	bool ok = true;

	for (size_t i = 0; i < b->limits.n; i++) {
		const char *near;

		if (!l[i].section || strpbrk(l[i].section, "*?[") ||
		    image_section(img, l[i].section))
			continue;
		near = nearest(l[i].section, section_name, img, img->nsec);
		diag_file(d, DIAG_ERROR, "%s:%u: there is no section %s%s%s%s",
			  b->path, l[i].line, l[i].section,
			  near ? ": is it " : "", near ? near : "",
			  near ? "?" : "");
		ok = false;
	}
	return ok;
}

static uint64_t sum(const struct vec *causes)
{
	const struct cause *c = causes->at;
	uint64_t n = 0;

	for (size_t i = 0; i < causes->n; i++)
		n += c[i].n;
	return n;
}

/* The limits against the image. False: no memory. */
static bool judge(const struct measured *m, struct result *result,
		  struct report *r)
{
	const struct limit *l = m->b->limits.at;
	bool ok = true;

	for (size_t i = 0; ok && i < m->b->limits.n; i++) {
		struct value v = measure(m, &l[i]);

		result[i] = (struct result){
			&l[i], v, !v.why && limit_holds(&l[i], v.n),
			{ .size = sizeof(struct cause) }, false };
		r->broken += !result[i].ok;
		if (result[i].ok || v.why || v.n < l[i].value)
			continue;
		ok = measure_causes(m, &l[i], &result[i].causes);
		result[i].grown = r->growth.n &&
				  result[i].causes.n == r->growth.n &&
				  sum(&result[i].causes) == sum(&r->growth);
	}
	return ok;
}

static bool report(struct options *o, const struct measured *m)
{
	size_t n = o->budget.limits.n;
	struct result *result = calloc(n + 1, sizeof(*result));
	struct report r = {
		.common = &o->common, .img = m->p->img, .b = &o->budget,
		.result = result, .n = n, .has_baseline = m->has_old,
		.growth = { .size = sizeof(struct cause) } };
	bool ok = result && measure_growth(m, &r.growth) &&
		  judge(m, result, &r);

	progress_end();
	ok = ok && reports[o->format](&r);
	o->found = r.broken;
	for (size_t i = 0; result && i < n; i++)
		free(result[i].causes.at);
	free(result);
	free(r.growth.at);
	return ok;
}

static bool check(void *ctx, const struct image *img, struct diag *d)
{
	struct options *o = ctx;
	struct plan *p;
	struct measured m;
	bool ok;

	if (!sections_exist(&o->budget, img, d))
		return false;
	progress_stage(&o->common, "checking");
	p = plan_build(img, &o->common.plan, d);
	if (!p)
		return false;
	ok = measure_init(&m, p, &o->budget);
	m.old = o->old;
	m.has_old = o->budget.baseline && !o->update;
	if (ok && o->update) {
		progress_end();
		ok = update(o, &m, d) && (!o->budget.baseline ||
					  baseline_read(o->budget.baseline, &m.old));
		m.has_old = o->budget.baseline;
	}
	ok = ok && report(o, &m) && !d->no_memory;
	measure_free(&m);
	plan_free(p);
	return ok;
}

static bool take(void *ctx, int id, const char *arg, int word)
{
	struct options *o = ctx;
	uint64_t v;
	char text[16];

	switch (id) {
	case OPT_BUDGET:
		o->path = arg;
		break;
	case OPT_UPDATE:
		o->update = true;
		break;
	case OPT_FORMAT:
		o->format = word;
		break;
	case OPT_SLACK:
		snprintf(text, sizeof(text), "%.*s", (int)strcspn(arg, "%"), arg);
		if (!parse_number(text, &v) || v > 1000) {
			usage_error("check", "--slack: '%s' is not a percentage", arg);
			return false;
		}
		o->slack = (int)v;
		break;
	}
	return true;
}

/* What is wrong with the files is said before the image is read. */
static bool read_files(struct options *o)
{
	return budget_read(&o->budget, o->path, o->update) &&
	       (o->update || !o->budget.baseline ||
		baseline_read(o->budget.baseline, &o->old));
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options o = { .slack = -1 };
	int file, status = EXIT_TROUBLE;

	common_init(&o.common);
	o.common.plan.debug = DEBUG_IGNORE;
	file = options_parse(self, argc, argv, &o.common, take, &o);
	if (file <= 0)
		return file ? EXIT_TROUBLE : EXIT_DONE;
	if (o.update && !o.path)
		return usage_error(self->name, "--update goes with --budget=FILE");
	if (o.slack >= 0 && !o.update)
		return usage_error(self->name, "--slack goes with --update");
	if (read_files(&o))
		status = run_on(&o.common, argv[file], check, &o);
	budget_free(&o.budget);
	return status == EXIT_DONE && o.found ? EXIT_FOUND : status;
}

const struct command cmd_check = {
	.name = "check",
	.summary = "hold an image to a budget; for CI",
	.usage = "[OPTION...] [--budget=FILE] IMAGE",
	.operands = 1,
	.takes = "one IMAGE",
	.about =
"Compares what moving IMAGE takes with the limits of a budget, and says who is\n"
"to blame for what is over them. Without a budget: nothing stale, refused or bad.",
	.options = (const struct option_row[]){
		{ "budget", OPT_BUDGET, "FILE", "the limits; see below" },
		{ "update", OPT_UPDATE, NULL,
		  "write today's values into FILE and its baseline,\n"
		  "and make them where they do not exist" },
		{ "slack", OPT_SLACK, "N%",
		  "with --update: leave so much room to grow (default:\n"
		  "what FILE says)" },
		{ "format", OPT_FORMAT, "text|json|github|junit",
		  "how to report (default: text)" },
		{ 0 }
	},
	.more =
"A budget has a limit on each line, [SECTION:] NAME OPERATOR NUMBER, such as\n"
"  words <= 15000          .text: moves == 0       table.bytes <= 8K\n"
"  HI20 == 0               R_RISCV_64.moves < 15K  .init.*: moves <= 500\n"
"and may say\n"
"  allow symbol GLOB...    they do not count in the limits of a section\n"
"  allow dynamic TYPE...   nor these in dynamic.bad\n"
"  baseline FILE           who moves; written by --update\n"
"  slack N%                the default of --slack\n"
"Names:\n"
#define MEASURE(id, name, scope, start, text) "  " name ": " text "\n"
#include "measures.def"
#undef MEASURE
"A type is written with R_RISCV_ or without. stale, refused, errors and\n"
"dynamic.bad have a limit of 0 where the budget has none.",
	.example = "rvreloc check --budget=kernel.budget --update vmlinux\n"
		   "rvreloc check --budget=kernel.budget --format=github vmlinux",
	.found = "a limit is broken",
	.run = run,
};
