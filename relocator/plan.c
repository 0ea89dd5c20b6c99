/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>

#include "elfio/disasm.h"
#include "elfio/pages.h"
#include "sift.h"

bool vec_reserve(struct vec *v, size_t cap)
{
	void *grown;

	if (cap <= v->cap)
		return true;
	grown = pages_grow(v->at, v->n * v->size, cap * v->size);
	if (!grown)
		return false;
	v->at = grown;
	v->cap = cap;
	return true;
}

bool vec_push(struct vec *v, const void *item)
{
	if (v->n == v->cap && !vec_reserve(v, v->cap ? 2 * v->cap : 256))
		return false;
	memcpy((char *)v->at + v->n++ * v->size, item, v->size);
	return true;
}

enum { SORT_FEW = 32, SORT_SIZE = 64 };

void vec_sort(struct vec *v, int (*by)(const void *, const void *))
{
	char *at = v->at, item[SORT_SIZE];
	size_t size = v->size, i = 1;

	while (i < v->n && by(at + (i - 1) * size, at + i * size) <= 0)
		i++;
	if (i < v->n && (v->n - i > SORT_FEW || size > sizeof(item))) {
		qsort(v->at, v->n, size, by);
		return;
	}
	for (; i < v->n; i++) {
		size_t lo = 0, hi = i;

		memcpy(item, at + i * size, size);
		while (lo < hi) {
			size_t mid = lo + (hi - lo) / 2;

			if (by(at + mid * size, item) <= 0)
				lo = mid + 1;
			else
				hi = mid;
		}
		memmove(at + (lo + 1) * size, at + lo * size, (i - lo) * size);
		memcpy(at + lo * size, item, size);
	}
}

void plan_push(struct plan *p, struct vec *v, const void *item)
{
	if (!vec_push(v, item))
		diag_no_memory(p->d);
}

void plan_add_site(struct plan *p, struct site s)
{
	plan_push(p, &p->sites, &s);
}

static struct site word_site(const struct plan *p, uint32_t shndx, uint64_t off,
			     uint64_t word, int change, bool meta)
{
	return (struct site){
		.off = off, .shndx = shndx, .rel = SITE_NO_RECORD, .word = word,
		.field = p->img->xlen == 64 ? FIELD_W64 : FIELD_W32,
		.change = (int8_t)change, .meta = meta };
}

void plan_add_word(struct plan *p, uint32_t shndx, uint64_t off, int change,
		   bool meta)
{
	uint64_t word = getxlen(p->img->sec[shndx].data + off, p->img->xlen);

	plan_add_site(p, word_site(p, shndx, off, word, change, meta));
}

void plan_record_error(struct plan *p, uint32_t rel, const struct record *r,
		       const char *fmt, ...)
{
	const struct symtab *t = &p->img->symtab;
	const struct relsec *rs = &p->rel[rel];
	char name[16], text[512], unnamed[32] = "";
	const char *symbol = unnamed;
	va_list ap;

	if (r->sym >= t->n) {
		snprintf(unnamed, sizeof(unnamed), "symbol %u", r->sym);
	} else if (r->sym) {
		struct symbol s = symtab_get(t, r->sym);

		symbol = symtab_name(t, &s);
		if (ELF64_ST_TYPE(s.info) == STT_SECTION && s.shndx < p->img->nsec)
			symbol = p->img->sec[s.shndx].name;
		if (!symbol[0])
			symbol = "a symbol without a name";
	}
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	diag_at(p->d, DIAG_ERROR, rs->target,
		r->offset - p->img->sec[rs->target].addr, "%s%s%s: %s",
		reloc_name(r->type, name), symbol[0] ? " against " : "",
		symbol, text);
}

bool plan_word_at(const struct plan *p, uint64_t addr, uint32_t *shndx,
		  uint64_t *off, uint64_t *word)
{
	const struct image *img = p->img;
	uint32_t i = image_section_at(img, addr);
	unsigned bytes = img->xlen / 8;

	if (!i || !img->sec[i].data || img->sec[i].size < bytes ||
	    addr - img->sec[i].addr > img->sec[i].size - bytes)
		return false;
	*shndx = i;
	*off = addr - img->sec[i].addr;
	*word = getxlen(img->sec[i].data + *off, img->xlen);
	return true;
}

/* --- Which records there are. --- */

static bool find_records(struct plan *p)
{
	const struct image *img = p->img;

	p->rel = calloc(img->nsec, sizeof(*p->rel));
	if (!p->rel)
		return false;
	for (uint32_t i = 1; i < img->nsec; i++) {
		const struct section *s = &img->sec[i];

		if (s->type == SHT_REL && s->size) {
			diag_file(p->d, DIAG_ERROR,
				  "section %u (%s): SHT_REL records; the RISC-V psABI has only SHT_RELA",
				  i, s->name);
			return false;
		}
		if (s->type != SHT_RELA || section_loaded(s) || !s->size)
			continue;
		if (!s->info || (s->link && s->link != img->symtab.shndx)) {
			diag_file(p->d, DIAG_ERROR,
				  "section %u (%s): sh_info or sh_link does not name the section that its records are of, or .symtab",
				  i, s->name);
			return false;
		}
		p->rel[p->nrel++] = (struct relsec){ i, s->info };
	}
	if (p->nrel || p->m.dynamic)
		return true;
	diag_file(p->d, DIAG_ERROR,
		  "no relocation records: link with --emit-relocs (cc -Wl,--emit-relocs), and do not strip them");
	return false;
}

static inline struct record record_at(const struct plan *p, uint32_t rel,
				      size_t i)
{
	return record_get(p->img->sec[p->rel[rel].rela].data, p->img->xlen, i);
}

/* --- HI20s, so that each LO12 finds its own. --- */

static int by_addr(const void *a, const void *b)
{
	const struct hi *x = a, *y = b;

	if (x->shndx != y->shndx)
		return x->shndx < y->shndx ? -1 : 1;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static bool has_plain_hi(const struct plan *p)
{
	for (size_t i = 0; i < p->v.nhi; i++)
		if (p->v.hi[i].type == RELOC_HI20)
			return true;
	return false;
}

/* A HI20 that PCREL_LO12s complete was an auipc once. */
static void mark_converted(struct plan *p, const struct asked *asked)
{
	for (size_t i = 0; i < asked->n; i++) {
		struct record r = record_get(asked->records, p->img->xlen, i);
		const struct reloc *row = reloc_row(r.type);
		const struct hi *h;
		struct symbol label;

		if (!row || row->anchor != ANCHOR_PAIR ||
		    r.sym >= p->img->symtab.n)
			continue;
		label = symtab_get(&p->img->symtab, r.sym);
		h = verifier_hi(&p->v, label.shndx, label.value);
		if (h && h->type == RELOC_HI20)
			((struct hi *)p->hi.at)[h - p->v.hi].converted = true;
	}
}

static void index_his(struct plan *p, const struct sifted *s)
{
	vec_sort(&p->hi, by_addr);
	p->v.hi = p->hi.at;
	p->v.nhi = p->hi.n;
	if (!has_plain_hi(p))
		return;
	for (size_t i = 0; i < s->n; i++)
		mark_converted(p, &s->asked[i]);
}

/* --- Records of what is loaded. --- */

static struct place place_of(const struct plan *p, uint32_t rel,
			     uint64_t r_offset)
{
	uint32_t shndx = p->rel[rel].target;
	const struct section *s = &p->img->sec[shndx];

	return place_in(s->data, s->size, s->addr, shndx, r_offset - s->addr);
}

void plan_report(struct plan *p, uint32_t rel, const struct record *r,
		 const struct finding *f)
{
	struct place at = place_of(p, rel, r->offset);
	char insn[128] = "", values[160];

	if (f->verdict == REFUSED) {
		plan_record_error(p, rel, r, "%s", f->why);
		return;
	}
	snprintf(values, sizeof(values), "the %s holds 0x%" PRIx64 ", the record says 0x%" PRIx64,
		 fields[f->field].name, f->value, f->expected);
	if (fields[f->field].value != VALUE_DATA &&
	    !disasm(p->img->xlen, at.bytes, at.room, at.P, insn, sizeof(insn)))
		insn[0] = '\0';
	plan_record_error(p, rel, r,
		"the record does not fit the bytes (stale): %s%s%s%s",
		f->why ? f->why : values, insn[0] ? " (`" : "", insn,
		insn[0] ? "')" : "");
}

static void remember_slot(struct plan *p, uint32_t rel, const struct record *r,
			  const struct finding *f)
{
	const struct dynamic_place *dyn;
	uint32_t shndx;
	uint64_t off, word;

	if (f->slot_tls) {
		uint64_t second = f->slot + p->img->xlen / 8;

		/* GNU ld: the offset of address 0 from the TLS segment. */
		if (f->slot_undefined &&
		    plan_word_at(p, f->slot, &shndx, &off, &word) &&
		    wrap(p->img->xlen, word) == wrap(p->img->xlen, -p->m.tls))
			plan_add_word(p, shndx, off, -1, false);
		plan_push(p, &p->covered, &f->slot);
		if (f->slot_pair)
			plan_push(p, &p->covered, &second);
		return;
	}
	if (!plan_word_at(p, f->slot, &shndx, &off, &word)) {
		plan_record_error(p, rel, r,
			"its GOT slot 0x%" PRIx64 " does not lie in the image",
			f->slot);
		return;
	}
	dyn = verifier_dynamic(&p->v, f->slot);
	if (dyn && !dyn->relr) {
		/*
		 * Its record says what it holds. GNU ld makes a RELATIVE one
		 * even of an absolute constant, which does not move for that.
		 */
		if (!f->slot_moves && dyn->known && dyn->value == f->slot_value)
			plan_push(p, &p->covered, &f->slot);
		return;
	}
	if (f->slot_moves && (word == f->slot_value ||
			      (f->slot_ifunc && model_holds(&p->m, word))))
		plan_add_word(p, shndx, off, 1, false);
	else if (word == f->slot_value)
		plan_push(p, &p->covered, &f->slot);
	else
		plan_record_error(p, rel, r,
			"its GOT slot 0x%" PRIx64 " holds 0x%" PRIx64 " and not the symbol's address 0x%" PRIx64,
			f->slot, word, f->slot_value);
}

/* The addend of record i. Kept apart for add_metas(). */
static void add_addend(struct plan *p, uint32_t rel, size_t i,
		       const struct record *r)
{
	unsigned xlen = p->img->xlen;
	uint64_t off = i * record_size(xlen) + (xlen == 64 ? 16 : 8);
	struct site s = word_site(p, p->rel[rel].rela, off,
				  (uint64_t)r->addend & addr_top(xlen), -1,
				  true);

	plan_push(p, &p->meta, &s);
}

/* What else follows from a record that agrees. */
static void follow_up(struct plan *p, uint32_t rel, size_t i,
		      const struct record *r, const struct place *at,
		      const struct finding *f)
{
	const struct hi *h;
	struct symbol target;
	struct record hr;

	if (f->slot)
		remember_slot(p, rel, r, f);
	/* GNU ld has taken gp off the addend, and gp moves. */
	if (f->row->anchor == ANCHOR_GP &&
	    field_rs1(field_load(f->field, at->bytes)) == 3)
		add_addend(p, rel, i, r);
	if (f->row->anchor != ANCHOR_PAIR)
		return;
	h = f->hi;
	if (!h || h->type != RELOC_PCREL_HI20)
		return;
	hr = record_at(p, h->rel, h->rec);
	if (hr.sym >= p->img->symtab.n)
		return;
	target = symtab_get(&p->img->symtab, hr.sym);
	if (!symbol_moves(&p->m, &target, hr.sym)) {
		struct lo_user u = { h->addr, r->offset, i, rel };

		plan_push(p, &p->lo_users, &u);
	}
}

void count_excuse(struct excuses *e, uint32_t type, const char *why, uint64_t n)
{
	unsigned i = 0;

	while (i < e->n && (e->at[i].type != type ||
			    (e->at[i].why != why && strcmp(e->at[i].why, why))))
		i++;
	if (i == EXCUSES_MAX)	/* more than there are reasons */
		return;
	if (i == e->n)
		e->at[e->n++] = (struct excuse){ why, type, 0 };
	e->at[i].n += n;
}

void count_verdict(struct type_count *c, struct excuses *e, uint32_t type,
		   const struct finding *f)
{
	c += reloc_row(type) ? type : RELOC_MAX;
	c->n++;
	c->stale += f->verdict == STALE;
	c->refused += f->verdict == REFUSED;
	c->excused += f->verdict == EXCUSED;
	if (f->verdict == EXCUSED)
		count_excuse(e, type, f->why, 1);
}

static void count_record(struct plan *p, uint32_t type,
			 const struct finding *f)
{
	uint32_t row = reloc_row(type) ? type : RELOC_MAX;
	enum effect e = effect_of(f);

	count_verdict(p->count, &p->excuses, type, f);
	p->effect[row][e]++;
	p->count[row].moving += e == EFFECT_MOVES || e == EFFECT_FIXED;
}

static void take(struct plan *p, uint32_t rel, size_t i,
		 const struct record *r, const struct place *at,
		 const struct finding *f)
{
	const struct symtab *t = &p->img->symtab;

	count_record(p, r->type, f);
	if (f->verdict == STALE && sorted_candidate(p, r, f)) {
		struct odd_word o = {
			r->offset - p->img->sec[p->rel[rel].target].addr, i,
			f->expected, f->value, rel };

		plan_push(p, &p->odd, &o);
		return;
	}
	if (f->verdict == STALE || f->verdict == REFUSED) {
		/* A sum that a move leaves alone is not in its way. */
		if (f->verdict == REFUSED || f->change || p->opt.strict ||
		    f->row->op == OP_SET)
			plan_report(p, rel, r, f);
		return;
	}
	if (f->row->op == OP_SET)
		follow_up(p, rel, i, r, at, f);
	if (!f->change)
		return;
	plan_add_site(p, (struct site){
		.off = r->offset - p->img->sec[p->rel[rel].target].addr,
		.word = field_load(f->field, at->bytes),
		.rec = (uint32_t)i, .rel = rel, .shndx = p->rel[rel].target,
		.field = (uint8_t)f->field, .change = (int8_t)f->change,
		.weak_call = reloc_is_jump(f->row) && r->sym < t->n &&
			     !symtab_get(t, r->sym).shndx });
}

/* Its bytes were read when the records were; to look there again is slow. */
static struct place asked_place(const struct plan *p, const struct asked *a,
				size_t k, uint64_t r_offset)
{
	struct place at = place_of(p, a->rel, r_offset);

	if (at.bytes)
		at.bytes = (const uint8_t *)&a->at[k].word;
	return at;
}

/* Whether nothing but marks lies between two that are asked. */
static bool are_neighbours(const struct plan *p, const struct asked *a, size_t k)
{
	for (uint32_t i = a->at[k].index + 1; i < a->at[k + 1].index; i++) {
		const struct reloc *row = reloc_row(record_at(p, a->rel, i).type);

		if (!row || row->op != OP_MARK)
			return false;
	}
	return true;
}

/* Those of one place that add and subtract. Returns how many it took. */
static size_t take_sum(struct plan *p, const struct asked *a, size_t first)
{
	size_t end = first + 1;

	struct record r[SUM_MAX];
	struct finding f;
	struct place at;
	size_t k, took;

	while (end < a->n && end - first < SUM_MAX &&
	       are_neighbours(p, a, end - 1))
		end++;
	took = verify_gather(a->records, NULL, p->img->xlen, first, end, r, &k);
	at = asked_place(p, a, first, r[0].offset);
	f = verify_sum(&p->m, &at, r, k);
	take(p, a->rel, a->at[first].index, &r[0], &at, &f);
	for (size_t j = 1; j < k; j++)
		count_record(p, r[j].type, &f);
	return took;
}

/*
 * A word that holds S + A and moves, as nearly all that is asked. Its symbol need
 * not be looked up, which may be on a page that is not mapped yet. False: it may be
 * something else.
 */
static bool take_address(struct plan *p, const struct asked *a, size_t k,
			 const struct record *r, const struct place *at)
{
	struct values v = values_known(&p->m);
	uint32_t type = p->img->xlen == 64 ? RELOC_64 : RELOC_32;
	uint32_t word = values_word(&v, r->sym);
	uint64_t V = wrap(p->img->xlen, word_value(&v, word) + (uint64_t)r->addend);
	struct site s;

	if (r->type != type || word == SYMBOL_UNKNOWN || !(word & SYMBOL_MOVES) ||
	    !at->bytes || at->room < p->img->xlen / 8 ||
	    getxlen(at->bytes, p->img->xlen) != V)
		return false;
	p->count[type].n++;
	p->count[type].moving++;
	p->effect[type][EFFECT_MOVES]++;
	s = word_site(p, at->shndx, at->P - p->img->sec[at->shndx].addr, V, 1, false);
	s.rel = a->rel;
	s.rec = a->at[k].index;
	plan_add_site(p, s);
	return true;
}

/* Returns how many records it took. */
static size_t take_one(struct plan *p, const struct asked *a, size_t k)
{
	const struct symtab *t = &p->img->symtab;
	struct record r = record_get(a->records, p->img->xlen, k);
	struct place at = asked_place(p, a, k, r.offset);
	struct symbol s;
	struct finding f;

	if (reloc_adds_up(r.type))
		return take_sum(p, a, k);
	if (take_address(p, a, k, &r, &at))
		return 1;
	if (r.sym < t->n)
		s = symtab_get(t, r.sym);
	f = verify_record(&p->v, &at, &r, r.sym < t->n ? &s : NULL);
	take(p, a->rel, a->at[k].index, &r, &at, &f);
	return 1;
}

static int by_place(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	if (x->shndx != y->shndx)
		return x->shndx < y->shndx ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

/*
 * A word may be known by several ways (a record of the link and one of the
 * dynamic loader, a GOT slot with many users): it moves once. Two different
 * fields on the same bytes are a contradiction.
 */
static void settle_sites(struct plan *p)
{
	struct site *s = p->sites.at;
	size_t n = 0;

	if (!p->sites.n)
		return;
	vec_sort(&p->sites, by_place);
	for (size_t i = 0; i < p->sites.n; i++) {
		struct site *last = n ? &s[n - 1] : NULL;

		if (!last || last->shndx != s[i].shndx ||
		    s[i].off - last->off >= fields[last->field].bytes) {
			s[n++] = s[i];
		} else if (last->off == s[i].off &&
			   last->field == s[i].field &&
			   last->change == s[i].change) {
			if (last->rel == SITE_NO_RECORD)
				*last = s[i];
		} else {
			diag_at(p->d, DIAG_ERROR, s[i].shndx, s[i].off,
				"two records change the same bytes (a %s and a %s)",
				fields[last->field].name,
				fields[s[i].field].name);
		}
	}
	p->sites.n = n;
}

/* lld's internal GPREL types leave the addend as it was. */
static uint64_t find_gp(const struct image *img)
{
	const struct symtab *t = &img->symtab;

	for (uint32_t i = 1; i < t->n; i++) {
		struct symbol s = symtab_get(t, i);

		if (s.shndx && !strcmp(symtab_name(t, &s), "__global_pointer$"))
			return s.value;
	}
	return 0;
}

bool plan_is_covered(const struct plan *p, uint64_t addr)
{
	return p->covered.n && bsearch(&addr, p->covered.at, p->covered.n,
				       sizeof(addr), by_uint64);
}

/* Those of sections before `shndx`, for the sites are in order then. */
static void add_metas(struct plan *p, uint32_t shndx)
{
	struct site *s = p->meta.at;
	size_t n = 0;

	while (n < p->meta.n && s[n].shndx < shndx)
		plan_add_site(p, s[n++]);
	p->meta.n -= n;
	if (n && p->meta.n)
		memmove(s, s + n, p->meta.n * sizeof(*s));
}

/* What is asked about one section, from the i-th struct on. Returns the next. */
static size_t take_section(struct plan *p, const struct sifted *s, size_t i)
{
	uint32_t rel = s->asked[i].rel;

	add_metas(p, p->rel[rel].target);
	p->state[p->rel[rel].target] = STATE_LOADED;
	for (; i < s->n && s->asked[i].rel == rel; i++)
		for (size_t k = 0; k < s->asked[i].n;)
			k += take_one(p, &s->asked[i], k);
	sorted_settle(p);
	return i;
}

static void take_loaded(struct plan *p)
{
	struct sifted s;

	if (!sift_records(p, &s)) {
		diag_no_memory(p->d);
		return;
	}
	index_his(p, &s);
	if (p->m.lld)
		p->v.gp = find_gp(p->img);
	for (size_t i = 0; i < s.n;)
		i = take_section(p, &s, i);
	add_metas(p, UINT32_MAX);
	vec_sort(&p->covered, by_uint64);
	sift_free(&s);
}

struct plan *plan_build(const struct image *img,
			const struct plan_options *opt, struct diag *d)
{
	struct plan *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->img = img;
	p->d = d;
	p->opt = *opt;
	p->sites.size = sizeof(struct site);
	p->meta.size = sizeof(struct site);
	p->hi.size = sizeof(struct hi);
	p->dynamic.size = sizeof(struct dynamic_place);
	p->covered.size = sizeof(uint64_t);
	p->lo_users.size = sizeof(struct lo_user);
	p->odd.size = sizeof(struct odd_word);
	p->edits.size = sizeof(struct edit);
	p->state = calloc(img->nsec, sizeof(*p->state));
	p->lost = calloc(img->nsec, sizeof(*p->lost));
	p->sorted = calloc(img->nsec, sizeof(*p->sorted));
	p->drop = calloc(img->nsec, sizeof(*p->drop));
	if (img->type != ET_EXEC && img->type != ET_DYN) {
		diag_file(d, DIAG_ERROR,
			  "not a linked image (e_type %u): link it first",
			  img->type);
		plan_free(p);
		return NULL;
	}
	if (!p->state || !p->lost || !p->drop || !p->sorted ||
	    !model_init(&p->m, img, opt->fixed, opt->moves, d) ||
	    !find_records(p)) {
		plan_free(p);
		return NULL;
	}
	p->v.m = &p->m;
	p->v.rel = p->rel;
	model_decide(&p->m, MODEL_WORDS, opt->jobs, opt->symbols);
	model_report_guesses(&p->m, opt->verbose, d);
	dynamic_places(p);
	take_loaded(p);
	dynamic_sites(p);
	debug_sections(p);
	settle_sites(p);
	got_sites(p);
	settle_sites(p);
	uncovered_words(p);
	return p;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	model_free(&p->m);
	free(p->rel);
	free(p->state);
	free(p->lost);
	free(p->sorted);
	free(p->drop);
	free(p->sites.at);
	free(p->meta.at);
	free(p->hi.at);
	free(p->dynamic.at);
	free(p->covered.at);
	free(p->lo_users.at);
	free(p->odd.at);
	free(p->edits.at);
	free(p);
}
