/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes an image as GNU ld leaves it with --emit-relocs, from a seed, in the
 * proportions of a Linux 6.1 defconfig with DWARF 5 (1.5 GB: 29.6 million
 * records, 18.7 million symbols). Given another base, it writes the same image
 * as the linker would have there: each is the other's proof.
 *
 * The image is made of units, as many as its size needs. A unit has a fixed
 * number of bytes, records and symbols in each section, so that every address
 * is known before anything is written, and units can be written in any order.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "elfio/parallel.h"

enum sec {
	S_NULL, S_TEXT, S_RODATA, S_DATA, S_BUG_TABLE, S_SDATA, S_BSS,
	S_COMMENT, S_INFO, S_ABBREV, S_LINE, S_FRAME, S_ARANGES, S_STR,
	S_LOCLISTS, S_RNGLISTS,
	S_SYMTAB, S_STRTAB, S_CONTENT = S_STRTAB	/* the last but for records */
};

/* Per unit: what a CU of that kernel has on average. */
struct shape {
	uint32_t branch, jal, call, pcrel, rvc_branch, rvc_jump, none, gprel;
	uint32_t rodata_words, data_words, bugs;
	uint32_t info_bytes, info_32, info_64, info_sums;
	uint32_t line_sums, frames, frame_sums, loc_64, rng_64, ulebs;
	uint32_t labels, strings, functions, objects;
};

static const struct shape usual = {
	.branch = 84, .jal = 49, .call = 43, .pcrel = 35, .rvc_branch = 54,
	.rvc_jump = 46, .none = 48, .gprel = 2,
	.rodata_words = 13, .data_words = 6, .bugs = 8,
	.info_bytes = 69600, .info_32 = 4480, .info_64 = 350, .info_sums = 143,
	.line_sums = 1635, .frames = 18, .frame_sums = 24, .loc_64 = 1322,
	.rng_64 = 508,
	.labels = 4500, .strings = 2340, .functions = 10, .objects = 8,
};

struct section {
	const char *name;
	uint32_t type;
	uint64_t flags, align;
	uint64_t unit;		/* bytes for each unit; 0: size is fixed */
	uint32_t records;	/* for each unit */
	uint64_t addr, offset, size, rela;	/* rela: where its records are */
};

#define LOADED(n, f, a)	{ .name = n, .type = SHT_PROGBITS, .flags = SHF_ALLOC | (f), .align = a }
#define DEBUG(n)	{ .name = ".debug_" n, .type = SHT_PROGBITS, .align = 1 }

static struct section sec[S_CONTENT + 1] = {
	[S_TEXT] = LOADED(".text", SHF_EXECINSTR, 0x1000),
	[S_RODATA] = LOADED(".rodata", 0, 0x1000),
	[S_DATA] = LOADED(".data", SHF_WRITE, 0x1000),
	[S_BUG_TABLE] = LOADED("__bug_table", SHF_WRITE, 8),
	[S_SDATA] = LOADED(".sdata", SHF_WRITE, 8),
	[S_BSS] = { .name = ".bss", .type = SHT_NOBITS,
		    .flags = SHF_ALLOC | SHF_WRITE, .align = 0x1000 },
	[S_COMMENT] = { .name = ".comment", .type = SHT_PROGBITS, .align = 1 },
	[S_INFO] = DEBUG("info"), [S_ABBREV] = DEBUG("abbrev"),
	[S_LINE] = DEBUG("line"), [S_FRAME] = DEBUG("frame"),
	[S_ARANGES] = DEBUG("aranges"), [S_STR] = DEBUG("str"),
	[S_LOCLISTS] = DEBUG("loclists"), [S_RNGLISTS] = DEBUG("rnglists"),
	[S_SYMTAB] = { .name = ".symtab", .type = SHT_SYMTAB, .align = 8 },
	[S_STRTAB] = { .name = ".strtab", .type = SHT_STRTAB, .align = 1 },
};

static const char comment[] = "GCC: (none) of bench/generate.c";

enum {
	R_32 = 1, R_64 = 2, R_BRANCH = 16, R_JAL = 17, R_CALL_PLT = 19,
	R_PCREL_HI20 = 23, R_PCREL_LO12_I = 24, R_PCREL_LO12_S = 25,
	R_ADD16 = 34, R_ADD32 = 35, R_ADD64 = 36, R_SUB8 = 37, R_SUB16 = 38,
	R_SUB32 = 39, R_SUB64 = 40, R_RVC_BRANCH = 44, R_RVC_JUMP = 45,
	R_GPREL_I = 47, R_RELAX = 51, R_SUB6 = 52, R_SET6 = 53, R_SET8 = 54,
	R_SET16 = 55, R_SET_ULEB128 = 60, R_SUB_ULEB128 = 61, R_NONE = 0,
};

enum {
	BATCH = 32,		/* units that are written at once */
	SDATA_OBJECTS = 64, SDATA_SIZE = SDATA_OBJECTS * 8,
	ABBREV_UNIT = 4096, RODATA_FILL = 1100, DATA_FILL = 560,
	BUG = 12,		/* bytes of an entry */
	NAME = 18,		/* bytes of every name but the first ones */
};

/* Symbols that are not of a unit, in front of it and behind. */
#define FIRST_LOCAL	(S_RNGLISTS + 1)
enum extra { X_GP, X_END, X_CONSTANT, X_WEAK, X_SDATA, EXTRAS = X_SDATA + SDATA_OBJECTS };

static struct shape shape;
static uint64_t seed, base = UINT64_C(0xffffffff80000000), units;
static uint32_t unit_locals;
static uint64_t text_bytes;	/* of a unit */

static void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("generate: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

/* --- Symbols. --- */

struct ref {
	uint32_t sym;
	uint64_t value;
};

static uint64_t mix(uint64_t x)	/* splitmix64 */
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static uint32_t first_global(void)
{
	return (uint32_t)(FIRST_LOCAL + units * unit_locals);
}

static struct ref label(uint64_t unit, uint32_t j)
{
	return (struct ref){ (uint32_t)(FIRST_LOCAL + unit * unit_locals + j),
		sec[S_TEXT].addr + unit * text_bytes +
		(j * text_bytes / shape.labels & ~UINT64_C(1)) };
}

static struct ref string(uint64_t unit, uint32_t j)
{
	return (struct ref){ (uint32_t)(FIRST_LOCAL + unit * unit_locals +
					shape.labels + shape.pcrel + j),
		mix(seed ^ unit << 20 ^ j) % sec[S_STR].size };
}

static struct ref function(uint64_t unit, uint32_t j)
{
	return (struct ref){ (uint32_t)(first_global() +
		unit * (shape.functions + shape.objects) + j),
		sec[S_TEXT].addr + unit * text_bytes +
		(j * text_bytes / shape.functions & ~UINT64_C(1)) };
}

static struct ref object(uint64_t unit, uint32_t j)
{
	return (struct ref){ (uint32_t)(first_global() +
		unit * (shape.functions + shape.objects) + shape.functions + j),
		sec[S_DATA].addr + unit * sec[S_DATA].unit +
		j * sec[S_DATA].unit / shape.objects };
}

static struct ref extra(enum extra x)
{
	struct ref r = { (uint32_t)(first_global() + units *
				    (shape.functions + shape.objects) + x), 0 };

	if (x == X_GP)
		r.value = sec[S_SDATA].addr + 0x100;
	else if (x == X_END)	/* rounded up, as scripts do */
		r.value = (sec[S_BSS].addr + sec[S_BSS].size + 0xfff) & ~UINT64_C(0xfff);
	else if (x == X_CONSTANT)
		r.value = 42;
	else if (x >= X_SDATA)
		r.value = sec[S_SDATA].addr + (x - X_SDATA) * 8u;
	return r;
}

/* --- A unit. --- */

struct unit {
	uint64_t i, rng;
	uint8_t *bytes[S_CONTENT + 1];
	Elf64_Rela *rela[S_CONTENT + 1];
	uint32_t n[S_CONTENT + 1];	/* records so far */
	uint64_t at;			/* in the section at hand */
	uint32_t pairs;			/* auipc so far */
	uint32_t mark;			/* the label that debug information is at */
	Elf64_Sym *local, *global;
};

static uint32_t draw(struct unit *u, uint64_t below)
{
	u->rng = u->rng * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (uint32_t)((u->rng >> 32) * below >> 32);
}

static void put(struct unit *u, enum sec s, uint64_t at, uint64_t v, size_t bytes)
{
	if (at + bytes > sec[s].unit)
		die("%s: a unit does not fit", sec[s].name);
	memcpy(u->bytes[s] + at, &v, bytes);
}

static void record(struct unit *u, enum sec s, uint64_t at, uint32_t type,
		   uint32_t sym, int64_t addend)
{
	if (u->n[s] == sec[s].records)
		die("%s: too many records", sec[s].name);
	u->rela[s][u->n[s]++] = (Elf64_Rela){
		sec[s].addr + u->i * sec[s].unit + at,
		ELF64_R_INFO((uint64_t)sym, type), addend };
}

static void word(struct unit *u, enum sec s, uint32_t type, struct ref r, int64_t addend)
{
	size_t bytes = type == R_64 ? 8 : 4;

	put(u, s, u->at, r.value + (uint64_t)addend, bytes);
	record(u, s, u->at, type, r.sym, addend);
	u->at += bytes;
}

/* to - from, of two records. */
static void distance(struct unit *u, enum sec s, uint32_t add, uint32_t sub,
		     size_t bytes, struct ref to, struct ref from)
{
	put(u, s, u->at, to.value - from.value, bytes);
	record(u, s, u->at, add, to.sym, 0);
	record(u, s, u->at, sub, from.sym, 0);
	u->at += bytes;
}

static void fill(struct unit *u, enum sec s)
{
	uint64_t at = 0;

	for (; at + 4 <= sec[s].unit; at += 4) {
		/* No two of these are an address of the image. */
		uint32_t v = draw(u, 0x01000000);

		memcpy(u->bytes[s] + at, &v, 4);
	}
	memset(u->bytes[s] + at, 0, sec[s].unit - at);
	u->at = 0;
}

/* Passes over bytes, so that `left` more of `bytes` fit behind. */
static void gap(struct unit *u, enum sec s, uint32_t left, uint32_t bytes)
{
	uint64_t room = sec[s].unit - u->at - (uint64_t)left * bytes;

	u->at += draw(u, left ? 2 * room / (left + 1) : 0);
}

/* --- Instructions. --- */

static uint32_t bits(uint64_t v, unsigned from, unsigned count, unsigned to)
{
	return (uint32_t)(v >> from & ((1u << count) - 1)) << to;
}

static uint32_t i_type(uint64_t v) { return bits(v, 0, 12, 20); }

static uint32_t s_type(uint64_t v)
{
	return bits(v, 5, 7, 25) | bits(v, 0, 5, 7);
}

static uint32_t b_type(uint64_t v)
{
	return bits(v, 12, 1, 31) | bits(v, 5, 6, 25) | bits(v, 1, 4, 8) |
	       bits(v, 11, 1, 7);
}

static uint32_t j_type(uint64_t v)
{
	return bits(v, 20, 1, 31) | bits(v, 1, 10, 21) | bits(v, 11, 1, 20) |
	       bits(v, 12, 8, 12);
}

static uint32_t cb_type(uint64_t v)
{
	return bits(v, 8, 1, 12) | bits(v, 3, 2, 10) | bits(v, 6, 2, 5) |
	       bits(v, 1, 2, 3) | bits(v, 5, 1, 2);
}

static uint32_t cj_type(uint64_t v)
{
	return bits(v, 11, 1, 12) | bits(v, 4, 1, 11) | bits(v, 8, 2, 9) |
	       bits(v, 10, 1, 8) | bits(v, 6, 1, 7) | bits(v, 7, 1, 6) |
	       bits(v, 1, 3, 3) | bits(v, 5, 1, 2);
}

static uint32_t hi20(uint64_t v) { return (uint32_t)(v + 0x800) & 0xfffff000; }

/* A label of the unit not further than `reach` from here; most are not far. */
static struct ref near(struct unit *u, uint64_t reach)
{
	uint64_t from, to, j;

	if (reach > 240)
		reach = 240 + (reach - 240) / (1 + draw(u, 32));
	from = u->at > reach ? u->at - reach : 0;
	to = u->at + reach < text_bytes ? u->at + reach : text_bytes;

	from = (from * shape.labels + text_bytes - 1) / text_bytes + 1;
	to = to * shape.labels / text_bytes;
	if (to > shape.labels - 1)
		to = shape.labels - 1;
	j = from + draw(u, to - from + 1);
	/* Several jump to the same: most labels are not for jumps. */
	if ((j & ~UINT64_C(7)) >= from)
		j &= ~UINT64_C(7);
	return label(u->i, (uint32_t)j);
}

/* A label not far behind the last: compilers go through the code in order. */
static struct ref next_label(struct unit *u, uint32_t step)
{
	u->mark = (u->mark + draw(u, step)) % shape.labels;
	return label(u->i, u->mark);
}

/* Whom a unit refers to: itself, what everybody uses, and anybody at times. */
static uint64_t some_unit(struct unit *u)
{
	switch (draw(u, 16)) {
	case 0:
		return draw(u, units);
	case 1: case 2: case 3: case 4: case 5: case 6:
		return draw(u, units < 4 ? units : 4);
	}
	return u->i;
}

static struct ref anywhere(struct unit *u)
{
	uint64_t unit = some_unit(u);

	switch (draw(u, 64)) {
	case 0:
		return extra(X_END);
	case 1:
		return extra(X_SDATA + draw(u, SDATA_OBJECTS));
	}
	return draw(u, 2) ? function(unit, draw(u, shape.functions)) :
			    object(unit, draw(u, shape.objects));
}

static void code(struct unit *u, uint32_t insn, size_t bytes)
{
	put(u, S_TEXT, u->at, insn, bytes);
	u->at += bytes;
}

static void relax(struct unit *u)
{
	record(u, S_TEXT, u->at, R_RELAX, 0, 0);
}

static uint64_t here(const struct unit *u)
{
	return sec[S_TEXT].addr + u->i * text_bytes + u->at;
}

static void call(struct unit *u)
{
	struct ref to = function(some_unit(u), draw(u, shape.functions));
	uint64_t v = to.value - here(u);

	record(u, S_TEXT, u->at, R_CALL_PLT, to.sym, 0);
	relax(u);
	code(u, 0x00000097 | hi20(v), 4);	/* auipc ra */
	code(u, 0x000080e7 | i_type(v), 4);	/* jalr ra, ra */
}

static void pcrel(struct unit *u)
{
	uint32_t sym = label(u->i, 0).sym + shape.labels + u->pairs;
	struct ref to = anywhere(u);
	uint64_t v = to.value - here(u);
	bool store = !draw(u, 64);

	u->local[shape.labels + u->pairs++].st_value = here(u);
	record(u, S_TEXT, u->at, R_PCREL_HI20, to.sym, 0);
	relax(u);
	code(u, 0x00000797 | hi20(v), 4);	/* auipc a5 */
	record(u, S_TEXT, u->at, store ? R_PCREL_LO12_S : R_PCREL_LO12_I, sym, 0);
	relax(u);
	code(u, store ? 0x00e7a023 | s_type(v) :	/* sw a4, (a5) */
			0x00078793 | i_type(v), 4);	/* addi a5, a5 */
}

static void gprel(struct unit *u)
{
	struct ref to = extra(X_SDATA + draw(u, SDATA_OBJECTS));
	uint64_t gp = extra(X_GP).value;

	record(u, S_TEXT, u->at, R_GPREL_I, to.sym, -(int64_t)gp);
	code(u, 0x00018793 | i_type(to.value - gp), 4);	/* addi a5, gp */
}

static void jump(struct unit *u, uint32_t type)
{
	struct ref to = near(u, type == R_BRANCH ? 4000 : type == R_JAL ? 100000 :
				type == R_RVC_BRANCH ? 240 : 2000);
	uint64_t v = to.value - here(u);

	record(u, S_TEXT, u->at, type, to.sym, 0);
	switch (type) {
	case R_BRANCH:
		code(u, 0x00078063 | b_type(v), 4);	/* beqz a5 */
		break;
	case R_JAL:
		code(u, 0x0000006f | j_type(v), 4);	/* j */
		break;
	case R_RVC_BRANCH:
		code(u, 0xc381 | cb_type(v), 2);	/* c.beqz a5 */
		break;
	default:
		code(u, 0xa001 | cj_type(v), 2);	/* c.j */
	}
}

enum item {
	I_BRANCH, I_JAL, I_CALL, I_PCREL, I_RVC_BRANCH, I_RVC_JUMP, I_NONE,
	I_GPREL, ITEMS
};

static void one_item(struct unit *u, enum item i)
{
	static const uint8_t jumps[] = {
		[I_BRANCH] = R_BRANCH, [I_JAL] = R_JAL,
		[I_RVC_BRANCH] = R_RVC_BRANCH, [I_RVC_JUMP] = R_RVC_JUMP };

	switch (i) {
	case I_CALL:
		call(u);
		break;
	case I_PCREL:
		pcrel(u);
		break;
	case I_GPREL:
		gprel(u);
		break;
	case I_NONE:	/* what relaxation leaves of a record */
		record(u, S_TEXT, u->at, R_NONE, 0, 4);
		code(u, 0x0001, 2);
		break;
	default:
		jump(u, jumps[i]);
	}
}

/* Counts are in the order of enum item at the head of struct shape. */
static void text(struct unit *u)
{
	uint32_t left[ITEMS] = {
		shape.branch, shape.jal, shape.call, shape.pcrel,
		shape.rvc_branch, shape.rvc_jump, shape.none, shape.gprel };
	uint32_t all = 0, i, k;

	for (i = 0; i < ITEMS; i++)
		all += left[i];
	u->at = 0;
	for (; all; all--) {
		k = draw(u, all);
		for (i = 0; k >= left[i]; i++)
			k -= left[i];
		left[i]--;
		for (uint64_t to = u->at, room = text_bytes - u->at - all * 8; room &&
		     u->at < to + (2 * room / (all + 1) & ~UINT64_C(7)) / 2;)
			code(u, 0x00000013 | draw(u, 4096) << 20, 4);	/* li zero */
		one_item(u, i);
	}
	while (u->at < text_bytes)
		code(u, 0x0001, 2);
}

/* --- Data and debug information. --- */

static void words(struct unit *u, enum sec s, uint32_t n)
{
	fill(u, s);
	for (uint32_t i = 0; i < n; i++) {
		u->at = sec[s].unit * i / n & ~UINT64_C(7);
		if (u->i % 64 == 3 && !i)
			word(u, s, R_64, extra(X_WEAK), 0);
		else
			word(u, s, R_64, anywhere(u), 8 * draw(u, 4));
	}
}

/* Distances to the entry itself, and to a name. */
static void bug_table(struct unit *u)
{
	struct ref self = { S_BUG_TABLE, 0 };

	fill(u, S_BUG_TABLE);
	for (uint32_t i = 0; i < shape.bugs; i++) {
		struct ref of = next_label(u, 500);
		uint64_t at = BUG * (uint64_t)i;

		for (uint32_t k = 0; k < 2; k++) {
			int64_t off = (int64_t)(u->i * sec[S_BUG_TABLE].unit + at + 4 * k);

			self.value = sec[S_BUG_TABLE].addr + (uint64_t)off;
			put(u, S_BUG_TABLE, at + 4 * k, of.value - self.value, 4);
			record(u, S_BUG_TABLE, at + 4 * k, R_ADD32, of.sym, 0);
			record(u, S_BUG_TABLE, at + 4 * k, R_SUB32, self.sym, off);
			of = function(some_unit(u), 0);
		}
	}
}

static void info(struct unit *u)
{
	uint32_t left[3] = { shape.info_32, shape.info_64, shape.info_sums };
	uint32_t all = left[0] + left[1] + left[2], k, name = 0;
	struct ref last;

	fill(u, S_INFO);
	for (; all; all--) {
		gap(u, S_INFO, all, 8);
		k = draw(u, all);
		if (k < left[0]) {
			left[0]--;	/* new names more or less in order */
			name = draw(u, 2) ? (name + 1) % shape.strings : name;
			word(u, S_INFO, R_32, string(u->i, draw(u, 3) ? name :
					draw(u, shape.strings)), 0);
		} else if (k < left[0] + left[1]) {
			left[1]--;
			word(u, S_INFO, R_64, next_label(u, 24), 0);
		} else {
			left[2]--;
			last = next_label(u, 24);
			distance(u, S_INFO, R_ADD64, R_SUB64, 8,
				 next_label(u, 24), last);
		}
	}
}

static void line(struct unit *u)
{
	uint32_t n = shape.line_sums;
	struct ref last = label(u->i, 0);

	fill(u, S_LINE);
	for (uint32_t i = 0; i < 8; i++)
		word(u, S_LINE, R_32, string(u->i, i), 0);
	word(u, S_LINE, R_64, last, 0);
	for (uint32_t i = 0; i < n; i++) {
		struct ref next = label(u->i, (uint32_t)((uint64_t)i * shape.labels / n));

		gap(u, S_LINE, n - i, 2);
		distance(u, S_LINE, R_ADD16, R_SUB16, 2, next, last);
		last = next;
	}
}

static void advance(struct unit *u)	/* DW_CFA_advance_loc in three sizes */
{
	struct ref from = next_label(u, 16), to = next_label(u, 16);

	switch (draw(u, 8)) {
	case 0:
		distance(u, S_FRAME, R_SET16, R_SUB16, 2, to, from);
		break;
	case 1:
	case 2:
		distance(u, S_FRAME, R_SET8, R_SUB8, 1, to, from);
		break;
	default:
		distance(u, S_FRAME, R_SET6, R_SUB6, 1, to, from);
		u->bytes[S_FRAME][u->at - 1] &= 63;
		u->bytes[S_FRAME][u->at - 1] |= 64;
	}
}

static void frame(struct unit *u)
{
	uint32_t each = shape.frame_sums / shape.frames;
	struct ref begin;

	fill(u, S_FRAME);
	for (uint32_t i = 0; i < shape.frames; i++) {
		u->at = sec[S_FRAME].unit * i / shape.frames;
		word(u, S_FRAME, R_32, (struct ref){ S_FRAME, 0 },
		     (int64_t)(u->i * sec[S_FRAME].unit));
		begin = next_label(u, 200);
		word(u, S_FRAME, R_64, begin, 0);
		distance(u, S_FRAME, R_ADD64, R_SUB64, 8, next_label(u, 200),
			 begin);
		for (uint32_t k = 0; k < each; k++)
			advance(u);
	}
}

static void aranges(struct unit *u)
{
	fill(u, S_ARANGES);
	u->at = 6;
	word(u, S_ARANGES, R_32, (struct ref){ S_INFO, 0 }, (int64_t)(u->i * sec[S_INFO].unit));
	u->at = 16;
	for (uint32_t i = 0; i < 2; i++) {
		word(u, S_ARANGES, R_64, label(u->i, 0), 0);
		distance(u, S_ARANGES, R_ADD64, R_SUB64, 8,
			 label(u->i, shape.labels - 1), label(u->i, 0));
	}
}

/* Pairs of addresses, a few for each variable; at the end lengths as ULEB128. */
static void lists(struct unit *u, enum sec s, uint32_t n, uint32_t ulebs)
{
	fill(u, s);
	for (uint32_t i = 0; i < n; i++) {
		gap(u, s, n - i + ulebs, 8);
		if (i % 8 == 0)		/* its function's other variables */
			u->mark = (uint32_t)((uint64_t)i * shape.labels / n) & ~63u;
		word(u, s, R_64, next_label(u, 6), i % 2 && !draw(u, 8) ? -1 : 0);
	}
	for (uint32_t i = 0; i < ulebs; i++) {
		struct ref from = label(u->i, draw(u, shape.labels / 2));
		struct ref to = label(u->i, shape.labels - 1);
		uint64_t v = to.value - from.value;

		put(u, s, u->at, (v & 0x7f) | 0x80 | (v >> 7 & 0x7f) << 8, 2);
		record(u, s, u->at, R_SET_ULEB128, to.sym, 0);
		record(u, s, u->at, R_SUB_ULEB128, from.sym, 0);
		u->at += 2;
	}
}

/* --- Names: .L0 is everybody's, the others have one width. --- */

static const char first_names[] = "\0.L0 \0__global_pointer$\0__efistub_end\0section_count\0efi_arch_tables";
enum { N_L0 = 1, N_GP = 6, N_END = 24, N_CONSTANT = 38, N_WEAK = 52 };

static uint32_t name_of(const char *kind, uint64_t j)
{
	uint64_t labels = shape.labels, strings = shape.strings;

	j += kind[2] == 'V' ? 0 : kind[2] == 'A' ? labels : labels + strings;
	return (uint32_t)(sizeof(first_names) + j * NAME);
}

static uint64_t name_count(void)
{
	return shape.labels + shape.strings +
	       units * (shape.functions + shape.objects) + SDATA_OBJECTS;
}

static void write_names(char *to)
{
	uint64_t k = 0, unit = shape.functions + shape.objects;

	memcpy(to, first_names, sizeof(first_names));
	to += sizeof(first_names);
	for (uint32_t j = 0; j < shape.labels; j++, k++)
		sprintf(to + k * NAME, ".LVL%013u", j);
	for (uint32_t j = 0; j < shape.strings; j++, k++)
		sprintf(to + k * NAME, ".LASF%012u", j);
	for (uint64_t j = 0; j < units * unit + SDATA_OBJECTS; j++, k++)
		sprintf(to + k * NAME, "%s_%09u", j % unit < shape.functions ||
			j >= units * unit ? "routine" : "objects", (unsigned)j);
}

static void locals(struct unit *u)
{
	for (uint32_t j = 0; j < shape.labels + shape.pcrel; j++)
		u->local[j] = (Elf64_Sym){
			.st_name = j % 3 && j < shape.labels ? name_of(".LVL", j) : N_L0,
			.st_info = ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE),
			.st_shndx = S_TEXT,
			.st_value = j < shape.labels ? label(u->i, j).value : 0 };
	for (uint32_t j = 0; j < shape.strings; j++)
		u->local[shape.labels + shape.pcrel + j] = (Elf64_Sym){
			.st_name = name_of(".LASF", j),
			.st_info = ELF64_ST_INFO(STB_LOCAL, STT_NOTYPE),
			.st_shndx = S_STR, .st_value = string(u->i, j).value };
}

static void globals(struct unit *u)
{
	uint64_t first = u->i * (shape.functions + shape.objects);

	for (uint32_t j = 0; j < shape.functions; j++)
		u->global[j] = (Elf64_Sym){
			.st_name = name_of("global", first + j),
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			.st_shndx = S_TEXT, .st_value = function(u->i, j).value,
			.st_size = text_bytes / shape.functions };
	for (uint32_t j = 0; j < shape.objects; j++)
		u->global[shape.functions + j] = (Elf64_Sym){
			.st_name = name_of("global", first + shape.functions + j),
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT),
			.st_shndx = S_DATA, .st_value = object(u->i, j).value,
			.st_size = 8 };
}

static void make_unit(struct unit *u)
{
	u->rng = mix(seed ^ mix(u->i));
	locals(u);
	globals(u);
	text(u);
	words(u, S_RODATA, shape.rodata_words);
	words(u, S_DATA, shape.data_words);
	bug_table(u);
	info(u);
	fill(u, S_ABBREV);
	line(u);
	frame(u);
	aranges(u);
	fill(u, S_STR);
	lists(u, S_LOCLISTS, shape.loc_64, 0);
	lists(u, S_RNGLISTS, shape.rng_64, shape.ulebs);
	for (enum sec s = S_TEXT; s <= S_CONTENT; s++)
		if (u->n[s] != sec[s].records)
			die("%s: %u records, not %u", sec[s].name, u->n[s], sec[s].records);
}

/* --- The file. --- */

static int fd;

static void write_at(const void *p, uint64_t len, uint64_t off)
{
	const char *from = p;

	while (len) {
		ssize_t n = pwrite(fd, from, len, (off_t)off);

		if (n <= 0)
			die("cannot write: %s", strerror(n ? errno : ENOSPC));
		from += n;
		off += (uint64_t)n;
		len -= (uint64_t)n;
	}
}

static void *memory(uint64_t bytes)
{
	void *p = malloc(bytes + 1);

	if (!p)
		die("out of memory");
	return p;
}

static void write_batch(void *ctx, size_t batch, unsigned worker)
{
	uint64_t first = batch * BATCH, n = units - first < BATCH ? units - first : BATCH;
	uint32_t nglobal = shape.functions + shape.objects;
	uint8_t *bytes[S_CONTENT + 1] = { NULL };
	Elf64_Rela *rela[S_CONTENT + 1] = { NULL };
	Elf64_Sym *local = memory(n * unit_locals * sizeof(*local));
	Elf64_Sym *global = memory(n * nglobal * sizeof(*global));

	(void)ctx, (void)worker;
	for (enum sec s = S_TEXT; s <= S_CONTENT; s++) {
		bytes[s] = memory(n * sec[s].unit);
		rela[s] = memory(n * sec[s].records * sizeof(**rela));
	}
	for (uint64_t i = 0; i < n; i++) {
		struct unit u = { .i = first + i, .local = local + i * unit_locals,
				  .global = global + i * nglobal };

		for (enum sec s = S_TEXT; s <= S_CONTENT; s++) {
			u.bytes[s] = bytes[s] + i * sec[s].unit;
			u.rela[s] = rela[s] + i * sec[s].records;
		}
		make_unit(&u);
	}
	for (enum sec s = S_TEXT; s <= S_CONTENT; s++) {
		write_at(bytes[s], n * sec[s].unit, sec[s].offset + first * sec[s].unit);
		write_at(rela[s], n * sec[s].records * sizeof(**rela),
			 sec[s].rela + first * sec[s].records * sizeof(**rela));
		free(bytes[s]);
		free(rela[s]);
	}
	write_at(local, n * unit_locals * sizeof(*local), sec[S_SYMTAB].offset +
		 (FIRST_LOCAL + first * unit_locals) * sizeof(*local));
	write_at(global, n * nglobal * sizeof(*global), sec[S_SYMTAB].offset +
		 (first_global() + first * nglobal) * sizeof(*global));
	free(local);
	free(global);
}

static void write_other_symbols(void)
{
	Elf64_Sym s[FIRST_LOCAL] = { { 0 } }, x[EXTRAS] = { { 0 } };

	for (enum sec i = S_TEXT; i < FIRST_LOCAL; i++)
		s[i] = (Elf64_Sym){ .st_shndx = i, .st_value = sec[i].addr,
			.st_info = ELF64_ST_INFO(STB_LOCAL, STT_SECTION) };
	for (enum extra i = 0; i < EXTRAS; i++)
		x[i] = (Elf64_Sym){ .st_shndx = S_SDATA, .st_value = extra(i).value,
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_NOTYPE),
			.st_name = name_of("global", units * (shape.functions +
				   shape.objects) + (i - X_SDATA)) };
	x[X_GP].st_name = N_GP;
	x[X_END].st_name = N_END;
	x[X_CONSTANT].st_name = N_CONSTANT;
	x[X_END].st_shndx = x[X_CONSTANT].st_shndx = SHN_ABS;
	x[X_WEAK] = (Elf64_Sym){ .st_name = N_WEAK,
		.st_info = ELF64_ST_INFO(STB_WEAK, STT_NOTYPE) };
	write_at(s, sizeof(s), sec[S_SYMTAB].offset);
	write_at(x, sizeof(x), sec[S_SYMTAB].offset + sec[S_SYMTAB].size - sizeof(x));
}

static void write_rest(void)
{
	char *names = memory(sec[S_STRTAB].size);
	uint8_t zero[SDATA_SIZE] = { 0 };

	write_names(names);
	write_at(names, sec[S_STRTAB].size, sec[S_STRTAB].offset);
	free(names);
	write_at(comment, sizeof(comment), sec[S_COMMENT].offset);
	write_at(zero, sizeof(zero), sec[S_SDATA].offset);
	write_other_symbols();
}

/* --- Layout and headers. --- */

static uint64_t up(uint64_t v, uint64_t align)
{
	return (v + align - 1) / align * align;
}

static void size_sections(void)
{
	sec[S_TEXT].unit = text_bytes;
	sec[S_TEXT].records = shape.branch + shape.jal + shape.rvc_branch +
		shape.rvc_jump + shape.none + shape.gprel + 2 * shape.call +
		4 * shape.pcrel;
	sec[S_RODATA].unit = up(RODATA_FILL + 16 * shape.rodata_words, 8);
	sec[S_RODATA].records = shape.rodata_words;
	sec[S_DATA].unit = up(DATA_FILL + 16 * shape.data_words, 64);
	sec[S_DATA].records = shape.data_words;
	sec[S_BUG_TABLE].unit = BUG * shape.bugs;
	sec[S_BUG_TABLE].records = 4 * shape.bugs;
	sec[S_SDATA].size = SDATA_SIZE;
	sec[S_BSS].size = units * 2048;
	sec[S_COMMENT].size = sizeof(comment);
	sec[S_INFO].unit = shape.info_bytes;
	sec[S_INFO].records = shape.info_32 + shape.info_64 + 2 * shape.info_sums;
	sec[S_ABBREV].unit = ABBREV_UNIT;
	sec[S_LINE].unit = 40 + 7 * shape.line_sums;
	sec[S_LINE].records = 9 + 2 * shape.line_sums;
	sec[S_FRAME].unit = 60 * shape.frames + 2 * shape.frame_sums;
	sec[S_FRAME].records = 4 * shape.frames +
		2 * shape.frames * (shape.frame_sums / shape.frames);
	sec[S_ARANGES].unit = 64;
	sec[S_ARANGES].records = 7;
	sec[S_STR].unit = 4096;
	sec[S_LOCLISTS].unit = 12 * shape.loc_64;
	sec[S_LOCLISTS].records = shape.loc_64;
	sec[S_RNGLISTS].unit = 10 * (shape.rng_64 + shape.ulebs);
	sec[S_RNGLISTS].records = shape.rng_64 + 2 * shape.ulebs;
	unit_locals = shape.labels + shape.pcrel + shape.strings;
	sec[S_SYMTAB].size = sizeof(Elf64_Sym) *
		(FIRST_LOCAL + EXTRAS + units * (unit_locals + shape.functions +
						 shape.objects));
	sec[S_STRTAB].size = sizeof(first_names) + name_count() * NAME;
}

/* Returns where the file goes on behind the records. */
static uint64_t place_sections(void)
{
	uint64_t addr = base, off = 0x1000;

	for (enum sec s = S_TEXT; s <= S_CONTENT; s++) {
		if (sec[s].unit)
			sec[s].size = units * sec[s].unit;
		addr = up(addr, sec[s].align);
		off = sec[s].flags & SHF_ALLOC ? 0x1000 + (addr - base) : up(off, sec[s].align);
		sec[s].offset = off;
		if (sec[s].type != SHT_NOBITS)
			off += sec[s].size;
		if (sec[s].flags & SHF_ALLOC) {
			sec[s].addr = addr;
			addr += sec[s].size;
		}
	}
	for (enum sec s = S_TEXT; s <= S_CONTENT; s++) {
		if (!sec[s].records)
			continue;
		sec[s].rela = off = up(off, 8);
		off += units * sec[s].records * sizeof(Elf64_Rela);
	}
	return off;
}

static Elf64_Shdr header_of(enum sec s, uint32_t name)
{
	return (Elf64_Shdr){
		.sh_name = name, .sh_type = sec[s].type, .sh_flags = sec[s].flags,
		.sh_addr = sec[s].addr, .sh_offset = sec[s].offset,
		.sh_size = sec[s].size, .sh_addralign = sec[s].align,
		.sh_link = s == S_SYMTAB ? S_STRTAB : 0,
		.sh_info = s == S_SYMTAB ? first_global() : 0,
		.sh_entsize = s == S_SYMTAB ? sizeof(Elf64_Sym) : 0 };
}

static void write_headers(uint64_t end)
{
	Elf64_Shdr sh[2 * S_CONTENT + 2] = { { 0 } };
	char names[1024] = "";
	uint32_t n = 1, len = 1;

	for (enum sec s = S_TEXT; s <= S_CONTENT; s++) {
		sh[n++] = header_of(s, len);
		len += (uint32_t)sprintf(names + len, "%s", sec[s].name) + 1;
	}
	for (enum sec s = S_TEXT; s <= S_CONTENT; s++) {
		if (!sec[s].records)
			continue;
		sh[n++] = (Elf64_Shdr){
			.sh_name = len, .sh_type = SHT_RELA, .sh_flags = SHF_INFO_LINK,
			.sh_offset = sec[s].rela, .sh_link = S_SYMTAB, .sh_info = s,
			.sh_size = units * sec[s].records * sizeof(Elf64_Rela),
			.sh_addralign = 8, .sh_entsize = sizeof(Elf64_Rela) };
		len += (uint32_t)sprintf(names + len, ".rela%s", sec[s].name) + 1;
	}
	sh[n++] = (Elf64_Shdr){ .sh_name = len, .sh_type = SHT_STRTAB,
		.sh_offset = end, .sh_addralign = 1 };
	len += (uint32_t)sprintf(names + len, ".shstrtab") + 1;
	sh[n - 1].sh_size = len;
	write_at(names, len, end);
	end = up(end + len, 8);
	write_at(sh, n * sizeof(*sh), end);

	Elf64_Ehdr eh = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_EXEC, .e_machine = EM_RISCV, .e_version = EV_CURRENT,
		.e_entry = base, .e_phoff = sizeof(eh), .e_shoff = end,
		.e_flags = 1, .e_ehsize = sizeof(eh), .e_phnum = 1,
		.e_phentsize = sizeof(Elf64_Phdr), .e_shentsize = sizeof(*sh),
		.e_shnum = (uint16_t)n, .e_shstrndx = (uint16_t)(n - 1) };
	Elf64_Phdr ph = {
		.p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_offset = 0x1000,
		.p_vaddr = base, .p_align = 0x1000,
		.p_filesz = sec[S_SDATA].addr + sec[S_SDATA].size - base,
		.p_memsz = sec[S_BSS].addr + sec[S_BSS].size - base };

	write_at(&eh, sizeof(eh), 0);
	write_at(&ph, sizeof(ph), sizeof(eh));
}

/* --- Options. --- */

static uint64_t number(const char *text)
{
	char *end;
	uint64_t v = strtoull(text, &end, 0);

	switch (*end) {
	case 'G':
		v <<= 10;
		/* fall through */
	case 'M':
		v <<= 10;
		/* fall through */
	case 'K':
		v <<= 10;
		end++;
	}
	if (end == text || *end)
		die("'%s' is not a number", text);
	return v;
}

static uint64_t unit_bytes(void)
{
	uint64_t n = 0;

	units = 1;
	size_sections();
	for (enum sec s = S_TEXT; s <= S_CONTENT; s++)
		n += sec[s].unit + sec[s].records * sizeof(Elf64_Rela);
	n += (unit_locals + shape.functions + shape.objects) * sizeof(Elf64_Sym);
	return n + (shape.functions + shape.objects) * NAME;
}

static void scale(uint32_t *count, double by)
{
	*count = (uint32_t)(*count * by + 0.5);
}

static void usage(void)
{
	fputs("Usage: generate [OPTION...] OUT\n"
	      "  --size=N       bytes, about (default 10M; K, M, G are known)\n"
	      "  --base=ADDR    where it is linked\n"
	      "  --seed=N       another image of the same size\n"
	      "  --records=X, --symbols=X, --debug=X\n"
	      "                 so many times the usual number of debug records, of\n"
	      "                 symbols, of bytes in .debug_info per unit\n"
	      "  --ulebs=N      pairs of SET_ULEB128 and SUB_ULEB128 per unit, which\n"
	      "                 binutils 2.40 does not know\n", stderr);
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "size", 1, NULL, 's' }, { "base", 1, NULL, 'b' },
		{ "seed", 1, NULL, 'e' }, { "records", 1, NULL, 'r' },
		{ "symbols", 1, NULL, 'y' }, { "debug", 1, NULL, 'd' },
		{ "ulebs", 1, NULL, 'u' }, { 0 } };
	uint64_t size = 10 << 20, end;
	uint32_t ulebs = 0;
	double records = 1, symbols = 1, debug = 1;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 's': size = number(optarg); break;
		case 'b': base = number(optarg); break;
		case 'e': seed = number(optarg); break;
		case 'r': records = atof(optarg); break;
		case 'y': symbols = atof(optarg); break;
		case 'd': debug = atof(optarg); break;
		case 'u': ulebs = (uint32_t)number(optarg); break;
		default: usage();
		}
	if (optind != argc - 1)
		usage();
	shape = usual;
	shape.ulebs = ulebs;
	text_bytes = 4480;
	scale(&shape.info_bytes, debug);
	scale(&shape.info_32, records);
	scale(&shape.info_64, records);
	scale(&shape.line_sums, records);
	scale(&shape.loc_64, records);
	scale(&shape.rng_64, records);
	scale(&shape.labels, symbols);
	scale(&shape.strings, symbols);
	units = size / unit_bytes();
	if (!units)
		units = 1;
	size_sections();
	end = place_sections();
	fd = open(argv[optind], O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0)
		die("%s: %s", argv[optind], strerror(errno));
	parallel_for(parallel_cpus(), (units + BATCH - 1) / BATCH, write_batch, NULL);
	write_rest();
	write_headers(end);
	if (close(fd))
		die("%s: %s", argv[optind], strerror(errno));
	return 0;
}
