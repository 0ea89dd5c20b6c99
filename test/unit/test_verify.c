/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "relocator/verify.h"

#include <inttypes.h>

#include "maker.h"

enum { TEXT = 1, DATA, BSS, TDATA, EH_FRAME, RELA_TEXT, SECTIONS };

/* Low enough for lui, high enough to be no number. */
#define LO	UINT64_C(0x40000000)
#define HI	(LO + 0x5000)
#define HERE	(LO + 0x40)	/* the place that is judged */
#define GP	(LO + 0x1800)

/* Symbols, in the order in which they are made. */
enum {
	NONE, FUNC, OBJ, NUMBER, NEAR, WEAK, TLS, TLS_SECTION, IFUNC, LABEL,
	FAR_LABEL, ELSEWHERE, LOST, PLT, ZERO, GONE
};
#define S_FUNC	(LO + 0x100)
#define S_OBJ	(LO + 0x1010)
#define S_NUMBER	UINT64_C(0x1234)
#define S_NEAR	(LO - 0x11000)	/* a constant that jumps reach */
#define S_IFUNC	(LO + 0x200)
#define AT_LABEL	(LO + 0x20)	/* where PCREL_LO12s look for a HI20 */

struct scene {
	struct made made;
	struct image img;
	struct model m;
	struct verifier v;
	struct diag d;
	struct relsec rel;
	struct hi hi[3];
	struct dynamic_place dynamic[3];
	struct bytes records;
	uint8_t text[0x1000], data[0x1000];
};

static void make_symbols(struct made *m)
{
	static const struct {
		uint64_t value;
		uint32_t shndx, index;
		unsigned type;
	} rows[] = {
		{ S_FUNC, TEXT, FUNC, STT_FUNC },
		{ S_OBJ, DATA, OBJ, STT_OBJECT },
		{ S_NUMBER, SYM_ABS, NUMBER, STT_NOTYPE },
		{ S_NEAR, SYM_ABS, NEAR, STT_NOTYPE },
		{ 0, SHN_UNDEF, WEAK, STT_NOTYPE },
		{ 0x18, TDATA, TLS, STT_TLS },
		{ LO + 0x3000, TDATA, TLS_SECTION, STT_SECTION },
		{ S_IFUNC, TEXT, IFUNC, STT_GNU_IFUNC },
		{ AT_LABEL, TEXT, LABEL, STT_NOTYPE },
		{ AT_LABEL + 4, TEXT, FAR_LABEL, STT_NOTYPE },
		{ AT_LABEL, DATA, ELSEWHERE, STT_NOTYPE },
		{ S_OBJ, 99, LOST, STT_OBJECT },
		{ S_FUNC, SHN_UNDEF, PLT, STT_FUNC },
		{ 0, SYM_ABS, ZERO, STT_NOTYPE },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++)
		ck_assert_uint_eq(made_symbol(m, "s", rows[i].value,
			STB_GLOBAL, rows[i].type, rows[i].shndx),
			rows[i].index);
}

static void scene_open(struct scene *s, unsigned xlen, uint64_t base)
{
	const struct section sections[SECTIONS] = {
		[TEXT] = { .name = ".text", .data = s->text, .addr = base,
			   .size = sizeof(s->text), .type = SHT_PROGBITS,
			   .flags = SHF_ALLOC | SHF_EXECINSTR },
		[DATA] = { .name = ".data", .data = s->data,
			   .addr = base + 0x1000, .size = sizeof(s->data),
			   .type = SHT_PROGBITS, .flags = SHF_ALLOC },
		[BSS] = { .name = ".bss", .addr = base + 0x2000,
			  .size = 0x1000, .type = SHT_NOBITS,
			  .flags = SHF_ALLOC },
		[TDATA] = { .name = ".tdata", .data = s->data,
			    .addr = base + 0x3000, .size = 0x100,
			    .type = SHT_PROGBITS,
			    .flags = SHF_ALLOC | SHF_TLS },
		[EH_FRAME] = { .name = ".eh_frame", .data = s->data,
			       .addr = base + 0x4000, .size = 0x1000,
			       .type = SHT_PROGBITS, .flags = SHF_ALLOC },
		[RELA_TEXT] = { .name = ".rela.text", .type = SHT_RELA },
	};

	*s = (struct scene){ 0 };
	made_init(&s->made, xlen);
	for (uint32_t i = TEXT; i < SECTIONS; i++)
		made_section(&s->made, sections[i]);
	made_segment(&s->made, PT_LOAD, TEXT, EH_FRAME, 0x1000);
	made_segment(&s->made, PT_TLS, TDATA, TDATA, 8);
	make_symbols(&s->made);
	s->img = made_image(&s->made);
	diag_init(&s->d, 20);
	ck_assert(model_init(&s->m, &s->img, NULL, NULL, &s->d));
	s->rel = (struct relsec){ .rela = RELA_TEXT, .target = TEXT };
	s->v = (struct verifier){ .m = &s->m, .rel = &s->rel, .hi = s->hi,
				  .dynamic = s->dynamic };
}

static void scene_close(struct scene *s)
{
	model_free(&s->m);
	made_free(&s->made);
	diag_free(&s->d);
	bytes_free(&s->records);
}

/* Room for the widest field, and none of it beyond. */
static struct place place_at(const uint8_t *bytes, uint64_t addr)
{
	return (struct place){ .bytes = bytes, .P = addr, .room = 8,
			       .shndx = TEXT };
}

static struct record record_of(uint32_t type, uint32_t sym, int64_t addend)
{
	return (struct record){ .offset = HERE, .type = type, .sym = sym,
				.addend = addend };
}

/* Judges a record at HERE on `word`. */
static struct finding judge(struct scene *s, uint32_t type, uint32_t sym,
			    int64_t addend, uint64_t word)
{
	struct record r = record_of(type, sym, addend);
	uint8_t bytes[8];
	struct place at = place_at(bytes, HERE);
	struct symbol symbol;

	if (sym < s->img.symtab.n)
		symbol = symtab_get(&s->img.symtab, sym);
	putle(bytes, word, sizeof(bytes));
	return verify_record(&s->v, &at, &r,
			     sym < s->img.symtab.n ? &symbol : NULL);
}

/* Instructions with nothing in their fields. */
enum insn {
	DATA_WORD = 0,
	LUI = 0x00000537, AUIPC = 0x00000517,	/* a0 */
	LOAD_A0 = 0x00053503,			/* ld a0, 0(a0) */
	ADDI_A0 = 0x00050513,
	LOAD_GP = 0x0001b503, LOAD_X0 = 0x00003503,
	STORE_A0 = 0x00a53023, STORE_GP = 0x00a1b023, STORE_X0 = 0x00a03023,
	BEQ = 0x00b50063, JAL = 0x000000ef,
	C_BEQZ = 0xc101, C_J = 0xa001, C_LUI = 0x6501,
};
#define CALL	UINT64_C(0x000080e700000097)	/* auipc ra; jalr ra, ra */

#define NEG(v)	((uint64_t)-(int64_t)(v))

/* --- Records that agree, and what a move adds to them. --- */

static const struct agreeing {
	uint32_t type, sym;
	int64_t addend;
	uint64_t insn, value;	/* before its part is taken */
	int change;
} agreeing[] = {
	{ RELOC_64, OBJ, 8, DATA_WORD, S_OBJ + 8, 1 },
	{ RELOC_64, NUMBER, -4, DATA_WORD, S_NUMBER - 4, 0 },
	{ RELOC_64, WEAK, 0, DATA_WORD, 0, 0 },
	{ RELOC_64, NONE, 5, DATA_WORD, 5, 0 },
	{ RELOC_32, OBJ, 8, DATA_WORD, S_OBJ + 8, 1 },
	{ RELOC_32, NUMBER, 0, DATA_WORD, S_NUMBER, 0 },
	{ RELOC_32, NUMBER, INT64_C(0x700000000), DATA_WORD,
	  S_NUMBER + 0x700000000, 0 },	/* cut short, as linkers do */
	{ RELOC_BRANCH, FUNC, 0, BEQ, S_FUNC - HERE, 0 },
	{ RELOC_JAL, FUNC, 4, JAL, S_FUNC + 4 - HERE, 0 },
	{ RELOC_JAL, NEAR, 0, JAL, S_NEAR - HERE, -1 },
	{ RELOC_CALL, FUNC, 0, CALL, S_FUNC - HERE, 0 },
	{ RELOC_CALL_PLT, FUNC, 0, CALL, S_FUNC - HERE, 0 },
	{ RELOC_CALL_PLT, NUMBER, 0, CALL, S_NUMBER - HERE, -1 },
	{ RELOC_CALL_PLT, WEAK, 0, CALL, -HERE, -1 },
	{ RELOC_RVC_BRANCH, FUNC, 0, C_BEQZ, S_FUNC - HERE, 0 },
	{ RELOC_RVC_JUMP, FUNC, -8, C_J, S_FUNC - 8 - HERE, 0 },
	{ RELOC_PCREL_HI20, OBJ, 0x7f0, AUIPC, S_OBJ + 0x7f0 - HERE, 0 },
	{ RELOC_PCREL_HI20, OBJ, 0x830, AUIPC, S_OBJ + 0x830 - HERE, 0 },
	{ RELOC_PCREL_HI20, NUMBER, 0, AUIPC, S_NUMBER - HERE, -1 },
	{ RELOC_PCREL_HI20, WEAK, 0, AUIPC, -HERE, -1 },
	{ RELOC_HI20, OBJ, 0, LUI, S_OBJ, 1 },
	{ RELOC_HI20, OBJ, 0x7f0, LUI, S_OBJ + 0x7f0, 1 },
	{ RELOC_HI20, NUMBER, 0, LUI, S_NUMBER, 0 },
	{ RELOC_LO12_I, OBJ, 0x7f0, LOAD_A0, S_OBJ + 0x7f0, 0 },
	{ RELOC_LO12_S, OBJ, 8, STORE_A0, S_OBJ + 8, 0 },
	{ RELOC_LO12_I, NUMBER, 0, LOAD_X0, S_NUMBER, 0 },
	{ RELOC_LO12_S, WEAK, 16, STORE_X0, 16, 0 },
	{ RELOC_RVC_LUI, NUMBER, 0, C_LUI, S_NUMBER, 0 },
	{ RELOC_TPREL_HI20, TLS, 0x12000, LUI, 0x12018, 0 },
	{ RELOC_TPREL_LO12_I, TLS, 0, LOAD_A0, 0x18, 0 },
	{ RELOC_TPREL_LO12_S, TLS, 8, STORE_A0, 0x20, 0 },
	{ RELOC_TPREL_I, TLS, 8, LOAD_A0, 0x20, 0 },
	{ RELOC_TPREL_S, TLS_SECTION, 8, STORE_A0, 8, 0 },
	{ RELOC_32_PCREL, OBJ, 0, DATA_WORD, S_OBJ - HERE, 0 },
	{ RELOC_32_PCREL, NUMBER, 0, DATA_WORD, S_NUMBER - HERE, -1 },
	{ RELOC_PLT32, FUNC, 0, DATA_WORD, S_FUNC - HERE, 0 },
	/* GNU ld takes gp off the addend; lld's own types leave it. */
	{ RELOC_GPREL_I, OBJ, -(int64_t)GP, LOAD_GP, S_OBJ - GP, 0 },
	{ RELOC_GPREL_S, OBJ, -(int64_t)GP, STORE_GP, S_OBJ - GP, 0 },
	{ RELOC_GPREL_I, NUMBER, -0x1000, LOAD_X0, S_NUMBER - 0x1000, 0 },
	{ RELOC_GPREL_I, NUMBER, 8 - (int64_t)S_NUMBER, LOAD_GP, 8, -1 },
	{ RELOC_GPREL_S, WEAK, 8, STORE_X0, 8, 0 },
	{ RELOC_LLD_GPREL_I, OBJ, 0, LOAD_GP, S_OBJ - GP, 0 },
	{ RELOC_LLD_GPREL_S, OBJ, 4, STORE_GP, S_OBJ + 4 - GP, 0 },
	/* Markers say nothing, whatever lies there. */
	{ RELOC_NONE, OBJ, 77, DATA_WORD, 0x123, 0 },
	{ RELOC_RELAX, NONE, 4, BEQ, 0, 0 },
	{ RELOC_ALIGN, NONE, 6, BEQ, 0, 0 },
	{ RELOC_TPREL_ADD, TLS, 0, BEQ, 0, 0 },
	{ RELOC_TLSDESC_CALL, LABEL, 0, BEQ, 0, 0 },
};

/* Where the value of a row goes in its instruction. */
static uint64_t word_of(const struct agreeing *a, uint64_t value)
{
	const struct reloc *row = reloc_row(a->type);

	if (row->op == OP_MARK)
		return a->insn;
	if (row->part == PART_LO12)
		value = field_lower(value);
	return field_encode(row->field, a->insn, value);
}

static void open_default(struct scene *s)
{
	scene_open(s, 64, LO);
	s->v.gp = GP;
}

START_TEST(records_that_agree)
{
	const struct agreeing *a = &agreeing[_i];
	struct finding f;
	struct scene s;

	open_default(&s);
	f = judge(&s, a->type, a->sym, a->addend, word_of(a, a->value));
	ck_assert_msg(f.verdict == AGREES, "%s: %s; 0x%" PRIx64 ", not 0x%" PRIx64,
		      f.row->name, f.why ? f.why : "", f.value, f.expected);
	ck_assert_int_eq(f.change, a->change);
	ck_assert_ptr_eq(f.row, reloc_row(a->type));
	ck_assert_uint_eq(f.slot, 0);
	if (f.row->op == OP_SET && f.row->anchor == ANCHOR_SYM)
		ck_assert_uint_eq(f.V, a->value);
	scene_close(&s);
}
END_TEST

/* The least change of each value, and no other instruction will do. */
START_TEST(and_would_not_otherwise)
{
	const struct agreeing *a = &agreeing[_i];
	const struct reloc *row = reloc_row(a->type);
	uint64_t step = row->part == PART_HI20 ? 0x1000 :
			reloc_is_jump(row) && row->field != FIELD_CALL ? 2 : 1;
	uint64_t other = fields[row->field].bytes == 2 ? 3 : 0x70;
	enum verdict want = row->op == OP_MARK ? AGREES :
			    a->sym == WEAK && reloc_is_jump(row) ? EXCUSED :
			    STALE;
	struct finding f;
	struct scene s;

	open_default(&s);
	f = judge(&s, a->type, a->sym, a->addend, word_of(a, a->value + step));
	ck_assert_int_eq(f.verdict, want);
	f = judge(&s, a->type, a->sym, a->addend, word_of(a, a->value - step));
	ck_assert_int_eq(f.verdict, want);
	if (fields[row->field].opcodes) {
		f = judge(&s, a->type, a->sym, a->addend,
			  word_of(a, a->value) ^ other);
		ck_assert_int_eq(f.verdict, want);
		ck_assert_str_eq(f.why, want == STALE ?
				 "the instruction there is of another kind" :
				 "call of an undefined weak symbol");
	}
	if (fields[row->field].opcodes2) {
		f = judge(&s, a->type, a->sym, a->addend,
			  word_of(a, a->value) ^ other << 32);
		ck_assert_int_eq(f.verdict, want);
	}
	scene_close(&s);
}
END_TEST

/* --- What is refused. --- */

static const struct refused {
	uint32_t type, sym;
	int64_t addend;
	uint64_t insn, value;
	const char *why;
} refused[] = {
	{ RELOC_LO12_I, OBJ, 0, LOAD_X0, S_OBJ, "relative to address 0" },
	{ RELOC_LO12_S, FUNC, 4, STORE_X0, S_FUNC + 4, "relative to address 0" },
	{ 200, OBJ, 0, DATA_WORD, 0, "unknown relocation type" },
	{ 42, OBJ, 0, DATA_WORD, 0, "unknown relocation type" },
	{ UINT32_MAX, OBJ, 0, DATA_WORD, 0, "unknown relocation type" },
	{ RELOC_RELATIVE, NONE, 0, DATA_WORD, 0, "dynamic" },
	{ RELOC_COPY, OBJ, 0, DATA_WORD, 0, "dynamic" },
	{ RELOC_IRELATIVE, NONE, 0, DATA_WORD, 0, "dynamic" },
	{ RELOC_TLS_DTPMOD64, TLS, 0, DATA_WORD, 0, "dynamic" },
	{ RELOC_64, GONE, 0, DATA_WORD, 0, "symbol index is out of range" },
	{ RELOC_JAL, GONE, 0, JAL, 0, "symbol index is out of range" },
	{ RELOC_64, LOST, 0, DATA_WORD, S_OBJ, "section does not exist" },
};

START_TEST(records_that_are_refused)
{
	const struct refused *r = &refused[_i];
	const struct reloc *row = reloc_row(r->type);
	uint64_t word = r->insn;
	struct finding f;
	struct scene s;

	open_default(&s);
	if (row && row->op == OP_SET)
		word = field_encode(row->field, word, row->part == PART_LO12 ?
				    field_lower(r->value) : r->value);
	f = judge(&s, r->type, r->sym, r->addend, word);
	ck_assert_int_eq(f.verdict, REFUSED);
	ck_assert_msg(strstr(f.why, r->why), "%s", f.why);
	scene_close(&s);
}
END_TEST

/* An access near address 0 of what moves, after GNU ld's relaxation. */
START_TEST(a_relaxed_access_near_0)
{
	struct finding f;
	struct scene s;

	scene_open(&s, 64, LO);
	s.m.lo = 0;	/* an image that begins at 0 */
	s.m.sec[TEXT].addr = 0;
	putle(s.made.symbols.at + FUNC * sizeof(Elf64_Sym) +
	      offsetof(Elf64_Sym, st_value), 0x100, 8);
	f = judge(&s, RELOC_GPREL_I, FUNC, 0,
		  field_encode(FIELD_I, LOAD_X0, 0x100));
	ck_assert_int_eq(f.verdict, REFUSED);
	f = judge(&s, RELOC_GPREL_I, FUNC, 0,
		  field_encode(FIELD_I, LOAD_X0, 0x104));
	ck_assert_int_eq(f.verdict, STALE);
	f = judge(&s, RELOC_GPREL_I, FUNC, 0,
		  field_encode(FIELD_I, LOAD_A0, 0x100));
	ck_assert_int_eq(f.verdict, STALE);
	ck_assert_str_eq(f.why, "its base register is not gp");
	scene_close(&s);
}
END_TEST

/* A field must lie in its section to the last byte. */
START_TEST(room_for_the_field)
{
	const struct agreeing *a = &agreeing[_i];
	const struct reloc *row = reloc_row(a->type);
	struct record r = record_of(a->type, a->sym, a->addend);
	uint8_t bytes[8];
	struct place at = place_at(bytes, HERE);
	struct finding f;
	struct symbol sym;
	struct scene s;

	open_default(&s);
	sym = symtab_get(&s.img.symtab, a->sym);
	putle(bytes, word_of(a, a->value), 8);
	at.room = fields[row->field].bytes;
	f = verify_record(&s.v, &at, &r, &sym);
	ck_assert_int_eq(f.verdict, AGREES);
	if (row->op != OP_MARK) {
		at.room--;
		f = verify_record(&s.v, &at, &r, &sym);
		ck_assert_int_eq(f.verdict, REFUSED);
		at.room = 8;
		at.bytes = NULL;
		f = verify_record(&s.v, &at, &r, &sym);
		ck_assert_int_eq(f.verdict, REFUSED);
		ck_assert_str_eq(f.why, "the section has no bytes in the file");
	}
	scene_close(&s);
}
END_TEST

/* --- Excuses. --- */

static const struct jump {
	uint32_t type;
	uint64_t insn;
} jumps[] = {
	{ RELOC_BRANCH, BEQ }, { RELOC_JAL, JAL }, { RELOC_CALL, CALL },
	{ RELOC_CALL_PLT, CALL }, { RELOC_RVC_BRANCH, C_BEQZ },
	{ RELOC_RVC_JUMP, C_J },
	/* GNU ld: auipc of 0 and jalr, or jalr alone, to address 0 */
	{ RELOC_CALL_PLT, UINT64_C(0x000080e700000097) },
	{ RELOC_CALL_PLT, UINT64_C(0x00000013000000e7) },
};

/* Nothing is there to call; what is there instead may stay. */
START_TEST(calls_of_undefined_weak_symbols)
{
	const struct jump *j = &jumps[_i];
	struct finding f;
	struct scene s;

	open_default(&s);
	f = judge(&s, j->type, WEAK, 0, j->insn);
	ck_assert_int_eq(f.verdict, EXCUSED);
	ck_assert_int_eq(f.change, 0);
	ck_assert_str_eq(f.why, "call of an undefined weak symbol");
	/* No excuse for a symbol that is somewhere. */
	f = judge(&s, j->type, FUNC, 0, j->insn);
	ck_assert_int_eq(f.verdict, STALE);
	f = judge(&s, j->type, NEAR, 0, j->insn);
	ck_assert_int_eq(f.verdict, STALE);
	f = judge(&s, j->type, PLT, 0, j->insn);
	ck_assert_int_eq(f.verdict, STALE);
	f = judge(&s, j->type, ZERO, 0, j->insn);
	ck_assert_int_eq(f.verdict, STALE);
	scene_close(&s);
}
END_TEST

START_TEST(data_of_undefined_weak_symbols_is_not_excused)
{
	struct finding f;
	struct scene s;

	open_default(&s);
	f = judge(&s, RELOC_PCREL_HI20, WEAK, 0, AUIPC);
	ck_assert_int_eq(f.verdict, STALE);
	f = judge(&s, RELOC_64, WEAK, 0, 8);
	ck_assert_int_eq(f.verdict, STALE);
	scene_close(&s);
}
END_TEST

/* References to an ifunc go to its PLT entry, which is in the image. */
START_TEST(ifuncs)
{
	struct finding f;
	struct scene s;

	open_default(&s);
	f = judge(&s, RELOC_64, IFUNC, 0, LO + 0x800);
	ck_assert_int_eq(f.verdict, EXCUSED);
	ck_assert_int_eq(f.change, 1);
	f = judge(&s, RELOC_CALL_PLT, IFUNC, 0,
		  field_encode(FIELD_CALL, CALL, 0x700));
	ck_assert_int_eq(f.verdict, EXCUSED);
	ck_assert_int_eq(f.change, 0);
	f = judge(&s, RELOC_PCREL_HI20, IFUNC, 0,
		  field_encode(FIELD_AUIPC, AUIPC, 0x2000));
	ck_assert_int_eq(f.verdict, EXCUSED);
	ck_assert_int_eq(f.change, 0);
	f = judge(&s, RELOC_HI20, IFUNC, 0,
		  field_encode(FIELD_LUI, LUI, LO + 0x2000));
	ck_assert_int_eq(f.verdict, EXCUSED);
	ck_assert_int_eq(f.change, 1);
	f = judge(&s, RELOC_LO12_I, IFUNC, 0,
		  field_encode(FIELD_I, LOAD_A0, 0x700));
	ck_assert_int_eq(f.verdict, EXCUSED);
	ck_assert_int_eq(f.change, 0);
	/* But not if it is no reference at all. */
	f = judge(&s, RELOC_CALL_PLT, IFUNC, 0, LOAD_A0);
	ck_assert_int_eq(f.verdict, STALE);
	/* A word that is no address of the image is not such a one. */
	f = judge(&s, RELOC_64, IFUNC, 0, LO - 8);
	ck_assert_int_eq(f.verdict, STALE);
	f = judge(&s, RELOC_64, IFUNC, 0, 0);
	ck_assert_int_eq(f.verdict, STALE);
	/* And of another symbol neither. */
	f = judge(&s, RELOC_64, FUNC, 0, LO + 0x800);
	ck_assert_int_eq(f.verdict, STALE);
	f = judge(&s, RELOC_64, IFUNC, 0, S_IFUNC);
	ck_assert_int_eq(f.verdict, AGREES);
	ck_assert_int_eq(f.change, 1);
	scene_close(&s);
}
END_TEST

/* Words that the dynamic loader writes may be 0 in the file. */
START_TEST(words_of_the_dynamic_loader)
{
	struct finding f;
	struct scene s;

	open_default(&s);
	s.dynamic[0] = (struct dynamic_place){ .addr = HERE - 8 };
	s.dynamic[1] = (struct dynamic_place){ .addr = HERE, .known = true,
					       .value = S_OBJ + 8 };
	s.dynamic[2] = (struct dynamic_place){ .addr = HERE + 8 };
	f = judge(&s, RELOC_64, OBJ, 8, 0);
	ck_assert_int_eq(f.verdict, STALE);	/* not looked at yet */
	s.v.ndynamic = 3;
	f = judge(&s, RELOC_64, OBJ, 8, 0);
	ck_assert_int_eq(f.verdict, EXCUSED);
	ck_assert_int_eq(f.change, 0);
	f = judge(&s, RELOC_64, OBJ, 16, 0);	/* it will be another value */
	ck_assert_int_eq(f.verdict, STALE);
	f = judge(&s, RELOC_64, OBJ, 8, 4);
	ck_assert_int_eq(f.verdict, STALE);
	f = judge(&s, RELOC_64, OBJ, 8, S_OBJ + 8);
	ck_assert_int_eq(f.verdict, AGREES);
	ck_assert_int_eq(f.change, 1);
	s.dynamic[1].known = false;
	f = judge(&s, RELOC_64, OBJ, 16, 0);
	ck_assert_int_eq(f.verdict, EXCUSED);
	f = judge(&s, RELOC_32_PCREL, OBJ, 16, 0);
	ck_assert_int_eq(f.verdict, STALE);
	s.dynamic[1].addr = HERE + 1;
	f = judge(&s, RELOC_64, OBJ, 16, 0);
	ck_assert_int_eq(f.verdict, STALE);
	scene_close(&s);
}
END_TEST

/* lld rewrites the section, and leaves the records of its input. */
START_TEST(unwind_tables_of_lld)
{
	struct record pc = record_of(RELOC_32_PCREL, FUNC, 0);
	struct record word = record_of(RELOC_64, FUNC, 0);
	uint8_t bytes[8] = { 0x55 };
	struct place at = place_at(bytes, LO + 0x4008);
	struct finding f;
	struct symbol sym;
	struct scene s;

	open_default(&s);
	sym = symtab_get(&s.img.symtab, FUNC);
	s.m.lld = _i % 2;
	at.shndx = _i / 2 ? EH_FRAME : TEXT;
	f = verify_record(&s.v, &at, &pc, &sym);
	ck_assert_int_eq(f.verdict, _i == 3 ? EXCUSED : STALE);
	ck_assert_int_eq(f.change, 0);
	at.room = 3;
	f = verify_record(&s.v, &at, &pc, &sym);
	ck_assert_int_eq(f.verdict, _i == 3 ? EXCUSED : REFUSED);
	ck_assert_int_eq(f.change, 0);
	at.room = 8;	/* an absolute address must be right, or it is lost */
	f = verify_record(&s.v, &at, &word, &sym);
	ck_assert_int_eq(f.verdict, STALE);
	scene_close(&s);
}
END_TEST

/* --- Pairs: a LO12 and the HI20 at its label. --- */

/* Puts a HI20 at AT_LABEL: its instruction, its record, and the index. */
static void put_hi(struct scene *s, uint32_t type, uint32_t sym,
		   int64_t addend, uint64_t insn, bool converted)
{
	putle(s->text + (AT_LABEL - LO), insn, 4);
	bytes_free(&s->records);
	add_record(&s->records, s->made.xlen, LO, RELOC_NONE, 0, 0);
	add_record(&s->records, s->made.xlen, AT_LABEL, type, sym, addend);
	s->made.sec[RELA_TEXT].data = s->records.at;
	s->made.sec[RELA_TEXT].size = s->records.n;
	s->hi[0] = (struct hi){ .addr = AT_LABEL - 8, .shndx = TEXT };
	s->hi[1] = (struct hi){ .addr = AT_LABEL, .shndx = TEXT, .type = (uint8_t)type,
				.rec = 1, .converted = converted };
	s->hi[2] = (struct hi){ .addr = AT_LABEL - 12, .shndx = DATA };
	s->v.nhi = 3;
}

static const struct pair {
	uint32_t lo;		/* type of the LO12 */
	uint64_t insn;
	uint32_t sym;		/* of the HI20 */
	int64_t addend;
	uint64_t S;
} pairs[] = {
	{ RELOC_PCREL_LO12_I, LOAD_A0, OBJ, 0x7f0, S_OBJ },
	{ RELOC_PCREL_LO12_I, LOAD_A0, OBJ, 0xff0, S_OBJ },
	{ RELOC_PCREL_LO12_S, STORE_A0, OBJ, 4, S_OBJ },
	{ RELOC_PCREL_LO12_S, STORE_A0, NUMBER, 0, S_NUMBER },
	{ RELOC_PCREL_LO12_I, LOAD_A0, WEAK, 0, 0 },
};

START_TEST(lower_parts_complete_upper_ones)
{
	const struct pair *p = &pairs[_i];
	enum field_id field = reloc_row(p->lo)->field;
	uint64_t V = p->S + (uint64_t)p->addend - AT_LABEL;
	uint64_t word = field_encode(field, p->insn, field_lower(V));
	struct finding f;
	struct scene s;

	open_default(&s);
	put_hi(&s, RELOC_PCREL_HI20, p->sym, p->addend,
	       field_encode(FIELD_AUIPC, AUIPC, V), false);
	f = judge(&s, p->lo, LABEL, 0, word);
	ck_assert_int_eq(f.verdict, AGREES);
	ck_assert_uint_eq(f.V, V);
	ck_assert_int_eq(f.change, 0);	/* it keeps the low 12 bits */
	ck_assert_uint_eq(f.slot, 0);
	/* Another value, label, section of the label. */
	f = judge(&s, p->lo, LABEL, 0, field_encode(field, p->insn,
						    field_lower(V + 8)));
	ck_assert_int_eq(f.verdict, STALE);
	f = judge(&s, p->lo, LABEL, 8, field_encode(field, p->insn,
						    field_lower(V + 8)));
	ck_assert_int_eq(f.verdict, AGREES);
	f = judge(&s, p->lo, FAR_LABEL, 0, word);
	ck_assert_int_eq(f.verdict, STALE);
	ck_assert_str_eq(f.why, "its label is at no HI20 record");
	f = judge(&s, p->lo, ELSEWHERE, 0, word);
	ck_assert_int_eq(f.verdict, STALE);
	scene_close(&s);
}
END_TEST

START_TEST(lower_parts_of_an_ifunc)
{
	struct finding f;
	struct scene s;

	open_default(&s);
	put_hi(&s, RELOC_PCREL_HI20, IFUNC, 0, AUIPC, false);
	f = judge(&s, RELOC_PCREL_LO12_I, LABEL, 0,
		  field_encode(FIELD_I, LOAD_A0, 0x123));
	ck_assert_int_eq(f.verdict, EXCUSED);
	ck_assert_int_eq(f.change, 0);
	scene_close(&s);
}
END_TEST

static const struct slot {
	uint32_t hi, sym;
	bool moves, tls, ifunc, undefined;
	uint64_t value;
} slots[] = {
	{ RELOC_GOT_HI20, OBJ, true, false, false, false, S_OBJ },
	{ RELOC_GOT_HI20, NUMBER, false, false, false, false, S_NUMBER },
	{ RELOC_GOT_HI20, WEAK, false, false, false, false, 0 },
	{ RELOC_GOT_HI20, IFUNC, true, false, true, false, S_IFUNC },
	{ RELOC_TLS_GOT_HI20, TLS, false, true, false, false, 0x18 },
	{ RELOC_TLS_GOT_HI20, OBJ, false, true, false, false, S_OBJ },
	{ RELOC_TLS_GD_HI20, TLS, false, true, false, false, 0x18 },
	{ RELOC_TLS_GOT_HI20, WEAK, false, true, false, true, 0 },
};

/* The slot is where auipc and load say, beyond a carry. */
START_TEST(slots_are_found_through_pairs)
{
	const struct slot *l = &slots[_i];
	struct finding f;
	struct scene s;

	open_default(&s);
	put_hi(&s, l->hi, l->sym, 0, field_encode(FIELD_AUIPC, AUIPC, 0x1ff0),
	       false);
	f = judge(&s, l->hi, l->sym, 0, get32(s.text + (AT_LABEL - LO)));
	ck_assert_int_eq(f.verdict, AGREES);
	ck_assert_int_eq(f.change, 0);
	ck_assert_uint_eq(f.slot, 0);	/* its lower part knows */
	f = judge(&s, RELOC_PCREL_LO12_I, LABEL, 0,
		  field_encode(FIELD_I, LOAD_A0, (uint64_t)-16));
	ck_assert_int_eq(f.verdict, AGREES);
	ck_assert_int_eq(f.change, 0);
	ck_assert_uint_eq(f.slot, AT_LABEL + 0x2000 - 16);
	ck_assert_int_eq(f.slot_moves, l->moves);
	ck_assert_int_eq(f.slot_tls, l->tls);
	ck_assert_int_eq(f.slot_ifunc, l->ifunc);
	ck_assert_int_eq(f.slot_undefined, l->undefined);
	ck_assert_uint_eq(f.slot_value, l->value);
	scene_close(&s);
}
END_TEST

/* mold makes addi of the load, which is then of the symbol, not of a slot. */
START_TEST(loads_of_slots_that_became_additions)
{
	uint64_t V = S_OBJ - AT_LABEL;
	struct finding f;
	struct scene s;

	open_default(&s);
	put_hi(&s, RELOC_GOT_HI20, OBJ, 0, field_encode(FIELD_AUIPC, AUIPC, V),
	       false);
	f = judge(&s, RELOC_PCREL_LO12_I, LABEL, 0,
		  field_encode(FIELD_I, ADDI_A0, field_lower(V)));
	ck_assert_int_eq(f.verdict, AGREES);
	ck_assert_uint_eq(f.slot, 0);
	ck_assert_uint_eq(f.V, V);
	f = judge(&s, RELOC_PCREL_LO12_I, LABEL, 0,
		  field_encode(FIELD_I, ADDI_A0, field_lower(V + 8)));
	ck_assert_int_eq(f.verdict, STALE);
	scene_close(&s);
}
END_TEST

START_TEST(slots_of_data_words)
{
	struct finding f;
	struct scene s;

	open_default(&s);
	f = judge(&s, RELOC_GOT32_PCREL, OBJ, 4, 0xfffff000);
	ck_assert_int_eq(f.verdict, AGREES);
	ck_assert_int_eq(f.change, 0);
	ck_assert_uint_eq(f.slot, HERE - 4 - 0x1000);
	ck_assert(f.slot_moves);
	ck_assert_uint_eq(f.slot_value, S_OBJ);
	f = judge(&s, RELOC_GOT32_PCREL, NUMBER, 0, 0x40);
	ck_assert_uint_eq(f.slot, HERE + 0x40);
	ck_assert(!f.slot_moves);
	scene_close(&s);
}
END_TEST

/*
 * GNU ld has made lui of auipc: a constant, which the record does not tell.
 * It may be anything that auipc did not reach, and so no image address.
 */
static const struct constant {
	uint64_t upper;
	enum verdict verdict;
} constants[] = {
	{ 0, EXCUSED }, { 0x12000, EXCUSED }, { NEG(0x80000000), EXCUSED },
	{ LO - 0x1000, EXCUSED }, { LO, STALE }, { LO + 0x3000, STALE },
	{ HI, STALE }, { HI + 0x1000, EXCUSED },
};

START_TEST(an_auipc_that_became_lui)
{
	const struct constant *c = &constants[_i];
	struct record r = { .offset = AT_LABEL, .type = RELOC_HI20,
			    .sym = 0x12345 };
	uint64_t lui = field_encode(FIELD_LUI, LUI, c->upper);
	struct finding f;
	struct place at;
	struct scene s;

	open_default(&s);
	put_hi(&s, RELOC_HI20, r.sym, 0, lui, true);
	at = place_at(s.text + (AT_LABEL - LO), AT_LABEL);
	f = verify_record(&s.v, &at, &r, NULL);
	ck_assert_int_eq(f.verdict, c->verdict);
	ck_assert_int_eq(f.change, 0);
	ck_assert_int_eq(f.field, FIELD_LUI);
	ck_assert_uint_eq(f.value, c->upper);
	f = judge(&s, RELOC_PCREL_LO12_I, LABEL, 0,
		  field_encode(FIELD_I, LOAD_A0, 0x345));
	ck_assert_int_eq(f.verdict, AGREES);
	ck_assert_int_eq(f.change, 0);
	ck_assert_uint_eq(f.V, c->upper + 0x345);
	/* Another instruction. */
	putle(s.text + (AT_LABEL - LO), lui ^ LUI ^ AUIPC, 4);
	f = verify_record(&s.v, &at, &r, NULL);
	ck_assert_int_eq(f.verdict, STALE);
	/* Without such a LO12 it is a HI20 as any other. */
	putle(s.text + (AT_LABEL - LO), lui, 4);
	s.hi[1].converted = false;
	f = verify_record(&s.v, &at, &r, NULL);
	ck_assert_int_eq(f.verdict, REFUSED);
	scene_close(&s);
}
END_TEST

/* --- RV32: everything wraps. --- */

#define HIGH	UINT64_C(0xc0000000)

static const struct wrapped {
	uint32_t type, sym;
	int64_t addend;
	uint64_t word;
	int change;
} wrapped[] = {
	{ RELOC_32, FUNC, 8, HIGH + 0x108, 1 },
	{ RELOC_HI20, FUNC, 0, 0xc0000537, 1 },
	{ RELOC_HI20, FUNC, 0x3fffff00, 0x00000537, 1 },
	{ RELOC_LO12_I, FUNC, 0, 0x10053503, 0 },
	{ RELOC_PCREL_HI20, NUMBER, 0, 0x40001517, -1 },
	{ RELOC_CALL_PLT, FUNC, 0, UINT64_C(0x0c0080e700000097), 0 },
	{ RELOC_CALL_PLT, NUMBER, 0, UINT64_C(0x1f4080e740001097), -1 },
	{ RELOC_JAL, NUMBER, (int32_t)(HIGH + 0x44 - S_NUMBER), 0x004000ef, -1 },
};

START_TEST(rv32_wraps)
{
	const struct wrapped *w = &wrapped[_i];
	struct record r = { .offset = HIGH + 0x40, .addend = w->addend,
			    .type = w->type, .sym = w->sym };
	uint8_t bytes[8];
	struct place at = place_at(bytes, HIGH + 0x40);
	struct finding f;
	struct symbol sym;
	struct scene s;

	scene_open(&s, 32, HIGH);
	putle(s.made.symbols.at + FUNC * sizeof(Elf32_Sym) +
	      offsetof(Elf32_Sym, st_value), HIGH + 0x100, 4);
	sym = symtab_get(&s.img.symtab, w->sym);
	putle(bytes, w->word, 8);
	f = verify_record(&s.v, &at, &r, &sym);
	ck_assert_msg(f.verdict == AGREES, "%s: 0x%" PRIx64 ", not 0x%" PRIx64,
		      f.row->name, f.value, f.expected);
	ck_assert_int_eq(f.change, w->change);
	ck_assert_uint_eq(f.V, wrap(32, f.V));
	putle(bytes, w->word ^ UINT64_C(0x80000000), 8);
	f = verify_record(&s.v, &at, &r, &sym);
	ck_assert_int_eq(f.verdict, STALE);
	scene_close(&s);
}
END_TEST

/* --- Sums. --- */

static const struct sum {
	struct {
		uint32_t type, sym;
		int64_t addend;
	} r[4];
	uint64_t word;
	enum verdict verdict;
	int change;
} sums[] = {
	/* Nothing changes, and yet more is in the word. */
	{ { { RELOC_ADD32, OBJ, 0 }, { RELOC_SUB32, FUNC, 0 } }, 0x99, STALE, 0 },
	{ { { RELOC_SET6, OBJ, 0 }, { RELOC_SUB6, FUNC, 0 } }, 0x99, STALE, 0 },
	{ { { RELOC_SET8, OBJ, 0 }, { RELOC_SUB8, OBJ, 0 } }, 0x99, STALE, 0 },
	{ { { RELOC_SET_ULEB128, OBJ, 9 }, { RELOC_SUB_ULEB128, OBJ, 0 } }, 0x80, AGREES, 0 },
	{ { { RELOC_ADD64, NUMBER, 0 } }, 0x99, STALE, 0 },
	{ { { RELOC_ADD64, NUMBER, 0 }, { RELOC_SUB64, WEAK, 0 } }, 0, STALE, 0 },
	{ { { RELOC_ADD16, OBJ, 0 }, { RELOC_SUB16, FUNC, 0 },
	    { RELOC_ADD16, FUNC, 0 }, { RELOC_SUB16, OBJ, 0 } }, 5, STALE, 0 },
	{ { { RELOC_ADD32, OBJ, 4 }, { RELOC_SUB32, OBJ, 0 } }, 4, AGREES, 0 },
	/* One of them moves: an address, or a distance to a constant. */
	{ { { RELOC_ADD64, OBJ, 3 } }, S_OBJ + 3, AGREES, 1 },
	{ { { RELOC_SET32, OBJ, 3 } }, S_OBJ + 3, AGREES, 1 },
	{ { { RELOC_SUB64, OBJ, 3 } }, NEG(S_OBJ + 3), AGREES, -1 },
	{ { { RELOC_ADD64, OBJ, 0 }, { RELOC_SUB64, NUMBER, 4 } },
	  S_OBJ - S_NUMBER - 4, AGREES, 1 },
	{ { { RELOC_ADD32, NUMBER, 0 }, { RELOC_SUB32, OBJ, 0 } },
	  S_NUMBER - S_OBJ, AGREES, -1 },
	{ { { RELOC_SUB32, OBJ, 0 }, { RELOC_ADD32, NUMBER, 0 } },
	  S_NUMBER - S_OBJ, AGREES, -1 },
	{ { { RELOC_ADD32, OBJ, 0 }, { RELOC_SUB32, FUNC, 0 },
	    { RELOC_ADD32, OBJ, 0 } }, 2 * S_OBJ - S_FUNC, AGREES, 1 },
	{ { { RELOC_SET6, OBJ, 0x25 } }, (S_OBJ + 0x25) & 63, AGREES, 1 },
	{ { { RELOC_SET6, OBJ, 0x25 } }, 0xc0 | ((S_OBJ + 0x25) & 63), AGREES, 1 },
	{ { { RELOC_SET16, OBJ, 0 } }, S_OBJ & 0xffff, AGREES, 1 },
	/* The same with another value there. */
	{ { { RELOC_ADD64, OBJ, 3 } }, S_OBJ + 2, STALE, 1 },
	{ { { RELOC_SUB64, OBJ, 3 } }, S_OBJ + 3, STALE, -1 },
	{ { { RELOC_ADD64, OBJ, 0 }, { RELOC_SUB64, NUMBER, 4 } },
	  S_OBJ - S_NUMBER, STALE, 1 },
	{ { { RELOC_SET6, OBJ, 0x25 } }, (S_OBJ + 0x26) & 63, STALE, 1 },
	{ { { RELOC_SET16, OBJ, 0 } }, (S_OBJ & 0xffff) ^ 0x8000, STALE, 1 },
	/* No address and no distance. */
	{ { { RELOC_ADD64, OBJ, 0 }, { RELOC_ADD64, FUNC, 0 } },
	  S_OBJ + S_FUNC, REFUSED, 2 },
	{ { { RELOC_SUB32, OBJ, 0 }, { RELOC_SUB32, FUNC, 0 } },
	  NEG(S_OBJ + S_FUNC), REFUSED, -2 },
	{ { { RELOC_SET_ULEB128, OBJ, 0 } }, S_OBJ & 0x7f, REFUSED, 1 },
	{ { { RELOC_SET_ULEB128, OBJ, 0 }, { RELOC_SUB_ULEB128, NUMBER, 0 } },
	  0, REFUSED, 1 },
	{ { { RELOC_ADD64, OBJ, 0 }, { RELOC_SUB32, NUMBER, 0 } },
	  S_OBJ - S_NUMBER, REFUSED, 1 },
	{ { { RELOC_ADD64, OBJ, 0 }, { RELOC_SUB32, FUNC, 0 } },
	  S_OBJ - S_FUNC, REFUSED, 0 },
	{ { { RELOC_ADD64, GONE, 0 } }, 0, REFUSED, 0 },
	{ { { RELOC_ADD64, OBJ, 0 }, { RELOC_SUB64, GONE, 0 } }, 0, REFUSED, 1 },
};

static size_t sum_records(const struct sum *m, struct record r[4])
{
	size_t n = 0;

	while (n < 4 && m->r[n].type) {
		r[n] = record_of(m->r[n].type, m->r[n].sym, m->r[n].addend);
		n++;
	}
	return n;
}

START_TEST(sums_of_records)
{
	const struct sum *m = &sums[_i];
	struct record r[4];
	size_t n = sum_records(m, r);
	uint8_t bytes[8];
	struct place at = place_at(bytes, HERE);
	struct finding f;
	struct scene s;

	open_default(&s);
	putle(bytes, m->word, 8);
	f = verify_sum(&s.m, &at, r, n);
	ck_assert_msg(f.verdict == m->verdict, "%d: %s", (int)f.verdict,
		      f.why ? f.why : "");
	ck_assert_int_eq(f.change, m->change);
	ck_assert(!f.why == (m->verdict == AGREES));
	if (m->verdict == AGREES && m->change) {
		at.room = fields[f.field].bytes;
		f = verify_sum(&s.m, &at, r, n);
		ck_assert_int_eq(f.verdict, AGREES);
		at.room--;
		f = verify_sum(&s.m, &at, r, n);
		ck_assert_int_eq(f.verdict, REFUSED);
		at.room = 8;
		at.bytes = NULL;
		f = verify_sum(&s.m, &at, r, n);
		ck_assert_int_eq(f.verdict, REFUSED);
	}
	scene_close(&s);
}
END_TEST

/* Which records are one sum. Places and types, a 0 ends the list. */
static const struct gather {
	struct {
		uint64_t offset;
		uint32_t type;
	} r[12];
	size_t took, n;
} gathers[] = {
	{ { { 8, RELOC_ADD32 }, { 8, RELOC_SUB32 }, { 12, RELOC_ADD32 } }, 2, 2 },
	{ { { 8, RELOC_ADD32 } }, 1, 1 },
	{ { { 8, RELOC_ADD32 }, { 8, RELOC_RELAX }, { 8, RELOC_SUB32 } }, 3, 2 },
	{ { { 8, RELOC_ADD32 }, { 1, RELOC_NONE }, { 8, RELOC_SUB32 } }, 3, 2 },
	{ { { 8, RELOC_ADD32 }, { 8, RELOC_64 }, { 8, RELOC_SUB32 } }, 1, 1 },
	{ { { 8, RELOC_ADD32 }, { 8, 200 }, { 8, RELOC_SUB32 } }, 1, 1 },
	{ { { 8, RELOC_SET8 }, { 9, RELOC_SUB8 } }, 1, 1 },
	{ { { 8, RELOC_ADD8 }, { 8, RELOC_ADD8 }, { 8, RELOC_ADD8 },
	    { 8, RELOC_ADD8 }, { 8, RELOC_ADD8 }, { 8, RELOC_ADD8 },
	    { 8, RELOC_ADD8 }, { 8, RELOC_ADD8 }, { 8, RELOC_ADD8 } }, 8, 8 },
};

START_TEST(records_of_one_place)
{
	const struct gather *g = &gathers[_i];
	unsigned xlen = 32;
	struct record sum[SUM_MAX];
	struct bytes b = { 0 };
	uint32_t index[12];
	size_t n = 0, count = 0;

	for (; count < 12 && g->r[count].offset; count++)
		add_record(&b, xlen, g->r[count].offset, g->r[count].type,
			   (uint32_t)count, 7);
	ck_assert_uint_eq(verify_gather(b.at, NULL, xlen, 0, count, sum, &n),
			  g->took);
	ck_assert_uint_eq(n, g->n);
	ck_assert_uint_eq(sum[0].offset, 8);
	ck_assert_uint_eq(sum[n - 1].sym, g->took - 1);
	/* Not beyond the end. */
	ck_assert_uint_eq(verify_gather(b.at, NULL, xlen, 0, 1, sum, &n), 1);
	ck_assert_uint_eq(n, 1);
	/* By an index: the same records from behind. */
	for (uint32_t i = 0; i < count; i++)
		index[i] = (uint32_t)count - 1 - i;
	if (count == 2) {
		verify_gather(b.at, index, xlen, 0, count, sum, &n);
		ck_assert_uint_eq(sum[0].sym, 1);
	}
	bytes_free(&b);
}
END_TEST

/* --- Searches. --- */

START_TEST(each_hi_is_found)
{
	struct hi hi[] = {
		{ .shndx = 1, .addr = 0 }, { .shndx = 1, .addr = 4 },
		{ .shndx = 1, .addr = UINT64_MAX }, { .shndx = 2, .addr = 4 },
		{ .shndx = 9, .addr = 2 },
	};
	struct verifier v = { .hi = hi };

	for (v.nhi = 0; v.nhi <= COUNT_OF(hi); v.nhi++) {
		for (size_t i = 0; i < COUNT_OF(hi); i++)
			ck_assert_ptr_eq(verifier_hi(&v, hi[i].shndx,
						     hi[i].addr),
					 i < v.nhi ? &hi[i] : NULL);
		ck_assert_ptr_null(verifier_hi(&v, 1, 2));
		ck_assert_ptr_null(verifier_hi(&v, 2, 0));
		ck_assert_ptr_null(verifier_hi(&v, 0, 4));
		ck_assert_ptr_null(verifier_hi(&v, 0, 0));
		ck_assert_ptr_null(verifier_hi(&v, 9, 4));
	}
}
END_TEST

START_TEST(each_dynamic_place_is_found)
{
	struct dynamic_place at[] = {
		{ .addr = 0 }, { .addr = 8 }, { .addr = UINT64_C(1) << 63 },
		{ .addr = UINT64_MAX },
	};
	struct verifier v = { .dynamic = at };

	for (v.ndynamic = 0; v.ndynamic <= COUNT_OF(at); v.ndynamic++) {
		for (size_t i = 0; i < COUNT_OF(at); i++)
			ck_assert_ptr_eq(verifier_dynamic(&v, at[i].addr),
					 i < v.ndynamic ? &at[i] : NULL);
		ck_assert_ptr_null(verifier_dynamic(&v, 4));
	}
}
END_TEST

Suite *verify_suite(void)
{
	Suite *s = suite_create("verify");
	TCase *tc = unit_case(s, "record");

	tcase_add_loop_test(tc, records_that_agree, 0, COUNT_OF(agreeing));
	tcase_add_loop_test(tc, and_would_not_otherwise, 0,
			    COUNT_OF(agreeing));
	tcase_add_loop_test(tc, records_that_are_refused, 0,
			    COUNT_OF(refused));
	tcase_add_test(tc, a_relaxed_access_near_0);
	tcase_add_loop_test(tc, room_for_the_field, 0, COUNT_OF(agreeing));
	tcase_add_loop_test(tc, rv32_wraps, 0, COUNT_OF(wrapped));

	tc = unit_case(s, "excuse");
	tcase_add_loop_test(tc, calls_of_undefined_weak_symbols, 0,
			    COUNT_OF(jumps));
	tcase_add_test(tc, data_of_undefined_weak_symbols_is_not_excused);
	tcase_add_test(tc, ifuncs);
	tcase_add_test(tc, words_of_the_dynamic_loader);
	tcase_add_loop_test(tc, unwind_tables_of_lld, 0, 4);

	tc = unit_case(s, "pair");
	tcase_add_loop_test(tc, lower_parts_complete_upper_ones, 0,
			    COUNT_OF(pairs));
	tcase_add_test(tc, lower_parts_of_an_ifunc);
	tcase_add_loop_test(tc, slots_are_found_through_pairs, 0,
			    COUNT_OF(slots));
	tcase_add_test(tc, loads_of_slots_that_became_additions);
	tcase_add_test(tc, slots_of_data_words);
	tcase_add_loop_test(tc, an_auipc_that_became_lui, 0,
			    COUNT_OF(constants));

	tc = unit_case(s, "sum");
	tcase_add_loop_test(tc, sums_of_records, 0, COUNT_OF(sums));
	tcase_add_loop_test(tc, records_of_one_place, 0, COUNT_OF(gathers));

	tc = unit_case(s, "search");
	tcase_add_test(tc, each_hi_is_found);
	tcase_add_test(tc, each_dynamic_place_is_found);
	return s;
}
