/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "formats.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "encode.h"

const char *const table_formats[TABLE_FORMATS + 1] = {
	[FORMAT_RVR] = "rvr", [FORMAT_RELR] = "relr", [FORMAT_RELA] = "rela",
	[FORMAT_OFFSETS] = "offsets", [FORMAT_C] = "c",
};

/* Bytes one after the other. (A memory stream does not say when it is full.) */
struct sink {
	uint8_t *at;
	size_t n, room;
	bool failed;
};

static void put_bytes(struct sink *to, const void *bytes, size_t n)
{
	if (to->n + n > to->room) {
		size_t room = 2 * (to->n + n);
		uint8_t *grown = realloc(to->at, room);

		if (!grown) {
			to->failed = true;
			return;
		}
		to->at = grown;
		to->room = room;
	}
	memcpy(to->at + to->n, bytes, n);
	to->n += n;
}

static void put(struct sink *to, uint64_t v, unsigned bytes)
{
	uint8_t le[8];

	putle(le, v, 8);
	put_bytes(to, le, bytes);
}

static void __attribute__((format(printf, 2, 3)))
put_text(struct sink *to, const char *fmt, ...)
{
	char text[1024];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(text))
		to->failed = true;
	else
		put_bytes(to, text, (size_t)n);
}

/* About the place of a table at `off`. */
static void __attribute__((format(printf, 4, 5)))
say(struct plan *p, enum diag_level level, uint64_t off, const char *fmt, ...)
{
	uint32_t in = image_section_at(p->img, p->m.lo + off);
	char text[256];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_at(p->d, level, in, p->m.lo + off - p->img->sec[in].addr, "%s",
		text);
}

/* True for what ELF's own tables have; says of anything else what it is. */
static bool is_word(struct plan *p, const struct table_place *at,
		    const char *format)
{
	if (at->kind == TABLE_WORD)
		return true;
	say(p, DIAG_ERROR, at->off, "%s: --format=%s has none of that kind, only words",
	    table_kind_name(at->kind), format);
	return false;
}

/* --- RELR: an address covers its own word, each bitmap the words behind. --- */

/* Of ascending addresses of words; returns how many entries. to may be NULL. */
static uint64_t relr_entries(const uint64_t *addr, size_t n, unsigned bytes,
			     struct sink *to)
{
	uint64_t entries = 0, reach = (uint64_t)(bytes * 8 - 1) * bytes;

	for (size_t i = 0; i < n;) {
		uint64_t base = addr[i] + bytes;

		if (to)
			put(to, addr[i], bytes);
		entries++;
		for (i++; i < n && addr[i] - base < reach; base += reach) {
			uint64_t bits = 1;

			for (; i < n && addr[i] - base < reach; i++)
				bits |= UINT64_C(2) << (addr[i] - base) / bytes;
			if (to)
				put(to, bits, bytes);
			entries++;
		}
	}
	return entries;
}

static bool write_relr(struct plan *p, const struct table *t, struct sink *to)
{
	unsigned bytes = t->xlen / 8;
	uint64_t *addr = calloc(t->n + 1, sizeof(*addr));
	size_t n = 0;

	if (!addr)
		return false;
	for (size_t i = 0; i < t->n; i++) {
		uint64_t at = t->base + t->place[i].off;

		if (!is_word(p, &t->place[i], "relr"))
			continue;
		if (at % bytes)
			say(p, DIAG_WARNING, t->place[i].off,
			    "the word at 0x%" PRIx64 " is not aligned: RELR leaves it out, and it must be moved otherwise",
			    at);
		else
			addr[n++] = at;
	}
	relr_entries(addr, n, bytes, to);
	free(addr);
	return true;
}

/* --- RELA: R_RISCV_RELATIVE. --- */

/* What the word shall hold where the image is linked. */
static uint64_t word_at(const struct plan *p, const struct table *t,
			uint64_t off)
{
	const struct table_fill *f = !t->nfill ? NULL :
		bsearch(&off, t->fill, t->nfill, sizeof(*f), by_uint64);
	uint64_t word = 0, at;
	uint32_t in;

	if (f)
		return f->value;
	plan_word_at(p, p->m.lo + off, &in, &at, &word);
	return word + p->delta;
}

static bool write_rela(struct plan *p, const struct table *t, struct sink *to)
{
	unsigned bytes = t->xlen / 8;

	for (size_t i = 0; i < t->n; i++) {
		if (!is_word(p, &t->place[i], "rela"))
			continue;
		put(to, t->base + t->place[i].off, bytes);
		put(to, RELOC_RELATIVE, bytes);
		put(to, word_at(p, t, t->place[i].off), bytes);
	}
	return true;
}

/* --- Offsets: a list for each kind, 32 bits each, 0 behind the last. --- */

static bool write_offsets(struct plan *p, const struct table *t, struct sink *to)
{
	size_t i = 0;

	for (unsigned kind = 0; kind < TABLE_KINDS; kind++) {
		for (; i < t->n && t->place[i].kind == kind; i++) {
			uint64_t off = t->place[i].off;

			if (!off || off > UINT32_MAX)
				say(p, DIAG_ERROR, off,
				    "%s: --format=offsets cannot hold its offset, 0x%" PRIx64 ": %s",
				    table_kind_name(kind), off,
				    off ? "they have 32 bits" : "0 ends a list");
			put(to, off, 4);
		}
		put(to, 0, 4);
	}
	return true;
}

/* --- C: the same lists as arrays. --- */

static const struct { const char *array, *count; } c_names[TABLE_KINDS] = {
	[TABLE_WORD] = { "rvreloc_words", "RVRELOC_WORDS" },
	[TABLE_WORD_SUB] = { "rvreloc_words_sub", "RVRELOC_WORDS_SUB" },
	[TABLE_HALF] = { "rvreloc_halves", "RVRELOC_HALVES" },
	[TABLE_HALF_SUB] = { "rvreloc_halves_sub", "RVRELOC_HALVES_SUB" },
	[TABLE_CLUI] = { "rvreloc_cluis", "RVRELOC_CLUIS" },
};

static void write_array(const struct table *t, enum table_kind kind, struct sink *to)
{
	const char *type = t->size > UINT32_MAX ? "uint64_t" : "uint32_t";
	const char *name = c_names[kind].array;
	size_t first = 0, n = 0;

	while (first < t->n && t->place[first].kind < kind)
		first++;
	while (first + n < t->n && t->place[first + n].kind == kind)
		n++;
	put_text(to, "\n/* %s */\n#define %s %zu\n"
		"extern const %s %s[];\nconst %s %s[] = {",
		table_kind_name(kind), c_names[kind].count, n, type, name,
		type, name);
	for (size_t i = 0; i < n; i++)
		put_text(to, "%s0x%" PRIx64 ",", i % 6 ? " " : "\n\t",
			t->place[first + i].off);
	/* C has no arrays of nothing. */
	put_text(to, "%s\n};\n", n ? "" : "\n\t0");
}

static bool write_c(struct plan *p, const struct table *t, struct sink *to)
{
	(void)p;
	put_text(to, "/* Made by rvreloc table --format=c. Offsets of what changes, from the base. */\n"
		"#include <stdint.h>\n\n"
		"#define RVRELOC_XLEN %u\n"
		"#define RVRELOC_BASE UINT64_C(0x%" PRIx64 ")\n"
		"#define RVRELOC_SIZE UINT64_C(0x%" PRIx64 ")\n"
		"#define RVRELOC_ALIGN UINT64_C(0x%" PRIx64 ")\n"
		"#define RVRELOC_LOWEST UINT64_C(0x%" PRIx64 ")\n"
		"#define RVRELOC_HIGHEST UINT64_C(0x%" PRIx64 ")\n",
		t->xlen, t->base, t->size, t->align, t->reach_lo, t->reach_hi);
	for (unsigned kind = 0; kind < TABLE_KINDS; kind++)
		write_array(t, kind, to);
	return true;
}

/* --- What boot/ reads. --- */

static bool write_rvr(struct plan *p, const struct table *t, struct sink *to)
{
	const char *why = encode_refuses(t);
	uint8_t *bytes;
	size_t size;

	if (why) {
		diag_file(p->d, DIAG_ERROR, "no table for boot/: %s", why);
		return true;
	}
	if (!encode_rvr(t, &bytes, &size))
		return false;
	put_bytes(to, bytes, size);
	free(bytes);
	return true;
}

/* --- All of them. --- */

bool table_write(struct plan *p, const struct table *t, enum table_format f,
		 uint8_t **bytes, size_t *size)
{
	static bool (*const writers[TABLE_FORMATS])(struct plan *,
						    const struct table *,
						    struct sink *) = {
		[FORMAT_RVR] = write_rvr,
		[FORMAT_RELR] = write_relr, [FORMAT_RELA] = write_rela,
		[FORMAT_OFFSETS] = write_offsets, [FORMAT_C] = write_c,
	};
	uint64_t errors = p->d->errors;
	struct sink to = { 0 };
	bool ok = writers[f](p, t, &to) && !to.failed;

	*bytes = NULL;
	*size = to.n;
	if (!ok)
		diag_no_memory(p->d);
	if (ok && p->d->errors == errors) {
		*bytes = to.at;
		return true;
	}
	free(to.at);
	return false;
}

/* --- What they take. --- */

/* The table, or what comes nearest to it when there are fields that none has. */
static bool places_of(struct plan *p, struct table *t)
{
	const struct site *s = p->sites.at;
	struct diag *d = p->d, quiet;
	bool ok;

	diag_init(&quiet, 0);
	p->d = &quiet;
	ok = table_build(p, t);
	p->d = d;
	if (quiet.no_memory)
		diag_no_memory(d);
	diag_free(&quiet);
	if (ok || d->no_memory)
		return ok;
	*t = (struct table){ .xlen = p->img->xlen };
	t->place = calloc(p->sites.n + 1, sizeof(*t->place));
	for (size_t i = 0; t->place && i < p->sites.n; i++) {
		bool word = fields[s[i].field].value == VALUE_DATA &&
			    fields[s[i].field].bytes == t->xlen / 8;

		if (!s[i].meta)
			t->place[t->n++] = (struct table_place){
				p->img->sec[s[i].shndx].addr + s[i].off - p->m.lo,
				word ? TABLE_WORD : TABLE_HALF };
	}
	return false;
}

static bool rvr_size(const struct table *t, uint64_t *size)
{
	uint8_t *bytes;
	size_t n;

	if (encode_refuses(t))
		return true;
	if (!encode_rvr(t, &bytes, &n))
		return false;
	free(bytes);
	*size = n;
	return true;
}

bool table_sizes(struct plan *p, struct table_sizes *s)
{
	unsigned bytes = p->img->xlen / 8;
	uint64_t *aligned;
	struct table t = { 0 };
	size_t n = 0;
	bool whole = places_of(p, &t), ok;

	*s = (struct table_sizes){ 0 };
	aligned = calloc(t.n + 1, sizeof(*aligned));
	for (size_t i = 0; aligned && t.place && i < t.n; i++) {
		if (t.place[i].kind != TABLE_WORD)
			s->others++;
		else if (++s->words && (p->m.lo + t.place[i].off) % bytes)
			s->relr_left++;
		else
			aligned[n++] = t.place[i].off;
	}
	ok = aligned && (t.place || !t.n) && !p->d->no_memory;
	if (n)
		qsort(aligned, n, sizeof(*aligned), by_uint64);
	s->relr = relr_entries(aligned, n, bytes, NULL) * bytes;
	s->rela = s->words * record_size(p->img->xlen);
	s->offsets = s->words * 4;
	ok = ok && (!whole || rvr_size(&t, &s->rvr));
	free(aligned);
	table_free(&t);
	return ok;
}
