/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ELF file, read: mapped (a small one: as a whole in memory), its headers
 * decoded and checked, nothing copied.
 * Both classes look the same from here on; the class survives as xlen.
 * Knows ELF, not RISC-V.
 */
#ifndef ELFIO_IMAGE_H
#define ELFIO_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "diag.h"

struct section {
	const char *name;	/* in the mapped file */
	const uint8_t *data;	/* size bytes in the mapped file; NULL: none */
	uint64_t addr, offset, size, flags, align, entsize;
	uint32_t type, link, info;
};

struct segment {
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
	uint32_t type, flags;
};

struct symbol {
	uint64_t value, size;
	uint32_t name;		/* offset in the string table */
	uint32_t shndx;		/* SHN_XINDEX resolved; SYM_ABS for SHN_ABS */
	uint8_t info, other;
};

/* Reserved indexes, moved out of the way of real ones (there may be 65,536). */
#define SYM_RESERVED(x)	(0xffff0000u | (x))
#define SYM_ABS		SYM_RESERVED(SHN_ABS)

struct symtab {
	const uint8_t *data;	/* n entries of the class's size */
	const uint8_t *xindex;	/* SHT_SYMTAB_SHNDX words, or NULL */
	const char *str;
	uint64_t strsize;	/* str[strsize - 1] is '\0' */
	uint32_t n;
	uint32_t shndx;		/* which section this is */
	unsigned xlen;
};

struct record {			/* one Elf_Rela */
	uint64_t offset;
	int64_t addend;
	uint32_t type, sym;
};

struct Elf;

struct image {
	struct Elf *elf;	/* libelf's view of the same mapping */
	char *path;		/* for messages; "-" for standard input */
	int fd;			/* of the same file, for image_read() */
	const uint8_t *map;
	uint64_t size;
	bool held;		/* `map` is memory that the file was read into */
	mode_t mode;
	unsigned xlen;		/* 32 or 64 */
	uint16_t type, machine;
	uint32_t eflags;
	uint64_t entry;
	uint16_t ehsize, phentsize, shentsize;
	uint64_t phoff, shoff;
	uint32_t shstrndx;
	uint32_t nsec, nseg;
	struct section *sec;	/* [0] is the null section */
	struct segment *seg;
	struct symtab symtab;	/* .symtab; n == 0 when there is none */
};

/*
 * Opens and checks the file; path "-" reads standard input. All that is in
 * the result lies within the file: headers, section bytes, string offsets of
 * section names, links. NULL after a message in d. image_close() releases it.
 */
struct image *image_open(const char *path, struct diag *d);
void image_close(struct image *img);

/* Whether p, from anywhere, lies in the map. */
static inline bool image_maps(const struct image *img, const uint8_t *p)
{
	return (uintptr_t)p - (uintptr_t)img->map < img->size;
}

/*
 * The len bytes at p in the map, read into buf: to copy what is looked at once
 * costs less than to have its pages mapped. Where reading fails, p does not lie in
 * the map, or that is in memory, the result is p, and otherwise buf.
 */
const uint8_t *image_read(const struct image *img, const uint8_t *p, size_t len,
			  uint8_t *buf);

/* What is read at a time where it streams by: fits a stack and a cache. */
enum { IMAGE_WINDOW = 1 << 18 };

/*
 * libelf notes what it unpacks in the headers that it was given. Lets it, in
 * this process's copy of the pages; to be called before it may unpack.
 */
bool image_writable(const struct image *img);

/* Section by name, or 0. */
uint32_t image_section(const struct image *img, const char *name);

/* The allocated section that holds address addr (its end excluded), or 0. */
uint32_t image_section_at(const struct image *img, uint64_t addr);

/*
 * Writes ".text+0x1a4 (in start_kernel)" into buf. With line information
 * at hand also the source line. Slow: for messages.
 */
void image_where(const struct image *img, uint32_t shndx, uint64_t off,
		 char *buf, size_t len);

/* Symbol table of section shndx (SHT_SYMTAB or SHT_DYNSYM, already checked). */
struct symtab image_symtab(const struct image *img, uint32_t shndx);

static inline bool section_loaded(const struct section *s)
{
	return s->flags & SHF_ALLOC;
}

/* Thread-local NOBITS takes no addresses: what follows starts at the same. */
static inline bool section_is_tbss(const struct section *s)
{
	return s->type == SHT_NOBITS && (s->flags & SHF_TLS);
}

/* Little-endian fields at any alignment. */
static inline uint16_t get16(const void *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t get32(const void *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t get64(const void *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t getxlen(const void *p, unsigned xlen)
{
	return xlen == 64 ? get64(p) : get32(p);
}

/* The last address of the class. */
static inline uint64_t addr_top(unsigned xlen)
{
	return xlen == 64 ? UINT64_MAX : UINT32_MAX;
}

static inline void putle(void *p, uint64_t v, unsigned bytes)
{
	memcpy(p, &v, bytes);
}

/* A word of the class; of a known length each, which is one instruction. */
static inline void putxlen(void *p, uint64_t v, unsigned xlen)
{
	if (xlen == 64)
		putle(p, v, 8);
	else
		putle(p, v, 4);
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
	       "get and put read the host's own order");

static inline unsigned symbol_size(unsigned xlen)
{
	return xlen == 64 ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym);
}

static inline unsigned record_size(unsigned xlen)
{
	return xlen == 64 ? sizeof(Elf64_Rela) : sizeof(Elf32_Rela);
}

/* Entry i, whose bytes lie at p. */
static inline struct symbol symtab_entry(const struct symtab *t, uint32_t i,
					 const uint8_t *p)
{
	struct symbol s;
	uint16_t shndx;

	if (t->xlen == 64) {
		s.value = get64(p + offsetof(Elf64_Sym, st_value));
		s.size = get64(p + offsetof(Elf64_Sym, st_size));
		s.name = get32(p + offsetof(Elf64_Sym, st_name));
		s.info = p[offsetof(Elf64_Sym, st_info)];
		s.other = p[offsetof(Elf64_Sym, st_other)];
		shndx = get16(p + offsetof(Elf64_Sym, st_shndx));
	} else {
		s.value = get32(p + offsetof(Elf32_Sym, st_value));
		s.size = get32(p + offsetof(Elf32_Sym, st_size));
		s.name = get32(p + offsetof(Elf32_Sym, st_name));
		s.info = p[offsetof(Elf32_Sym, st_info)];
		s.other = p[offsetof(Elf32_Sym, st_other)];
		shndx = get16(p + offsetof(Elf32_Sym, st_shndx));
	}
	if (shndx < SHN_LORESERVE)
		s.shndx = shndx;
	else if (shndx == SHN_XINDEX && t->xindex)
		s.shndx = get32(t->xindex + (size_t)i * 4);
	else
		s.shndx = SYM_RESERVED(shndx);
	return s;
}

/* i < t->n. */
static inline struct symbol symtab_get(const struct symtab *t, uint32_t i)
{
	return symtab_entry(t, i, t->data + (size_t)i * symbol_size(t->xlen));
}

static inline const char *symtab_name(const struct symtab *t,
				      const struct symbol *s)
{
	return s->name < t->strsize ? t->str + s->name : "";
}

/* What a linked image's symbol cannot be, or NULL: of no section, nameless. */
static inline const char *image_symbol_wrong(const struct image *img,
					     const struct symtab *t,
					     const struct symbol *s)
{
	if (s->shndx >= img->nsec && s->shndx != SYM_ABS)
		return "the symbol's section does not exist";
	if (s->name && s->name >= t->strsize)
		return "the symbol's name lies outside the string table";
	return NULL;
}

/* Entry i of an array of Elf_Rela. */
static inline struct record record_get(const uint8_t *data, unsigned xlen,
				       size_t i)
{
	const uint8_t *p = data + i * record_size(xlen);
	struct record r;

	if (xlen == 64) {
		r.offset = get64(p);
		r.type = get32(p + 8);
		r.sym = get32(p + 12);
		r.addend = (int64_t)get64(p + 16);
	} else {
		r.offset = get32(p);
		r.type = p[4];
		r.sym = get32(p + 4) >> 8;
		r.addend = (int32_t)get32(p + 8);
	}
	return r;
}

/*
 * Entries of an array of Elf_Rela from k on, up to end, as image_read() has
 * them in a buffer of IMAGE_WINDOW bytes; *at is set to them. Returns how many
 * they are: those of one place stay together as long as they are in order, but for
 * more than the buffer has room for.
 */
size_t records_read(const struct image *img, const uint8_t *all, size_t k,
		    size_t end, uint8_t *buf, const uint8_t **at);

#endif
