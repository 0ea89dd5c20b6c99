/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "elfio/compress.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "maker.h"

enum { SHARD = 1 << 20, KIND_ZSTD = 2, KIND_NONE_SUCH = 77 };

/* --- Something to compress, and ways to do it. --- */

enum look { WORDS, ZEROS, NOISE, TABLE };

/* Text-like, empty, incompressible, or regular for a long stretch first. */
static struct bytes plain(enum look look, size_t size)
{
	static const char *const words[] = {
		"main", "init", "DW_TAG", "struct", "page", "irq", "0x80", "\1\2"
	};
	uint64_t seed = size + look;
	struct bytes b = { 0 };

	bytes_add(&b, NULL, size);
	for (size_t i = 0; i < size && look != ZEROS;) {
		uint64_t r = random_next(&seed);
		const char *w = words[r % COUNT_OF(words)];

		if (look == NOISE || (look == WORDS && r >> 60 == 0)) {
			b.at[i++] = (uint8_t)(r >> 8);
		} else if (look == TABLE && i < 400000) {
			b.at[i] = (uint8_t)(i % 64 ? 0 : i >> 6);
			i++;
		} else {
			while (*w && i < size)
				b.at[i++] = (uint8_t)*w++;
		}
	}
	return b;
}

static struct bytes zlib_stream(const struct bytes *b, int level)
{
	uLongf n = compressBound(b->n);
	struct bytes out = { 0 };

	bytes_add(&out, NULL, n);
	ck_assert_int_eq(compress2(out.at, &n, b->n ? b->at : (uint8_t *)"",
				   b->n, level), Z_OK);
	out.n = n;
	return out;
}

/* One raw piece of deflate; the last one ends the stream. */
static void add_piece(struct bytes *out, const uint8_t *p, size_t n,
		      int level, bool last)
{
	z_stream z = { 0 };
	uint8_t *room;

	ck_assert_int_eq(deflateInit2(&z, level, Z_DEFLATED, -MAX_WBITS, 8,
				      Z_DEFAULT_STRATEGY), Z_OK);
	room = malloc(2 * n + 1000);
	ck_assert_ptr_nonnull(room);
	z.next_in = (uint8_t *)(uintptr_t)p;
	z.avail_in = (uInt)n;
	z.next_out = room;
	z.avail_out = (uInt)(2 * n + 1000);
	ck_assert_int_eq(deflate(&z, last ? Z_FINISH : Z_SYNC_FLUSH),
			 last ? Z_STREAM_END : Z_OK);
	bytes_add(out, room, z.total_out);
	deflateEnd(&z);
	free(room);
}

/* As lld does it on many threads: 1 MiB at a time, joined. */
static struct bytes lld_stream(const struct bytes *b, int level)
{
	static const uint8_t head[] = { 0x78, 0x01 };
	struct bytes out = { 0 };
	uint32_t sum = (uint32_t)adler32_z(1, b->at, b->n);
	size_t at = 0;

	bytes_add(&out, head, sizeof(head));
	do {
		size_t n = b->n - at < SHARD ? b->n - at : SHARD;

		add_piece(&out, b->at + at, n, level, at + n == b->n);
		at += n;
	} while (at < b->n);
	sum = __builtin_bswap32(sum);
	bytes_add(&out, &sum, 4);
	return out;
}

/* --- Files with one compressed section. --- */

enum form { CHDR64, CHDR32, GNU };

static struct bytes header_of(enum form form, uint32_t type, uint64_t size,
			      uint64_t align)
{
	struct bytes b = { 0 };

	if (form == CHDR64) {
		Elf64_Chdr h = { .ch_type = type, .ch_size = size,
				 .ch_addralign = align };

		bytes_add(&b, &h, sizeof(h));
	} else if (form == CHDR32) {
		Elf32_Chdr h = { type, (uint32_t)size, (uint32_t)align };

		bytes_add(&b, &h, sizeof(h));
	} else {
		uint64_t big = __builtin_bswap64(size);

		bytes_add(&b, "ZLIB", 4);
		bytes_add(&b, &big, 8);
	}
	return b;
}

struct subject {
	struct diag d;
	struct image *img;
	uint32_t shndx;
};

/* A file whose section is `content`, opened. */
static void open_content(struct subject *s, enum form form,
			 const struct bytes *content)
{
	const char *path = in_folder("file");
	struct made m;

	made_init(&m, form == CHDR32 ? 32 : 64);
	s->shndx = made_section(&m, (struct section){
		.name = form == GNU ? ".zdebug_info" : ".debug_info",
		.type = SHT_PROGBITS, .data = content->at, .size = content->n,
		.flags = form == GNU ? 0 : SHF_COMPRESSED,
		.align = m.xlen / 8 });
	made_tables(&m);
	made_write(&m, path);
	made_free(&m);
	diag_init(&s->d, 20);
	s->img = image_open(path, &s->d);
	ck_assert_ptr_nonnull(s->img);
}

static void open_stream(struct subject *s, enum form form, uint64_t size,
			const struct bytes *stream)
{
	struct bytes content = header_of(form, ELFCOMPRESS_ZLIB, size, 4);

	bytes_add(&content, stream->at, stream->n);
	open_content(s, form, &content);
	bytes_free(&content);
}

static void close_subject(struct subject *s)
{
	image_close(s->img);
	diag_free(&s->d);
}

static void unpack(struct subject *s, struct packed *p)
{
	ck_assert(section_is_packed(&s->img->sec[s->shndx]));
	ck_assert_msg(unpack_section(s->img, s->shndx, p, &s->d), "%s",
		      s->d.n ? s->d.entry[0].text : "");
	ck_assert_uint_eq(s->d.n, 0);
}

static void assert_unpacked(const struct packed *p, const struct bytes *want)
{
	struct bytes got = { p->bytes, p->size };

	assert_same_bytes(&got, want);
}

/* Packs p, which it takes, and holds it against the section as it was. */
static void assert_packs_back(struct subject *s, struct packed *p)
{
	struct section header = s->img->sec[s->shndx];
	struct bytes was = { (uint8_t *)(uintptr_t)header.data, header.size };
	struct bytes is;
	uint8_t *content = NULL;

	ck_assert(pack_section(s->img, s->shndx, p, false, &header, &content,
			       &s->d));
	is = (struct bytes){ content, header.size };
	assert_same_bytes(&is, &was);
	ck_assert_uint_eq(header.flags, s->img->sec[s->shndx].flags);
	ck_assert_uint_eq(header.align, s->img->sec[s->shndx].align);
	free(content);
}

/* --- There and back. --- */

static const struct case_row {
	enum look look;
	size_t size;
	int level;
} cases[] = {
	{ WORDS, 0, 6 },
	{ WORDS, 1, 6 },
	{ WORDS, 60000, 1 },
	{ WORDS, 60000, 6 },
	{ WORDS, 60000, 9 },
	{ NOISE, 300, 9 },
	{ WORDS, 262144, 6 },		/* as much as is compared */
	{ WORDS, 262145, 9 },
	{ WORDS, SHARD - 1, 1 },
	{ WORDS, SHARD, 1 },
	{ WORDS, SHARD + 1, 6 },
	{ WORDS, 2 * SHARD + 12345, 1 },
	{ WORDS, 2 * SHARD + 12345, 6 },
	{ WORDS, SHARD + 12345, 9 },
	{ WORDS, 100000, 2 },
	{ WORDS, 100000, 3 },
	{ WORDS, 100000, 4 },
	{ WORDS, 100000, 5 },
	{ WORDS, 100000, 7 },
	{ WORDS, 100000, 8 },
	{ ZEROS, 3 * SHARD, 6 },	/* more than 1000 to 1 */
	{ ZEROS, 3 * SHARD, 1 },
	{ NOISE, SHARD + 1, 6 },	/* grows */
	{ NOISE, SHARD + 1, 1 },
};

enum { SMALL = 6 };	/* of them, for each form of the header */

static void check_case(const struct case_row *c, enum form form,
		       struct bytes (*pack)(const struct bytes *, int level))
{
	struct bytes b = plain(c->look, c->size);
	struct bytes stream = pack(&b, c->level);
	struct subject s;
	struct packed p;

	open_stream(&s, form, b.n, &stream);
	unpack(&s, &p);
	assert_unpacked(&p, &b);
	ck_assert_uint_eq(p.align, form == GNU ? 8 : 4);
	assert_packs_back(&s, &p);
	close_subject(&s);
	bytes_free(&stream);
	bytes_free(&b);
}

START_TEST(zlib_packs_back)
{
	check_case(&cases[_i], CHDR64, zlib_stream);
}
END_TEST

START_TEST(other_headers_pack_back)
{
	check_case(&cases[_i / 2], _i % 2 ? GNU : CHDR32, zlib_stream);
}
END_TEST

START_TEST(lld_shards_pack_back)
{
	check_case(&cases[_i], CHDR64, lld_stream);
}
END_TEST

/*
 * The beginning of a section may be too regular to tell the levels apart;
 * the stream's own header (RFC 1950, FLEVEL) tells 1, 6 and 9.
 */
START_TEST(a_regular_beginning_packs_back)
{
	static const int levels[] = { 1, 6, 9 };
	struct bytes b = plain(TABLE, SHARD);
	struct bytes stream = zlib_stream(&b, levels[_i]);
	struct subject s;
	struct packed p;

	open_stream(&s, CHDR64, b.n, &stream);
	unpack(&s, &p);
	assert_packs_back(&s, &p);
	close_subject(&s);
	bytes_free(&stream);
	bytes_free(&b);
}
END_TEST

/* Changed bytes of the same size come back, whatever the stream looks like. */
START_TEST(changed_bytes_are_kept)
{
	struct bytes b = plain(WORDS, SHARD + 7777);
	struct bytes stream = _i ? lld_stream(&b, 1) : zlib_stream(&b, 6);
	struct section header;
	uint8_t *content = NULL;
	struct subject s, again;
	struct bytes repacked;
	struct packed p;

	open_stream(&s, CHDR64, b.n, &stream);
	unpack(&s, &p);
	header = s.img->sec[s.shndx];
	for (size_t i = 5; i < b.n; i += 1000)
		p.bytes[i] = b.at[i] = (uint8_t)i;
	ck_assert(pack_section(s.img, s.shndx, &p, false, &header, &content,
			       &s.d));
	repacked = (struct bytes){ content, header.size };
	close_subject(&s);
	open_content(&again, CHDR64, &repacked);
	unpack(&again, &p);
	assert_unpacked(&p, &b);
	assert_packs_back(&again, &p);
	close_subject(&again);
	bytes_free(&repacked);
	bytes_free(&stream);
	bytes_free(&b);
}
END_TEST

/* --- The linkers themselves. --- */

static void assemble_debug(const char *object, const struct bytes *b)
{
	const char *source = in_folder("source.s"), *data = in_folder("data");
	const char *const as[] = {
		"riscv64-linux-gnu-as", "-o", object, source, NULL
	};
	FILE *f = fopen(source, "w");

	ck_assert_ptr_nonnull(f);
	file_write(data, b->at, b->n);
	fprintf(f, ".globl _start\n.text\n_start: nop\n"
		".section .debug_info,\"\",@progbits\n.incbin \"%s\"\n", data);
	fclose(f);
	run_program(NULL, as);
}

static const char *const linkers[][5] = {
	{ "ld.lld-19", "--compress-debug-sections=zlib", NULL },
	{ "ld.lld-19", "-O2", "--compress-debug-sections=zlib", NULL },
	{ "ld.lld", "--compress-debug-sections=zlib", NULL },
	{ "riscv64-linux-gnu-ld", "--compress-debug-sections=zlib-gabi", NULL },
	{ "riscv64-linux-gnu-ld", "--compress-debug-sections=zlib-gnu", NULL },
	{ "riscv64-linux-gnu-objcopy", "--compress-debug-sections", NULL },
	{ "llvm-objcopy-19", "--compress-debug-sections=zlib", NULL },
};

/* LINKER OPTION... [-o] OUT OBJECT, or as objcopy has it. */
static void run_linker(const char *const line[], const char *object,
		       const char *out)
{
	const char *argv[9];
	size_t n = 0;

	for (; line[n]; n++)
		argv[n] = line[n];
	if (strstr(line[0], "objcopy")) {
		argv[n++] = object;
		argv[n++] = out;
	} else {
		argv[n++] = object;
		argv[n++] = "-o";
		argv[n++] = out;
	}
	argv[n] = NULL;
	run_program(NULL, argv);
}

START_TEST(what_linkers_compress_packs_back)
{
	const char *const *line = linkers[(unsigned)_i % COUNT_OF(linkers)];
	size_t size = (unsigned)_i < COUNT_OF(linkers) ? 2 * SHARD + 999 :
							 5000;
	const char *object = in_folder("object"), *out = in_folder("out");
	struct bytes b = plain(WORDS, size);
	struct subject s;
	struct packed p;

	assemble_debug(object, &b);
	run_linker(line, object, out);
	diag_init(&s.d, 20);
	s.img = image_open(out, &s.d);
	ck_assert_ptr_nonnull(s.img);
	s.shndx = image_section(s.img, ".debug_info");
	if (!s.shndx)
		s.shndx = image_section(s.img, ".zdebug_info");
	ck_assert_uint_ne(s.shndx, 0);
	unpack(&s, &p);
	assert_unpacked(&p, &b);
	assert_packs_back(&s, &p);
	close_subject(&s);
	bytes_free(&b);
}
END_TEST

/* --- Stored plain. --- */

START_TEST(a_section_may_become_plain)
{
	struct bytes b = plain(WORDS, 100000);
	struct bytes stream = zlib_stream(&b, 6), got;
	struct section header;
	uint8_t *content = NULL;
	struct subject s;
	struct packed p;

	open_stream(&s, _i ? CHDR64 : CHDR32, b.n, &stream);
	unpack(&s, &p);
	header = s.img->sec[s.shndx];
	ck_assert(pack_section(s.img, s.shndx, &p, true, &header, &content,
			       &s.d));
	ck_assert_uint_eq(header.flags & SHF_COMPRESSED, 0);
	ck_assert_uint_eq(header.align, 4);
	got = (struct bytes){ content, header.size };
	assert_same_bytes(&got, &b);
	free(content);
	close_subject(&s);
	bytes_free(&stream);
	bytes_free(&b);
}
END_TEST

/* Its name says that it is compressed. */
START_TEST(but_not_one_called_zdebug)
{
	struct bytes b = plain(WORDS, 1000);
	struct bytes stream = zlib_stream(&b, 6);
	struct section header = { 0 };
	uint8_t *content = NULL;
	struct subject s;
	struct packed p;

	open_stream(&s, GNU, b.n, &stream);
	unpack(&s, &p);
	ck_assert(!pack_section(s.img, s.shndx, &p, true, &header, &content,
				&s.d));
	ck_assert_ptr_null(content);
	ck_assert_uint_eq(s.d.errors, 1);
	close_subject(&s);
	bytes_free(&stream);
	bytes_free(&b);
}
END_TEST

START_TEST(other_sections_are_not_packed)
{
	static const uint8_t byte = 0;
	struct section s = { .name = ".debug_info", .data = &byte, .size = 1 };

	ck_assert(!section_is_packed(&s));
	s.flags = SHF_COMPRESSED;
	ck_assert(section_is_packed(&s));
	s.data = NULL;
	ck_assert(!section_is_packed(&s));
	s = (struct section){ .name = ".zdebug_x", .data = &byte, .size = 1 };
	ck_assert(section_is_packed(&s));
	s.name = ".zdebu";
	ck_assert(!section_is_packed(&s));
}
END_TEST

/* --- Damage. --- */

enum damage {
	CUT_TRAILER, CUT_HALF, CUT_HEADER, NO_STREAM, WRONG_SUM, WRONG_BYTE,
	TOO_LARGE, TOO_SMALL, FAR_TOO_LARGE, NO_END, DAMAGES
};

static void damage(enum damage how, struct bytes *stream, uint64_t *size)
{
	switch (how) {
	case CUT_TRAILER:
		stream->n -= 4;
		break;
	case CUT_HALF:
		stream->n /= 2;
		break;
	case CUT_HEADER:
		stream->n = 1;
		break;
	case NO_STREAM:
		stream->n = 0;
		break;
	case WRONG_SUM:
		stream->at[stream->n - 1] ^= 1;
		break;
	case WRONG_BYTE:
		stream->at[stream->n / 2] ^= 0x55;
		break;
	case TOO_LARGE:
		++*size;
		break;
	case TOO_SMALL:
		--*size;
		break;
	case FAR_TOO_LARGE:	/* nothing of that size may be allocated */
		*size = UINT64_C(1) << 62;
		break;
	case NO_END:
		*size = UINT64_MAX;
		break;
	case DAMAGES:
		break;
	}
}

START_TEST(damaged_streams_are_refused)
{
	enum form form = _i % 2 ? GNU : CHDR64;
	struct bytes b = plain(WORDS, _i % 4 == 2 ? SHARD + 5 : 50000);
	struct bytes stream = _i % 4 < 2 ? zlib_stream(&b, 6) :
					   lld_stream(&b, 1);
	uint64_t size = b.n;
	struct subject s;
	struct packed p;

	damage((enum damage)(_i / 4), &stream, &size);
	open_stream(&s, form, size, &stream);
	ck_assert(!unpack_section(s.img, s.shndx, &p, &s.d));
	ck_assert_ptr_null(p.bytes);
	ck_assert_uint_eq(s.d.errors, 1);
	ck_assert_uint_eq(s.d.entry[0].shndx, s.shndx);
	close_subject(&s);
	bytes_free(&stream);
	bytes_free(&b);
}
END_TEST

/* What the header says, before any of the stream is looked at. */
START_TEST(headers_are_checked)
{
	enum form form = (enum form)_i;
	struct bytes content = header_of(form, ELFCOMPRESS_ZLIB, 4, 1);
	const char *why = NULL;
	struct subject s;
	struct packed p;

	content.n--;
	open_content(&s, form, &content);
	ck_assert(!section_can_unpack(s.img, s.shndx, &why));
	ck_assert_ptr_nonnull(why);
	ck_assert(!unpack_section(s.img, s.shndx, &p, &s.d));
	close_subject(&s);
	content.n++;
	if (form == GNU) {
		content.at[0] = 'z';
		open_content(&s, form, &content);
		ck_assert(!section_can_unpack(s.img, s.shndx, &why));
	} else {
		open_content(&s, form, &content);
		ck_assert(section_can_unpack(s.img, s.shndx, &why));
	}
	close_subject(&s);
	bytes_free(&content);
}
END_TEST

START_TEST(other_kinds_are_refused)
{
	uint32_t kind = _i ? KIND_NONE_SUCH : KIND_ZSTD;
	struct bytes content = header_of(CHDR64, kind, 1000, 1);
	const char *why = NULL;
	struct subject s;
	struct packed p;

	bytes_add(&content, "no such stream", 14);
	open_content(&s, CHDR64, &content);
	ck_assert(!section_can_unpack(s.img, s.shndx, &why));
	ck_assert_ptr_nonnull(strstr(why, _i ? "unknown" : "zstd"));
	ck_assert(!unpack_section(s.img, s.shndx, &p, &s.d));
	ck_assert_uint_eq(s.d.errors, 1);
	close_subject(&s);
	bytes_free(&content);
}
END_TEST

Suite *compress_suite(void)
{
	Suite *s = suite_create("compress");
	TCase *tc = unit_case_with_folder(s, "back");

	tcase_add_loop_test(tc, zlib_packs_back, 0, COUNT_OF(cases));
	tcase_add_loop_test(tc, other_headers_pack_back, 0, 2 * SMALL);
	tcase_add_loop_test(tc, lld_shards_pack_back, 0, COUNT_OF(cases));
	tcase_add_loop_test(tc, a_regular_beginning_packs_back, 0, 3);
	tcase_add_loop_test(tc, changed_bytes_are_kept, 0, 2);

	tc = unit_case_with_folder(s, "linkers");
	tcase_add_loop_test(tc, what_linkers_compress_packs_back, 0,
			    2 * COUNT_OF(linkers));

	tc = unit_case_with_folder(s, "plain");
	tcase_add_loop_test(tc, a_section_may_become_plain, 0, 2);
	tcase_add_test(tc, but_not_one_called_zdebug);
	tcase_add_test(tc, other_sections_are_not_packed);

	tc = unit_case_with_folder(s, "damage");
	tcase_add_loop_test(tc, damaged_streams_are_refused, 0, 4 * DAMAGES);
	tcase_add_loop_test(tc, headers_are_checked, 0, 3);
	tcase_add_loop_test(tc, other_kinds_are_refused, 0, 2);
	return s;
}
