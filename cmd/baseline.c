/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "baseline.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

static const char heading[] =
"# Fields that a move changes, by section and symbol ('-': in none). Made by\n"
"# rvreloc check --update, read by rvreloc check.\n";

static int by_name(const void *a, const void *b)
{
	const struct tally *x = a, *y = b;
	int section = strcmp(x->section, y->section);

	return section ? section : strcmp(x->name, y->name);
}

/* Sorted, with those of one name added up. */
static void settle(struct tallies *t)
{
	size_t n = 0;

	if (t->n)
		qsort(t->at, t->n, sizeof(*t->at), by_name);
	for (size_t i = 0; i < t->n; i++) {
		struct tally *last = n ? &t->at[n - 1] : NULL;

		if (!last || by_name(last, &t->at[i])) {
			t->at[n++] = t->at[i];
			continue;
		}
		last->n += t->at[i].n;
		last->symbols += t->at[i].symbols;
		if (t->at[i].first < last->first)
			last->first = t->at[i].first;
	}
	t->n = n;
}

/* Names come from the file: none may break the listing's lines. */
static void clean(char *name)
{
	for (; *name; name++)
		if ((unsigned char)*name <= ' ' || *name == 0x7f)
			*name = '?';
}

bool tally_movers(const struct attribution *a, mover_fn *keep, void *ctx,
		  struct tallies *t)
{
	const struct image *img = a->p->img;
	struct group *g;
	size_t n, size = 1;
	char *name;

	*t = (struct tallies){ 0 };
	if (!attribute_groups(a, GROUP_SYMBOL, keep, ctx, &g, &n))
		return false;
	for (size_t i = 0; i < n; i++)
		size += strlen(g[i].name) + 2;
	t->at = calloc(n + 1, sizeof(*t->at));
	t->text = name = malloc(size);
	for (size_t i = 0; t->at && name && i < n; i++) {
		size_t len = g[i].first->sym ?
			attribute_key(g[i].name, name, strlen(g[i].name) + 1) :
			(size_t)sprintf(name, "-");

		clean(name);
		t->at[t->n++] = (struct tally){ img->sec[g[i].first->shndx].name,
						name, g[i].n, 1, g[i].first };
		name += len + 1;
	}
	free(g);
	if (t->at && t->text) {
		settle(t);
		return true;
	}
	tallies_free(t);
	return false;
}

void tallies_free(struct tallies *t)
{
	free(t->at);
	free(t->text);
	*t = (struct tallies){ 0 };
}

const struct tally *tally_find(const struct tallies *t, const char *section,
			       const char *name)
{
	struct tally key = { section, name, 0, 0, NULL };

	return t->n ? bsearch(&key, t->at, t->n, sizeof(*t->at), by_name) : NULL;
}

/* --- The file: "SECTION SYMBOL COUNT", a tab between. --- */

static bool parse(char *line, struct tally *t)
{
	char *end, *name = strchr(line, '\t');
	char *count = name ? strchr(name + 1, '\t') : NULL;

	if (!count)
		return false;
	*name++ = *count++ = '\0';
	errno = 0;
	*t = (struct tally){ line, name, strtoull(count, &end, 10), 1,
			     NULL };
	return !errno && end != count && !*end && *line && *name;
}

static bool parse_lines(const char *path, struct tallies *t)
{
	struct vec v = { .size = sizeof(struct tally) };
	char *rest = t->text, *line;
	unsigned number = 0;
	bool ok = true;

	while (ok && (line = strsep(&rest, "\n"))) {
		struct tally one;

		number++;
		if (!line[0] || line[0] == '#')
			continue;
		ok = parse(line, &one) && vec_push(&v, &one);
		if (!ok)
			fprintf(stderr, "%s:%u: it is not SECTION, SYMBOL and COUNT with tabs between them (rvreloc check --update makes the file anew)\n",
				path, number);
	}
	t->at = v.at;
	t->n = v.n;
	settle(t);
	return ok;
}

static char *read_text(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = fopen(path, "r");

	if (f && getdelim(&text, &size, '\0', f) < 0) {
		free(text);
		text = ferror(f) ? NULL : strdup("");
	}
	if (f)
		fclose(f);
	return f ? text : NULL;
}

bool baseline_read(const char *path, struct tallies *t)
{
	*t = (struct tallies){ .text = read_text(path) };
	if (!t->text) {
		fprintf(stderr, "rvreloc check: cannot read the baseline %s: %s%s\n",
			path, strerror(errno), errno == ENOENT ?
			" (--update makes it)" : "");
		return false;
	}
	if (parse_lines(path, t))
		return true;
	tallies_free(t);
	return false;
}

bool baseline_write(const struct tallies *t, int fd)
{
	int copy = dup(fd);
	FILE *to = copy < 0 ? NULL : fdopen(copy, "w");
	bool ok = to && fputs(heading, to) >= 0;

	for (size_t i = 0; ok && i < t->n; i++)
		ok = fprintf(to, "%s\t%s\t%" PRIu64 "\n", t->at[i].section,
			     t->at[i].name, t->at[i].n) > 0;
	if (to)
		ok = !fclose(to) && ok;
	return ok;
}
