/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "image.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lines.h"
#include "pages.h"

/* Copies a stream into memory that can be mapped like a file. */
static int slurp(int in, struct diag *d)
{
	int fd = memfd_create("rvreloc", MFD_CLOEXEC);
	char buf[1 << 16];
	ssize_t n;

	if (fd < 0) {
		diag_file(d, DIAG_ERROR, "cannot buffer the input: %s",
			  strerror(errno));
		return -1;
	}
	while ((n = read(in, buf, sizeof(buf))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || write(fd, buf, (size_t)n) != n) {
			diag_file(d, DIAG_ERROR, "cannot read: %s",
				  strerror(errno));
			close(fd);
			return -1;
		}
	}
	return fd;
}

/*
 * A small file is read whole, into large pages: that costs less than to have
 * its pages mapped, as a kernel's records lead all over it.
 */
#ifndef IMAGE_SMALL
#define IMAGE_SMALL	(24 << 20)
#endif

static void *read_whole(int fd, size_t size)
{
	void *p = pages_alloc(size);

	if (p && pread(fd, p, size, 0) == (ssize_t)size)
		return p;
	pages_free(p, size);
	return NULL;
}

static bool map_file(struct image *img, struct diag *d)
{
	bool piped = !strcmp(img->path, "-");
	int fd = piped ? slurp(STDIN_FILENO, d) :
			 open(img->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	void *map;

	if (fd < 0) {
		if (!piped)
			diag_file(d, DIAG_ERROR, "cannot open: %s",
				  strerror(errno));
		return false;
	}
	if (fstat(fd, &st) || (!piped && !S_ISREG(st.st_mode))) {
		diag_file(d, DIAG_ERROR, "not a regular file");
		close(fd);
		return false;
	}
	if (st.st_size < EI_NIDENT) {
		diag_file(d, DIAG_ERROR, "not an ELF file: only %lld bytes long",
			  (long long)st.st_size);
		close(fd);
		return false;
	}
	map = st.st_size <= IMAGE_SMALL ? read_whole(fd, (size_t)st.st_size) : NULL;
	img->held = map;
	if (!map)
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
			   0);
	if (map == MAP_FAILED) {
		diag_file(d, DIAG_ERROR, "cannot map: %s", strerror(errno));
		close(fd);
		return false;
	}
	img->fd = fd;
	img->map = map;
	img->size = (uint64_t)st.st_size;
	img->mode = piped ? 0666 : st.st_mode & 07777;
	return true;
}

static bool in_file(const struct image *img, uint64_t off, uint64_t len)
{
	return off <= img->size && len <= img->size - off;
}

/* What people have at hand instead, by how it begins. */
static const char *what_else(const uint8_t *p)
{
	static const struct { const char *magic, *is; } known[] = {
		{ "!<arch>", ": an archive, of which an image is to be linked first" },
		{ "MZ", ": a boot image; take the vmlinux that it was made from" },
		{ "\x1f\x8b", ": gzip has compressed it" },
		{ "\xfd" "7zXZ", ": xz has compressed it" },
		{ "\x28\xb5\x2f\xfd", ": zstd has compressed it" },
	};

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (!memcmp(p, known[i].magic, strlen(known[i].magic)))
			return known[i].is;
	return "";
}

static bool check_ident(const struct image *img, struct diag *d)
{
	if (memcmp(img->map, ELFMAG, SELFMAG)) {
		diag_file(d, DIAG_ERROR, "not an ELF file%s",
			  what_else(img->map));
		return false;
	}
	if (img->map[EI_DATA] == ELFDATA2MSB) {
		diag_file(d, DIAG_ERROR,
			  "big-endian ELF: only little-endian files are supported");
		return false;
	}
	if (img->map[EI_DATA] != ELFDATA2LSB ||
	    (img->map[EI_CLASS] != ELFCLASS32 &&
	     img->map[EI_CLASS] != ELFCLASS64) ||
	    img->map[EI_VERSION] != EV_CURRENT) {
		diag_file(d, DIAG_ERROR,
			  "ELF header: unknown class, byte order or version (%d, %d, %d)",
			  img->map[EI_CLASS], img->map[EI_DATA],
			  img->map[EI_VERSION]);
		return false;
	}
	return true;
}

/* e_phnum, or what section header 0 holds in its place. */
static size_t segments_said(struct Elf *elf, const GElf_Ehdr *eh)
{
	GElf_Shdr sh;

	if (eh->e_phnum != PN_XNUM)
		return eh->e_phnum;
	return gelf_getshdr(elf_getscn(elf, 0), &sh) && sh.sh_info ?
	       sh.sh_info : SIZE_MAX;
}

static bool read_header(struct image *img, struct diag *d)
{
	GElf_Ehdr eh;
	size_t nsec, nseg, strndx;

	elf_version(EV_CURRENT);
	img->elf = elf_memory((char *)(uintptr_t)img->map, img->size);
	if (!img->elf || !gelf_getehdr(img->elf, &eh)) {
		diag_file(d, DIAG_ERROR, "ELF header: %s", elf_errmsg(-1));
		return false;
	}
	img->xlen = eh.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32;
	img->type = eh.e_type;
	img->machine = eh.e_machine;
	img->eflags = eh.e_flags;
	img->entry = eh.e_entry;
	img->phoff = eh.e_phoff;
	img->shoff = eh.e_shoff;
	img->ehsize = eh.e_ehsize;
	img->phentsize = eh.e_phentsize;
	img->shentsize = eh.e_shentsize;

	/* libelf makes do with a short table; a short table is a cut file. */
	if (elf_getshdrnum(img->elf, &nsec) || elf_getphdrnum(img->elf, &nseg) ||
	    elf_getshdrstrndx(img->elf, &strndx) ||
	    eh.e_ehsize != gelf_fsize(img->elf, ELF_T_EHDR, 1, EV_CURRENT) ||
	    (eh.e_phnum && (eh.e_phentsize !=
			gelf_fsize(img->elf, ELF_T_PHDR, 1, EV_CURRENT))) ||
	    (eh.e_shoff && (eh.e_shentsize !=
			gelf_fsize(img->elf, ELF_T_SHDR, 1, EV_CURRENT))) ||
	    (eh.e_shnum && nsec != eh.e_shnum) ||
	    nseg != segments_said(img->elf, &eh) ||
	    nsec > UINT32_MAX / 2 || nseg > UINT32_MAX / 2 ||
	    !in_file(img, img->phoff, nseg * eh.e_phentsize) ||
	    !in_file(img, img->shoff, nsec * eh.e_shentsize)) {
		diag_file(d, DIAG_ERROR,
			  "ELF header: its tables do not lie within the file of %" PRIu64 " bytes (truncated?)",
			  img->size);
		return false;
	}
	if (!nsec || !eh.e_shoff) {
		diag_file(d, DIAG_ERROR,
			  "no section headers: they say where the records are");
		return false;
	}
	img->nsec = (uint32_t)nsec;
	img->nseg = (uint32_t)nseg;
	img->shstrndx = (uint32_t)strndx;
	return true;
}

static bool odd_align(uint64_t align)
{
	return align & (align - 1);
}

static bool read_segments(struct image *img, struct diag *d)
{
	uint64_t top = addr_top(img->xlen);

	img->seg = calloc(img->nseg + 1, sizeof(*img->seg));
	for (uint32_t i = 0; img->seg && i < img->nseg; i++) {
		GElf_Phdr ph;

		if (!gelf_getphdr(img->elf, (int)i, &ph)) {
			diag_file(d, DIAG_ERROR, "program header %u: %s", i,
				  elf_errmsg(-1));
			return false;
		}
		img->seg[i] = (struct segment){
			ph.p_offset, ph.p_vaddr, ph.p_paddr, ph.p_filesz,
			ph.p_memsz, ph.p_align, ph.p_type, ph.p_flags
		};
		if (ph.p_type == PT_LOAD &&
		    (ph.p_filesz > ph.p_memsz || odd_align(ph.p_align))) {
			diag_file(d, DIAG_ERROR,
				  "program header %u: %s", i,
				  odd_align(ph.p_align) ?
				  "p_align is not a power of two" :
				  "p_filesz is larger than p_memsz");
			return false;
		}
		if (ph.p_type == PT_LOAD &&
		    (!in_file(img, ph.p_offset, ph.p_filesz) ||
		     (ph.p_memsz && ph.p_memsz - 1 > top - ph.p_vaddr))) {
			diag_file(d, DIAG_ERROR,
				  "program header %u: 0x%" PRIx64 " bytes at offset 0x%" PRIx64 " lie outside the file or the address space",
				  i, ph.p_filesz, ph.p_offset);
			return false;
		}
	}
	return img->seg;
}

/* ELF's own, which no relocation is applied to. */
static bool is_table(const struct section *s)
{
	return s->type == SHT_SYMTAB || s->type == SHT_STRTAB ||
	       s->type == SHT_RELA || s->type == SHT_SYMTAB_SHNDX ||
	       s->type == SHT_DYNSYM;
}

/* Says what is wrong with section i, or NULL. */
static const char *check_section(const struct image *img, uint32_t i)
{
	const struct section *s = &img->sec[i];
	uint64_t top = addr_top(img->xlen);
	const struct section *link;

	if (s->type == SHT_NULL)
		return NULL;
	if (s->type != SHT_NOBITS && !in_file(img, s->offset, s->size))
		return "its bytes lie outside the file (truncated?)";
	if (section_loaded(s) && s->size && s->size - 1 > top - s->addr)
		return "it runs over the end of the address space";
	if (s->link >= img->nsec)
		return "sh_link is not a section";
	if (odd_align(s->align))
		return "sh_addralign is not a power of two";
	link = &img->sec[s->link];
	switch (s->type) {
	case SHT_SYMTAB:
	case SHT_DYNSYM:
		if (s->entsize != symbol_size(img->xlen) ||
		    s->size % s->entsize || s->size / s->entsize > UINT32_MAX)
			return "sh_entsize or sh_size is not that of a symbol table";
		if (link->type != SHT_STRTAB)
			return "sh_link is not a string table";
		break;
	case SHT_RELA:
		if (s->entsize != record_size(img->xlen) || s->size % s->entsize)
			return "sh_entsize or sh_size is not that of Elf_Rela records";
		if (s->info >= img->nsec || is_table(&img->sec[s->info]))
			return "sh_info is not a section that records can be of";
		if (s->link && link->type != SHT_SYMTAB &&
		    link->type != SHT_DYNSYM)
			return "sh_link is not a symbol table";
		break;
	case SHT_SYMTAB_SHNDX:
		if (link->type != SHT_SYMTAB || !link->entsize ||
		    s->size / 4 != link->size / link->entsize)
			return "it does not have one index for each symbol";
		break;
	case SHT_STRTAB:
		if (s->size && img->map[s->offset + s->size - 1])
			return "the string table does not end with a zero";
		break;
	}
	return NULL;
}

static bool read_sections(struct image *img, struct diag *d)
{
	const char *wrong;

	img->sec = calloc(img->nsec, sizeof(*img->sec));
	for (uint32_t i = 0; img->sec && i < img->nsec; i++) {
		struct section *s = &img->sec[i];
		GElf_Shdr sh;

		if (!gelf_getshdr(elf_getscn(img->elf, i), &sh)) {
			diag_file(d, DIAG_ERROR, "section header %u: %s", i,
				  elf_errmsg(-1));
			return false;
		}
		*s = (struct section){
			.addr = sh.sh_addr, .offset = sh.sh_offset,
			.size = sh.sh_size, .flags = sh.sh_flags,
			.align = sh.sh_addralign, .entsize = sh.sh_entsize,
			.type = sh.sh_type, .link = sh.sh_link,
			.info = sh.sh_info,
		};
		if (i == 0)	/* holds the counts that e_shnum cannot */
			s->type = SHT_NULL;
		s->name = elf_strptr(img->elf, img->shstrndx, sh.sh_name);
		if (!s->name && (sh.sh_name || s->type != SHT_NULL)) {
			diag_file(d, DIAG_ERROR,
				  "section header %u: its name lies outside the string table",
				  i);
			return false;
		}
		if (!s->name)
			s->name = "";
	}
	if (!img->sec)
		return false;
	for (uint32_t i = 0; i < img->nsec; i++) {
		struct section *s = &img->sec[i];

		wrong = check_section(img, i);
		if (wrong) {
			diag_file(d, DIAG_ERROR, "section %u (%s): %s", i,
				  s->name, wrong);
			return false;
		}
		if (s->type != SHT_NULL && s->type != SHT_NOBITS && s->size)
			s->data = img->map + s->offset;
	}
	return true;
}

struct range {
	uint64_t from, to;
	const char *name;
};

static int by_from(const void *a, const void *b)
{
	const struct range *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static bool disjoint(struct range *r, size_t n, struct diag *d)
{
	qsort(r, n, sizeof(*r), by_from);
	for (size_t i = 1; i < n; i++)
		if (r[i].from < r[i - 1].to) {
			diag_file(d, DIAG_ERROR, "%s and %s overlap in the file at 0x%" PRIx64,
				  r[i - 1].name, r[i].name, r[i].from);
			return false;
		}
	return true;
}

/*
 * Two sections on the same bytes would be patched twice. At the same address
 * they may be: overlays are, and thread-local NOBITS takes none.
 */
static bool check_overlaps(const struct image *img, struct diag *d)
{
	struct range *r = calloc(img->nsec + 3, sizeof(*r));
	size_t n = 0;
	bool ok;

	if (!r)
		return false;
	r[n++] = (struct range){ 0, img->ehsize, "the ELF header" };
	if (img->nseg)
		r[n++] = (struct range){ img->phoff,
			img->phoff + (uint64_t)img->nseg * img->phentsize,
			"the program headers" };
	r[n++] = (struct range){ img->shoff,
		img->shoff + (uint64_t)img->nsec * img->shentsize,
		"the section headers" };
	for (uint32_t i = 1; i < img->nsec; i++)
		if (img->sec[i].data)
			r[n++] = (struct range){ img->sec[i].offset,
				img->sec[i].offset + img->sec[i].size,
				img->sec[i].name };
	ok = disjoint(r, n, d);
	free(r);
	return ok;
}

/* What is loaded must be where the section header says it is. */
static bool check_loads(const struct image *img, struct diag *d)
{
	for (uint32_t i = 1; i < img->nsec; i++) {
		const struct section *s = &img->sec[i];

		for (uint32_t k = 0; s->data && section_loaded(s) &&
				     k < img->nseg; k++) {
			const struct segment *g = &img->seg[k];

			if (g->type != PT_LOAD || s->offset < g->offset ||
			    s->offset - g->offset >= g->filesz ||
			    s->addr - g->vaddr == s->offset - g->offset)
				continue;
			diag_file(d, DIAG_ERROR,
				  "section %u (%s): its address 0x%" PRIx64 " is not the one that program header %u gives its bytes (0x%" PRIx64 ")",
				  i, s->name, s->addr, k,
				  g->vaddr + (s->offset - g->offset));
			return false;
		}
	}
	return true;
}

struct symtab image_symtab(const struct image *img, uint32_t shndx)
{
	const struct section *s = &img->sec[shndx];
	const struct section *str = &img->sec[s->link];
	struct symtab t = {
		.data = s->data, .xlen = img->xlen, .shndx = shndx,
		.n = s->data ? (uint32_t)(s->size / s->entsize) : 0,
		.str = (const char *)str->data,
		.strsize = str->data ? str->size : 0,
	};

	for (uint32_t i = 1; i < img->nsec; i++)
		if (img->sec[i].type == SHT_SYMTAB_SHNDX &&
		    img->sec[i].link == shndx)
			t.xindex = img->sec[i].data;
	return t;
}

static bool find_symtab(struct image *img, struct diag *d)
{
	for (uint32_t i = 1; i < img->nsec; i++) {
		if (img->sec[i].type != SHT_SYMTAB)
			continue;
		if (img->symtab.shndx) {
			diag_file(d, DIAG_ERROR,
				  "section %u (%s): a second symbol table", i,
				  img->sec[i].name);
			return false;
		}
		img->symtab = image_symtab(img, i);
	}
	img->symtab.xlen = img->xlen;
	return true;
}

struct image *image_open(const char *path, struct diag *d)
{
	struct image *img = calloc(1, sizeof(*img));

	if (!img)
		return NULL;
	img->fd = -1;
	img->path = strdup(path);
	if (img->path && map_file(img, d) && check_ident(img, d) &&
	    read_header(img, d) && read_segments(img, d) &&
	    read_sections(img, d) && check_overlaps(img, d) &&
	    check_loads(img, d) && find_symtab(img, d))
		return img;
	image_close(img);
	return NULL;
}

void image_close(struct image *img)
{
	if (!img)
		return;
	elf_end(img->elf);
	if (img->held)
		pages_free((void *)(uintptr_t)img->map, img->size);
	else if (img->map)
		munmap((void *)(uintptr_t)img->map, img->size);
	if (img->fd >= 0)
		close(img->fd);
	free(img->sec);
	free(img->seg);
	free(img->path);
	free(img);
}

const uint8_t *image_read(const struct image *img, const uint8_t *p, size_t len,
			  uint8_t *buf)
{
	return !img->held && image_maps(img, p) &&
	       pread(img->fd, buf, len, p - img->map) == (ssize_t)len ? buf : p;
}

/* How many of n + 1 entries to take: n or less, or all if they are of one place. */
static size_t records_cut(const uint8_t *records, unsigned xlen, size_t n)
{
	size_t cut = n;

	while (cut && record_get(records, xlen, cut).offset ==
		      record_get(records, xlen, cut - 1).offset)
		cut--;
	return cut ? cut : n + 1;
}

size_t records_read(const struct image *img, const uint8_t *all, size_t k,
		    size_t end, uint8_t *buf, const uint8_t **at)
{
	size_t size = record_size(img->xlen), full = IMAGE_WINDOW / size;
	size_t n = end - k < full ? end - k : full;

	*at = image_read(img, all + k * size, n * size, buf);
	return k + n == end ? n : records_cut(*at, img->xlen, n - 1);
}

bool image_writable(const struct image *img)
{
	return !mprotect((void *)(uintptr_t)img->map, img->size,
			 PROT_READ | PROT_WRITE);
}

uint32_t image_section(const struct image *img, const char *name)
{
	for (uint32_t i = 1; i < img->nsec; i++)
		if (!strcmp(img->sec[i].name, name))
			return i;
	return 0;
}

uint32_t image_section_at(const struct image *img, uint64_t addr)
{
	for (uint32_t i = 1; i < img->nsec; i++) {
		const struct section *s = &img->sec[i];

		if (section_loaded(s) && addr >= s->addr &&
		    addr - s->addr < s->size && !section_is_tbss(s))
			return i;
	}
	return 0;
}

/* The function or object around an address; NULL when none is named. */
static const char *symbol_around(const struct image *img, uint32_t shndx,
				 uint64_t addr)
{
	const struct symtab *t = &img->symtab;
	uint64_t best = 0;
	const char *name = NULL;

	for (uint32_t i = 1; i < t->n; i++) {
		struct symbol s = symtab_get(t, i);
		unsigned type = ELF64_ST_TYPE(s.info);

		if (s.shndx != shndx || s.value > addr || s.value < best ||
		    (type != STT_FUNC && type != STT_OBJECT &&
		     type != STT_NOTYPE) ||
		    (s.size && addr - s.value >= s.size))
			continue;
		const char *n = symtab_name(t, &s);
		if (!n[0] || n[0] == '$' || !strncmp(n, ".L", 2))
			continue;
		best = s.value;
		name = n;
	}
	return name;
}

void image_where(const struct image *img, uint32_t shndx, uint64_t off,
		 char *buf, size_t len)
{
	const struct section *s = &img->sec[shndx];
	const char *around = NULL;
	char line[256] = "";

	if (section_loaded(s)) {
		around = symbol_around(img, shndx, s->addr + off);
		lines_at(img, s->addr + off, line, sizeof(line));
	}
	snprintf(buf, len, "%s+0x%" PRIx64 "%s%s%s%s%s", s->name, off,
		 around || line[0] ? " (" : "", around ? "in " : "",
		 around ? around : "", around && line[0] ? ", " : "", line);
	if (around || line[0])
		strncat(buf, ")", len - strlen(buf) - 1);
}
