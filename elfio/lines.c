/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Source lines through libdw. The library is loaded when the first line is
 * asked for: it costs more to start than most runs of the program take.
 */
#include "lines.h"

#include "image.h"

#ifdef HAVE_LIBDW
#include <dlfcn.h>
#include <elfutils/libdw.h>
#include <elfutils/version.h>

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
	    GET(haspc) && GET(getsrc_die) && GET(linesrc) && GET(lineno))
		state = 1;
#undef GET
	return state > 0;
}

static bool has_info(const struct image *img)
{
	return img->elf && (image_section(img, ".debug_info") ||
			    image_section(img, ".zdebug_info"));
}

static bool find(Dwarf *dbg, uint64_t addr, char *buf, size_t len)
{
	Dwarf_Off off = 0, next;
	size_t header;

	while (!dw.nextcu(dbg, off, &next, &header, NULL, NULL, NULL)) {
		Dwarf_Die die;
		Dwarf_Line *line;
		int number;

		if (dw.offdie(dbg, off + header, &die) &&
		    dw.haspc(&die, addr) > 0 &&
		    (line = dw.getsrc_die(&die, addr)) &&
		    !dw.lineno(line, &number)) {
			const char *src = dw.linesrc(line, NULL, NULL);

			snprintf(buf, len, "%s:%d", src ? src : "?", number);
			return src;
		}
		off = next;
	}
	return false;
}

bool lines_at(const struct image *img, uint64_t addr, char *buf, size_t len)
{
	/* Kept: opening it again may mean to unpack all of it again. */
	static const struct image *of;
	static Dwarf *dbg;

	if (of != img) {
		if (dbg)
			dw.end(dbg);
		of = img;
		dbg = has_info(img) && load() && image_writable(img) ?
		      dw.begin_elf((Elf *)img->elf, DWARF_C_READ, NULL) : NULL;
	}
	return dbg && find(dbg, addr, buf, len);
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

const char *lines_version(void)
{
	return NULL;
}
#endif
