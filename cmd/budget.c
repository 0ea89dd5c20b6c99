/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "budget.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "relocator/window.h"
#include "show.h"

const struct measure_row measures[MEASURE_COUNT] = {
#define MEASURE(id, name, scope, start, text) \
	[MEASURE_##id] = { name, scope, start, text },
#include "measures.def"
#undef MEASURE
};

static const char *const ops[] = {
	[OP_BELOW] = "<", [OP_MOST] = "<=", [OP_EXACT] = "==",
	[OP_LEAST] = ">=", [OP_ABOVE] = ">",
};

/* --- One line. --- */

struct parser {
	struct budget *b;
	unsigned line;
	const char *at, *end;	/* what is left of the line, without comment */
	char *section;		/* "SECTION:" before it, not yet used */
	bool bad;
};

static bool __attribute__((format(printf, 2, 3)))
wrong(struct parser *p, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%u: ", p->b->path, p->line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	p->bad = true;
	return false;
}

static void skip_space(struct parser *p)
{
	while (p->at < p->end && isspace((unsigned char)*p->at))
		p->at++;
}

/* The next word, up to a space or one of `stop`. malloc'd; "" at the end. */
static char *next_word(struct parser *p, const char *stop)
{
	const char *from;

	skip_space(p);
	from = p->at;
	while (p->at < p->end && !isspace((unsigned char)*p->at) &&
	       !strchr(stop, *p->at))
		p->at++;
	return strndup(from, (size_t)(p->at - from));
}

static const char *name_at(const void *ctx, size_t i)
{
	bool prefix = !strncmp(ctx, "R_RISCV_", 8);

	if (i < MEASURE_TYPE)
		return measures[i].name;
	for (uint32_t t = 0; t < RELOC_MAX; t++)
		if (relocs[t].name && i-- == MEASURE_TYPE)
			return relocs[t].name + (prefix ? 0 : 8);
	return "";
}

static size_t name_count(void)
{
	size_t n = MEASURE_TYPE;

	for (uint32_t t = 0; t < RELOC_MAX; t++)
		n += relocs[t].name != NULL;
	return n;
}

/* "R_RISCV_64", "64", "64.moves". */
static bool find_type(const char *name, struct limit *l)
{
	const char *dot = strchr(name, '.');
	size_t len = dot ? (size_t)(dot - name) : strlen(name);

	if (dot && strcmp(dot, ".moves"))
		return false;
	l->measure = dot ? MEASURE_TYPE_MOVES : MEASURE_TYPE;
	for (l->type = 0; l->type < RELOC_MAX; l->type++) {
		const char *full = relocs[l->type].name;

		if (full && ((strlen(full) == len && !strncmp(full, name, len)) ||
			     (strlen(full + 8) == len &&
			      !strncmp(full + 8, name, len))))
			return true;
	}
	return false;
}

static bool find_name(struct parser *p, const char *name, struct limit *l)
{
	const char *near;

	for (l->measure = 0; l->measure < MEASURE_TYPE; l->measure++)
		if (!strcmp(measures[l->measure].name, name))
			return true;
	if (find_type(name, l))
		return true;
	near = nearest(name, name_at, name, name_count());
	return wrong(p, "unknown name '%s'%s%s%s", name, near ? ": is it '" : "",
		     near ? near : "", near ? "'?" : "");
}

static bool find_op(const char *text, enum op *op)
{
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		if (!strcmp(text, ops[i])) {
			*op = (enum op)i;
			return true;
		}
	return false;
}

/* The operator and number behind a name. */
static bool parse_bound(struct parser *p, const char *name, struct limit *l)
{
	const char *from;
	char *word;
	bool ok;

	skip_space(p);
	from = p->at;
	while (p->at < p->end && strchr("<=>", *p->at))
		p->at++;
	word = strndup(from, (size_t)(p->at - from));
	ok = word && find_op(word, &l->op);
	free(word);
	if (!ok)
		return wrong(p, "%s: an operator is wanted behind it: <, <=, ==, >=, >",
			     name);
	word = next_word(p, "");
	l->to = (size_t)(p->at - p->b->text);
	l->from = l->to - (word ? strlen(word) : 0);
	ok = word && parse_number(word, &l->value);
	if (!ok)
		wrong(p, "%s: '%s' is not a number", name, word ? word : "");
	else if (l->op == OP_BELOW && !l->value)
		ok = wrong(p, "%s: nothing is less than 0", name);
	free(word);
	skip_space(p);
	if (ok && p->at < p->end)
		ok = wrong(p, "%s: nothing belongs behind the number", name);
	return ok;
}

static bool parse_limit(struct parser *p, const char *name)
{
	struct limit l = { .line = p->line, .section = p->section };

	if (!find_name(p, name, &l) || !parse_bound(p, name, &l))
		return false;
	if (l.section && measures[l.measure].scope == GLOBAL)
		return wrong(p, "%s: it is of the whole image, not of a section",
			     name);
	p->section = NULL;
	return vec_push(&p->b->limits, &l);
}

static bool parse_allow(struct parser *p)
{
	char *kind = next_word(p, "");
	bool dynamic = kind && !strcmp(kind, "dynamic"), ok;
	unsigned n = 0;

	ok = dynamic || (kind && !strcmp(kind, "symbol"));
	free(kind);
	if (!ok)
		return wrong(p, "allow what? 'allow symbol GLOB' or 'allow dynamic TYPE'");
	for (;; n++) {
		struct allowed a = { p->line, NULL, dynamic, next_word(p, "") };

		if (!a.glob || !a.glob[0]) {
			free(a.glob);
			break;
		}
		a.section = p->section ? strdup(p->section) : NULL;
		if (!vec_push(&p->b->allowed, &a))
			return false;
	}
	return n || wrong(p, "allow which?");
}

static bool parse_slack(struct parser *p)
{
	char *word = next_word(p, "%");
	uint64_t v;
	bool ok = word && parse_number(word, &v) && v <= 1000 &&
		  p->at < p->end && *p->at == '%';

	p->b->slack = ok ? (int)v : -1;
	if (!ok)
		wrong(p, "slack: a percentage is wanted, such as 5%%");
	free(word);
	return ok;
}

/* Relative to the budget's own folder. */
static bool parse_baseline(struct parser *p)
{
	const char *slash = strrchr(p->b->path, '/');
	int folder = slash ? (int)(slash - p->b->path) + 1 : 0;

	skip_space(p);
	if (p->at == p->end)
		return wrong(p, "baseline: the name of a file is wanted");
	if (p->b->baseline)
		return wrong(p, "baseline: there is one already");
	return asprintf(&p->b->baseline, "%.*s%.*s", *p->at == '/' ? 0 : folder,
			p->b->path, (int)(p->end - p->at), p->at) > 0;
}

static bool parse_words(struct parser *p)
{
	char *word = next_word(p, "<=>");
	size_t len = word ? strlen(word) : 0;
	bool ok;

	if (len > 1 && word[len - 1] == ':' && !p->section) {
		word[len - 1] = '\0';
		p->section = word;
		return parse_words(p);
	}
	if (!word)
		return false;
	if (!strcmp(word, "allow"))
		ok = parse_allow(p);
	else if (!strcmp(word, "slack") && !p->section)
		ok = parse_slack(p);
	else if (!strcmp(word, "baseline") && !p->section)
		ok = parse_baseline(p);
	else
		ok = parse_limit(p, word);
	free(word);
	return ok;
}

static void parse_line(struct parser *p)
{
	const char *comment = memchr(p->at, '#', (size_t)(p->end - p->at));

	if (comment)
		p->end = comment;
	while (p->end > p->at && isspace((unsigned char)p->end[-1]))
		p->end--;
	skip_space(p);
	if (p->at < p->end && !parse_words(p))
		p->bad = true;
	free(p->section);
	p->section = NULL;
}

/* --- The file. --- */

static void forget(struct budget *b)
{
	struct limit *l = b->limits.at;
	struct allowed *a = b->allowed.at;

	for (size_t i = 0; i < b->limits.n; i++)
		free(l[i].section);
	for (size_t i = 0; i < b->allowed.n; i++) {
		free(a[i].section);
		free(a[i].glob);
	}
	free(b->limits.at);
	free(b->allowed.at);
	free(b->baseline);
	free(b->text);
	b->limits = (struct vec){ .size = sizeof(struct limit) };
	b->allowed = (struct vec){ .size = sizeof(struct allowed) };
	b->baseline = b->text = NULL;
	b->slack = -1;
}

/* What no image should have is not allowed by being left out. */
static bool imply(struct budget *b)
{
	static const enum measure implied[] = {
		MEASURE_STALE, MEASURE_REFUSED, MEASURE_ERRORS,
		MEASURE_DYNAMIC_BAD,
	};

	for (size_t i = 0; i < sizeof(implied) / sizeof(implied[0]); i++) {
		const struct limit *l = b->limits.at;
		struct limit rule = { .measure = implied[i], .op = OP_EXACT };
		bool named = false;

		for (size_t k = 0; k < b->limits.n; k++)
			named |= l[k].measure == implied[i];
		if (!named && !vec_push(&b->limits, &rule))
			return false;
	}
	return true;
}

bool budget_parse(struct budget *b, char *text, size_t size)
{
	struct parser p = { .b = b };
	const char *at = text, *end = text + size;

	forget(b);
	b->text = text;
	b->size = size;
	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));

		p.line++;
		p.at = at;
		p.end = newline ? newline : end;
		at = p.end + 1;
		parse_line(&p);
	}
	return !p.bad && imply(b);
}

static char *slurp(FILE *f, size_t *size)
{
	char *text = NULL, buf[4096];
	FILE *to = open_memstream(&text, size);
	size_t n;

	while (to && (n = fread(buf, 1, sizeof(buf), f)) > 0)
		fwrite(buf, 1, n, to);
	if (!to || fclose(to) || ferror(f)) {
		free(text);
		return NULL;
	}
	return text;
}

bool budget_read(struct budget *b, const char *path, bool create)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f;

	memset(b, 0, sizeof(*b));
	forget(b);
	b->path = path;
	if (!path)
		return imply(b);
	f = fopen(path, "r");
	if (f) {
		text = slurp(f, &size);
		fclose(f);
	} else if (errno == ENOENT && create) {
		text = strdup("");
	}
	if (!text) {
		fprintf(stderr, "rvreloc check: cannot read %s: %s%s\n", path,
			strerror(errno),
			f ? "" : " (--update makes a budget)");
		return false;
	}
	return budget_parse(b, text, size);
}

void budget_free(struct budget *b)
{
	forget(b);
}

/* --- Limits. --- */

void limit_name(const struct limit *l, char *buf, size_t len)
{
	bool moves = l->measure == MEASURE_TYPE_MOVES;

	snprintf(buf, len, "%s%s", moves || l->measure == MEASURE_TYPE ?
		 relocs[l->type].name : measures[l->measure].name,
		 moves ? ".moves" : "");
}

const char *limit_operator(const struct limit *l)
{
	return ops[l->op];
}

void limit_text(const struct limit *l, char *buf, size_t len)
{
	char name[64], n[GROUPED];

	limit_name(l, name, sizeof(name));
	snprintf(buf, len, "%s%s%s %s %s", l->section ? l->section : "",
		 l->section ? ": " : "", name, ops[l->op],
		 grouped(l->value, n));
}

bool limit_holds(const struct limit *l, uint64_t v)
{
	switch (l->op) {
	case OP_BELOW:
		return v < l->value;
	case OP_MOST:
		return v <= l->value;
	case OP_EXACT:
		return v == l->value;
	case OP_LEAST:
		return v >= l->value;
	case OP_ABOVE:
		return v > l->value;
	}
	return false;
}

uint64_t limit_excess(const struct limit *l, uint64_t v)
{
	uint64_t nearest_good = l->op == OP_BELOW ? l->value - 1 :
				l->op == OP_ABOVE ? l->value + 1 : l->value;

	return v > nearest_good ? v - nearest_good : nearest_good - v;
}

bool limit_is_rule(const struct limit *l)
{
	return !l->line || l->measure == MEASURE_NEW_SYMBOLS ||
	       l->measure == MEASURE_NEW_MOVES || (l->op == OP_BELOW ? l->value == 1 :
			    l->op != OP_LEAST && l->op != OP_ABOVE && !l->value);
}

uint64_t limit_for(const struct limit *l, uint64_t v, unsigned slack)
{
	uint64_t room = v / 100 * slack + (v % 100 * slack + 99) / 100;

	switch (l->op) {
	case OP_BELOW:
		return v + room + 1;
	case OP_MOST:
		return v + room;
	case OP_EXACT:
		return v;
	case OP_LEAST:
		return v > room ? v - room : 0;
	case OP_ABOVE:
		return v > room + 1 ? v - room - 1 : 0;
	}
	return v;
}

/* As the number was written: in hexadecimal, or with a unit where it can. */
static void write_number(FILE *to, const struct limit *l, const char *old,
			 size_t len, uint64_t v)
{
	static const char units[] = "KMGT";
	const char *unit = len ? strchr(units, old[len - 1]) : NULL;
	unsigned shift = unit && *unit ? 10 * (unsigned)(unit - units + 1) : 0;
	uint64_t rest = v & ((UINT64_C(1) << shift) - 1);
	bool up = l->op == OP_MOST || l->op == OP_BELOW;

	if (len > 1 && (old[1] == 'x' || old[1] == 'X') && !shift)
		fprintf(to, "0x%" PRIx64, v);
	else if (!shift || (rest && l->op == OP_EXACT))
		fprintf(to, "%" PRIu64, v);
	else
		fprintf(to, "%" PRIu64 "%c", (v >> shift) + (rest && up), *unit);
}

char *budget_rewrite(const struct budget *b, const uint64_t *values,
		     const bool *changed, size_t *size)
{
	const struct limit *l = b->limits.at;
	char *text = NULL;
	FILE *to = open_memstream(&text, size);
	size_t at = 0;

	for (size_t i = 0; to && i < b->limits.n; i++) {
		if (!changed[i])
			continue;
		fwrite(b->text + at, 1, l[i].from - at, to);
		write_number(to, &l[i], b->text + l[i].from, l[i].to - l[i].from,
			     values[i]);
		at = l[i].to;
	}
	if (to)
		fwrite(b->text + at, 1, b->size - at, to);
	if (to && !ferror(to) && !fclose(to))
		return text;
	free(text);
	return NULL;
}
