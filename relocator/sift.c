/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sift.h"

#include <stdlib.h>

#include "elfio/parallel.h"

enum {
	BLOCK = 64,
	WINDOW = IMAGE_WINDOW / sizeof(Elf64_Rela) / BLOCK * BLOCK,
	PIECE = 3 * WINDOW
};

struct piece {
	uint32_t rel;
	size_t from, to;	/* records */
	struct worker *by;
	/* Among those of that worker: */
	size_t hi, nhi;
	size_t asked, nasked;
};

struct asked_record {
	uint32_t index;
	uint8_t bytes[sizeof(Elf64_Rela)];
};

struct worker {
	uint64_t same[RELOC_MAX];
	struct vec hi;
	struct vec asked;	/* struct asked_record */
	bool no_memory;
};

struct auipc {			/* that is right, and whose target moves */
	uint64_t addr, V;
	bool twice;		/* by two records, which may mean different things */
};

enum { AUIPCS = 64 };		/* the latest ones; a power of two */

/* Records that lie one behind the other. */
struct window {
	const struct plan *p;
	uint32_t target;	/* the section that they are of */
	const uint8_t *records;
	size_t n;
	struct values values;	/* of the symbols that they name */
	size_t passed;		/* how many of the next ones already are */
	struct auipc auipc[AUIPCS];
};

struct sifting {
	struct plan *p;
	struct vec pieces;
	struct worker *worker;
};

static bool is_hi(uint32_t type)
{
	const struct reloc *row = reloc_row(type);

	return row && row->part == PART_HI20 && row->op == OP_SET &&
	       (row->pc == PC_PC || type == RELOC_HI20);
}

static void keep_hi(const struct sifting *sf, struct piece *pc, size_t i,
		    const struct record *r)
{
	uint32_t target = sf->p->rel[pc->rel].target;
	const struct section *s = &sf->p->img->sec[target];
	struct hi h = { r->offset, target, pc->rel, (uint32_t)i,
			(uint8_t)r->type, false };

	/* The rest is refused where the record is checked. */
	if (!s->data || s->size < 4 || r->offset - s->addr > s->size - 4)
		return;
	if (vec_push(&pc->by->hi, &h))
		pc->nhi++;
	else
		pc->by->no_memory = true;
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

/* Record k, of whose symbol this is the word, and the next one cancel. */
static bool cancel(const struct window *w, size_t k, const struct place *at,
		   const struct record *r, uint32_t word)
{
	const struct image *img = w->p->img;
	struct record next;
	uint32_t other;

	/* Another record at this place would make it another sum. */
	if (!k || k + 2 >= w->n ||
	    record_get(w->records, img->xlen, k - 1).offset == r->offset ||
	    record_get(w->records, img->xlen, k + 2).offset == r->offset)
		return false;
	next = record_get(w->records, img->xlen, k + 1);
	other = values_word(&w->values, next.sym);
	return next.offset == r->offset && at->bytes && at->room >= 8 &&
	       next.type == verify_taken_back[r->type] &&
	       other != SYMBOL_UNKNOWN && !((word ^ other) & SYMBOL_MOVES) &&
	       verify_pair_holds(r->type, at->bytes,
				 (uint64_t)word - other + (uint64_t)r->addend -
				 (uint64_t)next.addend);
}

/* How many records from k on agree and stay; 0: this one is to be looked at. */
static size_t pass(struct window *w, size_t k, const struct record *r)
{
	const struct plan *p = w->p;
	const struct section *s = &p->img->sec[w->target];
	const struct reloc *row = reloc_row(r->type);
	struct place at = place_in(s->data, s->size, s->addr, w->target,
				   r->offset - s->addr);
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

static void keep_asked(struct piece *pc, const struct window *w, size_t k,
		       size_t index)
{
	size_t size = record_size(w->p->img->xlen);
	struct asked_record a = { .index = (uint32_t)index };

	memcpy(a.bytes, w->records + k * size, size);
	if (vec_push(&pc->by->asked, &a))
		pc->nasked++;
	else
		pc->by->no_memory = true;
}

/* n records from k of the window on, which is record `at` of its section. */
static void sift_block(const struct sifting *sf, struct piece *pc,
		       struct window *w, size_t at, size_t k, size_t n)
{
	unsigned xlen = sf->p->img->xlen;

	/* Loads that do not wait for each other. */
	for (size_t i = 0; i < n; i++)
		values_touch(&w->values,
			     record_get(w->records, xlen, k + i).sym);
	for (size_t i = 0; i < n; i++) {
		struct record r = record_get(w->records, xlen, k + i);

		if (is_hi(r.type))
			keep_hi(sf, pc, at + k + i, &r);
		if (!w->passed)
			w->passed = pass(w, k + i, &r);
		if (w->passed) {
			pc->by->same[r.type]++;
			w->passed--;
		} else {
			keep_asked(pc, w, k + i, at + k + i);
		}
	}
}

static void sift_piece(void *ctx, size_t i, unsigned worker)
{
	const struct sifting *sf = ctx;
	struct piece *pc = (struct piece *)sf->pieces.at + i;
	const struct image *img = sf->p->img;
	const uint8_t *all = img->sec[sf->p->rel[pc->rel].rela].data;
	size_t size = record_size(img->xlen), n;
	uint32_t words[VALUES_WINDOW];
	uint8_t buf[IMAGE_WINDOW];

	pc->by = &sf->worker[worker];
	pc->hi = pc->by->hi.n;
	pc->asked = pc->by->asked.n;
	for (size_t at = pc->from; at < pc->to; at += n) {
		struct window w = { .p = sf->p,
				    .target = sf->p->rel[pc->rel].target };

		w.n = n = pc->to - at < WINDOW ? pc->to - at : WINDOW;
		w.records = image_read(img, all + at * size, n * size, buf);
		w.values = values_of(&sf->p->m, w.records, n, words);
		for (size_t k = 0; k < n; k += BLOCK)
			sift_block(sf, pc, &w, at, k,
				   n - k < BLOCK ? n - k : BLOCK);
	}
}

static bool cut(struct sifting *sf)
{
	const struct plan *p = sf->p;

	sf->pieces.size = sizeof(struct piece);
	for (uint32_t k = 0; k < p->nrel; k++) {
		size_t n = p->img->sec[p->rel[k].rela].size /
			   record_size(p->img->xlen);

		if (!section_loaded(&p->img->sec[p->rel[k].target]))
			continue;
		for (size_t i = 0; i < n; i += PIECE) {
			struct piece pc = {
				.rel = k, .from = i,
				.to = n - i < PIECE ? n : i + PIECE };

			if (!vec_push(&sf->pieces, &pc))
				return false;
		}
	}
	return true;
}

/* HI20s in the order of the records, whoever was first. */
static bool gather(struct sifting *sf, unsigned jobs)
{
	struct plan *p = sf->p;
	const struct piece *pc = sf->pieces.at;
	size_t n = 0;

	for (unsigned w = 0; w < jobs; w++) {
		if (sf->worker[w].no_memory)
			return false;
		n += sf->worker[w].hi.n;
		for (uint32_t type = 0; type < RELOC_MAX; type++) {
			p->count[type].n += sf->worker[w].same[type];
			p->effect[type][EFFECT_SAME] += sf->worker[w].same[type];
		}
	}
	if (!vec_reserve(&p->hi, n))
		return false;
	for (size_t i = 0; i < sf->pieces.n; i++) {
		const struct hi *h = pc[i].nhi ? pc[i].by->hi.at : NULL;

		for (size_t k = 0; k < pc[i].nhi; k++)
			((struct hi *)p->hi.at)[p->hi.n++] = h[pc[i].hi + k];
	}
	return true;
}

/* The same of those that are asked about, for each section. */
static bool gather_asked(const struct sifting *sf, struct asked *asked)
{
	size_t size = record_size(sf->p->img->xlen);
	const struct piece *pc = sf->pieces.at;

	for (size_t i = 0; i < sf->pieces.n; i++)
		asked[pc[i].rel].n += pc[i].nasked;
	for (size_t i = 0; i < sf->pieces.n; i++) {
		struct asked *to = &asked[pc[i].rel];
		const struct asked_record *from =
			pc[i].nasked ? pc[i].by->asked.at : NULL;

		if (!pc[i].from) {
			to->records = malloc(to->n * size + 1);
			to->index = malloc((to->n + 1) * sizeof(*to->index));
			if (!to->records || !to->index)
				return false;
			to->n = 0;
		}
		from += pc[i].asked;
		for (size_t k = 0; k < pc[i].nasked; k++, to->n++) {
			memcpy(to->records + to->n * size, from[k].bytes, size);
			to->index[to->n] = from[k].index;
		}
	}
	return true;
}

struct asked *sift_records(struct plan *p)
{
	unsigned jobs = p->opt.jobs ? p->opt.jobs : 1;
	struct sifting sf = { .p = p };
	struct asked *asked = calloc(p->nrel + 1, sizeof(*asked));
	bool ok;

	sf.worker = calloc(jobs, sizeof(*sf.worker));
	ok = asked && sf.worker && cut(&sf);
	if (ok) {
		for (unsigned w = 0; w < jobs; w++) {
			sf.worker[w].hi.size = sizeof(struct hi);
			sf.worker[w].asked.size = sizeof(struct asked_record);
		}
		parallel_for(jobs, sf.pieces.n, sift_piece, &sf);
		ok = gather(&sf, jobs) && gather_asked(&sf, asked);
	}
	for (unsigned w = 0; sf.worker && w < jobs; w++) {
		free(sf.worker[w].hi.at);
		free(sf.worker[w].asked.at);
	}
	free(sf.worker);
	free(sf.pieces.at);
	if (ok)
		return asked;
	sift_free(p, asked);
	return NULL;
}

void sift_free(const struct plan *p, struct asked *asked)
{
	for (uint32_t k = 0; asked && k < p->nrel; k++) {
		free(asked[k].records);
		free(asked[k].index);
	}
	free(asked);
}
