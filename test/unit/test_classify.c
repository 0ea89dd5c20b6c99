/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "relocator/classify.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "maker.h"
#include "relocator/reloc.h"

/* --- An image without a file: [lo, hi) and something that is not loaded. --- */

enum { TEXT = 1, DATA, EMPTY, TBSS, DEBUG, LAST };

#define LO	UINT64_C(0x80000000)
#define HI	(LO + 0x2480)	/* not a round number */
#define ROUND	(LO + 0x10000)	/* the next multiple of 64 KiB */
#define REACH	UINT64_C(0x10000000)	/* how far behind it a stack may be */

static void image_at(struct made *m, unsigned xlen, uint64_t lo)
{
	static const uint8_t bytes[0x1000];

	made_init(m, xlen);
	made_section(m, (struct section){ .name = ".text", .data = bytes,
		.type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_EXECINSTR,
		.addr = lo, .size = 0x1000, .align = 4 });
	made_section(m, (struct section){ .name = ".data", .data = bytes,
		.type = SHT_PROGBITS, .flags = SHF_ALLOC | SHF_WRITE,
		.addr = lo + 0x2000, .size = 0x480, .align = 64 });
	made_section(m, (struct section){ .name = ".empty",
		.type = SHT_PROGBITS, .flags = SHF_ALLOC, .align = 1,
		.addr = lo + 0x1800 });
	made_section(m, (struct section){ .name = ".tbss",
		.type = SHT_NOBITS, .flags = SHF_ALLOC | SHF_TLS, .align = 8,
		.addr = lo + 0x2400, .size = 0x100000 });
	made_section(m, (struct section){ .name = ".debug_info",
		.type = SHT_PROGBITS, .data = bytes, .size = 0x800,
		.align = 1 });
	made_section(m, (struct section){ .name = ".debug_bar",
		.type = SHT_PROGBITS, .data = bytes, .size = 0x10,
		.align = 1 });
}

static void open_model(struct model *m, struct made *made, struct image *img,
		       struct diag *d)
{
	diag_init(d, 20);
	*img = made_image(made);
	ck_assert_msg(model_init(m, img, NULL, NULL, d), "%s",
		      d->n ? d->entry[0].text : "");
	ck_assert_uint_eq(d->n, 0);
}

static void close_model(struct model *m, struct made *made, struct diag *d)
{
	model_free(m);
	made_free(made);
	diag_free(d);
}

/* --- The rules for symbols, at each border. --- */

static const struct rule_row {
	uint64_t value;
	uint32_t shndx;
	unsigned type;
	enum rule rule;
	bool moves;
	const char *name;
} rules[] = {
	/* Undefined: 0, or the PLT entry that stands for it. */
	{ 0, SHN_UNDEF, STT_NOTYPE, RULE_UNDEFINED, false, "weak" },
	{ LO, SHN_UNDEF, STT_FUNC, RULE_UNDEFINED, true, "plt" },
	{ HI, SHN_UNDEF, STT_FUNC, RULE_UNDEFINED, true, "plt" },
	{ LO - 1, SHN_UNDEF, STT_FUNC, RULE_UNDEFINED, false, "plt" },
	{ HI + 1, SHN_UNDEF, STT_FUNC, RULE_UNDEFINED, false, "plt" },
	{ LO, SHN_UNDEF, STT_TLS, RULE_UNDEFINED, true, "plt" },
	/* Offsets in the TLS segment, whatever they look like. */
	{ 0x10, TBSS, STT_TLS, RULE_TLS, false, "tls" },
	{ LO + 0x2400, TBSS, STT_TLS, RULE_TLS, false, "tls" },
	{ LO, SYM_ABS, STT_TLS, RULE_TLS, false, "tls" },
	{ LO, TEXT, STT_TLS, RULE_TLS, false, "tls" },
	/* In its section, the end included. */
	{ LO, TEXT, STT_FUNC, RULE_SECTION, true, "f" },
	{ LO + 0x1000, TEXT, STT_NOTYPE, RULE_SECTION, true, "text_end" },
	{ LO + 0x2000, DATA, STT_SECTION, RULE_SECTION, true, "" },
	{ LO + 0x2480, DATA, STT_OBJECT, RULE_SECTION, true, "data_end" },
	{ LO + 0x1800, EMPTY, STT_NOTYPE, RULE_SECTION, true, "empty" },
	{ 0, DEBUG, STT_SECTION, RULE_SECTION, false, "" },
	{ 0x800, DEBUG, STT_NOTYPE, RULE_SECTION, false, "in_debug" },
	{ 0x801, DEBUG, STT_NOTYPE, RULE_SECTION, false, "behind_debug" },
	/* Of a loaded section, outside it: an address near the image ... */
	{ LO + 0x1001, TEXT, STT_NOTYPE, RULE_OUTSIDE, true, "out" },
	{ LO - 1, TEXT, STT_NOTYPE, RULE_OUTSIDE, true, "out" },
	{ LO - 0x10000, TEXT, STT_NOTYPE, RULE_OUTSIDE, true, "out" },
	{ HI, TEXT, STT_NOTYPE, RULE_OUTSIDE, true, "out" },
	{ HI + 1, DATA, STT_NOTYPE, RULE_OUTSIDE, true, "out" },
	{ HI + 0x10000000, DATA, STT_NOTYPE, RULE_OUTSIDE, true, "stack" },
	{ LO + 0x1801, EMPTY, STT_NOTYPE, RULE_OUTSIDE, true, "out" },
	/* ... or a size, which a script has computed. */
	{ LO - 0x10001, TEXT, STT_NOTYPE, RULE_SIZE, false, "size" },
	{ HI + 0x10000001, DATA, STT_NOTYPE, RULE_SIZE, false, "size" },
	{ 4, TEXT, STT_NOTYPE, RULE_SIZE, false, "size" },
	{ UINT64_MAX, TEXT, STT_NOTYPE, RULE_SIZE, false, "size" },
	/* Absolute: an address from the first byte to the rounded end. */
	{ 0, SYM_ABS, STT_NOTYPE, RULE_CONSTANT, false, "number" },
	{ LO - 1, SYM_ABS, STT_NOTYPE, RULE_CONSTANT, false, "number" },
	{ LO, SYM_ABS, STT_NOTYPE, RULE_ABS, true, "start" },
	{ HI, SYM_ABS, STT_NOTYPE, RULE_ABS, true, "end_of_it" },
	{ ROUND, SYM_ABS, STT_NOTYPE, RULE_ABS, true, "rounded_end" },
	/* Behind it: a number, or the end of a stack; fixed, as a guess. */
	{ ROUND + 1, SYM_ABS, STT_NOTYPE, RULE_BEHIND, false, "number" },
	{ HI + 0x10000000, SYM_ABS, STT_NOTYPE, RULE_BEHIND, false, "number" },
	{ HI + 0x10000001, SYM_ABS, STT_NOTYPE, RULE_CONSTANT, false, "number" },
	/* These are never addresses. */
	{ LO, SYM_ABS, STT_NOTYPE, RULE_CONSTANT, false, "$d" },
	{ 0, SYM_ABS, STT_OBJECT, RULE_CONSTANT, false, "VERSION_1" },
	{ UINT64_MAX, SYM_ABS, STT_NOTYPE, RULE_CONSTANT, false, "number" },
	{ LO, SYM_ABS, STT_FILE, RULE_SECTION, false, "main.c" },
	/* What linkers name is no guess. */
	{ LO + 0x800, SYM_ABS, STT_NOTYPE, RULE_LINKER, true, "__global_pointer$" },
	{ ROUND, SYM_ABS, STT_NOTYPE, RULE_LINKER, true, "_end" },
	{ HI + 0x100, TEXT, STT_NOTYPE, RULE_LINKER, true, "_end" },
	{ HI + 0x10000001, TEXT, STT_NOTYPE, RULE_SIZE, false, "_end" },
	{ 7, SYM_ABS, STT_NOTYPE, RULE_CONSTANT, false, "_end" },
	/* Filed under a section that is not loaded, behind all others. */
	{ LO, LAST, STT_NOTYPE, RULE_STRAY, true, "stray" },
	{ HI, LAST, STT_NOTYPE, RULE_STRAY, true, "_end" },
	{ LO - 1, LAST, STT_NOTYPE, RULE_SECTION, false, "number" },
	{ HI + 1, LAST, STT_NOTYPE, RULE_SECTION, false, "number" },
	{ LO, LAST, STT_SECTION, RULE_SECTION, false, "" },
	/* Of no section that there is. */
	{ LO, 77, STT_NOTYPE, RULE_SECTION, false, "lost" },
};

START_TEST(each_rule)
{
	const struct rule_row *r = &rules[_i];
	enum rule rule = RULE_USER;
	struct symbol s;
	struct image img;
	struct model m;
	struct made made;
	struct diag d;
	uint32_t i;

	image_at(&made, 64, LO);
	i = made_symbol(&made, r->name, r->value, STB_GLOBAL, r->type,
			r->shndx);
	open_model(&m, &made, &img, &d);
	s = symtab_get(&img.symtab, i);
	ck_assert_int_eq(symbol_moves_rare(&m, &img.symtab, &s, &rule),
			 r->moves);
	ck_assert_msg(rule == r->rule, "%s at 0x%llx: %s", r->name,
		      (unsigned long long)r->value, rule_text(rule));
	/* The short way gives the same answer. */
	ck_assert_int_eq(symbol_moves(&m, &s, i), r->moves);
	close_model(&m, &made, &d);
}
END_TEST

START_TEST(rules_have_texts)
{
	for (enum rule r = RULE_UNDEFINED; r <= RULE_STRAY; r++) {
		ck_assert_ptr_nonnull(rule_text(r));
		for (enum rule k = RULE_UNDEFINED; k < r; k++)
			ck_assert_str_ne(rule_text(r), rule_text(k));
		ck_assert_int_eq(rule_is_guess(r),
				 r == RULE_ABS || r == RULE_OUTSIDE ||
				 r == RULE_SIZE || r == RULE_STRAY ||
				 r == RULE_BEHIND);
	}
}
END_TEST

/* Between the parts of an image are devices and other constants. */
START_TEST(holes_belong_to_nobody)
{
	static const struct {
		uint64_t value;
		bool moves;
	} rows[] = {
		{ LO + 0x1000, true }, { LO + 0x10000, true },
		{ LO + 0x10001, false }, { LO + 0x80000, false },
		{ LO + 0xfffff, false }, { LO + 0x100000, true },
		{ LO + 0x110000, true }, { LO + 0x110001, false },
	};
	enum rule rule;
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	image_at(&made, 64, LO);
	made.sec[DATA].addr = LO + 0x100000;
	if (_i)
		made_segment(&made, PT_LOAD, DATA, DATA, 0x1000);
	open_model(&m, &made, &img, &d);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct symbol s = { .shndx = SYM_ABS, .value = rows[i].value };

		ck_assert_msg(symbol_moves_rare(&m, &img.symtab, &s, &rule) ==
			      rows[i].moves, "0x%llx",
			      (unsigned long long)rows[i].value);
	}
	close_model(&m, &made, &d);
}
END_TEST

/* What alignment leaves behind an image is as large as the alignment. */
START_TEST(rounded_ends_follow_the_alignment)
{
	enum rule rule;
	struct symbol s = { .shndx = SYM_ABS, .value = LO + 0x200000 };
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	image_at(&made, 64, LO);
	made.sec[DATA].align = 0x200000;
	open_model(&m, &made, &img, &d);
	ck_assert(symbol_moves_rare(&m, &img.symtab, &s, &rule));
	s.value++;
	ck_assert(!symbol_moves_rare(&m, &img.symtab, &s, &rule));
	close_model(&m, &made, &d);
}
END_TEST

/* An absolute object of value 0 names a version, in an image at 0 as well. */
START_TEST(versions_have_no_address)
{
	enum rule rule;
	struct symbol s = { .shndx = SYM_ABS, .info = STT_OBJECT };
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	image_at(&made, 64, 0);
	open_model(&m, &made, &img, &d);
	ck_assert(!symbol_moves_rare(&m, &img.symtab, &s, &rule));
	ck_assert_int_eq(rule, RULE_CONSTANT);
	s.info = STT_NOTYPE;
	ck_assert(symbol_moves_rare(&m, &img.symtab, &s, &rule));
	ck_assert_int_eq(rule, RULE_ABS);
	close_model(&m, &made, &d);
}
END_TEST

/* The slack below an image at a low address ends at address 0. */
START_TEST(slack_does_not_wrap)
{
	enum rule rule;
	struct symbol s = { .shndx = DATA };
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	image_at(&made, 64, _i ? 0x8000 : 0);
	open_model(&m, &made, &img, &d);
	s.value = _i ? 0 : 0x1800;
	ck_assert(symbol_moves_rare(&m, &img.symtab, &s, &rule));
	ck_assert_int_eq(rule, RULE_OUTSIDE);
	s.value = UINT64_MAX;
	ck_assert(!symbol_moves_rare(&m, &img.symtab, &s, &rule));
	ck_assert_int_eq(rule, RULE_SIZE);
	close_model(&m, &made, &d);
}
END_TEST

/* Nor does the one behind an image at the end of the address space. */
START_TEST(rounded_end_does_not_wrap)
{
	const uint64_t lo = UINT64_C(0xffffffffffff0000);
	enum rule rule;
	struct symbol s = { .shndx = SYM_ABS };
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	image_at(&made, 64, lo);
	open_model(&m, &made, &img, &d);
	s.value = lo + 0x3000;
	ck_assert(symbol_moves_rare(&m, &img.symtab, &s, &rule));
	s.value = UINT64_MAX;
	ck_assert(symbol_moves_rare(&m, &img.symtab, &s, &rule));
	s.value = 0;
	ck_assert(!symbol_moves_rare(&m, &img.symtab, &s, &rule));
	s = (struct symbol){ .shndx = DATA, .value = UINT64_MAX };
	ck_assert(symbol_moves_rare(&m, &img.symtab, &s, &rule));
	ck_assert_int_eq(rule, RULE_OUTSIDE);
	close_model(&m, &made, &d);
}
END_TEST

/* --- The image itself. --- */

START_TEST(extent_and_alignment)
{
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	image_at(&made, _i ? 64 : 32, LO);
	open_model(&m, &made, &img, &d);
	ck_assert_uint_eq(m.lo, LO);
	ck_assert_uint_eq(m.hi, HI);	/* .tbss takes no room */
	ck_assert_uint_eq(m.align, 0x1000);
	ck_assert(model_holds(&m, LO) && model_holds(&m, HI));
	ck_assert(!model_holds(&m, LO - 1) && !model_holds(&m, HI + 1));
	ck_assert(!m.dynamic && !m.lld && !m.forced);
	ck_assert_uint_eq(m.tls, 0);
	ck_assert(m.sec[TEXT].moves && m.sec[TEXT].loaded);
	ck_assert(m.sec[EMPTY].moves && m.sec[TBSS].moves);
	ck_assert(!m.sec[DEBUG].moves && !m.sec[DEBUG].loaded);
	close_model(&m, &made, &d);
}
END_TEST

START_TEST(segments_count_as_well)
{
	struct symbol note = { .shndx = SYM_ABS, .value = 0x1800 };
	enum rule rule;
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	image_at(&made, 64, LO);
	made_segment(&made, PT_LOAD, TEXT, DATA, 0x200000);
	made.seg[0].vaddr -= 0x1000;	/* the ELF header, loaded */
	made.seg[0].memsz += 0x5000;
	made_segment(&made, PT_LOAD, TEXT, TEXT, 1 << 30);
	made.seg[1].memsz = 0;		/* loads nothing */
	made.seg[1].vaddr = 0;
	made_segment(&made, PT_TLS, TBSS, TBSS, 8);
	made_segment(&made, PT_NOTE, DEBUG, DEBUG, 1 << 30);
	made.seg[3].vaddr = 0x1000;	/* says where something is, no more */
	made.seg[3].memsz = 0x1000;
	open_model(&m, &made, &img, &d);
	ck_assert(!symbol_moves_rare(&m, &img.symtab, &note, &rule));
	ck_assert_int_eq(rule, RULE_CONSTANT);
	ck_assert_uint_eq(m.lo, LO - 0x1000);
	ck_assert_uint_eq(m.hi, HI + 0x4000);
	ck_assert_uint_eq(m.align, 0x200000);
	ck_assert_uint_eq(m.tls, LO + 0x2400);
	close_model(&m, &made, &d);
}
END_TEST

START_TEST(sections_ask_for_alignment)
{
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	image_at(&made, 64, LO);
	made.sec[_i ? EMPTY : DATA].align = 0x4000;
	made.sec[DEBUG].align = 0x100000;	/* not loaded: no say in it */
	open_model(&m, &made, &img, &d);
	ck_assert_uint_eq(m.align, 0x4000);
	close_model(&m, &made, &d);
}
END_TEST

/* GNU ld gives such sections the location counter, unless told otherwise. */
START_TEST(an_address_without_being_loaded)
{
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	image_at(&made, 64, LO);
	made.sec[DEBUG].addr = HI;
	made.sec[LAST].addr = HI - 1;
	open_model(&m, &made, &img, &d);
	ck_assert(m.sec[DEBUG].moves && !m.sec[DEBUG].loaded);
	ck_assert(!m.sec[LAST].moves);
	close_model(&m, &made, &d);
}
END_TEST

static const struct comment {
	char text[64];
	bool lld;
} comments[] = {
	{ "GCC: (Debian 12.2.0-14) 12.2.0\0Linker: LLD 19.1.7", true },
	{ "Linker: Debian LLD 14.0.6\0clang version 14", true },
	{ "Linker: LLD 16.0.6", true },
	{ "GCC: (Debian 12.2.0-14) 12.2.0", false },
	{ "clang version 19.1.7 (LLD built in)", false },
	{ "Linker: mold 1.10.1\0not LLD", false },
	{ "Linker: ", false },
};

START_TEST(lld_signs_its_work)
{
	const struct comment *c = &comments[_i];
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	image_at(&made, 64, LO);
	made_section(&made, (struct section){ .name = ".comment",
		.type = SHT_PROGBITS, .data = (const uint8_t *)c->text,
		.size = sizeof(c->text), .align = 1 });
	open_model(&m, &made, &img, &d);
	ck_assert_int_eq(m.lld, c->lld);
	close_model(&m, &made, &d);
}
END_TEST

START_TEST(a_dynamic_section_is_seen)
{
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	image_at(&made, 64, LO);
	made.sec[DATA].type = SHT_DYNAMIC;
	open_model(&m, &made, &img, &d);
	ck_assert(m.dynamic);
	close_model(&m, &made, &d);
}
END_TEST

/* What there is no model of; each with a message. */
static void check_refused(struct made *made, const char *fixed,
			  const char *moves, const char *says)
{
	struct image img = made_image(made);
	struct model m;
	struct diag d;

	diag_init(&d, 20);
	ck_assert(!model_init(&m, &img, fixed, moves, &d));
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_msg(strstr(d.entry[0].text, says), "%s", d.entry[0].text);
	diag_free(&d);
}

START_TEST(no_model)
{
	struct made made;

	image_at(&made, 64, LO);
	made.machine = EM_X86_64;
	check_refused(&made, NULL, NULL, "not for RISC-V");
	made.machine = EM_RISCV;
	check_refused(&made, "a(b", NULL, "--fixed=a(b: ");
	check_refused(&made, NULL, "*[", "--moves=*[: ");
	for (uint32_t i = 1; i < made.nsec; i++)
		made.sec[i].flags = 0;
	check_refused(&made, NULL, NULL, "nothing in it is loaded");
	made_free(&made);
}
END_TEST

/* --- What the user says. --- */

static const struct force_row {
	const char *fixed, *moves;
	const char *expect;	/* for each symbol below: F, M, or - */
} forces[] = {
	{ NULL, NULL, "------" },
	{ "size", NULL, "-F---F" },
	{ "^size$", NULL, "-F----" },
	{ NULL, "^(size|number)$", "-M-M--" },
	{ "^a", "^size$", "FM----" },
	{ "^number$", "^(abc|resize)$", "M--F-M" },
	{ "", NULL, "FFFF-F" },		/* all that have a name */
	{ NULL, "xyz", "------" },
	{ "[0-9]+$", NULL, "--F---" },
};

START_TEST(the_user_overrules)
{
	const struct force_row *f = &forces[_i];
	static const char *const names[] = {
		"abc", "size", "t100", "number", "", "resize"
	};
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	image_at(&made, 64, LO);
	for (size_t i = 0; i < COUNT_OF(names); i++)	/* odd ones: fixed */
		made_symbol(&made, names[i], i % 2 ? 4 : LO + 4, STB_GLOBAL,
			    STT_NOTYPE, TEXT);
	img = made_image(&made);
	diag_init(&d, 20);
	ck_assert(model_init(&m, &img, f->fixed, f->moves, &d));
	for (uint32_t i = 0; i < COUNT_OF(names); i++) {
		struct symbol s = symtab_get(&img.symtab, i + 1);
		bool want = f->expect[i] == 'M' ||
			    (f->expect[i] == '-' && i % 2 == 0);

		ck_assert_msg(symbol_moves(&m, &s, i + 1) == want, "'%s'",
			      names[i]);
	}
	close_model(&m, &made, &d);
}
END_TEST

START_TEST(the_user_may_not_say_both)
{
	struct made made;

	image_at(&made, 64, LO);
	made_symbol(&made, "abc", 4, STB_GLOBAL, STT_NOTYPE, TEXT);
	made_symbol(&made, "abd", 4, STB_GLOBAL, STT_NOTYPE, TEXT);
	check_refused(&made, "^ab", "d$", "abd is named by --fixed and by --moves");
	made_free(&made);
}
END_TEST

/* --- Guesses. --- */

/* One symbol of each kind at a base, in the terms of the rules above. */
static void guesses_at(struct made *made, uint64_t lo)
{
	image_at(made, 64, lo);
	made_symbol(made, "f", lo, STB_GLOBAL, STT_FUNC, TEXT);
	made_symbol(made, "by_abs", lo + 8, STB_GLOBAL, STT_NOTYPE, SYM_ABS);
	made_symbol(made, "by_outside", lo + 0x1900, STB_GLOBAL, STT_NOTYPE,
		    TEXT);
	made_symbol(made, "by_size", lo + 0x20000000, STB_GLOBAL, STT_NOTYPE,
		    TEXT);
	made_symbol(made, "by_stray", lo + 0x1001, STB_GLOBAL, STT_NOTYPE,
		    LAST);
	made_symbol(made, "by_behind", lo + 0x1000000, STB_GLOBAL, STT_NOTYPE,
		    SYM_ABS);	/* at a low base it is a number */
	made_symbol(made, "_end", lo + 0x2480, STB_GLOBAL, STT_NOTYPE,
		    SYM_ABS);
	made_symbol(made, "weak", 0, STB_WEAK, STT_NOTYPE, SHN_UNDEF);
}

static const struct guess_row {
	uint64_t lo;
	bool verbose;
	const char *fixed, *moves;
	unsigned errors, notes;
} guesses[] = {
	{ MODEL_LOW, false, NULL, NULL, 0, 0 },
	{ MODEL_LOW, true, NULL, NULL, 0, 5 },
	{ MODEL_LOW, true, "by_(abs|size)", NULL, 0, 3 },
	{ MODEL_LOW - 0x1000, false, NULL, NULL, 4, 0 },
	{ MODEL_LOW - 0x1000, true, NULL, NULL, 4, 0 },
	{ 0x10000, false, "^by_size$", "^by_[ao]", 1, 0 },
	{ 0x10000, false, "^by_size$", "^by_(a|o|st)", 0, 0 },
	{ 0x10000, true, "^by_", NULL, 0, 0 },
};

START_TEST(guesses_are_reported)
{
	const struct guess_row *g = &guesses[_i];
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	guesses_at(&made, g->lo);
	img = made_image(&made);
	diag_init(&d, 20);
	ck_assert(model_init(&m, &img, g->fixed, g->moves, &d));
	model_report_guesses(&m, g->verbose, &d);
	ck_assert_uint_eq(d.errors, g->errors);
	ck_assert_uint_eq(d.n, g->errors + g->notes);
	for (unsigned i = 0; i < d.n; i++)
		ck_assert_msg(strstr(d.entry[i].text, "symbol by_"), "%s",
			      d.entry[i].text);
	close_model(&m, &made, &d);
}
END_TEST

/* --- Words: what is known of a symbol without a look at it. --- */

enum { MANY = 140000 };

/* Where words are, or cannot be: then in memory. */
enum where { MEMORY, A_FILE, NO_FOLDER, NO_ROOM, WHERE };

static const struct value_row {
	unsigned xlen;
	uint32_t n;
	const char *fixed;
} value_rows[] = {
	{ 64, 3000, NULL },
	{ 32, 3000, NULL },
	{ 64, 3000, "7$" },
	{ 64, 600, NULL },
	{ 64, MANY, NULL },
	{ 32, MANY, NULL },
};

/* A symbol of each kind, in turn. */
static const struct {
	uint64_t value;
	uint32_t shndx;
	unsigned type;
} kinds[] = {
	{ LO + 0x10, TEXT, STT_FUNC },
	{ LO + 0x2010, DATA, STT_OBJECT },
	{ 0x40, DEBUG, STT_NOTYPE },
	{ 0, DEBUG, STT_SECTION },
	{ 7, SYM_ABS, STT_NOTYPE },
	{ LO + 0x20, SYM_ABS, STT_NOTYPE },
	{ 0x10, TBSS, STT_TLS },
	{ LO + 0x30, TEXT, STT_GNU_IFUNC },	/* unknown */
	{ 0xfffffffe, SYM_ABS, STT_NOTYPE },	/* unknown: too far */
	{ LO + 0x40, TEXT, STT_NOTYPE },
	{ 0, SHN_UNDEF, STT_NOTYPE },
};

static void made_values(struct made *made, const struct value_row *row)
{
	uint32_t block = 50 * COUNT_OF(kinds), n = row->n - 1;
	size_t size = symbol_size(row->xlen);
	uint8_t *some;
	char name[16];

	image_at(made, row->xlen, LO);
	made_tables(made);
	for (uint32_t i = 1; i <= block; i++) {
		snprintf(name, sizeof(name), "s%u", i);
		made_symbol(made, name, kinds[i % COUNT_OF(kinds)].value,
			    STB_LOCAL, kinds[i % COUNT_OF(kinds)].type,
			    kinds[i % COUNT_OF(kinds)].shndx);
	}
	/* The same again, all at once: one by one takes long. */
	some = malloc(block * size);
	ck_assert_ptr_nonnull(some);
	memcpy(some, made->symbols.at + size, block * size);
	for (uint32_t have = block; have < n; have += block)
		bytes_add(&made->symbols, some,
			  (n - have < block ? n - have : block) * size);
	free(some);
}

static void open_values(struct model *m, const struct value_row *row,
			struct made *made, struct image *img, struct diag *d)
{
	made_values(made, row);
	*img = made_image(made);
	diag_init(d, 20);
	ck_assert(model_init(m, img, row->fixed, NULL, d));
}

static void check_one(const struct model *m, uint32_t word, uint32_t i)
{
	struct symbol s = symtab_get(&m->img->symtab, i);
	struct values v = values_known(m);
	bool moves = symbol_moves(m, &s, i);

	ck_assert_msg((word == SYMBOL_UNKNOWN) ==
		      (ELF64_ST_TYPE(s.info) == STT_GNU_IFUNC ||
		       s.value - (moves ? LO : 0) >= SYMBOL_MOVES),
		      "symbol %u", i);
	if (word == SYMBOL_UNKNOWN)
		return;
	ck_assert_msg(word_value(&v, word) == s.value, "symbol %u", i);
	ck_assert_msg(!(word & SYMBOL_MOVES) == !moves, "symbol %u", i);
}

/* Decides about all symbols, with the words where they are to be. */
static void decide_where(struct model *m, enum where where, unsigned jobs,
			 const struct symbol_sink *to)
{
	uint32_t n = m->img->symtab.n;
	struct rlimit old, none;

	ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &old), 0);
	none = (struct rlimit){ 1, old.rlim_max };
	if (where == NO_FOLDER)
		setenv("TMPDIR", "/nonexistent", 1);
	signal(SIGXFSZ, SIG_IGN);
	if (where == NO_ROOM)
		ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &none), 0);
	model_decide(m, where == MEMORY ? n : n - 1, jobs, to);
	ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &old), 0);
	signal(SIGXFSZ, SIG_DFL);
	unsetenv("TMPDIR");
}

/* Whether a file is mapped there. */
static bool is_of_a_file(const void *at)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from, to, inode;
	bool found = false;
	char line[512];

	ck_assert_ptr_nonnull(maps);
	while (!found && fgets(line, sizeof(line), maps))
		found = sscanf(line, "%lx-%lx %*s %*s %*s %lu", &from, &to,
			       &inode) == 3 &&
			(uintptr_t)at >= from && (uintptr_t)at < to;
	fclose(maps);
	ck_assert(found);
	return inode != 0;
}

/* Counts how often each symbol was taken; may have no room for the first share. */
struct taker {
	uint8_t room[2][SINK_ROOM];	/* for the first share, for another */
	uint8_t seen[MANY];
	bool refuses;
};

static uint8_t *give_room(void *ctx, uint32_t first)
{
	struct taker *t = ctx;

	return t->refuses && !first ? NULL : t->room[first > 0];
}

static void take_symbols(void *ctx, const struct model *m, uint32_t first,
			 uint32_t n, uint8_t *entries, const uint32_t *words)
{
	const struct symtab *t = &m->img->symtab;
	size_t size = symbol_size(t->xlen);
	struct taker *by = ctx;

	ck_assert(entries == by->room[first > 0]);
	ck_assert_mem_eq(entries, t->data + first * size, n * size);
	for (uint32_t i = first; i < first + n; i++) {
		by->seen[i]++;
		check_one(m, words[i - first], i);
	}
}

/* All symbols, each once, but for those that there is no room for. */
START_TEST(symbols_are_taken)
{
	static const struct value_row rows[] = {
		{ .xlen = 64, .n = 3000 }, { .xlen = 32, .n = 60000 },
		{ .xlen = 64, .n = 60000 },
	};
	const struct value_row *row = &rows[(size_t)_i / 2 / WHERE];
	uint32_t n = row->n, refused = 0;
	struct taker *by = calloc(1, sizeof(*by));
	struct symbol_sink to = { give_room, take_symbols, by };
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	ck_assert_ptr_nonnull(by);
	by->refuses = _i % 2;
	open_values(&m, row, &made, &img, &d);
	decide_where(&m, (enum where)(_i / 2 % WHERE), 1, &to);
	while (by->refuses && refused < n && !by->seen[refused])
		refused++;
	ck_assert(!by->refuses || n < 60000 || (refused && refused < n));
	for (uint32_t i = refused; i < n; i++)
		ck_assert_uint_eq(by->seen[i], 1);
	close_model(&m, &made, &d);
	free(by);
}
END_TEST

START_TEST(words_say_what_symbols_are)
{
	const struct value_row *row = &value_rows[(size_t)_i / WHERE];
	struct values v;
	struct image img;
	struct model m;
	struct made made;
	struct diag d;

	open_values(&m, row, &made, &img, &d);
	v = values_known(&m);
	ck_assert_uint_eq(values_word(&v, 0), SYMBOL_UNKNOWN);
	ck_assert_uint_eq(values_word(&v, 1), SYMBOL_UNKNOWN);
	decide_where(&m, (enum where)(_i % WHERE), 2, NULL);
	ck_assert_int_eq(is_of_a_file(m.value), _i % WHERE == A_FILE);
	v = values_known(&m);
	for (uint32_t i = 0; i < row->n; i++) {
		check_one(&m, values_word(&v, i), i);
		ck_assert_int_eq(m.absolute[i / 64] >> i % 64 & 1,
				 i && kinds[i % COUNT_OF(kinds)].shndx == SYM_ABS);
	}
	ck_assert_uint_eq(values_word(&v, row->n), SYMBOL_UNKNOWN);
	ck_assert_uint_eq(values_word(&v, UINT32_MAX), SYMBOL_UNKNOWN);
	close_model(&m, &made, &d);
}
END_TEST

Suite *classify_suite(void)
{
	Suite *s = suite_create("classify");
	TCase *tc = unit_case(s, "rules");

	tcase_add_loop_test(tc, each_rule, 0, COUNT_OF(rules));
	tcase_add_test(tc, rules_have_texts);
	tcase_add_loop_test(tc, slack_does_not_wrap, 0, 2);
	tcase_add_test(tc, rounded_end_does_not_wrap);
	tcase_add_loop_test(tc, holes_belong_to_nobody, 0, 2);
	tcase_add_test(tc, rounded_ends_follow_the_alignment);
	tcase_add_test(tc, versions_have_no_address);

	tc = unit_case(s, "image");
	tcase_add_loop_test(tc, extent_and_alignment, 0, 2);
	tcase_add_test(tc, segments_count_as_well);
	tcase_add_loop_test(tc, sections_ask_for_alignment, 0, 2);
	tcase_add_test(tc, an_address_without_being_loaded);
	tcase_add_loop_test(tc, lld_signs_its_work, 0, COUNT_OF(comments));
	tcase_add_test(tc, a_dynamic_section_is_seen);
	tcase_add_test(tc, no_model);

	tc = unit_case(s, "words");
	tcase_add_loop_test(tc, words_say_what_symbols_are, 0,
			    WHERE * COUNT_OF(value_rows));
	tcase_add_loop_test(tc, symbols_are_taken, 0, 2 * 3 * WHERE);

	tc = unit_case(s, "user");
	tcase_add_loop_test(tc, the_user_overrules, 0, COUNT_OF(forces));
	tcase_add_test(tc, the_user_may_not_say_both);
	tcase_add_loop_test(tc, guesses_are_reported, 0, COUNT_OF(guesses));
	return s;
}
