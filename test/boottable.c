// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a consumer of a boot table would do, written from doc/table.md alone:
 * loads an image, moves it by the table, and compares it in memory with an
 * image that was moved as a file.
 *
 *   boottable FORMAT TABLE IMAGE MOVED
 *
 * FORMAT is relr, rela, offsets, or rvr, which boot/apply.c is linked in for, as
 * for RV64 and, under the name rvreloc_apply32, as for RV32; compiled with -DTABLE_C='"file.c"' it is c,
 * and TABLE is not looked at. Left out of the comparison is what a table does
 * not change: ELF's own tables, the build id, what calls an undefined weak
 * symbol, and the section .rvreloc. Exit status: 0 the same; 1 not; 3 the
 * table says (in c, rvr) that the image cannot be there, and nothing changed.
 */
#include <elf.h>
#include <err.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef TABLE_C
#include TABLE_C
#else
#include "boot/rvreloc.h"

int rvreloc_apply32(void *image, const void *table, uintptr_t new_base);
#endif

struct file {
	uint8_t *at;
	size_t size;
	bool is64;
};

struct memory {
	uint8_t *at, *skip;
	uint64_t base, size;
	bool is64;
};

static struct file read_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	struct file o = { 0 };

	if (!f)
		err(2, "%s", path);
	fseek(f, 0, SEEK_END);
	o.size = (size_t)ftell(f);
	rewind(f);
	o.at = malloc(o.size + 1);
	if (!o.at || fread(o.at, 1, o.size, f) != o.size)
		err(2, "%s", path);
	fclose(f);
	o.is64 = o.size > EI_CLASS && o.at[EI_CLASS] == ELFCLASS64;
	return o;
}

/* Headers of both classes, widened. */
#define GET(T, member, p)						\
	(f->is64 ? ((const Elf64_##T *)(const void *)(p))->member :	\
		   ((const Elf32_##T *)(const void *)(p))->member)

static Elf64_Shdr section(const struct file *f, uint32_t i)
{
	const uint8_t *p = f->at + GET(Ehdr, e_shoff, f->at) +
			   (uint64_t)i * GET(Ehdr, e_shentsize, f->at);

	return (Elf64_Shdr){
		.sh_name = GET(Shdr, sh_name, p), .sh_type = GET(Shdr, sh_type, p),
		.sh_flags = GET(Shdr, sh_flags, p), .sh_addr = GET(Shdr, sh_addr, p),
		.sh_offset = GET(Shdr, sh_offset, p), .sh_size = GET(Shdr, sh_size, p),
		.sh_link = GET(Shdr, sh_link, p), .sh_info = GET(Shdr, sh_info, p),
	};
}

static uint32_t sections(const struct file *f)
{
	uint32_t n = GET(Ehdr, e_shnum, f->at);

	return n ? n : (uint32_t)section(f, 0).sh_size;
}

static const char *name_of(const struct file *f, const Elf64_Shdr *s)
{
	uint32_t names = GET(Ehdr, e_shstrndx, f->at);

	if (names == SHN_XINDEX)
		names = section(f, 0).sh_link;
	return (const char *)f->at + section(f, names).sh_offset + s->sh_name;
}

static Elf64_Phdr segment(const struct file *f, uint32_t i)
{
	const uint8_t *p = f->at + GET(Ehdr, e_phoff, f->at) +
			   (uint64_t)i * GET(Ehdr, e_phentsize, f->at);

	return (Elf64_Phdr){
		.p_type = GET(Phdr, p_type, p), .p_offset = GET(Phdr, p_offset, p),
		.p_vaddr = GET(Phdr, p_vaddr, p), .p_filesz = GET(Phdr, p_filesz, p),
		.p_memsz = GET(Phdr, p_memsz, p),
	};
}

static void skip(struct memory *m, uint64_t addr, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++)
		if (addr - m->base + i < m->size)
			m->skip[addr - m->base + i] = 1;
}

/* Places of jumps to symbols that are 0, as undefined weak ones are. */
static void skip_weak(struct memory *m, const struct file *f,
		      const Elf64_Shdr *rela)
{
	Elf64_Shdr symtab = section(f, rela->sh_link);
	size_t size = f->is64 ? sizeof(Elf64_Rela) : sizeof(Elf32_Rela);
	size_t symsize = f->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);

	for (uint64_t at = 0; at < rela->sh_size; at += size) {
		const uint8_t *p = f->at + rela->sh_offset + at;
		uint64_t info = GET(Rela, r_info, p);
		uint32_t type = f->is64 ? (uint32_t)info : info & 0xff;
		uint64_t sym = f->is64 ? info >> 32 : info >> 8;
		const uint8_t *s = f->at + symtab.sh_offset + sym * symsize;

		if (GET(Sym, st_shndx, s) == SHN_UNDEF &&
		    (type == R_RISCV_CALL || type == R_RISCV_CALL_PLT ||
		     type == R_RISCV_JAL || type == R_RISCV_BRANCH ||
		     type == R_RISCV_RVC_JUMP || type == R_RISCV_RVC_BRANCH))
			skip(m, GET(Rela, r_offset, p), 8);
	}
}

static void skip_tables(struct memory *m, const struct file *f)
{
	for (uint32_t i = 1; i < sections(f); i++) {
		Elf64_Shdr s = section(f, i);
		bool loaded = s.sh_flags & SHF_ALLOC;

		if (s.sh_type == SHT_RELA && !loaded)
			skip_weak(m, f, &s);
		if (loaded && (s.sh_type == SHT_RELA || s.sh_type == 19 ||
			       s.sh_type == SHT_DYNAMIC ||
			       s.sh_type == SHT_DYNSYM ||
			       !strcmp(name_of(f, &s), ".rvreloc") ||
			       !strcmp(name_of(f, &s), ".note.gnu.build-id")))
			skip(m, s.sh_addr, s.sh_size);
	}
}

/* As a dynamic loader leaves the words where the file says that it lies. */
static void load_words(struct memory *m, const struct file *f,
		       const Elf64_Shdr *rela)
{
	Elf64_Shdr symtab = section(f, rela->sh_link);
	size_t size = f->is64 ? sizeof(Elf64_Rela) : sizeof(Elf32_Rela);
	size_t symsize = f->is64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);

	for (uint64_t at = 0; at < rela->sh_size; at += size) {
		const uint8_t *p = f->at + rela->sh_offset + at;
		uint64_t info = GET(Rela, r_info, p);
		uint32_t type = f->is64 ? (uint32_t)info : info & 0xff;
		uint64_t sym = f->is64 ? info >> 32 : info >> 8;
		uint64_t v = (uint64_t)GET(Rela, r_addend, p);
		const uint8_t *s = f->at + symtab.sh_offset + sym * symsize;

		if (type == (f->is64 ? R_RISCV_64 : R_RISCV_32) &&
		    GET(Sym, st_shndx, s) != SHN_UNDEF)
			v += GET(Sym, st_value, s);
		else if (type != (f->is64 ? R_RISCV_64 : R_RISCV_32) &&
			 type != R_RISCV_RELATIVE)
			continue;
		memcpy(m->at + (GET(Rela, r_offset, p) - m->base), &v,
		       f->is64 ? 8 : 4);
	}
}

/* ELF headers that are loaded have addresses in them. */
static void skip_headers(struct memory *m, const struct file *f,
			 const Elf64_Phdr *g)
{
	uint64_t end = GET(Ehdr, e_phoff, f->at) +
		       GET(Ehdr, e_phentsize, f->at) * GET(Ehdr, e_phnum, f->at);

	if (!g->p_offset)
		skip(m, g->p_vaddr, end < g->p_filesz ? end : g->p_filesz);
}

static void grow(uint64_t *lo, uint64_t *hi, uint64_t addr, uint64_t size)
{
	if (size && addr < *lo)
		*lo = addr;
	if (size && addr + size > *hi)
		*hi = addr + size;
}

static struct memory load(const struct file *f)
{
	uint64_t lo = UINT64_MAX, hi = 0;
	struct memory m = { .is64 = f->is64 };
	uint32_t nseg = GET(Ehdr, e_phnum, f->at);

	for (uint32_t i = 0; i < nseg; i++)
		if (segment(f, i).p_type == PT_LOAD)
			grow(&lo, &hi, segment(f, i).p_vaddr,
			     segment(f, i).p_memsz);
	for (uint32_t i = 1; i < sections(f); i++) {
		Elf64_Shdr s = section(f, i);

		if (s.sh_flags & SHF_ALLOC && !(s.sh_type == SHT_NOBITS &&
						s.sh_flags & SHF_TLS))
			grow(&lo, &hi, s.sh_addr, s.sh_size);
	}
	m.base = lo;
	m.size = hi - lo;
	m.at = calloc(1, m.size);
	m.skip = calloc(1, m.size);
	if (!m.at || !m.skip)
		err(2, "memory");
	for (uint32_t i = 0; i < nseg; i++) {
		Elf64_Phdr g = segment(f, i);

		if (g.p_type != PT_LOAD)
			continue;
		memcpy(m.at + (g.p_vaddr - lo), f->at + g.p_offset, g.p_filesz);
		skip_headers(&m, f, &g);
	}
	skip_tables(&m, f);
	return m;
}

/* --- What a table says. --- */

static uint64_t get(const uint8_t *p, unsigned bytes)
{
	uint64_t v = 0;

	memcpy(&v, p, bytes);
	return v;
}

static void add(struct memory *m, uint64_t off, unsigned bytes, uint64_t by)
{
	uint64_t v;

	if (off > m->size - bytes)
		errx(1, "an offset of 0x%" PRIx64 " is outside the image", off);
	v = get(m->at + off, bytes) + by;
	memcpy(m->at + off, &v, bytes);
}

static void relr(struct memory *m, const struct file *t, uint64_t by)
{
	unsigned bytes = m->is64 ? 8 : 4;
	uint64_t where = 0;

	for (size_t i = 0; i < t->size; i += bytes) {
		uint64_t e = get(t->at + i, bytes);

		if (!(e & 1)) {
			add(m, e - m->base, bytes, by);
			where = e + bytes;
			continue;
		}
		for (unsigned bit = 1; bit < bytes * 8; bit++)
			if (e >> bit & 1)
				add(m, where + (bit - 1) * bytes - m->base,
				    bytes, by);
		where += (bytes * 8 - 1) * bytes;
	}
}

static void rela(struct memory *m, const struct file *t, uint64_t by)
{
	unsigned bytes = m->is64 ? 8 : 4;

	if (t->size % (3 * bytes))
		errx(1, "not a whole number of records");
	for (size_t i = 0; i < t->size; i += 3 * bytes) {
		uint64_t off = get(t->at + i, bytes) - m->base;
		uint64_t v = get(t->at + i + 2 * bytes, bytes) + by;

		if (get(t->at + i + bytes, bytes) != R_RISCV_RELATIVE)
			errx(1, "not R_RISCV_RELATIVE");
		add(m, off, bytes, 0);
		memcpy(m->at + off, &v, bytes);
	}
}

/* One place of list `kind`, in the order in which the lists are written. */
static void place(struct memory *m, unsigned kind, uint64_t off, uint64_t by)
{
	unsigned bytes = m->is64 ? 8 : 4;
	uint64_t insn, imm;

	switch (kind) {
	case 0:
		add(m, off, bytes, by);
		break;
	case 1:
		add(m, off, bytes, -by);
		break;
	case 2:
		add(m, off, 4, by);
		break;
	case 3:
		add(m, off, 4, -by);
		break;
	case 4:		/* c.lui: imm[17] in bit 12, imm[16:12] in 6:2 */
		add(m, off, 2, 0);
		insn = get(m->at + off, 2);
		imm = (insn >> 2 & 31) | (insn >> 12 & 1) << 5;
		imm += by >> 12;
		insn = (insn & ~UINT64_C(0x107c)) | (imm & 31) << 2 |
		       (imm >> 5 & 1) << 12;
		memcpy(m->at + off, &insn, 2);
		break;
	}
}

static void offsets(struct memory *m, const struct file *t, uint64_t by)
{
	size_t i = 0;

	for (unsigned kind = 0; kind < 5; kind++) {
		for (; i + 4 <= t->size && get(t->at + i, 4); i += 4)
			place(m, kind, get(t->at + i, 4), by);
		i += 4;
	}
	if (i != t->size)
		errx(1, "the lists do not end where the file does");
}

#ifndef TABLE_C
/* There, and there once more: the table knows that it has been used. */
static void rvr(struct memory *m, const struct file *t, uint64_t to)
{
	int (*apply)(void *, const void *, uintptr_t) =
		m->is64 ? rvreloc_apply : rvreloc_apply32;
	uint8_t *table = aligned_alloc(8, (t->size + 7) / 8 * 8);
	uint8_t *image = aligned_alloc(4096, (m->size + 4095) / 4096 * 4096);
	int status;

	if (!table || !image)
		err(2, "memory");
	memcpy(table, t->at, t->size);
	memcpy(image, m->at, m->size);
	status = apply(image, table, to);
	if (status && (memcmp(table, t->at, t->size) ||
		       memcmp(image, m->at, m->size)))
		errx(1, "it returned %d and has changed something", status);
	if (status == RVRELOC_OUT_OF_REACH || status == RVRELOC_MISALIGNED)
		exit(3);
	if (status || apply(image, table, to))
		errx(1, "it returned %d", status);
	memcpy(m->at, image, m->size);
	if (apply(image, table, m->base) || memcmp(table, t->at, t->size))
		errx(1, "it does not come back");
	free(table);
	free(image);
}
#endif

#ifdef TABLE_C
static void in_c(struct memory *m, uint64_t to)
{
	uint64_t by = to - RVRELOC_BASE;

	if (m->base != RVRELOC_BASE || m->size != RVRELOC_SIZE ||
	    by % RVRELOC_ALIGN || RVRELOC_XLEN != (m->is64 ? 64 : 32))
		errx(1, "base, size, class or alignment");
	if (to < RVRELOC_LOWEST || to > RVRELOC_HIGHEST)
		exit(3);
	for (size_t i = 0; i < RVRELOC_WORDS; i++)
		place(m, 0, rvreloc_words[i], by);
	for (size_t i = 0; i < RVRELOC_WORDS_SUB; i++)
		place(m, 1, rvreloc_words_sub[i], by);
	for (size_t i = 0; i < RVRELOC_HALVES; i++)
		place(m, 2, rvreloc_halves[i], by);
	for (size_t i = 0; i < RVRELOC_HALVES_SUB; i++)
		place(m, 3, rvreloc_halves_sub[i], by);
	for (size_t i = 0; i < RVRELOC_CLUIS; i++)
		place(m, 4, rvreloc_cluis[i], by);
}
#endif

static int compare(const struct memory *a, const struct memory *b)
{
	uint64_t n = 0, seen = 0;

	if (a->size != b->size)
		errx(1, "sizes differ");
	for (uint64_t i = 0; i < a->size; i++) {
		if (a->skip[i] || b->skip[i])
			continue;
		seen++;
		if (a->at[i] != b->at[i] && n++ < 8)
			printf("at base + 0x%" PRIx64 ": %02x by the table, %02x in the file\n",
			       i, a->at[i], b->at[i]);
	}
	if (n)
		printf("%" PRIu64 " bytes differ\n", n);
	else if (!seen)
		printf("nothing to compare\n");
	return n || !seen;
}

int main(int argc, char **argv)
{
	struct file t, image, moved;
	struct memory a, b;
	uint64_t by;

	if (argc != 5)
		errx(2, "boottable FORMAT TABLE IMAGE MOVED");
	image = read_file(argv[3]);
	moved = read_file(argv[4]);
	a = load(&image);
	b = load(&moved);
	for (uint32_t i = 1; i < sections(&moved); i++) {
		Elf64_Shdr s = section(&moved, i);

		if (s.sh_type == SHT_RELA && s.sh_flags & SHF_ALLOC)
			load_words(&b, &moved, &s);
	}
	by = b.base - a.base;
#ifdef TABLE_C
	(void)t, (void)relr, (void)rela, (void)offsets, (void)by;
	in_c(&a, b.base);
#else
	t = read_file(argv[2]);
	if (!strcmp(argv[1], "relr"))
		relr(&a, &t, by);
	else if (!strcmp(argv[1], "rela"))
		rela(&a, &t, by);
	else if (!strcmp(argv[1], "offsets"))
		offsets(&a, &t, by);
	else if (!strcmp(argv[1], "rvr"))
		rvr(&a, &t, b.base);
	else
		errx(2, "format %s", argv[1]);
	free(t.at);
#endif
	return compare(&a, &b);
}
