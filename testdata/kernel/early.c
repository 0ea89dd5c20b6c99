// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From the entry to the MMU.  This file and what it calls are compiled as
 * medany without jump tables, and hold no pointer in any initialiser: they run
 * at the physical address, and the relocator, which runs here, finds the
 * absolute words not yet moved. So is boot/, by its own boot.mk.
 */
#include "kernel.h"

enum {
	PAGE_SHIFT = 12,
	PAGE_SIZE = 1 << PAGE_SHIFT,
	LEVEL_BITS = __riscv_xlen == 64 ? 9 : 10,
	SATP_MODE_SHIFT = __riscv_xlen == 64 ? 60 : 31,
	PTE_PPN_SHIFT = 10,
	/* Two paths of five levels if the image crosses a border; devices. */
	TABLES = 12,
};

enum {
	PTE_V = 0x01, PTE_R = 0x02, PTE_W = 0x04, PTE_X = 0x08,
	PTE_A = 0x40, PTE_D = 0x80,
	PTE_CODE = PTE_V | PTE_R | PTE_X | PTE_A,
	PTE_DATA = PTE_V | PTE_R | PTE_W | PTE_A | PTE_D,
};

/* The widest first: what does not reach an address, none after it reaches. */
static const struct paging {
	char name[6];
	unsigned char levels, bits, satp;
} pagings[] = {
#if __riscv_xlen == 64
	{ "sv57", 5, 57, 10 },
	{ "sv48", 4, 48, 9 },
	{ "sv39", 3, 39, 8 },
#else
	{ "sv32", 2, 32, 1 },
#endif
};

enum { PAGINGS = sizeof pagings / sizeof pagings[0] };

typedef uintptr_t page_table[PAGE_SIZE / sizeof(uintptr_t)];

static page_table tables[TABLES] __attribute__((aligned(PAGE_SIZE)));
static unsigned tables_used;

static _Noreturn void stop(const char *why, uintptr_t address, const char *more)
{
	put("stop: ");
	put_address(address);
	put(why);
	put(more);
	put("\n");
	power_off(false);
}

static uintptr_t *table_new(void)
{
	if (tables_used == TABLES)
		stop(": no page table left", HERE(_start), "");

	uintptr_t *table = tables[tables_used++];
	for (size_t i = 0; i < PAGE_SIZE / sizeof *table; i++)
		((volatile uintptr_t *)table)[i] = 0;	/* not by a memset */
	return table;
}

static uintptr_t *pte_of(uintptr_t *table, unsigned levels, uintptr_t va)
{
	for (unsigned level = levels - 1; ; level--) {
		unsigned shift = PAGE_SHIFT + level * LEVEL_BITS;
		uintptr_t *pte = &table[(va >> shift) & ((1u << LEVEL_BITS) - 1)];

		if (level == 0)
			return pte;
		if (!*pte)
			*pte = (uintptr_t)table_new() >> PAGE_SHIFT << PTE_PPN_SHIFT | PTE_V;
		table = (uintptr_t *)(*pte >> PTE_PPN_SHIFT << PAGE_SHIFT);
	}
}

static void map(uintptr_t *root, unsigned levels, uintptr_t va, uintptr_t pa,
		uintptr_t size, unsigned flags)
{
	for (uintptr_t at = 0; at < size; at += PAGE_SIZE) {
		uintptr_t *pte = pte_of(root, levels, va + at);

		if (*pte)
			stop(" is taken by a device", va + at, "");
		*pte = (pa + at) >> PAGE_SHIFT << PTE_PPN_SHIFT | flags;
	}
}

static uintptr_t build_tables(const struct paging *paging, uintptr_t base)
{
	uintptr_t start = HERE(_start), data = HERE(_data), end = HERE(_end);

	tables_used = 0;
	uintptr_t *root = table_new();
	if (BARE_MACHINE) {
		map(root, paging->levels, UART, UART, PAGE_SIZE, PTE_DATA);
		map(root, paging->levels, TEST_DEVICE, TEST_DEVICE, PAGE_SIZE, PTE_DATA);
	}
	map(root, paging->levels, base, start, data - start, PTE_CODE);
	map(root, paging->levels, base + (data - start), data, end - data, PTE_DATA);
	return (uintptr_t)paging->satp << SATP_MODE_SHIFT
		| (uintptr_t)root >> PAGE_SHIFT;
}

/* All bits from the topmost translated one upwards must be equal. */
static bool reaches(const struct paging *paging, uintptr_t address)
{
	unsigned spare = __riscv_xlen - paging->bits;

	return (uintptr_t)((intptr_t)(address << spare) >> spare) == address;
}

/* A wish on the command line leaves one; otherwise all may be tried. */
static const struct paging *wished(const char *bootargs)
{
	for (unsigned i = 0; i < PAGINGS; i++)
		if (after(bootargs, pagings[i].name))
			return &pagings[i];
	return NULL;
}

const char *paging_name(uintptr_t satp)
{
	for (unsigned i = 0; i < PAGINGS; i++)
		if (pagings[i].satp == satp >> SATP_MODE_SHIFT)
			return pagings[i].name;
	return "none";
}

_Noreturn void early_main(const void *fdt)
{
	const char *bootargs = fdt_bootargs(fdt);

	put("rvreloc test kernel\n");
	place(bootargs);

	uintptr_t start = HERE(_start), base = link_base;
	uintptr_t size = HERE(_end) - start;
	if ((base - start) % PAGE_SIZE)
		stop(" is not at the same place in a page as the memory", base, "");
	if (base != start && (base - start < size || start - base < size))
		stop(" overlaps the memory that the image lies in", base, "");

	const struct paging *wish = wished(bootargs);
	for (unsigned i = 0; i < PAGINGS; i++) {
		const struct paging *paging = &pagings[i];

		if (wish && paging != wish)
			continue;
		if (!reaches(paging, base) || !reaches(paging, base + size - 1))
			stop(" is not an address in ", base, paging->name);
		enter_virtual(build_tables(paging, base), base - start);
	}
	stop(": this machine has no such paging mode", base, "");
}
