/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole moves of small files made here: what happens to the records of a
 * debug section that is larger than the pieces it is patched in.
 */
#include "relocator/ahead.h"
#include "relocator/apply.h"

#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "maker.h"

#define CHUNK	((uint64_t)REWRITE_CHUNK)

enum { TEXT = 1, DATA, RELA_DATA, DEBUG, RELA_DEBUG };	/* sections */
enum { MOVING = 1, CONSTANT, NO_SUCH = 99 };		/* symbols */

#define BASE	UINT64_C(0x80000000)

/* The first leaves 32-bit words room; the second changes each byte of 64. */
static const uint64_t near_by = 0x40200000, far_away = 0x0102030405067000;

static const unsigned job_counts[] = { 1, 2, 7 };

/* An image with one debug section; the records are added by each test. */
struct subject {
	struct made m;
	struct bytes debug, want;	/* before and after the move */
	struct bytes records, data_records;
	struct bytes packed;		/* `debug` compressed, or empty */
	uint8_t text[4096], data[64];
	uint64_t value;			/* of MOVING */
	uint64_t delta;
	bool split;			/* into two segments */
};

static void subject_init(struct subject *s, unsigned xlen, uint64_t size)
{
	uint64_t seed = size;

	*s = (struct subject){ .value = BASE + 0x1010, .delta = near_by };
	made_init(&s->m, xlen);
	s->m.entry = BASE + 4;
	made_symbol(&s->m, "moving", s->value, STB_GLOBAL, STT_OBJECT, DATA);
	made_symbol(&s->m, "constant", 0x1234, STB_GLOBAL, STT_NOTYPE,
		    SYM_ABS);
	putle(s->data + 8, s->value + 4, xlen / 8);
	add_record(&s->data_records, xlen, BASE + 0x1008,
		   xlen == 64 ? RELOC_64 : RELOC_32, MOVING, 4);
	bytes_add(&s->debug, NULL, size);
	for (uint64_t i = 0; i + 8 <= size; i += 8)
		putle(s->debug.at + i, random_next(&seed), 8);
	bytes_add(&s->want, s->debug.at, size);
}

static void subject_free(struct subject *s)
{
	made_free(&s->m);
	bytes_free(&s->debug);
	bytes_free(&s->want);
	bytes_free(&s->records);
	bytes_free(&s->data_records);
	bytes_free(&s->packed);
}

/* Lays `bytes` of `word` at off: what is there now, and what shall be. */
static void set_word(struct subject *s, uint64_t off, unsigned bytes,
		     uint64_t word, uint64_t by)
{
	putle(s->debug.at + off, word, bytes);
	putle(s->want.at + off, word + by, bytes);
}

static void record(struct subject *s, uint64_t off, uint32_t type,
		   uint32_t sym, int64_t addend)
{
	add_record(&s->records, s->m.xlen, off, type, sym, addend);
}

/* A 64-bit address at off, with its record. */
static void address(struct subject *s, uint64_t off, int64_t addend)
{
	set_word(s, off, 8, s->value + (uint64_t)addend, s->delta);
	record(s, off, RELOC_64, MOVING, addend);
}

static struct section debug_section(struct subject *s)
{
	if (s->packed.n)
		return (struct section){ .name = ".debug_info",
			.type = SHT_PROGBITS, .flags = SHF_COMPRESSED,
			.data = s->packed.at, .size = s->packed.n,
			.align = 8 };
	return (struct section){ .name = ".debug_info", .type = SHT_PROGBITS,
				 .data = s->debug.at, .size = s->debug.n,
				 .align = 1 };
}

static void subject_write(struct subject *s, const char *path)
{
	unsigned xlen = s->m.xlen;

	made_section(&s->m, (struct section){ .name = ".text",
		.type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_EXECINSTR,
		.addr = BASE, .data = s->text, .size = sizeof(s->text),
		.align = 4 });
	made_section(&s->m, (struct section){ .name = ".data",
		.type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_WRITE,
		.addr = BASE + 0x1000, .data = s->data,
		.size = sizeof(s->data), .align = 8 });
	made_section(&s->m, (struct section){ .name = ".rela.data",
		.type = SHT_RELA, .data = s->data_records.at,
		.size = s->data_records.n, .info = DATA,
		.link = RELA_DEBUG + 1, .align = xlen / 8,
		.entsize = record_size(xlen) });
	made_section(&s->m, debug_section(s));
	made_section(&s->m, (struct section){ .name = ".rela.debug_info",
		.type = SHT_RELA, .data = s->records.at,
		.size = s->records.n, .info = DEBUG, .link = RELA_DEBUG + 1,
		.align = xlen / 8, .entsize = record_size(xlen) });
	made_tables(&s->m);
	made_segment(&s->m, PT_LOAD, TEXT, s->split ? TEXT : DATA, 0x1000);
	if (s->split)
		made_segment(&s->m, PT_LOAD, DATA, DATA, 0x1000);
	made_write(&s->m, path);
}

/* --- Moving a file. --- */

struct outcome {
	uint64_t errors;
	char *messages;		/* owned */
	unsigned passes;
};

static void carry_out(struct plan *p, struct rewrite *rw, const char *out,
		      enum compress_mode compress, unsigned jobs,
		      struct outcome *o)
{
	struct apply *a = apply_new(p, rw, compress, jobs);
	struct outfile *f = NULL;

	ck_assert_ptr_nonnull(a);
	while (!p->d->errors) {
		f = rewrite_write(rw, out, jobs, p->d);
		o->passes++;
		if (!f || !apply_again(a))
			break;
		outfile_abandon(f);
		f = NULL;
	}
	apply_free(a);
	if (f && !p->d->errors)
		ck_assert(outfile_commit(f, p->d));
	else
		outfile_abandon(f);
}

static struct outcome move_by(const char *in, const char *out, uint64_t delta,
			      enum compress_mode compress, unsigned jobs,
			      bool goes_ahead)
{
	struct plan_options opt = { .jobs = jobs };
	struct outcome o = { 0 };
	struct rewrite *rw = NULL;
	struct image *img;
	struct plan *p;
	struct ahead a;
	struct diag d;
	size_t len;
	FILE *text = open_memstream(&o.messages, &len);

	diag_init(&d, 20);
	img = image_open(in, &d);
	if (img) {
		rw = rewrite_new(img);
		ck_assert_ptr_nonnull(rw);
	}
	if (img && goes_ahead) {
		opt.symbols = &a.sink;
		ck_assert(ahead_open(&a, rw, delta, out, jobs, &d));
	}
	p = img ? plan_build(img, &opt, &d) : NULL;
	if (p && goes_ahead)
		ahead_close(&a);
	if (p && !d.errors) {
		plan_target(p, delta);
		carry_out(p, rw, out, compress, jobs, &o);
	}
	rewrite_free(rw);
	diag_print(&d, text, "FILE", NULL, NULL, false);
	fclose(text);
	o.errors = d.errors;
	plan_free(p);
	image_close(img);
	diag_free(&d);
	return o;
}

/* Also with its symbols ahead, which is the same. */
static struct outcome move_file(const char *in, const char *out, uint64_t delta,
				enum compress_mode compress, unsigned jobs)
{
	const char *second = in_folder("second");
	struct outcome o = move_by(in, out, delta, compress, jobs, false);
	struct outcome again = move_by(in, second, delta, compress, jobs, true);
	struct bytes one, other;

	ck_assert_str_eq(again.messages, o.messages);
	ck_assert_uint_eq(again.errors, o.errors);
	ck_assert_uint_eq(again.passes, o.passes);
	free(again.messages);
	if (o.errors)
		return o;
	one = file_read(out);
	other = file_read(second);
	assert_same_bytes(&other, &one);
	bytes_free(&one);
	bytes_free(&other);
	unlink(second);
	return o;
}

/* Moves the subject and holds its debug section against what is wanted. */
static void check_move(struct subject *s, unsigned jobs)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	struct outcome o;
	struct bytes got;

	subject_write(s, in);
	o = move_file(in, out, s->delta, COMPRESS_KEEP, jobs);
	ck_assert_msg(!o.errors, "%s", o.messages);
	free(o.messages);
	got = section_bytes(out, ".debug_info");
	assert_same_bytes(&got, &s->want);
	bytes_free(&got);
	subject_free(s);
}

static struct record *read_records(const struct bytes *b, unsigned xlen,
				   size_t *n)
{
	struct record *r;

	*n = b->n / record_size(xlen);
	r = malloc((*n + 1) * sizeof(*r));
	ck_assert_ptr_nonnull(r);
	for (size_t i = 0; i < *n; i++)
		r[i] = record_get(b->at, xlen, i);
	return r;
}

/* Records of one place stay together, as linkers leave them. */
static void shuffle(struct bytes *b, unsigned xlen, uint64_t seed)
{
	size_t n, groups = 0, *first;
	struct record *r = read_records(b, xlen, &n);

	first = malloc((n + 1) * sizeof(*first));
	ck_assert_ptr_nonnull(first);
	for (size_t i = 0; i < n; i++)
		if (!i || r[i].offset != r[i - 1].offset)
			first[groups++] = i;
	for (size_t i = groups; i > 1; i--) {
		size_t k = random_next(&seed) % i, swap = first[i - 1];

		first[i - 1] = first[k];
		first[k] = swap;
	}
	bytes_free(b);
	for (size_t g = 0; g < groups; g++)
		for (size_t i = first[g]; i < n &&
		     r[i].offset == r[first[g]].offset; i++)
			add_record(b, xlen, r[i].offset, r[i].type, r[i].sym,
				   r[i].addend);
	free(first);
	free(r);
}

/* --- Records in order. --- */

/* A field of 8 bytes, one to seven of them before the border of each chunk. */
START_TEST(straddling_words)
{
	struct subject s;

	subject_init(&s, 64, 9 * CHUNK + 24);
	s.delta = far_away;
	address(&s, 0, 0);
	for (uint64_t k = 1; k <= 8; k++) {
		address(&s, k * CHUNK - 16 - k, 1);
		address(&s, k * CHUNK - k, (int64_t)k);
		address(&s, k * CHUNK - k + 8, -3);
	}
	address(&s, s.debug.n - 8, 77);
	check_move(&s, job_counts[_i]);
}
END_TEST

/* The same in four bytes, in order and not. */
START_TEST(straddling_words_of_rv32)
{
	struct subject s;

	subject_init(&s, 32, 3 * CHUNK + 100);
	s.delta = 0x21123000;
	for (uint64_t k = 1; k <= 3; k++) {
		uint64_t off[] = { k * CHUNK - 100, k * CHUNK - k };

		for (size_t i = 0; i < COUNT_OF(off); i++) {
			set_word(&s, off[i], 4, s.value + i, s.delta);
			record(&s, off[i], RELOC_32, MOVING, (int64_t)i);
		}
		record(&s, k * CHUNK + 40, RELOC_ADD16, MOVING, 0);
		record(&s, k * CHUNK + 40, RELOC_SUB16, MOVING, 6);
	}
	if (_i)
		shuffle(&s.records, 32, (uint64_t)_i);
	check_move(&s, 2);
}
END_TEST

/* All that may stand in a debug section, on the borders and off them. */
static void add_kinds(struct subject *s, uint64_t off)
{
	uint64_t v = s->value;

	set_word(s, off, 4, v + 8, s->delta);
	record(s, off, RELOC_32, MOVING, 8);
	off += 4;		/* the sum of both symbols' shifts is none */
	record(s, off, RELOC_ADD32, MOVING, 0);
	record(s, off, RELOC_SUB32, MOVING, 16);
	off += 4;
	set_word(s, off, 4, v, s->delta);
	record(s, off, RELOC_SET32, MOVING, 0);
	off += 4;
	set_word(s, off, 8, -(v + 5), -s->delta);
	record(s, off, RELOC_SUB64, MOVING, 5);
	off += 8;
	set_word(s, off, 8, v - 0x1234, s->delta);
	record(s, off, RELOC_ADD64, MOVING, 0);
	record(s, off, RELOC_SUB64, CONSTANT, 0);
	off += 8;
	set_word(s, off, 8, 0x1234 + 1, 0);
	record(s, off, RELOC_64, CONSTANT, 1);
	off += 8;
	set_word(s, off, 4, v - off, s->delta);
	record(s, off, RELOC_32_PCREL, MOVING, 0);
	off += 4;
	record(s, off, RELOC_SET_ULEB128, MOVING, 3);
	record(s, off, RELOC_SUB_ULEB128, MOVING, 0);
	off += 2;		/* next to each other, and no pair */
	set_word(s, off, 8, v, s->delta);
	record(s, off, RELOC_ADD64, MOVING, 0);
	off += 8;
	set_word(s, off, 8, -v, -s->delta);
	record(s, off, RELOC_SUB64, MOVING, 0);
	off += 8;		/* more than a pair */
	set_word(s, off, 8, v + 9 - 5, s->delta);
	record(s, off, RELOC_ADD64, MOVING, 0);
	record(s, off, RELOC_SUB64, MOVING, 5);
	record(s, off, RELOC_ADD64, MOVING, 9);
}

START_TEST(all_kinds)
{
	struct subject s;

	subject_init(&s, 64, 3 * CHUNK);
	add_kinds(&s, 3);
	add_kinds(&s, CHUNK - 70 + 8 * (uint64_t)_i);
	add_kinds(&s, 2 * CHUNK - 14 - (uint64_t)_i);
	check_move(&s, 2);
}
END_TEST

/* --- Records out of order. --- */

START_TEST(shuffled_records)
{
	struct subject s;

	subject_init(&s, 64, 5 * CHUNK);
	for (uint64_t k = 0; k < 5; k++) {
		for (uint64_t i = 0; i < 40; i++)
			address(&s, k * CHUNK + 64 + 20000 * i, (int64_t)i);
		if (k < 4)
			add_kinds(&s, (k + 1) * CHUNK - 20 - k);
	}
	shuffle(&s.records, 64, (uint64_t)_i);
	check_move(&s, job_counts[(unsigned)_i % COUNT_OF(job_counts)]);
}
END_TEST

/*
 * Orders in which a search for the border of a chunk finds no record on the
 * wrong side of it, and yet the records of one field are on only one side.
 */
static const uint64_t near_border[][8] = {
	{ 0, CHUNK + 100, CHUNK - 8 },
	{ 0, CHUNK - 4, 100, CHUNK + 100 },
	{ 0, 200, CHUNK - 4, 100, CHUNK + 100 },
	{ 0, CHUNK + 100, CHUNK - 4 },
	{ 0, CHUNK - 4, CHUNK - 24, CHUNK + 100 },
	{ CHUNK - 12, CHUNK - 4, 8, CHUNK + 8 },
	/* And one in which a guess from a little further finds less. */
	{ CHUNK - 937040, CHUNK - 905888, CHUNK + 48, CHUNK - 654080,
	  CHUNK - 335552, CHUNK, CHUNK + 32 },
};

START_TEST(unordered_at_a_border)
{
	const uint64_t *off = near_border[_i];
	struct subject s;

	subject_init(&s, 64, CHUNK + 4096);
	s.delta = far_away;
	address(&s, off[0], 0);
	for (size_t i = 1; i < COUNT_OF(near_border[0]) && off[i]; i++)
		address(&s, off[i], 4 * (int64_t)i);
	check_move(&s, 2);
}
END_TEST

/* What a linker leaves of a record that it took out. */
START_TEST(blanks_among_records)
{
	struct subject s;

	subject_init(&s, 64, 4 * CHUNK);
	for (uint64_t k = 0; k < 400; k++) {
		address(&s, 8 + k * 10000, (int64_t)k);
		if (k % 3 == (uint64_t)_i)
			record(&s, 0, RELOC_NONE, 0, 0);
		record(&s, 8 + k * 10000, RELOC_NONE, 0, 2);
	}
	check_move(&s, 2);
}
END_TEST

/* Two records that cancel, with one that says nothing between them. */
START_TEST(blank_between_a_pair)
{
	struct subject s;

	subject_init(&s, 64, 4096);
	record(&s, 40, RELOC_ADD32, MOVING, 0);
	record(&s, 40, RELOC_NONE, 0, 0);
	record(&s, 40, RELOC_SUB32, MOVING, 16);
	address(&s, 48, 0);
	check_move(&s, 1);
}
END_TEST

/* --- Compressed sections: places are those of the plain bytes. --- */

static void compress_debug(struct subject *s)
{
	Elf64_Chdr h = { .ch_type = ELFCOMPRESS_ZLIB, .ch_size = s->debug.n,
			 .ch_addralign = 16 };
	uLongf n = compressBound(s->debug.n);

	bytes_add(&s->packed, &h, sizeof(h));
	bytes_add(&s->packed, NULL, n);
	ck_assert_int_eq(compress2(s->packed.at + sizeof(h), &n, s->debug.at,
				   s->debug.n, 1), Z_OK);
	s->packed.n = sizeof(h) + n;
}

/* Unpacks as zlib does, and not as the library under test. */
static void unpack(struct bytes *b)
{
	struct bytes plain = { 0 };
	Elf64_Chdr h;
	uLongf n;

	ck_assert_uint_gt(b->n, sizeof(h));
	memcpy(&h, b->at, sizeof(h));
	ck_assert_uint_eq(h.ch_type, ELFCOMPRESS_ZLIB);
	ck_assert_uint_eq(h.ch_addralign, 16);
	n = h.ch_size;
	bytes_add(&plain, NULL, n);
	ck_assert_int_eq(uncompress(plain.at, &n, b->at + sizeof(h),
				    b->n - sizeof(h)), Z_OK);
	ck_assert_uint_eq(n, h.ch_size);
	bytes_free(b);
	*b = plain;
}

START_TEST(compressed_sections)
{
	enum compress_mode mode = _i % 2 ? COMPRESS_NONE : COMPRESS_KEEP;
	const char *in = in_folder("in"), *out = in_folder("out");
	struct subject s;
	struct outcome o;
	struct bytes got;
	struct image *img;
	struct diag d;

	subject_init(&s, 64, 2 * CHUNK + 500);
	for (uint64_t k = 0; k < 200; k++)
		address(&s, 4 + k * 10484, (int64_t)k);
	add_kinds(&s, 2 * CHUNK - 20);
	if (_i >= 2)
		shuffle(&s.records, 64, (uint64_t)_i);
	compress_debug(&s);
	subject_write(&s, in);
	o = move_file(in, out, s.delta, mode, 2);
	ck_assert_msg(!o.errors, "%s", o.messages);
	free(o.messages);
	got = section_bytes(out, ".debug_info");
	if (mode == COMPRESS_KEEP)
		unpack(&got);
	assert_same_bytes(&got, &s.want);
	bytes_free(&got);
	diag_init(&d, 1);
	img = image_open(out, &d);
	ck_assert_ptr_nonnull(img);
	ck_assert_uint_eq(img->sec[DEBUG].flags,
			  mode == COMPRESS_KEEP ? SHF_COMPRESSED : 0);
	ck_assert_uint_eq(img->sec[DEBUG].align,
			  mode == COMPRESS_KEEP ? 8 : 16);
	image_close(img);
	diag_free(&d);
	subject_free(&s);
}
END_TEST

START_TEST(damaged_compression_is_refused)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	struct subject s;
	struct outcome o;

	subject_init(&s, 64, 4096);
	address(&s, 8, 0);
	compress_debug(&s);
	s.packed.at[s.packed.n - 1] ^= 1;
	subject_write(&s, in);
	o = move_file(in, out, s.delta, _i ? COMPRESS_NONE : COMPRESS_KEEP, 2);
	ck_assert_uint_eq(o.errors, 1);
	ck_assert_msg(strstr(o.messages, "damaged"), "%s", o.messages);
	free(o.messages);
	ck_assert_uint_eq(folder_count(), 1);
	subject_free(&s);
}
END_TEST

/* --- Records that cannot be followed. --- */

#define END	(CHUNK + 4096)

static const struct bad {
	const char *what;
	uint64_t off;
	uint32_t type, sym;
	const char *says;
} bad[] = {
	{ "stale, in the middle", 0x800, RELOC_64, MOVING, "stale" },
	{ "stale, just before a border", CHUNK - 9, RELOC_64, MOVING, "stale" },
	{ "stale, across a border", CHUNK - 4, RELOC_64, MOVING, "stale" },
	{ "stale sum across a border", CHUNK - 4, RELOC_ADD64, MOVING, "add up" },
	{ "cut off at the end", END - 7, RELOC_64, MOVING, "outside its section" },
	{ "a constant, cut off", END - 7, RELOC_64, CONSTANT, "outside its section" },
	{ "at the end", END, RELOC_64, MOVING, "outside its section" },
	{ "far outside", UINT64_C(1) << 40, RELOC_32, MOVING, "outside its section" },
	{ "unknown type", 0x800, 200, MOVING, "type 200" },
	{ "of a dynamic loader", 0x800, RELOC_RELATIVE, MOVING, "unknown relocation" },
	{ "no such symbol", 0x800, RELOC_64, NO_SUCH, "symbol 99: its symbol index" },
	{ "no such symbol, border", CHUNK - 4, RELOC_64, NO_SUCH, "symbol index" },
	{ "an instruction", 0x800, RELOC_HI20, MOVING, "cannot be moved" },
};

START_TEST(bad_records_are_refused_once)
{
	const struct bad *b = &bad[_i];
	const char *in = in_folder("in"), *out = in_folder("out");
	struct subject s;
	struct outcome o;

	subject_init(&s, 64, END);
	address(&s, 16, 0);
	record(&s, b->off, b->type, b->sym, 0);
	subject_write(&s, in);
	for (size_t j = 0; j < COUNT_OF(job_counts); j++) {
		o = move_file(in, out, s.delta, COMPRESS_KEEP, job_counts[j]);
		ck_assert_msg(o.errors == 1, "%s: %d errors\n%s", b->what,
			      (int)o.errors, o.messages);
		ck_assert_msg(strstr(o.messages, b->says), "%s: %s", b->what,
			      o.messages);
		free(o.messages);
	}
	ck_assert_uint_eq(folder_count(), 1);	/* no output, no leftovers */
	subject_free(&s);
}
END_TEST

/* Two records that add, where one would have to subtract. */
START_TEST(sums_that_do_not_cancel)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	struct subject s;
	struct outcome o;

	subject_init(&s, 64, 4096);
	set_word(&s, 8, 8, 2 * s.value, 0);
	record(&s, 8, RELOC_ADD64, MOVING, 0);
	record(&s, 8, RELOC_ADD64, MOVING, 0);
	subject_write(&s, in);
	o = move_file(in, out, s.delta, COMPRESS_KEEP, 1);
	ck_assert_uint_eq(o.errors, 1);
	ck_assert_msg(strstr(o.messages, "do not cancel"), "%s", o.messages);
	free(o.messages);
	subject_free(&s);
}
END_TEST

/* A 32-bit word that the moved address is too large for. */
START_TEST(words_that_become_too_small)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	struct subject s;
	struct outcome o;

	subject_init(&s, 64, 4096);
	set_word(&s, 8, 4, s.value + 0x50000000, 0);
	record(&s, 8, RELOC_32, MOVING, 0x50000000);
	subject_write(&s, in);
	o = move_file(in, out, s.delta, COMPRESS_KEEP, 1);
	ck_assert_uint_eq(o.errors, 1);
	ck_assert_msg(strstr(o.messages, "0x110201010 does not fit"), "%s",
		      o.messages);
	free(o.messages);
	subject_free(&s);
}
END_TEST

/* --- The rest of the file. --- */

START_TEST(symbols_records_and_headers)
{
	unsigned xlen = _i ? 64 : 32;
	const char *in = in_folder("in"), *out = in_folder("out");
	uint8_t want[64] = { 0 };
	struct subject s;
	struct outcome o;
	struct bytes got;
	struct image *img;
	struct diag d;

	subject_init(&s, xlen, 64);
	set_word(&s, 8, 4, s.value, s.delta);
	record(&s, 8, RELOC_32, MOVING, 0);
	subject_write(&s, in);
	o = move_file(in, out, s.delta, COMPRESS_KEEP, 2);
	ck_assert_msg(!o.errors, "%s", o.messages);
	free(o.messages);
	diag_init(&d, 1);
	img = image_open(out, &d);
	ck_assert_ptr_nonnull(img);
	ck_assert_uint_eq(img->entry, BASE + s.delta + 4);
	ck_assert_uint_eq(img->sec[TEXT].addr, BASE + s.delta);
	ck_assert_uint_eq(img->sec[DATA].addr, BASE + s.delta + 0x1000);
	ck_assert_uint_eq(img->sec[DEBUG].addr, 0);
	ck_assert_uint_eq(img->seg[0].vaddr, BASE + s.delta);
	ck_assert_uint_eq(img->seg[0].paddr, BASE + s.delta);
	ck_assert_uint_eq(symtab_get(&img->symtab, MOVING).value,
			  s.value + s.delta);
	ck_assert_uint_eq(symtab_get(&img->symtab, CONSTANT).value, 0x1234);
	ck_assert_uint_eq(record_get(img->sec[RELA_DATA].data, xlen, 0).offset,
			  BASE + s.delta + 0x1008);
	ck_assert_uint_eq(record_get(img->sec[RELA_DEBUG].data, xlen, 0).offset,
			  8);
	putle(want + 8, s.value + 4 + s.delta, xlen / 8);
	got = section_bytes(out, ".data");
	ck_assert_mem_eq(got.at, want, sizeof(want));
	bytes_free(&got);
	image_close(img);
	diag_free(&d);
	subject_free(&s);
}
END_TEST

/* Adds pairs, one that moves and one that does not, up to symbol n: all at once, for
 * one by one takes long. */
static void add_symbols(struct subject *s, uint32_t n)
{
	size_t size = sizeof(Elf64_Sym), more = n - (CONSTANT + 1);
	uint8_t *at;

	made_symbol(&s->m, "", s->value + 2, STB_GLOBAL, STT_NOTYPE, DATA);
	made_symbol(&s->m, "", 0x4321, STB_GLOBAL, STT_NOTYPE, SYM_ABS);
	bytes_add(&s->m.symbols, NULL, (more - 2) * size);
	at = s->m.symbols.at + (CONSTANT + 1) * size;
	for (size_t i = 2; i < more; i++)
		memcpy(at + i * size, at + (i - 2) * size, size);
}

/* More than a thread takes at a time; one may be wrong. */
START_TEST(many_symbols)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	uint32_t n = 100000, wrong = _i ? 77777 : 0;
	struct subject s;
	struct outcome o;
	struct image *img;
	struct diag d;

	subject_init(&s, 64, 64);
	add_symbols(&s, n);
	if (wrong)
		putle(s.m.symbols.at + wrong * sizeof(Elf64_Sym) +
		      offsetof(Elf64_Sym, st_shndx), NO_SUCH, 2);
	address(&s, 0, 0);
	subject_write(&s, in);
	o = move_file(in, out, s.delta, COMPRESS_KEEP, 2);
	ck_assert_uint_eq(o.errors, wrong != 0);
	ck_assert(!wrong || strstr(o.messages, "symbol 77777: the symbol's section does not exist"));
	diag_init(&d, 1);
	img = o.errors ? NULL : image_open(out, &d);
	for (uint32_t i = CONSTANT + 1; img && i < n; i++)
		ck_assert_uint_eq(symtab_get(&img->symtab, i).value,
				  i % 2 ? s.value + s.delta + 2 : 0x4321);
	ck_assert_uint_eq(folder_count(), wrong ? 1 : 2);
	image_close(img);
	diag_free(&d);
	free(o.messages);
	subject_free(&s);
}
END_TEST

/* Gives segment i of a file a physical address of its own. */
static void set_physical(const char *path, unsigned i, uint64_t addr)
{
	struct bytes b = file_read(path);

	putle(b.at + sizeof(Elf64_Ehdr) + i * sizeof(Elf64_Phdr) +
	      offsetof(Elf64_Phdr, p_paddr), addr, 8);
	file_write(path, b.at, b.n);
	bytes_free(&b);
}

/* Physical addresses of .text and .data: as they are, as they shall be. */
static const struct physical {
	uint64_t was[2];
	bool moves[2];
} physical[] = {
	/* Where a kernel is in memory has nothing to do with its addresses, */
	{ { 0x200000, 0x201000 }, { false, false } },
	{ { BASE + 0x1000, BASE }, { false, false } },
	/* unless it runs there. Data may wait in ROM for its own place. */
	{ { BASE, BASE + 0x1000 }, { true, true } },
	{ { BASE, BASE + 0x800 }, { true, true } },
	{ { BASE, 0x201000 }, { true, false } },
};

START_TEST(physical_addresses)
{
	const struct physical *p = &physical[_i];
	const char *in = in_folder("in"), *out = in_folder("out");
	struct subject s;
	struct outcome o;
	struct image *img;
	struct diag d;

	subject_init(&s, 64, 64);
	address(&s, 8, 0);
	s.split = true;
	subject_write(&s, in);
	set_physical(in, 0, p->was[0]);
	set_physical(in, 1, p->was[1]);
	o = move_file(in, out, s.delta, COMPRESS_KEEP, 1);
	ck_assert_msg(!o.errors, "%s", o.messages);
	free(o.messages);
	diag_init(&d, 1);
	img = image_open(out, &d);
	ck_assert_ptr_nonnull(img);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert_uint_eq(img->seg[i].vaddr,
				  BASE + 0x1000 * i + s.delta);
		ck_assert_uint_eq(img->seg[i].paddr,
				  p->was[i] + (p->moves[i] ? s.delta : 0));
	}
	image_close(img);
	diag_free(&d);
	subject_free(&s);
}
END_TEST

Suite *apply_suite(void)
{
	Suite *s = suite_create("apply");
	TCase *tc = unit_case_with_folder(s, "order");

	tcase_add_loop_test(tc, straddling_words, 0, COUNT_OF(job_counts));
	tcase_add_loop_test(tc, straddling_words_of_rv32, 0, 4);
	tcase_add_loop_test(tc, all_kinds, 0, 8);
	tcase_add_loop_test(tc, shuffled_records, 0, 6);
	tcase_add_loop_test(tc, unordered_at_a_border, 0,
			    COUNT_OF(near_border));
	tcase_add_loop_test(tc, blanks_among_records, 0, 3);
	tcase_add_test(tc, blank_between_a_pair);

	tc = unit_case_with_folder(s, "compressed");
	tcase_add_loop_test(tc, compressed_sections, 0, 4);
	tcase_add_loop_test(tc, damaged_compression_is_refused, 0, 2);

	tc = unit_case_with_folder(s, "refusals");
	tcase_add_loop_test(tc, bad_records_are_refused_once, 0, COUNT_OF(bad));
	tcase_add_test(tc, sums_that_do_not_cancel);
	tcase_add_test(tc, words_that_become_too_small);

	tc = unit_case_with_folder(s, "file");
	tcase_add_loop_test(tc, symbols_records_and_headers, 0, 2);
	tcase_add_loop_test(tc, many_symbols, 0, 2);
	tcase_add_loop_test(tc, physical_addresses, 0, COUNT_OF(physical));
	return s;
}
