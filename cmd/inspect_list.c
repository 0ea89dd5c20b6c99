/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --list. A kernel with debug information has 30 million records: the lines
 * are put together by hand, which takes a tenth of printf()'s time.
 */
#include "inspect.h"

#include <stdio.h>

#include "progress.h"

enum { BUFFER = 1 << 16, LINE = 4096 };	/* no line but its names is longer */

struct list {
	struct inspect *o;
	struct filter *filter;
	unsigned digits;	/* of an address */
	size_t place, type;	/* how wide these columns are */
	size_t n;
	char buf[BUFFER];
};

/* --- Text into the buffer. --- */

static bool flush(struct list *l)
{
	fwrite(l->buf, l->n, 1, stdout);
	l->n = 0;
	return !ferror(stdout);
}

static void put_char(struct list *l, char c)
{
	if (l->n == BUFFER)
		flush(l);
	l->buf[l->n++] = c;
}

static void put_text(struct list *l, const char *s)
{
	size_t len = strlen(s);

	if (len > BUFFER - l->n)
		flush(l);
	if (len > BUFFER) {
		fwrite(s, len, 1, stdout);
		return;
	}
	memcpy(l->buf + l->n, s, len);
	l->n += len;
}

/* "0x" and at least that many digits. */
static void put_hex(struct list *l, uint64_t v, unsigned digits)
{
	char text[24];
	unsigned at = sizeof(text) - 1;

	text[at] = '\0';
	for (unsigned i = 0; i < digits || v; i++, v >>= 4)
		text[--at] = "0123456789abcdef"[v & 15];
	text[--at] = 'x';
	text[--at] = '0';
	put_text(l, text + at);
}

static void put_signed(struct list *l, uint64_t v)
{
	if ((int64_t)v < 0) {
		put_char(l, '-');
		v = -v;
	}
	put_hex(l, v, 1);
}

static void put_decimal(struct list *l, int64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)v);
	put_text(l, text);
}

/* Where the next column starts. */
static size_t column(struct list *l)
{
	if (l->n + LINE > BUFFER)
		flush(l);
	return l->n;
}

/* Fills up the column that started there. What was flushed meanwhile was long. */
static void pad(struct list *l, size_t from, size_t width)
{
	do
		put_char(l, ' ');
	while (l->n > from && l->n - from < width);
}

/* --- A line for people. --- */

static void put_value(struct list *l, const struct seen *s)
{
	if (!value_is_known(s))
		put_char(l, '-');
	else if (value_is_signed(&s->f))
		put_signed(l, s->f.value);
	else
		put_hex(l, s->f.value, 1);
}

static void put_symbol(struct list *l, const struct record *r)
{
	const char *name = record_symbol(l->o->img, r);
	int64_t a = r->addend;

	put_text(l, name);
	if (!name[0] || a) {
		if (name[0] && a > 0)
			put_char(l, '+');
		put_signed(l, (uint64_t)a);
	}
}

static void put_line(struct list *l, const struct seen *s)
{
	const struct section *sec = &l->o->img->sec[s->shndx];
	char unnamed[16];
	size_t at;

	at = column(l);
	put_text(l, sec->name);
	put_char(l, '+');
	put_hex(l, s->off, 1);
	pad(l, at, l->place);
	at = column(l);
	if (section_loaded(sec) && l->o->p)
		put_hex(l, s->r.offset, l->digits);
	else
		put_char(l, '-');
	pad(l, at, l->digits + 4);
	at = column(l);
	put_text(l, reloc_name(s->r.type, unnamed));
	pad(l, at, l->type);
	at = column(l);
	put_text(l, l->o->p ? effect_names[s->effect] : "-");
	pad(l, at, 8);
	at = column(l);
	put_value(l, s);
	pad(l, at, l->digits + 4);
	put_symbol(l, &s->r);
	put_char(l, '\n');
}

/* --- And for programs. --- */

static void put_string(struct list *l, const char *s)
{
	char escape[8];

	put_char(l, '"');
	while (*s) {
		unsigned char c = (unsigned char)*s;
		size_t len = utf8_length(s);

		if (c < 0x20 || !len) {
			snprintf(escape, sizeof(escape), "\\u%04x", c);
			put_text(l, escape);
			s++;
			continue;
		}
		if (c == '"' || c == '\\')
			put_char(l, '\\');
		while (len--)
			put_char(l, *s++);
	}
	put_char(l, '"');
}

static void put_json(struct list *l, const struct seen *s)
{
	const struct section *sec = &l->o->img->sec[s->shndx];
	char unnamed[16];

	put_text(l, "{\"section\":");
	put_string(l, sec->name);
	put_text(l, ",\"offset\":\"");
	put_hex(l, s->off, 1);
	if (section_loaded(sec) && l->o->p) {
		put_text(l, "\",\"address\":\"");
		put_hex(l, s->r.offset, 1);
	}
	put_text(l, "\",\"type\":\"");
	put_text(l, reloc_name(s->r.type, unnamed));
	put_text(l, "\",\"symbol\":");
	put_string(l, record_symbol(l->o->img, &s->r));
	put_text(l, ",\"addend\":");
	put_decimal(l, s->r.addend);
	if (l->o->p) {
		put_text(l, ",\"effect\":\"");
		put_text(l, effect_names[s->effect]);
		put_char(l, '"');
	}
	if (value_is_known(s)) {
		put_text(l, ",\"value\":\"");
		put_value(l, s);
		put_char(l, '"');
	}
	if (s->f.why) {
		put_text(l, ",\"why\":");
		put_string(l, s->f.why);
	}
	put_text(l, "}\n");
}

static bool show(void *ctx, const struct seen *s)
{
	struct list *l = ctx;

	if (!filter_record(l->filter, s))
		return true;
	if (l->o->json)
		put_json(l, s);
	else
		put_line(l, s);
	return !ferror(stdout);
}

/* Columns are as wide as the widest that may come. */
static void measure(struct list *l)
{
	const struct image *img = l->o->img;

	l->digits = img->xlen / 4;
	for (uint32_t i = 1; i < img->nsec; i++) {
		uint32_t of = img->sec[i].info;
		size_t len, digits = 1;

		if (img->sec[i].type != SHT_RELA || of >= img->nsec ||
		    !l->filter->section[of])
			continue;
		for (uint64_t v = img->sec[of].size; v >>= 4;)
			digits++;
		len = strlen(img->sec[of].name) + 3 + digits + 2;
		if (len > l->place && len < 64)
			l->place = len;
	}
	for (uint32_t t = 0; t < RELOC_MAX; t++)
		if (l->o->p && l->o->p->count[t].n && strlen(relocs[t].name) + 2 > l->type)
			l->type = strlen(relocs[t].name) + 2;
}

bool inspect_list(struct inspect *o)
{
	struct list l = { .o = o, .filter = &o->filter, .place = 16, .type = 22 };
	bool ok;

	progress_end();
	measure(&l);
	ok = o->p ? walk_records(o->p, o->filter.section, show, &l) :
		    walk_plain(o->img, o->filter.section, show, &l);
	flush(&l);
	return ok;
}
