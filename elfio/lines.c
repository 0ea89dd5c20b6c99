/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Source lines through libdw. The library is loaded when the first line is
 * asked for: it costs more to start than most runs of the program take.
 */
#include "lines.h"

#include "image.h"

bool lines_known(const struct image *img)
{
	return image_section(img, ".debug_info") ||
	       image_section(img, ".zdebug_info");
}

#ifdef HAVE_LIBDW
#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/version.h>
#include <stdlib.h>

#define STR(x) #x
#define XSTR(x) STR(x)

static struct {
	__typeof__(dwarf_begin_elf) *begin_elf;
	__typeof__(dwarf_end) *end;
	__typeof__(dwarf_nextcu) *nextcu;
	__typeof__(dwarf_offdie) *offdie;
	__typeof__(dwarf_haspc) *haspc;
	__typeof__(dwarf_getsrc_die) *getsrc_die;
	__typeof__(dwarf_linesrc) *linesrc;
	__typeof__(dwarf_lineno) *lineno;
	__typeof__(dwarf_addrdie) *addrdie;
	__typeof__(dwarf_child) *child;
	__typeof__(dwarf_siblingof) *siblingof;
	__typeof__(dwarf_tag) *tag;
	__typeof__(dwarf_dieoffset) *dieoffset;
	__typeof__(dwarf_attr) *attr;
	__typeof__(dwarf_formblock) *formblock;
	__typeof__(dwarf_formaddr) *formaddr;
	__typeof__(dwarf_getlocation) *getlocation;
	__typeof__(dwarf_getlocation_attr) *getlocation_attr;
	__typeof__(dwarf_lowpc) *lowpc;
	__typeof__(dwarf_decl_file) *decl_file;
	__typeof__(dwarf_decl_line) *decl_line;
} dw;

static bool load(void)
{
	static int state;	/* 0 untried, 1 there, -1 not there */
	void *lib;

	if (state)
		return state > 0;
	lib = dlopen("libdw.so.1", RTLD_NOW);
	state = -1;
	if (!lib)
		return false;
#define GET(name) ((*(void **)&dw.name = dlsym(lib, "dwarf_" #name)) != NULL)
	if (GET(begin_elf) && GET(end) && GET(nextcu) && GET(offdie) &&
	    GET(haspc) && GET(getsrc_die) && GET(linesrc) && GET(lineno) &&
	    GET(addrdie) && GET(child) && GET(siblingof) && GET(tag) &&
	    GET(dieoffset) && GET(attr) && GET(formblock) && GET(formaddr) &&
	    GET(getlocation) && GET(getlocation_attr) && GET(lowpc) &&
	    GET(decl_file) && GET(decl_line))
		state = 1;
#undef GET
	return state > 0;
}

static bool has_info(const struct image *img)
{
	return img->elf && lines_known(img);
}

/* --- Code. --- */

static bool line_of(Dwarf_Die *cu, uint64_t addr, char *buf, size_t len)
{
	Dwarf_Line *line = dw.getsrc_die(cu, addr);
	const char *src = line ? dw.linesrc(line, NULL, NULL) : NULL;
	int number;

	if (!src || dw.lineno(line, &number))
		return false;
	snprintf(buf, len, "%s:%d", src, number);
	return true;
}

static bool find(Dwarf *dbg, uint64_t addr, char *buf, size_t len)
{
	Dwarf_Off off = 0, next;
	size_t header;
	Dwarf_Die die;

	/* By .debug_aranges, which not every compiler writes. */
	if (dw.addrdie(dbg, addr, &die) && line_of(&die, addr, buf, len))
		return true;
	for (; !dw.nextcu(dbg, off, &next, &header, NULL, NULL, NULL); off = next)
		if (dw.offdie(dbg, off + header, &die) &&
		    dw.haspc(&die, addr) > 0 && line_of(&die, addr, buf, len))
			return true;
	return false;
}

/* --- What begins at an address. --- */

struct declared {
	uint64_t addr;
	Dwarf_Off die;
};

struct declarations {
	struct declared *at;	/* by address, when all are there */
	size_t n, cap;
};

static void declare(struct declarations *d, uint64_t addr, Dwarf_Die *die)
{
	if (d->n == d->cap) {
		size_t cap = d->cap ? 2 * d->cap : 1024;
		struct declared *grown = realloc(d->at, cap * sizeof(*grown));

		if (!grown)
			return;
		d->at = grown;
		d->cap = cap;
	}
	d->at[d->n++] = (struct declared){ addr, dw.dieoffset(die) };
}

/* The place of a variable that has one for good. */
static bool variable_at(Dwarf_Die *die, uint64_t *addr)
{
	Dwarf_Attribute attr, far;
	Dwarf_Block block;
	Dwarf_Op *op;
	size_t n;

	/* Most variables are on the stack: not worth to be taken apart. */
	if (!dw.attr(die, DW_AT_location, &attr) ||
	    dw.formblock(&attr, &block) || !block.length ||
	    (block.data[0] != DW_OP_addr && block.data[0] != DW_OP_addrx) ||
	    dw.getlocation(&attr, &op, &n) || n != 1)
		return false;
	if (op->atom == DW_OP_addr) {
		*addr = op->number;
		return true;
	}
	return !dw.getlocation_attr(&attr, op, &far) &&
	       !dw.formaddr(&far, addr);
}

/* Functions hold static variables, blocks hold blocks. */
static void gather(struct declarations *d, Dwarf_Die *parent, unsigned depth)
{
	enum { DEEPEST = 64 };
	Dwarf_Die die;
	uint64_t addr;

	if (depth > DEEPEST || dw.child(parent, &die))
		return;
	do {
		switch (dw.tag(&die)) {
		case DW_TAG_variable:
			if (variable_at(&die, &addr))
				declare(d, addr, &die);
			break;
		case DW_TAG_subprogram:
			if (!dw.lowpc(&die, &addr))
				declare(d, addr, &die);
			gather(d, &die, depth + 1);
			break;
		case DW_TAG_lexical_block:
		case DW_TAG_namespace:
			gather(d, &die, depth + 1);
			break;
		}
	} while (!dw.siblingof(&die, &die));
}

static int by_addr(const void *a, const void *b)
{
	const struct declared *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->die < y->die ? -1 : x->die > y->die;
}

static void gather_all(struct declarations *d, Dwarf *dbg)
{
	Dwarf_Off off = 0, next;
	size_t header;
	Dwarf_Die cu;

	for (; !dw.nextcu(dbg, off, &next, &header, NULL, NULL, NULL); off = next)
		if (dw.offdie(dbg, off + header, &cu))
			gather(d, &cu, 0);
	if (d->n)
		qsort(d->at, d->n, sizeof(*d->at), by_addr);
}

static const struct declared *declared_at(const struct declarations *d,
					  uint64_t addr)
{
	size_t lo = 0, hi = d->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (d->at[mid].addr < addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < d->n && d->at[lo].addr == addr ? &d->at[lo] : NULL;
}

/* --- Both, of one image at a time. --- */

/* Kept: opening it again may mean to unpack all of it again. */
static struct {
	const struct image *of;
	Dwarf *dbg;
	struct declarations declared;
	bool gathered;
} kept;

static Dwarf *open_dwarf(const struct image *img)
{
	if (kept.of == img)
		return kept.dbg;
	if (kept.dbg)
		dw.end(kept.dbg);
	free(kept.declared.at);
	memset(&kept, 0, sizeof(kept));
	kept.of = img;
	if (has_info(img) && load() && image_writable(img))
		kept.dbg = dw.begin_elf((Elf *)img->elf, DWARF_C_READ, NULL);
	return kept.dbg;
}

bool lines_at(const struct image *img, uint64_t addr, char *buf, size_t len)
{
	Dwarf *dbg = open_dwarf(img);

	return dbg && find(dbg, addr, buf, len);
}

bool lines_declared(const struct image *img, uint64_t addr, char *buf,
		    size_t len)
{
	Dwarf *dbg = open_dwarf(img);
	const struct declared *at;
	const char *file;
	Dwarf_Die die;
	int line;

	if (dbg && !kept.gathered) {
		kept.gathered = true;
		gather_all(&kept.declared, dbg);
	}
	at = declared_at(&kept.declared, addr);
	if (!dbg || !at || !dw.offdie(dbg, at->die, &die))
		return false;
	file = dw.decl_file(&die);
	if (!file || dw.decl_line(&die, &line))
		return false;
	snprintf(buf, len, "%s:%d", file, line);
	return true;
}

const char *lines_version(void)
{
	return "libdw, elfutils 0." XSTR(_ELFUTILS_VERSION);
}

#else

bool lines_at(const struct image *img, uint64_t addr, char *buf, size_t len)
{
	(void)img, (void)addr, (void)buf, (void)len;
	return false;
}

bool lines_declared(const struct image *img, uint64_t addr, char *buf,
		    size_t len)
{
	(void)img, (void)addr, (void)buf, (void)len;
	return false;
}

const char *lines_version(void)
{
	return NULL;
}
#endif
