/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "maker.h"

#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <unistd.h>

void made_init(struct made *m, unsigned xlen)
{
	*m = (struct made){ .xlen = xlen, .type = ET_EXEC,
			    .machine = EM_RISCV };
	made_section(m, (struct section){ .name = "" });
	bytes_add(&m->strings, "", 1);
	bytes_add(&m->symbols, NULL, symbol_size(xlen));
}

void made_free(struct made *m)
{
	free(m->sec);
	bytes_free(&m->symbols);
	bytes_free(&m->strings);
	bytes_free(&m->names);
	bytes_free(&m->xindex);
}

uint32_t made_section(struct made *m, struct section s)
{
	if (!(m->nsec & (m->nsec - 1))) {
		m->sec = realloc(m->sec, (m->nsec ? 2 * m->nsec : 1) *
					 sizeof(*m->sec));
		ck_assert_ptr_nonnull(m->sec);
	}
	m->sec[m->nsec] = s;
	return m->nsec++;
}

static void fill_segment(struct made *m, uint32_t i)
{
	struct segment *g = &m->seg[i];
	const struct section *first = &m->sec[m->seg_first[i]];

	g->offset = first->offset;
	g->vaddr = g->paddr = first->addr;
	for (uint32_t k = m->seg_first[i]; k <= m->seg_last[i]; k++) {
		const struct section *s = &m->sec[k];

		if (s->type != SHT_NOBITS)
			g->filesz = s->offset + s->size - g->offset;
		g->memsz = s->addr + s->size - g->vaddr;
	}
	if (!section_loaded(first))
		g->memsz = 0;
}

uint32_t made_segment(struct made *m, uint32_t type, uint32_t first,
		      uint32_t last, uint64_t align)
{
	ck_assert_uint_lt(m->nseg, MADE_SEGMENTS);
	m->seg[m->nseg] = (struct segment){ .type = type, .flags = PF_R,
					    .align = align };
	m->seg_first[m->nseg] = first;
	m->seg_last[m->nseg] = last;
	fill_segment(m, m->nseg);
	return m->nseg++;
}

uint32_t made_symbol(struct made *m, const char *name, uint64_t value,
		     unsigned bind, unsigned type, uint32_t shndx)
{
	uint32_t i = (uint32_t)(m->symbols.n / symbol_size(m->xlen));
	uint16_t narrow = shndx == SYM_ABS ? (uint16_t)SHN_ABS :
			  shndx >= SHN_LORESERVE ? (uint16_t)SHN_XINDEX :
			  (uint16_t)shndx;
	uint32_t at = name[0] ? (uint32_t)m->strings.n : 0;
	uint8_t info = (uint8_t)(bind << 4 | type);

	if (m->xlen == 64) {
		Elf64_Sym s = { .st_name = at, .st_value = value,
				.st_info = info, .st_shndx = narrow };

		bytes_add(&m->symbols, &s, sizeof(s));
	} else {
		Elf32_Sym s = { .st_name = at, .st_value = (uint32_t)value,
				.st_info = info, .st_shndx = narrow };

		bytes_add(&m->symbols, &s, sizeof(s));
	}
	if (at)
		bytes_add(&m->strings, name, strlen(name) + 1);
	if (narrow == SHN_XINDEX) {
		bytes_add(&m->xindex, NULL, ((size_t)i + 1) * 4 - m->xindex.n);
		putle(m->xindex.at + (size_t)i * 4, shndx, 4);
	}
	return i;
}

void made_tables(struct made *m)
{
	m->symtab = made_section(m, (struct section){ .name = ".symtab",
		.type = SHT_SYMTAB, .align = m->xlen / 8,
		.entsize = symbol_size(m->xlen), .link = m->nsec + 1,
		.info = 1 });
	made_section(m, (struct section){ .name = ".strtab",
					  .type = SHT_STRTAB, .align = 1 });
	m->shstrtab = made_section(m, (struct section){ .name = ".shstrtab",
					.type = SHT_STRTAB, .align = 1 });
	if (m->xindex.n)
		made_section(m, (struct section){ .name = ".symtab_shndx",
			.type = SHT_SYMTAB_SHNDX, .align = 4, .entsize = 4,
			.link = m->symtab });
}

/* Content that is known only when all sections and symbols are. */
static void fill_tables(struct made *m)
{
	struct section *s = &m->sec[m->symtab];

	if (!m->symtab)
		return;
	s[0].data = m->symbols.at;
	s[0].size = m->symbols.n;
	s[1].data = m->strings.at;
	s[1].size = m->strings.n;
	if (m->xindex.n) {
		bytes_add(&m->xindex, NULL, m->symbols.n /
			  symbol_size(m->xlen) * 4 - m->xindex.n);
		s[3].data = m->xindex.at;
		s[3].size = m->xindex.n;
	}
}

struct image made_image(struct made *m)
{
	struct image img = {
		.xlen = m->xlen, .type = m->type, .machine = m->machine,
		.entry = m->entry, .nsec = m->nsec, .nseg = m->nseg,
		.sec = m->sec, .seg = m->seg,
	};

	fill_tables(m);
	img.symtab = (struct symtab){
		.data = m->symbols.at, .str = (const char *)m->strings.at,
		.strsize = m->strings.n, .xlen = m->xlen, .shndx = m->symtab,
		.n = (uint32_t)(m->symbols.n / symbol_size(m->xlen)),
		.xindex = m->xindex.at,
	};
	return img;
}

void add_record(struct bytes *b, unsigned xlen, uint64_t offset,
		uint32_t type, uint32_t sym, int64_t addend)
{
	if (xlen == 64) {
		Elf64_Rela r = { offset, ELF64_R_INFO((uint64_t)sym, type),
				 addend };

		bytes_add(b, &r, sizeof(r));
	} else {
		Elf32_Rela r = { (uint32_t)offset,
				 ELF32_R_INFO(sym, (uint8_t)type),
				 (int32_t)addend };

		bytes_add(b, &r, sizeof(r));
	}
}

/* --- As a file. --- */

static uint64_t up(uint64_t v, uint64_t align)
{
	return align > 1 ? (v + align - 1) / align * align : v;
}

/* Where everything goes; returns the place of the section headers. */
static uint64_t lay_out(struct made *m)
{
	bool wide = m->xlen == 64;
	uint64_t at = (wide ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr)) +
		      m->nseg * (wide ? sizeof(Elf64_Phdr) : sizeof(Elf32_Phdr));
	uint64_t shentsize = wide ? sizeof(Elf64_Shdr) : sizeof(Elf32_Shdr);
	uint64_t shoff = 0;

	for (uint32_t i = 1; i < m->nsec; i++) {
		struct section *s = &m->sec[i];

		if (m->table_before == i) {
			shoff = up(at, 8);
			at = shoff + m->nsec * shentsize;
		}
		if (m->gap_before == i)
			at += m->gap;
		if (s->type != SHT_NOBITS) {
			if (section_loaded(s))	/* as pages need it */
				at += (s->addr - at) % 0x1000;
			at = up(at, s->align);
		}
		s->offset = at;
		if (s->type != SHT_NOBITS)
			at += s->size;
	}
	for (uint32_t i = 0; i < m->nseg; i++)
		fill_segment(m, i);
	return m->table_before ? shoff : up(at, 8);
}

static void write_section(struct made *m, Elf *elf, uint32_t i,
			  uint32_t name)
{
	struct section *s = &m->sec[i];
	Elf_Scn *scn = elf_newscn(elf);
	Elf_Data *data = elf_newdata(scn);
	GElf_Shdr sh = {
		.sh_name = name, .sh_type = s->type, .sh_flags = s->flags,
		.sh_addr = s->addr, .sh_offset = s->offset,
		.sh_size = s->size, .sh_link = s->link, .sh_info = s->info,
		.sh_addralign = s->align, .sh_entsize = s->entsize,
	};

	ck_assert_ptr_nonnull(data);
	data->d_buf = s->type == SHT_NOBITS ? NULL :
		      (void *)(uintptr_t)s->data;
	data->d_size = s->size;
	data->d_type = ELF_T_BYTE;
	data->d_align = s->align ? s->align : 1;
	data->d_version = EV_CURRENT;
	ck_assert_int_ne(gelf_update_shdr(scn, &sh), 0);
}

static uint32_t *name_sections(struct made *m)
{
	uint32_t *name = calloc(m->nsec, sizeof(*name));

	ck_assert_ptr_nonnull(name);
	bytes_free(&m->names);
	bytes_add(&m->names, "", 1);
	for (uint32_t i = 1; i < m->nsec; i++) {
		const char *text = m->sec[i].name;

		if (i > 1 && !strcmp(text, m->sec[i - 1].name)) {
			name[i] = name[i - 1];
			continue;
		}
		name[i] = (uint32_t)m->names.n;
		bytes_add(&m->names, text, strlen(text) + 1);
	}
	m->sec[m->shstrtab].data = m->names.at;
	m->sec[m->shstrtab].size = m->names.n;
	return name;
}

static void write_segments(const struct made *m, Elf *elf)
{
	ck_assert_ptr_nonnull(gelf_newphdr(elf, m->nseg));
	for (uint32_t i = 0; i < m->nseg; i++) {
		const struct segment *g = &m->seg[i];
		GElf_Phdr ph = {
			.p_type = g->type, .p_flags = g->flags,
			.p_offset = g->offset, .p_vaddr = g->vaddr,
			.p_paddr = g->paddr, .p_filesz = g->filesz,
			.p_memsz = g->memsz, .p_align = g->align,
		};

		ck_assert_int_ne(gelf_update_phdr(elf, (int)i, &ph), 0);
	}
}

/* An index that e_shstrndx cannot hold goes into the null section's link. */
static void put_shstrndx(const struct made *m, Elf *elf, GElf_Ehdr *eh)
{
	GElf_Shdr null = { .sh_link = m->shstrtab };

	if (m->shstrtab < SHN_LORESERVE) {
		eh->e_shstrndx = (uint16_t)m->shstrtab;
		return;
	}
	eh->e_shstrndx = SHN_XINDEX;
	ck_assert_int_ne(gelf_update_shdr(elf_getscn(elf, 0), &null), 0);
}

void made_write(struct made *m, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	int class = m->xlen == 64 ? ELFCLASS64 : ELFCLASS32;
	uint32_t *name;
	GElf_Ehdr eh;
	Elf *elf;

	ck_assert_int_ge(fd, 0);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_WRITE, NULL);
	ck_assert_ptr_nonnull(elf);
	elf_flagelf(elf, ELF_C_SET, ELF_F_LAYOUT);
	ck_assert_ptr_nonnull(gelf_newehdr(elf, class));
	ck_assert_uint_ne(m->symtab, 0);
	fill_tables(m);
	name = name_sections(m);
	ck_assert_ptr_nonnull(gelf_getehdr(elf, &eh));
	eh.e_ident[EI_DATA] = ELFDATA2LSB;
	eh.e_type = m->type;
	eh.e_machine = m->machine;
	eh.e_version = EV_CURRENT;
	eh.e_entry = m->entry;
	eh.e_shoff = lay_out(m);
	if (m->nseg) {
		eh.e_phoff = gelf_fsize(elf, ELF_T_EHDR, 1, EV_CURRENT);
		write_segments(m, elf);
		eh.e_phnum = (uint16_t)m->nseg;
		eh.e_phentsize = (uint16_t)gelf_fsize(elf, ELF_T_PHDR, 1,
						      EV_CURRENT);
	}
	for (uint32_t i = 1; i < m->nsec; i++)
		write_section(m, elf, i, name[i]);
	put_shstrndx(m, elf, &eh);
	ck_assert_int_ne(gelf_update_ehdr(elf, &eh), 0);
	ck_assert_msg(elf_update(elf, ELF_C_WRITE) > 0, "%s", elf_errmsg(-1));
	elf_end(elf);
	close(fd);
	free(name);
}

struct bytes section_bytes(const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct bytes b = { 0 };
	Elf_Scn *scn = NULL;
	bool found = false;
	size_t strndx;
	Elf *elf;

	ck_assert_int_ge(fd, 0);
	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	ck_assert_ptr_nonnull(elf);
	ck_assert_int_eq(elf_getshdrstrndx(elf, &strndx), 0);
	while (!found && (scn = elf_nextscn(elf, scn))) {
		GElf_Shdr sh;

		ck_assert_ptr_nonnull(gelf_getshdr(scn, &sh));
		found = !strcmp(elf_strptr(elf, strndx, sh.sh_name), name);
	}
	ck_assert_msg(found, "%s has no section %s", path, name);
	for (Elf_Data *d = NULL; (d = elf_rawdata(scn, d));)
		bytes_add(&b, d->d_buf, d->d_size);
	elf_end(elf);
	close(fd);
	return b;
}
