/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "against.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "buildid.h"
#include "elfio/compress.h"

struct comparing {
	const struct plan *p;	/* of the image before the move */
	uint64_t delta;
	const struct image *a, *b;	/* moved, relinked */
	uint32_t *there;	/* by section of a: the one of b, or 0 */
	uint32_t *symbol;	/* by symbol of a: the one of b; or NULL: the same */
	bool dropped;		/* the files do not have the same symbols */
	unsigned max;
	struct comparison *c;
	struct diag *d;
	bool failed;		/* no memory */
};

const char *diff_text(enum diff_kind k)
{
	static const char *const text[] = {
		[DIFF_BUILD_ID] = "build id",
		[DIFF_ABSOLUTE] = "absolute symbol, which a script reckons from the base or which was guessed wrong (--moves, --fixed)",
		[DIFF_GPREL] = "addend of a gp-relative record",
		[DIFF_LUI] = "the linker's choice of lui or auipc, for the same value",
		[DIFF_LUI_RECORD] = "record of a lui or auipc that the linker chose",
		[DIFF_DROPPED] = "undefined weak symbol that only one file has",
		[DIFF_ORDER] = "the same names in another order",
		[DIFF_COMMENT] = ".comment: who made the file",
		[DIFF_PACKED] = "the same content, compressed otherwise",
		[DIFF_LOST] = "section that cannot be moved truly, for its records are lost: left as it was",
		[DIFF_FILE_TYPE] = "GNU ld writes ET_DYN at base 0 only",
		[DIFF_LAYOUT] = "place or size of a table, after another difference",
		[DIFF_RECORDED] = "the linker made something else of a field with a record",
		[DIFF_UNCOVERED] = "an image address that no record is about",
		[DIFF_BYTES] = "bytes that no record is about",
		[DIFF_SYMBOL] = "symbol",
		[DIFF_RECORD] = "record",
		[DIFF_HEADER] = "header",
		[DIFF_SECTION] = "section that only one file has, or of another size",
	};

	return text[k];
}

static void note(struct comparing *g, struct difference f)
{
	struct comparison *c = g->c;
	uint64_t *n = diff_is_explained(f.kind) ? &c->explained : &c->unexplained;

	c->n[f.kind]++;
	if ((*n)++ < g->max && !vec_push(&c->shown, &f))
		g->failed = true;
}

/* --- Are they of the same objects? --- */

static bool __attribute__((format(printf, 2, 3)))
others(struct comparing *g, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(g->c->other, sizeof(g->c->other), fmt, ap);
	va_end(ap);
	return false;
}

/* The n-th section of that name, or 0. */
static uint32_t nth_section(const struct image *img, const char *name, unsigned n)
{
	for (uint32_t i = 1; i < img->nsec; i++)
		if (!strcmp(img->sec[i].name, name) && !n--)
			return i;
	return 0;
}

static void pair_sections(struct comparing *g)
{
	for (uint32_t i = 1; i < g->a->nsec; i++) {
		const char *name = g->a->sec[i].name;
		unsigned before = 0;

		if (i < g->b->nsec && g->a->nsec == g->b->nsec &&
		    !strcmp(g->b->sec[i].name, name)) {
			g->there[i] = i;
			continue;
		}
		for (uint32_t k = 1; k < i; k++)
			before += !strcmp(g->a->sec[k].name, name);
		g->there[i] = nth_section(g->b, name, before);
	}
}

static bool same_loaded(struct comparing *g, uint32_t i)
{
	const struct section *a = &g->a->sec[i], *b = &g->b->sec[g->there[i]];

	if (!section_loaded(a) || (!a->size && !g->there[i]))
		return true;
	if (!g->there[i] || !section_loaded(b))
		return others(g, "it has no loaded section %s: the files are of other objects", a->name);
	if (a->size != b->size)
		return others(g, "%s has 0x%" PRIx64 " bytes here and 0x%" PRIx64 " there: the files are of other objects, or the linker chose shorter or longer instructions",
			      a->name, a->size, b->size);
	if (a->size && a->addr != b->addr)
		return others(g, "%s is at 0x%" PRIx64 " after the move and at 0x%" PRIx64 " there: the files are of other objects, or laid out otherwise",
			      a->name, a->addr, b->addr);
	return true;
}

static bool same_objects(struct comparing *g)
{
	uint64_t ours = 0, theirs = 0;

	for (uint32_t i = 1; i < g->a->nsec; i++) {
		if (!same_loaded(g, i))
			return false;
		ours += section_loaded(&g->a->sec[i]) && g->a->sec[i].size;
	}
	for (uint32_t i = 1; i < g->b->nsec; i++)
		theirs += section_loaded(&g->b->sec[i]) && g->b->sec[i].size;
	if (ours != theirs)
		return others(g, "it has %" PRIu64 " loaded sections, and not %" PRIu64 ": the files are of other objects",
			      theirs, ours);
	if (g->a->nseg != g->b->nseg)
		return others(g, "it has %u segments, and not %u", g->b->nseg,
			      g->a->nseg);
	return true;
}

/* --- Headers. --- */

static void header(struct comparing *g, enum diff_kind kind, uint32_t shndx,
		   const char *name, uint64_t ours, uint64_t theirs)
{
	if (ours != theirs)
		note(g, (struct difference){ .kind = kind, .shndx = shndx,
			.bytes = 8, .ours = ours, .theirs = theirs, .name = name });
}

static void compare_segments(struct comparing *g)
{
	for (uint32_t i = 0; i < g->a->nseg; i++) {
		const struct segment *a = &g->a->seg[i], *b = &g->b->seg[i];

		header(g, DIFF_HEADER, DIAG_FILE, "p_type", a->type, b->type);
		header(g, DIFF_HEADER, DIAG_FILE, "p_flags", a->flags, b->flags);
		header(g, a->type == PT_LOAD || a->vaddr ? DIFF_HEADER : DIFF_LAYOUT,
		       DIAG_FILE, "p_offset", a->offset, b->offset);
		header(g, DIFF_HEADER, DIAG_FILE, "p_vaddr", a->vaddr, b->vaddr);
		header(g, DIFF_HEADER, DIAG_FILE, "p_paddr", a->paddr, b->paddr);
		header(g, DIFF_HEADER, DIAG_FILE, "p_filesz", a->filesz, b->filesz);
		header(g, DIFF_HEADER, DIAG_FILE, "p_memsz", a->memsz, b->memsz);
		header(g, DIFF_HEADER, DIAG_FILE, "p_align", a->align, b->align);
	}
}

/* The section of b that a section of a names by its index. */
static uint32_t linked(const struct comparing *g, uint32_t i)
{
	return i < g->a->nsec ? g->there[i] : i;
}

static void compare_section_header(struct comparing *g, uint32_t i)
{
	const struct section *a = &g->a->sec[i], *b = &g->b->sec[g->there[i]];
	bool info_is_section = a->type == SHT_RELA || a->flags & SHF_INFO_LINK;
	enum diff_kind place = section_loaded(a) ? DIFF_HEADER : DIFF_LAYOUT;

	header(g, DIFF_HEADER, i, "sh_type", a->type, b->type);
	header(g, (a->flags ^ b->flags) == SHF_COMPRESSED ? DIFF_PACKED : DIFF_HEADER,
	       i, "sh_flags", a->flags, b->flags);
	header(g, DIFF_HEADER, i, "sh_addr", a->addr, b->addr);
	header(g, place, i, "sh_offset", a->offset, b->offset);
	header(g, DIFF_HEADER, i, "sh_link", linked(g, a->link), b->link);
	header(g, i == g->a->symtab.shndx && g->dropped ? DIFF_LAYOUT : DIFF_HEADER,
	       i, "sh_info", info_is_section ? linked(g, a->info) : a->info, b->info);
	header(g, (a->flags ^ b->flags) == SHF_COMPRESSED ? DIFF_PACKED : DIFF_HEADER,
	       i, "sh_addralign", a->align, b->align);
	header(g, DIFF_HEADER, i, "sh_entsize", a->entsize, b->entsize);
}

static void compare_headers(struct comparing *g)
{
	bool type = g->a->type != g->b->type;

	if (type && g->p->m.dynamic)
		header(g, DIFF_FILE_TYPE, DIAG_FILE, "e_type", g->a->type, g->b->type);
	else
		header(g, DIFF_HEADER, DIAG_FILE, "e_type", g->a->type, g->b->type);
	header(g, DIFF_HEADER, DIAG_FILE, "e_entry", g->a->entry, g->b->entry);
	header(g, DIFF_HEADER, DIAG_FILE, "e_flags", g->a->eflags, g->b->eflags);
	compare_segments(g);
	for (uint32_t i = 1; i < g->a->nsec; i++)
		if (g->there[i])
			compare_section_header(g, i);
		else
			note(g, (struct difference){ .kind = DIFF_SECTION,
						     .shndx = i });
	if (g->b->nsec > g->a->nsec)
		header(g, DIFF_SECTION, DIAG_FILE, "e_shnum", g->a->nsec,
		       g->b->nsec);
}

/* --- Symbols. --- */

struct by_name {		/* a symbol of one of the files */
	const struct comparing *g;
	const struct symtab *t;
	uint32_t i;
};

static uint32_t section_of(const struct comparing *g, const struct symtab *t,
			   const struct symbol *s)
{
	return t == &g->a->symtab && s->shndx < g->a->nsec ?
	       g->there[s->shndx] : s->shndx;
}

#define ORDER(x, y) do { if ((x) != (y)) return (x) < (y) ? -1 : 1; } while (0)

static int order_names(const struct by_name *x, const struct by_name *y)
{
	struct symbol s = symtab_get(x->t, x->i), u = symtab_get(y->t, y->i);
	int names = strcmp(symtab_name(x->t, &s), symtab_name(y->t, &u));

	if (names)
		return names;
	ORDER(s.info, u.info);
	ORDER(section_of(x->g, x->t, &s), section_of(y->g, y->t, &u));
	return 0;
}

static int order(const void *a, const void *b)
{
	const struct by_name *x = a, *y = b;
	struct symbol s = symtab_get(x->t, x->i), u = symtab_get(y->t, y->i);
	int names = order_names(x, y);

	if (names)
		return names;
	ORDER(s.value, u.value);
	ORDER(x->i, y->i);
	return 0;
}

static void one_symbol(struct comparing *g, const struct image *img, uint32_t i)
{
	struct symbol s = symtab_get(&img->symtab, i);
	bool weak = !s.shndx && ELF64_ST_BIND(s.info) == STB_WEAK;

	/* Section symbols of sections that only one file has say nothing more. */
	note(g, (struct difference){
		.kind = weak || (!s.shndx && !s.value) ? DIFF_DROPPED : DIFF_SYMBOL,
		.shndx = img->symtab.shndx, .off = (uint64_t)i * symbol_size(img->xlen),
		.name = symtab_name(&img->symtab, &s),
		.bytes = img->xlen / 8,
		.ours = img == g->a ? s.value : 0,
		.theirs = img == g->a ? 0 : s.value });
}

/* A pair of the same name. */
static void two_symbols(struct comparing *g, uint32_t i, uint32_t k)
{
	const struct symtab *t = &g->a->symtab;
	struct symbol a = symtab_get(t, i), b = symtab_get(&g->b->symtab, k);
	struct symbol old = symtab_get(&g->p->img->symtab, i);
	struct difference f = { .shndx = t->shndx, .name = symtab_name(t, &a),
				.off = (uint64_t)i * symbol_size(t->xlen),
				.bytes = t->xlen / 8 };
	enum rule rule = RULE_SECTION;

	if (a.value != b.value) {
		symbol_moves_rare(&g->p->m, &g->p->img->symtab, &old, &rule);
		f.kind = a.shndx == SYM_ABS || rule_is_guess(rule) ?
			 DIFF_ABSOLUTE : DIFF_SYMBOL;
		f.ours = a.value;
		f.theirs = b.value;
		note(g, f);
	}
	f.kind = DIFF_SYMBOL;
	if (section_of(g, t, &a) != b.shndx) {
		f.ours = section_of(g, t, &a);
		f.theirs = b.shndx;
		note(g, f);
	}
	if (a.size != b.size || a.info != b.info || a.other != b.other) {
		f.ours = a.size;
		f.theirs = b.size;
		note(g, f);
	}
}

static bool same_names(const struct comparing *g)
{
	const struct symtab *a = &g->a->symtab, *b = &g->b->symtab;

	if (a->n != b->n)
		return false;
	for (uint32_t i = 1; i < a->n; i++) {
		struct symbol s = symtab_get(a, i), u = symtab_get(b, i);

		if (strcmp(symtab_name(a, &s), symtab_name(b, &u)))
			return false;
	}
	return true;
}

static struct by_name *sorted_symbols(const struct comparing *g,
				      const struct symtab *t)
{
	struct by_name *all = calloc((size_t)t->n + 1, sizeof(*all));

	for (uint32_t i = 0; all && i < t->n; i++)
		all[i] = (struct by_name){ g, t, i };
	if (all && t->n)
		qsort(all, t->n, sizeof(*all), order);
	return all;
}

/* Pairs them by name, kind and section; those of one name by their values. */
static void pair_symbols(struct comparing *g)
{
	const struct symtab *a = &g->a->symtab, *b = &g->b->symtab;
	struct by_name *x = sorted_symbols(g, a), *y = sorted_symbols(g, b);
	uint32_t i = 0, k = 0;

	g->symbol = calloc((size_t)a->n + 1, sizeof(*g->symbol));
	if (!x || !y || !g->symbol)
		g->failed = true;
	while (!g->failed && (i < a->n || k < b->n)) {
		int to = i == a->n ? 1 : k == b->n ? -1 : order_names(&x[i], &y[k]);

		if (!to) {
			g->symbol[x[i].i] = y[k].i;
			two_symbols(g, x[i++].i, y[k++].i);
			continue;
		}
		g->dropped = true;
		if (to < 0)
			one_symbol(g, g->a, x[i++].i);
		else
			one_symbol(g, g->b, y[k++].i);
	}
	if (!g->failed && !g->dropped)
		note(g, (struct difference){ .kind = DIFF_ORDER, .shndx = a->shndx });
	free(x);
	free(y);
}

static void compare_symbols(struct comparing *g)
{
	const struct symtab *a = &g->a->symtab, *b = &g->b->symtab;

	if (same_names(g)) {
		if (!a->n || !memcmp(a->data, b->data,
				     (size_t)a->n * symbol_size(a->xlen)))
			return;
		for (uint32_t i = 1; i < a->n; i++)
			two_symbols(g, i, i);
	} else {
		pair_symbols(g);
	}
}

/* --- lui or auipc: the value that the pair makes. --- */

static const uint8_t *code_at(const struct image *img, uint64_t addr)
{
	const struct section *s = &img->sec[image_section_at(img, addr)];

	return s->data && s->size >= 4 && addr - s->addr <= s->size - 4 ?
	       s->data + (addr - s->addr) : NULL;
}

/* What the lui or auipc at addr makes. */
static bool upper_at(const struct image *img, uint64_t addr, uint64_t *v,
		     uint32_t *insn)
{
	const uint8_t *at = code_at(img, addr);

	if (!at)
		return false;
	*insn = get32(at);
	*v = wrap(img->xlen, field_decode(FIELD_AUIPC, *insn));
	if ((*insn & 0x7f) == 0x17)
		*v = wrap(img->xlen, *v + addr);
	return (*insn & 0x7f) == 0x17 || (*insn & 0x7f) == 0x37;
}

/* The upper parts may differ by what the lower ones make up for. */
static bool is_other_upper(const struct comparing *g, uint64_t addr)
{
	uint64_t ours, theirs;
	uint32_t a, b;

	return upper_at(g->a, addr, &ours, &a) &&
	       upper_at(g->b, addr, &theirs, &b) && (a ^ b) & 0x7f &&
	       !((a ^ b) & 0xf80) && ours - theirs + 0x1000 <= 0x2000;
}

/* Of a record at a lower part: whether both pairs make the same value. */
static bool is_other_lower(const struct comparing *g, const struct record *r,
			   uint64_t addr)
{
	const struct reloc *row = reloc_row(r->type);
	const uint8_t *a = code_at(g->a, addr), *b = code_at(g->b, addr);
	struct symbol label;
	uint64_t ours, theirs;
	uint32_t insn;

	if (!row || row->anchor != ANCHOR_PAIR || r->sym >= g->a->symtab.n ||
	    !a || !b)
		return false;
	label = symtab_get(&g->a->symtab, r->sym);
	return is_other_upper(g, label.value) &&
	       upper_at(g->a, label.value, &ours, &insn) &&
	       upper_at(g->b, label.value, &theirs, &insn) &&
	       wrap(g->a->xlen, ours + field_decode(row->field, get32(a))) ==
	       wrap(g->a->xlen, theirs + field_decode(row->field, get32(b)));
}

/* --- Bytes. --- */

struct content {
	const uint8_t *a, *b;
	uint64_t size;
};

/* The record of section shndx of a whose field holds the byte at off. */
static bool record_at(const struct comparing *g, uint32_t shndx, uint64_t off,
		      struct record *r)
{
	const struct plan *p = g->p;
	unsigned xlen = p->img->xlen;

	for (uint32_t k = 0; k < p->nrel; k++) {
		const struct section *rela = &p->img->sec[p->rel[k].rela];
		uint64_t base = p->img->sec[shndx].addr;
		size_t lo = 0, hi = rela->size / record_size(xlen), n = hi;

		if (p->rel[k].target != shndx)
			continue;
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;

			if (record_get(rela->data, xlen, mid).offset - base + 8 <= off)
				lo = mid + 1;
			else
				hi = mid;
		}
		for (; lo < n; lo++) {
			const struct reloc *row;

			*r = record_get(rela->data, xlen, lo);
			row = reloc_row(r->type);
			if (r->offset - base > off)
				break;
			if (row && off - (r->offset - base) < fields[row->field].bytes)
				return true;
		}
	}
	return false;
}

static uint64_t load(const uint8_t *at, unsigned bytes)
{
	uint64_t v = 0;

	memcpy(&v, at, bytes);
	return v;
}

/* A field with a record; returns where it ends. */
static uint64_t recorded(struct comparing *g, uint32_t shndx,
			 const struct content *c, const struct record *r)
{
	const struct section *s = &g->a->sec[shndx];
	const struct symtab *t = &g->a->symtab;
	uint64_t off = r->offset - g->p->img->sec[shndx].addr;
	unsigned bytes = fields[reloc_row(r->type)->field].bytes;
	struct difference f = { .kind = DIFF_RECORDED, .shndx = shndx,
				.off = off, .bytes = bytes, .type = r->type };
	struct symbol sym;

	if (off + bytes > c->size)
		return c->size;
	if (r->sym && r->sym < t->n) {
		sym = symtab_get(t, r->sym);
		f.name = symtab_name(t, &sym);
	}
	if (section_loaded(s) && (is_other_upper(g, s->addr + off) ||
				  is_other_lower(g, r, s->addr + off)))
		f.kind = DIFF_LUI;
	f.ours = load(c->a + off, bytes);
	f.theirs = load(c->b + off, bytes);
	note(g, f);
	return off + bytes;
}

/* Bytes without one, as a word of the size that is usual there. */
static uint64_t unrecorded(struct comparing *g, uint32_t shndx,
			   const struct content *c, uint64_t off)
{
	const struct section *s = &g->a->sec[shndx];
	bool code = s->flags & SHF_EXECINSTR;
	unsigned word = g->a->xlen / 8, align = code ? 2 : word;
	unsigned bytes = code ? 4 : word;
	uint64_t old;
	struct difference f = { .kind = DIFF_BYTES, .shndx = shndx };

	f.off = off - (s->addr + off) % align;
	if (f.off > off)
		f.off = off;
	f.bytes = c->size - f.off < bytes ? (unsigned)(c->size - f.off) : bytes;
	f.ours = load(c->a + f.off, f.bytes);
	f.theirs = load(c->b + f.off, f.bytes);
	old = f.ours;		/* what has no record stayed as it was */
	if (f.bytes == word && section_loaded(s) &&
	    (model_holds(&g->p->m, old) ||
	     f.theirs == ((old + g->delta) & addr_top(g->a->xlen))))
		f.kind = DIFF_UNCOVERED;
	note(g, f);
	return f.off + f.bytes;
}

struct id_range {
	uint32_t shndx;
	uint64_t off, end;
};

static void widen(void *ctx, uint32_t shndx, uint64_t off, uint64_t len)
{
	struct id_range *id = ctx;

	if (id->shndx == shndx && off <= id->off && id->off < off + len)
		id->end = off + len;
}

/* Where the build id that off lies in ends; 0: it lies in none. */
static uint64_t build_id_end(const struct image *img, uint32_t shndx, uint64_t off)
{
	struct id_range id = { .shndx = shndx, .off = off };

	if (img->sec[shndx].type == SHT_NOTE)
		buildid_each(img, widen, &id);
	return id.end;
}

static uint64_t one_difference(struct comparing *g, uint32_t shndx,
			       const struct content *c, uint64_t off)
{
	uint64_t id = build_id_end(g->a, shndx, off);
	struct record r;

	if (id && id == build_id_end(g->b, g->there[shndx], off)) {
		note(g, (struct difference){ .kind = DIFF_BUILD_ID,
					     .shndx = shndx, .off = off });
		return id;
	}
	return record_at(g, shndx, off, &r) ? recorded(g, shndx, c, &r) :
					      unrecorded(g, shndx, c, off);
}

static void compare_bytes(struct comparing *g, uint32_t shndx,
			  const struct content *c)
{
	enum { BLOCK = 1 << 16 };
	uint64_t off = 0;

	while (off < c->size && !g->failed) {
		uint64_t n = c->size - off < BLOCK ? c->size - off : BLOCK;

		if (!memcmp(c->a + off, c->b + off, n)) {
			off += n;
			continue;
		}
		while (c->a[off] == c->b[off])
			off++;
		off = one_difference(g, shndx, c, off);
	}
}

/* --- Records. --- */

static bool is_hi(uint32_t type)
{
	return type == RELOC_HI20 || type == RELOC_PCREL_HI20 ||
	       type == RELOC_GOT_HI20;
}

/* GNU ld 2.40 puts an address where the index of a symbol belongs. */
static bool is_lui_record(const struct comparing *g, const struct record *a,
			  const struct record *b)
{
	uint64_t v;
	uint32_t x, y;

	if (a->offset != b->offset || !is_hi(a->type) || !is_hi(b->type))
		return false;
	return is_other_upper(g, a->offset) ||
	       (upper_at(g->a, a->offset, &v, &x) &&
		upper_at(g->b, a->offset, &v, &y) && x == y &&
		(x & 0x7f) == 0x37);
}

static void two_records(struct comparing *g, uint32_t shndx, size_t i,
			const struct record *a, const struct record *b)
{
	unsigned size = record_size(g->a->xlen), word = g->a->xlen / 8;
	const struct reloc *row = reloc_row(a->type);
	struct difference f = { .kind = DIFF_RECORD, .shndx = shndx,
				.off = i * size, .bytes = word };
	bool gp = row && row->anchor == ANCHOR_GP;

	if (is_lui_record(g, a, b))
		f.kind = DIFF_LUI_RECORD;
	else if (gp && a->offset == b->offset && a->type == b->type)
		f.kind = DIFF_GPREL;
	if (a->offset != b->offset) {
		f.name = "r_offset";
		f.ours = a->offset;
		f.theirs = b->offset;
	} else if (a->type != b->type || a->sym != b->sym) {
		f.name = "r_info";
		f.off += word;
		f.ours = (uint64_t)a->sym << 32 | a->type;
		f.theirs = (uint64_t)b->sym << 32 | b->type;
		f.bytes = 8;
	} else {
		f.name = "r_addend";
		f.off += 2 * word;
		f.ours = (uint64_t)a->addend;
		f.theirs = (uint64_t)b->addend;
	}
	note(g, f);
}

static void compare_records(struct comparing *g, uint32_t shndx)
{
	const struct section *a = &g->a->sec[shndx];
	const struct section *b = &g->b->sec[g->there[shndx]];
	size_t n = a->size / record_size(g->a->xlen);

	if (!g->symbol && !memcmp(a->data, b->data, a->size))
		return;
	for (size_t i = 0; i < n && !g->failed; i++) {
		struct record x = record_get(a->data, g->a->xlen, i);
		struct record y = record_get(b->data, g->a->xlen, i);
		uint32_t sym = g->symbol && x.sym < g->a->symtab.n ?
			       g->symbol[x.sym] : x.sym;

		if (x.offset == y.offset && x.type == y.type &&
		    x.addend == y.addend && sym == y.sym)
			continue;
		x.sym = sym;
		two_records(g, shndx, i, &x, &y);
	}
}

/* --- Sections. --- */

static void note_section(struct comparing *g, enum diff_kind kind, uint32_t i)
{
	note(g, (struct difference){ .kind = kind, .shndx = i, .name = "sh_size",
		.bytes = 8, .ours = g->a->sec[i].size,
		.theirs = g->b->sec[g->there[i]].size });
}

static bool same_content(const struct comparing *g, uint32_t i)
{
	const struct section *a = &g->a->sec[i], *b = &g->b->sec[g->there[i]];

	return a->size == b->size && !a->data == !b->data &&
	       (!a->data || !memcmp(a->data, b->data, a->size));
}

/* The bytes of a section, unpacked if need be; `own` is to be freed. */
static bool plain_bytes(struct comparing *g, const struct image *img, uint32_t i,
			struct packed *own, const uint8_t **bytes)
{
	own->size = img->sec[i].size;
	*bytes = img->sec[i].data;
	if (!section_is_packed(&img->sec[i]))
		return true;
	if (!unpack_section(img, i, own, g->d))
		return false;
	*bytes = own->bytes;
	return true;
}

/* A linker compresses only what gets smaller by it: perhaps one file's alone. */
static bool compare_packed(struct comparing *g, uint32_t i)
{
	struct packed a = { 0 }, b = { 0 };
	struct content c;
	bool ok = plain_bytes(g, g->a, i, &a, &c.a) &&
		  plain_bytes(g, g->b, g->there[i], &b, &c.b);

	c.size = a.size;
	if (ok && (a.size != b.size || !c.a || !c.b)) {
		note_section(g, DIFF_SECTION, i);
	} else if (ok) {
		uint64_t before = g->c->unexplained;

		compare_bytes(g, i, &c);
		if (g->c->unexplained == before)
			note(g, (struct difference){ .kind = DIFF_PACKED,
						     .shndx = i });
	}
	free(a.bytes);
	free(b.bytes);
	return ok;
}

/* What is compared by what it says, and not by its bytes. */
static bool is_names(const struct comparing *g, uint32_t i)
{
	return i == g->a->shstrndx || i == g->a->sec[g->a->symtab.shndx].link;
}

static bool compare_section(struct comparing *g, uint32_t i)
{
	const struct section *a = &g->a->sec[i], *b = &g->b->sec[g->there[i]];
	struct content c = { a->data, b->data, a->size };

	if (!g->there[i] || i == g->a->symtab.shndx ||
	    a->type == SHT_SYMTAB_SHNDX)
		return true;
	if (a->type == SHT_RELA && !section_loaded(a) && a->size == b->size) {
		if (a->data && b->data)
			compare_records(g, i);
	} else if (same_content(g, i)) {
		return true;
	} else if (is_names(g, i)) {
		note_section(g, DIFF_ORDER, i);
	} else if (!strcmp(a->name, ".comment")) {
		note_section(g, DIFF_COMMENT, i);
	} else if (i < g->p->img->nsec && g->p->lost[i]) {
		note_section(g, DIFF_LOST, i);
	} else if (section_is_packed(a) || section_is_packed(b)) {
		return compare_packed(g, i);
	} else if (a->size != b->size || !a->data || !b->data) {
		note_section(g, DIFF_SECTION, i);
	} else {
		compare_bytes(g, i, &c);
	}
	return true;
}

/* --- What lies between all that. --- */

struct extent {
	uint64_t from, to;
};

static void used(struct comparing *g, struct vec *v, uint64_t from, uint64_t size)
{
	struct extent e = { from, from + size };

	if (size && !vec_push(v, &e))
		g->failed = true;
}

/* Only where both files have everything at the same offsets. */
static void compare_gaps(struct comparing *g)
{
	const struct image *a = g->a;
	struct vec v = { .size = sizeof(struct extent) };
	const struct extent *e;
	uint64_t at = 0;

	used(g, &v, 0, a->ehsize);
	used(g, &v, a->phoff, (uint64_t)a->nseg * a->phentsize);
	used(g, &v, a->shoff, (uint64_t)a->nsec * a->shentsize);
	for (uint32_t i = 1; i < a->nsec; i++)
		if (a->sec[i].data)
			used(g, &v, a->sec[i].offset, a->sec[i].size);
	used(g, &v, a->size, 1);
	vec_sort(&v, by_uint64);
	e = v.at;
	for (size_t i = 0; i < v.n && !g->failed; i++) {
		for (; at < e[i].from; at++)
			if (a->map[at] != g->b->map[at])
				note(g, (struct difference){ .kind = DIFF_BYTES,
					.shndx = DIAG_FILE, .off = at, .bytes = 1,
					.ours = a->map[at], .theirs = g->b->map[at] });
		if (e[i].to > at)
			at = e[i].to;
	}
	free(v.at);
}

static bool same_layout(const struct comparing *g)
{
	if (g->a->size != g->b->size || g->a->nsec != g->b->nsec ||
	    g->a->phoff != g->b->phoff || g->a->shoff != g->b->shoff)
		return false;
	for (uint32_t i = 1; i < g->a->nsec; i++)
		if (g->there[i] != i ||
		    g->a->sec[i].offset != g->b->sec[i].offset ||
		    g->a->sec[i].size != g->b->sec[i].size)
			return false;
	return true;
}

static bool compare_all(struct comparing *g)
{
	bool ok = true;

	compare_symbols(g);
	compare_headers(g);
	for (uint32_t i = 1; ok && i < g->a->nsec && !g->failed; i++)
		ok = compare_section(g, i);
	if (ok && same_layout(g))
		compare_gaps(g);
	return ok;
}

bool compare_images(const struct plan *p, uint64_t delta,
		    const struct image *moved, const struct image *theirs,
		    unsigned max, struct comparison *c, struct diag *d)
{
	struct comparing g = { .p = p, .delta = delta, .a = moved, .b = theirs,
			       .max = max, .c = c, .d = d };
	bool ok = true;

	*c = (struct comparison){ .shown.size = sizeof(struct difference) };
	if (moved->size == theirs->size &&
	    !memcmp(moved->map, theirs->map, moved->size)) {
		c->identical = true;
		return true;
	}
	g.there = calloc(moved->nsec, sizeof(*g.there));
	if (!g.there)
		return false;
	pair_sections(&g);
	if (same_objects(&g))
		ok = compare_all(&g);
	if (g.failed)
		diag_no_memory(d);
	free(g.there);
	free(g.symbol);
	return ok && !g.failed;
}

void comparison_free(struct comparison *c)
{
	free(c->shown.at);
}
