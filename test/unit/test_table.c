/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The boot table of small images made here: what kind each field is, what is
 * refused, and that the reach ends exactly where retargeting does.
 */
#include "relocator/formats.h"

#include <stdlib.h>

#include "maker.h"

enum { TEXT = 1, RELA, SYMTAB };		/* sections */
enum { MOVING = 1, CONSTANT, WEAK };		/* symbols */
enum { PLACE = 0x10, LABEL = 0x20, SIZE = 0x40 };

#define TOP_2G	UINT64_C(0xffffffff80000000)

/* One record of a place in an image of one section. */
struct subject {
	unsigned xlen;
	uint64_t base, align;
	uint32_t type, sym;
	int64_t addend;
	uint64_t constant;	/* value of CONSTANT */
	uint32_t minus;		/* of a sum: SUBn of this symbol too */

	struct made m;
	struct image img;
	struct bytes records;
	uint8_t text[SIZE];
	struct diag d;
	struct plan *p;
	struct table t;
};

static uint64_t value_of(const struct subject *s, uint32_t sym)
{
	return sym == MOVING ? s->base + LABEL :
	       sym == CONSTANT ? s->constant : 0;
}

/* What the field holds for the record to be right, with an instruction. */
static void fill_place(struct subject *s)
{
	static const uint64_t insn[FIELD_COUNT] = {
		[FIELD_LUI] = 0x37, [FIELD_AUIPC] = 0x17,
		[FIELD_CALL] = UINT64_C(0x000080e700000097),
		[FIELD_CLUI] = 0x6081, [FIELD_J] = 0x6f, [FIELD_B] = 0x63,
		[FIELD_CJ] = 0xa001, [FIELD_CB] = 0xc001,
	};
	const struct reloc *row = reloc_row(s->type);
	enum field_id f = row->field;
	uint64_t V = value_of(s, s->sym) + (uint64_t)s->addend -
		     (row->pc ? s->base + PLACE : 0);

	if (s->minus)
		V -= value_of(s, s->minus);
	V = wrap(s->xlen, V);
	field_store(f, s->text + PLACE, field_encode(f, insn[f], V));
}

static void add_records(struct subject *s)
{
	add_record(&s->records, s->xlen, s->base + PLACE, s->type, s->sym,
		   s->addend);
	if (s->minus)
		add_record(&s->records, s->xlen, s->base + PLACE,
			   s->type - RELOC_ADD32 + RELOC_SUB32, s->minus, 0);
}

/* Builds the plan of what is set in *s; the table is the test's affair. */
static void subject_plan(struct subject *s)
{
	struct plan_options opt = { .debug = DEBUG_IGNORE };

	if (!s->align)
		s->align = 0x1000;
	made_init(&s->m, s->xlen);
	made_symbol(&s->m, "moving", s->base + LABEL, STB_GLOBAL, STT_NOTYPE,
		    TEXT);
	made_symbol(&s->m, "constant", s->constant, STB_GLOBAL, STT_NOTYPE,
		    SYM_ABS);
	made_symbol(&s->m, "weak", 0, STB_WEAK, STT_NOTYPE, SHN_UNDEF);
	fill_place(s);
	add_records(s);
	made_section(&s->m, (struct section){ .name = ".text",
		.type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_EXECINSTR,
		.addr = s->base, .data = s->text, .size = SIZE,
		.align = s->align });
	made_section(&s->m, (struct section){ .name = ".rela.text",
		.type = SHT_RELA, .data = s->records.at, .size = s->records.n,
		.info = TEXT, .link = SYMTAB, .align = s->xlen / 8,
		.entsize = record_size(s->xlen) });
	made_tables(&s->m);
	s->img = made_image(&s->m);
	diag_init(&s->d, 20);
	s->p = plan_build(&s->img, &opt, &s->d);
	ck_assert_ptr_nonnull(s->p);
	ck_assert_msg(!s->d.errors, "%s", s->d.n ? s->d.entry[0].text : "?");
}

static void subject_free(struct subject *s)
{
	table_free(&s->t);
	plan_free(s->p);
	diag_free(&s->d);
	made_free(&s->m);
	bytes_free(&s->records);
}

/* --- Kinds. --- */

static const struct {
	unsigned xlen;
	uint32_t type, sym, minus;
	int kind;		/* -1: there is no place; TABLE_KINDS: refused */
} kinds[] = {
	{ 64, RELOC_64, MOVING, 0, TABLE_WORD },
	{ 64, RELOC_ADD64, MOVING, CONSTANT, TABLE_WORD },
	{ 64, RELOC_ADD64, CONSTANT, MOVING, TABLE_WORD_SUB },
	{ 64, RELOC_ADD64, MOVING, MOVING, -1 },
	{ 64, RELOC_64, CONSTANT, 0, -1 },
	{ 64, RELOC_32, MOVING, 0, TABLE_HALF },
	{ 64, RELOC_ADD32, CONSTANT, MOVING, TABLE_HALF_SUB },
	{ 64, RELOC_32_PCREL, CONSTANT, 0, TABLE_HALF_SUB },
	{ 64, RELOC_32_PCREL, MOVING, 0, -1 },
	{ 64, RELOC_HI20, MOVING, 0, TABLE_HALF },
	{ 64, RELOC_PCREL_HI20, CONSTANT, 0, TABLE_HALF_SUB },
	{ 64, RELOC_PCREL_HI20, WEAK, 0, TABLE_HALF_SUB },
	{ 64, RELOC_PCREL_HI20, MOVING, 0, -1 },
	{ 64, RELOC_CALL_PLT, CONSTANT, 0, TABLE_HALF_SUB },
	{ 64, RELOC_CALL_PLT, WEAK, 0, -1 },
	{ 32, RELOC_32, MOVING, 0, TABLE_WORD },
	{ 32, RELOC_ADD32, CONSTANT, MOVING, TABLE_WORD_SUB },
	{ 32, RELOC_32_PCREL, CONSTANT, 0, TABLE_WORD_SUB },
	{ 32, RELOC_HI20, MOVING, 0, TABLE_WORD },
	{ 32, RELOC_PCREL_HI20, CONSTANT, 0, TABLE_WORD_SUB },
	{ 32, RELOC_CALL, CONSTANT, 0, TABLE_WORD_SUB },
	{ 32, RELOC_64, MOVING, 0, TABLE_KINDS },
	{ 64, RELOC_JAL, CONSTANT, 0, TABLE_KINDS },
	{ 64, RELOC_RVC_JUMP, CONSTANT, 0, TABLE_KINDS },
	{ 64, RELOC_BRANCH, CONSTANT, 0, TABLE_KINDS },
	{ 64, RELOC_RVC_BRANCH, CONSTANT, 0, TABLE_KINDS },
	{ 32, RELOC_JAL, CONSTANT, 0, TABLE_KINDS },
};

START_TEST(kind_of_each_field)
{
	uint64_t base = kinds[_i].xlen == 64 ? TOP_2G + 0x1000000 :
						UINT64_C(0x80000000);
	struct subject s = {
		.xlen = kinds[_i].xlen, .base = base, .type = kinds[_i].type,
		.sym = kinds[_i].sym, .minus = kinds[_i].minus,
		/* In reach of a branch, and of an auipc. */
		.constant = reloc_is_jump(reloc_row(kinds[_i].type)) ?
			    base - 0x80 : base - 0x100000,
	};
	char want[64];

	subject_plan(&s);
	if (kinds[_i].kind == TABLE_KINDS) {
		ck_assert(!table_build(s.p, &s.t));
		ck_assert_uint_eq(s.d.errors, 1);
		snprintf(want, sizeof(want), "%s against %s: ",
			 reloc_row(s.type)->name,
			 s.sym == MOVING ? "moving" : "constant");
		ck_assert_ptr_nonnull(strstr(s.d.entry[0].text, want));
		ck_assert_uint_eq(s.d.entry[0].off, PLACE);
	} else {
		ck_assert(table_build(s.p, &s.t));
		ck_assert_uint_eq(s.t.n, kinds[_i].kind >= 0);
		if (s.t.n) {
			ck_assert_uint_eq(s.t.place[0].off, PLACE);
			ck_assert_int_eq(s.t.place[0].kind, kinds[_i].kind);
		}
		ck_assert_uint_eq(s.t.base, base);
		ck_assert_uint_eq(s.t.size, SIZE);
		ck_assert_uint_eq(s.t.align, 0x1000);
	}
	subject_free(&s);
}
END_TEST

/* c.lui reaches 128 KiB, so the image is a low one. */
START_TEST(kind_of_clui)
{
	struct subject s = { .xlen = _i ? 64 : 32, .base = 0x8000,
			     .type = RELOC_RVC_LUI, .sym = MOVING };

	s.constant = UINT64_C(0x12345678);
	subject_plan(&s);
	ck_assert(table_build(s.p, &s.t));
	ck_assert_uint_eq(s.t.n, 1);
	ck_assert_int_eq(s.t.place[0].kind, TABLE_CLUI);
	ck_assert_uint_eq(s.t.reach_lo, 0x1000);
	ck_assert_uint_eq(s.t.reach_hi, 0x1f000);
	subject_free(&s);
}
END_TEST

/* --- Reach. --- */

/*
 * Whether retargeting manages that shift without another instruction, or
 * another sign in a c.lui, which boot/ does not write.
 */
static bool accepts(struct plan *p, uint64_t delta)
{
	uint64_t errors = p->d->errors;
	const struct edit *e;
	bool ok;

	plan_target(p, delta);
	ok = p->d->errors == errors;
	e = p->edits.at;
	for (size_t i = 0; i < p->edits.n; i++)
		if (e[i].bytes == 4 && (e[i].word & 0x7f) == 0x37 &&
		    reloc_row(record_get(p->img->sec[RELA].data, p->img->xlen,
					 0).type)->field == FIELD_AUIPC)
			ok = false;
		else if (e[i].bytes == 2 &&
			 (e[i].word ^ get16(p->img->sec[TEXT].data + e[i].pos -
				p->img->sec[TEXT].offset)) & 0x1000)
			ok = false;
	p->delta = 0;
	p->edits.n = 0;
	return ok;
}

static void check_reach(struct subject *s)
{
	const struct table *t = &s->t;
	uint64_t last = addr_top(s->xlen) - SIZE + 1;
	uint64_t seed = s->base ^ s->type;

	ck_assert(table_build(s->p, &s->t));
	ck_assert_uint_le(t->reach_lo, t->base);
	ck_assert_uint_ge(t->reach_hi, t->base);
	ck_assert_uint_le(t->reach_hi, last);
	ck_assert_uint_eq((t->base - t->reach_lo) % t->align, 0);
	ck_assert_uint_eq((t->reach_hi - t->base) % t->align, 0);
	ck_assert(accepts(s->p, t->reach_lo - t->base));
	ck_assert(accepts(s->p, t->reach_hi - t->base));
	if (t->reach_lo >= t->align)
		ck_assert_msg(!accepts(s->p, t->reach_lo - t->align - t->base),
			      "type %u: 0x%lx is not the lowest", s->type,
			      (unsigned long)t->reach_lo);
	if (last - t->reach_hi >= t->align)
		ck_assert_msg(!accepts(s->p, t->reach_hi + t->align - t->base),
			      "type %u: 0x%lx is not the highest", s->type,
			      (unsigned long)t->reach_hi);
	for (int i = 0; i < 50; i++) {
		uint64_t steps = (t->reach_hi - t->reach_lo) / t->align;
		uint64_t at = t->reach_lo + t->align *
			      (steps == UINT64_MAX ? random_next(&seed) :
			       random_next(&seed) % (steps + 1));

		ck_assert(accepts(s->p, at - t->base));
	}
}

static const struct reach {
	unsigned xlen;
	uint64_t base, align;
	uint32_t type, sym, minus;
	uint64_t constant;
	int64_t addend;
	uint64_t lo, hi;	/* as they must come out */
} reaches[] = {
	/* Words go anywhere. */
	{ 64, TOP_2G, 0x1000, RELOC_64, MOVING, 0, 0, 0,
	  0, UINT64_C(0xfffffffffffff000) },
	{ 32, 0x80000000, 0x1000, RELOC_32, MOVING, 0, 0, 0, 0, 0xfffff000 },
	{ 32, 0x80000000, 0x1000, RELOC_HI20, MOVING, 0, 0, 0, 0, 0xfffff000 },
	{ 32, 0x80000000, 0x1000, RELOC_PCREL_HI20, CONSTANT, 0, 0x1000, 0,
	  0, 0xfffff000 },
	/* Rounded, 0x7ffffff0 does not fit an auipc any more. */
	{ 64, TOP_2G + 0x400000, 0x1000, RELOC_PCREL_HI20, WEAK, 0, 0, 0,
	  TOP_2G + 0x1000, UINT64_C(0xfffffffffffff000) },
	{ 64, TOP_2G + 0x400000, 0x200000, RELOC_PCREL_HI20, WEAK, 0, 0, 0,
	  TOP_2G + 0x200000, UINT64_C(0xffffffffffe00000) },
	{ 64, TOP_2G + 0x400000, 0x1000, RELOC_CALL_PLT, CONSTANT, 0, 0x7000, 0,
	  TOP_2G + 0x8000, UINT64_C(0xfffffffffffff000) },
	/* The other way round. */
	{ 64, UINT64_C(0x40000000), 0x1000, RELOC_PCREL_HI20, CONSTANT, 0,
	  0, 0, 0, UINT64_C(0x80000000) },
	/* Read with sign, without, or either way. */
	{ 64, TOP_2G + 0x10000000, 0x1000, RELOC_32, MOVING, 0, 0, 0,
	  TOP_2G, UINT64_C(0xfffffffffffff000) },
	{ 64, UINT64_C(0x90000000), 0x1000, RELOC_32, MOVING, 0, 0, 0,
	  0, UINT64_C(0xfffff000) },
	{ 64, UINT64_C(0x10000000), 0x1000, RELOC_32, MOVING, 0, 0, 0,
	  0, UINT64_C(0xfffff000) },
	/* Cut off already, so that nothing is lost. */
	{ 64, UINT64_C(0x7000000000), 0x1000, RELOC_32, MOVING, 0, 0, 0,
	  0, UINT64_C(0xfffffffffffff000) },
	{ 64, TOP_2G + 0x10000000, 0x200000, RELOC_HI20, MOVING, 0, 0, 0,
	  TOP_2G, UINT64_C(0xffffffffffe00000) },
	{ 64, UINT64_C(0x10000000), 0x1000, RELOC_HI20, MOVING, 0, 0, 0,
	  0, UINT64_C(0x7ffff000) },
	/* Rounds up to 0x80000000 from here on. */
	{ 64, UINT64_C(0x10000000), 0x1000, RELOC_HI20, MOVING, 0, 0, 0x7e0,
	  0, UINT64_C(0x7fffe000) },
	{ 64, UINT64_C(0x90000000), 0x1000, RELOC_32_PCREL, CONSTANT, 0,
	  UINT64_C(0xa0000000), 0,
	  UINT64_C(0x20000000), UINT64_C(0x11ffff000) },
	{ 64, UINT64_C(0x40000000), 0x1000, RELOC_ADD32, CONSTANT, MOVING,
	  UINT64_C(0x10000000), 0, 0, UINT64_C(0x8ffff000) },
	{ 64, UINT64_C(0x40000000), 0x1000, RELOC_ADD32, MOVING, CONSTANT,
	  UINT64_C(0x10000000), 0,
	  0, UINT64_C(0x10ffff000) },
	/* A c.lui of 0 is no c.lui, and boot/ does not lead to the other side. */
	{ 64, 0x1e000, 0x1000, RELOC_RVC_LUI, MOVING, 0, 0x12345678, 0,
	  0x1000, 0x1f000 },
	{ 64, 0x6000, 0x2000, RELOC_RVC_LUI, MOVING, 0, 0x12345678, 0x1000,
	  0, 0x1e000 },
	{ 64, 0x6000, 0x2000, RELOC_RVC_LUI, MOVING, 0, 0x12345678, -0x9000,
	  0, 0x8000 },
	{ 64, 0x6000, 0x2000, RELOC_RVC_LUI, MOVING, 0, 0x12345678, -0xa000,
	  0, 0x8000 },
	{ 32, UINT64_C(0xffff0000), 0x1000, RELOC_RVC_LUI, MOVING, 0, 0, 0,
	  UINT64_C(0xfffe0000), UINT64_C(0xfffff000) },
};

static struct subject reach_subject(const struct reach *r)
{
	return (struct subject){
		.xlen = r->xlen, .base = r->base, .align = r->align,
		.type = r->type, .sym = r->sym, .minus = r->minus,
		.constant = r->constant, .addend = r->addend,
	};
}

START_TEST(reach_is_exact)
{
	struct subject s = reach_subject(&reaches[_i]);

	subject_plan(&s);
	check_reach(&s);
	ck_assert_uint_eq(s.t.reach_lo, reaches[_i].lo);
	ck_assert_uint_eq(s.t.reach_hi, reaches[_i].hi);
	subject_free(&s);
}
END_TEST

/* Any that it can hold. */
static uint64_t clui_value(uint64_t random)
{
	uint64_t v = random % 0x40 * 0x1000 - 0x20000;

	return v ? v : 0x1000;
}

/* The same with addends, constants and alignments of all sorts. */
START_TEST(reach_of_random_fields)
{
	uint64_t seed = (uint64_t)_i + 1;

	for (int n = 0; n < 40; n++) {
		struct subject s = reach_subject(&reaches[_i]);
		uint64_t by = random_next(&seed) % 0x40000000;

		s.align = UINT64_C(0x1000) << random_next(&seed) % 10;
		s.base = s.base / s.align * s.align;
		if (!s.base)
			s.base = s.align;
		if (s.type == RELOC_RVC_LUI)
			s.addend = (int64_t)(clui_value(by) - s.base - LABEL);
		else if (s.constant)
			s.constant += by % 0x8000;
		else
			s.addend += (int64_t)(by % 0x800);
		subject_plan(&s);
		check_reach(&s);
		subject_free(&s);
	}
}
END_TEST

/* --- After a shift. --- */

/* The table of what retargeting leaves is that of the image linked there. */
START_TEST(table_follows_a_shift)
{
	struct subject s = { .xlen = 64, .base = TOP_2G, .type = RELOC_HI20,
			     .sym = MOVING, .constant = 0x1234 };
	struct subject there = s;
	uint64_t delta = 0x10000000;

	there.base += delta;
	subject_plan(&s);
	subject_plan(&there);
	plan_target(s.p, delta);
	ck_assert(table_build(s.p, &s.t));
	ck_assert(table_build(there.p, &there.t));
	ck_assert_uint_eq(s.t.base, there.t.base);
	ck_assert_uint_eq(s.t.reach_lo, there.t.reach_lo);
	ck_assert_uint_eq(s.t.reach_hi, there.t.reach_hi);
	ck_assert_uint_eq(s.t.n, 1);
	ck_assert_uint_eq(s.t.place->off, there.t.place->off);
	ck_assert_int_eq(s.t.place->kind, there.t.place->kind);
	subject_free(&s);
	subject_free(&there);
}
END_TEST

/* An auipc that became lui holds a constant: no place any more. */
START_TEST(converted_auipc_is_no_place)
{
	struct subject s = { .xlen = 64, .base = TOP_2G + 0x1000,
			     .sym = WEAK, .type = RELOC_PCREL_HI20 };

	subject_plan(&s);
	ck_assert(table_build(s.p, &s.t));
	ck_assert_uint_eq(s.t.n, 1);
	table_free(&s.t);
	plan_target(s.p, UINT64_C(-0x10000000));
	ck_assert(table_build(s.p, &s.t));
	ck_assert_uint_eq(s.t.n, 0);
	ck_assert_uint_eq(s.t.reach_lo, 0);
	subject_free(&s);
}
END_TEST

Suite *table_suite(void)
{
	Suite *s = suite_create("table");
	TCase *tc = unit_case(s, "kinds");

	tcase_add_loop_test(tc, kind_of_each_field, 0, COUNT_OF(kinds));
	tcase_add_loop_test(tc, kind_of_clui, 0, 2);
	tc = unit_case(s, "reach");
	tcase_add_loop_test(tc, reach_is_exact, 0, COUNT_OF(reaches));
	tcase_add_loop_test(tc, reach_of_random_fields, 0, COUNT_OF(reaches));
	tc = unit_case(s, "after a shift");
	tcase_add_test(tc, table_follows_a_shift);
	tcase_add_test(tc, converted_auipc_is_no_place);
	return s;
}
