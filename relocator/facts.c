/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "facts.h"

#include <stdlib.h>

#include "elfio/compress.h"
#include "elfio/parallel.h"

/* --- Kinds of records. --- */

enum reloc_kind reloc_kind(uint32_t type, unsigned xlen)
{
	const struct reloc *row = reloc_row(type);

	if (!row)
		return KIND_UNKNOWN;
	if (row->op == OP_ADD || row->op == OP_SUB)
		return KIND_DISTANCE;
	if (row->anchor == ANCHOR_TP || row->anchor == ANCHOR_TSLOT)
		return KIND_TLS;
	if (row->op == OP_MARK || row->op == OP_DYN)
		return KIND_MARK;
	if (row->anchor == ANCHOR_GP || row->anchor == ANCHOR_GPREL)
		return KIND_GP;
	if (row->anchor == ANCHOR_SLOT)
		return KIND_GOT;
	if (reloc_is_jump(row))
		return KIND_JUMP;
	if (fields[row->field].value == VALUE_DATA)
		return row->pc ? KIND_DISTANCE :
		       fields[row->field].bytes * 8u == xlen ? KIND_WORD :
							       KIND_HALF;
	return row->pc ? KIND_PC : KIND_ABS;
}

const char *reloc_kind_text(enum reloc_kind k)
{
	static const char *const text[KINDS] = {
		[KIND_WORD] = "address words",
		[KIND_HALF] = "other words",
		[KIND_ABS] = "absolute in code",
		[KIND_PC] = "pc-relative in code",
		[KIND_GOT] = "through the GOT",
		[KIND_GP] = "gp-relative",
		[KIND_TLS] = "thread-local",
		[KIND_JUMP] = "calls, branches",
		[KIND_DISTANCE] = "distances",
		[KIND_MARK] = "marks of the linker",
		[KIND_UNKNOWN] = "unknown",
	};

	return text[k];
}

/* --- Who made it: strings in .comment. --- */

static bool is_linker(const char *s)
{
	return !strncmp(s, "Linker: ", 8) || !strncmp(s, "mold ", 5);
}

static void find_tools(const struct image *img, struct facts *f)
{
	const struct section *s = &img->sec[image_section(img, ".comment")];
	const char *at = (const char *)s->data, *end = at + s->size;

	if (!at || section_is_packed(s) || end[-1])
		return;
	for (; at < end; at += strlen(at) + 1) {
		unsigned i = 0;

		while (i < f->ntools && strcmp(f->tool[i], at))
			i++;
		if (!at[0] || i < f->ntools)
			continue;
		if (is_linker(at))
			f->linker = at;
		else if (f->ntools < TOOLS)
			f->tool[f->ntools++] = at;
	}
}

/* --- The code, from its records. --- */

static uint64_t count_of(const struct plan *p, uint32_t type)
{
	return p->count[type].n;
}

/* Assembly has pc-relative accesses in images of either model. */
static void find_model(const struct plan *p, struct facts *f)
{
	enum { A_FEW = 10 };	/* one in so many is assembly */

	f->absolute = p->effect[RELOC_HI20][EFFECT_MOVES] +
		      p->effect[RELOC_RVC_LUI][EFFECT_MOVES];
	f->relative = count_of(p, RELOC_PCREL_HI20) +
		      count_of(p, RELOC_GOT_HI20);
	if (f->absolute || f->relative)
		f->model = !f->absolute ? MODEL_MEDANY :
			   f->relative < f->absolute / A_FEW || !f->relative ?
			   MODEL_MEDLOW :
			   f->absolute < f->relative / A_FEW ? MODEL_MEDANY :
							       MODEL_MIXED;
	if (f->model == MODEL_MIXED && f->absolute >= f->relative)
		f->model = MODEL_MEDLOW;
}

/* A call that jal would reach, and that might have been made one. */
static bool is_long(const struct plan *p, const struct record *r,
		    const struct record *next)
{
	const struct symtab *t = &p->img->symtab;
	uint64_t V;

	if ((r->type != RELOC_CALL && r->type != RELOC_CALL_PLT) ||
	    next->type != RELOC_RELAX || next->offset != r->offset ||
	    r->sym >= t->n || !symtab_get(t, r->sym).shndx)
		return false;
	V = symtab_get(t, r->sym).value + (uint64_t)r->addend - r->offset;
	return field_fits(FIELD_J, wrap(p->img->xlen, V));
}

/*
 * Linkers relax all or nothing, so some thousand calls show it. A linker that
 * relaxes leaves a few calls that could be shorter: it looks at them before
 * all the code has shrunk.
 */
static void find_relaxed(const struct plan *p, struct facts *f)
{
	enum { ENOUGH = 1 << 16 };
	uint64_t calls = 0, shorter = count_of(p, RELOC_JAL) +
				      count_of(p, RELOC_RVC_JUMP);
	bool marks = count_of(p, RELOC_RELAX) || count_of(p, RELOC_ALIGN);

	for (uint32_t k = 0; k < p->nrel; k++) {
		const struct section *rela = &p->img->sec[p->rel[k].rela];
		size_t n = rela->size / record_size(p->img->xlen);

		if (!(p->img->sec[p->rel[k].target].flags & SHF_EXECINSTR))
			continue;
		for (size_t i = 0; i + 1 < n && i < ENOUGH; i++) {
			struct record r = record_get(rela->data, p->img->xlen, i),
				next = record_get(rela->data, p->img->xlen, i + 1);

			calls += is_long(p, &r, &next);
		}
	}
	if (marks || count_of(p, RELOC_NONE))
		f->relaxed = calls > shorter / 8 ? RELAXED_NO : RELAXED_YES;
	else if (count_of(p, RELOC_CALL_PLT) || count_of(p, RELOC_CALL))
		f->relaxed = RELAXED_NEVER;
}

/* --- Words without a record of the link. --- */

static void find_words(const struct plan *p, struct facts *f)
{
	const struct image *img = p->img;
	const struct site *s = p->sites.at;
	const struct dynamic_place *d = p->dynamic.at;

	for (uint32_t i = 1; i < img->nsec; i++)
		if (section_has_got(&img->sec[i]))
			f->got_words += img->sec[i].size / (img->xlen / 8);
	for (size_t i = 0; i < p->sites.n; i++)
		f->got_moving += !s[i].meta && section_has_got(&img->sec[s[i].shndx]);
	for (size_t i = 0; i < p->dynamic.n; i++) {
		f->relr_words += d[i].relr;
		f->relative_words += d[i].known;
		f->loader_words += !d[i].relr && !d[i].known;
	}
}

void facts_find(const struct image *img, const struct plan *p, struct facts *f)
{
	*f = (struct facts){ 0 };
	find_tools(img, f);
	if (!p)
		return;
	find_model(p, f);
	find_relaxed(p, f);
	find_words(p, f);
}

/* --- Absolute symbols: a kernel with debug information has 18 million. --- */

enum { PIECE = IMAGE_WINDOW / sizeof(Elf64_Sym) };

struct search {
	const struct image *img;
	struct vec *found;	/* by piece */
	bool *failed;
};

static void search_piece(void *ctx, size_t i, unsigned worker)
{
	struct search *s = ctx;
	const struct symtab *t = &s->img->symtab;
	size_t size = symbol_size(t->xlen);
	size_t at = t->xlen == 64 ? offsetof(Elf64_Sym, st_shndx) :
				    offsetof(Elf32_Sym, st_shndx);
	uint32_t from = (uint32_t)(i * PIECE);
	uint32_t n = t->n - from < PIECE ? t->n - from : PIECE;
	uint8_t buf[IMAGE_WINDOW];
	const uint8_t *p = image_read(s->img, t->data + from * size, n * size,
				      buf);

	(void)worker;
	for (uint32_t k = 0; k < n; k++, p += size) {
		uint32_t sym = from + k;

		/* Nearly all are not: one look is enough for them. */
		struct symbol found;

		if (get16(p + at) != SHN_ABS)
			continue;
		found = symtab_entry(t, sym, p);
		if (symbol_is_absolute(&found) && !vec_push(&s->found[i], &sym))
			s->failed[i] = true;
	}
}

static bool decided(const struct model *m, struct vec *out)
{
	bool ok = true;

	for (uint32_t i = 0; ok && i < m->img->symtab.n; i++)
		if (!m->absolute[i / 64])
			i |= 63;
		else if (m->absolute[i / 64] >> i % 64 & 1)
			ok = vec_push(out, &i);
	return ok;
}

bool facts_absolute(const struct image *img, const struct model *m,
		    unsigned jobs, struct vec *out)
{
	size_t n = ((size_t)img->symtab.n + PIECE - 1) / PIECE;
	struct search s = { .img = img };
	bool ok;

	*out = (struct vec){ .size = sizeof(uint32_t) };
	if (m && m->absolute)
		return decided(m, out);
	s.found = calloc(n + 1, sizeof(*s.found));
	s.failed = calloc(n + 1, sizeof(*s.failed));
	ok = s.found && s.failed;
	for (size_t i = 0; ok && i < n; i++)
		s.found[i].size = sizeof(uint32_t);
	if (ok)
		parallel_for(jobs, n, search_piece, &s);
	for (size_t i = 0; s.found && i < n; i++) {
		const uint32_t *sym = s.found[i].at;

		ok = ok && !s.failed[i];
		for (size_t k = 0; ok && k < s.found[i].n; k++)
			ok = vec_push(out, &sym[k]);
		free(s.found[i].at);
	}
	free(s.found);
	free(s.failed);
	return ok;
}
