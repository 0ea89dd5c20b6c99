/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "elfio/rewrite.h"

#include <stdlib.h>

#include "maker.h"

static const unsigned job_counts[] = { 1, 2, 7 };

/*
 * A file with what linkers make, in an order of their own: two loaded
 * sections, one without bytes, then sections of several alignments, with the
 * string table of section names before some that can be left out.
 */
enum {
	TEXT = 1, DATA, BSS, RELA_TEXT, COMMENT, SYMTAB, STRTAB, SHSTRTAB,
	DEBUG_A, RELA_DEBUG_A, DEBUG_B, RELA_DEBUG_B, DEBUG_C, LAST, COUNT
};

struct sample {
	struct made m;
	struct bytes fill[COUNT];
	uint64_t seed;
};

static const struct shape {
	const char *name;
	uint32_t type, flags;
	uint64_t addr, size, align, entsize;
	uint32_t info;
} shapes[COUNT] = {
	[TEXT] = { ".text", SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR,
		   0x80000000, 0x234, 16, 0, 0 },
	[DATA] = { ".data", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE,
		   0x80001000, 0x123, 64, 0, 0 },
	[BSS] = { ".bss", SHT_NOBITS, SHF_ALLOC | SHF_WRITE,
		  0x80002000, 0x10000, 64, 0, 0 },
	[RELA_TEXT] = { ".rela.text", SHT_RELA, SHF_INFO_LINK, 0, 72, 8, 24, TEXT },
	[COMMENT] = { ".comment", SHT_PROGBITS, SHF_MERGE | SHF_STRINGS,
		      0, 0x1d, 1, 1, 0 },
	[DEBUG_A] = { ".debug_a", SHT_PROGBITS, 0, 0, 0x1001, 1, 0, 0 },
	[RELA_DEBUG_A] = { ".rela.debug_a", SHT_RELA, SHF_INFO_LINK, 0, 48, 8, 24, DEBUG_A },
	[DEBUG_B] = { ".debug_b", SHT_PROGBITS, 0, 0, 0x333, 32, 0, 0 },
	[RELA_DEBUG_B] = { ".rela.debug_b", SHT_RELA, 0, 0, 24, 8, 24, DEBUG_B },
	[DEBUG_C] = { ".debug_c", SHT_PROGBITS, 0, 0, 7, 1, 0, 0 },
	[LAST] = { ".riscv.attributes", SHT_RISCV_ATTRIBUTES, 0, 0, 0x41, 1, 0, 0 },
};

static void fill_section(struct sample *s, uint32_t i)
{
	const struct shape *sh = &shapes[i];
	struct section sec = {
		.name = sh->name, .type = sh->type, .flags = sh->flags,
		.addr = sh->addr, .size = sh->size, .align = sh->align,
		.info = sh->info,
		.entsize = sh->type == SHT_RELA ? record_size(s->m.xlen) :
			   sh->entsize,
		.link = sh->type == SHT_RELA ? SYMTAB : 0,
	};

	if (sh->type == SHT_RELA)
		sec.size = sh->size / 24 * record_size(s->m.xlen);
	if (sh->type != SHT_NOBITS) {
		for (size_t k = 0; k < sec.size; k++) {
			uint8_t byte = (uint8_t)random_next(&s->seed);

			bytes_add(&s->fill[i], &byte, 1);
		}
		sec.data = s->fill[i].at;
	}
	ck_assert_uint_eq(made_section(&s->m, sec), i);
}

static void sample_init(struct sample *s, unsigned xlen)
{
	*s = (struct sample){ .seed = xlen };
	made_init(&s->m, xlen);
	s->m.entry = 0x80000010;
	for (uint32_t i = TEXT; i < COUNT; i++) {
		if (i == SYMTAB) {
			made_tables(&s->m);
			/* A count of symbols, and no section's number. */
			s->m.sec[SYMTAB].info = LAST;
			i = SHSTRTAB;
			continue;
		}
		fill_section(s, i);
	}
	made_symbol(&s->m, "", 0x80000000, STB_LOCAL, STT_SECTION, TEXT);
	made_symbol(&s->m, "", 0, STB_LOCAL, STT_SECTION, DEBUG_A);
	made_symbol(&s->m, "", 0, STB_LOCAL, STT_SECTION, DEBUG_C);
	made_symbol(&s->m, "number", 7, STB_GLOBAL, STT_NOTYPE, SYM_ABS);
	made_symbol(&s->m, "nowhere", 0, STB_WEAK, STT_NOTYPE, SHN_UNDEF);
	made_symbol(&s->m, "_end", 0x80012000, STB_GLOBAL, STT_NOTYPE, LAST);
	made_segment(&s->m, PT_LOAD, TEXT, TEXT, 0x1000);
	made_segment(&s->m, PT_LOAD, DATA, BSS, 0x1000);
	/* Both linkers describe this one, which is not loaded. */
	made_segment(&s->m, 0x70000003, LAST, LAST, 1);
}

static void sample_free(struct sample *s)
{
	made_free(&s->m);
	for (uint32_t i = 0; i < COUNT; i++)
		bytes_free(&s->fill[i]);
}

/* --- Writing and reading back. --- */

struct job {
	struct diag d;
	struct image *img;
	struct rewrite *rw;
};

static void job_open(struct job *j, const char *in)
{
	diag_init(&j->d, 20);
	j->img = image_open(in, &j->d);
	ck_assert_msg(j->img, "%s", j->d.n ? j->d.entry[0].text : "");
	j->rw = rewrite_new(j->img);
	ck_assert_ptr_nonnull(j->rw);
}

static void job_done(struct job *j, const char *out, unsigned jobs)
{
	struct outfile *o = rewrite_write(j->rw, out, jobs, &j->d);

	ck_assert_ptr_nonnull(o);
	ck_assert(outfile_commit(o, &j->d));
	ck_assert_uint_eq(j->d.n, 0);
	rewrite_free(j->rw);
	image_close(j->img);
	diag_free(&j->d);
}

/* The written file passes the checks of any input. */
static struct image *reopen(const char *path)
{
	struct image *img;
	struct diag d;

	diag_init(&d, 1);
	img = image_open(path, &d);
	ck_assert_msg(img, "the result cannot be read: %s",
		      d.n ? d.entry[0].text : "");
	diag_free(&d);
	return img;
}

static void give(struct rewrite *rw, uint32_t i, uint64_t size, int byte)
{
	rw->content[i] = malloc(size + 1);
	ck_assert_ptr_nonnull(rw->content[i]);
	memset(rw->content[i], byte, size);
	rw->sec[i].size = size;
}

/* --- Copies. --- */

START_TEST(unchanged_copy_is_identical)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	struct sample s;
	struct bytes was, is;
	struct job j;

	sample_init(&s, _i % 2 ? 64 : 32);
	if (_i >= 2)	/* section headers among the sections */
		s.m.table_before = DEBUG_A;
	made_write(&s.m, in);
	job_open(&j, in);
	job_done(&j, out, 2);
	was = file_read(in);
	is = file_read(out);
	assert_same_bytes(&is, &was);
	bytes_free(&was);
	bytes_free(&is);
	sample_free(&s);
}
END_TEST

/* Bytes that no section or header names stay with what is loaded. */
START_TEST(bytes_outside_sections_are_copied)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	struct sample s;
	struct bytes was, is;
	struct job j;

	sample_init(&s, 64);
	made_write(&s.m, in);
	was = file_read(in);
	for (size_t i = 0x300; i < 0x1000; i++)		/* before .text */
		was.at[i] = 0x5a;
	bytes_add(&was, "and a tail", 10);
	file_write(in, was.at, was.n);
	job_open(&j, in);
	job_done(&j, out, 1);
	is = file_read(out);
	assert_same_bytes(&is, &was);
	bytes_free(&is);
	/* Also when the rest is laid out anew. */
	job_open(&j, in);
	give(j.rw, DEBUG_A, 1, 'x');
	job_done(&j, out, 1);
	is = file_read(out);
	ck_assert_mem_eq(is.at + 0x300, was.at + 0x300, 0xd00);
	bytes_free(&is);
	bytes_free(&was);
	sample_free(&s);
}
END_TEST

START_TEST(headers_are_as_told)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	struct sample s;
	struct image *img;
	struct job j;

	sample_init(&s, _i ? 64 : 32);
	made_write(&s.m, in);
	job_open(&j, in);
	j.rw->entry = 0x90000010;
	j.rw->sec[TEXT].addr = 0x90000000;
	j.rw->sec[DEBUG_B].flags = SHF_STRINGS;
	j.rw->sec[DEBUG_B].align = 4;
	j.rw->seg[0].vaddr = 0x90000000;
	j.rw->seg[1].paddr = 0x1000;
	job_done(&j, out, 1);
	img = reopen(out);
	ck_assert_uint_eq(img->entry, 0x90000010);
	ck_assert_uint_eq(img->sec[TEXT].addr, 0x90000000);
	ck_assert_uint_eq(img->sec[DATA].addr, 0x80001000);
	ck_assert_uint_eq(img->sec[DEBUG_B].flags, SHF_STRINGS);
	ck_assert_uint_eq(img->sec[DEBUG_B].align, 4);
	ck_assert_uint_eq(img->seg[0].vaddr, 0x90000000);
	ck_assert_uint_eq(img->seg[0].paddr, 0x80000000);
	ck_assert_uint_eq(img->seg[1].paddr, 0x1000);
	ck_assert_uint_eq(img->seg[1].memsz, 0x11000);
	image_close(img);
	sample_free(&s);
}
END_TEST

/* --- Content of another size. --- */

static const struct resize {
	uint32_t shndx;
	uint64_t size;
} resizes[] = {
	{ DEBUG_A, 0x1000 }, { DEBUG_A, 0x1002 }, { DEBUG_A, 1 },
	{ DEBUG_A, 0x54321 }, { DEBUG_B, 0x334 }, { DEBUG_B, 32 },
	{ DEBUG_C, 6 }, { DEBUG_C, 8 }, { DEBUG_C, 0x3000 }, { LAST, 1 },
	{ COMMENT, 0x1e }, { COMMENT, 0x300 },
};

static void check_alignment(const struct image *was, const struct image *is,
			    const uint32_t *oldindex)
{
	uint64_t end = 0, table = (uint64_t)is->nsec * is->shentsize;

	for (uint32_t i = 1; i < is->nsec; i++) {
		const struct section *s = &is->sec[i];
		const struct section *o = &was->sec[oldindex ? oldindex[i] : i];

		ck_assert_str_eq(s->name, o->name);
		ck_assert_uint_eq(s->align, o->align);
		if (s->align > 1 && s->type != SHT_NOBITS)
			ck_assert_uint_eq(s->offset % s->align, 0);
		if (section_loaded(s))
			ck_assert_uint_eq(s->offset, o->offset);
		if (!s->data)
			continue;
		/* Order is kept, and no gap is wider than alignment needs. */
		ck_assert_uint_ge(s->offset, end);
		if (is->shoff >= end && is->shoff <= s->offset)
			end = is->shoff + table;
		if (end && !section_loaded(s))
			ck_assert_uint_lt(s->offset - end,
					  s->align > 1 ? s->align : 1);
		end = s->offset + s->size;
	}
	ck_assert_uint_eq(is->shoff % (is->xlen / 8), 0);
	if (is->shoff >= end)
		end = is->shoff + table;
	ck_assert_uint_eq(is->size, end);
}

START_TEST(resized_content_lays_the_file_out_anew)
{
	const struct resize *r = &resizes[(unsigned)_i % COUNT_OF(resizes)];
	const char *in = in_folder("in"), *out = in_folder("out");
	struct image *was, *is;
	struct sample s;
	struct job j;

	sample_init(&s, 64);
	if ((unsigned)_i >= COUNT_OF(resizes))
		s.m.table_before = RELA_DEBUG_A;
	made_write(&s.m, in);
	job_open(&j, in);
	give(j.rw, r->shndx, r->size, 'n');
	job_done(&j, out, 2);
	was = reopen(in);
	is = reopen(out);
	ck_assert_uint_eq(is->nsec, was->nsec);
	check_alignment(was, is, NULL);
	for (uint32_t i = 1; i < is->nsec; i++) {
		const struct section *o = &was->sec[i], *n = &is->sec[i];

		ck_assert_uint_eq(n->link, o->link);
		ck_assert_uint_eq(n->info, o->info);
		ck_assert_uint_eq(n->size, i == r->shndx ? r->size : o->size);
		for (uint64_t k = 0; n->data && k < n->size; k++)
			if (n->data[k] != (i == r->shndx ? 'n' : o->data[k]))
				ck_abort_msg("%s differs at 0x%x", n->name,
					     (unsigned)k);
	}
	image_close(was);
	image_close(is);
	sample_free(&s);
}
END_TEST

/* A gap that somebody made on purpose has a reason. */
START_TEST(other_gaps_are_kept)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	struct image *is;
	struct sample s;
	struct job j;

	sample_init(&s, 64);
	s.m.gap_before = DEBUG_C;
	s.m.gap = 1000;
	made_write(&s.m, in);
	job_open(&j, in);
	give(j.rw, DEBUG_A, 0x2003, 'n');
	job_done(&j, out, 1);
	is = reopen(out);
	ck_assert_uint_eq(is->sec[DEBUG_C].offset,
			  is->sec[RELA_DEBUG_B].offset +
			  is->sec[RELA_DEBUG_B].size + 1000);
	image_close(is);
	sample_free(&s);
}
END_TEST

/*
 * What is loaded stays where it is, so a section before it has no room to
 * grow: it may go elsewhere or be refused, not overwrite what follows.
 */
START_TEST(no_growth_into_what_is_loaded)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	uint8_t text[64], note[64], data[64];
	struct bytes got;
	struct outfile *o;
	struct made m;
	struct job j;

	memset(text, 1, sizeof(text));
	memset(note, 2, sizeof(note));
	memset(data, 3, sizeof(data));
	made_init(&m, 64);
	made_section(&m, (struct section){ .name = ".text", .data = text,
		.type = SHT_PROGBITS, .flags = SHF_ALLOC, .align = 4,
		.addr = 0x80000000, .size = sizeof(text) });
	made_section(&m, (struct section){ .name = ".debug_a", .data = note,
		.type = SHT_PROGBITS, .align = 1, .size = sizeof(note) });
	made_section(&m, (struct section){ .name = ".data", .data = data,
		.type = SHT_PROGBITS, .flags = SHF_ALLOC, .align = 4,
		.addr = 0x80001000, .size = sizeof(data) });
	made_tables(&m);
	made_segment(&m, PT_LOAD, 1, 1, 0x1000);
	made_segment(&m, PT_LOAD, 3, 3, 0x1000);
	made_write(&m, in);
	job_open(&j, in);
	give(j.rw, 2, 0x2000, 'n');
	o = rewrite_write(j.rw, out, 1, &j.d);
	ck_assert(o ? outfile_commit(o, &j.d) : j.d.errors);
	if (o) {
		got = section_bytes(out, ".data");
		ck_assert_mem_eq(got.at, data, sizeof(data));
		bytes_free(&got);
		got = section_bytes(out, ".debug_a");
		ck_assert_uint_eq(got.n, 0x2000);
		for (size_t i = 0; i < got.n; i++)
			ck_assert_uint_eq(got.at[i], 'n');
		bytes_free(&got);
	}
	rewrite_free(j.rw);
	image_close(j.img);
	diag_free(&j.d);
	made_free(&m);
}
END_TEST

/* A segment that is not loaded is where its section is. */
START_TEST(segments_follow_their_sections)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	struct image *img;
	struct sample s;
	struct job j;

	sample_init(&s, _i ? 64 : 32);
	made_write(&s.m, in);
	job_open(&j, in);
	give(j.rw, DEBUG_A, 0x100, 'n');
	job_done(&j, out, 1);
	img = reopen(out);
	ck_assert_uint_eq(img->seg[2].filesz, img->sec[LAST].size);
	ck_assert_uint_eq(img->seg[2].offset, img->sec[LAST].offset);
	image_close(img);
	sample_free(&s);
}
END_TEST

/* An empty section has an offset as well, and it must lie in the file. */
START_TEST(empty_sections_stay_in_the_file)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	struct sample s;
	struct job j;

	sample_init(&s, 64);
	made_section(&s.m, (struct section){ .name = ".debug_empty",
			.type = SHT_PROGBITS, .align = 1 });
	made_write(&s.m, in);
	job_open(&j, in);
	if (_i)
		j.rw->drop[DEBUG_A] = j.rw->drop[RELA_DEBUG_A] = true;
	else
		give(j.rw, DEBUG_A, 1, 'n');
	job_done(&j, out, 1);
	image_close(reopen(out));
	sample_free(&s);
}
END_TEST

/* --- Sections left out. --- */

static const uint32_t kept[] = {
	0, TEXT, DATA, BSS, RELA_TEXT, COMMENT, SYMTAB, STRTAB, SHSTRTAB,
	DEBUG_B, RELA_DEBUG_B, LAST
};

static uint32_t kept_index(uint32_t old)
{
	for (uint32_t i = 0; i < COUNT_OF(kept); i++)
		if (kept[i] == old)
			return i;
	return 0;
}

static void drop_three(struct rewrite *rw)
{
	rw->drop[DEBUG_A] = rw->drop[RELA_DEBUG_A] = rw->drop[DEBUG_C] = true;
}

START_TEST(left_out_sections_renumber_the_rest)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	struct image *was, *is;
	struct sample s;
	struct job j;

	sample_init(&s, _i ? 64 : 32);
	made_write(&s.m, in);
	job_open(&j, in);
	drop_three(j.rw);
	job_done(&j, out, 2);
	was = reopen(in);
	is = reopen(out);
	ck_assert_uint_eq(is->nsec, COUNT_OF(kept));
	ck_assert_uint_eq(is->shstrndx, kept_index(SHSTRTAB));
	check_alignment(was, is, kept);
	for (uint32_t i = 1; i < is->nsec; i++) {
		const struct section *o = &was->sec[kept[i]], *n = &is->sec[i];

		ck_assert_uint_eq(n->size, o->size);
		ck_assert_uint_eq(n->link, kept_index(o->link));
		ck_assert_uint_eq(n->info, o->type == SHT_RELA ?
				  kept_index(o->info) : o->info);
		if (n->data && i != SYMTAB)
			ck_assert_mem_eq(n->data, o->data, n->size);
	}
	image_close(was);
	image_close(is);
	sample_free(&s);
}
END_TEST

/* Records name symbols by their index: none may disappear. */
static void check_symbols(const struct image *was, const struct image *is)
{
	ck_assert_uint_eq(is->symtab.n, was->symtab.n);
	for (uint32_t i = 0; i < is->symtab.n; i++) {
		struct symbol o = symtab_get(&was->symtab, i);
		struct symbol n = symtab_get(&is->symtab, i);

		if (o.shndx == DEBUG_A || o.shndx == DEBUG_C) {
			ck_assert_uint_eq(n.info | n.name | n.value | n.shndx, 0);
			continue;
		}
		ck_assert_uint_eq(n.value, o.value);
		ck_assert_uint_eq(n.name, o.name);
		ck_assert_uint_eq(n.info, o.info);
		if (o.shndx < was->nsec)
			ck_assert_uint_eq(n.shndx, kept_index(o.shndx));
		else
			ck_assert_uint_eq(n.shndx, o.shndx);
	}
}

START_TEST(symbols_of_left_out_sections_become_null)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	struct image *was, *is;
	struct sample s;
	struct job j;

	sample_init(&s, _i ? 64 : 32);
	made_write(&s.m, in);
	job_open(&j, in);
	drop_three(j.rw);
	job_done(&j, out, 1);
	was = reopen(in);
	is = reopen(out);
	check_symbols(was, is);
	image_close(was);
	image_close(is);
	sample_free(&s);
}
END_TEST

/* --- More sections than 16 bits count. --- */

enum { MANY = 0xff10 };

static void many_sections(struct made *m, uint8_t *text, bool names_first)
{
	made_init(m, 64);
	made_section(m, (struct section){ .name = ".text", .data = text,
		.type = SHT_PROGBITS, .flags = SHF_ALLOC, .align = 4,
		.addr = 0x80000000, .size = 16 });
	made_section(m, (struct section){ .name = ".debug_a", .data = text,
		.type = SHT_PROGBITS, .align = 1, .size = 16 });
	made_symbol(m, "low", 0x80000000, STB_GLOBAL, STT_FUNC, 1);
	made_symbol(m, "high", 0x80000001, STB_GLOBAL, STT_FUNC, MANY - 1);
	made_symbol(m, "highest", 0x80000002, STB_GLOBAL, STT_FUNC, MANY);
	if (names_first)
		made_tables(m);
	while (m->nsec <= MANY)
		made_section(m, (struct section){ .name = ".empty",
			.type = SHT_PROGBITS, .flags = SHF_ALLOC, .align = 1,
			.addr = 0x80000010 });
	if (!names_first)
		made_tables(m);
	made_segment(m, PT_LOAD, 1, 1, 0x1000);
}

START_TEST(more_than_65280_sections)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	uint8_t text[16] = "0123456789abcde";
	struct image *is;
	struct made m;
	struct job j;

	many_sections(&m, text, _i);
	made_write(&m, in);
	is = reopen(in);
	ck_assert_uint_eq(is->nsec, MANY + 1 + (_i ? 0 : 4));
	ck_assert_uint_eq(symtab_get(&is->symtab, 3).shndx, MANY);
	image_close(is);

	job_open(&j, in);
	j.rw->drop[2] = true;
	job_done(&j, out, 2);
	is = reopen(out);
	ck_assert_uint_eq(is->nsec, m.nsec - 1);
	ck_assert_str_eq(is->sec[is->shstrndx].name, ".shstrtab");
	ck_assert_uint_eq(symtab_get(&is->symtab, 1).shndx, 1);
	ck_assert_uint_eq(symtab_get(&is->symtab, 2).shndx, MANY - 2);
	ck_assert_uint_eq(symtab_get(&is->symtab, 3).shndx, MANY - 1);
	image_close(is);
	made_free(&m);
}
END_TEST

/* --- Patching while copying. --- */

/*
 * Adds 1 to a field of eight bytes at each of a list of places, as a patcher
 * of records does: whatever part of it lies in the chunk is its own.
 */
struct adder {
	const uint64_t *places;
	size_t n;
	const uint8_t *original; /* the section's bytes, unpatched */
	uint64_t size;		/* of them */
	uint64_t step;
	int wrong;		/* calls that broke the contract */
};

/* A chunk comes whole, and with its neighbours' nearest bytes. */
static bool chunk_is_right(const struct adder *a, uint64_t from, uint64_t to,
			   const uint8_t *bytes)
{
	uint64_t before = from < REWRITE_PAD ? from : REWRITE_PAD;
	uint64_t after = a->size - to < REWRITE_PAD ? a->size - to : REWRITE_PAD;

	return from % a->step == 0 && to > from && to - from <= a->step &&
	       (to == a->size || to - from == a->step) &&
	       !memcmp(bytes - before, a->original + from - before,
		       before + (to - from) + after);
}

static void add_one(void *ctx, uint32_t shndx, uint64_t from, uint64_t to,
		    uint8_t *bytes)
{
	struct adder *a = ctx;

	if (shndx != DEBUG_A || !chunk_is_right(a, from, to, bytes))
		__atomic_add_fetch(&a->wrong, 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < a->n; i++) {
		uint64_t off = a->places[i];
		uint8_t *at = bytes + (int64_t)(off - from);

		if (off + 8 > from && off < to)
			putle(at, get64(at) + UINT64_C(0x0101010101010101), 8);
	}
}

/* A sample whose DEBUG_A has `size` bytes. */
static void sample_large(struct sample *s, uint64_t size, uint64_t entsize)
{
	struct section *sec;

	sample_init(s, 64);
	bytes_free(&s->fill[DEBUG_A]);
	bytes_add(&s->fill[DEBUG_A], NULL, size);
	for (uint64_t i = 0; i + 8 <= size; i += 8)
		putle(s->fill[DEBUG_A].at + i, random_next(&s->seed) &
		      UINT64_C(0x7f7f7f7f7f7f7f7f), 8);
	sec = &s->m.sec[DEBUG_A];
	sec->data = s->fill[DEBUG_A].at;
	sec->size = size;
	sec->entsize = entsize;
}

static const struct piece {
	uint64_t entsize, step;
} pieces[] = {
	{ 0, REWRITE_CHUNK }, { 1, REWRITE_CHUNK }, { 8, REWRITE_CHUNK },
	{ 24, REWRITE_CHUNK - 16 }, { 12, REWRITE_CHUNK - 4 },
	{ REWRITE_CHUNK, REWRITE_CHUNK }, { 0x80000, REWRITE_CHUNK },
	{ 0xc0000, 0xc0000 }, { REWRITE_CHUNK + 1, REWRITE_CHUNK },
};

START_TEST(tables_are_cut_between_entries)
{
	struct section s = { .entsize = pieces[_i].entsize };

	ck_assert_uint_eq(rewrite_step(&s), pieces[_i].step);
}
END_TEST

START_TEST(patched_fields_may_cross_chunks)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	uint64_t step = pieces[_i].step, size = 3 * step + 4104, places[32];
	struct adder a = { .places = places, .size = size, .step = step };
	struct bytes want = { 0 }, is, first = { 0 };
	struct sample s;
	struct job j;

	sample_large(&s, size, pieces[_i].entsize);
	a.original = s.fill[DEBUG_A].at;
	made_write(&s.m, in);
	places[a.n++] = 0;
	places[a.n++] = size - 8;
	for (uint64_t k = 1; k <= 3; k++)
		for (uint64_t by = 1; by <= 7; by += 3)
			places[a.n++] = k * step + 20 * by - 40 - by;
	for (uint64_t k = 1; k <= 3; k++)
		places[a.n++] = k * step - k - 2;
	bytes_add(&want, s.fill[DEBUG_A].at, size);
	for (size_t i = 0; i < a.n; i++)
		putle(want.at + places[i], get64(want.at + places[i]) +
		      UINT64_C(0x0101010101010101), 8);
	for (size_t k = 0; k < COUNT_OF(job_counts); k++) {
		job_open(&j, in);
		j.rw->patched[DEBUG_A] = true;
		j.rw->patch = add_one;
		j.rw->ctx = &a;
		job_done(&j, out, job_counts[k]);
		is = section_bytes(out, ".debug_a");
		assert_same_bytes(&is, &want);
		bytes_free(&is);
		is = file_read(out);
		if (k)
			assert_same_bytes(&is, &first);
		else
			bytes_add(&first, is.at, is.n);
		bytes_free(&is);
	}
	ck_assert_int_eq(a.wrong, 0);
	bytes_free(&want);
	bytes_free(&first);
	sample_free(&s);
}
END_TEST

/* patch() is for the new bytes where a section has new ones. */
START_TEST(new_content_is_patched_as_well)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	uint64_t size = REWRITE_CHUNK + 100, place = REWRITE_CHUNK - 5;
	struct adder a = { .places = &place, .n = 1, .size = size,
			   .step = REWRITE_CHUNK };
	struct bytes want = { 0 }, is;
	struct sample s;
	struct job j;

	sample_init(&s, 64);
	made_write(&s.m, in);
	job_open(&j, in);
	give(j.rw, DEBUG_A, size, 3);
	bytes_add(&want, j.rw->content[DEBUG_A], size);
	a.original = j.rw->content[DEBUG_A];
	j.rw->patched[DEBUG_A] = true;
	j.rw->patch = add_one;
	j.rw->ctx = &a;
	job_done(&j, out, 2);
	memset(want.at + place, 4, 8);
	is = section_bytes(out, ".debug_a");
	assert_same_bytes(&is, &want);
	ck_assert_int_eq(a.wrong, 0);
	bytes_free(&is);
	bytes_free(&want);
	sample_free(&s);
}
END_TEST

enum { CHUNKS = 20 };		/* more than there are threads that write */

/*
 * Leaves DEBUG_A alone, and passes DEBUG_B on, a part with each chunk: half of it
 * from a buffer, half from the map, a byte of the neighbour's part as well.
 */
static void pass_on(void *ctx, uint32_t shndx, uint64_t from, uint64_t to,
		    uint8_t *bytes)
{
	struct rewrite *rw = ctx;
	const struct section *s = &rw->img->sec[DEBUG_B];
	uint64_t part = from / REWRITE_CHUNK, at = s->size * part / CHUNKS;
	uint64_t end = s->size * (part + 1) / CHUNKS, middle = (at + end) / 2;
	uint8_t *buf;

	(void)to;
	(void)bytes;
	at -= at > 0;
	buf = rewrite_buffer(rw, DEBUG_B, at);
	ck_assert_uint_eq(shndx, DEBUG_A);
	ck_assert_ptr_nonnull(buf);
	memset(buf, 0xee, REWRITE_CHUNK);
	memcpy(buf, s->data + at, middle - at);
	rewrite_pass(rw, DEBUG_B, at, middle, buf, buf);
	buf = rewrite_buffer(rw, DEBUG_B, middle);
	rewrite_pass(rw, DEBUG_B, middle, end, s->data + middle, buf);
}

START_TEST(what_is_passed_is_written)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	static const unsigned jobs[] = { 1, 2, 7, 100 };
	struct bytes was, is;
	struct sample s;
	struct job j;

	sample_large(&s, CHUNKS * (uint64_t)REWRITE_CHUNK, 1);
	made_write(&s.m, in);
	was = file_read(in);
	for (size_t k = 0; k < COUNT_OF(jobs); k++) {
		job_open(&j, in);
		j.rw->patched[DEBUG_A] = j.rw->passed[DEBUG_B] = true;
		j.rw->patch = pass_on;
		j.rw->ctx = j.rw;
		job_done(&j, out, jobs[k]);
		is = file_read(out);
		assert_same_bytes(&is, &was);
		bytes_free(&is);
	}
	bytes_free(&was);
	sample_free(&s);
}
END_TEST

/* Passes all of DEBUG_B before the rest is known, each byte one more. */
static void pass_ahead(struct job *j, const char *out, unsigned jobs)
{
	const struct section *s = &j->img->sec[DEBUG_B];
	uint64_t to;

	ck_assert(rewrite_open(j->rw, out, jobs, &j->d));
	for (uint64_t at = 0; at < s->size; at = to) {
		uint8_t *buf = rewrite_buffer(j->rw, DEBUG_B, at);

		ck_assert_ptr_nonnull(buf);
		to = s->size - at < 1000 ? s->size : at + 1000;
		for (uint64_t i = at; i < to; i++)
			buf[i - at] = (uint8_t)(s->data[i] + 1);
		rewrite_pass(j->rw, DEBUG_B, at, to, buf, buf);
	}
	j->rw->ahead = DEBUG_B;
}

/* If its section is moved, or it is not said that it is ahead, it is in vain. */
enum { AHEAD, AHEAD_PATCHED, AHEAD_MOVED, AHEAD_DROPPED, AHEAD_UNSAID, AHEADS };

START_TEST(what_is_ahead_is_not_copied)
{
	const char *in = in_folder("in"), *out = in_folder("out");
	static const unsigned jobs[] = { 1, 2, 7 };
	struct bytes want, is;
	struct sample s;
	struct job j;

	sample_init(&s, 64);
	made_write(&s.m, in);
	for (size_t k = 0; k < COUNT_OF(jobs); k++) {
		job_open(&j, in);
		want = section_bytes(in, ".debug_b");
		for (size_t i = 0; _i <= AHEAD_PATCHED && i < want.n; i++)
			want.at[i]++;
		pass_ahead(&j, out, jobs[k]);
		if (_i == AHEAD_PATCHED)	/* and patch() is not there */
			j.rw->patched[DEBUG_B] = true;
		if (_i == AHEAD_MOVED)
			give(j.rw, DEBUG_A, j.img->sec[DEBUG_A].size + 8, 'n');
		j.rw->drop[DEBUG_A] = _i == AHEAD_DROPPED;
		if (_i == AHEAD_UNSAID)
			j.rw->ahead = 0;
		job_done(&j, out, jobs[k]);
		is = section_bytes(out, ".debug_b");
		assert_same_bytes(&is, &want);
		bytes_free(&is);
		if (_i == AHEAD_UNSAID) {
			bytes_free(&want);
			want = file_read(in);
			is = file_read(out);
			assert_same_bytes(&is, &want);
			bytes_free(&is);
		}
		bytes_free(&want);
		ck_assert_uint_eq(folder_count(), 2);
	}
	sample_free(&s);
}
END_TEST

START_TEST(opened_in_vain)
{
	const char *in = in_folder("in");
	struct sample s;
	struct job j;

	sample_init(&s, 64);
	made_write(&s.m, in);
	job_open(&j, in);
	if (_i) {
		pass_ahead(&j, in_folder("out"), 2);
	} else {
		ck_assert(!rewrite_open(j.rw, in_folder("none/out"), 2, &j.d));
		ck_assert_uint_eq(j.d.errors, 1);
		ck_assert(strstr(j.d.entry[0].text, "none/out"));
	}
	rewrite_free(j.rw);
	image_close(j.img);
	diag_free(&j.d);
	ck_assert_uint_eq(folder_count(), 1);
	sample_free(&s);
}
END_TEST

/* The file changes in one step, and not before the commit. */
START_TEST(written_aside)
{
	const char *in = in_folder("in");
	struct bytes was, is;
	struct outfile *o;
	struct sample s;
	struct job j;

	sample_init(&s, 64);
	made_write(&s.m, in);
	was = file_read(in);
	job_open(&j, in);
	j.rw->entry = 0x80000020;
	o = rewrite_write(j.rw, in, 1, &j.d);
	ck_assert_ptr_nonnull(o);
	is = file_read(in);
	assert_same_bytes(&is, &was);
	bytes_free(&is);
	outfile_abandon(o);
	job_done(&j, in, 1);
	is = file_read(in);
	ck_assert_uint_eq(is.n, was.n);
	ck_assert_mem_ne(is.at, was.at, is.n);
	ck_assert_uint_eq(folder_count(), 1);
	bytes_free(&is);
	bytes_free(&was);
	sample_free(&s);
}
END_TEST

Suite *rewrite_suite(void)
{
	Suite *s = suite_create("rewrite");
	TCase *tc = unit_case_with_folder(s, "copy");

	tcase_add_loop_test(tc, unchanged_copy_is_identical, 0, 4);
	tcase_add_test(tc, bytes_outside_sections_are_copied);
	tcase_add_loop_test(tc, headers_are_as_told, 0, 2);
	tcase_add_test(tc, written_aside);

	tc = unit_case_with_folder(s, "layout");
	tcase_add_loop_test(tc, resized_content_lays_the_file_out_anew, 0,
			    2 * COUNT_OF(resizes));
	tcase_add_test(tc, other_gaps_are_kept);
	tcase_add_test(tc, no_growth_into_what_is_loaded);
	tcase_add_loop_test(tc, segments_follow_their_sections, 0, 2);
	tcase_add_loop_test(tc, empty_sections_stay_in_the_file, 0, 2);

	tc = unit_case_with_folder(s, "drop");
	tcase_add_loop_test(tc, left_out_sections_renumber_the_rest, 0, 2);
	tcase_add_loop_test(tc, symbols_of_left_out_sections_become_null, 0, 2);
	tcase_add_loop_test(tc, more_than_65280_sections, 0, 2);

	tc = unit_case_with_folder(s, "patch");
	tcase_add_loop_test(tc, tables_are_cut_between_entries, 0,
			    COUNT_OF(pieces));
	tcase_add_loop_test(tc, patched_fields_may_cross_chunks, 0, 5);
	tcase_add_test(tc, new_content_is_patched_as_well);
	tcase_add_test(tc, what_is_passed_is_written);
	tcase_add_loop_test(tc, what_is_ahead_is_not_copied, 0, AHEADS);
	tcase_add_loop_test(tc, opened_in_vain, 0, 2);
	return s;
}
