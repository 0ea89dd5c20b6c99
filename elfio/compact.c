/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leaves symbols out of .symtab, and what then nobody uses: their names, the
 * names of sections that are left out, the table of extended indexes.
 */
#include "rewrite.h"

#include <stdlib.h>

/* Offsets into a string table that are in use, and where they go. */
struct names {
	const char *str;
	uint64_t size;
	uint32_t *old, *new;	/* n each, ascending */
	size_t n;
	char *bytes;		/* the new table */
	uint64_t used;
};

static int by_uint32(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* A string that is in use, and with it what begins within it. */
struct run {
	uint32_t from, len;	/* in the old table */
	uint32_t to;		/* in the new one */
	uint32_t host;		/* the run that ends with this one; itself: none */
};

/* Compares strings from their ends on. */
static int by_tail(const void *a, const void *b, void *names)
{
	const struct run *x = a, *y = b;
	const char *str = ((const struct names *)names)->str;
	uint32_t n = x->len < y->len ? x->len : y->len;

	for (uint32_t i = 1; i <= n; i++) {
		int d = (unsigned char)str[x->from + x->len - i] -
			(unsigned char)str[y->from + y->len - i];

		if (d)
			return d;
	}
	return (x->len > y->len) - (x->len < y->len);
}

static bool is_tail(const struct names *t, const struct run *tail,
		    const struct run *r)
{
	return tail->len <= r->len &&
	       !memcmp(t->str + tail->from,
		       t->str + r->from + (r->len - tail->len), tail->len);
}

/* Names that only lose strings: those that are left, as runs. */
static uint32_t cut_runs(const struct names *t, struct run *run)
{
	uint32_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		uint32_t off = t->old[i];
		const struct run *last = n ? &run[n - 1] : NULL;

		if (off >= t->size || !t->str[off] ||
		    (last && off <= last->from + last->len))
			continue;
		run[n] = (struct run){ .from = off, .host = n,
			.len = (uint32_t)strnlen(t->str + off, t->size - off) };
		n++;
	}
	return n;
}

/* The last orphan that is not behind r in the order of by_tail(), and ends it. */
static int64_t longest_tail(struct names *t, const struct run *orphan,
			    const int64_t *shorter, size_t m, const struct run *r)
{
	size_t lo = 0, hi = m;
	int64_t i;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (by_tail(&orphan[mid], r, t) <= 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	i = (int64_t)lo - 1;
	while (i >= 0 && !is_tail(t, &orphan[i], r))
		i = shorter[i];
	return i;
}

/*
 * Linkers let a string that ends another be a part of it. One that has lost the
 * string it was the end of may still be the end of another. In `orphan`, a
 * copy of these runs, `host` is which run each is.
 */
static bool find_hosts(struct names *t, struct run *run, uint32_t n)
{
	struct run *orphan = malloc((n + (size_t)1) * sizeof(*orphan));
	int64_t *shorter = malloc((n + (size_t)1) * sizeof(*shorter)), k;
	size_t m = 0;

	for (uint32_t i = 0; orphan && i < n; i++)
		if (run[i].from && t->str[run[i].from - 1])
			orphan[m++] = run[i];
	if (m)
		qsort_r(orphan, m, sizeof(*orphan), by_tail, t);
	for (size_t i = 0; shorter && i < m; i++) {
		for (k = (int64_t)i - 1; k >= 0 && !is_tail(t, &orphan[k], &orphan[i]);)
			k = shorter[k];
		shorter[i] = k;
		if (k >= 0)
			run[orphan[k].host].host = orphan[i].host;
	}
	for (uint32_t i = 0; shorter && m && i < n; i++) {
		if (run[i].from && t->str[run[i].from - 1])
			continue;
		k = longest_tail(t, orphan, shorter, m, &run[i]);
		if (k >= 0)
			run[orphan[k].host].host = i;
	}
	free(orphan);
	free(shorter);
	return orphan && shorter;
}

/* Strings keep their order. */
static void place_runs(struct names *t, struct run *run, uint32_t n)
{
	t->bytes[0] = '\0';
	t->used = 1;
	for (uint32_t i = 0; i < n; i++) {
		if (run[i].host != i)
			continue;
		run[i].to = (uint32_t)t->used;
		memcpy(t->bytes + t->used, t->str + run[i].from, run[i].len);
		t->used += run[i].len;
		t->bytes[t->used++] = '\0';
	}
	for (uint32_t i = 0; i < n; i++) {
		const struct run *h = &run[i];

		while (run[h->host].host != h->host)
			h = &run[h->host];
		h = &run[h->host];
		run[i].to = h->to + (h->len - run[i].len);
	}
}

static bool names_pack(struct names *t)
{
	size_t n = 0;
	struct run *run, *r;
	uint32_t runs;

	qsort(t->old, t->n, sizeof(*t->old), by_uint32);
	for (size_t i = 0; i < t->n; i++)
		if (!n || t->old[n - 1] != t->old[i])
			t->old[n++] = t->old[i];
	t->n = n;
	t->new = malloc((n + 1) * sizeof(*t->new));
	t->bytes = malloc(t->size + 1);
	r = run = malloc((n + 1) * sizeof(*run));
	runs = run ? cut_runs(t, run) : 0;
	if (!t->new || !t->bytes || !run || !find_hosts(t, run, runs)) {
		free(run);
		return false;
	}
	place_runs(t, run, runs);
	for (size_t i = 0; i < n; i++) {
		uint32_t off = t->old[i];

		while (r + 1 < run + runs && r[1].from <= off)
			r++;
		t->new[i] = off >= t->size || !t->str[off] ? 0 :
			    r->to + (off - r->from);
	}
	free(run);
	return true;
}

static uint32_t names_new(const struct names *t, uint32_t old)
{
	const uint32_t *at = bsearch(&old, t->old, t->n, sizeof(old),
				     by_uint32);

	return at ? t->new[at - t->old] : 0;
}

static void names_free(struct names *t)
{
	free(t->old);
	free(t->new);
	free(t->bytes);
}

/* --- What refers to what. --- */

/* Whether a section that stays, but for `but`, says that it uses section i. */
static bool linked_to(const struct rewrite *rw, uint32_t i, uint32_t but)
{
	const struct image *img = rw->img;

	for (uint32_t k = 1; k < img->nsec; k++)
		if (!rw->drop[k] && k != but && img->sec[k].link == i)
			return true;
	return false;
}

static bool may_change(const struct image *img, uint32_t i)
{
	return i && img->sec[i].data && !section_loaded(&img->sec[i]);
}

static uint32_t name_of(const struct image *img, uint32_t i)
{
	const struct section *names = &img->sec[img->shstrndx];

	return (uint32_t)(img->sec[i].name - (const char *)names->data);
}

/* --- Symbols. --- */

static bool choose(struct rewrite *rw, const bool *keep)
{
	const struct symtab *t = &rw->img->symtab;
	struct section *s = &rw->sec[t->shndx];
	uint32_t n = 0, locals = s->info;

	rw->symbol_from = malloc((t->n + 1) * sizeof(*rw->symbol_from));
	if (!rw->symbol_from)
		return false;
	for (uint32_t i = 0; i < t->n; i++) {
		if (!i || keep[i])
			rw->symbol_from[n++] = i;
		else if (i < locals)
			s->info--;
	}
	s->size = (uint64_t)n * symbol_size(t->xlen);
	return true;
}

static uint32_t symbols_left(const struct rewrite *rw)
{
	const struct symtab *t = &rw->img->symtab;

	return (uint32_t)(rw->sec[t->shndx].size / symbol_size(t->xlen));
}

static uint32_t extended_table(const struct rewrite *rw)
{
	const struct image *img = rw->img;

	for (uint32_t i = 1; i < img->nsec; i++)
		if (img->sec[i].type == SHT_SYMTAB_SHNDX &&
		    img->sec[i].link == img->symtab.shndx && !rw->drop[i])
			return i;
	return 0;
}

/* The index as the new file has it; of a section that is gone: absolute. */
static uint32_t new_shndx(const struct rewrite *rw, const uint32_t *newindex,
			  uint32_t shndx)
{
	if (!shndx)
		return SHN_UNDEF;
	if (shndx >= rw->img->nsec)
		return shndx;	/* a reserved one */
	return rw->drop[shndx] ? SYM_ABS : newindex[shndx];
}

/* Whether a symbol that is left has an index that the symbol cannot hold. */
static bool needs_extended(const struct rewrite *rw, const uint32_t *newindex)
{
	const struct symtab *t = &rw->img->symtab;

	for (uint32_t k = 0; k < symbols_left(rw); k++) {
		struct symbol s = symtab_get(t, rw->symbol_from[k]);
		uint32_t shndx = new_shndx(rw, newindex, s.shndx);

		if (shndx >= SHN_LORESERVE && shndx < SYM_RESERVED(SHN_LORESERVE))
			return true;
	}
	return false;
}

static void put_symbols(struct rewrite *rw, const uint32_t *newindex,
			const struct names *names, uint8_t *to, uint8_t *extended)
{
	const struct symtab *t = &rw->img->symtab;
	unsigned size = symbol_size(t->xlen);
	size_t at = t->xlen == 64 ? offsetof(Elf64_Sym, st_shndx) :
				    offsetof(Elf32_Sym, st_shndx);

	_Static_assert(!offsetof(Elf64_Sym, st_name) &&
		       !offsetof(Elf32_Sym, st_name), "the name comes first");
	for (uint32_t k = 0; k < symbols_left(rw); k++, to += size) {
		uint32_t i = rw->symbol_from[k];
		struct symbol s = symtab_get(t, i);
		uint32_t shndx = new_shndx(rw, newindex, s.shndx);
		bool far = shndx >= SHN_LORESERVE &&
			   shndx < SYM_RESERVED(SHN_LORESERVE);

		memcpy(to, t->data + (size_t)i * size, size);
		if (names)
			putle(to, names_new(names, s.name), 4);
		putle(to + at, far ? SHN_XINDEX : shndx & 0xffff, 2);
		if (extended)
			putle(extended + (size_t)k * 4, far ? shndx : 0, 4);
	}
}

/* The table of extended indexes goes when nothing needs it any more. */
static bool settle_extended(struct rewrite *rw)
{
	uint32_t *newindex = calloc(rw->img->nsec, sizeof(*newindex));
	uint32_t x = extended_table(rw);

	if (!newindex)
		return false;
	rewrite_indexes(rw, newindex);
	if (x && !needs_extended(rw, newindex))
		rw->drop[x] = true;
	free(newindex);
	return true;
}

static bool compact_symbols(struct rewrite *rw, const struct names *names)
{
	const struct symtab *t = &rw->img->symtab;
	uint32_t *newindex = calloc(rw->img->nsec, sizeof(*newindex));
	uint32_t x = extended_table(rw), n = symbols_left(rw);
	uint8_t *symbols, *extended = NULL;

	symbols = rw->content[t->shndx] = malloc(rw->sec[t->shndx].size + 1);
	if (x) {
		extended = rw->content[x] = malloc((size_t)n * 4 + 1);
		rw->sec[x].size = (uint64_t)n * 4;
	}
	if (newindex && symbols && (!x || extended)) {
		rewrite_indexes(rw, newindex);
		put_symbols(rw, newindex, names, symbols, extended);
	}
	free(newindex);
	return newindex && symbols && (!x || extended);
}

/* --- Names. --- */

static void use_names(struct rewrite *rw, uint32_t shndx, struct names *t)
{
	rw->content[shndx] = (uint8_t *)t->bytes;
	rw->sec[shndx].size = t->used;
	t->bytes = NULL;
}

static bool names_of_symbols(const struct rewrite *rw, struct names *t)
{
	const struct symtab *st = &rw->img->symtab;
	uint32_t n = symbols_left(rw);

	*t = (struct names){ .str = st->str, .size = st->strsize };
	t->old = malloc(((size_t)n + rw->img->nsec) * sizeof(*t->old));
	for (uint32_t k = 0; t->old && k < n; k++)
		t->old[t->n++] = symtab_get(st, rw->symbol_from[k]).name;
	return t->old;
}

static void add_section_names(const struct rewrite *rw, struct names *t)
{
	for (uint32_t i = 1; i < rw->img->nsec; i++)
		if (!rw->drop[i])
			t->old[t->n++] = name_of(rw->img, i);
}

static bool rename_sections(struct rewrite *rw, const struct names *t)
{
	rw->names = calloc(rw->img->nsec, sizeof(*rw->names));
	for (uint32_t i = 1; rw->names && i < rw->img->nsec; i++)
		rw->names[i] = names_new(t, name_of(rw->img, i));
	return rw->names;
}

static bool compact_section_names(struct rewrite *rw)
{
	const struct image *img = rw->img;
	const struct section *s = &img->sec[img->shstrndx];
	struct names t = { .str = (const char *)s->data, .size = s->size };
	bool ok;

	if (!may_change(img, img->shstrndx) || linked_to(rw, img->shstrndx, 0))
		return true;
	t.old = malloc(img->nsec * sizeof(*t.old));
	if (!t.old)
		return false;
	add_section_names(rw, &t);
	ok = names_pack(&t) && rename_sections(rw, &t);
	if (ok)
		use_names(rw, img->shstrndx, &t);
	names_free(&t);
	return ok;
}

bool rewrite_compact(struct rewrite *rw, const bool *keep)
{
	const struct image *img = rw->img;
	uint32_t symtab = img->symtab.shndx;
	uint32_t strtab = img->sec[symtab].link;
	bool shared = strtab == img->shstrndx, ok = true;
	struct names t = { 0 };

	if (!may_change(img, symtab) || rw->drop[symtab] || !img->symtab.n)
		return compact_section_names(rw);
	if (!choose(rw, keep) || !settle_extended(rw))
		return false;
	if (!may_change(img, strtab) || linked_to(rw, strtab, symtab))
		return compact_symbols(rw, NULL) && compact_section_names(rw);
	ok = names_of_symbols(rw, &t);
	if (ok && shared)
		add_section_names(rw, &t);
	ok = ok && names_pack(&t) && compact_symbols(rw, &t) &&
	     (!shared || rename_sections(rw, &t));
	if (ok)
		use_names(rw, strtab, &t);
	names_free(&t);
	return ok && (shared || compact_section_names(rw));
}
