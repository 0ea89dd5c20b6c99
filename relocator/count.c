/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "count.h"

#include <stdlib.h>

#include "batch.h"
#include "elfio/parallel.h"

enum { PIECE = 1 << 18 };	/* records counted at a time */

struct counting {
	const struct plan *p;
	const struct piece *piece;
	struct counts *own;	/* one for each worker */
};

static uint32_t row_of(uint32_t type)
{
	return reloc_row(type) ? type : COUNT_UNKNOWN;
}

static bool names_moving(const struct plan *p, const struct values *v,
			 uint32_t i)
{
	uint32_t word = values_word(v, i);
	struct symbol s;

	if (word != SYMBOL_UNKNOWN)
		return word & SYMBOL_MOVES;
	s = symtab_get(&p->img->symtab, i);
	return symbol_moves(&p->m, &s, i);
}

static void count_one(const struct plan *p, const struct values *v,
		      struct type_count *own, struct record r)
{
	uint32_t type = row_of(r.type);

	own[type].n++;
	if (type != COUNT_UNKNOWN && relocs[type].op == OP_SET &&
	    r.sym < p->img->symtab.n)
		own[type].moving += names_moving(p, v, r.sym);
}

static void count_piece(void *ctx, size_t i, unsigned worker)
{
	const struct counting *c = ctx;
	const struct plan *p = c->p;
	const struct piece *pc = &c->piece[i];
	const uint8_t *data = p->img->sec[p->rel[pc->rel].rela].data;
	struct type_count *own = c->own[worker].other;
	struct values v = values_known(&p->m);
	struct batch_room room;
	struct batch b;

	for (size_t k = pc->from; k < pc->to; k += b.n) {
		batch_records(&b, p->img, data, k, pc->to, &room);
		for (size_t j = 0; j < b.n; j++)
			count_one(p, &v, own,
				  record_get(b.records, p->img->xlen, j));
	}
}

void count_loaded(const struct plan *p, struct counts *c, uint64_t *others)
{
	*c = (struct counts){ 0 };
	for (uint32_t t = 0; t < COUNT_TYPES; t++)
		c->loaded[t] = p->count[t];
	*others = 0;
	for (uint32_t k = 0; k < p->nrel; k++)
		if (!section_loaded(&p->img->sec[p->rel[k].target]))
			*others += p->img->sec[p->rel[k].rela].size /
				   record_size(p->img->xlen);
}

bool count_records(const struct plan *p, unsigned jobs, struct counts *c)
{
	struct vec pieces = { .size = sizeof(struct piece) };
	struct counting counting = { .p = p };
	uint64_t others;
	bool ok;

	count_loaded(p, c, &others);
	counting.own = calloc(jobs, sizeof(*counting.own));
	ok = counting.own && batch_pieces(p, false, PIECE, &pieces);
	counting.piece = pieces.at;
	if (ok)
		parallel_for(jobs, pieces.n, count_piece, &counting);
	for (unsigned j = 0; ok && j < jobs; j++)
		for (uint32_t t = 0; t < COUNT_TYPES; t++) {
			c->other[t].n += counting.own[j].other[t].n;
			c->other[t].moving += counting.own[j].other[t].moving;
		}
	free(counting.own);
	free(pieces.at);
	return ok;
}

void count_plain(const struct image *img, struct counts *c)
{
	*c = (struct counts){ 0 };
	for (uint32_t i = 1; i < img->nsec; i++) {
		const struct section *s = &img->sec[i];
		bool loaded = section_loaded(&img->sec[s->info < img->nsec ?
						       s->info : 0]);

		if (s->type != SHT_RELA)
			continue;
		for (size_t k = 0; s->data && k < s->size / s->entsize; k++) {
			struct record r = record_get(s->data, img->xlen, k);

			(loaded ? c->loaded : c->other)[row_of(r.type)].n++;
		}
	}
}
