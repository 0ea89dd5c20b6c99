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

enum { SYMBOLS = 140000, RECORDS = 30000, GROUP = 1500 };

/* An image of so many symbols that words of some are made as they are named: by
 * records in groups, of two places of the table that are far from each other. */
static void scattered_write(const char *path)
{
	static const uint8_t bytes[16];
	struct bytes records = { 0 };
	struct made made;

	bytes_add(&records, NULL, RECORDS * sizeof(Elf64_Rela));
	for (uint32_t i = 0; i < RECORDS; i++) {
		uint8_t *at = records.at + i * sizeof(Elf64_Rela);

		putle(at, 8 * i, 8);
		putle(at + 8, RELOC_64, 4);
		putle(at + 12, (i / GROUP % 2 ? 130000 : 2000) + i % 1000, 4);
		putle(at + 16, i, 8);
	}
	made_init(&made, 64);
	made_section(&made, (struct section){ .name = ".text", .data = bytes,
		.size = sizeof(bytes), .type = SHT_PROGBITS, .align = 4,
		.flags = SHF_ALLOC | SHF_EXECINSTR, .addr = 0x80000000 });
	made_section(&made, (struct section){ .name = ".debug", .data = bytes,
		.size = sizeof(bytes), .type = SHT_PROGBITS, .align = 1 });
	made_section(&made, (struct section){ .name = ".rela.debug",
		.data = records.at, .size = records.n, .type = SHT_RELA,
		.info = DEBUG, .link = 4, .align = 8,
		.entsize = sizeof(Elf64_Rela) });
	made_symbol(&made, "text", 0x80000004, STB_LOCAL, STT_NOTYPE, TEXT);
	bytes_add(&made.symbols, NULL, (SYMBOLS - 2) * sizeof(Elf64_Sym));
	for (size_t i = 2; i < SYMBOLS; i++)
		memcpy(made.symbols.at + i * sizeof(Elf64_Sym),
		       made.symbols.at + sizeof(Elf64_Sym), sizeof(Elf64_Sym));
	made_tables(&made);
	made_segment(&made, PT_LOAD, TEXT, TEXT, 0x1000);
	made_write(&made, path);
	made_free(&made);
	bytes_free(&records);
}

static void check_batch(const struct batch *b, const uint8_t *all, size_t k,
			size_t *known)
{
	size_t size = sizeof(Elf64_Rela);

	ck_assert_uint_gt(b->n, 0);
	ck_assert_uint_le(k + b->n + b->left, RECORDS);
	ck_assert_mem_eq(b->records, all + k * size, b->n * size);
	for (size_t i = 0; i < b->n; i++) {
		struct record r = record_get(b->records, 64, i);
		uint32_t word = values_word(&b->values, r.sym);

		if (word == SYMBOL_UNKNOWN)
			continue;
		ck_assert_uint_eq(word, SYMBOL_MOVES | 4);
		++*known;
	}
}

/* Into the room; one behind the other; into one of two buffers, which are given away. */
START_TEST(what_is_left_comes_next)
{
	const char *path = in_folder("scattered");
	struct batch_room *room = malloc(sizeof(*room));
	uint8_t *own = malloc(2 * RECORDS * sizeof(Elf64_Rela));
	size_t known = 0, lefts = 0, turn = 0;
	const uint8_t *all;
	struct image *img;
	struct batch b;
	struct model m;
	struct diag d;

	ck_assert(room && own);
	scattered_write(path);
	diag_init(&d, 1);
	img = image_open(path, &d);
	ck_assert_msg(img, "%s", d.n ? d.entry[0].text : "");
	ck_assert(model_init(&m, img, NULL, NULL, &d));
	model_decide(&m, 1000, 1, NULL);
	all = img->sec[3].data;
	b = batch_new(&m);
	for (size_t k = 0; k < RECORDS; k += b.n) {
		uint8_t *buf = own + k * sizeof(Elf64_Rela);

		if (_i == 2) {
			buf = own + turn++ % 2 * RECORDS * sizeof(Elf64_Rela);
			memset(own + turn % 2 * RECORDS * sizeof(Elf64_Rela), 0xee,
			       IMAGE_WINDOW);
		}
		batch_records_at(&b, all, k, RECORDS, _i ? buf : room->records, room);
		check_batch(&b, all, k, &known);
		lefts += b.left > 0;
	}
	ck_assert_uint_eq(b.left, 0);
	ck_assert_uint_gt(lefts, 2);
	ck_assert_uint_gt(known, RECORDS / 2);
	model_free(&m);
	image_close(img);
	diag_free(&d);
	free(room);
	free(own);
}
END_TEST

Suite *batch_suite(void)
{
	Suite *s = suite_create("batch");
	TCase *tc = unit_case(s, "pieces");

	tcase_add_loop_test(tc, pieces_do_not_cut_places, 0, COUNT_OF(cuts));

	tc = unit_case_with_folder(s, "batches");
	tcase_add_loop_test(tc, what_is_left_comes_next, 0, 3);
	return s;
}
