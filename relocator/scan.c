/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scan.h"

#include <inttypes.h>
#include <stdlib.h>

#include "embed.h"

/* --- What is covered: a bit for each byte. --- */

struct coverage {
	const struct plan *p;
	uint8_t **bits;		/* by section; NULL: none is covered */
	bool *asked;		/* by section: its records are in the bits */
	bool failed;
};

static void cover(struct coverage *c, uint32_t shndx, uint64_t off,
		  unsigned bytes)
{
	const struct section *s = &c->p->img->sec[shndx];

	if (!s->data || !section_loaded(s))
		return;
	if (!c->bits[shndx])
		c->bits[shndx] = calloc(s->size / 8 + 1, 1);
	if (!c->bits[shndx]) {
		c->failed = true;
		return;
	}
	for (; bytes && off < s->size; bytes--, off++)
		c->bits[shndx][off / 8] |= (uint8_t)(1 << off % 8);
}

static void cover_address(struct coverage *c, uint64_t addr)
{
	uint32_t shndx;
	uint64_t off, word;

	if (plan_word_at(c->p, addr, &shndx, &off, &word))
		cover(c, shndx, off, c->p->img->xlen / 8);
}

static void cover_records(struct coverage *c, uint32_t rel)
{
	const struct plan *p = c->p;
	const struct section *rela = &p->img->sec[p->rel[rel].rela];
	uint32_t shndx = p->rel[rel].target;
	size_t n = rela->size / record_size(p->img->xlen);

	for (size_t i = 0; i < n && !c->failed; i++) {
		struct record r = record_get(rela->data, p->img->xlen, i);
		const struct reloc *row = reloc_row(r.type);

		if (row)
			cover(c, shndx, r.offset - p->img->sec[shndx].addr,
			      fields[row->field].bytes);
	}
}

/* Made when the first word is in question that does not move. */
static void coverage_make(struct coverage *c)
{
	const struct plan *p = c->p;
	const struct site *s = p->sites.at;
	const uint64_t *got = p->covered.at;

	c->bits = calloc(p->img->nsec, sizeof(*c->bits));
	c->asked = calloc(p->img->nsec, sizeof(*c->asked));
	c->failed = !c->bits || !c->asked;
	for (size_t i = 0; i < p->sites.n && !c->failed; i++)
		cover(c, s[i].shndx, s[i].off, fields[s[i].field].bytes);
	for (size_t i = 0; i < p->v.ndynamic && !c->failed; i++)
		cover_address(c, p->v.dynamic[i].addr);
	for (size_t i = 0; i < p->covered.n && !c->failed; i++)
		cover_address(c, got[i]);
}

static void coverage_free(struct coverage *c)
{
	for (uint32_t i = 0; c->bits && i < c->p->img->nsec; i++)
		free(c->bits[i]);
	free(c->bits);
	free(c->asked);
}

/* Most sections are never asked about, .text least of all. */
static void ask(struct coverage *c, uint32_t shndx)
{
	if (!c->bits && !c->failed)
		coverage_make(c);
	if (c->failed || c->asked[shndx])
		return;
	c->asked[shndx] = true;
	for (uint32_t k = 0; k < c->p->nrel && !c->failed; k++)
		if (c->p->rel[k].target == shndx)
			cover_records(c, k);
}

static bool is_covered(struct coverage *c, uint32_t shndx, uint64_t off)
{
	unsigned bytes = c->p->img->xlen / 8;

	ask(c, shndx);
	if (c->failed)
		return true;
	for (; c->bits[shndx] && bytes; bytes--, off++)
		if (c->bits[shndx][off / 8] >> off % 8 & 1)
			return true;
	return false;
}

/* --- Going over a section. --- */

/* The sections whose words are the program's: not ELF's tables, no GOT. */
static bool is_program(const struct plan *p, const struct section *s)
{
	return section_loaded(s) && s->data && !section_is_got(s) &&
	       (s->type == SHT_PROGBITS || s->type == SHT_INIT_ARRAY ||
		s->type == SHT_FINI_ARRAY || s->type == SHT_PREINIT_ARRAY) &&
	       !embed_is_table(s, p->img->xlen, p->m.lo);
}

typedef void word_fn(void *ctx, uint32_t shndx, uint64_t off, uint64_t word);

static void each_uncovered(struct coverage *c, uint32_t shndx, unsigned step,
			   word_fn *fn, void *ctx)
{
	const struct plan *p = c->p;
	const struct section *s = &p->img->sec[shndx];
	const struct site *site = p->sites.at;
	uint64_t bytes = p->img->xlen / 8, off = -s->addr % step, end;
	size_t i = plan_site_from(p, shndx, off);
	uint8_t buf[IMAGE_WINDOW];

	while (off + bytes <= s->size) {
		const uint8_t *at;

		end = s->size - off < sizeof(buf) ? s->size : off + sizeof(buf);
		at = image_read(p->img, s->data + off, end - off, buf);
		for (; off + bytes <= end; off += step, at += step) {
			uint64_t word = getxlen(at, p->img->xlen);

			if (!model_holds(&p->m, word))
				continue;
			while (i < p->sites.n && site[i].shndx == shndx &&
			       site[i].off < off)
				i++;
			if ((i == p->sites.n || site[i].shndx != shndx ||
			     site[i].off != off) && !is_covered(c, shndx, off))
				fn(ctx, shndx, off, word);
		}
	}
}

/* --- For those who do not ask for a scan: counted, and the first one said. --- */

struct first {
	uint64_t n, off, word;
	uint32_t shndx;
};

static void note_first(void *ctx, uint32_t shndx, uint64_t off, uint64_t word)
{
	struct first *f = ctx;

	if (!f->n++) {
		f->off = off;
		f->word = word;
		f->shndx = shndx;
	}
}

static bool has_loaded_records(const struct plan *p)
{
	for (uint32_t i = 1; i < p->img->nsec; i++)
		if (p->state[i] == STATE_LOADED)
			return true;
	return false;
}

void uncovered_words(struct plan *p)
{
	bool any = p->m.dynamic || has_loaded_records(p);
	struct coverage c = { .p = p };
	struct first f = { 0 };

	if (p->m.lo < MODEL_LOW)
		return;
	for (uint32_t i = 1; i < p->img->nsec; i++)
		if (is_program(p, &p->img->sec[i]) &&
		    !(p->img->sec[i].flags & SHF_EXECINSTR))
			each_uncovered(&c, i, any ? p->img->xlen / 8 : 1,
				       note_first, &f);
	if (c.failed)
		diag_no_memory(p->d);
	coverage_free(&c);
	p->uncovered = f.n;
	if (f.n && !any)
		diag_at(p->d, DIAG_ERROR, f.shndx, f.off,
			"the word 0x%" PRIx64 " is an address of the image, and no section that is loaded has relocation records: have they been stripped?",
			f.word);
	else if (f.n && !p->opt.scan)
		diag_at(p->d, DIAG_WARNING, f.shndx, f.off,
			"the word 0x%" PRIx64 " looks like an address of the image, has no record and stays as it is (%" PRIu64 " such words; rvreloc verify --scan judges them)",
			f.word, f.n);
}

/* --- Judging. --- */

struct scanning {
	const struct plan *p;
	struct coverage c;
	struct scan *scan;
	struct vec starts;	/* uint64_t: where symbols begin; sorted */
	bool failed;
};

const char *scan_kind_name(enum scan_kind k)
{
	static const char *const names[] = {
		[SCAN_POINTER] = "pointer", [SCAN_LOW] = "number-or-pointer",
		[SCAN_PACKED] = "packed", [SCAN_INSIDE] = "inside",
		[SCAN_TABLE] = "table", [SCAN_UNALIGNED] = "unaligned",
		[SCAN_ODD] = "odd", [SCAN_NOWHERE] = "nowhere", [SCAN_TEXT] = "text",
		[SCAN_CODE] = "code",
	};

	return names[k];
}

const char *scan_kind_text(enum scan_kind k)
{
	static const char *const text[] = {
		[SCAN_POINTER] = "aligned, a symbol begins there",
		[SCAN_LOW] = "aligned, a symbol begins there; at so low a base it may be a number",
		[SCAN_PACKED] = "not aligned, a symbol begins there",
		[SCAN_INSIDE] = "aligned, in the middle of a symbol",
		[SCAN_TABLE] = "in a table, whose other entries have no address there",
		[SCAN_UNALIGNED] = "in the middle of data",
		[SCAN_ODD] = "aligned, an odd address in code",
		[SCAN_NOWHERE] = "aligned, nothing lies there",
		[SCAN_TEXT] = "characters of a string",
		[SCAN_CODE] = "bytes of instructions",
	};

	return text[k];
}

bool scan_kind_is_likely(enum scan_kind k)
{
	return k == SCAN_POINTER;
}

static bool find_starts(struct scanning *sc)
{
	const struct symtab *t = &sc->p->img->symtab;

	sc->starts.size = sizeof(uint64_t);
	for (uint32_t i = 1; i < t->n; i++) {
		struct symbol s = symtab_get(t, i);

		/* Labels within functions are everywhere. */
		if (!s.shndx || !strncmp(symtab_name(t, &s), ".L", 2) ||
		    symtab_name(t, &s)[0] == '$')
			continue;
		if (symbol_moves(&sc->p->m, &s, i) &&
		    !vec_push(&sc->starts, &s.value))
			return false;
	}
	vec_sort(&sc->starts, by_uint64);
	return true;
}

static bool begins_symbol(const struct scanning *sc, uint64_t addr)
{
	return sc->starts.n && bsearch(&addr, sc->starts.at, sc->starts.n,
				       sizeof(addr), by_uint64);
}

/* Whether the word and what is around it are characters. */
static bool is_text(const struct section *s, uint64_t off, unsigned bytes)
{
	uint64_t from = off < 4 ? 0 : off - 4, to = off + bytes + 4;

	if (s->flags & SHF_STRINGS)
		return true;
	for (uint64_t i = from; i < to && i < s->size; i++) {
		uint8_t c = s->data[i];

		if ((c < ' ' && c && c != '\n' && c != '\t') || c > '~')
			return false;
		if (!c && i >= off && i + 1 < off + bytes)
			return false;
	}
	return true;
}

/*
 * Whether it is a field of a table whose entries are as far apart as the
 * records around it, and the same field of the neighbours is no address:
 * numbers that begin with all ones are not rare.
 */
static bool in_table(const struct scanning *sc, uint32_t shndx, uint64_t off)
{
	const struct plan *p = sc->p;
	const struct site *s = p->sites.at;
	const struct section *sec = &p->img->sec[shndx];
	size_t i = plan_site_from(p, shndx, off);
	unsigned bytes = p->img->xlen / 8, others = 0;
	uint64_t step;

	if (!i || i >= p->sites.n || s[i].shndx != shndx ||
	    s[i - 1].shndx != shndx)
		return false;
	step = s[i].off - s[i - 1].off;
	for (int k = -2; k <= 2; k++) {
		uint64_t at = off + (uint64_t)k * step, word;

		if (!k || at >= sec->size || sec->size - at < bytes)
			continue;
		word = getxlen(sec->data + at, p->img->xlen);
		if (model_holds(&p->m, word))
			return false;
		others += word != 0;
	}
	return others >= 2;
}

/* What an aligned word without a symbol at its target is. */
static uint32_t judge_inside(const struct scanning *sc, uint32_t shndx,
			     uint64_t off, uint64_t word)
{
	const struct image *img = sc->p->img;
	uint32_t target = image_section_at(img, word);

	if (!target)
		return SCAN_NOWHERE;
	if (word & 1 && img->sec[target].flags & SHF_EXECINSTR)
		return SCAN_ODD;
	return in_table(sc, shndx, off) ? SCAN_TABLE : SCAN_INSIDE;
}

static uint32_t judge(const struct scanning *sc, uint32_t shndx, uint64_t off,
		      uint64_t word)
{
	const struct image *img = sc->p->img;
	const struct section *s = &img->sec[shndx];
	unsigned bytes = img->xlen / 8;
	bool aligned = (s->addr + off) % bytes == 0;
	bool begins = begins_symbol(sc, word);

	if (is_text(s, off, bytes))
		return SCAN_TEXT;
	if (s->flags & SHF_EXECINSTR && !(aligned && begins))
		return SCAN_CODE;
	if (begins && sc->p->m.lo < MODEL_LOW)
		return SCAN_LOW;
	if (begins)
		return aligned ? SCAN_POINTER : SCAN_PACKED;
	return aligned ? judge_inside(sc, shndx, off, word) : SCAN_UNALIGNED;
}

static void note_word(void *ctx, uint32_t shndx, uint64_t off, uint64_t word)
{
	struct scanning *sc = ctx;
	struct scan_word w = { off, word, shndx,
			       judge(sc, shndx, off, word) };

	sc->scan->n[w.kind]++;
	/* Its bytes at other alignments are not another one. */
	cover(&sc->c, shndx, off, sc->p->img->xlen / 8);
	sc->failed |= !vec_push(&sc->scan->words, &w);
}

static int by_likelihood(const void *a, const void *b)
{
	const struct scan_word *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	if (x->shndx != y->shndx)
		return x->shndx < y->shndx ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

bool scan_words(const struct plan *p, struct scan *s)
{
	struct scanning sc = { .p = p, .c.p = p, .scan = s };

	*s = (struct scan){ .words.size = sizeof(struct scan_word) };
	sc.failed = !find_starts(&sc);
	for (uint32_t i = 1; i < p->img->nsec && !sc.failed; i++) {
		if (!is_program(p, &p->img->sec[i]))
			continue;
		each_uncovered(&sc.c, i, p->img->xlen / 8, note_word, &sc);
		each_uncovered(&sc.c, i, 1, note_word, &sc);
	}
	vec_sort(&s->words, by_likelihood);
	sc.failed |= sc.c.failed;
	coverage_free(&sc.c);
	free(sc.starts.at);
	return !sc.failed;
}

void scan_free(struct scan *s)
{
	free(s->words.at);
}
