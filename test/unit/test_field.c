/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "relocator/field.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unit.h"

#define ROWS	FIELD_OTHER	/* the last row is no field */
_Static_assert(ROWS == FIELD_COUNT - 1, "a row behind the last one");

/*
 * The psABI's ranges, written out rather than derived from the slices; data
 * words take either sign. `mask` is where the ISA has the immediate.
 */
static const struct reach {
	int64_t min, max, step;
	uint64_t mask;
} reach[ROWS] = {
	[FIELD_W8] = { -128, 255, 1, 0xff },
	[FIELD_W16] = { -32768, 65535, 1, 0xffff },
	[FIELD_W32] = { INT32_MIN, UINT32_MAX, 1, 0xffffffff },
	[FIELD_W64] = { INT64_MIN, INT64_MAX, 1, UINT64_MAX },
	[FIELD_W6] = { -32, 63, 1, 0x3f },
	[FIELD_ULEB] = { -64, 127, 1, 0x7f },
	[FIELD_LUI] = { INT64_C(-0x80000800), 0x7ffff7ff, 1, 0xfffff000 },
	[FIELD_AUIPC] = { INT64_C(-0x80000800), 0x7ffff7ff, 1, 0xfffff000 },
	[FIELD_I] = { -2048, 2047, 1, 0xfff00000 },
	[FIELD_S] = { -2048, 2047, 1, 0xfe000f80 },
	[FIELD_B] = { -4096, 4094, 2, 0xfe000f80 },
	[FIELD_J] = { -1048576, 1048574, 2, 0xfffff000 },
	[FIELD_CALL] = { INT64_C(-0x80000800), 0x7ffff7ff, 1,
			 0xfff00000fffff000 },
	[FIELD_CB] = { -256, 254, 2, 0x1c7c },
	[FIELD_CJ] = { -2048, 2046, 2, 0x1ffc },
	[FIELD_CLUI] = { -0x20800, 0x1f7ff, 1, 0x107c },
};

static bool is_upper(enum field_id id)
{
	return fields[id].value == VALUE_UPPER;
}

/* What decoding gives for v that was encoded. */
static uint64_t kept(enum field_id id, int64_t v)
{
	uint64_t bits = fields[id].bytes == 8 ? UINT64_MAX : reach[id].mask;

	if (is_upper(id))
		return ((uint64_t)v + 0x800) & ~UINT64_C(0xfff);
	return fields[id].value == VALUE_DATA ? (uint64_t)v & bits :
						(uint64_t)v;
}

/* c.lui of 0 is another instruction. */
static bool is_nothing(enum field_id id, int64_t v)
{
	return id == FIELD_CLUI && !kept(id, v);
}

/* A value in reach; the first ones are the interesting ones. */
static int64_t sample(enum field_id id, unsigned i, uint64_t *seed)
{
	const struct reach *r = &reach[id];
	int64_t first[] = {
		r->min, r->max, r->min + r->step, r->max - r->step + 1, 0,
		r->step, -r->step, 0x7ff, 0x800, 0x801, -0x7ff, -0x800, -0x801,
		0xfff, 0x1000, r->min / 2, r->max / 2,
	};
	uint64_t span = (uint64_t)r->max - (uint64_t)r->min;
	int64_t v;

	if (i < COUNT_OF(first))
		v = first[i];
	else
		v = (int64_t)((uint64_t)r->min + (span == UINT64_MAX ?
			random_next(seed) : random_next(seed) % (span + 1)));
	v -= v % r->step;
	return v < r->min || v > r->max ? r->max : v;
}

/* --- Each row. --- */

START_TEST(row_has_a_reach)
{
	ck_assert_int_lt(reach[_i].min, reach[_i].max);
	ck_assert_uint_ge(fields[_i].bytes, 1);
	ck_assert_uint_le(fields[_i].bytes, 8);
	ck_assert_ptr_nonnull(fields[_i].name);
}
END_TEST

START_TEST(what_goes_in_comes_out)
{
	enum field_id id = (enum field_id)_i;
	uint64_t seed = 1;

	for (unsigned i = 0; i < 3000; i++) {
		int64_t v = sample(id, i, &seed);
		uint64_t word = random_next(&seed) & reach[id].mask;
		uint64_t got = field_decode(id, field_encode(id, word,
							     (uint64_t)v));

		if (field_fits(id, (uint64_t)v) == is_nothing(id, v))
			ck_abort_msg("%s: %" PRId64 " in reach does not fit",
				     fields[id].name, v);
		if (got != kept(id, v))
			ck_abort_msg("%s: %" PRId64 " comes out as %" PRId64,
				     fields[id].name, v, (int64_t)got);
	}
}
END_TEST

START_TEST(beyond_reach_does_not_fit)
{
	enum field_id id = (enum field_id)_i;
	uint64_t min = (uint64_t)reach[id].min, max = (uint64_t)reach[id].max;
	uint64_t step = (uint64_t)reach[id].step;

	if (id == FIELD_W64) {	/* there is nothing beyond */
		ck_assert(field_fits(id, UINT64_MAX));
		return;
	}
	ck_assert(field_fits(id, min));
	ck_assert(field_fits(id, max));
	ck_assert(!field_fits(id, min - 1));
	ck_assert(!field_fits(id, max + 1));
	ck_assert(!field_fits(id, min - step));
	ck_assert(!field_fits(id, max + step));
	for (unsigned bit = 0; bit < 64; bit++) {
		uint64_t v = UINT64_C(1) << bit;

		if (v > max)
			ck_assert(!field_fits(id, v));
		if (v > (uint64_t)-reach[id].min)
			ck_assert(!field_fits(id, -v));
		if (v < step)
			ck_assert(!field_fits(id, v) && !field_fits(id, 4 + v));
	}
	ck_assert(!field_fits(id, (uint64_t)INT64_MAX));
	ck_assert(!field_fits(id, (uint64_t)INT64_MIN));
}
END_TEST

START_TEST(other_bits_survive)
{
	enum field_id id = (enum field_id)_i;
	uint64_t seed = 2, mask = reach[id].mask, set = 0, clear = UINT64_MAX;

	for (unsigned i = 0; i < 3000; i++) {
		uint64_t word = random_next(&seed), got;

		got = field_encode(id, word, (uint64_t)sample(id, i, &seed));
		if ((got ^ word) & ~mask)
			ck_abort_msg("%s: 0x%" PRIx64 " became 0x%" PRIx64,
				     fields[id].name, word, got);
		set |= field_encode(id, 0, random_next(&seed));
		clear &= field_encode(id, UINT64_MAX, random_next(&seed));
	}
	/* And all bits of the field are used, whatever was in them. */
	ck_assert_uint_eq(set, mask);
	ck_assert_uint_eq(clear, ~mask);
}
END_TEST

START_TEST(bytes_around_survive)
{
	enum field_id id = (enum field_id)_i;
	unsigned bytes = fields[id].bytes;
	uint8_t mem[24], word[8];

	for (unsigned at = 0; at < 8; at++) {
		for (unsigned i = 0; i < 8; i++)
			word[i] = (uint8_t)(0x11 * (i + 1));
		memset(mem, 0xa5, sizeof(mem));
		field_store(id, mem + 8 + at, UINT64_C(0x8877665544332211));
		for (unsigned i = 0; i < sizeof(mem); i++)
			ck_assert_uint_eq(mem[i], i - 8 - at < bytes ?
					  word[i - 8 - at] : 0xa5);
		/* Little-endian, and nothing above it. */
		ck_assert_uint_eq(field_load(id, mem + 8 + at),
				  UINT64_C(0x8877665544332211) <<
				  (64 - 8 * bytes) >> (64 - 8 * bytes));
	}
}
END_TEST

/* --- Upper and lower parts. --- */

START_TEST(upper_parts_are_rounded)
{
	static const struct {
		uint64_t v, upper, lower;
	} rows[] = {
		{ 0, 0, 0 },
		{ 0x7ff, 0, 0x7ff },
		{ 0x800, 0x1000, (uint64_t)-0x800 },
		{ 0xfff, 0x1000, (uint64_t)-1 },
		{ 0x1000, 0x1000, 0 },
		{ (uint64_t)-1, 0, (uint64_t)-1 },
		{ (uint64_t)-0x800, 0, (uint64_t)-0x800 },
		{ (uint64_t)-0x801, (uint64_t)-0x1000, 0x7ff },
		{ 0x7ffff7ff, 0x7ffff000, 0x7ff },
		{ 0x7ffff800, 0x80000000, (uint64_t)-0x800 },
		{ UINT64_MAX - 0x7ff, 0, (uint64_t)-0x800 },
	};

	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		ck_assert_uint_eq(field_upper(rows[i].v), rows[i].upper);
		ck_assert_uint_eq(field_lower(rows[i].v), rows[i].lower);
		ck_assert_uint_eq(field_upper(rows[i].v) +
				  field_lower(rows[i].v), rows[i].v);
	}
	ck_assert_uint_eq(field_encode(FIELD_LUI, 0x537, 0x7ff), 0x537);
	ck_assert_uint_eq(field_encode(FIELD_LUI, 0x537, 0x800), 0x1537);
	ck_assert_uint_eq(field_encode(FIELD_AUIPC, 0xfffff517, (uint64_t)-0x801),
			  0xfffff517);
	ck_assert_uint_eq(field_encode(FIELD_AUIPC, 0xfffff517, (uint64_t)-0x800),
			  0x517);
	/* auipc ra, 0; jalr ra: both parts at once */
	ck_assert_uint_eq(field_encode(FIELD_CALL, 0x000080e700000097, 0x7ff),
			  0x7ff080e700000097);
	ck_assert_uint_eq(field_encode(FIELD_CALL, 0x000080e700000097, 0x800),
			  0x800080e700001097);
}
END_TEST

START_TEST(upper_parts_end_early)
{
	static const enum field_id ids[] = { FIELD_LUI, FIELD_AUIPC, FIELD_CALL };

	for (size_t i = 0; i < COUNT_OF(ids); i++) {
		ck_assert(field_fits(ids[i], 0x7ffff7ff));
		ck_assert(!field_fits(ids[i], 0x7ffff800));
		ck_assert(!field_fits(ids[i], 0x80000000));
		ck_assert(field_fits(ids[i], (uint64_t)INT64_C(-0x80000800)));
		ck_assert(!field_fits(ids[i], (uint64_t)INT64_C(-0x80000801)));
	}
}
END_TEST

START_TEST(compressed_lui_of_nothing)
{
	static const int64_t none[] = { 0, 1, 0x7ff, -1, -0x800 };

	for (size_t i = 0; i < COUNT_OF(none); i++)
		ck_assert(!field_fits(FIELD_CLUI, (uint64_t)none[i]));
	ck_assert(field_fits(FIELD_CLUI, 0x800));
	ck_assert(field_fits(FIELD_CLUI, (uint64_t)-0x801));
	ck_assert(field_fits(FIELD_CLUI, 0x1f7ff));
	ck_assert(!field_fits(FIELD_CLUI, 0x1f800));
	ck_assert(field_fits(FIELD_CLUI, (uint64_t)-0x20800));
	ck_assert(!field_fits(FIELD_CLUI, (uint64_t)-0x20801));
}
END_TEST

START_TEST(base_registers)
{
	ck_assert_uint_eq(field_rs1(0x0005b503), 11);	/* ld a0, 0(a1) */
	ck_assert_uint_eq(field_rs1(0xffffffff), 31);
	ck_assert_uint_eq(field_rs1(0xfff07fff), 0);
	ck_assert_uint_eq(field_rs1(0x0001b503), 3);	/* ld a0, 0(gp) */
}
END_TEST

/* --- GNU as and ld, which know the encodings without us. --- */

enum { WORDS = 400 };

enum operand {
	NUMBER,		/* the value itself */
	PAGES,		/* its rounded upper 20 bits, as lui is written */
	SYMBOL		/* an absolute symbol that far from the place */
};

static const struct form {
	enum field_id id;
	const char *march, *before;
	enum operand operand;
	const char *after;
} forms[] = {
	{ FIELD_LUI, "rv64g", "lui a0, ", PAGES, "" },
	{ FIELD_LUI, "rv64g", "lui t6, %hi(", NUMBER, ")" },
	{ FIELD_AUIPC, "rv64g", "auipc s11, ", PAGES, "" },
	{ FIELD_I, "rv64g", "addi a0, a1, ", NUMBER, "" },
	{ FIELD_I, "rv64g", "addiw a0, a1, ", NUMBER, "" },
	{ FIELD_I, "rv64g", "ld t5, ", NUMBER, "(s0)" },
	{ FIELD_I, "rv64g", "lbu a0, ", NUMBER, "(gp)" },
	{ FIELD_I, "rv64g", "fld fa0, ", NUMBER, "(a1)" },
	{ FIELD_I, "rv64g", "jalr ra, ", NUMBER, "(t1)" },
	{ FIELD_I, "rv32g", "lw a0, ", NUMBER, "(a1)" },
	{ FIELD_S, "rv64g", "sd t5, ", NUMBER, "(s0)" },
	{ FIELD_S, "rv64g", "sb a0, ", NUMBER, "(zero)" },
	{ FIELD_S, "rv64g", "fsw fa0, ", NUMBER, "(a1)" },
	{ FIELD_B, "rv64g", "beq a0, a1, . + ", NUMBER, "" },
	{ FIELD_B, "rv64g", "bgeu t5, t6, . + ", NUMBER, "" },
	{ FIELD_J, "rv64g", "jal ra, . + ", NUMBER, "" },
	{ FIELD_J, "rv64g", "j . + ", NUMBER, "" },
	{ FIELD_CALL, "rv64g", "call ", SYMBOL, "" },
	{ FIELD_CALL, "rv64g", "tail ", SYMBOL, "" },
	{ FIELD_CB, "rv64gc", "c.beqz a0, . + ", NUMBER, "" },
	{ FIELD_CB, "rv64gc", "c.bnez s1, . + ", NUMBER, "" },
	{ FIELD_CJ, "rv64gc", "c.j . + ", NUMBER, "" },
	{ FIELD_CJ, "rv32gc", "c.jal . + ", NUMBER, "" },
	{ FIELD_CLUI, "rv64gc", "c.lui a0, ", PAGES, "" },
};

#define TEXT_AT	UINT64_C(0x100000000)

static void assemble(const char *march, const char *asm_file, const char *out,
		     bool link)
{
	const char *object = in_folder("object"), *linked = in_folder("linked");
	bool wide = march[3] == '4';
	char option[32];
	const char *const as[] = {
		"riscv64-linux-gnu-as", option,
		wide ? "-mabi=lp64" : "-mabi=ilp32", "-mno-relax", "-o",
		object, asm_file, NULL
	};
	const char *const ld[] = {
		"riscv64-linux-gnu-ld", "--no-relax", "-e", "0",
		"-Ttext=0x100000000", "-o", linked, object, NULL
	};
	const char *const objcopy[] = {
		"riscv64-linux-gnu-objcopy", "-O", "binary", "-j", ".text",
		link ? linked : object, out, NULL
	};

	snprintf(option, sizeof(option), "-march=%s", march);
	run_program(NULL, as);
	if (link)
		run_program(NULL, ld);
	run_program(NULL, objcopy);
}

static void write_assembly(const struct form *f, const char *path,
			   const int64_t v[WORDS])
{
	unsigned bytes = fields[f->id].bytes;
	FILE *to = fopen(path, "w");

	ck_assert_ptr_nonnull(to);
	for (unsigned i = 0; i < WORDS; i++)
		switch (f->operand) {
		case NUMBER:
			fprintf(to, "%s%" PRId64 "%s\n", f->before, v[i],
				f->after);
			break;
		case PAGES:
			fprintf(to, "%s%" PRId64 "%s\n", f->before,
				((v[i] + 0x800) >> 12) & 0xfffff, f->after);
			break;
		case SYMBOL:
			fprintf(to, ".set s%u, 0x%" PRIx64 "\n%ss%u%s\n", i,
				TEXT_AT + i * bytes + (uint64_t)v[i],
				f->before, i, f->after);
			break;
		}
	ck_assert_int_eq(fclose(to), 0);
}

/* Which rows take the word for one of theirs. */
static void check_opcode(enum field_id id, uint64_t word, const char *text)
{
	for (enum field_id other = 0; other < ROWS; other++) {
		bool takes = field_opcode_ok(other, word);
		bool should = !fields[other].opcodes || other == id ||
			      (id == FIELD_CALL && other == FIELD_AUIPC);

		ck_assert_msg(takes == should, "%s: %s as a field of %s", text,
			      takes ? "taken" : "not taken", fields[other].name);
	}
}

START_TEST(encodings_are_those_of_the_assembler)
{
	const struct form *f = &forms[_i];
	const char *source = in_folder("source"), *text = in_folder("text");
	unsigned bytes = fields[f->id].bytes;
	uint64_t seed = (uint64_t)_i, first;
	struct bytes got;
	int64_t v[WORDS];

	for (unsigned i = 0, k = 0; i < WORDS; k++) {
		v[i] = sample(f->id, k, &seed);
		i += !is_nothing(f->id, v[i]);
	}
	write_assembly(f, source, v);
	assemble(f->march, source, text, f->operand == SYMBOL);
	got = file_read(text);
	ck_assert_uint_eq(got.n, (size_t)WORDS * bytes);
	first = field_load(f->id, got.at);
	for (unsigned i = 0; i < WORDS; i++) {
		uint64_t word = field_load(f->id, got.at + (size_t)i * bytes);
		uint64_t ours = field_encode(f->id, first, (uint64_t)v[i]);

		if (ours != word)
			ck_abort_msg("%s%" PRId64 "%s: 0x%" PRIx64 ", not 0x%" PRIx64,
				     f->before, v[i], f->after, ours, word);
		if (field_decode(f->id, word) != kept(f->id, v[i]))
			ck_abort_msg("0x%" PRIx64 " decodes to %" PRId64 ", not %" PRId64,
				     word, (int64_t)field_decode(f->id, word),
				     v[i]);
		check_opcode(f->id, word, f->before);
	}
	bytes_free(&got);
}
END_TEST

/* Instructions that no record of ours may lie on. */
static const char strangers[] =
	"add a0, a1, a2\n" "addw a0, a1, a2\n" "ecall\n" "fence\n"
	"csrrw a0, sstatus, a1\n" "amoadd.w a0, a1, (a2)\n" "mret\n"
	"fadd.d fa0, fa1, fa2\n" "fmadd.s fa0, fa1, fa2, fa3\n";
static const char short_strangers[] =
	"c.addi a0, 1\n" "c.li a0, 1\n" "c.nop\n" "c.mv a0, a1\n"
	"c.lw a0, 0(a1)\n" "c.sd a0, 0(a1)\n" "c.andi a0, 1\n" "c.jr a0\n"
	"c.addi4spn a0, sp, 16\n" "c.ldsp a0, 0(sp)\n" "c.slli a0, 1\n";

START_TEST(other_instructions_have_no_field)
{
	const char *source = in_folder("source"), *text = in_folder("text");
	const char *lines = _i ? short_strangers : strangers;
	size_t bytes = _i ? 2 : 4, count = 0;
	struct bytes got;

	for (const char *p = lines; *p; p++)
		count += *p == '\n';
	file_write(source, lines, strlen(lines));
	assemble(_i ? "rv64gc" : "rv64g", source, text, false);
	got = file_read(text);
	ck_assert_uint_eq(got.n, count * bytes);
	for (size_t i = 0; i < got.n; i += bytes) {
		uint64_t word = 0;

		memcpy(&word, got.at + i, bytes);
		check_opcode(ROWS, word, "a stranger");
	}
	bytes_free(&got);
}
END_TEST

Suite *field_suite(void)
{
	Suite *s = suite_create("field");
	TCase *tc = unit_case(s, "rows");

	tcase_add_loop_test(tc, row_has_a_reach, 0, ROWS);
	tcase_add_loop_test(tc, what_goes_in_comes_out, 0, ROWS);
	tcase_add_loop_test(tc, beyond_reach_does_not_fit, 0, ROWS);
	tcase_add_loop_test(tc, other_bits_survive, 0, ROWS);
	tcase_add_loop_test(tc, bytes_around_survive, 0, ROWS);

	tc = unit_case(s, "parts");
	tcase_add_test(tc, upper_parts_are_rounded);
	tcase_add_test(tc, upper_parts_end_early);
	tcase_add_test(tc, compressed_lui_of_nothing);
	tcase_add_test(tc, base_registers);

	tc = unit_case_with_folder(s, "assembler");
	tcase_add_loop_test(tc, encodings_are_those_of_the_assembler, 0,
			    COUNT_OF(forms));
	tcase_add_loop_test(tc, other_instructions_have_no_field, 0, 2);
	return s;
}
