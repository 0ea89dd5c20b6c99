/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attribute.h"

#include <stdlib.h>

/* --- Symbols by address. --- */

static bool is_typed(const struct symbol *s)
{
	unsigned type = ELF64_ST_TYPE(s->info);

	return type == STT_FUNC || type == STT_OBJECT || type == STT_COMMON ||
	       type == STT_GNU_IFUNC;
}

/* Made by a compiler for its own use; strip and linkers drop such names. */
static bool is_label(const struct symtab *t, const struct symbol *s)
{
	return !strncmp(symtab_name(t, s), ".L", 2);
}

static bool is_wanted(const struct image *img, const struct symbol *s)
{
	const char *name;

	if (!s->shndx || s->shndx >= img->nsec ||
	    !section_loaded(&img->sec[s->shndx]) ||
	    (!is_typed(s) && ELF64_ST_TYPE(s->info) != STT_NOTYPE))
		return false;
	name = symtab_name(&img->symtab, s);
	return name[0] && name[0] != '$' && !is_label(&img->symtab, s);
}

static unsigned bind_rank(const struct symbol *s)
{
	unsigned bind = ELF64_ST_BIND(s->info);

	return bind == STB_LOCAL ? 0 : bind == STB_WEAK ? 1 : 2;
}

/* The best of several at one address comes first. */
static int by_merit(const struct symtab *t, const struct indexed *a,
		    const struct indexed *b)
{
	struct symbol x, y;

	if (a->typed != b->typed)
		return a->typed ? -1 : 1;
	if (a->end != b->end)
		return a->end > b->end ? -1 : 1;
	x = symtab_get(t, a->sym);
	y = symtab_get(t, b->sym);
	if (bind_rank(&x) != bind_rank(&y))
		return bind_rank(&x) > bind_rank(&y) ? -1 : 1;
	return strcmp(symtab_name(t, &x), symtab_name(t, &y));
}

static int by_address(const void *a, const void *b, void *t)
{
	const struct indexed *x = a, *y = b;
	int merit;

	if (x->shndx != y->shndx)
		return x->shndx < y->shndx ? -1 : 1;
	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	merit = by_merit(t, x, y);
	return merit ? merit : x->sym < y->sym ? -1 : x->sym > y->sym;
}

static bool holds(const struct indexed *i, uint32_t shndx, uint64_t addr)
{
	return i->shndx == shndx && addr >= i->addr && addr < i->end;
}

/* Keeps one for each address, and links it to what lies around it. */
static void settle(struct symbol_index *ix)
{
	struct indexed *s = ix->at.at;
	size_t n = 0;

	for (size_t i = 0; i < ix->at.n; i++) {
		uint32_t around = (uint32_t)n;

		if (n && s[n - 1].shndx == s[i].shndx &&
		    s[n - 1].addr == s[i].addr)
			continue;
		s[n] = s[i];
		while (around && !holds(&s[around - 1], s[n].shndx, s[n].addr))
			around = s[around - 1].around;
		s[n++].around = around;
	}
	ix->at.n = n;
}

bool symbol_index_init(struct symbol_index *ix, const struct image *img)
{
	const struct symtab *t = &img->symtab;

	*ix = (struct symbol_index){ t, { .size = sizeof(struct indexed) } };
	for (uint32_t i = 1; i < t->n; i++) {
		struct symbol s = symtab_get(t, i);
		struct indexed at = { s.value, s.value + s.size, s.shndx, i,
				      0, is_typed(&s) };

		if (at.end < at.addr)
			at.end = UINT64_MAX;
		if (is_wanted(img, &s) && !vec_push(&ix->at, &at))
			return false;
	}
	if (ix->at.n)
		qsort_r(ix->at.at, ix->at.n, ix->at.size, by_address,
			(void *)(uintptr_t)t);
	settle(ix);
	return true;
}

void symbol_index_free(struct symbol_index *ix)
{
	free(ix->at.at);
}

/* 1 + the last at or before addr, in this section or one before it. */
static uint32_t last_before(const struct symbol_index *ix, uint32_t shndx,
			    uint64_t addr)
{
	const struct indexed *s = ix->at.at;
	size_t lo = 0, hi = ix->at.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s[mid].shndx < shndx ||
		    (s[mid].shndx == shndx && s[mid].addr <= addr))
			lo = mid + 1;
		else
			hi = mid;
	}
	return (uint32_t)lo;
}

uint32_t symbol_index_find(const struct symbol_index *ix, uint32_t shndx,
			   uint64_t addr, uint64_t *off)
{
	const struct indexed *s = ix->at.at, *best = NULL, *last;
	uint32_t i = last_before(ix, shndx, addr);

	if (!i || s[i - 1].shndx != shndx)
		return 0;
	last = &s[i - 1];
	for (; i; i = s[i - 1].around) {
		if (!holds(&s[i - 1], shndx, addr))
			continue;
		if (!best || s[i - 1].typed)
			best = &s[i - 1];
		if (best->typed)
			break;
	}
	if (!best && last->end == last->addr)
		best = last;
	if (!best)
		return 0;
	*off = addr - best->addr;
	return best->sym;
}

/* --- Fields that move. --- */

const char *mover_type_name(uint16_t type)
{
	static const char *const names[] = { "GOT slot", "RELR", "no record" };

	return type < RELOC_MAX ? relocs[type].name : names[type - RELOC_MAX];
}

const char *attribute_name(const struct image *img, uint32_t sym,
			   uint32_t shndx)
{
	struct symbol s;

	if (!sym)
		return img->sec[shndx].name;
	s = symtab_get(&img->symtab, sym);
	if (ELF64_ST_TYPE(s.info) == STT_SECTION && s.shndx < img->nsec)
		return img->sec[s.shndx].name;
	return symtab_name(&img->symtab, &s);
}

/* The symbol at an address of the image, wherever that is. */
static void aim_at(const struct attribution *a, uint64_t addr, struct mover *m)
{
	uint32_t shndx = image_section_at(a->p->img, addr);
	uint64_t off;

	m->target = shndx ? symbol_index_find(&a->ix, shndx, addr, &off) : 0;
	m->target_off = m->target ? (int64_t)off : 0;
}

static void aim(const struct attribution *a, const struct site *s,
		struct mover *m)
{
	const struct image *img = a->p->img;
	const uint8_t *records;
	struct symbol target;
	struct record r;
	uint64_t off;
	uint32_t in;

	if (s->rel == SITE_NO_RECORD) {
		aim_at(a, s->word, m);
		return;
	}
	records = img->sec[a->p->rel[s->rel].rela].data;
	r = record_get(records, img->xlen, s->rec);
	m->type = (uint16_t)r.type;
	m->target = r.sym;
	m->target_off = r.addend;
	target = symtab_get(&img->symtab, r.sym);
	if (ELF64_ST_TYPE(target.info) != STT_SECTION &&
	    !is_label(&img->symtab, &target))
		return;
	in = symbol_index_find(&a->ix, target.shndx,
			       target.value + (uint64_t)r.addend, &off);
	if (in) {
		m->target = in;
		m->target_off = (int64_t)off;
	}
}

/* What stands for the type where the link left no record. */
static uint16_t type_of(const struct plan *p, uint32_t shndx, uint64_t addr)
{
	const struct dynamic_place *dyn = verifier_dynamic(&p->v, addr);

	if (dyn && dyn->relr)
		return MOVER_RELR;
	if (dyn && dyn->known)
		return RELOC_RELATIVE;
	return section_is_got(&p->img->sec[shndx]) ? MOVER_GOT : MOVER_WORD;
}

static void place(const struct attribution *a, struct mover *m)
{
	m->sym = symbol_index_find(&a->ix, m->shndx, m->addr, &m->off);
	if (!m->sym)
		m->off = m->addr - a->p->img->sec[m->shndx].addr;
}

static bool add_site(struct attribution *a, const struct site *s)
{
	struct mover m = {
		.addr = a->p->img->sec[s->shndx].addr + s->off,
		.shndx = s->shndx, .field = s->field, .change = s->change };

	m.type = type_of(a->p, m.shndx, m.addr);
	place(a, &m);
	aim(a, s, &m);
	return vec_push(&a->movers, &m);
}

static bool add_loader_word(struct attribution *a, const struct loader_word *w)
{
	struct mover m = {
		.addr = w->addr, .shndx = image_section_at(a->p->img, w->addr),
		.field = a->p->img->xlen == 64 ? FIELD_W64 : FIELD_W32,
		.change = 1 };

	m.type = verifier_dynamic(&a->p->v, w->addr)->known ? RELOC_RELATIVE :
		 a->p->img->xlen == 64 ? RELOC_64 : RELOC_32;
	place(a, &m);
	aim_at(a, w->value, &m);
	return vec_push(&a->movers, &m);
}

/* Those that can be known; who wants the others finds them by the plan. */
static bool add_loader_words(struct plan *p, struct attribution *a)
{
	struct vec words = { .size = sizeof(struct loader_word) };
	const struct loader_word *w;
	struct diag *d = p->d, quiet;
	bool ok;

	diag_init(&quiet, 0);
	p->d = &quiet;
	loader_words(p, &words);
	p->d = d;
	ok = !quiet.no_memory;
	diag_free(&quiet);
	w = words.at;
	for (size_t i = 0; ok && i < words.n; i++)
		ok = !w[i].moves || add_loader_word(a, &w[i]);
	free(words.at);
	return ok;
}

static int by_place(const void *a, const void *b)
{
	const struct mover *x = a, *y = b;

	if (x->shndx != y->shndx)
		return x->shndx < y->shndx ? -1 : 1;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* A word may be known as a site and from .rela.dyn: it is one. */
static void drop_doubles(struct vec *movers)
{
	struct mover *m = movers->at;
	size_t n = 0;

	vec_sort(movers, by_place);
	for (size_t i = 0; i < movers->n; i++)
		if (!n || by_place(&m[n - 1], &m[i]))
			m[n++] = m[i];
	movers->n = n;
}

bool attribute(struct plan *p, struct attribution *a)
{
	const struct site *s = p->sites.at;
	bool ok;

	*a = (struct attribution){ .p = p,
				   .movers = { .size = sizeof(struct mover) } };
	ok = symbol_index_init(&a->ix, p->img);
	for (size_t i = 0; ok && i < p->sites.n; i++)
		ok = s[i].meta || add_site(a, &s[i]);
	ok = ok && add_loader_words(p, a);
	if (ok)
		drop_doubles(&a->movers);
	else
		attribution_free(a);
	return ok;
}

void attribution_free(struct attribution *a)
{
	symbol_index_free(&a->ix);
	free(a->movers.at);
	a->ix.at.at = a->movers.at = NULL;
}

/* --- Groups. --- */

struct keyed {
	uint64_t key;
	const struct mover *m;
};

static uint64_t key_of(const struct mover *m, enum group_by by)
{
	switch (by) {
	case GROUP_SYMBOL:
		return (uint64_t)(m->sym ? 0 : m->shndx) << 32 | m->sym;
	case GROUP_SECTION:
		return m->shndx;
	case GROUP_TYPE:
		return m->type;
	case GROUP_TARGET:
		return m->target;
	}
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->m < y->m ? -1 : x->m > y->m;
}

static const char *group_name(const struct image *img, const struct mover *m,
			      enum group_by by)
{
	switch (by) {
	case GROUP_SYMBOL:
		return attribute_name(img, m->sym, m->shndx);
	case GROUP_SECTION:
		return img->sec[m->shndx].name;
	case GROUP_TYPE:
		return mover_type_name(m->type);
	case GROUP_TARGET:
		return m->target ? attribute_name(img, m->target, 0) : "";
	}
	return "";
}

static int by_size(const void *a, const void *b)
{
	const struct group *x = a, *y = b;
	int names;

	if (x->n != y->n)
		return x->n > y->n ? -1 : 1;
	names = strcmp(x->name, y->name);
	return names ? names : x->first < y->first ? -1 : x->first > y->first;
}

bool attribute_groups(const struct attribution *a, enum group_by by,
		      mover_fn *keep, void *ctx, struct group **groups,
		      size_t *n)
{
	const struct mover *m = a->movers.at;
	struct keyed *keyed = calloc(a->movers.n + 1, sizeof(*keyed));
	size_t kept = 0;

	*n = 0;
	*groups = calloc(a->movers.n + 1, sizeof(**groups));
	if (!keyed || !*groups) {
		free(keyed);
		free(*groups);
		*groups = NULL;
		return false;
	}
	for (size_t i = 0; i < a->movers.n; i++)
		if (!keep || keep(ctx, &m[i]))
			keyed[kept++] = (struct keyed){ key_of(&m[i], by), &m[i] };
	qsort(keyed, kept, sizeof(*keyed), by_key);
	for (size_t i = 0; i < kept; i++) {
		bool opens = !i || keyed[i].key != keyed[i - 1].key;
		struct group *g = *groups + (*n += opens) - 1;

		if (opens) {
			g->first = keyed[i].m;
			g->name = group_name(a->p->img, g->first, by);
		}
		g->n++;
		g->words += mover_is_word(keyed[i].m, a->p->img->xlen);
	}
	free(keyed);
	qsort(*groups, *n, sizeof(**groups), by_size);
	return true;
}

/* --- Names that stay the same. --- */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The length without one trailing ".12", ".isra", ".constprop" and so on. */
static size_t without_suffix(const char *name, size_t n)
{
	static const char *const words[] = {
		"constprop", "isra", "part", "cold", "lto_priv", "llvm",
	};
	size_t dot = n;

	while (dot && name[dot - 1] != '.')
		dot--;
	if (dot < 2 || dot == n)
		return n;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == n - dot &&
		    !strncmp(name + dot, words[i], n - dot))
			return dot - 1;
	for (size_t i = dot; i < n; i++)
		if (!is_digit(name[i]))
			return n;
	return dot - 1;
}

size_t attribute_key(const char *name, char *buf, size_t len)
{
	size_t n = strlen(name), shorter, k = 0;

	while ((shorter = without_suffix(name, n)) != n)
		n = shorter;
	/* The kernel's __UNIQUE_ID() puts the number last. */
	if (!strncmp(name, "__UNIQUE_ID_", 12))
		while (n > 12 && is_digit(name[n - 1]))
			n--;
	for (size_t i = 0; i < n && k + 1 < len; i++) {
		/* __initcall__kmod_main__123_45_init6: a counter, a line. */
		if (is_digit(name[i]) && i && name[i - 1] == '_' &&
		    !strncmp(name, "__initcall__kmod_", 17)) {
			size_t end = i;

			while (is_digit(name[end]))
				end++;
			if (name[end] == '_') {
				i = end;
				continue;
			}
		}
		buf[k++] = name[i];
	}
	buf[k] = '\0';
	return k;
}
