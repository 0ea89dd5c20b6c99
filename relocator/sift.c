/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sift.h"

#include <stdlib.h>

#include "batch.h"
#include "elfio/parallel.h"

enum {
	BLOCK = 64,
	PIECE = 3 * (IMAGE_WINDOW / sizeof(Elf64_Rela))
};

struct sifter {			/* a worker, and what it kept, piece by piece */
	uint64_t same[RELOC_MAX];
	struct vec hi;		/* struct hi */
	struct vec records;	/* of what is asked, Elf_Rela */
	struct vec at;		/* the same, struct asked_at */
	bool no_memory;
};

struct found {			/* in one piece */
	struct sifter *by;
	size_t hi, nhi;		/* among those of `by` */
	size_t asked, nasked;
};

struct auipc {			/* that is right, and whose target moves */
	uint64_t addr, V;
	bool twice;		/* by two records, which may mean different things */
};

enum { AUIPCS = 64 };		/* the latest ones; a power of two */

struct window {
	const struct plan *p;
	const struct section *s;	/* that the records are of */
	uint32_t shndx, rel;
	struct batch b;
	struct values values;
	size_t passed;		/* how many of the next ones already are */
	struct auipc auipc[AUIPCS];
};

struct sifting {
	struct plan *p;
	struct vec pieces;	/* struct piece */
	struct found *found;	/* in each of them */
	struct sifter *sifter;
};

static bool is_hi(uint32_t type)
{
	const struct reloc *row = reloc_row(type);

	return row && row->part == PART_HI20 && row->op == OP_SET &&
	       (row->pc == PC_PC || type == RELOC_HI20);
}

/* Record `index` of the section. */
static void keep_hi(struct sifter *by, const struct window *w, size_t index,
		    const struct record *r)
{
	const struct section *s = w->s;
	struct hi h = { r->offset, w->shndx, w->rel, (uint32_t)index,
			(uint8_t)r->type, false };

	/* The rest is refused where the record is checked. */
	if (s->data && s->size >= 4 && r->offset - s->addr <= s->size - 4 &&
	    !vec_push(&by->hi, &h))
		by->no_memory = true;
}

static void remember(struct window *w, uint64_t addr, uint64_t V)
{
	struct auipc *a = &w->auipc[addr / 2 % AUIPCS];

	*a = (struct auipc){ addr, V, a->addr == addr };
}

/* A PCREL_LO12, and the auipc that it completes was seen not long before. */
static bool completes(const struct window *w, const struct place *at,
		      uint32_t type, uint64_t label)
{
	const struct auipc *a = &w->auipc[label / 2 % AUIPCS];

	return a->addr && a->addr == label && !a->twice &&
	       verify_holds(w->p->img->xlen, at, type, a->V);
}

static struct place place_of(const struct window *w, uint64_t addr)
{
	return batch_place(&w->b, w->s->size, w->s->addr, w->shndx,
			   addr - w->s->addr);
}

/* Record k, of whose symbol this is the word, and the next one cancel. */
static bool cancel(const struct window *w, size_t k, const struct place *at,
		   const struct record *r, uint32_t word)
{
	const struct image *img = w->p->img;
	struct record next;
	uint32_t other;

	/* Another record at this place would make it another sum. */
	if (!k || k + 2 >= w->b.n ||
	    record_get(w->b.records, img->xlen, k - 1).offset == r->offset ||
	    record_get(w->b.records, img->xlen, k + 2).offset == r->offset)
		return false;
	next = record_get(w->b.records, img->xlen, k + 1);
	other = values_word(&w->values, next.sym);
	return next.offset == r->offset && at->bytes && at->room >= 8 &&
	       next.type == verify_taken_back[r->type] &&
	       words_move_alike(word, other) &&
	       verify_pair_holds(r->type, at->bytes,
				 (uint64_t)word - other + (uint64_t)r->addend -
				 (uint64_t)next.addend);
}

/* How many records from k on agree and stay; 0: this one is to be looked at. */
static size_t pass(struct window *w, size_t k, const struct record *r)
{
	const struct plan *p = w->p;
	const struct reloc *row = reloc_row(r->type);
	struct place at = place_of(w, r->offset);
	uint32_t word = values_word(&w->values, r->sym);
	uint64_t S, V;

	if (row && row->op == OP_MARK)
		return 1;
	if (!row || word == SYMBOL_UNKNOWN)
		return 0;
	if (verify_taken_back[r->type])
		return cancel(w, k, &at, r, word) ? 2 : 0;
	if (row->op != OP_SET || !row->pc || !(word & SYMBOL_MOVES))
		return 0;
	S = word_value(&w->values, word);
	if (row->anchor == ANCHOR_PAIR)
		return completes(w, &at, r->type, S);
	V = S + (uint64_t)r->addend - at.P;
	if (row->anchor != ANCHOR_SYM ||
	    !verify_holds(p->img->xlen, &at, r->type, V))
		return 0;
	if (r->type == RELOC_PCREL_HI20)
		remember(w, r->offset, V);
	return 1;
}

static void keep_asked(struct sifter *by, const struct window *w, size_t index,
		       size_t k, const struct record *r)
{
	struct place at = place_of(w, r->offset);
	struct asked_at a = { .index = (uint32_t)index };

	if (at.bytes)
		memcpy(&a.word, at.bytes,
		       at.room < sizeof(a.word) ? at.room : sizeof(a.word));
	if (!vec_push(&by->records, w->b.records + k * by->records.size) ||
	    !vec_push(&by->at, &a))
		by->no_memory = true;
}

/* n records from k of the window on, which is record `at` of its section. */
static void sift_block(struct sifter *by, struct window *w, size_t at, size_t k,
		       size_t n)
{
	unsigned xlen = w->p->img->xlen;

	/* Loads that do not wait for each other. */
	for (size_t i = k; i < k + n; i++)
		values_touch(&w->values,
			     record_get(w->b.records, xlen, i).sym);
	for (size_t i = k; i < k + n; i++) {
		struct record r = record_get(w->b.records, xlen, i);

		if (is_hi(r.type))
			keep_hi(by, w, at + i, &r);
		if (!w->passed)
			w->passed = pass(w, i, &r);
		if (w->passed) {
			by->same[r.type]++;
			w->passed--;
		} else {
			keep_asked(by, w, at + i, i, &r);
		}
	}
}

static void sift_piece(void *ctx, size_t i, unsigned worker)
{
	const struct sifting *sf = ctx;
	const struct image *img = sf->p->img;
	const struct piece *pc = (const struct piece *)sf->pieces.at + i;
	const struct relsec *rs = &sf->p->rel[pc->rel];
	const struct section *s = &img->sec[rs->target];
	struct sifter *by = &sf->sifter[worker];
	struct found f = { .by = by, .hi = by->hi.n, .asked = by->at.n };
	struct values values = values_known(&sf->p->m);
	struct batch_room room;

	for (size_t at = pc->from, n; at < pc->to; at += n) {
		struct window w = { .p = sf->p, .s = s, .shndx = rs->target,
				    .rel = pc->rel, .values = values };

		batch_records(&w.b, img, img->sec[rs->rela].data, at, pc->to, &room);
		batch_bytes(&w.b, img, s->data, s->size, s->addr, &room);
		n = w.b.n;
		for (size_t k = 0; k < n; k += BLOCK)
			sift_block(by, &w, at, k, n - k < BLOCK ? n - k : BLOCK);
	}
	f.nhi = by->hi.n - f.hi;
	f.nasked = by->at.n - f.asked;
	sf->found[i] = f;
}

/* So that the vectors grow seldom, and have large pages early: a guess. */
static void prepare(const struct sifting *sf, struct sifter *by, unsigned jobs)
{
	const struct piece *pc = sf->pieces.at;
	size_t workers = jobs < sf->pieces.n ? jobs : sf->pieces.n, n = 0;

	for (size_t i = 0; i < sf->pieces.n; i++)
		n += pc[i].to - pc[i].from;
	n = n / 8 / (workers ? workers : 1);
	by->hi.size = sizeof(struct hi);
	by->records.size = record_size(sf->p->img->xlen);
	by->at.size = sizeof(struct asked_at);
	(void)vec_reserve(&by->hi, n);
	(void)vec_reserve(&by->records, n);
	(void)vec_reserve(&by->at, n);
}

/* HI20s in the order of the records, whoever was first. */
static bool gather(const struct sifting *sf, const struct sifted *s)
{
	struct plan *p = sf->p;
	size_t n = 0;

	for (unsigned w = 0; w < s->jobs; w++) {
		if (s->by[w].no_memory)
			return false;
		n += s->by[w].hi.n;
		for (uint32_t type = 0; type < RELOC_MAX; type++) {
			p->count[type].n += s->by[w].same[type];
			p->effect[type][EFFECT_SAME] += s->by[w].same[type];
		}
	}
	if (!vec_reserve(&p->hi, n))
		return false;
	for (size_t i = 0; i < sf->pieces.n; i++) {
		const struct found *f = &sf->found[i];
		const struct hi *h = f->nhi ? f->by->hi.at : NULL;

		for (size_t k = 0; k < f->nhi; k++)
			((struct hi *)p->hi.at)[p->hi.n++] = h[f->hi + k];
	}
	return true;
}

static void list_asked(const struct sifting *sf, struct sifted *s)
{
	const struct piece *pc = sf->pieces.at;

	for (; s->n < sf->pieces.n; s->n++) {
		const struct found *f = &sf->found[s->n];
		const struct asked_at *at = f->by->at.at;
		const uint8_t *records = f->by->records.at;

		s->asked[s->n] = (struct asked){ .rel = pc[s->n].rel };
		if (!f->nasked)
			continue;
		s->asked[s->n].n = f->nasked;
		s->asked[s->n].records = records + f->asked * f->by->records.size;
		s->asked[s->n].at = at + f->asked;
	}
}

bool sift_records(struct plan *p, struct sifted *s)
{
	struct sifting sf = { .p = p, .pieces.size = sizeof(struct piece) };
	bool ok = batch_pieces(p, true, PIECE, &sf.pieces);

	*s = (struct sifted){ .jobs = p->opt.jobs ? p->opt.jobs : 1 };
	s->by = sf.sifter = calloc(s->jobs, sizeof(*s->by));
	s->asked = calloc(sf.pieces.n + 1, sizeof(*s->asked));
	sf.found = calloc(sf.pieces.n + 1, sizeof(*sf.found));
	ok = ok && s->by && s->asked && sf.found;
	for (unsigned w = 0; ok && w < s->jobs; w++)
		prepare(&sf, &s->by[w], s->jobs);
	if (ok) {
		parallel_for(s->jobs, sf.pieces.n, sift_piece, &sf);
		ok = gather(&sf, s);
	}
	if (ok)
		list_asked(&sf, s);
	else
		sift_free(s);
	free(sf.found);
	free(sf.pieces.at);
	return ok;
}

void sift_free(struct sifted *s)
{
	for (unsigned w = 0; s->by && w < s->jobs; w++) {
		free(s->by[w].hi.at);
		free(s->by[w].records.at);
		free(s->by[w].at.at);
	}
	free(s->by);
	free(s->asked);
	*s = (struct sifted){ 0 };
}
