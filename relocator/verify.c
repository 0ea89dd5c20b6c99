/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verify.h"

#include <stdlib.h>

const struct hi *verifier_hi(const struct verifier *v, uint32_t shndx,
			     uint64_t addr)
{
	size_t lo = 0, hi = v->nhi;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (v->hi[mid].shndx < shndx ||
		    (v->hi[mid].shndx == shndx && v->hi[mid].addr < addr))
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < v->nhi && v->hi[lo].shndx == shndx &&
	       v->hi[lo].addr == addr ? &v->hi[lo] : NULL;
}

const struct dynamic_place *verifier_dynamic(const struct verifier *v,
					     uint64_t addr)
{
	/* The address is the first member: it serves as the key. */
	return v->ndynamic ? bsearch(&addr, v->dynamic, v->ndynamic,
				     sizeof(*v->dynamic), by_uint64) : NULL;
}

int by_uint64(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

const char *const effect_names[EFFECTS + 1] = {
	[EFFECT_MOVES] = "moves", [EFFECT_FIXED] = "fixed",
	[EFFECT_SAME] = "same", [EFFECT_EXCUSED] = "excused",
	[EFFECT_STALE] = "stale", [EFFECT_REFUSED] = "refused",
};

enum effect effect_of(const struct finding *f)
{
	if (f->verdict == STALE || f->verdict == REFUSED)
		return f->verdict == STALE ? EFFECT_STALE : EFFECT_REFUSED;
	if (f->change)
		return f->change > 0 ? EFFECT_MOVES : EFFECT_FIXED;
	return f->verdict == EXCUSED ? EFFECT_EXCUSED : EFFECT_SAME;
}

static struct finding verdict(struct finding f, enum verdict verdict,
			      const char *why)
{
	f.verdict = verdict;
	f.why = why;
	return f;
}

/* The part of V that a row's field stores. */
static uint64_t part_of(const struct reloc *row, uint64_t V)
{
	switch (row->part) {
	case PART_HI20:
		return field_upper(V);
	case PART_LO12:
		return field_lower(V);
	}
	return V;
}

/* Compares in the form and width that the field keeps. */
static bool same(unsigned xlen, enum field_id id, uint64_t a, uint64_t b)
{
	unsigned bits = fields[id].bytes * 8;

	if (fields[id].value == VALUE_DATA)
		return id == FIELD_W6 ? !((a ^ b) & 63) :
		       bits < 64 ? !((a ^ b) << (64 - bits)) :
		       a == b || (xlen == 32 && a == (uint32_t)b);
	return wrap(xlen, a) == wrap(xlen, b);
}

static struct symbol symbol_of(const struct model *m, uint32_t i)
{
	struct symbol none = { 0 };

	return i < m->img->symtab.n ? symtab_get(&m->img->symtab, i) : none;
}

/*
 * GNU ld turns an auipc whose target is out of its reach into lui and makes
 * the record HI20 (riscv_zero_pcrel_hi_reloc). 2.40 puts the target's address
 * where a symbol index belongs, and that then goes through the tables of
 * symbols, so the record says nothing: the constant is in the instructions
 * alone. It was no image address, or auipc would have reached it.
 */
static struct finding check_converted(const struct model *m,
				      const struct place *at, struct finding f)
{
	uint64_t word = field_load(FIELD_LUI, at->bytes);

	f.field = FIELD_LUI;
	f.value = f.expected = f.V = field_decode(FIELD_LUI, word);
	if (!field_opcode_ok(FIELD_LUI, word))
		return verdict(f, STALE, "the instruction there is of another kind");
	if (f.value + 0x800 >= m->lo && f.value - 0x800 < m->hi)
		return verdict(f, STALE, "a constant that is an address of the image");
	return verdict(f, EXCUSED,
		       "auipc that the linker turned into lui: a constant");
}

/* PCREL_LO12: what it completes is found at the label. adds: it is an addi. */
static struct finding check_pair(const struct verifier *v,
				 const struct record *r,
				 const struct symbol *label, bool adds,
				 struct finding f)
{
	const struct model *m = v->m;
	const struct hi *hi = verifier_hi(v, label->shndx, label->value);
	const struct image *img = m->img;
	const struct relsec *rel;
	struct record hr;
	struct symbol hs;
	uint64_t upper;
	uint32_t type;

	f.hi = hi;
	if (!hi)
		return verdict(f, STALE, "its label is at no HI20 record");
	type = hi->type;
	rel = &v->rel[hi->rel];
	hr = record_get(img->sec[rel->rela].data, img->xlen, hi->rec);
	hs = symbol_of(m, hr.sym);
	upper = field_decode(FIELD_AUIPC,
			     get32(img->sec[rel->target].data +
				   (hi->addr - img->sec[rel->target].addr)));
	/* mold makes the load of a slot an addition, and keeps the type. */
	if (type == RELOC_GOT_HI20 && adds)
		type = RELOC_PCREL_HI20;
	switch (type) {
	case RELOC_PCREL_HI20:
		f.V = hs.value + (uint64_t)hr.addend - hi->addr;
		break;
	case RELOC_HI20:	/* converted: whatever it adds is the constant */
		f.V = upper + f.value;
		break;
	default:	/* any slot will do; that it is one is seen there */
		f.V = upper + f.value;
		f.slot = wrap(img->xlen, hi->addr + f.V);
		if (img->xlen == 32)
			f.slot &= UINT32_MAX;
		f.slot_tls = hi->type != RELOC_GOT_HI20;
		f.slot_value = hs.value;
		f.slot_ifunc = ELF64_ST_TYPE(hs.info) == STT_GNU_IFUNC;
		f.slot_pair = hi->type == RELOC_TLS_GD_HI20;
		f.slot_undefined = hi->type == RELOC_TLS_GOT_HI20 && !hs.shndx;
		f.slot_moves = !f.slot_tls && hr.sym < m->img->symtab.n &&
			       symbol_moves(m, &hs, hr.sym);
	}
	if (type == RELOC_PCREL_HI20 &&
	    ELF64_ST_TYPE(hs.info) == STT_GNU_IFUNC)
		return verdict(f, EXCUSED, "goes through the PLT entry of an ifunc");
	f.expected = field_lower(f.V);
	if (same(img->xlen, f.field, f.value, f.expected) ||
	    same(img->xlen, f.field, f.value,
		 field_lower(f.V + (uint64_t)r->addend)))
		return f;
	return verdict(f, STALE, "it does not complete the HI20 at its label");
}

/* GP-relative accesses, and what relaxation made of them near address 0. */
static struct finding check_gp(const struct verifier *v,
			       const struct record *r, unsigned rs1,
			       uint64_t S, int moves, struct finding f)
{
	f.V = S + (uint64_t)r->addend;
	if (rs1 == 3) {
		if (f.row->anchor == ANCHOR_GPREL)
			f.V -= v->gp;
		f.change = moves - 1;
	} else if (rs1 == 0) {
		f.change = moves;
	} else {
		return verdict(f, STALE, "its base register is not gp");
	}
	f.expected = f.V;
	if (!same(v->m->img->xlen, f.field, f.value, f.expected))
		return verdict(f, STALE, NULL);
	if (rs1 == 0 && moves)
		return verdict(f, REFUSED,
			       "an access relative to address 0 of a symbol that moves");
	return f;
}

/*
 * lld rewrites .eh_frame and copies the records of its input, whose places and
 * symbols are wrong then. The distances that they are about do not change.
 */
static const char eh_frame_why[] =
	"lld copies the records of .eh_frame from its input";

static bool is_lld_eh_frame(const struct model *m, const struct place *at)
{
	return m->lld && !strcmp(m->img->sec[at->shndx].name, ".eh_frame");
}

static const char *lld_eh_frame(const struct model *m, const struct place *at,
				const struct reloc *row)
{
	return row->pc && is_lld_eh_frame(m, at) ? eh_frame_why : NULL;
}

/* Why a mismatch of a symbol's own value is what this linker leaves. */
static const char *excuse(const struct verifier *v, const struct place *at,
			  const struct symbol *sym, struct finding *f)
{
	bool weak_undef = !sym->shndx && !sym->value;
	const struct dynamic_place *dyn;
	const char *why;

	if (weak_undef && reloc_is_jump(f->row)) {
		f->change = 0;
		return "call of an undefined weak symbol";
	}
	dyn = verifier_dynamic(v, at->P);
	if (f->row->part == PART_FULL && f->row->pc == PC_ABS && !f->value &&
	    dyn && !dyn->relr && (!dyn->known || same(v->m->img->xlen, f->field, dyn->value,
					f->expected))) {
		f->change = 0;
		return "the dynamic record at the same place has the value";
	}
	if (ELF64_ST_TYPE(sym->info) == STT_GNU_IFUNC &&
	    (f->row->pc || f->row->part != PART_FULL ||
	     model_holds(v->m, f->value))) {
		/* Both the PLT entry and the place are in the image. */
		f->change = f->row->pc || f->row->part == PART_LO12 ? 0 : 1;
		return "goes through the PLT entry of an ifunc";
	}
	why = lld_eh_frame(v->m, at, f->row);
	if (why)
		f->change = 0;
	return why;
}

static struct finding check_symbol(const struct verifier *v,
				   const struct place *at,
				   const struct record *r,
				   const struct symbol *sym, unsigned rs1,
				   struct finding f)
{
	const struct model *m = v->m;
	int moves = symbol_moves(m, sym, r->sym);
	const char *why;

	if (f.row->anchor == ANCHOR_GP || f.row->anchor == ANCHOR_GPREL)
		return check_gp(v, r, rs1, sym->value, moves, f);
	f.V = sym->value + (uint64_t)r->addend;
	f.change = moves;
	if (f.row->anchor == ANCHOR_TP) {
		if (ELF64_ST_TYPE(sym->info) != STT_TLS)
			f.V -= m->tls;
		f.change = 0;
	}
	if (f.row->pc) {
		f.V -= at->P;
		f.change--;
	}
	f.V = wrap(m->img->xlen, f.V);
	f.expected = part_of(f.row, f.V);
	if (!same(m->img->xlen, f.field, f.value, f.expected)) {
		why = excuse(v, at, sym, &f);
		return verdict(f, why ? EXCUSED : STALE, why);
	}
	if (f.row->part == PART_LO12) {
		if (rs1 == 0 && moves)
			return verdict(f, REFUSED,
				       "an access relative to address 0 of a symbol that moves");
		f.change = 0;	/* shifts are multiples of 4 KiB */
	}
	return f;
}

/* A GOT slot is where the instruction says; the slot must agree. */
static struct finding check_slot(const struct verifier *v,
				 const struct place *at,
				 const struct record *r,
				 const struct symbol *sym, struct finding f)
{
	f.V = f.value;
	f.expected = f.value;
	if (f.field == FIELD_W32) {
		f.slot = at->P - (uint64_t)r->addend +
			 (uint64_t)(int64_t)(int32_t)f.value;
		if (v->m->img->xlen == 32)
			f.slot &= UINT32_MAX;
		f.slot_moves = symbol_moves(v->m, sym, r->sym);
		f.slot_value = sym->value;
		f.slot_ifunc = ELF64_ST_TYPE(sym->info) == STT_GNU_IFUNC;
	}
	return f;
}

struct finding verify_record(const struct verifier *v, const struct place *at,
			     const struct record *r, const struct symbol *sym)
{
	struct finding f = { .row = reloc_row(r->type), .field = FIELD_OTHER };
	const char *why = NULL;
	const struct hi *hi;
	uint64_t word;

	if (!f.row)
		return verdict(f, REFUSED, "unknown relocation type");
	if (f.row->op == OP_MARK)
		return f;
	if (f.row->op == OP_DYN)
		return verdict(f, REFUSED,
			       "a dynamic relocation among those of the link");
	f.field = f.row->field;
	if (fields[f.field].bytes > at->room)
		return lld_eh_frame(v->m, at, f.row) ?
		       verdict(f, EXCUSED, lld_eh_frame(v->m, at, f.row)) :
		       verdict(f, REFUSED, "it lies outside its section");
	if (!at->bytes)
		return verdict(f, REFUSED, "the section has no bytes in the file");
	if (r->type == RELOC_HI20 && (hi = verifier_hi(v, at->shndx, at->P)) &&
	    hi->converted)
		return check_converted(v->m, at, f);
	if (!sym)
		return verdict(f, REFUSED, "its symbol index is out of range");
	why = image_symbol_wrong(v->m->img, &v->m->img->symtab, sym);
	if (why)
		return verdict(f, REFUSED, why);
	word = field_load(f.field, at->bytes);
	f.value = field_decode(f.field, word);
	if (!field_opcode_ok(f.field, word)) {
		/* Such calls are made into something else altogether. */
		if (reloc_is_jump(f.row) && !sym->shndx)
			why = excuse(v, at, sym, &f);
		return verdict(f, why ? EXCUSED : STALE,
			       why ? why : "the instruction there is of another kind");
	}
	switch (f.row->anchor) {
	case ANCHOR_PAIR:
		return check_pair(v, r, sym, (word & 0x7f) == 0x13, f);
	case ANCHOR_SLOT:
	case ANCHOR_TSLOT:
		return check_slot(v, at, r, sym, f);
	}
	return check_symbol(v, at, r, sym, field_rs1(word), f);
}

bool verify_holds(unsigned xlen, const struct place *at, uint32_t type,
		  uint64_t V)
{
	const struct reloc *row = &relocs[type];
	uint64_t word;

	if (!at->bytes || fields[row->field].bytes > at->room)
		return false;
	word = field_load(row->field, at->bytes);
	return field_opcode_ok(row->field, word) &&
	       same(xlen, row->field, field_decode(row->field, word),
		    part_of(row, wrap(xlen, V)));
}

static const char gone_why[] = "what it is about was discarded or folded";

/* lld: what was discarded or folded is 0 (1, where 0 would end a list). */
static const char *excuse_word(const struct model *m, const struct record *r,
			       const struct symbol *sym, struct finding *f)
{
	if (m->lld && f->value <= 1) {
		f->change = 0;
		return gone_why;
	}
	if (ELF64_ST_TYPE(sym->info) == STT_GNU_IFUNC && model_holds(m, f->value))
		return "goes through the PLT entry of an ifunc";
	return r->sym ? NULL : "of a merged or discarded section, without a symbol";
}

/*
 * clang's DWARF has a plain word for a thread-local variable. lld puts the
 * offset there, GNU ld the address in the TLS segment, which moves.
 */
static bool holds_tls_address(const struct model *m, const struct symbol *sym,
			      struct finding *f)
{
	uint64_t V = f->V + m->tls;

	if (ELF64_ST_TYPE(sym->info) != STT_TLS || f->row->pc ||
	    f->value != field_decode(f->field, field_encode(f->field, 0, V)))
		return false;
	f->V = V;
	f->expected = f->value;
	f->change = 1;
	return true;
}

struct finding verify_unloaded(const struct model *m, const struct place *at,
			       const struct record *r, const struct symbol *sym)
{
	struct finding f = { .row = reloc_row(r->type), .field = FIELD_OTHER };
	const char *why;

	if (!f.row || f.row->op == OP_DYN)
		return verdict(f, REFUSED, "unknown relocation type for this section");
	if (f.row->op == OP_MARK)
		return f;
	f.field = f.row->field;
	if (fields[f.field].bytes > at->room)
		return verdict(f, REFUSED, "it lies outside its section");
	if (!sym)
		return verdict(f, REFUSED, "its symbol index is out of range");
	f.change = symbol_moves(m, sym, r->sym) -
		   (f.row->pc && m->sec[at->shndx].moves);
	if (f.row->anchor != ANCHOR_SYM || fields[f.field].value != VALUE_DATA)
		return f.change ?
		       verdict(f, REFUSED, "code of a section that is not loaded cannot be moved") :
		       verdict(f, EXCUSED, "code of a section that is not loaded");
	f.value = field_load(f.field, at->bytes);
	f.V = sym->value + (uint64_t)r->addend - (f.row->pc ? at->P : 0);
	f.expected = field_decode(f.field, field_encode(f.field, 0, f.V));
	if (f.value == f.expected)
		return f;
	if (holds_tls_address(m, sym, &f))
		return f;
	why = excuse_word(m, r, sym, &f);
	return verdict(f, why ? EXCUSED : STALE, why);
}

const uint8_t verify_taken_back[RELOC_MAX] = {
	[RELOC_ADD8] = RELOC_SUB8, [RELOC_ADD16] = RELOC_SUB16,
	[RELOC_ADD32] = RELOC_SUB32, [RELOC_ADD64] = RELOC_SUB64,
	[RELOC_SET6] = RELOC_SUB6, [RELOC_SET8] = RELOC_SUB8,
	[RELOC_SET16] = RELOC_SUB16,
};

size_t verify_gather(const uint8_t *records, const uint32_t *index,
		     unsigned xlen, size_t k, size_t end,
		     struct record sum[SUM_MAX], size_t *n)
{
	size_t i;

	*n = 0;
	for (i = k; i < end && *n < SUM_MAX; i++) {
		struct record r = record_get(records, xlen,
					     index ? index[i] : i);
		const struct reloc *row = reloc_row(r.type);

		if (row && row->op == OP_MARK)
			continue;
		if (!row || (row->op != OP_ADD && row->op != OP_SUB) ||
		    (*n && r.offset != sum[0].offset))
			break;
		sum[(*n)++] = r;
	}
	return i - k;
}

static const char sum_why[] =
	"the records add up to another value, or to something that was there before them";

/* A move leaves it alone, whatever it is. */
static struct finding check_distance(const struct model *m,
				     const struct place *at, bool named,
				     struct finding f)
{
	if (f.field == FIELD_ULEB || !at->bytes ||
	    fields[f.field].bytes > at->room)
		return f;
	f.value = field_decode(f.field, field_load(f.field, at->bytes));
	if (same(m->img->xlen, f.field, f.value, f.expected))
		return f;
	if (is_lld_eh_frame(m, at))
		return verdict(f, EXCUSED, eh_frame_why);
	/* lld takes the symbols away from these records, and adds them up. */
	if (m->lld && !named && !m->sec[at->shndx].loaded)
		return verdict(f, EXCUSED, gone_why);
	return verdict(f, STALE, sum_why);
}

struct finding verify_sum(const struct model *m, const struct place *at,
			  const struct record *r, size_t n)
{
	struct finding f = { .row = reloc_row(r[0].type) };
	const struct symtab *t = &m->img->symtab;
	enum field_id field = f.row->field;
	bool named = false;

	f.field = field;
	for (size_t i = 0; i < n; i++) {
		const struct reloc *row = reloc_row(r[i].type);
		int sign = row->op == OP_SUB ? -1 : 1;
		struct symbol s;

		if (r[i].sym >= t->n)
			return verdict(f, REFUSED,
				       "its symbol index is out of range");
		s = symtab_get(t, r[i].sym);
		f.expected += (s.value + (uint64_t)r[i].addend) *
			      (uint64_t)(int64_t)sign;
		f.change += sign * symbol_moves(m, &s, r[i].sym);
		named |= r[i].sym != 0;
		if (row->field != field)
			f.field = FIELD_OTHER;
	}
	if (!f.change && f.field != FIELD_OTHER)
		return check_distance(m, at, named, f);
	if (f.field == FIELD_OTHER || f.field == FIELD_ULEB ||
	    f.change < -1 || f.change > 1)
		return verdict(f, REFUSED,
			       "the records of one place do not cancel, nor make one address");
	if (fields[f.field].bytes > at->room)
		return verdict(f, REFUSED, "it lies outside its section");
	if (!at->bytes)
		return verdict(f, REFUSED, "the section has no bytes in the file");
	f.value = field_decode(f.field, field_load(f.field, at->bytes));
	if (!same(m->img->xlen, f.field, f.value, f.expected))
		return verdict(f, STALE, sum_why);
	return f;
}
