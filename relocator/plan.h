/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a move changes, found and checked before anything is written. First
 * the sites, which do not depend on where the image goes (the boot table is
 * made of them), then, for one shift, the edits: every one known to fit.
 */
#ifndef RELOCATOR_PLAN_H
#define RELOCATOR_PLAN_H

#include "verify.h"

/* One field that changes by `change` shifts. */
struct site {
	uint64_t off;		/* in the section */
	uint64_t word;		/* what the field holds, as field_load() has it */
	uint32_t rec;		/* its record, when rel != SITE_NO_RECORD */
	uint32_t rel;		/* index of struct relsec */
	uint32_t shndx;
	uint8_t field;		/* enum field_id */
	int8_t change;		/* 1: an address; -1: the distance to a constant */
	bool meta;		/* of ELF's own tables, not of the program */
	bool weak_call;		/* to an undefined weak symbol: may stay */
};
#define SITE_NO_RECORD	UINT32_MAX

struct edit {
	uint64_t pos;		/* in the file */
	uint64_t word;
	uint8_t bytes;
};

enum debug_mode {
	DEBUG_REFUSE, DEBUG_KEEP, DEBUG_DROP,
	DEBUG_IGNORE,		/* nothing moves: they are not looked at */
	DEBUG_FIND		/* as DEBUG_KEEP, and plan->lost is all that says it */
};

struct plan_options {
	const char *fixed, *moves;	/* see model_init() */
	enum debug_mode debug;
	bool verbose;
	unsigned jobs;
	bool scan;		/* words without a record are asked for: no warning */
	bool strict;		/* stale sums are errors even if no move changes them */
	const struct symbol_sink *symbols;	/* as model_decide() has it, or NULL */
};

/* How a section's records relate to the bytes. */
enum section_state {
	STATE_NO_RECORDS,
	STATE_LOADED,		/* checked, in the sites */
	STATE_DEBUG,		/* checked and patched while it is copied */
	STATE_LOST,		/* the linker lost the records */
	STATE_LEFT,		/* and the user wants it left as it is */
};

struct type_count {		/* records of one type */
	uint64_t n, moving, excused, stale, refused;
};

enum { EXCUSES_MAX = 128 };

/* Records that the bytes do not match, by what excuses them. */
struct excuses {
	struct excuse {
		const char *why;
		uint32_t type;
		uint64_t n;
	} at[EXCUSES_MAX];
	unsigned n;
};

/* An I- or S-type user of an auipc that reaches a constant. */
struct lo_user {
	uint64_t hi_addr, off, rec;
	uint32_t rel;
};

/* An address word that is not what its record says, but may be another's. */
struct odd_word {
	uint64_t off, rec, expected, word;
	uint32_t rel;
};

struct vec {			/* a growing array of items of one size */
	void *at;
	size_t n, cap, size;
};

struct plan {
	const struct image *img;
	struct model m;
	struct plan_options opt;
	struct diag *d;
	struct verifier v;
	struct relsec *rel;
	uint32_t nrel;
	uint8_t *state;		/* enum section_state for each section */
	const char **lost;	/* why a section's records cannot be followed, or NULL */
	bool *drop;		/* sections that --debug=drop leaves out */
	struct vec sites;	/* struct site, by (shndx, off) */
	struct vec meta;	/* struct site: of the records themselves, that are to be added */
	struct vec hi;		/* struct hi */
	struct vec dynamic;	/* struct dynamic_place */
	struct vec covered;	/* uint64_t: GOT slots that do not move; sorted */
	struct vec lo_users;	/* struct lo_user */
	struct vec odd;		/* struct odd_word, of the section at hand */
	struct vec edits;	/* struct edit, by pos */
	struct type_count count[RELOC_MAX + 1];	/* of loaded sections; last: unknown types */
	struct excuses excuses;			/* of the same */
	uint64_t effect[RELOC_MAX + 1][EFFECTS];	/* of the same */
	uint64_t uncovered;	/* words that look like addresses, no record */
	bool *sorted;		/* by relsec: tables that were sorted after the link */
	uint64_t delta;
};

/*
 * Reads all that is loaded and its records, and checks them against each
 * other. Debug sections are looked at only to see whether their records are
 * there. NULL when there is no plan at all; else d->errors tells whether it
 * may be used. Borrows img and d.
 */
struct plan *plan_build(const struct image *img,
			const struct plan_options *opt, struct diag *d);
void plan_free(struct plan *p);

/* Makes the edits for a shift by delta (modulo the address size). */
void plan_target(struct plan *p, uint64_t delta);

/* After edits were added from elsewhere. */
void plan_sort_edits(struct plan *p);

/* Whether V, moved by `change` shifts, fits a field that may be 32 bits wide. */
bool plan_fits32(const struct plan *p, enum field_id field, int change,
		 uint64_t V);

/*
 * What a site's field holds after the shift, decoded; false when that does
 * not fit. And what its record says that it holds, whole, before the shift:
 * false when no record says it.
 */
bool plan_shifted(const struct plan *p, const struct site *s, uint64_t *v);
bool plan_recorded(const struct plan *p, const struct site *s, uint64_t *V);

/*
 * Whether the site is an auipc that may become lui, as its target is a constant
 * that lui can hold; that goes to *target.
 */
bool plan_becomes_lui(const struct plan *p, const struct site *s,
		      uint64_t *target);

/* What its record names: RELOC_NONE and "" when there is none. */
void plan_site_names(const struct plan *p, const struct site *s, uint32_t *type,
		     const char **symbol);

/* For the stages of the plan: */

/* An error at a record; fmt continues "R_RISCV_HI20 against jiffies: ". */
void plan_record_error(struct plan *p, uint32_t rel, const struct record *r,
		       const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* An error at a record that was found stale, or is refused. */
void plan_report(struct plan *p, uint32_t rel, const struct record *r,
		 const struct finding *f);
/* Counts a record of that type under its verdict; `moving` is left alone. */
void count_verdict(struct type_count *c, struct excuses *e, uint32_t type,
		   const struct finding *f);
void count_excuse(struct excuses *e, uint32_t type, const char *why, uint64_t n);
void plan_add_site(struct plan *p, struct site s);
/* The same for a word of the image's size that no record is about. */
void plan_add_word(struct plan *p, uint32_t shndx, uint64_t off, int change,
		   bool meta);
bool vec_push(struct vec *v, const void *item);
/* Makes room for `cap` items in all. */
bool vec_reserve(struct vec *v, size_t cap);
/* Linkers leave most things in order, and then there is nothing to do; a few at
 * the end are put where they belong. */
void vec_sort(struct vec *v, int (*by)(const void *, const void *));
/* The same, with the error reported once. */
void plan_push(struct plan *p, struct vec *v, const void *item);

/* The word of the image's size at addr; false when the file has none there. */
bool plan_word_at(const struct plan *p, uint64_t addr, uint32_t *shndx,
		  uint64_t *off, uint64_t *word);

/* sorted.c: words of a table that was sorted after the link. */
#define SORTED_WHY	"of a table that was sorted after the link"
bool sorted_candidate(const struct plan *p, const struct record *r,
		      const struct finding *f);
void sorted_settle(struct plan *p);
/* Whether addr is a GOT slot that is known not to move. */
bool plan_is_covered(const struct plan *p, uint64_t addr);

/* A word as a dynamic loader would leave it where the image is linked. */
struct loader_word {
	uint64_t addr, value;
	uint64_t pos, word;	/* where it is in the file; what it holds there */
	bool moves;
};

/*
 * loader.c: the words of .rela.dyn that can be known without a loader; errors
 * for those that cannot.
 */
void loader_words(struct plan *p, struct vec *words);
/* dynamic.c: .rela.dyn, .relr.dyn, .dynamic, .dynsym. Places first. */
bool dynamic_holds_records(const struct section *s);
/* As --fixed and --moves say of the symbol of that name, or by the rules. */
bool dynamic_symbol_moves(struct plan *p, const struct symtab *t,
			  const struct symbol *s, enum rule *rule);
void dynamic_places(struct plan *p);
void dynamic_sites(struct plan *p);
/* By its name: linkers put what instructions load addresses from there. */
static inline bool section_is_got(const struct section *s)
{
	return !strncmp(s->name, ".got", 4) || !strncmp(s->name, ".igot", 5);
}

static inline bool section_has_got(const struct section *s)
{
	return section_loaded(s) && s->data && section_is_got(s);
}

/* got.c: words of the global offset table. */
void got_sites(struct plan *p);
/* The first site at or behind (shndx, off), once the sites are settled. */
size_t plan_site_from(const struct plan *p, uint32_t shndx, uint64_t off);
/* scan.c: other words without a record. */
void uncovered_words(struct plan *p);
/* debug.c: sections that are not loaded. */
void debug_sections(struct plan *p);

#endif
