/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prove.h"

#include <stdlib.h>

#include "batch.h"
#include "elfio/compress.h"
#include "elfio/parallel.h"

enum { PIECE = 1 << 18 };	/* records that a thread takes at a time */

struct tally {			/* of one worker */
	struct type_count count[COUNT_TYPES];
	struct excuses excuses;
};

struct proving {
	struct plan *p;
	struct vec pieces;	/* struct piece: of sections that lie there plainly */
	struct vec packed;	/* the same, whole sections */
	struct tally *tally;
};

/* A section's records and bytes. */
struct stretch {
	struct plan *p;
	struct tally *tally;
	uint32_t rel, shndx;
	const uint8_t *records, *bytes;
	size_t n;
	uint64_t addr, size;
	struct batch b;		/* those of them that are at hand, and their bytes */
	struct values values;	/* of symbols */
};

bool prove_is_mark(uint32_t type)
{
	const struct reloc *row = reloc_row(type);

	return row && row->op == OP_MARK;
}

static struct record record_of(const struct stretch *st, size_t i)
{
	return record_get(st->b.records, st->p->img->xlen, i);
}

static bool adds_up(const struct stretch *st, size_t i)
{
	return reloc_adds_up(record_of(st, i).type);
}

static void take(const struct stretch *st, const struct record *r,
		 const struct finding *f)
{
	count_verdict(st->tally->count, &st->tally->excuses, r->type, f);
}

static void take_and_say(const struct stretch *st, const struct record *r,
			 const struct finding *f)
{
	take(st, r, f);
	if (f->verdict == STALE || f->verdict == REFUSED)
		plan_report(st->p, st->rel, r, f);
}

/* Returns how many records it took. */
static size_t judge_sum(const struct stretch *st, size_t k,
			const struct place *at)
{
	struct record r[SUM_MAX];
	struct finding f;
	size_t n, took;

	took = verify_gather(st->b.records, NULL, st->p->img->xlen, k, st->b.n,
			     r, &n);
	f = verify_sum(&st->p->m, at, r, n);
	take_and_say(st, &r[0], &f);
	for (size_t i = 1; i < n; i++)
		take(st, &r[i], &f);
	for (size_t i = k; n < took && i < k + took; i++)
		st->tally->count[record_of(st, i).type].n += !adds_up(st, i);
	return took;
}

static size_t judge_one(const struct stretch *st, size_t k)
{
	const struct symtab *t = &st->p->img->symtab;
	struct record r = record_of(st, k);
	const struct reloc *row = reloc_row(r.type);
	struct place at = batch_place(&st->b, st->size, st->addr, st->shndx,
				      r.offset - st->addr);
	struct symbol s;
	struct finding f;

	if (adds_up(st, k) && fields[row->field].bytes <= at.room)
		return judge_sum(st, k, &at);
	if (r.sym < t->n)
		s = symtab_get(t, r.sym);
	f = verify_unloaded(&st->p->m, &at, &r, r.sym < t->n ? &s : NULL);
	take_and_say(st, &r, &f);
	return 1;
}

/* Two records that cancel, and the word that they make, which lies at `at`. */
static inline __attribute__((always_inline)) size_t
judge_pair(const struct stretch *st, size_t i, unsigned xlen,
	   const struct record *r, uint32_t word, const uint8_t *at)
{
	struct record next;
	uint32_t other;

	if (i + 1 >= st->b.n)
		return 0;
	next = record_get(st->b.records, xlen, i + 1);
	if (next.offset != r->offset || next.type != verify_taken_back[r->type])
		return 0;
	/* A third record at this place would make it another sum. */
	if (i + 2 < st->b.n &&
	    record_get(st->b.records, xlen, i + 2).offset == r->offset)
		return 0;
	other = values_word(&st->values, next.sym);
	if (!words_move_alike(word, other) ||
	    !verify_pair_holds(r->type, at,
			       (uint64_t)word - other + (uint64_t)r->addend -
			       (uint64_t)next.addend))
		return 0;
	st->tally->count[r->type].n++;
	st->tally->count[next.type].n++;
	return 2;
}

/*
 * Nearly all of a kernel's debug records are words that hold S + A, or two
 * that cancel. Returns how many records it took, 0 when it is not so simple.
 */
static inline __attribute__((always_inline)) size_t
judge_common(const struct stretch *st, size_t i, unsigned xlen)
{
	struct record r = record_get(st->b.records, xlen, i);
	uint64_t off = r.offset - st->addr, V;
	const uint8_t *at = st->b.bytes + (off - st->b.from);
	uint32_t word = values_word(&st->values, r.sym);

	if (off >= st->size || st->size - off < 8 || word == SYMBOL_UNKNOWN)
		return 0;
	if (r.type < RELOC_MAX && verify_taken_back[r.type])
		return judge_pair(st, i, xlen, &r, word, at);
	if (r.type != RELOC_64 && r.type != RELOC_32)
		return 0;
	/* One comparison for both: which it is cannot be foreseen. */
	V = word_value(&st->values, word) + (uint64_t)r.addend;
	if ((get64(at) ^ V) << (r.type == RELOC_64 ? 0 : 32))
		return 0;
	st->tally->count[r.type].n++;
	return 1;
}

static void judge_all(const struct stretch *st)
{
	unsigned xlen = st->p->img->xlen;

	for (size_t k = 0; k < st->b.n;) {
		size_t took = xlen == 64 ? judge_common(st, k, 64) :
					   judge_common(st, k, 32);

		k += took ? took : judge_one(st, k);
	}
}

static void judge(struct stretch st, size_t k, size_t end)
{
	struct batch_room room;

	for (; k < end; k += st.b.n) {
		batch_records(&st.b, st.p->img, st.records, k, end, &room);
		batch_bytes(&st.b, st.p->img, st.bytes, st.size, st.addr, &room);
		judge_all(&st);
	}
}

static struct stretch stretch_of(struct proving *pv, uint32_t rel,
				 unsigned worker)
{
	struct plan *p = pv->p;
	const struct section *rela = &p->img->sec[p->rel[rel].rela];
	uint32_t shndx = p->rel[rel].target;
	const struct section *s = &p->img->sec[shndx];

	return (struct stretch){
		.p = p, .tally = &pv->tally[worker], .rel = rel,
		.shndx = shndx, .records = rela->data, .bytes = s->data,
		.n = rela->size / record_size(p->img->xlen),
		.addr = s->addr, .size = s->data ? s->size : 0,
		.values = values_known(&p->m) };
}

static void judge_piece(void *ctx, size_t i, unsigned worker)
{
	struct proving *pv = ctx;
	const struct piece *pc = (const struct piece *)pv->pieces.at + i;
	struct stretch st = stretch_of(pv, pc->rel, worker);

	judge(st, pc->from, pc->to);
}

static void judge_packed(void *ctx, size_t i, unsigned worker)
{
	struct proving *pv = ctx;
	const struct piece *pc = (const struct piece *)pv->packed.at + i;
	struct stretch st = stretch_of(pv, pc->rel, worker);
	struct packed pk = { 0 };

	if (pv->p->lost[st.shndx] ||
	    !unpack_section(pv->p->img, st.shndx, &pk, pv->p->d))
		pk.size = 0;
	st.size = pk.size;
	st.b = (struct batch){ .records = st.records, .n = st.n, .bytes = pk.bytes };
	for (size_t k = 0; pk.bytes && k < st.n;)
		k += judge_one(&st, k);
	for (size_t k = 0; !pk.bytes && k < st.n; k++) {
		struct record r = record_of(&st, k);
		struct finding f = { .verdict = REFUSED };

		take(&st, &r, &f);
	}
	free(pk.bytes);
}

/* Compressed sections go as a whole, for their bytes are at hand only once. */
static bool sort_out(struct proving *pv)
{
	const struct image *img = pv->p->img;
	struct vec all = { .size = sizeof(struct piece) };
	bool ok = batch_pieces(pv->p, false, PIECE, &all);

	for (size_t i = 0; ok && i < all.n; i++) {
		const struct piece *pc = (const struct piece *)all.at + i;

		if (!section_is_packed(&img->sec[pv->p->rel[pc->rel].target]))
			ok = vec_push(&pv->pieces, pc);
		else if (!pc->from)
			ok = vec_push(&pv->packed, pc);
	}
	free(all.at);
	return ok;
}

static void join(struct proof *proof, const struct tally *t)
{
	for (uint32_t i = 0; i < COUNT_TYPES; i++) {
		struct type_count *c = &proof->counts.other[i];

		c->n += t->count[i].n;
		c->excused += t->count[i].excused;
		c->stale += t->count[i].stale;
		c->refused += t->count[i].refused;
	}
	for (unsigned i = 0; i < t->excuses.n; i++)
		count_excuse(&proof->excuses, t->excuses.at[i].type,
			     t->excuses.at[i].why, t->excuses.at[i].n);
}

static void add_up(struct proof *proof, const struct type_count *c)
{
	for (uint32_t i = 0; i < COUNT_TYPES; i++) {
		proof->records += c[i].n;
		proof->marks += prove_is_mark(i) ? c[i].n - c[i].stale - c[i].refused : 0;
		proof->excused += c[i].excused;
		proof->stale += c[i].stale;
		proof->refused += c[i].refused;
	}
}

static int by_type(const void *a, const void *b)
{
	const struct excuse *x = a, *y = b;

	return x->type != y->type ? (x->type < y->type ? -1 : 1) :
				    strcmp(x->why, y->why);
}

bool prove(struct plan *p, unsigned jobs, struct proof *proof)
{
	struct proving pv = { .p = p, .pieces.size = sizeof(struct piece),
			      .packed.size = sizeof(struct piece) };
	bool ok;

	*proof = (struct proof){ .excuses = p->excuses };
	memcpy(proof->counts.loaded, p->count, sizeof(p->count));
	pv.tally = calloc(jobs, sizeof(*pv.tally));
	ok = pv.tally && sort_out(&pv);
	if (ok) {
		parallel_for(jobs, pv.packed.n, judge_packed, &pv);
		parallel_for(jobs, pv.pieces.n, judge_piece, &pv);
	}
	for (unsigned j = 0; ok && j < jobs; j++)
		join(proof, &pv.tally[j]);
	add_up(proof, proof->counts.loaded);
	add_up(proof, proof->counts.other);
	qsort(proof->excuses.at, proof->excuses.n, sizeof(struct excuse),
	      by_type);
	free(pv.tally);
	free(pv.pieces.at);
	free(pv.packed.at);
	return ok;
}
