/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "relocator/attribute.h"

#include "unit.h"

/* --- Which of the symbols around an address is meant. --- */

enum { TEXT = 1, DATA, DEBUG, SECTIONS };

#define LO UINT64_C(0x1000)

static struct section sections[SECTIONS] = {
	[0] = { .name = "" },
	[TEXT] = { .name = ".text", .flags = SHF_ALLOC | SHF_EXECINSTR,
		   .addr = LO, .size = 0x1000 },
	[DATA] = { .name = ".data", .flags = SHF_ALLOC, .addr = LO + 0x1000,
		   .size = 0x1000 },
	[DEBUG] = { .name = ".debug_info", .size = 0x1000 },
};

#define SYMBOL(name, type, bind, shndx, at, size) \
	{ name, ELF64_ST_INFO(STB_##bind, STT_##type), shndx, at, size }
static const struct { const char *name; uint8_t info; uint16_t shndx;
		      uint64_t at, size; } symbols[] = {
	SYMBOL("", NOTYPE, LOCAL, 0, 0, 0),
	/* Several at one address. */
	SYMBOL("$x", NOTYPE, LOCAL, TEXT, 0x000, 0),
	SYMBOL(".Ltmp", NOTYPE, LOCAL, TEXT, 0x000, 0),
	SYMBOL("_text", NOTYPE, GLOBAL, TEXT, 0x000, 0),
	SYMBOL("alias", FUNC, LOCAL, TEXT, 0x000, 0x40),
	SYMBOL("weak", FUNC, WEAK, TEXT, 0x000, 0x40),
	SYMBOL("zglobal", FUNC, GLOBAL, TEXT, 0x000, 0x40),
	SYMBOL("global", FUNC, GLOBAL, TEXT, 0x000, 0x40),
	SYMBOL("entry", FUNC, GLOBAL, TEXT, 0x000, 0),
	/* A label in a function, and a function in a function. */
	SYMBOL("label", NOTYPE, GLOBAL, TEXT, 0x010, 0),
	SYMBOL("outer", FUNC, LOCAL, TEXT, 0x100, 0x100),
	SYMBOL("inner", FUNC, LOCAL, TEXT, 0x140, 0x20),
	SYMBOL("sized", NOTYPE, GLOBAL, TEXT, 0x180, 0x10),
	SYMBOL("last", NOTYPE, GLOBAL, TEXT, 0x300, 0),
	/* A gap behind an object, and one behind a label. */
	SYMBOL("object", OBJECT, LOCAL, DATA, 0x1000, 8),
	SYMBOL("tls", TLS, GLOBAL, DATA, 0x1008, 0x100),
	SYMBOL("anchor", NOTYPE, LOCAL, DATA, 0x1020, 0),
	SYMBOL("hidden", NOTYPE, LOCAL, DEBUG, 0x1030, 0),
};
#undef SYMBOL

static const struct { uint32_t shndx; uint64_t at; const char *name;
		      uint64_t off; } lookups[] = {
	{ TEXT, 0x000, "global", 0 },
	{ TEXT, 0x010, "global", 0x10 },
	{ TEXT, 0x03f, "global", 0x3f },
	{ TEXT, 0x040, "label", 0x30 },
	{ TEXT, 0x100, "outer", 0 },
	{ TEXT, 0x13f, "outer", 0x3f },
	{ TEXT, 0x140, "inner", 0 },
	{ TEXT, 0x15f, "inner", 0x1f },
	{ TEXT, 0x160, "outer", 0x60 },
	{ TEXT, 0x184, "outer", 0x84 },
	{ TEXT, 0x1ff, "outer", 0xff },
	{ TEXT, 0x200, NULL, 0 },
	{ TEXT, 0x2ff, NULL, 0 },
	{ TEXT, 0x400, "last", 0x100 },
	{ DATA, 0x1007, "object", 7 },
	{ DATA, 0x1008, NULL, 0 },
	{ DATA, 0x1038, "anchor", 0x18 },
	{ DATA, 0x0100, NULL, 0 },
	{ DEBUG, 0x1030, NULL, 0 },
};

static void make_image(struct image *img, struct bytes *syms,
		       struct bytes *names)
{
	for (size_t i = 0; i < COUNT_OF(symbols); i++) {
		Elf64_Sym s = {
			.st_name = (uint32_t)names->n,
			.st_info = symbols[i].info,
			.st_shndx = symbols[i].shndx,
			.st_value = i ? LO + symbols[i].at : 0,
			.st_size = symbols[i].size };

		bytes_add(syms, &s, sizeof(s));
		bytes_add(names, symbols[i].name, strlen(symbols[i].name) + 1);
	}
	*img = (struct image){ .xlen = 64, .sec = sections, .nsec = SECTIONS };
	img->symtab = (struct symtab){
		.data = syms->at, .str = (const char *)names->at,
		.strsize = names->n, .n = COUNT_OF(symbols), .xlen = 64 };
}

START_TEST(finds)
{
	struct bytes syms = { 0 }, names = { 0 };
	struct symbol_index ix;
	struct image img;
	uint64_t off = 0;
	uint32_t got;

	make_image(&img, &syms, &names);
	ck_assert(symbol_index_init(&ix, &img));
	got = symbol_index_find(&ix, lookups[_i].shndx, LO + lookups[_i].at,
				&off);
	ck_assert_str_eq(got ? symbols[got].name : "none",
			 lookups[_i].name ? lookups[_i].name : "none");
	if (got)
		ck_assert_uint_eq(off, lookups[_i].off);
	symbol_index_free(&ix);
	bytes_free(&syms);
	bytes_free(&names);
}
END_TEST

/* --- Names that stay the same. --- */

static const struct { const char *name, *key; } keys[] = {
	{ "plain", "plain" },
	{ "count.12345", "count" },
	{ "foo.constprop.0", "foo" },
	{ "foo.isra.0.cold", "foo" },
	{ "foo.part.0.constprop.0", "foo" },
	{ "foo.llvm.123456789", "foo" },
	{ "foo.name", "foo.name" },
	{ "foo2", "foo2" },
	{ ".12", ".12" },
	{ "foo.", "foo." },
	{ "__UNIQUE_ID_license123", "__UNIQUE_ID_license" },
	{ "__UNIQUE_ID_ddebug456.7", "__UNIQUE_ID_ddebug" },
	{ "__initcall__kmod_main__123_45_init6", "__initcall__kmod_main__init6" },
	{ "__initcall__kmod_x2__1_45_a_b7_8", "__initcall__kmod_x2__a_b7_8" },
	{ "", "" },
};

START_TEST(keeps)
{
	char buf[64], cut[4];

	ck_assert_uint_eq(attribute_key(keys[_i].name, buf, sizeof(buf)),
			  strlen(keys[_i].key));
	ck_assert_str_eq(buf, keys[_i].key);
	ck_assert_uint_le(attribute_key(keys[_i].name, cut, sizeof(cut)), 3);
	ck_assert(!strncmp(cut, keys[_i].key, 3));
}
END_TEST

Suite *attribute_suite(void)
{
	Suite *s = suite_create("attribute");
	TCase *t = unit_case(s, "symbols");

	tcase_add_loop_test(t, finds, 0, COUNT_OF(lookups));
	t = unit_case(s, "names");
	tcase_add_loop_test(t, keeps, 0, COUNT_OF(keys));
	return s;
}
