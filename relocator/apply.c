/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "apply.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "ahead.h"
#include "elfio/compress.h"
#include "elfio/parallel.h"

/* How the records of one section are found by place. */
struct order {
	uint32_t *index;	/* NULL: they are in order, no index is needed */
	uint32_t *start;	/* first entry of index for each chunk, and end */
	atomic_bool unsorted;	/* seen while it was thought to be in order */
};

struct apply {
	struct plan *p;
	struct rewrite *rw;
	uint32_t *rel_of;	/* by section with records: its first relsec */
	struct order *order;	/* by relsec */
	enum compress_mode compress;
	uint32_t *packed;	/* compressed sections to patch */
	size_t npacked;
};

/* --- Records of sections that are not loaded. --- */

struct stretch {		/* what patch_records() works on */
	struct apply *a;
	uint32_t rel, shndx;
	const uint8_t *records;
	struct values values;	/* of symbols */
	size_t n;		/* records in all */
	uint64_t addr, size;	/* of the section, in memory */
	uint64_t from, to;
	uint8_t *bytes;		/* at from */
	size_t own;		/* records from here on are this one's to pass */
	bool passed;		/* and they are */
};

/* Read, and not looked at in the map: for one record a page would have to be there. */
static uint64_t offset_of(const struct stretch *st, size_t i)
{
	const struct image *img = st->a->p->img;
	uint8_t buf[offsetof(Elf64_Rela, r_info)];
	const uint8_t *at = image_read(img, st->records + i * record_size(img->xlen),
				       img->xlen / 8, buf);

	return getxlen(at, img->xlen) - st->addr;
}

enum { GUESSES = 16 };

/*
 * The first record at or behind an offset, if they are in order. They are spread
 * rather evenly, so that it is near where it should be; where not, halves are
 * tried.
 */
static size_t record_from(const struct stretch *st, uint64_t off)
{
	size_t lo = 0, hi = st->n;	/* it is one of these, or hi */
	uint64_t from = 0, to = st->size;

	for (unsigned tries = 0; lo < hi; tries++) {
		size_t mid = lo + (hi - lo) / 2;
		uint64_t there;

		if (tries < GUESSES && off > from && off < to)
			mid = lo + (size_t)((double)(hi - 1 - lo) *
					    ((double)(off - from) /
					     (double)(to - from)));
		there = offset_of(st, mid);
		if (there < off) {
			lo = mid + 1;
			from = there;
		} else {
			hi = mid;
			to = there;
		}
	}
	return lo;
}

/*
 * The first record whose field may reach over an offset. It is found from k,
 * where the neighbour ends, so that no record lies between the two, even if they
 * are in no order.
 */
static size_t reaching(const struct stretch *st, size_t k, uint64_t off)
{
	while (k && offset_of(st, k - 1) + REWRITE_PAD >= off)
		k--;
	return k;
}

/* An error is the affair of the one stretch that its place lies in. */
static bool is_ours(const struct stretch *st, const struct record *r)
{
	return r->offset - st->addr >= st->from;
}

static void complain(const struct stretch *st, const struct record *r,
		     const struct finding *f)
{
	if (is_ours(st, r))
		plan_report(st->a->p, st->rel, r, f);
}

static struct place place_at(const struct stretch *st, uint64_t off)
{
	struct place at = { .P = off + st->addr, .shndx = st->shndx };

	if (off < st->size) {
		at.room = st->size - off;
		at.bytes = st->bytes + (int64_t)(off - st->from);
	}
	return at;
}

/* An address, or a distance from a place that does not move with it. */
static void patch_word(const struct stretch *st, const struct record *r,
		       uint64_t off)
{
	struct plan *p = st->a->p;
	const struct symtab *t = &p->img->symtab;
	struct place at = place_at(st, off);
	struct symbol s;
	struct finding f;

	if (r->sym < t->n)
		s = symtab_get(t, r->sym);
	f = verify_unloaded(&p->m, &at, r, r->sym < t->n ? &s : NULL);
	if (f.verdict == REFUSED || (f.verdict == STALE && f.change)) {
		complain(st, r, &f);
		return;
	}
	if (!f.change)
		return;
	if (!plan_fits32(p, f.field, f.change, f.V)) {
		if (is_ours(st, r))
			plan_record_error(p, st->rel, r,
					  "0x%" PRIx64 " does not fit a %s",
					  f.V + p->delta, fields[f.field].name);
		return;
	}
	field_store(f.field, (uint8_t *)(uintptr_t)at.bytes,
		    f.value + p->delta * (uint64_t)(int64_t)f.change);
}

/* Records of one place that add up; returns how many entries it took. */
static size_t patch_sum(const struct stretch *st, size_t k, size_t end,
			uint64_t off)
{
	struct plan *p = st->a->p;
	struct record r[SUM_MAX];
	struct finding f;
	struct place at = place_at(st, off);
	size_t n, took;
	uint64_t word;

	took = verify_gather(st->records, st->a->order[st->rel].index,
			     p->img->xlen, k, end, r, &n);
	f = verify_sum(&p->m, &at, r, n);
	if (f.verdict == REFUSED || (f.verdict == STALE && f.change)) {
		complain(st, &r[0], &f);
	} else if (f.change) {
		word = field_load(f.field, at.bytes);
		field_store(f.field, (uint8_t *)(uintptr_t)at.bytes,
			    field_encode(f.field, word,
					 f.value + p->delta *
					 (uint64_t)(int64_t)f.change));
	}
	return took;
}

/* One record, or the records of one place, that the fast path left; returns
 * how many entries it took. */
static size_t patch_one(const struct stretch *st, size_t k, size_t end)
{
	const uint32_t *index = st->a->order[st->rel].index;
	struct record r = record_get(st->records, st->a->p->img->xlen,
				     index ? index[k] : k);
	const struct reloc *row = reloc_row(r.type);
	uint64_t off = r.offset - st->addr;

	if (row && row->op == OP_MARK)
		return 1;
	/* What lies nowhere is judged where the section ends. */
	if (off < st->size && (off + REWRITE_PAD < st->from || off >= st->to))
		return 1;	/* out of order, or for a neighbour */
	if (reloc_adds_up(r.type) && off < st->size &&
	    fields[row->field].bytes <= st->size - off)
		return patch_sum(st, k, end, off);
	patch_word(st, &r, off);
	return 1;
}

/* Whether fields of up to 8 bytes at two places, and all between them, are to be
 * patched and whole. */
static bool lie_inside(const struct stretch *st, uint64_t first, uint64_t last)
{
	return first + REWRITE_PAD >= st->from && last < st->to &&
	       last < st->size && st->size - last >= 8;
}

/* What is known of records, and need not be asked for each. */
struct look {
	unsigned xlen;
	bool inside;		/* lie_inside() */
};

/* A word that holds S + A: see patch_common(). */
static inline __attribute__((always_inline)) size_t
patch_address(const struct stretch *st, struct look how, const struct record *r,
	      uint64_t off, uint32_t word)
{
	unsigned bytes = r->type == RELOC_64 ? 8 : 4;
	uint8_t *at = st->bytes + (int64_t)(off - st->from);
	uint64_t V;

	if (!how.inside && st->size - off < bytes)
		return 0;
	if (!(word & SYMBOL_MOVES))
		return !st->a->p->m.tls;
	if (bytes * 8 != how.xlen)
		return 0;
	V = word_value(&st->values, word) + (uint64_t)r->addend;
	if (how.xlen == 64 ? get64(at) != V : get32(at) != (uint32_t)V)
		return 0;
	putxlen(at, V + st->a->p->delta, how.xlen);
	return 1;
}

/*
 * The records that make up nearly all of a kernel's debug information, in
 * place and as they should be: a word that holds S + A, and two that cancel.
 * Returns how many entries it took, 0 when it is for patch_one() to say.
 */
static inline __attribute__((always_inline)) size_t
patch_common(const struct stretch *st, struct look how, size_t i, size_t end)
{
	struct record r = record_get(st->records, how.xlen, i), next;
	uint64_t off = r.offset - st->addr;
	uint32_t word = values_word(&st->values, r.sym);

	if (!how.inside && (off + REWRITE_PAD < st->from || off >= st->to))
		return 0;
	if (word == SYMBOL_UNKNOWN)
		return 0;
	if (r.type == RELOC_64 || r.type == RELOC_32)
		return patch_address(st, how, &r, off, word);
	if (i + 1 >= end || r.type >= RELOC_MAX || !verify_taken_back[r.type])
		return 0;
	next = record_get(st->records, how.xlen, i + 1);
	if (next.offset != r.offset || next.type != verify_taken_back[r.type] ||
	    (!how.inside && st->size - off < 8))
		return 0;
	/* A third record at this place would make it another sum. */
	if (i + 2 < end &&
	    record_get(st->records, how.xlen, i + 2).offset == r.offset)
		return 0;
	return words_move_alike(word, values_word(&st->values, next.sym)) ?
	       2 : 0;
}

enum { BLOCK = 64 };

/* Patches those of todo[] that none before them took; *done: how far they are. */
static inline __attribute__((always_inline)) void
patch_listed(const struct stretch *st, struct look how, const uint16_t *todo,
	     size_t n, size_t first, size_t end, size_t *done)
{
	for (size_t i = 0; i < n; i++) {
		size_t k = first + todo[i], took;

		if (k < *done)
			continue;
		took = patch_common(st, how, k, end);
		*done = k + (took ? took : patch_one(st, k, end));
	}
}

/*
 * Lists those of n records from k on that are not idle: a word that does not move,
 * as half of all are (a thread-local one's may). Of bits and no branches, for which
 * kind of record is next cannot be foreseen. *last is the place of the one before
 * them, and then of the last. Returns whether they are in the order of their places.
 */
static inline __attribute__((always_inline)) bool
list_block(const struct stretch *st, struct look how, size_t k, size_t n,
	   uint64_t *last, uint16_t *todo, size_t *left)
{
	/* A mark, then, which is idle as well. */
	uint32_t idle = st->a->p->m.tls ? RELOC_NONE : RELOC_32;
	uint64_t addr = st->addr, before = *last;
	struct values v = st->values;
	bool sorted = true;
	size_t listed = 0;

	for (size_t i = 0; i < n; i++) {
		struct record r = record_get(st->records, how.xlen, k + i);
		uint32_t word = values_word(&v, r.sym);
		uint64_t off = r.offset - addr;

		sorted &= off >= before;
		before = off;
		todo[listed] = (uint16_t)i;
		listed += ((r.type ^ idle) | (word / SYMBOL_MOVES)) != 0;
	}
	*last = before;
	*left = listed;
	return sorted;
}

/*
 * All n records of a window; *last is the place of the one before. Returns
 * whether they are in the order of their places. A block at a time, so that
 * the looks at symbols do not wait for each other.
 */
static inline __attribute__((always_inline)) bool
patch_window(const struct stretch *st, struct look how, size_t n, uint64_t *last)
{
	uint16_t todo[BLOCK];
	size_t done = 0, left;
	bool sorted = true;

	for (size_t k = 0; k < n; k += BLOCK) {
		size_t some = n - k < BLOCK ? n - k : BLOCK;
		uint64_t first = record_get(st->records, how.xlen, k).offset -
				 st->addr;
		bool in_order = list_block(st, how, k, some, last, todo, &left);

		sorted &= in_order;
		how.inside = in_order && lie_inside(st, first, *last);
		if (how.inside) {
			patch_listed(st, how, todo, left, k, n, &done);
			continue;
		}
		for (left = 0; left < some; left++)
			todo[left] = (uint16_t)left;
		patch_listed(st, how, todo, left, k, n, &done);
	}
	return sorted;
}

static bool patch_batch(const struct stretch *st, size_t n, uint64_t *last)
{
	return st->a->p->img->xlen == 64 ?
	       patch_window(st, (struct look){ 64, false }, n, last) :
	       patch_window(st, (struct look){ 32, false }, n, last);
}

/* Records that are read one behind the other into a buffer of the writer. */
struct passing {
	uint8_t *buf;		/* NULL: none yet */
	size_t from;		/* the record that it begins with */
};

/* Where to read records from k on; NULL: nothing can be written any more. */
static uint8_t *room_for(const struct stretch *st, struct passing *ps, size_t k)
{
	uint64_t size = record_size(st->a->p->img->xlen);

	if (!ps->buf) {
		ps->from = k;
		ps->buf = rewrite_buffer(st->a->rw, st->a->p->rel[st->rel].rela,
					 k * size);
	}
	return ps->buf ? ps->buf + (k - ps->from) * size : NULL;
}

/* Whether more can be read into it, from k on. */
static bool has_room(const struct stretch *st, const struct passing *ps, size_t k)
{
	uint64_t size = record_size(st->a->p->img->xlen);

	return (k - ps->from) * size + IMAGE_WINDOW <= REWRITE_CHUNK;
}

/* Has them written up to `end`, those that the neighbour does not see to. */
static void pass(const struct stretch *st, struct passing *ps, size_t end)
{
	uint64_t size = record_size(st->a->p->img->xlen);
	size_t from = st->own < ps->from ? ps->from : st->own;

	from = from < end ? from : end;
	rewrite_pass(st->a->rw, st->a->p->rel[st->rel].rela, from * size,
		     end * size, ps->buf + (from - ps->from) * size, ps->buf);
	ps->buf = NULL;
}

/* All neighbours' ranges touch, so none out of order is missed. */
static void patch_in_order(struct stretch st, size_t k, size_t end)
{
	const struct image *img = st.a->p->img;
	const uint8_t *all = st.records;
	uint64_t last = k ? offset_of(&st, k - 1) : 0;
	uint8_t own[IMAGE_WINDOW];
	struct passing ps = { 0 };
	bool sorted = true;

	for (size_t n; k < end; k += n) {
		uint8_t *buf = st.passed ? room_for(&st, &ps, k) : own;

		if (!buf)
			return;
		n = records_read(img, all, k, end, buf, &st.records);
		if (st.passed && st.records != buf)
			memcpy(buf, st.records, n * record_size(img->xlen));
		sorted &= patch_batch(&st, n, &last);
		if (st.passed && (k + n == end || !has_room(&st, &ps, k + n)))
			pass(&st, &ps, k + n);
	}
	if (!sorted)
		atomic_store(&st.a->order[st.rel].unsorted, true);
}

static void patch_records(const struct stretch *st, size_t k, size_t end)
{
	if (!st->a->order[st->rel].index)
		patch_in_order(*st, k, end);
	else
		while (k < end)
			k += patch_one(st, k, end);
}

/* The last stretch also takes what lies behind the end, to complain about it. */
static void patch_debug(struct apply *a, uint32_t shndx, uint64_t size,
			uint64_t from, uint64_t to, uint8_t *bytes)
{
	struct plan *p = a->p;

	for (uint32_t k = a->rel_of[shndx]; k < p->nrel; k++) {
		const struct section *rela = &p->img->sec[p->rel[k].rela];
		struct stretch st = {
			.a = a, .rel = k, .shndx = shndx, .records = rela->data,
			.n = rela->size / record_size(p->img->xlen),
			.addr = p->img->sec[shndx].addr, .size = size,
			.from = from, .to = to, .bytes = bytes,
			.values = values_known(&p->m),
			.passed = a->rw->passed[p->rel[k].rela] &&
				  !a->rw->drop[p->rel[k].rela],
		};
		const struct order *o = &a->order[k];
		size_t first, end;

		if (p->rel[k].target != shndx)
			continue;
		if (o->index && to - from < size) {
			uint64_t step = rewrite_step(&p->img->sec[shndx]);
			uint64_t chunk = from / step;

			first = o->start[chunk ? chunk - 1 : 0];
			end = o->start[chunk + 1];
		} else {
			st.own = record_from(&st, from);
			first = reaching(&st, st.own, from);
			end = to < size ? record_from(&st, to) : st.n;
		}
		patch_records(&st, first, end);
	}
}

/* What lies outside the section is for the last chunk to complain about. */
static size_t chunk_of(const struct plan *p, uint32_t rel, size_t i,
		       uint64_t step, size_t chunks)
{
	const struct section *s = &p->img->sec[p->rel[rel].target];
	uint64_t off = record_get(p->img->sec[p->rel[rel].rela].data,
				  p->img->xlen, i).offset - s->addr;

	return off < s->size ? off / step : chunks - 1;
}

/* Sorts the records of one section by chunk, each chunk in file order. */
static bool index_records(struct apply *a, uint32_t rel)
{
	struct plan *p = a->p;
	const struct section *rela = &p->img->sec[p->rel[rel].rela];
	const struct section *s = &p->img->sec[p->rel[rel].target];
	uint64_t step = rewrite_step(s);
	size_t chunks = (s->size + step - 1) / step;
	size_t n = rela->size / record_size(p->img->xlen);
	struct order *o = &a->order[rel];
	uint32_t *next = calloc(chunks + 1, sizeof(*next));

	o->index = malloc((n + 1) * sizeof(*o->index));
	o->start = calloc(chunks + 1, sizeof(*o->start));
	if (!next || !o->index || !o->start || n > UINT32_MAX) {
		free(next);
		return false;
	}
	for (size_t i = 0; i < n; i++)
		o->start[chunk_of(p, rel, i, step, chunks) + 1]++;
	for (size_t c = 0; c < chunks; c++) {
		o->start[c + 1] += o->start[c];
		next[c] = o->start[c];
	}
	for (size_t i = 0; i < n; i++)
		o->index[next[chunk_of(p, rel, i, step, chunks)]++] = (uint32_t)i;
	free(next);
	return true;
}

bool apply_again(struct apply *a)
{
	bool again = false;

	for (uint32_t k = 0; k < a->p->nrel; k++) {
		struct order *o = &a->order[k];

		if (!atomic_load(&o->unsorted) || o->index)
			continue;
		if (!index_records(a, k))
			diag_no_memory(a->p->d);
		a->rw->passed[a->p->rel[k].rela] = false;
		again = true;
	}
	return again;
}

/* --- Symbols and records themselves. --- */

static void patch_symbols(struct apply *a, uint64_t from, uint64_t to,
			  uint8_t *bytes)
{
	const struct plan *p = a->p;
	const uint32_t *old = a->rw->symbol_from;
	const uint32_t *words = old ? NULL : p->m.value;
	unsigned size = symbol_size(p->img->xlen);
	uint32_t first = (uint32_t)(from / size), n = (uint32_t)((to - from) / size);

	symbols_move(&p->m, p->delta, old, words ? words + first : NULL, first, n,
		     bytes, p->d);
}

static void patch_offsets(struct apply *a, uint32_t shndx, uint64_t from,
			  uint64_t to, uint8_t *bytes)
{
	struct plan *p = a->p;
	unsigned xlen = p->img->xlen, size = record_size(xlen);
	const struct section *s = &p->img->sec[p->img->sec[shndx].info];

	/*
	 * A NONE may lie behind its section, which relaxation has shortened;
	 * 0 is the blank that tools and linkers leave.
	 */
	for (uint64_t off = from; off + size <= to; off += size) {
		uint64_t r_offset = getxlen(bytes, xlen);

		if (r_offset - s->addr <= s->size ||
		    (r_offset && model_holds(&p->m, r_offset)))
			putxlen(bytes, r_offset + p->delta, xlen);
		bytes += size;
	}
}

static size_t edit_from(const struct plan *p, uint64_t pos)
{
	const struct edit *e = p->edits.at;
	size_t lo = 0, hi = p->edits.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (e[mid].pos < pos)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void poke(const struct plan *p, uint32_t shndx, uint64_t from,
		 uint64_t to, uint8_t *bytes)
{
	const struct edit *e = p->edits.at;
	uint64_t start = p->img->sec[shndx].offset;
	uint64_t early = from < REWRITE_PAD / 2 ? from : REWRITE_PAD / 2;

	for (size_t i = edit_from(p, start + from - early);
	     i < p->edits.n && e[i].pos < start + to; i++)
		putle(bytes + (int64_t)(e[i].pos - start - from), e[i].word,
		      e[i].bytes);
}

static void patch(void *ctx, uint32_t shndx, uint64_t from, uint64_t to,
		  uint8_t *bytes)
{
	struct apply *a = ctx;
	const struct plan *p = a->p;

	if (shndx == p->img->symtab.shndx)
		patch_symbols(a, from, to, bytes);
	else if (p->state[shndx] == STATE_DEBUG)
		patch_debug(a, shndx, p->img->sec[shndx].size, from, to, bytes);
	else if (p->img->sec[shndx].type == SHT_RELA &&
		 !section_loaded(&p->img->sec[shndx]) &&
		 p->m.sec[p->img->sec[shndx].info].moves)
		patch_offsets(a, shndx, from, to, bytes);
	poke(p, shndx, from, to, bytes);
}

/* --- Compressed sections. --- */

static void repack(void *ctx, size_t i, unsigned worker)
{
	struct apply *a = ctx;
	struct plan *p = a->p;
	uint32_t shndx = a->packed[i];
	struct packed pk;

	(void)worker;
	if (!unpack_section(p->img, shndx, &pk, p->d))
		return;
	if (p->state[shndx] == STATE_DEBUG)
		patch_debug(a, shndx, pk.size, 0, pk.size, pk.bytes);
	pack_section(p->img, shndx, &pk, a->compress == COMPRESS_NONE,
		     &a->rw->sec[shndx], &a->rw->content[shndx], p->d);
}

/* --- Headers. --- */

static bool segment_moves(const struct plan *p, uint32_t i)
{
	const struct segment *g = &p->img->seg[i];

	if (g->type == PT_LOAD)
		return true;
	if (!g->memsz || g->type == PT_GNU_STACK)	/* a size, no place */
		return false;
	/* Loaded, that is: on the bytes of a PT_LOAD and at its addresses. */
	for (uint32_t k = 0; k < p->img->nseg; k++) {
		const struct segment *l = &p->img->seg[k];

		if (l->type == PT_LOAD && g->vaddr >= l->vaddr &&
		    g->vaddr - l->vaddr <= l->memsz &&
		    (!g->filesz ||
		     g->offset - l->offset == g->vaddr - l->vaddr))
			return true;
	}
	return false;
}

/* Then an entry of 0 is an address, and not "none". */
static bool starts_with_code(const struct image *img)
{
	return img->sec[image_section_at(img, 0)].flags & SHF_EXECINSTR;
}

static void move_headers(struct apply *a)
{
	const struct plan *p = a->p;
	struct rewrite *rw = a->rw;
	uint64_t mask = addr_top(p->img->xlen);
	bool identity = false;

	/*
	 * Where a part runs at its physical address, the physical addresses
	 * in the image follow, as those of data that it copies to RAM.
	 */
	for (uint32_t i = 0; i < p->img->nseg; i++)
		if (p->img->seg[i].type == PT_LOAD && p->img->seg[i].memsz &&
		    p->img->seg[i].paddr == p->img->seg[i].vaddr)
			identity = true;
	for (uint32_t i = 0; i < p->img->nseg; i++) {
		if (!segment_moves(p, i))
			continue;
		rw->seg[i].vaddr = (rw->seg[i].vaddr + p->delta) & mask;
		if (identity && (model_holds(&p->m, rw->seg[i].paddr) ||
				 p->img->seg[i].paddr == p->img->seg[i].vaddr))
			rw->seg[i].paddr = (rw->seg[i].paddr + p->delta) & mask;
	}
	for (uint32_t i = 1; i < p->img->nsec; i++)
		if (p->m.sec[i].moves)
			rw->sec[i].addr = (rw->sec[i].addr + p->delta) & mask;
	if (model_holds(&p->m, rw->entry) &&
	    (rw->entry || starts_with_code(p->img)))
		rw->entry = (rw->entry + p->delta) & mask;
}

static bool has_edits(const struct plan *p, uint32_t i)
{
	const struct section *s = &p->img->sec[i];
	size_t e = edit_from(p, s->offset);

	return s->data && e < p->edits.n &&
	       ((const struct edit *)p->edits.at)[e].pos < s->offset + s->size;
}

static void choose_patched(struct apply *a)
{
	const struct plan *p = a->p;
	const struct image *img = p->img;

	for (uint32_t i = 1; i < img->nsec; i++) {
		const struct section *s = &img->sec[i];
		bool offsets = s->type == SHT_RELA && !section_loaded(s) &&
			       s->info < img->nsec && p->m.sec[s->info].moves;

		a->rw->drop[i] = p->drop[i];
		if (!s->data || p->drop[i])
			continue;
		if (section_is_packed(s) && (p->state[i] == STATE_DEBUG ||
				     a->compress == COMPRESS_NONE)) {
			a->packed[a->npacked++] = i;
			continue;
		}
		a->rw->patched[i] = has_edits(p, i) || (p->delta &&
			(i == img->symtab.shndx || offsets ||
			 p->state[i] == STATE_DEBUG));
	}
	if (has_edits(p, a->rw->ahead))
		a->rw->ahead = 0;
}

/* patch_debug() reads all records of what it patches. Those do not change. */
static void choose_passed(struct apply *a)
{
	const struct plan *p = a->p;
	struct rewrite *rw = a->rw;

	for (uint32_t k = 0; k < p->nrel && !p->img->held; k++) {
		uint32_t rela = p->rel[k].rela, target = p->rel[k].target;

		rw->passed[rela] = p->state[target] == STATE_DEBUG &&
			rw->patched[target] && p->img->sec[target].size &&
			!rw->patched[rela] &&
			!(p->img->sec[rela].size % record_size(p->img->xlen));
	}
}

struct apply *apply_new(struct plan *p, struct rewrite *rw,
			enum compress_mode compress, unsigned jobs)
{
	const struct image *img = p->img;
	struct apply *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->p = p;
	a->rw = rw;
	a->compress = compress;
	a->rel_of = calloc(img->nsec, sizeof(*a->rel_of));
	a->order = calloc(p->nrel + 1, sizeof(*a->order));
	a->packed = calloc(img->nsec, sizeof(*a->packed));
	if (!a->rel_of || !a->order || !a->packed) {
		apply_free(a);
		return NULL;
	}
	for (uint32_t k = p->nrel; k-- > 0;)
		a->rel_of[p->rel[k].target] = k;
	rw->patch = patch;
	rw->ctx = a;
	move_headers(a);
	choose_patched(a);
	choose_passed(a);
	if (p->delta || compress == COMPRESS_NONE)
		parallel_for(jobs, a->npacked, repack, a);
	return a;
}

void apply_free(struct apply *a)
{
	if (!a)
		return;
	for (uint32_t k = 0; a->order && k < a->p->nrel; k++) {
		free(a->order[k].index);
		free(a->order[k].start);
	}
	free(a->rel_of);
	free(a->order);
	free(a->packed);
	free(a);
}
