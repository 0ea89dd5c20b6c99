/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ahead.h"

/* A word of the class at `at`. */
static inline void move_word(uint8_t *at, uint64_t delta, unsigned xlen)
{
	putxlen(at, getxlen(at, xlen) + delta, xlen);
}

/* One that there is no word of. */
static bool move_rare(const struct model *m, uint64_t delta, const struct symbol *s,
		      uint32_t i, uint8_t *value, struct diag *d)
{
	const struct symtab *t = &m->img->symtab;
	const char *wrong = image_symbol_wrong(m->img, t, s);

	if (wrong && d)
		diag_at(d, DIAG_ERROR, t->shndx,
			(uint64_t)i * symbol_size(t->xlen), "symbol %u: %s", i,
			wrong);
	if (!wrong && symbol_moves(m, s, i))
		move_word(value, delta, t->xlen);
	return !wrong;
}

/* symbols_move(), for one class. */
static inline __attribute__((always_inline)) bool
move_some(const struct model *m, uint64_t delta, const uint32_t *old,
	  const uint32_t *words, uint32_t first, uint32_t n, uint8_t *entries,
	  struct diag *d, unsigned xlen)
{
	unsigned size = symbol_size(xlen);
	unsigned at = xlen == 64 ? offsetof(Elf64_Sym, st_value) :
				   offsetof(Elf32_Sym, st_value);
	struct values v = values_known(m);
	bool ok = true;

	for (uint32_t k = 0; k < n; k++, entries += size) {
		uint32_t i = old ? old[first + k] : first + k;
		uint32_t word = words ? words[k] : values_word(&v, i);
		struct symbol s;

		if (word != SYMBOL_UNKNOWN) {
			/* Which ones move cannot be foreseen: no branch. */
			move_word(entries + at,
				  delta & -(uint64_t)(word / SYMBOL_MOVES), xlen);
			continue;
		}
		s = old ? symtab_get(&m->img->symtab, i) :
			  symtab_entry(&m->img->symtab, i, entries);
		ok &= move_rare(m, delta, &s, i, entries + at, d);
	}
	return ok;
}

bool symbols_move(const struct model *m, uint64_t delta, const uint32_t *old,
		  const uint32_t *words, uint32_t first, uint32_t n,
		  uint8_t *entries, struct diag *d)
{
	if (words && m->img->xlen == 64)
		return move_some(m, delta, NULL, words, first, n, entries, d, 64);
	return move_some(m, delta, old, words, first, n, entries, d, m->img->xlen);
}

_Static_assert((int)SINK_ROOM <= (int)REWRITE_CHUNK,
	       "a buffer of the writer has room for what is read at a time");

static uint8_t *room(void *ctx, uint32_t first)
{
	const struct ahead *a = ctx;
	const struct symtab *t = &a->rw->img->symtab;

	return rewrite_buffer(a->rw, t->shndx,
			      (uint64_t)first * symbol_size(t->xlen));
}

static void take(void *ctx, const struct model *m, uint32_t first, uint32_t n,
		 uint8_t *entries, const uint32_t *words)
{
	struct ahead *a = ctx;
	const struct symtab *t = &m->img->symtab;
	uint64_t size = symbol_size(t->xlen);

	if (symbols_move(m, a->delta, NULL, words, first, n, entries, NULL))
		atomic_fetch_add(&a->moved, n);
	rewrite_pass(a->rw, t->shndx, first * size, (first + (uint64_t)n) * size,
		     entries, entries);
}

bool ahead_open(struct ahead *a, struct rewrite *rw, uint64_t delta,
		const char *path, unsigned jobs, struct diag *d)
{
	*a = (struct ahead){ { room, take, a }, rw, delta, 0 };
	return rewrite_open(rw, path, jobs, d);
}

void ahead_close(struct ahead *a)
{
	const struct symtab *t = &a->rw->img->symtab;
	uint64_t bytes = (uint64_t)atomic_load(&a->moved) * symbol_size(t->xlen);

	if (t->n && bytes == a->rw->img->sec[t->shndx].size)
		a->rw->ahead = t->shndx;
}
