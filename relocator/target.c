/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From sites to edits: the new value of every field for one shift, each
 * checked to fit. Nothing is discovered after this.
 */
#include "plan.h"

#include <inttypes.h>
#include <stdlib.h>

static void add_edit(struct plan *p, uint32_t shndx, uint64_t off,
		     uint64_t word, unsigned bytes)
{
	struct edit e = { p->img->sec[shndx].offset + off, word,
			  (uint8_t)bytes };

	plan_push(p, &p->edits, &e);
}

static struct record site_record(const struct plan *p, const struct site *s)
{
	return record_get(p->img->sec[p->rel[s->rel].rela].data, p->img->xlen,
			  s->rec);
}

static struct symbol site_symbol(const struct plan *p, const struct record *r)
{
	struct symbol none = { 0 };

	return r->sym < p->img->symtab.n ? symtab_get(&p->img->symtab, r->sym) :
					   none;
}

static bool is_cut_short(const struct plan *p, enum field_id field)
{
	return p->img->xlen == 64 && field == FIELD_W32;
}

/*
 * 32-bit words of a 64-bit image hold an address cut short, which code reads
 * back with or without sign: an address that can be read back one way must
 * still be readable that way. One that was cut already stays so.
 */
bool plan_fits32(const struct plan *p, enum field_id field, int change,
		 uint64_t V)
{
	uint64_t is = V + p->delta * (uint64_t)(int64_t)change;
	bool was_signed = (uint64_t)(int64_t)(int32_t)V == V;
	bool was_unsigned = (uint32_t)V == V;
	bool is_signed = (uint64_t)(int64_t)(int32_t)is == is;
	bool is_unsigned = (uint32_t)is == is;

	if (!is_cut_short(p, field))
		return true;
	if (change < 0)		/* a distance */
		return is_signed;
	return (!was_signed && !was_unsigned) || (was_signed && is_signed) ||
	       (was_unsigned && is_unsigned);
}

/* Of records that add up, their sum: what the field held before is 0. */
bool plan_recorded(const struct plan *p, const struct site *s, uint64_t *V)
{
	const struct section *rela;
	struct record sum[SUM_MAX];
	size_t n = 1;

	if (s->rel == SITE_NO_RECORD)
		return false;
	rela = &p->img->sec[p->rel[s->rel].rela];
	sum[0] = site_record(p, s);
	if (reloc_row(sum[0].type)->op != OP_SET)
		verify_gather(rela->data, NULL, p->img->xlen, s->rec,
			      rela->size / record_size(p->img->xlen), sum, &n);
	*V = 0;
	for (size_t i = 0; i < n; i++) {
		const struct reloc *row = reloc_row(sum[i].type);
		uint64_t v = site_symbol(p, &sum[i]).value +
			     (uint64_t)sum[i].addend -
			     (row->pc ? sum[i].offset : 0);

		*V += row->op == OP_SUB ? -v : v;
	}
	return true;
}

bool plan_shifted(const struct plan *p, const struct site *s, uint64_t *v)
{
	uint64_t word = s->word, V;
	uint64_t by = p->delta * (uint64_t)(int64_t)s->change;

	if (fields[s->field].value != VALUE_DATA) {
		*v = wrap(p->img->xlen, field_decode(s->field, word) + by);
		return field_fits(s->field, *v);
	}
	*v = field_decode(s->field, word) + by;
	/* A 64-bit word of a 32-bit image stays extended as it was. */
	if (p->img->xlen == 32 && s->field == FIELD_W64)
		*v = (int64_t)word < 0 ? wrap(32, *v) : (uint32_t)*v;
	/* Symbols lie all over the file: none is looked up in vain. */
	return !is_cut_short(p, s->field) || !plan_recorded(p, s, &V) ||
	       plan_fits32(p, s->field, s->change, V);
}

/* Puts the constant that record r of section rel speaks of into its fields. */
static void edit_record(struct plan *p, uint32_t rel, uint64_t rec,
			uint32_t type, uint64_t addend)
{
	uint32_t shndx = p->rel[rel].rela;
	unsigned word = p->img->xlen / 8;
	uint64_t off = rec * record_size(p->img->xlen);

	add_edit(p, shndx, off + word, type, word);
	add_edit(p, shndx, off + 2 * word, addend, word);
}

bool plan_becomes_lui(const struct plan *p, const struct site *s,
		      uint64_t *target)
{
	struct record r;

	if (s->rel == SITE_NO_RECORD || p->img->xlen != 64 || p->m.dynamic)
		return false;
	r = site_record(p, s);
	*target = site_symbol(p, &r).value + (uint64_t)r.addend;
	return r.type == RELOC_PCREL_HI20 && field_fits(FIELD_LUI, *target);
}

void plan_site_names(const struct plan *p, const struct site *s, uint32_t *type,
		     const char **symbol)
{
	struct record r;
	struct symbol sym;

	*type = RELOC_NONE;
	*symbol = "";
	if (s->rel == SITE_NO_RECORD)
		return;
	r = site_record(p, s);
	sym = site_symbol(p, &r);
	*type = r.type;
	*symbol = ELF64_ST_TYPE(sym.info) == STT_SECTION && sym.shndx < p->img->nsec ?
		  p->img->sec[sym.shndx].name : symtab_name(&p->img->symtab, &sym);
}

/*
 * An auipc that cannot reach its constant from the new place becomes lui, as
 * GNU ld makes it when it links there (riscv_zero_pcrel_hi_reloc): opcode,
 * upper part, and the lower parts of all that complete it. The record becomes
 * HI20 without a symbol, its address in the addend, as in newer binutils.
 */
static bool make_lui(struct plan *p, const struct site *s)
{
	const struct lo_user *u = p->lo_users.at;
	const struct image *img = p->img;
	struct record r;
	uint64_t target, word, lower;

	if (!plan_becomes_lui(p, s, &target))
		return false;
	r = site_record(p, s);
	word = (s->word & ~UINT64_C(0x7f)) | 0x37;
	add_edit(p, s->shndx, s->off, field_encode(FIELD_LUI, word, target), 4);
	edit_record(p, s->rel, s->rec, RELOC_HI20, target);
	for (size_t i = 0; i < p->lo_users.n; i++) {
		const struct section *sec;
		struct record lr;
		uint64_t off;
		enum field_id field;

		if (u[i].hi_addr != r.offset)
			continue;
		sec = &img->sec[p->rel[u[i].rel].target];
		off = u[i].off - sec->addr;
		lr = record_get(img->sec[p->rel[u[i].rel].rela].data, img->xlen,
				u[i].rec);
		field = reloc_row(lr.type)->field;
		word = field_load(field, sec->data + off);
		/* lld adds the record's own addend, which stays in there. */
		lower = field_decode(field, word) -
			field_lower(target - r.offset) + field_lower(target);
		if (!field_fits(field, lower))
			return false;
		add_edit(p, p->rel[u[i].rel].target, off,
			 field_encode(field, word, lower), 4);
	}
	return true;
}

static void refuse(struct plan *p, const struct site *s, uint64_t v)
{
	const char *what = fields[s->field].name;
	struct record r;

	if (s->rel == SITE_NO_RECORD) {
		diag_at(p->d, DIAG_ERROR, s->shndx, s->off,
			"0x%" PRIx64 " does not fit the %s", v, what);
		return;
	}
	r = site_record(p, s);
	plan_record_error(p, s->rel, &r, "0x%" PRIx64 " does not fit %s %s", v,
			  what[0] == 'a' || what[0] == '8' || what[0] == 'I' ?
			  "an" : "a", what);
}

static int by_pos(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;

	return x->pos < y->pos ? -1 : x->pos > y->pos;
}

void plan_sort_edits(struct plan *p)
{
	vec_sort(&p->edits, by_pos);
}

static void edit_site(struct plan *p, const struct site *s)
{
	uint64_t v;

	if (plan_shifted(p, s, &v))
		add_edit(p, s->shndx, s->off, field_encode(s->field, s->word, v),
			 fields[s->field].bytes);
	else if (!s->weak_call && !make_lui(p, s))
		refuse(p, s, v);
}

void plan_target(struct plan *p, uint64_t delta)
{
	const struct site *s = p->sites.at;

	p->delta = delta;
	p->edits.n = 0;
	/* In the order of the file: what is loaded, and behind it the records. */
	for (int meta = 0; meta < 2 && delta; meta++)
		for (size_t i = 0; i < p->sites.n; i++)
			if (s[i].meta == meta)
				edit_site(p, &s[i]);
	plan_sort_edits(p);
}
