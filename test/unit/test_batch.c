/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "relocator/batch.h"

#include <stdlib.h>

#include "maker.h"

enum { TEXT = 1, DEBUG, TEXT_RECORDS, DEBUG_RECORDS };

/*
 * Records by the letter of their place: what is cut has no letter on both sides
 * of a border. '.' is a place of its own.
 */
static const struct cut_row {
	const char *places;
	size_t step;
	const char *pieces;	/* how many records each has, by a digit */
} cuts[] = {
	{ "........", 4, "44" },
	{ ".......", 4, "43" },
	{ "....", 4, "4" },
	{ "...", 4, "3" },
	{ "...aa...", 4, "53" },
	{ "...aaa..", 4, "62" },
	{ "....aa..", 4, "44" },
	{ "..aabb..", 4, "44" },
	{ "...aaaaa", 4, "8" },
	{ "...aab.b", 4, "53" },
	{ "aabbcc", 1, "222" },
};

static void add_places(struct bytes *b, const char *places)
{
	for (size_t i = 0; places[i]; i++) {
		uint64_t place = places[i] == '.' ? 0x1000 + 16 * i :
						    (uint64_t)places[i];

		/* A mark among them does not part them. */
		add_record(b, 64, place, i % 2 ? RELOC_ADD32 : RELOC_RELAX, 0, 0);
	}
}

START_TEST(pieces_do_not_cut_places)
{
	const struct cut_row *row = &cuts[_i];
	static const uint8_t bytes[16];
	struct vec v = { .size = sizeof(struct piece) };
	struct bytes records = { 0 };
	struct relsec rel[] = { { TEXT_RECORDS, TEXT }, { DEBUG_RECORDS, DEBUG } };
	const struct piece *pc;
	struct made made;
	struct image img;
	struct plan p = { .img = &img, .rel = rel, .nrel = 2 };
	size_t at = 0;

	add_places(&records, row->places);
	made_init(&made, 64);
	made_section(&made, (struct section){ .name = ".text", .data = bytes,
		.size = sizeof(bytes), .type = SHT_PROGBITS, .flags = SHF_ALLOC });
	made_section(&made, (struct section){ .name = ".debug", .data = bytes,
		.size = sizeof(bytes), .type = SHT_PROGBITS });
	for (uint32_t i = TEXT; i <= DEBUG; i++)
		made_section(&made, (struct section){ .name = ".rela",
			.data = records.at, .size = records.n, .type = SHT_RELA,
			.info = i });
	img = made_image(&made);
	ck_assert(batch_pieces(&p, _i % 2, row->step, &v));
	pc = v.at;
	ck_assert_uint_eq(v.n, strlen(row->pieces));
	for (size_t i = 0; i < v.n; i++) {
		ck_assert_uint_eq(pc[i].rel, _i % 2 ? 0 : 1);
		ck_assert_uint_eq(pc[i].from, at);
		at += (size_t)(row->pieces[i] - '0');
		ck_assert_uint_eq(pc[i].to, at);
	}
	ck_assert_uint_eq(at, strlen(row->places));
	free(v.at);
	bytes_free(&records);
	made_free(&made);
}
END_TEST

Suite *batch_suite(void)
{
	Suite *s = suite_create("batch");
	TCase *tc = unit_case(s, "pieces");

	tcase_add_loop_test(tc, pieces_do_not_cut_places, 0, COUNT_OF(cuts));
	return s;
}
