/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections that are not loaded, debug information first of all: whether their
 * records are there. They are the bulk of a kernel's file, so their records
 * are read only once, when the bytes are copied (apply.c).
 */
#include "plan.h"

#include "elfio/compress.h"

enum { INDEX_ENTRY = 20 };

static bool is_index(const struct section *s)
{
	return s->data && !strcmp(s->name, ".gdb_index");
}

static bool debug_is_debug(const struct section *s)
{
	return !section_loaded(s) &&
	       (!strncmp(s->name, ".debug_", 7) ||
		!strncmp(s->name, ".zdebug_", 8) ||
		!strcmp(s->name, ".gdb_index"));
}

/* These always hold an address or an offset that needs a record. */
static bool needs_records(const struct section *s)
{
	static const char *const names[] = {
		"info", "line", "addr", "aranges", "frame", "types",
	};
	const char *dot;

	if (!debug_is_debug(s) || !s->data || s->name[1] == 'g')
		return false;
	dot = strchr(s->name, '_') + 1;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(dot, names[i]))
			return true;
	return false;
}

static bool is_blank(const struct record *r)
{
	return r->type == RELOC_NONE && !r->offset;
}

/*
 * lld 18 and later, when it relaxes, writes an entry for every record of
 * these sections and leaves all of them empty (it copies records that it did
 * not read). Looking at both ends settles nearly every other case.
 */
static bool all_blank(const struct plan *p, uint32_t shndx)
{
	const struct section *s = &p->img->sec[shndx];
	size_t n = s->size / record_size(p->img->xlen);
	struct record last = record_get(s->data, p->img->xlen, n - 1);

	if (!is_blank(&last))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct record r = record_get(s->data, p->img->xlen, i);

		if (!is_blank(&r))
			return false;
	}
	return true;
}

/*
 * .gdb_index has absolute address ranges and no records (gdb manual, "Index
 * Section Format"): six 32-bit words of header, of which the fourth and fifth
 * bound the address area; its entries are two 64-bit addresses and a CU.
 * False when it is not like that.
 */
static bool index_bounds(const struct section *s, uint32_t *from, uint32_t *to)
{
	enum { HEADER = 24, ADDRESSES = 12, SYMBOLS = 16, FIRST = 7, LAST = 9 };
	uint32_t version;

	if (section_is_packed(s) || s->size < HEADER)
		return false;
	version = get32(s->data);
	*from = get32(s->data + ADDRESSES);
	*to = get32(s->data + SYMBOLS);
	return version >= FIRST && version <= LAST && *from >= HEADER &&
	       *from <= *to && *to <= s->size &&
	       (*to - *from) % INDEX_ENTRY == 0;
}

static void move_index(struct plan *p, uint32_t shndx)
{
	const struct section *s = &p->img->sec[shndx];
	uint32_t from, to;

	if (!index_bounds(s, &from, &to))
		return;
	for (uint32_t at = from; at < to; at += INDEX_ENTRY)
		for (uint32_t k = 0; k < 16; k += 8) {
			uint64_t word = get64(s->data + at + k);

			if (model_holds(&p->m, word))
				plan_add_site(p, (struct site){
					.off = at + k, .shndx = shndx,
					.rel = SITE_NO_RECORD, .word = word,
					.field = FIELD_W64, .change = 1,
					.meta = true });
		}
}

static void refuse_lost(struct plan *p, uint32_t shndx, const char *why)
{
	diag_at(p->d, DIAG_ERROR, shndx, 0,
		"this section cannot be moved truly: %s; --debug=drop leaves the debug sections out, --debug=keep leaves them as they are",
		why);
}

/* Why the records of a section cannot be followed, or NULL. */
static const char *why_lost(const struct plan *p, uint32_t shndx)
{
	const struct section *s = &p->img->sec[shndx];
	const char *why = NULL;
	uint32_t from, to;

	switch (p->state[shndx]) {
	case STATE_LOST:
		return p->m.lld ? "the linker has emptied its records, as lld 18 and later do when they relax (link with --no-relax objects made with -mno-relax)" :
			   "the linker has emptied its records";
	case STATE_NO_RECORDS:
		if (is_index(s))
			return index_bounds(s, &from, &to) ? NULL :
			       "it is no index of a version that is known here";
		return needs_records(s) ? "it has no records" : NULL;
	case STATE_DEBUG:
		if (section_is_packed(s))
			section_can_unpack(p->img, shndx, &why);
	}
	return why;
}

static void find_lost(struct plan *p)
{
	const struct image *img = p->img;

	for (uint32_t k = 0; k < p->nrel; k++) {
		uint32_t target = p->rel[k].target;

		if (section_loaded(&img->sec[target]))
			continue;
		p->state[target] = img->sec[target].data &&
				   all_blank(p, p->rel[k].rela) ?
				   STATE_LOST : STATE_DEBUG;
	}
	for (uint32_t i = 1; i < img->nsec; i++) {
		const char *why = why_lost(p, i);

		if (!why)
			continue;
		p->lost[i] = why;
		p->state[i] = STATE_LOST;
		if (p->opt.debug == DEBUG_FIND) {
			p->state[i] = STATE_LEFT;
		} else if (p->opt.debug == DEBUG_KEEP) {
			p->state[i] = STATE_LEFT;
			diag_at(p->d, DIAG_WARNING, i, 0,
				"left as it is, it tells of the old addresses: %s",
				why);
		} else if (p->opt.debug == DEBUG_REFUSE) {
			refuse_lost(p, i, why);
		}
	}
}

static void drop_debug(struct plan *p)
{
	bool lost = false;

	for (uint32_t i = 1; i < p->img->nsec; i++)
		lost |= p->state[i] == STATE_LOST;
	if (!lost || p->opt.debug != DEBUG_DROP)
		return;
	for (uint32_t i = 1; i < p->img->nsec; i++)
		p->drop[i] = debug_is_debug(&p->img->sec[i]);
	for (uint32_t k = 0; k < p->nrel; k++)
		if (p->drop[p->rel[k].target])
			p->drop[p->rel[k].rela] = true;
}

void debug_sections(struct plan *p)
{
	if (p->opt.debug == DEBUG_IGNORE)
		return;
	find_lost(p);
	drop_debug(p);
	for (uint32_t i = 1; i < p->img->nsec; i++)
		if (is_index(&p->img->sec[i]) &&
		    p->state[i] == STATE_NO_RECORDS && !p->drop[i])
			move_index(p, i);
}
