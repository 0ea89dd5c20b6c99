/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "relocator/reloc.h"

#include <ctype.h>
#include <dlfcn.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maker.h"

#define PACKAGE "unit"		/* bfd.h wants a config.h before it */
#define PACKAGE_VERSION "1"
#include <bfd.h>

enum { TYPES = 256 };		/* that fit both classes */

/* --- The names that others print. --- */

/* One record of each type, in the order of their numbers. */
static void write_all_types(const char *path)
{
	static const uint8_t zeros[8];
	struct bytes records = { 0 };
	struct made m;

	made_init(&m, 64);
	m.type = ET_REL;
	made_symbol(&m, "x", 0, STB_GLOBAL, STT_OBJECT, 1);
	for (uint32_t type = 0; type < TYPES; type++)
		add_record(&records, 64, 0, type, 1, 0);
	made_section(&m, (struct section){ .name = ".data",
		.type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_WRITE,
		.data = zeros, .size = sizeof(zeros), .align = 8 });
	made_section(&m, (struct section){ .name = ".rela.data",
		.type = SHT_RELA, .data = records.at, .size = records.n,
		.entsize = record_size(64), .align = 8, .info = 1, .link = 3 });
	made_tables(&m);
	made_write(&m, path);
	made_free(&m);
	bytes_free(&records);
}

typedef char name_table[TYPES][40];

/* What `reader -rW` calls each type; "" where it knows none. */
static void read_names(const char *reader, name_table names)
{
	const char *object = in_folder("object"), *listing = in_folder("list");
	const char *const argv[] = { reader, "-rW", object, NULL };
	char line[512], name[40];
	unsigned long long info;
	unsigned seen = 0;
	FILE *f;

	memset(names, 0, sizeof(name_table));
	write_all_types(object);
	run_program(listing, argv);
	f = fopen(listing, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*16[0-9a-f] %16llx %39s", &info, name) != 2)
			continue;
		ck_assert_uint_eq(info, (UINT64_C(1) << 32) + seen);
		if (!strncmp(name, "R_RISCV_", 8))
			strcpy(names[seen], name);
		seen++;
	}
	fclose(f);
	ck_assert_uint_eq(seen, TYPES);
}

static const char *const readers[] = {
	"riscv64-linux-gnu-readelf", "llvm-readelf-19"
};

START_TEST(names_are_those_of_others)
{
	name_table names;
	unsigned known = 0;

	read_names(readers[_i], names);
	for (uint32_t type = 0; type < TYPES; type++) {
		const struct reloc *row = reloc_row(type);

		if (!names[type][0])
			continue;
		known++;
		ck_assert_msg(row, "%u (%s) has no row", type, names[type]);
		ck_assert_str_eq(row->name, names[type]);
	}
	ck_assert_uint_gt(known, 50);
}
END_TEST

/* A row that nobody else knows would be a slip of the pen. */
START_TEST(rows_are_known_to_somebody)
{
	name_table names[COUNT_OF(readers)];

	for (size_t i = 0; i < COUNT_OF(readers); i++)
		read_names(readers[i], names[i]);
	for (uint32_t type = 0; type < TYPES; type++) {
		if (!reloc_row(type) || type == RELOC_VENDOR)
			continue;	/* VENDOR: psABI of 2024 */
		ck_assert_msg(names[0][type][0] || names[1][type][0],
			      "%u (%s)", type, reloc_row(type)->name);
	}
}
END_TEST

/* --- Widths, from the library behind GNU ld. --- */

struct bfd_library {
	void *handle;
	__typeof__(bfd_init) *init;
	__typeof__(bfd_openw) *openw;
	__typeof__(bfd_set_format) *set_format;
	__typeof__(bfd_reloc_name_lookup) *lookup;
	__typeof__(bfd_close_all_done) *close;
};

/* Debian's plain libbfd knows the host alone. */
static void load_bfd(struct bfd_library *lib)
{
	glob_t found;

	ck_assert_msg(!glob("/usr/lib/*/libbfd-*-riscv64.so", 0, NULL, &found),
		      "no libbfd for RISC-V");
	lib->handle = dlopen(found.gl_pathv[0], RTLD_NOW);
	ck_assert_msg(lib->handle, "%s", dlerror());
	globfree(&found);
#define GET(to, name)							\
	*(void **)&lib->to = dlsym(lib->handle, name);			\
	ck_assert_msg(lib->to, "libbfd without %s", name)
	GET(init, "bfd_init");
	GET(openw, "bfd_openw");
	GET(set_format, "bfd_set_format");
	GET(lookup, "bfd_reloc_name_lookup");
	GET(close, "bfd_close_all_done");
#undef GET
}

START_TEST(widths_are_those_of_libbfd)
{
	const char *target = _i ? "elf64-littleriscv" : "elf32-littleriscv";
	struct bfd_library lib;
	unsigned compared = 0;
	bfd *abfd;

	load_bfd(&lib);
	lib.init();
	abfd = lib.openw(in_folder("bfd"), target);
	ck_assert_ptr_nonnull(abfd);
	ck_assert(lib.set_format(abfd, bfd_object));
	for (uint32_t type = 0; type < RELOC_MAX; type++) {
		const struct reloc *row = reloc_row(type);
		reloc_howto_type *howto =
			row ? lib.lookup(abfd, row->name) : NULL;

		if (!howto)
			continue;
		ck_assert_msg(howto->type == type, "%s is %u, not %u",
			      row->name, howto->type, type);
		if (!fields[row->field].bytes || !bfd_get_reloc_size(howto))
			continue;
		ck_assert_msg(fields[row->field].bytes ==
			      bfd_get_reloc_size(howto), "%s: %u, not %u bytes",
			      row->name, fields[row->field].bytes,
			      bfd_get_reloc_size(howto));
		ck_assert_msg(howto->pc_relative == (row->pc == PC_PC) ||
			      row->anchor == ANCHOR_PAIR, "%s: pc", row->name);
		compared++;
	}
	lib.close(abfd);
	ck_assert_uint_gt(compared, 35);
}
END_TEST

/* --- Rows among themselves. --- */

static const uint32_t rows[] = {
#define RELOC(n, ...) n,
#include "relocator/reloc.def"
#undef RELOC
};

/* The number that a name like R_RISCV_ADD32 ends in, or 0. */
static unsigned trailing_number(const char *name)
{
	const char *p = name + strlen(name);

	while (isdigit((unsigned char)p[-1]))
		p--;
	return (unsigned)strtoul(p, NULL, 10);
}

static bool ends(const char *name, const char *with)
{
	size_t n = strlen(name), k = strlen(with);

	return n >= k && !strcmp(name + n - k, with);
}

/* What the name of a type says about it. */
START_TEST(rows_are_what_they_are_called)
{
	const struct reloc *row = reloc_row(rows[_i]);
	const char *name;
	bool sum;

	ck_assert_int_eq(strncmp(row->name, "R_RISCV_", 8), 0);
	name = row->name + strlen("R_RISCV_");
	sum = !strncmp(name, "ADD", 3) || !strncmp(name, "SUB", 3) ||
	      !strncmp(name, "SET", 3);
	ck_assert_int_eq(sum, row->op == OP_ADD || row->op == OP_SUB);
	ck_assert_int_eq(!strncmp(name, "SUB", 3), row->op == OP_SUB);
	if (sum && !ends(name, "ULEB128"))
		ck_assert_uint_eq(trailing_number(name),
				  row->field == FIELD_W6 ? 6 :
				  8u * fields[row->field].bytes);
	if (row->op == OP_SET) {
		ck_assert_int_eq(ends(name, "HI20") || ends(name, "_LUI"),
				 row->part == PART_HI20);
		ck_assert_int_eq(ends(name, "_I"), row->field == FIELD_I);
		ck_assert_int_eq(ends(name, "_S"), row->field == FIELD_S);
		ck_assert_int_eq(strstr(name, "LO12") != NULL,
				 row->part == PART_LO12);
	}
	if (strstr(name, "PCREL"))
		ck_assert_int_eq(row->pc, PC_PC);
	if (!strncmp(name, "RVC_", 4))
		ck_assert_uint_eq(fields[row->field].bytes, 2);
	if (strstr(name, "TPREL") && row->op == OP_SET)
		ck_assert_int_eq(row->anchor, ANCHOR_TP);
	if (strstr(name, "GPREL"))
		ck_assert(row->anchor == ANCHOR_GP ||
			  row->anchor == ANCHOR_GPREL);
}
END_TEST

START_TEST(rows_hold_together)
{
	const struct reloc *row = reloc_row(rows[_i]);

	switch (row->op) {
	case OP_MARK:
		break;
	case OP_SET:
		ck_assert_int_ne(row->anchor, ANCHOR_NONE);
		ck_assert_uint_gt(fields[row->field].bytes, 0);
		/* Upper parts are for fields that round, and all of those. */
		ck_assert_int_eq(row->part == PART_HI20,
				 fields[row->field].value == VALUE_UPPER);
		break;
	case OP_ADD:
	case OP_SUB:
		ck_assert_int_eq(row->anchor, ANCHOR_SYM);
		ck_assert_int_eq(row->pc, PC_ABS);
		ck_assert_int_eq(row->part, PART_FULL);
		ck_assert_int_eq(fields[row->field].value, VALUE_DATA);
		ck_assert_uint_gt(fields[row->field].bytes, 0);
		break;
	case OP_DYN:
		ck_assert_int_eq(row->field, FIELD_OTHER);
		break;
	default:
		ck_abort_msg("%s: op %d", row->name, row->op);
	}
}
END_TEST

/* What is added can be subtracted, in the same field. */
START_TEST(sums_come_in_pairs)
{
	static const uint32_t pairs[][2] = {
		{ RELOC_ADD8, RELOC_SUB8 }, { RELOC_ADD16, RELOC_SUB16 },
		{ RELOC_ADD32, RELOC_SUB32 }, { RELOC_ADD64, RELOC_SUB64 },
		{ RELOC_SET6, RELOC_SUB6 }, { RELOC_SET8, RELOC_SUB8 },
		{ RELOC_SET16, RELOC_SUB16 }, { RELOC_SET32, RELOC_SUB32 },
		{ RELOC_SET_ULEB128, RELOC_SUB_ULEB128 },
	};
	unsigned sums = 0;

	for (size_t i = 0; i < COUNT_OF(pairs); i++) {
		const struct reloc *add = reloc_row(pairs[i][0]);
		const struct reloc *sub = reloc_row(pairs[i][1]);

		ck_assert_int_eq(add->op, OP_ADD);
		ck_assert_int_eq(sub->op, OP_SUB);
		ck_assert_int_eq(add->field, sub->field);
		ck_assert_int_eq(add->anchor, sub->anchor);
	}
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		sums += reloc_row(rows[i])->op == OP_ADD ||
			reloc_row(rows[i])->op == OP_SUB;
	ck_assert_uint_eq(sums, 15);	/* and these are all */
}
END_TEST

START_TEST(some_are_jumps)
{
	static const uint32_t jumps[] = {
		RELOC_BRANCH, RELOC_JAL, RELOC_CALL, RELOC_CALL_PLT,
		RELOC_RVC_BRANCH, RELOC_RVC_JUMP,
	};
	unsigned n = 0;

	for (size_t i = 0; i < COUNT_OF(jumps); i++)
		ck_assert(reloc_is_jump(reloc_row(jumps[i])));
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		n += reloc_is_jump(reloc_row(rows[i]));
	ck_assert_uint_eq(n, COUNT_OF(jumps));
}
END_TEST

/* --- Numbers without a row. --- */

START_TEST(unknown_numbers_have_no_row)
{
	static const struct {
		uint32_t from, to;
	} none[] = {	/* reserved by the psABI, or for vendors */
		{ 13, 15 }, { 42, 42 }, { 66, 190 }, { 192, 255 },
		{ 258, 1000 }, { 0x10000, 0x10003 },
		{ UINT32_MAX - 1, UINT32_MAX - 1 },
	};
	char buf[16], want[16];

	for (size_t i = 0; i < COUNT_OF(none); i++)
		for (uint32_t t = none[i].from; t <= none[i].to; t++) {
			ck_assert_ptr_null(reloc_row(t));
			snprintf(want, sizeof(want), "type %u", t);
			ck_assert_str_eq(reloc_name(t, buf), want);
		}
	ck_assert_str_eq(reloc_name(UINT32_MAX, buf), "type 4294967295");
	ck_assert_str_eq(reloc_name(RELOC_HI20, buf), "R_RISCV_HI20");
	ck_assert_ptr_nonnull(reloc_row(RELOC_MAX - 1));
}
END_TEST

Suite *reloc_suite(void)
{
	Suite *s = suite_create("reloc");
	TCase *tc = unit_case_with_folder(s, "others");

	tcase_add_loop_test(tc, names_are_those_of_others, 0,
			    COUNT_OF(readers));
	tcase_add_test(tc, rows_are_known_to_somebody);
	tcase_add_loop_test(tc, widths_are_those_of_libbfd, 0, 2);

	tc = unit_case(s, "rows");
	tcase_add_loop_test(tc, rows_are_what_they_are_called, 0,
			    COUNT_OF(rows));
	tcase_add_loop_test(tc, rows_hold_together, 0, COUNT_OF(rows));
	tcase_add_test(tc, sums_come_in_pairs);
	tcase_add_test(tc, some_are_jumps);
	tcase_add_test(tc, unknown_numbers_have_no_row);
	return s;
}
