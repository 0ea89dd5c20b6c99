/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "diag.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void diag_init(struct diag *d, unsigned max)
{
	*d = (struct diag){ .max = max };
	pthread_mutex_init(&d->lock, NULL);
}

void diag_free(struct diag *d)
{
	for (unsigned i = 0; i < d->n; i++)
		free(d->entry[i].text);
	free(d->entry);
	pthread_mutex_destroy(&d->lock);
}

static bool before(const struct diag_entry *a, const struct diag_entry *b)
{
	/* What is about the whole file comes first. */
	uint32_t sa = a->shndx + 1, sb = b->shndx + 1;

	return sa != sb ? sa < sb : a->off < b->off;
}

/* Drops the last error when there is one too many of them. */
static void trim(struct diag *d)
{
	unsigned shown = 0, last = 0;

	for (unsigned i = 0; i < d->n; i++)
		if (d->entry[i].level == DIAG_ERROR) {
			shown++;
			last = i;
		}
	if (shown <= d->max)
		return;
	free(d->entry[last].text);
	memmove(d->entry + last, d->entry + last + 1,
		(d->n - last - 1) * sizeof(*d->entry));
	d->n--;
	d->unshown++;
}

static void add(struct diag *d, struct diag_entry e)
{
	unsigned at;

	pthread_mutex_lock(&d->lock);
	if (e.level == DIAG_ERROR)
		d->errors++;
	if (e.shndx == DIAG_FILE)
		e.off = d->arrivals++;
	struct diag_entry *grown =
		realloc(d->entry, (d->n + 1) * sizeof(*d->entry));
	if (!grown) {
		free(e.text);
		goto out;
	}
	d->entry = grown;
	for (at = d->n; at > 0 && before(&e, &d->entry[at - 1]); at--)
		d->entry[at] = d->entry[at - 1];
	d->entry[at] = e;
	d->n++;
	trim(d);
out:
	pthread_mutex_unlock(&d->lock);
}

static char *format(const char *fmt, va_list ap)
{
	char *text;

	return vasprintf(&text, fmt, ap) < 0 ? NULL : text;
}

void diag_no_memory(struct diag *d)
{
	pthread_mutex_lock(&d->lock);
	bool said = d->no_memory;

	d->no_memory = true;
	pthread_mutex_unlock(&d->lock);
	if (!said)
		diag_file(d, DIAG_ERROR, "out of memory");
}

void diag_file(struct diag *d, enum diag_level level, const char *fmt, ...)
{
	struct diag_entry e = { .shndx = DIAG_FILE, .level = level };
	va_list ap;

	va_start(ap, fmt);
	e.text = format(fmt, ap);
	va_end(ap);
	add(d, e);
}

void diag_at(struct diag *d, enum diag_level level, uint32_t shndx,
	     uint64_t off, const char *fmt, ...)
{
	struct diag_entry e = { .shndx = shndx, .off = off, .level = level };
	va_list ap;

	va_start(ap, fmt);
	e.text = format(fmt, ap);
	va_end(ap);
	add(d, e);
}

/* Names come from the file: none may forge a line or move the cursor. */
static void clean(char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			*text = '?';
}

void diag_print(const struct diag *d, FILE *to, const char *path,
		void (*where)(void *ctx, uint32_t shndx, uint64_t off,
			      char *buf, size_t len),
		void *ctx, bool quiet)
{
	static const char *const levels[] = { "", " warning:", " note:" };
	char place[512];

	for (unsigned i = 0; i < d->n; i++) {
		const struct diag_entry *e = &d->entry[i];

		if (quiet && e->level != DIAG_ERROR)
			continue;
		place[0] = '\0';
		if (where && e->shndx != DIAG_FILE && !d->no_memory)
			where(ctx, e->shndx, e->off, place, sizeof(place));
		clean(place);
		if (e->text)
			clean(e->text);
		fprintf(to, "%s%s:%s%s%s%s %s\n", d->look ? d->look->on[e->level] : "",
			path, place, place[0] ? ":" : "", levels[e->level],
			d->look ? d->look->off : "",
			e->text ? e->text : "out of memory");
	}
	if (d->errors && !d->n && !d->unshown)	/* none could be kept */
		fprintf(to, "%s: out of memory\n", path);
	if (d->unshown)
		fprintf(to, "%s: %" PRIu64 " more like these (--max-errors shows them)\n",
			path, d->unshown);
}
