/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "relocator/field.h"

struct arena arena_new(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t body = (size + page - 1) / page * page + page;
	uint8_t *all = mmap(NULL, body + 2 * page, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct arena a = { .size = size, .mapped = body };

	ck_assert(all != MAP_FAILED);
	a.map = all + page;
	ck_assert_int_eq(mprotect(a.map, body, PROT_READ | PROT_WRITE), 0);
	a.at = a.map + ((body - size) & ~(size_t)7);
	return a;
}

void arena_free(struct arena *a)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	munmap(a->map - page, a->mapped + 2 * page);
	a->map = NULL;
}

static bool is_zero(const uint8_t *p, size_t n)
{
	return !n || (!p[0] && !memcmp(p, p + 1, n - 1));
}

bool arena_kept(const struct arena *a)
{
	const uint8_t *end = a->at + a->size;

	return is_zero(a->map, (size_t)(a->at - a->map)) &&
	       is_zero(end, (size_t)(a->map + a->mapped - end));
}

/*
 * Pages that no one has touched are passed over: reading them all takes longer
 * than everything else. One entry of pagemap a page; in memory, or swapped out.
 */
bool arena_is_zero(const struct arena *a)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = a->mapped / page;
	uint64_t *entry = calloc(pages, sizeof(*entry));
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	bool zero = true;

	ck_assert(entry && fd >= 0);
	ck_assert(pread(fd, entry, pages * sizeof(*entry),
			(off_t)((uintptr_t)a->map / page * sizeof(*entry))) ==
		  (ssize_t)(pages * sizeof(*entry)));
	for (size_t i = 0; i < pages && zero; i++)
		if (entry[i] >> 62)
			zero = is_zero(a->map + i * page, page);
	close(fd);
	free(entry);
	return zero;
}

struct bytes boot_encode(const struct table *t)
{
	struct bytes b = { 0 };

	ck_assert_ptr_null(encode_refuses(t));
	ck_assert(encode_rvr(t, &b.at, &b.n));
	return b;
}

/* As boot/relocfmt.h says it, the last word first. */
void boot_mend_check(uint8_t *table, unsigned xlen, size_t size)
{
	size_t bytes = xlen / 8;
	uint64_t sum = 0, word = 0;

	for (size_t at = size; at > offsetof(struct rvreloc_header, extent);) {
		at -= bytes;
		memcpy(&word, table + at, bytes);
		sum = sum * 31 + word;
	}
	memset(table + offsetof(struct rvreloc_header, check), 0, 8);
	memcpy(table + offsetof(struct rvreloc_header, check), &sum, bytes);
}

void boot_mend(uint8_t *table, unsigned xlen, size_t size)
{
	struct rvreloc_header h;

	memcpy(&h, table, sizeof(h));
	h.guard = ~(h.base + h.extent);
	memcpy(table, &h, sizeof(h));
	boot_mend_check(table, xlen, size);
}

static int by_kind(const void *a, const void *b)
{
	const struct table_place *x = a, *y = b;

	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x->off < y->off ? -1 : x->off > y->off;
}

void boot_sort(struct table_place *place, size_t n)
{
	if (n)
		qsort(place, n, sizeof(*place), by_kind);
}

unsigned boot_field_bytes(unsigned xlen, unsigned kind)
{
	static const unsigned bytes[TABLE_KINDS] = {
		[TABLE_HALF] = 4, [TABLE_HALF_SUB] = 4, [TABLE_CLUI] = 2,
	};

	return bytes[kind] ? bytes[kind] : xlen / 8;
}

uint64_t boot_moved(unsigned xlen, unsigned kind, uint64_t v, uint64_t D)
{
	unsigned bits = 8 * boot_field_bytes(xlen, kind);

	if (kind == TABLE_CLUI) {
		uint64_t to = field_decode(FIELD_CLUI, v) + D;

		if (!field_fits(FIELD_CLUI, to))
			ck_abort_msg("a c.lui of %#jx", (uintmax_t)to);
		return field_encode(FIELD_CLUI, v, to);
	}
	v += kind == TABLE_WORD_SUB || kind == TABLE_HALF_SUB ? -D : D;
	return bits == 64 ? v : v & ((UINT64_C(1) << bits) - 1);
}

uint64_t boot_sample(unsigned kind, uint64_t random)
{
	uint64_t imm;

	if (kind != TABLE_CLUI)
		return random;
	/* 9 to 23 pages, or as many less 32: the sign stays. */
	imm = (9 + random % 15) << 12;
	if (random >> 32 & 1)
		imm -= 32 << 12;
	return field_encode(FIELD_CLUI, 0x6481, imm);
}
