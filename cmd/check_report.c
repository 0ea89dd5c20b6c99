/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "show.h"

/* --- Sentences that more than one format has. --- */

enum { SENTENCE = 400 };

/* "114 too many"; why it is not known. */
static void verdict_text(const struct result *r, char *buf, size_t len)
{
	char n[GROUPED];

	if (r->value.why)
		snprintf(buf, len, "not known: %s", r->value.why);
	else
		snprintf(buf, len, "%s too %s",
			 grouped(limit_excess(r->l, r->value.n), n),
			 r->value.n > r->l->value || r->l->op == OP_BELOW ?
			 "many" : "few");
}

static const char *value_text(const struct result *r, char n[GROUPED])
{
	return r->value.why ? "?" : grouped(r->value.n, n);
}

/* "vm_table in .data, new (mm/vmstat.c:33)" */
static void cause_text(const struct cause *c, char *buf, size_t len)
{
	char was[GROUPED + 8] = "", like[GROUPED + 16] = "", n[GROUPED];

	if (c->was)
		snprintf(was, sizeof(was), ", was %s", grouped(c->was, n));
	if (c->symbols > 1)
		snprintf(like, sizeof(like), " and %s like it",
			 grouped(c->symbols - 1, n));
	snprintf(buf, len, "%s%s%s%s%s%s in %s%s%s%s%s%s",
		 c->type ? c->type : "",
		 c->type && c->against[0] ? " against " : "",
		 c->type ? c->against : "", c->type ? ", in " : "", c->symbol ? c->symbol : "no symbol",
		 like, c->section, c->fresh ? ", new" : "", was,
		 c->source[0] ? " (" : "", c->source, c->source[0] ? ")" : "");
}

static size_t shown(const struct report *r, size_t n)
{
	return n < r->common->max_errors ? n : r->common->max_errors;
}

/* How many symbols of the growth are new; fields that all of them have more. */
static size_t fresh(const struct report *r, uint64_t *more)
{
	const struct cause *c = r->growth.at;
	size_t n = 0;

	*more = 0;
	for (size_t i = 0; i < r->growth.n; i++) {
		n += c[i].fresh;
		*more += c[i].n;
	}
	return n;
}

/* "12 of 40 limits are broken" */
static void sum_text(const struct report *r, char *buf, size_t len)
{
	if (r->broken)
		snprintf(buf, len, "%zu of %zu limits %s broken", r->broken,
			 r->n, r->broken == 1 ? "is" : "are");
	else
		snprintf(buf, len, "all %zu limits hold", r->n);
}

static void growth_text(const struct report *r, char *buf, size_t len)
{
	uint64_t more;
	size_t n = fresh(r, &more);
	char a[GROUPED], b[GROUPED], c[GROUPED];

	snprintf(buf, len, "since the baseline: %s more fields move (symbols that are new: %s, that grew: %s)",
		 grouped(more, a), grouped(n, b),
		 grouped(r->growth.n - n, c));
}

/* --- For people. --- */

static void print_causes(const struct report *r, const struct vec *causes,
			 int indent)
{
	const struct cause *c = causes->at;
	size_t n = shown(r, causes->n);
	char text[SENTENCE], number[GROUPED];

	for (size_t i = 0; i < n; i++) {
		cause_text(&c[i], text, sizeof(text));
		printf("%*s%s%8s%s  %s\n", indent, "",
		       style(r->common, c[i].fresh ? RED : PLAIN),
		       grouped(c[i].n, number), style(r->common, PLAIN), text);
	}
	if (n < causes->n)
		printf("%*s%8s  and %s more (--max-errors shows them)\n",
		       indent, "", "...", grouped(causes->n - n, number));
}

static void print_result(const struct report *r, const struct result *one)
{
	const char *plain = style(r->common, PLAIN);
	char limit[200], n[GROUPED], verdict[SENTENCE];

	if (one->ok && (r->common->quiet || (r->b->path && !one->l->line)))
		return;
	limit_text(one->l, limit, sizeof(limit));
	verdict_text(one, verdict, sizeof(verdict));
	printf("%s%-4s%s  %-38s %14s", style(r->common, one->ok ? GREEN : RED),
	       one->ok ? "ok" : "FAIL", plain, limit,
	       value_text(one, n));
	if (!one->ok)
		printf("   %s%s%s", style(r->common, BOLD), verdict, plain);
	if (!one->ok && one->l->line)
		printf(" (%s:%u)", r->b->path, one->l->line);
	putchar('\n');
	if (!one->grown)	/* or they come once, behind the limits */
		print_causes(r, &one->causes, 4);
}

bool report_text(const struct report *r)
{
	char text[SENTENCE];

	for (size_t i = 0; i < r->n; i++)
		print_result(r, &r->result[i]);
	if (r->growth.n) {
		growth_text(r, text, sizeof(text));
		printf("\n%c%s\n", text[0] - 'a' + 'A', text + 1);
		print_causes(r, &r->growth, 4);
	}
	sum_text(r, text, sizeof(text));
	if (r->broken || !r->common->quiet)
		printf("%s: %s\n", r->img->path, text);
	return true;
}

/* --- JSON: doc/check.schema.json. --- */

static json_t *json_cause(const struct cause *c)
{
	return json_pack("{s:s,s:s?,s:I,s:s?,s:s?,s:I,s:I,s:b,s:o,s:s?}",
		"section", c->section, "symbol", c->symbol,
		"symbols", (json_int_t)c->symbols, "type", c->type,
		"against", c->against && c->against[0] ? c->against : NULL,
		"count", (json_int_t)c->n, "was", (json_int_t)c->was, "new", c->fresh, "address", json_address(c->addr),
		"source", c->source[0] ? c->source : NULL);
}

static json_t *json_causes(const struct vec *causes)
{
	const struct cause *c = causes->at;
	json_t *all = json_array();

	for (size_t i = 0; all && i < causes->n; i++)
		if (json_array_append_new(all, json_cause(&c[i]))) {
			json_decref(all);
			all = NULL;
		}
	return all;
}

static json_t *json_limit(const struct result *r)
{
	char name[64], text[200];
	const struct limit *l = r->l;

	limit_name(l, name, sizeof(name));
	limit_text(l, text, sizeof(text));
	return json_pack("{s:s,s:s,s:s?,s:s,s:I,s:o,s:s?,s:b,s:o,s:o}",
		"limit", text, "name", name, "section", l->section,
		"operator", limit_operator(l), "bound", (json_int_t)l->value,
		"value", r->value.why ? json_null() :
					json_integer((json_int_t)r->value.n),
		"unknown", r->value.why, "holds", r->ok,
		"line", l->line ? json_integer(l->line) : json_null(),
		"causes", json_causes(&r->causes));
}

bool report_json(const struct report *r)
{
	json_t *limits = json_array(), *all;
	bool ok = limits;

	for (size_t i = 0; ok && i < r->n; i++)
		ok = !json_array_append_new(limits, json_limit(&r->result[i]));
	all = json_pack("{s:s,s:s?,s:b,s:i,s:o,s:o}", "file", r->img->path,
			"budget", r->b->path, "holds", !r->broken,
			"broken", (int)r->broken, "limits", limits,
			"growth", r->has_baseline ? json_causes(&r->growth) :
						    json_null());
	return json_print(all, JSON_INDENT(2)) && ok;
}

/* --- GitHub's workflow commands. --- */

/* What ends a line or a property is written as %XX. */
static void put_escaped(const char *s, bool property)
{
	for (; *s; s++)
		if (*s == '%' || *s == '\r' || *s == '\n' ||
		    (property && (*s == ':' || *s == ',')))
			printf("%%%02X", (unsigned)*s);
		else
			putchar(*s);
}

/* "::error file=F,line=N,title=T::", of what there is. */
static void put_command(const char *level, const char *file, unsigned line,
			const char *title)
{
	printf("::%s ", level);
	if (file && line) {
		printf("file=");
		put_escaped(file, true);
		printf(",line=%u,", line);
	}
	printf("title=");
	put_escaped(title, true);
	printf("::");
}

static void github_limit(const struct report *r, const struct result *one)
{
	const struct cause *c = one->causes.at;
	size_t n = shown(r, one->causes.n);
	char limit[200], title[240], verdict[SENTENCE], number[GROUPED];

	limit_text(one->l, limit, sizeof(limit));
	verdict_text(one, verdict, sizeof(verdict));
	snprintf(title, sizeof(title), "rvreloc: %s", limit);
	put_command("error", r->b->path, one->l->line, title);
	put_escaped(r->img->path, false);
	printf(": ");
	put_escaped(value_text(one, number), false);
	printf(", ");
	put_escaped(verdict, false);
	for (size_t i = 0; i < n; i++) {
		char text[SENTENCE];

		cause_text(&c[i], text, sizeof(text));
		printf("%%0A%s  ", grouped(c[i].n, number));
		put_escaped(text, false);
	}
	if (n < one->causes.n)
		printf("%%0Aand %zu more", one->causes.n - n);
	putchar('\n');
}

/* Says at the source line who is new. */
static void github_growth(const struct cause *c)
{
	const char *colon = strrchr(c->source, ':');
	char text[SENTENCE], file[sizeof(c->source)] = "";

	if (colon)
		snprintf(file, sizeof(file), "%.*s", (int)(colon - c->source),
			 c->source);
	cause_text(c, text, sizeof(text));
	put_command("warning", file, colon ? (unsigned)atoi(colon + 1) : 0,
		    c->fresh ? "rvreloc: new fields that move" :
			       "rvreloc: more fields that move");
	printf("%" PRIu64 " more: ", c->n);
	put_escaped(text, false);
	putchar('\n');
}

bool report_github(const struct report *r)
{
	const struct cause *c = r->growth.at;
	char text[SENTENCE];

	for (size_t i = 0; i < r->n; i++)
		if (!r->result[i].ok)
			github_limit(r, &r->result[i]);
	for (size_t i = 0; r->broken && i < shown(r, r->growth.n); i++)
		github_growth(&c[i]);
	sum_text(r, text, sizeof(text));
	put_command("notice", NULL, 0, "rvreloc check");
	put_escaped(r->img->path, false);
	printf(": %s\n", text);
	return true;
}

/* --- JUnit. --- */

static void put_xml(const char *s)
{
	for (; *s; s++)
		switch (*s) {
		case '&':
			printf("&amp;");
			break;
		case '<':
			printf("&lt;");
			break;
		case '>':
			printf("&gt;");
			break;
		case '"':
			printf("&quot;");
			break;
		default:
			/* XML has no way to write the others. */
			putchar((unsigned char)*s < ' ' && *s != '\n' ? '?' : *s);
		}
}

static void junit_limit(const struct report *r, const struct result *one)
{
	const struct cause *c = one->causes.at;
	char text[SENTENCE], n[GROUPED];

	limit_text(one->l, text, sizeof(text));
	printf("    <testcase classname=\"rvreloc.check\" name=\"");
	put_xml(text);
	if (one->ok) {
		printf("\"/>\n");
		return;
	}
	verdict_text(one, text, sizeof(text));
	printf("\">\n      <failure type=\"limit\" message=\"%s, ",
	       value_text(one, n));
	put_xml(text);
	printf("\">");
	if (one->l->line) {
		put_xml(r->b->path);
		printf(":%u\n", one->l->line);
	}
	for (size_t i = 0; i < shown(r, one->causes.n); i++) {
		cause_text(&c[i], text, sizeof(text));
		printf("%s  ", grouped(c[i].n, n));
		put_xml(text);
		putchar('\n');
	}
	if (shown(r, one->causes.n) < one->causes.n)
		printf("and %zu more\n", one->causes.n - shown(r, one->causes.n));
	printf("</failure>\n    </testcase>\n");
}

bool report_junit(const struct report *r)
{
	printf("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	       "<testsuites>\n  <testsuite name=\"");
	put_xml(r->img->path);
	printf("\" tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"0\">\n",
	       r->n, r->broken);
	for (size_t i = 0; i < r->n; i++)
		junit_limit(r, &r->result[i]);
	printf("  </testsuite>\n</testsuites>\n");
	return true;
}
