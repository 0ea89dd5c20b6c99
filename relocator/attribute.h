/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who causes what moves: each field that a move changes with the symbol that
 * it lies in, the symbol that it is about, and its record's type; and groups
 * of them, to be ranked.
 */
#ifndef RELOCATOR_ATTRIBUTE_H
#define RELOCATOR_ATTRIBUTE_H

#include "plan.h"

/* --- Symbols by address. --- */

struct indexed {		/* one for each address that has symbols */
	uint64_t addr, end;	/* end == addr: no size */
	uint32_t shndx, sym;	/* sym: the best of those at the address */
	uint32_t around;	/* 1 + the nearest before it that reaches over */
				/* it; 0: none does */
	bool typed;		/* STT_FUNC, STT_OBJECT and their like */
};

/*
 * Of the symbols in loaded sections: names, not mapping symbols ($x, $d),
 * labels that assemblers make (.L) or thread-local offsets. At one address a
 * function or object comes before a plain label, a symbol with a size before
 * one without, global before weak before local.
 */
struct symbol_index {
	const struct symtab *t;
	struct vec at;		/* struct indexed, by (shndx, addr) */
};

/* False when memory runs out. */
bool symbol_index_init(struct symbol_index *ix, const struct image *img);
void symbol_index_free(struct symbol_index *ix);

/*
 * The symbol that holds addr in section shndx: the innermost function or
 * object, else the innermost label with a size, else the label without one
 * that is right before it. 0 when there is none. *off is how far in addr is.
 */
uint32_t symbol_index_find(const struct symbol_index *ix, uint32_t shndx,
			   uint64_t addr, uint64_t *off);

/* --- Fields that move. --- */

enum {			/* in place of a record's type, where there is none */
	MOVER_GOT = RELOC_MAX,	/* a slot of the global offset table */
	MOVER_RELR,
	MOVER_WORD,		/* another word */
	MOVER_TYPES
};

struct mover {
	uint64_t addr;
	uint64_t off;		/* in the symbol, else in the section */
	int64_t target_off;
	uint32_t shndx;
	uint32_t sym;		/* of .symtab; 0: it lies in none */
	/*
	 * What it is about: the record's symbol and addend, or, where that is
	 * a section's or a .L label, the symbol that is there, if there is
	 * one. 0: not known.
	 */
	uint32_t target;
	uint16_t type;		/* of its record, or MOVER_... */
	uint8_t field;		/* enum field_id */
	int8_t change;
};

/* Whether it is a word of the image's size. */
static inline bool mover_is_word(const struct mover *m, unsigned xlen)
{
	return m->field == (xlen == 64 ? FIELD_W64 : FIELD_W32);
}

struct attribution {
	const struct plan *p;
	struct symbol_index ix;
	struct vec movers;	/* struct mover, by (shndx, addr) */
};

/*
 * All that a move changes in what is loaded, and what a dynamic loader would
 * write there; not ELF's own tables. Borrows p. False when memory runs out.
 */
bool attribute(struct plan *p, struct attribution *a);
void attribution_free(struct attribution *a);

/* "R_RISCV_64", "GOT slot" and so on. */
const char *mover_type_name(uint16_t type);

/* Name of symbol `sym` of .symtab, of section shndx when sym is 0. */
const char *attribute_name(const struct image *img, uint32_t sym,
			   uint32_t shndx);

/* --- Groups. --- */

enum group_by { GROUP_SYMBOL, GROUP_SECTION, GROUP_TYPE, GROUP_TARGET };

struct group {
	const char *name;	/* borrowed: of the symbol, section or type */
	uint64_t n, words;	/* fields; how many of them are words */
	const struct mover *first;	/* the first of them in the image */
};

typedef bool mover_fn(void *ctx, const struct mover *m);

/*
 * Groups the movers that keep() says (NULL: all), largest first, ties by name
 * and then by place. What lies in no symbol is one group for each section,
 * named as the section (first->sym is 0). *groups is malloc'd. False when
 * memory runs out.
 */
bool attribute_groups(const struct attribution *a, enum group_by by,
		      mover_fn *keep, void *ctx, struct group **groups,
		      size_t *n);

/*
 * Copies the name without what compilers and macros number it with, so that
 * it is the same in the next build: "foo.constprop.0" and "foo.12" are foo,
 * "__UNIQUE_ID_license123" is __UNIQUE_ID_license. Returns its length, cut to
 * len - 1.
 */
size_t attribute_key(const char *name, char *buf, size_t len);

#endif
