/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the dynamic loader (or a kernel that relocates itself) reads: records
 * in loaded sections, RELR, the dynamic section, the dynamic symbols. They
 * hold addresses of the image and move with it. Look for the sections, not at
 * e_type: GNU ld writes a PIE as ET_EXEC at any base but 0, and static links
 * have allocated records for ifuncs.
 */
#include "plan.h"

#include <inttypes.h>
#include <stdlib.h>

#ifndef SHT_RELR
#define SHT_RELR 19
#endif
#ifndef DT_RELR
#define DT_RELR 36
#endif

bool dynamic_holds_records(const struct section *s)
{
	return s->type == SHT_RELA && section_loaded(s) && s->data;
}

/* Sections whose entries do not fill them were not made by a linker. */
static bool whole_entries(struct plan *p, uint32_t shndx, uint64_t size)
{
	if (!(p->img->sec[shndx].size % size))
		return true;
	diag_at(p->d, DIAG_ERROR, shndx, p->img->sec[shndx].size,
		"its size is not a multiple of its entries'");
	return false;
}

/* The addend as an address of the image's class. */
static uint64_t addend_of(const struct plan *p, const struct record *r)
{
	return getxlen(&r->addend, p->img->xlen);
}

/* --- RELR: an address, then bitmaps of the words that follow it. --- */

static void each_relr(struct plan *p, uint32_t shndx,
		      void (*address)(struct plan *, uint32_t, uint64_t off),
		      void (*place)(struct plan *, uint32_t, uint64_t off,
				    uint64_t addr))
{
	const struct section *s = &p->img->sec[shndx];
	unsigned bytes = p->img->xlen / 8;
	uint64_t where = 0;

	for (uint64_t off = 0; off + bytes <= s->size; off += bytes) {
		uint64_t word = getxlen(s->data + off, p->img->xlen);

		if (!(word & 1)) {
			if (address)
				address(p, shndx, off);
			if (place)
				place(p, shndx, off, word);
			where = word + bytes;
			continue;
		}
		for (unsigned bit = 1; bit < p->img->xlen; bit++)
			if (word >> bit & 1 && place)
				place(p, shndx, off,
				      where + (uint64_t)(bit - 1) * bytes);
		where += (uint64_t)(p->img->xlen - 1) * bytes;
	}
}

static void remember(struct plan *p, uint64_t addr, const struct record *r)
{
	struct dynamic_place at = { .addr = addr, .relr = !r };

	if (r && r->type == RELOC_RELATIVE) {
		at.known = true;
		at.value = addend_of(p, r);
	}
	plan_push(p, &p->dynamic, &at);
}

static void relr_remember(struct plan *p, uint32_t shndx, uint64_t off,
			  uint64_t addr)
{
	(void)shndx, (void)off;
	remember(p, addr, NULL);
}

static void relr_address(struct plan *p, uint32_t shndx, uint64_t off)
{
	plan_add_word(p, shndx, off, 1, true);
}

/* RELR has no addends: the word itself is the address. */
static void relr_word(struct plan *p, uint32_t shndx, uint64_t off,
		      uint64_t addr)
{
	uint64_t at, word;
	uint32_t in;

	if (!plan_word_at(p, addr, &in, &at, &word))
		diag_at(p->d, DIAG_ERROR, shndx, off,
			"RELR: place 0x%" PRIx64 " does not lie in the image",
			addr);
	else
		plan_add_word(p, in, at, 1, false);
}

/* --- .rela.dyn and its like. --- */

void dynamic_places(struct plan *p)
{
	const struct image *img = p->img;

	for (uint32_t i = 1; i < img->nsec; i++) {
		const struct section *s = &img->sec[i];

		if (s->type == SHT_RELR && s->data)
			each_relr(p, i, NULL, relr_remember);
		if (!dynamic_holds_records(s))
			continue;
		for (size_t k = 0; k < s->size / s->entsize; k++) {
			struct record r = record_get(s->data, img->xlen, k);

			if (r.type != RELOC_NONE)
				remember(p, r.offset, &r);
		}
	}
	if (p->dynamic.n)
		qsort(p->dynamic.at, p->dynamic.n,
		      sizeof(struct dynamic_place), by_uint64);
	p->v.dynamic = p->dynamic.at;
	p->v.ndynamic = p->dynamic.n;
}

/* A word that starts as 0, without bytes in the file. */
static bool in_nobits(const struct plan *p, uint64_t addr)
{
	const struct section *s = &p->img->sec[image_section_at(p->img, addr)];

	return s->type == SHT_NOBITS && s->size - (addr - s->addr) >=
					p->img->xlen / 8;
}

/*
 * The word under a dynamic record: 0 when the loader writes all of it; the
 * address when the linker, or something after it, has written it already.
 */
static void record_word(struct plan *p, uint32_t shndx, uint64_t roff,
			const struct record *r)
{
	uint64_t at, word;
	uint32_t in;

	if (!plan_word_at(p, r->offset, &in, &at, &word)) {
		if (r->type != RELOC_COPY && !in_nobits(p, r->offset))
			diag_at(p->d, DIAG_ERROR, shndx, roff,
				"%s: r_offset 0x%" PRIx64 " is not that of a word of the image",
				reloc_row(r->type)->name, r->offset);
		return;
	}
	if (!word)
		return;
	if (r->type == RELOC_RELATIVE && word != addend_of(p, r)) {
		diag_at(p->d, DIAG_ERROR, shndx, roff,
			"R_RISCV_RELATIVE: the word at 0x%" PRIx64 " holds 0x%" PRIx64 ", neither 0 nor the addend 0x%" PRIx64,
			r->offset, word, (uint64_t)r->addend);
		return;
	}
	if ((r->type == RELOC_RELATIVE && !plan_is_covered(p, r->offset)) ||
	    ((r->type == RELOC_IRELATIVE || r->type == RELOC_JUMP_SLOT) &&
	     model_holds(&p->m, word)))
		plan_add_word(p, in, at, 1, false);
}

static void record_sites(struct plan *p, uint32_t shndx)
{
	const struct section *s = &p->img->sec[shndx];
	unsigned size = record_size(p->img->xlen);

	for (size_t k = 0; k < s->size / size; k++) {
		struct record r = record_get(s->data, p->img->xlen, k);
		const struct reloc *row = reloc_row(r.type);
		char name[16];
		bool word = r.type == (p->img->xlen == 64 ? RELOC_64 : RELOC_32);

		if (r.type == RELOC_NONE)
			continue;
		if (!row || (row->op != OP_DYN && row->anchor != ANCHOR_TP &&
			     !word)) {
			diag_at(p->d, DIAG_ERROR, shndx, k * size,
				"%s: no relocation of a dynamic loader",
				reloc_name(r.type, name));
			continue;
		}
		if (!model_holds(&p->m, r.offset)) {
			diag_at(p->d, DIAG_ERROR, shndx, k * size,
				"%s: r_offset 0x%" PRIx64 " does not lie in the image",
				row->name, r.offset);
			continue;
		}
		plan_add_word(p, shndx, k * size, 1, true);
		/* B + A: whatever it is, it is reckoned from the base. */
		if ((r.type == RELOC_RELATIVE || r.type == RELOC_IRELATIVE) &&
		    !plan_is_covered(p, r.offset))
			plan_add_word(p, shndx, (k + 1) * size -
				      p->img->xlen / 8, 1, true);
		record_word(p, shndx, k * size, &r);
	}
}

/* --- .dynamic and .dynsym. --- */

static bool tag_is_address(uint64_t tag)
{
	static const uint32_t tags[] = {
		DT_PLTGOT, DT_HASH, DT_STRTAB, DT_SYMTAB, DT_RELA, DT_INIT,
		DT_FINI, DT_REL, DT_JMPREL, DT_INIT_ARRAY, DT_FINI_ARRAY,
		DT_PREINIT_ARRAY, DT_SYMTAB_SHNDX, DT_RELR, DT_GNU_HASH,
		DT_TLSDESC_PLT, DT_TLSDESC_GOT, DT_GNU_CONFLICT,
		DT_GNU_LIBLIST, DT_VERSYM, DT_VERDEF, DT_VERNEED,
	};

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (tags[i] == tag)
			return true;
	return false;
}

static void section_tags(struct plan *p, uint32_t shndx)
{
	const struct section *s = &p->img->sec[shndx];
	unsigned word = p->img->xlen / 8;

	for (uint64_t off = 0; off + 2 * word <= s->size; off += 2 * word) {
		uint64_t tag = getxlen(s->data + off, p->img->xlen);
		uint64_t v = getxlen(s->data + off + word, p->img->xlen);

		if (tag == DT_NULL)
			return;
		/* 0 is an address where the image starts there. */
		if (!tag_is_address(tag) || (!v && p->m.lo))
			continue;
		if (model_holds(&p->m, v))
			plan_add_word(p, shndx, off + word, 1, true);
		else
			diag_at(p->d, DIAG_ERROR, shndx, off,
				"tag 0x%" PRIx64 ": 0x%" PRIx64 " is no address of the image",
				tag, v);
	}
	diag_at(p->d, DIAG_ERROR, shndx, 0, "it does not end with DT_NULL");
}

bool dynamic_symbol_moves(struct plan *p, const struct symtab *t,
			  const struct symbol *s, enum rule *rule)
{
	const struct symtab *all = &p->img->symtab;

	for (uint32_t i = 1; p->m.forced && i < all->n; i++) {
		struct symbol other = symtab_get(all, i);

		if (p->m.forced[i] &&
		    !strcmp(symtab_name(all, &other), symtab_name(t, s))) {
			*rule = RULE_USER;
			return p->m.forced[i] == FORCE_MOVES;
		}
	}
	return symbol_moves_rare(&p->m, t, s, rule);
}

static void dynamic_symbols(struct plan *p, uint32_t shndx)
{
	struct symtab t = image_symtab(p->img, shndx);
	unsigned at = p->img->xlen == 64 ? offsetof(Elf64_Sym, st_value) :
					   offsetof(Elf32_Sym, st_value);
	enum rule rule;

	for (uint32_t i = 1; i < t.n; i++) {
		struct symbol s = symtab_get(&t, i);

		if (dynamic_symbol_moves(p, &t, &s, &rule))
			plan_add_word(p, shndx,
				      (uint64_t)i * symbol_size(t.xlen) + at, 1,
				      true);
		if (p->m.lo < MODEL_LOW && rule_is_guess(rule))
			diag_at(p->d, DIAG_ERROR, shndx,
				(uint64_t)i * symbol_size(t.xlen),
				"symbol %s = 0x%" PRIx64 " (%s): an address or a number?",
				symtab_name(&t, &s), s.value, rule_text(rule));
	}
}

void dynamic_sites(struct plan *p)
{
	const struct image *img = p->img;

	for (uint32_t i = 1; i < img->nsec; i++) {
		const struct section *s = &img->sec[i];

		if (!s->data || !section_loaded(s))
			continue;
		if (dynamic_holds_records(s))
			record_sites(p, i);
		else if (s->type == SHT_RELR &&
			 whole_entries(p, i, img->xlen / 8))
			each_relr(p, i, relr_address, relr_word);
		else if (s->type == SHT_DYNAMIC &&
			 whole_entries(p, i, img->xlen / 4))
			section_tags(p, i);
		else if (s->type == SHT_DYNSYM)
			dynamic_symbols(p, i);
	}
}
