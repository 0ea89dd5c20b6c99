/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --html: the summary, a map and the rankings as one page that needs nothing. */
#include "inspect_summary.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "elfio/lines.h"
#include "elfio/rewrite.h"
#include "progress.h"

enum {
	WIDTH = 1000, BARS = 160, BANDS = 22,	/* the map, and its two rows */
	BUCKETS = 500,
	SEEN = 20, ROWS = 1000			/* of a ranking */
};

#define BAR "#4a7fe0"

enum content { CODE, CONSTANTS, DATA, ZEROS, CONTENTS };

static const struct { const char *name, *colour; } contents[CONTENTS] = {
	[CODE] = { "code", "#4a86c5" }, [CONSTANTS] = { "constants", "#5aa469" },
	[DATA] = { "data", "#d9883b" }, [ZEROS] = { "zeros", "#a9b0b8" },
};

/* Colours of its own only where they mean something: it may be dark around. */
static const char style_sheet[] =
	":root{color-scheme:light dark}\n"
	"body{font:15px/1.45 system-ui,sans-serif;max-width:1040px;margin:2em auto;padding:0 1em}\n"
	"h1{font-size:1.35em;margin-bottom:.2em;overflow-wrap:anywhere}\n"
	"h2{font-size:1.1em;margin:1.8em 0 .4em}\n"
	"table{border-collapse:collapse;width:100%}\n"
	"td,th{padding:.15em .6em;text-align:left;vertical-align:top;border-bottom:1px solid #8884}\n"
	".n{text-align:right;width:6em;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	"code,.m{font-family:ui-monospace,monospace;font-size:.93em;overflow-wrap:anywhere}\n"
	".s{opacity:.7}.bad{color:#d33}\n"
	".b{width:30%}.b i{display:block;height:.75em;margin-top:.3em;background:" BAR "}\n"
	"svg{width:100%;height:auto;display:block}\n"
	"b.key{display:inline-block;width:.8em;height:.8em;margin:0 .3em 0 1em}\n";

/* --- Text as HTML has it; names are from the file, and may be anything. --- */

static void text(FILE *to, const char *s)
{
	while (*s) {
		size_t len = utf8_length(s);
		const char *entity = *s == '<' ? "&lt;" : *s == '>' ? "&gt;" :
				     *s == '&' ? "&amp;" : *s == '"' ? "&quot;" :
				     !len || (unsigned char)*s < 0x20 ||
				     *s == 0x7f ? "&#xfffd;" : NULL;

		if (entity) {
			fputs(entity, to);
			s++;
			continue;
		}
		fwrite(s, len, 1, to);
		s += len;
	}
}

static void number(FILE *to, uint64_t v)
{
	char n[GROUPED];

	fprintf(to, "<td class=n>%s</td>", v ? grouped(v, n) : "-");
}

static void name(FILE *to, const char *s)
{
	fputs("<td class=m>", to);
	text(to, s);
	fputs("</td>", to);
}

static void bar(FILE *to, uint64_t n, uint64_t of)
{
	fprintf(to, "<td class=b><i style=\"width:%.1f%%\"></i></td>",
		of ? 100 * (double)n / (double)of : 0);
}

static void item(FILE *to, const char *s)
{
	fputs("<li>", to);
	text(to, s);
	fputs("</li>\n", to);
}

/* --- What it is, and what is odd. --- */

static void fact(FILE *to, const char *label, const char *value)
{
	fprintf(to, "<tr><th>%s</th><td>", label);
	text(to, value);
	fputs("</td></tr>\n", to);
}

static void head(FILE *to, const struct summary *s)
{
	bool fits = s->o->p && !s->o->found.errors;
	char line[512], a[GROUPED], b[GROUPED];

	fputs("<h1>", to);
	text(to, s->o->img->path);
	fprintf(to, "</h1>\n<p>RISC-V %u-bit %s, <b%s>%s</b></p>\n<table>\n",
		s->o->img->xlen, summary_type(s), fits ? "" : " class=bad",
		summary_verdict(s));
	if (s->m) {
		snprintf(line, sizeof(line), "0x%" PRIx64 " .. 0x%" PRIx64 ", moves by multiples of 0x%" PRIx64,
			 s->m->lo, s->m->hi - 1, s->m->align);
		fact(to, "image", line);
	}
	if (summary_linker(s))
		fact(to, "linker", summary_linker(s));
	summary_code(s, line, sizeof(line));
	if (line[0])
		fact(to, "code", line);
	if (s->facts.got_words) {
		snprintf(line, sizeof(line), "%s words, of which %s move",
			 grouped(s->facts.got_words, a),
			 grouped(s->facts.got_moving, b));
		fact(to, "GOT", line);
	}
	if (s->other) {
		snprintf(line, sizeof(line), "%s records of what is not loaded",
			 grouped(s->other, a));
		fact(to, "debug", line);
	}
	fputs("</table>\n", to);
}

/* Findings of one level; false when there are none. */
static bool entries(FILE *to, const struct summary *s, enum diag_level level,
		    const char *title)
{
	const struct diag *d = &s->o->found;
	bool any = false;

	for (unsigned i = 0; i < d->n; i++) {
		const struct diag_entry *e = &d->entry[i];
		char where[512] = "";

		if (e->level != level)
			continue;
		if (e->shndx != DIAG_FILE)
			image_where(s->o->img, e->shndx, e->off, where,
				    sizeof(where));
		fprintf(to, "%s<li><code>", any ? "" : title);
		text(to, where);
		fputs("</code> ", to);
		text(to, e->text);
		fputs("</li>\n", to);
		any = true;
	}
	if (any)
		fputs("</ul>\n", to);
	return any;
}

static void oddities(FILE *to, const struct summary *s)
{
	const char *hint[HINTS];
	size_t n = summary_hints(s, hint);
	char count[GROUPED];

	if (entries(to, s, DIAG_ERROR,
		    "<h2 class=bad>What speaks against a move</h2>\n<ul>\n"))
		fprintf(to, "<p class=s>%s in all.</p>\n",
			grouped(s->o->found.errors, count));
	entries(to, s, DIAG_WARNING, "<h2>Worth a look</h2>\n<ul>\n");
	if (!n)
		return;
	fputs("<h2>Hints</h2>\n<ul>\n", to);
	for (size_t i = 0; i < n; i++)
		item(to, hint[i]);
	fputs("</ul>\n", to);
}

/* --- Records, and the table made of them. --- */

static void records_row(FILE *to, const struct summary *s, const char *what,
			uint64_t sum, const uint64_t *by)
{
	fprintf(to, "<tr><th>%s</th>", what);
	number(to, sum);
	for (enum effect e = 0; e < EFFECTS; e++)
		if (summary_has(s, e))
			number(to, by[e]);
	fputs("</tr>\n", to);
}

static void records(FILE *to, const struct summary *s)
{
	fputs("<h2>Records of what is loaded, and what a move does</h2>\n"
	      "<table id=records>\n<tr><th></th><th class=n>all</th>", to);
	for (enum effect e = 0; e < EFFECTS; e++)
		if (summary_has(s, e))
			fprintf(to, "<th class=n>%s</th>", summary_effect(e));
	fputs("</tr>\n", to);
	for (enum reloc_kind k = 0; k < KINDS; k++)
		if (s->kind[k])
			records_row(to, s, reloc_kind_text(k), s->kind[k],
				    s->by[k]);
	records_row(to, s, "all", s->loaded, s->effect);
	fputs("</table>\n", to);
}

static void table(FILE *to, const struct summary *s)
{
	const struct table_sizes *t = &s->sizes;
	const struct { const char *name; uint64_t bytes; } format[] = {
		{ "rvr", t->rvr }, { "RELR", t->relr },
		{ "32-bit offsets", t->offsets }, { "RELA", t->rela },
	};
	char n[GROUPED];

	fprintf(to, "<h2>A boot table of %s words", grouped(t->words, n));
	if (t->others)
		fprintf(to, " and %s other fields, which only rvr has",
			grouped(t->others, n));
	fputs("</h2>\n<table id=formats>\n", to);
	for (size_t i = 0; i < sizeof(format) / sizeof(format[0]); i++) {
		fprintf(to, "<tr><th>%s</th>", format[i].name);
		number(to, format[i].bytes);
		bar(to, format[i].bytes, t->rela > t->rvr ? t->rela : t->rvr);
		fputs("</tr>\n", to);
	}
	fputs("</table>\n", to);
	if (t->relr_left)
		fprintf(to, "<p class=s>RELR leaves out %s words that are not aligned.</p>\n",
			grouped(t->relr_left, n));
}

/* --- The map: loaded sections one behind the other, without the gaps. --- */

struct map {
	const struct image *img;
	uint32_t *part;			/* sections, by address */
	size_t n;
	uint64_t *from;			/* by section: bytes of those before it */
	uint64_t size;
	uint64_t bucket[BUCKETS], most;
};

static int by_address(const void *a, const void *b, void *img)
{
	const struct section *sec = ((const struct image *)img)->sec;
	const struct section *x = &sec[*(const uint32_t *)a];
	const struct section *y = &sec[*(const uint32_t *)b];

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static bool map_init(struct map *m, const struct image *img)
{
	*m = (struct map){ .img = img,
			   .part = calloc(img->nsec, sizeof(*m->part)),
			   .from = calloc(img->nsec, sizeof(*m->from)) };
	if (!m->part || !m->from)
		return false;
	for (uint32_t i = 1; i < img->nsec; i++)
		if (section_loaded(&img->sec[i]) && img->sec[i].size &&
		    !section_is_tbss(&img->sec[i]))
			m->part[m->n++] = i;
	if (m->n)
		qsort_r(m->part, m->n, sizeof(*m->part), by_address,
			(void *)(uintptr_t)img);
	for (size_t i = 0; i < m->n; i++) {
		m->from[m->part[i]] = m->size;
		m->size += img->sec[m->part[i]].size;
	}
	return true;
}

static void map_free(struct map *m)
{
	free(m->part);
	free(m->from);
}

static void map_count(struct map *m, const struct attribution *a)
{
	const struct mover *v = a->movers.at;

	for (size_t i = 0; i < a->movers.n; i++) {
		uint64_t at = m->from[v[i].shndx] + v[i].addr -
			      m->img->sec[v[i].shndx].addr;
		size_t b = (size_t)((double)at * BUCKETS / (double)m->size);

		if (++m->bucket[b < BUCKETS ? b : BUCKETS - 1] > m->most)
			m->most = m->bucket[b < BUCKETS ? b : BUCKETS - 1];
	}
}

static double x_of(const struct map *m, uint64_t at)
{
	return WIDTH * (double)at / (double)m->size;
}

static enum content content_of(const struct section *s)
{
	return s->flags & SHF_EXECINSTR ? CODE : s->type == SHT_NOBITS ? ZEROS :
	       s->flags & SHF_WRITE ? DATA : CONSTANTS;
}

static void draw_sections(FILE *to, const struct map *m)
{
	for (size_t i = 0; i < m->n; i++) {
		const struct section *s = &m->img->sec[m->part[i]];

		fprintf(to, "<rect fill=\"%s\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\"><title>",
			contents[content_of(s)].colour,
			x_of(m, m->from[m->part[i]]), BARS + 4,
			x_of(m, s->size), BANDS);
		text(to, s->name);
		fprintf(to, " at 0x%" PRIx64 ", 0x%" PRIx64 " bytes</title></rect>\n",
			s->addr, s->size);
	}
}

static void draw_bars(FILE *to, const struct map *m)
{
	const double width = (double)WIDTH / BUCKETS;
	char n[GROUPED];

	fputs("<g fill=\"" BAR "\">\n", to);
	for (size_t b = 0, k = 0; b < BUCKETS; b++) {
		uint64_t at = (uint64_t)((double)b * (double)m->size / BUCKETS);
		double high = BARS * (double)m->bucket[b] / (double)m->most;

		while (k + 1 < m->n && m->from[m->part[k + 1]] <= at)
			k++;
		if (!m->bucket[b])
			continue;
		high = high < 1 ? 1 : high;
		fprintf(to, "<rect x=\"%.2f\" y=\"%.1f\" width=\"%.2f\" height=\"%.1f\"><title>%s from ",
			(double)b * width, BARS - high, width, high,
			grouped(m->bucket[b], n));
		text(to, m->img->sec[m->part[k]].name);
		fprintf(to, "+0x%" PRIx64 " on</title></rect>\n",
			at - m->from[m->part[k]]);
	}
	fputs("</g>\n", to);
}

static bool draw(FILE *to, struct inspect *o)
{
	struct attribution a = { 0 };
	char n[GROUPED];
	struct map m;
	bool ok = map_init(&m, o->img) && attribute(o->p, &a);

	if (ok && a.movers.n) {
		map_count(&m, &a);
		fprintf(to, "<h2>Where the %s fields that move lie</h2>\n"
			"<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"fields by place\">\n",
			grouped(a.movers.n, n), WIDTH, BARS + BANDS + 8);
		draw_bars(to, &m);
		draw_sections(to, &m);
		fprintf(to, "</svg>\n<p class=s>A bar for each %s bytes",
			grouped(m.size / BUCKETS + 1, n));
		fprintf(to, ", the highest of %s fields; gaps between sections are left out.",
			grouped(m.most, n));
		for (int i = 0; i < CONTENTS; i++)
			fprintf(to, "<b class=key style=\"background:%s\"></b>%s",
				contents[i].colour, contents[i].name);
		fputs("</p>\n", to);
	}
	if (ok)
		attribution_free(&a);
	map_free(&m);
	return ok;
}

/* --- Rankings. --- */

static void ranks(FILE *to, const struct inspect *o, const struct ranking *r)
{
	const struct rank *rank = r->rows.at;
	char n[GROUPED];

	fputs("<table>\n", to);
	for (size_t i = 0; i < r->rows.n && i < ROWS; i++) {
		if (i == SEEN)
			fprintf(to, "</table>\n<details><summary>%s more</summary>\n<table>\n",
				grouped(r->rows.n - SEEN, n));
		fputs("<tr>", to);
		number(to, rank[i].n);
		bar(to, rank[i].n, rank[0].n);
		name(to, rank[i].name);
		if (r->by == BY_SYMBOL)
			name(to, o->img->sec[rank[i].shndx].name);
		fputs("</tr>\n", to);
	}
	fputs("</table>\n", to);
	if (r->rows.n > ROWS)
		fprintf(to, "<p class=s>%s more are left out here; --by has all.</p>\n",
			grouped(r->rows.n - ROWS, n));
	if (r->rows.n > SEEN)
		fputs("</details>\n", to);
}

static bool rankings(FILE *to, struct inspect *o)
{
	static const struct { enum by by; const char *title, *id; } all[] = {
		{ BY_SECTION, "By section", "section" },
		{ BY_TYPE, "By type", "type" },
		{ BY_SYMBOL, "By symbol", "symbol" },
		{ BY_SOURCE, "By source file", "source" },
	};
	bool ok = true;

	for (size_t i = 0; ok && i < sizeof(all) / sizeof(all[0]); i++) {
		struct ranking r;

		if (all[i].by == BY_SOURCE &&
		    (!lines_version() || !lines_known(o->img)))
			continue;
		ok = ranking_make(o, all[i].by, &r);
		if (ok && r.rows.n) {
			fprintf(to, "<h2 id=\"%s\">%s</h2>\n", all[i].id,
				all[i].title);
			ranks(to, o, &r);
		}
		ranking_free(&r);
	}
	return ok;
}

/* --- The page. --- */

static bool page(FILE *to, struct inspect *o, const struct summary *s)
{
	bool ok = true;

	fputs("<!DOCTYPE html>\n<html lang=en>\n<head><meta charset=utf-8>"
	      "<meta name=viewport content=\"width=device-width\">\n<title>", to);
	text(to, o->img->path);
	fprintf(to, ": relocations</title>\n<style>\n%s</style></head>\n<body>\n",
		style_sheet);
	head(to, s);
	oddities(to, s);
	if (s->loaded)
		records(to, s);
	if (o->p) {
		table(to, s);
		ok = draw(to, o) && rankings(to, o);
	}
	fputs("<p class=s>Made by rvreloc " RVRELOC_VERSION ".</p>\n</body>\n</html>\n",
	      to);
	return ok;
}

/* False after a message, or when memory ran out. */
static bool write_page(struct inspect *o, const struct summary *s,
		       struct outfile *f)
{
	int fd = dup(outfile_fd(f));
	FILE *to = fd < 0 ? NULL : fdopen(fd, "w");
	bool ok, written;

	if (!to) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	ok = page(to, o, s);
	written = !ferror(to);
	if (fclose(to) || !written) {
		diag_file(o->d, DIAG_ERROR, "cannot write %s: %s", o->html,
			  strerror(errno));
		return false;
	}
	return ok;
}

bool inspect_html(struct inspect *o)
{
	struct outfile *f = NULL;
	struct summary s;

	if (summary_find(o, &s))
		f = outfile_new(o->html, 0666, o->d);
	if (f && !write_page(o, &s, f)) {
		outfile_abandon(f);
		f = NULL;
	}
	summary_free(&s);
	progress_end();
	if (f && !o->found.no_memory)
		return outfile_commit(f, o->d);
	outfile_abandon(f);
	return false;
}
