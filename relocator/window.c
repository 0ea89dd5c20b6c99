/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define KiB	(UINT64_C(1) << 10)
#define MiB	(UINT64_C(1) << 20)
#define GiB	(UINT64_C(1) << 30)
#define TiB	(UINT64_C(1) << 40)
#define PiB	(UINT64_C(1) << 50)

/*
 * Linux's layout (Documentation/riscv/vm-layout.rst and, for sv32, the
 * definitions of PAGE_OFFSET and VMALLOC_SIZE in asm/pgtable.h, 6.1). Within
 * a name the narrowest mode comes first.
 */
static const struct window windows[] = {
	{ "last-2g", MODE_SV39, 0xffffffff80000000, 2 * GiB },
	{ "linear", MODE_SV39, 0xffffffd800000000, 124 * GiB },
	{ "linear", MODE_SV48, 0xffffaf8000000000, 64 * TiB },
	{ "linear", MODE_SV57, 0xff60000000000000, 32 * PiB - 256 * TiB },
	{ "vmalloc", MODE_SV39, 0xffffffc800000000, 64 * GiB },
	{ "vmalloc", MODE_SV48, 0xffff8f8000000000, 32 * TiB },
	{ "vmalloc", MODE_SV57, 0xff20000000000000, 16 * PiB },
	{ "last-2g", MODE_SV32, 0x80000000, 2 * GiB },
	{ "linear", MODE_SV32, 0xc0000000, 1 * GiB },
	{ "vmalloc", MODE_SV32, 0xa0000000, 512 * MiB },
};

static const struct {
	const char *name;
	unsigned bits;
} modes[] = {
	[MODE_SV32] = { "sv32", 32 }, [MODE_SV39] = { "sv39", 39 },
	[MODE_SV48] = { "sv48", 48 }, [MODE_SV57] = { "sv57", 57 },
};

enum { COUNT = sizeof(windows) / sizeof(windows[0]) };

static bool of_xlen(enum vm_mode mode, unsigned xlen)
{
	return (mode == MODE_SV32) == (xlen == 32);
}

const struct window *window_list(unsigned xlen, size_t i)
{
	for (size_t k = 0; k < COUNT; k++)
		if (of_xlen(windows[k].mode, xlen) && !i--)
			return &windows[k];
	return NULL;
}

bool window_mode_parse(const char *text, enum vm_mode *mode)
{
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (!strcmp(text, modes[i].name)) {
			*mode = (enum vm_mode)i;
			return true;
		}
	return false;
}

const char *window_mode_name(enum vm_mode mode)
{
	return mode < MODE_ANY ? modes[mode].name : "any mode";
}

bool parse_number(const char *text, uint64_t *v)
{
	static const char units[] = "KMGT";
	const char *unit;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	*v = strtoull(text, &end, 0);
	if (errno)
		return false;
	if (*end && (unit = strchr(units, *end))) {
		unsigned shift = 10 * (unsigned)(unit - units + 1);

		if (*v > UINT64_MAX >> shift)
			return false;
		*v <<= shift;
		end++;
	}
	return !*end;
}

static bool parse_range(const char *text, struct window *w)
{
	const char *colon = strchr(text, ':');
	char base[64];

	if (!colon || (size_t)(colon - text) >= sizeof(base))
		return false;
	memcpy(base, text, (size_t)(colon - text));
	base[colon - text] = '\0';
	*w = (struct window){ .name = text, .mode = MODE_ANY };
	return parse_number(base, &w->base) &&
	       parse_number(colon + 1, &w->size) && w->size;
}

bool window_parse(const char *text, unsigned xlen, enum vm_mode mode,
		  struct window *w)
{
	size_t len;
	enum vm_mode named;

	if (text[0] >= '0' && text[0] <= '9')
		return parse_range(text, w);
	/* The mode behind the last dash or colon, if it is one. */
	for (len = strlen(text); len && !strchr("-:", text[len - 1]);)
		len--;
	if (len && window_mode_parse(text + len, &named))
		mode = named;
	else
		len = strlen(text) + 1;
	for (size_t i = 0; i < COUNT; i++) {
		if (mode != MODE_ANY && !of_xlen(mode, xlen))
			break;
		*w = windows[i];
		if (strlen(w->name) == len - 1 &&
		    !strncmp(text, w->name, len - 1) &&
		    of_xlen(w->mode, xlen) &&
		    (mode == MODE_ANY || mode == w->mode ||
		     (!strcmp(w->name, WINDOW_DEFAULT) && mode > w->mode)))
			return true;
	}
	return false;
}

uint64_t window_granule(unsigned xlen, uint64_t align)
{
	uint64_t page = xlen == 32 ? 4 * MiB : 2 * MiB;

	return align > page ? align : page;
}

static bool canonical(unsigned bits, uint64_t addr)
{
	return (uint64_t)((int64_t)(addr << (64 - bits)) >> (64 - bits)) == addr;
}

const char *window_refuses(unsigned xlen, enum vm_mode mode, uint64_t base,
			   uint64_t size)
{
	uint64_t last = base + size - 1;
	uint64_t top = xlen == 64 ? UINT64_MAX : UINT32_MAX;

	if (mode == MODE_ANY)
		mode = xlen == 64 ? MODE_SV57 : MODE_SV32;
	if (!of_xlen(mode, xlen))
		return "that mode is not one of this class of image";
	if (base > top || last < base || last > top)
		return "it does not fit below the end of the address space";
	if (last > top - 4 * KiB)
		return "the last 4 KiB of the address space must stay free: error pointers lie there";
	if (xlen == 64 &&
	    (!canonical(modes[mode].bits, base) ||
	     !canonical(modes[mode].bits, last) ||
	     (int64_t)(base ^ last) < 0))
		return "its addresses are not canonical";
	return NULL;
}

bool window_slot(const struct window *w, unsigned xlen, uint64_t size,
		 uint64_t lo, uint64_t granule, uint64_t n, uint64_t *base,
		 uint64_t *slots)
{
	uint64_t top = xlen == 64 ? UINT64_MAX : UINT32_MAX;
	uint64_t last = w->base + (w->size - 1);
	uint64_t first = w->base - w->base % granule + lo % granule;

	*slots = 0;
	if (last < w->base || last > top)
		last = top;
	if (last > top - 4 * KiB)
		last = top - 4 * KiB;
	if (first < w->base)
		first += granule;
	if (first < w->base || first > last || last - first < size - 1)
		return false;
	*slots = (last - first - (size - 1)) / granule + 1;
	*base = first + n * granule;
	return n < *slots;
}
