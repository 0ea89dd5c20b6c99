/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Damages good ELF files, each in one named way (mutate.def has a row for
 * each). It writes what no library would, so it works on bytes; a row that
 * does not find what it wants to damage is an error here, not in the program
 * that is tested.
 *
 *   mutate --list                 name|images|options|text|what of each row
 *   mutate NAME IN OUT            damages IN
 *   mutate --headers-first IN OUT moves the section headers to the front: a
 *                                 cut file still has them. No damage
 *   mutate --extended IN OUT      puts counts and indexes where those that do
 *                                 not fit 16 bits go. No damage
 */
#include <elf.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

struct file {
	const char *path;
	uint8_t *b;
	size_t n, room;
	unsigned bits;
};

/* Some bytes of a file. */
struct spot {
	size_t at, bytes;
};

static _Noreturn void die(const char *what, const char *name)
{
	fprintf(stderr, "mutate: %s%s\n", what, name);
	exit(2);
}

static uint64_t get(const struct file *f, struct spot s)
{
	uint64_t v = 0;

	if (s.at > f->n || s.bytes > f->n - s.at || s.bytes > sizeof(v))
		die("outside ", f->path);
	memcpy(&v, f->b + s.at, s.bytes);
	return v;
}

static void set(struct file *f, struct spot s, uint64_t v)
{
	(void)get(f, s);
	memcpy(f->b + s.at, &v, s.bytes);
}

static void add(struct file *f, struct spot s, uint64_t v)
{
	set(f, s, get(f, s) + v);
}

static void less(struct file *f, struct spot s, uint64_t v)
{
	set(f, s, get(f, s) - v);
}

static void flip(struct file *f, struct spot s, uint64_t bits)
{
	set(f, s, get(f, s) ^ bits);
}

static void swap(struct file *f, struct spot a, struct spot b)
{
	uint64_t v = get(f, a);

	set(f, a, get(f, b));
	set(f, b, v);
}

static void fill(struct file *f, struct spot s, int byte)
{
	if (s.at > f->n || s.bytes > f->n - s.at)
		die("outside ", f->path);
	memset(f->b + s.at, byte, s.bytes);
}

/* Makes room for more bytes, zeroed, in front of offset `at`. */
static void insert(struct file *f, size_t at, size_t n)
{
	if (n > f->room - f->n)
		die("no room to grow ", f->path);
	memmove(f->b + at + n, f->b + at, f->n - at);
	memset(f->b + at, 0, n);
	f->n += n;
}

/* --- Where things are, in either class. --- */

#define MEMBER(f, T, base, m)						\
	((f)->bits == 64 ?						\
	 (struct spot){ (base) + offsetof(Elf64_##T, m),		\
			sizeof(((Elf64_##T *)0)->m) } :			\
	 (struct spot){ (base) + offsetof(Elf32_##T, m),		\
			sizeof(((Elf32_##T *)0)->m) })
#define SIZE(f, T)							\
	((f)->bits == 64 ? sizeof(Elf64_##T) : sizeof(Elf32_##T))

#define IDENT(i)		((struct spot){ (i), 1 })
#define EHDR(m)			MEMBER(f, Ehdr, 0, m)
#define SHDR_AT(i, m)		MEMBER(f, Shdr, header(f, (i)), m)
#define SHDR(name, m)		SHDR_AT(section(f, (name)), m)
#define PHDR(type, nth, m)	MEMBER(f, Phdr, segment(f, (type), (nth)), m)
#define SYM(name, m)		MEMBER(f, Sym, symbol(f, (name)), m)
#define RELA(label, m)		MEMBER(f, Rela, record(f, (label)), m)
#define RELA_IN(name, nth, m)	MEMBER(f, Rela, record_in(f, (name), (nth)), m)
#define CHDR(name, m)		MEMBER(f, Chdr, bytes(f, (name), 0, 0).at, m)
#define DYN(tag)		dynamic(f, (tag))
#define IN(name, off, n)	bytes(f, (name), (off), (n))
#define AT(label, n)		place(f, (label), (n))
#define WORD_AT(label)		place(f, (label), f->bits / 8)
#define SLOT(i)			bytes(f, ".got", (i) * f->bits / 8, f->bits / 8)

static size_t header(const struct file *f, uint64_t i)
{
	return get(f, EHDR(e_shoff)) + i * SIZE(f, Shdr);
}

static const char *string(const struct file *f, uint64_t strtab, uint64_t off)
{
	return (const char *)f->b + get(f, SHDR_AT(strtab, sh_offset)) + off;
}

static uint64_t section_count(const struct file *f)
{
	uint64_t n = get(f, EHDR(e_shnum));

	return n ? n : get(f, SHDR_AT(0, sh_size));
}

static uint64_t section(const struct file *f, const char *name)
{
	uint64_t names = get(f, EHDR(e_shstrndx));

	if (names == SHN_XINDEX)
		names = get(f, SHDR_AT(0, sh_link));
	for (uint64_t i = 1; i < section_count(f); i++)
		if (!strcmp(string(f, names, get(f, SHDR_AT(i, sh_name))), name))
			return i;
	die("no section ", name);
}

static size_t segment(const struct file *f, uint64_t type, unsigned nth)
{
	for (uint64_t i = 0; i < get(f, EHDR(e_phnum)); i++) {
		size_t at = get(f, EHDR(e_phoff)) + i * SIZE(f, Phdr);

		if (get(f, MEMBER(f, Phdr, at, p_type)) == type && !nth--)
			return at;
	}
	die("no such segment in ", f->path);
}

static size_t symbol(const struct file *f, const char *name)
{
	size_t at = get(f, SHDR(".symtab", sh_offset));
	size_t end = at + get(f, SHDR(".symtab", sh_size));
	uint64_t names = section(f, ".strtab");

	for (; at < end; at += SIZE(f, Sym))
		if (!strcmp(string(f, names, get(f, MEMBER(f, Sym, at, st_name))),
			    name))
			return at;
	die("no symbol ", name);
}

static struct spot bytes(const struct file *f, const char *name, uint64_t off,
			 size_t n)
{
	return (struct spot){ get(f, SHDR(name, sh_offset)) + off, n };
}

/* The bytes in the file that a label stands for. */
static struct spot place(const struct file *f, const char *label, size_t n)
{
	uint64_t shndx = get(f, SYM(label, st_shndx));

	return (struct spot){ get(f, SYM(label, st_value)) -
			      get(f, SHDR_AT(shndx, sh_addr)) +
			      get(f, SHDR_AT(shndx, sh_offset)), n };
}

static uint32_t type_of(const struct file *f, size_t rela)
{
	uint64_t info = get(f, MEMBER(f, Rela, rela, r_info));

	return (uint32_t)(f->bits == 64 ? ELF64_R_TYPE(info) :
					  ELF32_R_TYPE(info));
}

/* The record at a label that is more than a mark for the linker. */
static size_t record(const struct file *f, const char *label)
{
	uint64_t value = get(f, SYM(label, st_value));
	uint64_t shndx = get(f, SYM(label, st_shndx));

	for (uint64_t i = 1; i < section_count(f); i++) {
		size_t at = get(f, SHDR_AT(i, sh_offset));
		size_t end = at + get(f, SHDR_AT(i, sh_size));

		if (get(f, SHDR_AT(i, sh_type)) != SHT_RELA ||
		    get(f, SHDR_AT(i, sh_info)) != shndx)
			continue;
		for (; at < end; at += SIZE(f, Rela))
			if (get(f, MEMBER(f, Rela, at, r_offset)) == value &&
			    type_of(f, at) != R_RISCV_RELAX)
				return at;
	}
	die("no record at ", label);
}

static size_t record_in(const struct file *f, const char *name, uint64_t nth)
{
	return bytes(f, name, nth * SIZE(f, Rela), 0).at;
}

/* The value of a dynamic tag. */
static struct spot dynamic(const struct file *f, uint64_t tag)
{
	size_t at = bytes(f, ".dynamic", 0, 0).at;
	size_t end = at + get(f, SHDR(".dynamic", sh_size));

	for (; at < end; at += SIZE(f, Dyn))
		if (get(f, MEMBER(f, Dyn, at, d_tag)) == tag)
			return MEMBER(f, Dyn, at, d_un);
	die("no such tag in ", f->path);
}

/* --- Damage that is more than a number. --- */

static void retype(struct file *f, size_t rela, uint32_t type)
{
	struct spot info = MEMBER(f, Rela, rela, r_info);
	uint64_t mask = f->bits == 64 ? 0xffffffff : 0xff;

	set(f, info, (get(f, info) & ~mask) | type);
}

static void resym(struct file *f, size_t rela, uint64_t sym)
{
	set(f, MEMBER(f, Rela, rela, r_info),
	    f->bits == 64 ? ELF64_R_INFO(sym, type_of(f, rela)) :
			    ELF32_R_INFO(sym, type_of(f, rela)));
}

static uint64_t symbol_index(const struct file *f, const char *name)
{
	return (symbol(f, name) - get(f, SHDR(".symtab", sh_offset))) /
	       SIZE(f, Sym);
}

/* Swaps what two records say of their places; the places stay. */
static void swap_records(struct file *f, size_t a, size_t b)
{
	swap(f, MEMBER(f, Rela, a, r_info), MEMBER(f, Rela, b, r_info));
	swap(f, MEMBER(f, Rela, a, r_addend), MEMBER(f, Rela, b, r_addend));
}

/* Blanks every record of a section, as lld does that loses them. */
static void blank(struct file *f, const char *name)
{
	fill(f, IN(name, 0, get(f, SHDR(name, sh_size))), 0);
}

/* --- Other forms of a good file. --- */

/* Makes .spare the table of section indexes, with one that is looked up. */
static void make_xindex(struct file *f)
{
	uint64_t n = get(f, SHDR(".symtab", sh_size)) / SIZE(f, Sym);

	set(f, SHDR(".spare", sh_type), SHT_SYMTAB_SHNDX);
	set(f, SHDR(".spare", sh_link), section(f, ".symtab"));
	set(f, SHDR(".spare", sh_size), n * 4);
	set(f, IN(".spare", symbol_index(f, "word") * 4, 4),
	    get(f, SYM("word", st_shndx)));
	set(f, SYM("word", st_shndx), SHN_XINDEX);
}

static void extended(struct file *f)
{
	make_xindex(f);
	set(f, SHDR_AT(0, sh_size), get(f, EHDR(e_shnum)));
	set(f, SHDR_AT(0, sh_link), get(f, EHDR(e_shstrndx)));
	set(f, SHDR_AT(0, sh_info), get(f, EHDR(e_phnum)));
	set(f, EHDR(e_shnum), 0);
	set(f, EHDR(e_shstrndx), SHN_XINDEX);
	set(f, EHDR(e_phnum), PN_XNUM);
}

static void headers_first(struct file *f)
{
	size_t front = SIZE(f, Ehdr) + get(f, EHDR(e_phnum)) * SIZE(f, Phdr);
	uint64_t nsec = get(f, EHDR(e_shnum)), size = nsec * SIZE(f, Shdr);
	size_t old = get(f, EHDR(e_shoff)), at;

	if (old + size != f->n)
		die("the section headers are not last in ", f->path);
	insert(f, front, size);
	memcpy(f->b + front, f->b + old + size, size);
	f->n -= size;
	set(f, EHDR(e_shoff), front);
	for (uint64_t i = 1; i < nsec; i++)
		add(f, SHDR_AT(i, sh_offset), size);
	for (uint64_t i = 0; i < get(f, EHDR(e_phnum)); i++) {
		at = get(f, EHDR(e_phoff)) + i * SIZE(f, Phdr);
		if (get(f, MEMBER(f, Phdr, at, p_offset)) >= front)
			add(f, MEMBER(f, Phdr, at, p_offset), size);
	}
	/* What aligned the section headers is now at the end, for nothing. */
	at = 0;
	for (uint64_t i = 1; i < nsec; i++) {
		size_t end = get(f, SHDR_AT(i, sh_offset)) +
			     get(f, SHDR_AT(i, sh_size));

		if (end > at)
			at = end;
	}
	f->n = at;
}

/* --- The table. --- */

#define MUTATION(name, images, what, text, ...)				\
	static void mutate_##name(struct file *f) { __VA_ARGS__; }
#define MUTATION_AT(name, images, options, what, text, ...)		\
	MUTATION(name, images, what, text, __VA_ARGS__)
#include "mutate.def"
#undef MUTATION
#undef MUTATION_AT

struct mutation {
	const char *name, *images, *options, *what, *text;
	void (*apply)(struct file *f);
};

static const struct mutation mutations[] = {
#define MUTATION_AT(name, images, options, what, text, ...)		\
	{ #name, images, options, what, text, mutate_##name },
#define MUTATION(name, images, what, text, ...)				\
	MUTATION_AT(name, images, "--delta=0x400000", what, text, )
#include "mutate.def"
#undef MUTATION
#undef MUTATION_AT
};

static const struct mutation forms[] = {
	{ .name = "--headers-first", .apply = headers_first },
	{ .name = "--extended", .apply = extended },
};

static const struct mutation *find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (!strcmp(forms[i].name, name))
			return &forms[i];
	for (size_t i = 0; i < ARRAY_SIZE(mutations); i++)
		if (!strcmp(mutations[i].name, name))
			return &mutations[i];
	die("no mutation ", name);
}

static void list(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(mutations); i++)
		printf("%s|%s|%s|%s|%s\n", mutations[i].name,
		       mutations[i].images, mutations[i].options,
		       mutations[i].text, mutations[i].what);
}

static struct file load(const char *path)
{
	struct file f = { .path = path, .room = 1 << 20 };
	FILE *in = fopen(path, "rb");

	f.b = calloc(f.room, 1);
	if (!in || !f.b)
		die("cannot read ", path);
	f.n = fread(f.b, 1, f.room, in);
	fclose(in);
	if (f.n < sizeof(Elf64_Ehdr) || f.n == f.room)
		die("no small ELF file: ", path);
	f.bits = f.b[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	return f;
}

static void save(const struct file *f, const char *path)
{
	FILE *out = fopen(path, "wb");

	if (!out || fwrite(f->b, 1, f->n, out) != f->n || fclose(out))
		die("cannot write ", path);
}

int main(int argc, char **argv)
{
	struct file f, before;

	if (argc == 2 && !strcmp(argv[1], "--list")) {
		list();
		return 0;
	}
	if (argc != 4)
		die("usage: mutate --list | mutate NAME IN OUT", "");
	f = load(argv[2]);
	before = load(argv[2]);
	find(argv[1])->apply(&f);
	if (f.n == before.n && !memcmp(f.b, before.b, f.n))
		die("nothing is damaged by ", argv[1]);
	save(&f, argv[3]);
	free(f.b);
	free(before.b);
	return 0;
}
