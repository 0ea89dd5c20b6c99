/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reach.h"

#include <stdlib.h>

#define MiB	(UINT64_C(1) << 20)
#define GiB	(UINT64_C(1) << 30)

enum {
	PAGE = 4096,
	CACHE_LINE = 64,	/* L1_CACHE_BYTES, which aligns .plt and .got */
	PLT_ENTRY = 12,		/* asm/module.h: auipc, ld, jr */
	KERNEL = 0,		/* owner of a name; modules from 1 */
};

static uint64_t align_up(uint64_t v, uint64_t to)
{
	return to > 1 ? (v + to - 1) / to * to : v;
}

/* --- Linux's map. --- */

static struct window vmalloc32(void)
{
	struct window w = { 0 };

	window_parse("vmalloc", 32, MODE_SV32, &w);
	return w;
}

struct range linux_modules(unsigned xlen, uint64_t base, uint64_t end)
{
	struct window w = vmalloc32();
	uint64_t from = align_up(end, PAGE) - 2 * GiB;

	base = align_up(base, PAGE);
	return xlen == 64 ? (struct range){ from, base - from } :
			    (struct range){ w.base, w.size };
}

struct range linux_bpf(unsigned xlen, uint64_t base)
{
	struct window w = vmalloc32();
	uint64_t to = xlen == 64 ? align_up(base, PAGE) : w.base + w.size;

	return (struct range){ to - 128 * MiB, 128 * MiB };
}

static struct layout linux_layout(unsigned xlen, uint64_t size, uint64_t first,
				  uint64_t last)
{
	struct range low = linux_modules(xlen, first, first + size);
	struct range high = linux_modules(xlen, last, last + size);

	return (struct layout){ first, last,
		{ low.base, high.base - low.base + high.size },
		(int64_t)(low.base - (xlen == 64 ? first : last)),
		(int64_t)(low.base + low.size - first), (int64_t)low.size };
}

static struct layout anywhere(const struct window *w, unsigned xlen,
			      uint64_t first, uint64_t last)
{
	uint64_t top = addr_top(xlen) - PAGE;	/* the first that is not free */
	uint64_t to = w->base + w->size - 1;

	if (to < w->base || to > top)
		to = top;
	return (struct layout){ first, last,
		{ w->base, to - w->base + 1 },
		(int64_t)(w->base - last), (int64_t)(to + 1 - first),
		(int64_t)(to - w->base + 1) };
}

/* --- Names. --- */

struct name {
	const char *name;
	uint32_t owner, sym;
};

static int by_name(const void *a, const void *b)
{
	const struct name *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : x->owner < y->owner ? -1 : x->owner > y->owner;
}

static const struct image *image_of(const struct reach *r, uint32_t owner)
{
	return owner == KERNEL ? r->p->img : r->mod[owner - 1].img;
}

static bool add_names(struct reach *r, uint32_t owner)
{
	const struct symtab *t = &image_of(r, owner)->symtab;

	for (uint32_t i = 1; i < t->n; i++) {
		struct symbol s = symtab_get(t, i);
		struct name n = { symtab_name(t, &s), owner, i };

		if (s.shndx && ELF64_ST_BIND(s.info) != STB_LOCAL && n.name[0] &&
		    !vec_push(&r->names, &n))
			return false;
	}
	return true;
}

/* The first who defines it: the kernel goes before modules. */
static const struct name *find_name(const struct reach *r, const char *name)
{
	const struct name *n = r->names.at;
	size_t lo = 0, hi = r->names.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(n[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < r->names.n && !strcmp(n[lo].name, name) ? &n[lo] : NULL;
}

/* --- How the loader lays a module out (kernel/module/main.c). --- */

static bool starts(const char *s, const char *with)
{
	return !strncmp(s, with, strlen(with));
}

static enum module_part part_of(const struct section *s)
{
	if (!section_loaded(s) || !strcmp(s->name, ".modinfo") ||
	    !strcmp(s->name, "__versions"))
		return MODULE_NOT;
	if (!strcmp(s->name, ".data..percpu"))
		return MODULE_PERCPU;
	return starts(s->name, ".init") ? MODULE_INIT : MODULE_CORE;
}

/* Code, what is only read, what is only read after init, and the rest. */
static unsigned rank_of(const struct section *s)
{
	if (s->flags & SHF_EXECINSTR || !strcmp(s->name, ".plt"))
		return 0;
	if (!strcmp(s->name, ".got") || !strcmp(s->name, ".got.plt") ||
	    !(s->flags & SHF_WRITE))
		return 1;
	return strcmp(s->name, ".data..ro_after_init") &&
	       strcmp(s->name, "__jump_table") ? 3 : 2;
}

/* What the loader makes of a section: it fills .plt and .got itself. */
static uint64_t size_of(const struct reach_module *m, const struct section *s,
			uint64_t *align)
{
	unsigned word = m->img->xlen / 8;

	*align = CACHE_LINE;
	if (!strcmp(s->name, ".plt"))
		return (m->plt + 1) * PLT_ENTRY;
	if (!strcmp(s->name, ".got"))
		return (m->got + 1) * word;
	if (!strcmp(s->name, ".got.plt"))
		return (m->plt + 1) * word;
	*align = s->align;
	return s->size;
}

static uint64_t lay_out_part(struct reach_module *m, enum module_part part)
{
	uint64_t at = 0, align;

	for (unsigned rank = 0; rank < 4; rank++) {
		for (uint32_t i = 1; i < m->img->nsec; i++) {
			const struct section *s = &m->img->sec[i];
			uint64_t size = size_of(m, s, &align);

			if (m->part[i] != part || rank_of(s) != rank)
				continue;
			m->off[i] = align_up(at, align);
			at = m->off[i] + size;
		}
		at = align_up(at, PAGE);
	}
	return at;
}

static void lay_out(struct reach_module *m)
{
	for (uint32_t i = 1; i < m->img->nsec; i++)
		m->part[i] = (uint8_t)part_of(&m->img->sec[i]);
	m->core = lay_out_part(m, MODULE_CORE);
	m->init = lay_out_part(m, MODULE_INIT);
	lay_out_part(m, MODULE_PERCPU);
}

/* --- Where a reference leads. --- */

/* An end of a reference. */
struct end {
	enum { FIXED, IN_KERNEL, IN_MODULE } in;
	const struct reach_module *mod;
	enum module_part part;
	uint64_t at;		/* an address; from the kernel's base; in the part */
};

static struct end end_in_kernel(const struct reach *r, const struct symbol *s,
				uint32_t i)
{
	const struct model *m = &r->p->m;

	return symbol_moves(m, s, i) ?
	       (struct end){ .in = IN_KERNEL, .at = s->value - m->lo } :
	       (struct end){ .in = FIXED, .at = s->value };
}

/* Per-CPU variables of modules get a place behind those of the kernel. */
static struct end end_percpu(const struct reach *r, const struct end *e)
{
	const struct name *n = find_name(r, "__per_cpu_end");
	struct symbol s;
	struct end end = { .in = IN_KERNEL, .at = r->end - r->p->m.lo };

	if (n && n->owner == KERNEL) {
		s = symtab_get(&r->p->img->symtab, n->sym);
		end = end_in_kernel(r, &s, n->sym);
	}
	end.at += e->at;
	return end;
}

static struct end end_in_module(const struct reach *r,
				const struct reach_module *m,
				const struct symbol *s)
{
	struct end e = { .in = IN_MODULE, .mod = m };

	if (!s->shndx || s->shndx >= m->img->nsec)	/* absolute */
		return (struct end){ .in = FIXED, .at = s->value };
	e.part = (enum module_part)m->part[s->shndx];
	e.at = m->off[s->shndx] + s->value;
	return e.part == MODULE_PERCPU ? end_percpu(r, &e) : e;
}

/* False: nobody defines it. *weak: nor need they, and it stays as it is. */
static bool resolve(const struct reach *r, const struct reach_module *m,
		    uint32_t sym, struct end *e, bool *weak)
{
	struct symbol s = symtab_get(&m->img->symtab, sym);
	const struct name *n;
	const struct image *img;

	*weak = ELF64_ST_BIND(s.info) == STB_WEAK;
	if (s.shndx || !sym) {
		*e = end_in_module(r, m, &s);
		return true;
	}
	n = find_name(r, symtab_name(&m->img->symtab, &s));
	if (!n)
		return false;
	img = image_of(r, n->owner);
	s = symtab_get(&img->symtab, n->sym);
	*e = n->owner == KERNEL ? end_in_kernel(r, &s, n->sym) :
	     end_in_module(r, &r->mod[n->owner - 1], &s);
	return true;
}

/* --- Distances. --- */

struct span {			/* signed; last may be less than first: empty */
	int64_t first, last;
};

static int64_t part_size(const struct end *e)
{
	return (int64_t)(e->part == MODULE_INIT ? e->mod->init : e->mod->core);
}

/* What addresses the end may have. */
static struct span addresses(const struct layout *l, const struct end *e)
{
	int64_t at = (int64_t)e->at, base = (int64_t)l->modules.base;

	switch (e->in) {
	case IN_KERNEL:
		return (struct span){ (int64_t)l->first + at, (int64_t)l->last + at };
	case IN_MODULE:
		return (struct span){ base + at,
			base + (int64_t)l->modules.size - part_size(e) + at };
	default:
		return (struct span){ at, at };
	}
}

/* What places it may have, seen from the kernel's base. */
static struct span places(const struct layout *l, const struct end *e)
{
	int64_t at = (int64_t)e->at;

	return e->in == IN_KERNEL ? (struct span){ at, at } :
	       (struct span){ l->from + at, l->to - part_size(e) + at };
}

/* What S - P may be. */
static struct span distances(const struct layout *l, const struct end *S,
			     const struct end *P)
{
	struct span s, p;

	if (S->in == IN_MODULE && S->mod == P->mod && S->part == P->part) {
		int64_t d = (int64_t)(S->at - P->at);

		return (struct span){ d, d };
	}
	if (S->in == FIXED) {
		s = addresses(l, S);
		p = addresses(l, P);
	} else if (S->in == IN_MODULE) {
		/* Two allocations, one at each end of what there is. */
		int64_t d = (int64_t)(S->at - P->at);

		return (struct span){ d - (l->area - part_size(P)),
				      d + (l->area - part_size(S)) };
	} else {
		s = places(l, S);
		p = places(l, P);
	}
	return (struct span){ s.first - p.last, s.last - p.first };
}

static bool fits(unsigned xlen, const struct reloc *row, int64_t value)
{
	uint64_t v = wrap(xlen, (uint64_t)value);

	if (row->field == FIELD_W32 && row->pc)
		return v == (uint64_t)(int64_t)(int32_t)v;
	/* In 32 bits auipc and lui go round. */
	if (xlen == 32 && (row->field == FIELD_AUIPC || row->field == FIELD_LUI ||
			   row->field == FIELD_CALL))
		return true;
	return field_fits(row->field, v);
}

/* --- A module's records. --- */

struct call {			/* what shares a PLT or GOT entry */
	uint64_t addend;
	uint32_t sym, shndx;
	bool far[LAYOUTS];
};

static int by_target(const void *a, const void *b)
{
	const struct call *x = a, *y = b;

	if (x->sym != y->sym)
		return x->sym < y->sym ? -1 : 1;
	if (x->addend != y->addend)
		return x->addend < y->addend ? -1 : 1;
	return x->shndx < y->shndx ? -1 : x->shndx > y->shndx;
}

/* Of equal ones (and, unless `shndx`, in whichever section) one counts. */
static bool is_repeated(const struct call *c, size_t i, bool shndx)
{
	return i && c[i].sym == c[i - 1].sym && c[i].addend == c[i - 1].addend &&
	       (!shndx || c[i].shndx == c[i - 1].shndx);
}

/* The loader keeps room for one entry for a target in each section of code. */
static bool count_entries(struct reach_module *m, uint32_t type, uint64_t *n)
{
	struct vec v = { .size = sizeof(struct call) };
	const struct image *img = m->img;
	bool ok = true;

	for (uint32_t i = 1; ok && i < img->nsec; i++) {
		const struct section *s = &img->sec[i];

		if (s->type != SHT_RELA || !s->data || s->info >= img->nsec ||
		    !(img->sec[s->info].flags & SHF_EXECINSTR))
			continue;
		for (size_t k = 0; ok && k < s->size / record_size(img->xlen); k++) {
			struct record rec = record_get(s->data, img->xlen, k);
			struct call c = { .sym = rec.sym, .shndx = i,
					  .addend = (uint64_t)rec.addend };

			ok = rec.type != type || vec_push(&v, &c);
		}
	}
	vec_sort(&v, by_target);
	*n = 0;
	for (size_t i = 0; i < v.n; i++)
		*n += !is_repeated(v.at, i, true);
	free(v.at);
	return ok;
}

static bool report(struct reach *r, const struct reach_module *m,
		   const struct section *rela, const struct record *rec,
		   struct reach_finding f)
{
	struct symbol s = symtab_get(&m->img->symtab, rec->sym);

	f.mod = m;
	f.shndx = rela->info;
	f.off = rec->offset;
	f.type = rec->type;
	f.symbol = symtab_name(&m->img->symtab, &s);
	if (ELF64_ST_TYPE(s.info) == STT_SECTION && s.shndx < m->img->nsec)
		f.symbol = m->img->sec[s.shndx].name;
	return vec_push(&r->findings, &f);
}

/* Whether what is named by the record reaches it, in both layouts. */
static bool judge_reference(struct reach *r, struct reach_module *m,
			    const struct section *rela, const struct record *rec,
			    const struct end *S, struct vec *calls)
{
	const struct reloc *row = reloc_row(rec->type);
	struct end P = { .in = IN_MODULE, .mod = m,
			 .part = (enum module_part)m->part[rela->info],
			 .at = m->off[rela->info] + rec->offset };
	struct call call = { .sym = rec->sym, .addend = (uint64_t)rec->addend };
	bool has_entry = rec->type == RELOC_CALL_PLT, ok = true;

	for (unsigned l = 0; ok && l < LAYOUTS; l++) {
		struct span d = row->pc ? distances(&r->layout[l], S, &P) :
					  addresses(&r->layout[l], S);
		struct reach_finding f = { .far_call = has_entry };
		bool low = fits(r->p->img->xlen, row, d.first + rec->addend);

		if (low && fits(r->p->img->xlen, row, d.last + rec->addend))
			continue;
		call.far[l] = has_entry;
		m->far_calls[l] += has_entry;
		m->beyond[l] += !has_entry;
		f.value = (uint64_t)((low ? d.last : d.first) + rec->addend);
		ok = l != LAYOUT_LINUX || report(r, m, rela, rec, f);
	}
	return ok && (!has_entry || vec_push(calls, &call));
}

static bool judge_record(struct reach *r, struct reach_module *m,
			 const struct section *rela, const struct record *rec,
			 struct vec *calls)
{
	const struct reloc *row = reloc_row(rec->type);
	struct end S;
	bool weak;

	/* Sums are distances within the module; the lower part has no reach. */
	if (!row || row->op != OP_SET || row->part == PART_LO12 ||
	    rec->sym >= m->img->symtab.n ||
	    (row->anchor != ANCHOR_SYM && row->anchor != ANCHOR_SLOT))
		return true;
	m->refs++;
	m->calls += row->field == FIELD_CALL;
	m->branches += reloc_is_jump(row) && row->field != FIELD_CALL;
	if (!resolve(r, m, rec->sym, &S, &weak)) {
		m->missing += !weak;
		return weak || report(r, m, rela, rec,
				      (struct reach_finding){ .missing = true });
	}
	/* A GOT entry is in the module itself; 64 bits hold all. */
	return row->anchor == ANCHOR_SLOT || row->field == FIELD_W64 ||
	       judge_reference(r, m, rela, rec, &S, calls);
}

static bool judge_module(struct reach *r, struct reach_module *m)
{
	struct vec calls = { .size = sizeof(struct call) };
	const struct image *img = m->img;
	const struct call *c;
	bool ok = true;

	for (uint32_t i = 1; ok && i < img->nsec; i++) {
		const struct section *s = &img->sec[i];

		if (s->type != SHT_RELA || !s->data || s->info >= img->nsec ||
		    m->part[s->info] == MODULE_NOT)
			continue;
		for (size_t k = 0; ok && k < s->size / record_size(img->xlen); k++) {
			struct record rec = record_get(s->data, img->xlen, k);

			ok = judge_record(r, m, s, &rec, &calls);
		}
	}
	vec_sort(&calls, by_target);
	c = calls.at;
	for (size_t i = 0; i < calls.n; i++)
		for (unsigned l = 0; l < LAYOUTS; l++)
			m->trampolines[l] += c[i].far[l] && !is_repeated(c, i, false);
	free(calls.at);
	return ok;
}

/* --- The kernel's own. --- */

static bool judge_site(struct reach *r, const struct site *s)
{
	struct plan *p = r->p;
	const uint64_t bases[] = { r->layout[LAYOUT_LINUX].first,
				   r->layout[LAYOUT_LINUX].last };
	struct reach_finding f = { .shndx = s->shndx, .off = s->off };
	uint64_t target;
	bool ok = true;

	for (unsigned i = 0; ok && i < 2; i++) {
		p->delta = bases[i] - p->m.lo;
		ok = plan_shifted(p, s, &f.value);
	}
	p->delta = 0;
	if (ok)
		return true;
	if (plan_becomes_lui(p, s, &target)) {
		r->as_lui++;
		return true;
	}
	r->beyond++;
	plan_site_names(p, s, &f.type, &f.symbol);
	return vec_push(&r->findings, &f);
}

static bool judge_kernel(struct reach *r)
{
	const struct plan *p = r->p;
	const struct site *s = p->sites.at;
	bool ok = true;

	for (uint32_t t = 0; t < RELOC_MAX; t++) {
		const struct reloc *row = reloc_row(t);

		if (row && row->pc && row->op == OP_SET && row->part != PART_LO12)
			r->refs += p->count[t].n;
	}
	for (size_t i = 0; ok && i < p->sites.n; i++) {
		if (s[i].meta || s[i].weak_call)
			continue;
		r->fixed += s[i].change < 0;
		r->absolute += s[i].change > 0 && s[i].field != FIELD_W64;
		ok = judge_site(r, &s[i]);
	}
	return ok;
}

/* --- All of it. --- */

/* Linux's _end; images without it end with their last section. */
static uint64_t end_of(const struct model *m)
{
	const struct symtab *t = &m->img->symtab;

	for (uint32_t i = 1; i < t->n; i++) {
		struct symbol s = symtab_get(t, i);

		if (s.value >= m->hi && s.value - m->hi < MiB &&
		    !strcmp(symtab_name(t, &s), "_end"))
			return align_up(s.value, PAGE);
	}
	return align_up(m->hi, PAGE);
}

void reach_init(struct reach *r, struct plan *p, uint64_t first, uint64_t last,
		const struct window *window)
{
	unsigned xlen = p->img->xlen;

	*r = (struct reach){ .p = p, .end = end_of(&p->m),
			     .findings = { .size = sizeof(struct reach_finding) },
			     .names = { .size = sizeof(struct name) } };
	r->layout[LAYOUT_LINUX] = linux_layout(xlen, r->end - p->m.lo, first, last);
	r->layout[LAYOUT_ANYWHERE] = anywhere(window, xlen, first, last);
}

bool reach_add(struct reach *r, const char *name, struct image *img)
{
	struct reach_module m = { .name = strdup(name), .img = img,
				  .off = calloc(img->nsec, sizeof(*m.off)),
				  .part = calloc(img->nsec, 1) };
	struct reach_module *mod = realloc(r->mod, (r->nmod + 1) * sizeof(*mod));

	if (mod)
		r->mod = mod;
	if (!mod || !m.name || !m.off || !m.part) {
		free(m.name);
		free(m.off);
		free(m.part);
		image_close(img);
		return false;
	}
	r->mod[r->nmod++] = m;
	return true;
}

bool reach_judge(struct reach *r)
{
	bool ok = judge_kernel(r);

	for (uint32_t i = 0; ok && r->nmod && i <= r->nmod; i++)
		ok = add_names(r, i);
	vec_sort(&r->names, by_name);
	for (size_t i = 0; ok && i < r->nmod; i++) {
		ok = count_entries(&r->mod[i], RELOC_CALL_PLT, &r->mod[i].plt) &&
		     count_entries(&r->mod[i], RELOC_GOT_HI20, &r->mod[i].got);
		if (ok)
			lay_out(&r->mod[i]);
	}
	for (size_t i = 0; ok && i < r->nmod; i++)
		ok = judge_module(r, &r->mod[i]);
	return ok;
}

void reach_free(struct reach *r)
{
	for (size_t i = 0; i < r->nmod; i++) {
		image_close(r->mod[i].img);
		free(r->mod[i].name);
		free(r->mod[i].off);
		free(r->mod[i].part);
	}
	free(r->mod);
	free(r->findings.at);
	free(r->names.at);
}
