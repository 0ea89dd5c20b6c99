/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What moves with the image: sections, and through them places and symbols.
 * The rules for symbols were found by comparing what GNU ld and lld do with
 * the same objects at two bases; a rule that can be wrong is a guess, and the
 * user can overrule it.
 */
#ifndef RELOCATOR_CLASSIFY_H
#define RELOCATOR_CLASSIFY_H

#include "elfio/image.h"

/* Why a symbol was taken for moving or fixed. Guesses come last. */
enum rule {
	RULE_UNDEFINED,		/* fixed at 0, or a PLT entry: moves */
	RULE_TLS,		/* offset in the TLS segment: fixed */
	RULE_SECTION,		/* as its section does */
	RULE_CONSTANT,		/* SHN_ABS outside the image: fixed */
	RULE_LINKER,		/* in the image, and linkers define the name */
	RULE_USER,		/* --fixed or --moves */
	RULE_ABS,		/* SHN_ABS, value within the image: moves */
	RULE_OUTSIDE,		/* of a section, outside it, near the image */
	RULE_SIZE,		/* of a section, far from the image: fixed */
	RULE_BEHIND,		/* SHN_ABS, not far behind the image: fixed */
	RULE_STRAY,		/* of another section, within the image: moves */
};

static inline bool rule_is_guess(enum rule r)
{
	return r >= RULE_ABS;
}

const char *rule_text(enum rule r);

struct moving_section {
	uint64_t addr, size;
	uint64_t base;		/* m->lo, if it moves */
	bool loaded, moves;
	bool near;		/* all that lies in it is less than 2^31 from base */
};

struct model {
	const struct image *img;
	uint64_t lo, hi;	/* the loaded image is [lo, hi) */
	uint64_t align;		/* a shift must be a multiple of this */
	uint64_t tls;		/* address of the TLS segment, or 0 */
	bool lld;		/* .comment says that lld linked it */
	bool dynamic;		/* has a dynamic section */
	struct moving_section *sec;	/* nsec of them */
	uint8_t *forced;	/* per symbol of .symtab, enum force; or NULL */
	/*
	 * By model_decide(): what struct values says of each symbol, and SYMBOL_UNKNOWN
	 * behind them. And whether each is absolute (symbol_is_absolute()), a bit.
	 * NULL: not yet, or no memory.
	 */
	uint32_t *value;
	uint64_t *absolute;
	uint32_t unknown;	/* SYMBOL_UNKNOWN, in place of a NULL value */
};

enum force { FORCE_NOT, FORCE_FIXED, FORCE_MOVES };

/* Images below this hold addresses that look like sizes and other numbers. */
#define MODEL_LOW	UINT64_C(0x1000000)

/*
 * Finds the image in the file. fixed and moves are POSIX extended regular
 * expressions over symbol names that overrule the classification, or NULL.
 * False after a message: not RISC-V, nothing allocated, a bad expression.
 */
bool model_init(struct model *m, const struct image *img, const char *fixed,
		const char *moves, struct diag *d);
void model_free(struct model *m);

/*
 * Takes the symbol table as model_decide() reads it, so that it is read once. Called
 * from several threads; each calls room() and take() in turn.
 */
struct symbol_sink {
	/* Where to read symbols from `first` on: SINK_ROOM bytes, or NULL: nowhere. */
	uint8_t *(*room)(void *ctx, uint32_t first);
	/* There they are, n of them, each with its word. They may be changed. */
	void (*take)(void *ctx, const struct model *m, uint32_t first, uint32_t n,
		     uint8_t *entries, const uint32_t *words);
	void *ctx;
};

enum { SINK_ROOM = 4 * IMAGE_WINDOW };

/*
 * Decides about all symbols, in a fraction of the memory that the symbol table
 * has: then nearly nothing has to be looked up in that again. Where they are more
 * than max, and there is room in $TMPDIR, what is known of them is a file's, which
 * is mapped and has no name: the system may then have its memory back. Without
 * memory nothing is known, and all is looked up. `to` (or NULL) takes all symbols.
 */
void model_decide(struct model *m, size_t max, unsigned jobs,
		  const struct symbol_sink *to);

enum { MODEL_WORDS = 20 << 20 };	/* so many symbols take 80 MiB */

/*
 * Of each symbol a word: SYMBOL_UNKNOWN, or the value of one that does not
 * move, or SYMBOL_MOVES and the distance from the image's lowest byte. One that
 * is unknown has to be looked up, for there is more to say: there is no such symbol,
 * or it is wrong, or an ifunc, or far away.
 */
struct values {
	const uint32_t *at;	/* n of them, and an unknown one */
	uint32_t n;
	uint64_t lo;		/* the image's lowest byte */
};

#define SYMBOL_MOVES	UINT32_C(0x80000000)
#define SYMBOL_UNKNOWN	UINT32_MAX

/* Those of model_decide(). */
static inline struct values values_known(const struct model *m)
{
	return m->value ?
	       (struct values){ m->value, m->img->symtab.n, m->lo } :
	       (struct values){ &m->unknown, 0, m->lo };
}

static inline const uint32_t *values_at(const struct values *v, uint32_t i)
{
	return &v->at[i < v->n ? i : v->n];
}

static inline uint32_t values_word(const struct values *v, uint32_t i)
{
	return *values_at(v, i);
}

/* The name of a source file has no address either, and is none of these. */
static inline bool symbol_is_absolute(const struct symbol *s)
{
	return s->shndx == SYM_ABS && ELF64_ST_TYPE(s->info) != STT_FILE;
}

/* Whether addr lies in the image or at its end. */
static inline bool model_holds(const struct model *m, uint64_t addr)
{
	return addr >= m->lo && addr <= m->hi;
}

/* The part of symbol_moves() that is not common. */
bool symbol_moves_rare(const struct model *m, const struct symtab *t,
		       const struct symbol *s, enum rule *rule);

/* Symbol i of .symtab (what --fixed and --moves speak of). */
static inline bool symbol_moves(const struct model *m, const struct symbol *s,
				uint32_t i)
{
	enum rule rule;

	if (m->forced && m->forced[i])
		return m->forced[i] == FORCE_MOVES;
	if (s->shndx && s->shndx < m->img->nsec) {
		const struct moving_section *sec = &m->sec[s->shndx];

		if (s->value - sec->addr <= sec->size &&
		    ELF64_ST_TYPE(s->info) != STT_TLS)
			return sec->moves;
	}
	return symbol_moves_rare(m, &m->img->symtab, s, &rule);
}

/* The address of a symbol of which there is a word, and whether it moves. */
static inline uint64_t word_value(const struct values *v, uint32_t word)
{
	return (word & ~SYMBOL_MOVES) + (word & SYMBOL_MOVES ? v->lo : 0);
}

/* Whether both are known and both move, or neither: their distance stays. */
static inline bool words_move_alike(uint32_t a, uint32_t b)
{
	return a != SYMBOL_UNKNOWN && b != SYMBOL_UNKNOWN &&
	       !((a ^ b) & SYMBOL_MOVES);
}

/*
 * To have its word near. A load, and not a prefetch: that does nothing where
 * the page is not in the TLB.
 */
static inline void values_touch(const struct values *v, uint32_t i)
{
	(void)*(const volatile uint32_t *)values_at(v, i);
}

/*
 * Notes every symbol whose class was a guess, and refuses (errors in d) those
 * of an image at a low base, where a number and an address look the same.
 */
void model_report_guesses(const struct model *m, bool verbose, struct diag *d);

#endif
