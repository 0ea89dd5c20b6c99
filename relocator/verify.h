/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A record against the bytes: what the field holds is decoded and compared
 * with what the record predicts, before anything is changed on its word.
 */
#ifndef RELOCATOR_VERIFY_H
#define RELOCATOR_VERIFY_H

#include "classify.h"
#include "reloc.h"

enum verdict {
	AGREES,		/* the bytes are what the record says */
	EXCUSED,	/* they are not, for a known reason; see why */
	STALE,		/* the record and the bytes contradict each other */
	REFUSED,	/* understood, and cannot be moved truly */
};

/* What a move does to the field that a record is about. */
enum effect {
	EFFECT_MOVES,	/* an address: it grows by the shift */
	EFFECT_FIXED,	/* the distance to a fixed target: it shrinks by it */
	EFFECT_SAME,
	EFFECT_EXCUSED,	/* nothing, and the bytes are not what the record says */
	EFFECT_STALE,
	EFFECT_REFUSED,
	EFFECTS
};

extern const char *const effect_names[EFFECTS + 1];	/* NULL behind the last */

/* The section of records `rela` says what is done in section `target`. */
struct relsec {
	uint32_t rela, target;
};

/* An instruction that carries the upper part of an address (HI20 kinds). */
struct hi {
	uint64_t addr;
	uint32_t shndx;		/* overlays have two sections at one address */
	uint32_t rel;		/* index of its struct relsec */
	uint32_t rec;		/* index of its record there; 2^32 are 100 GB */
	uint8_t type;
	bool converted;		/* GNU ld made lui of auipc: a constant */
};

/* A word that the dynamic loader writes (.rela.dyn, .relr.dyn). */
struct dynamic_place {
	uint64_t addr;		/* first: the key it is searched by */
	uint64_t value;		/* the image address that it will be */
	bool known;		/* there is one: R_RISCV_RELATIVE */
	bool relr;		/* the word itself is the address */
};

struct verifier {
	const struct model *m;
	const struct relsec *rel;
	const struct hi *hi;		/* sorted by shndx, addr */
	size_t nhi;
	const struct dynamic_place *dynamic;	/* sorted by addr */
	size_t ndynamic;
	uint64_t gp;			/* for ANCHOR_GPREL, else 0 */
};

struct finding {
	const struct reloc *row;
	enum verdict verdict;
	enum field_id field;	/* what was found there: lui for a converted auipc */
	int change;		/* how many shifts a move adds to the value */
	uint64_t value;		/* what the field holds, decoded */
	uint64_t expected;	/* what the record predicts, in the same form */
	uint64_t slot_value;	/* what that slot should hold */
	uint64_t slot;		/* GOT slot that was found through it, or 0 */
	bool slot_moves, slot_tls, slot_ifunc;
	bool slot_pair;		/* two words: module and offset */
	bool slot_undefined;	/* thread-local, of a symbol nobody defined */
	uint64_t V;		/* S + A, less P for PC-relative ones */
	const struct hi *hi;	/* what a PCREL_LO12 completes, or NULL */
	const char *why;	/* for all but AGREES */
};

enum effect effect_of(const struct finding *f);

/* One place in a loaded section. */
struct place {
	const uint8_t *bytes;	/* NULL when the file has none (NOBITS) */
	uint64_t P;
	uint64_t room;		/* bytes from here to the section's end */
	uint32_t shndx;
};

/*
 * The place `off` bytes into section shndx at addr, of which `size` bytes lie
 * at `bytes` (NULL: none); without room when it lies outside.
 */
static inline struct place place_in(const uint8_t *bytes, uint64_t size,
				    uint64_t addr, uint32_t shndx, uint64_t off)
{
	struct place at = { .P = addr + off, .shndx = shndx };

	if (off < size) {
		at.bytes = bytes ? bytes + off : NULL;
		at.room = size - off;
	}
	return at;
}

/*
 * Judges one record of a place in a loaded section; for OP_ADD and OP_SUB use
 * verify_sum(). sym is NULL when the record's symbol index is out of range.
 */
struct finding verify_record(const struct verifier *v, const struct place *at,
			     const struct record *r, const struct symbol *sym);

/*
 * Whether a place holds a PC-relative record's part of V = S + A - P. And a
 * PCREL_LO12 that of the auipc at its label.
 */
bool verify_holds(unsigned xlen, const struct place *at, uint32_t type,
		  uint64_t V);

/*
 * The same in a section that is not loaded, whose fields are words: at->bytes
 * need not be what the file has there. Two PC-relative places of such a
 * section stay at one distance, unless it moves.
 */
struct finding verify_unloaded(const struct model *m, const struct place *at,
			       const struct record *r, const struct symbol *sym);

/* The type that takes back at a place what a type adds there, or 0. */
extern const uint8_t verify_taken_back[RELOC_MAX];

/* Whether it and its counterpart have left V at a place, where 8 bytes can be
 * read. */
static inline bool verify_pair_holds(uint32_t type, const uint8_t *at, uint64_t V)
{
	enum field_id field = relocs[type].field;
	unsigned bits = field == FIELD_W6 ? 6 : fields[field].bytes * 8;

	return !((get64(at) ^ V) << (64 - bits));
}

enum { SUM_MAX = 8 };		/* records of one place that are looked at */

/*
 * Gathers the records that add and subtract at the place of entry k of
 * `records` (of entry index[k], with an index), passing over those that say
 * nothing. Returns how many entries that took, up to `end`.
 */
size_t verify_gather(const uint8_t *records, const uint32_t *index,
		     unsigned xlen, size_t k, size_t end,
		     struct record sum[SUM_MAX], size_t *n);

/*
 * Judges the n records of one place that add and subtract. They cancel where
 * both symbols move. The first operand (what the object file held, nearly
 * always 0) is not known, so a sum that does not change may
 * be STALE, and is moved truly all the same.
 */
struct finding verify_sum(const struct model *m, const struct place *at,
			  const struct record *r, size_t n);

/* The HI20 at an address in a section, or NULL. */
const struct hi *verifier_hi(const struct verifier *v, uint32_t shndx,
			     uint64_t addr);

/* What the dynamic loader does with the word at addr, or NULL. */
const struct dynamic_place *verifier_dynamic(const struct verifier *v,
					     uint64_t addr);

/* For qsort() and bsearch() over what begins with a uint64_t. */
int by_uint64(const void *a, const void *b);

/* v as an address of the image's class. */
static inline uint64_t wrap(unsigned xlen, uint64_t v)
{
	return xlen == 64 ? v : (uint64_t)(int64_t)(int32_t)v;
}

#endif
