/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pages.h"

#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	SMALL = 1 << 12,
	LARGE = 1 << 21,
	HEAP = 4 * LARGE,
	WORTH = LARGE / 8,	/* from here on a large page costs less than small ones */
	GROWN = LARGE / 2	/* and from here on for what grows, as threads have some each */
};

/* Only mappings of whole large pages are sure to begin at the border of one. */
static size_t whole(size_t size)
{
	return size < WORTH ? size : (size + LARGE - 1) / LARGE * LARGE;
}

/*
 * The heap is moved up, so that what malloc() writes before it is said that the pages
 * are to be large lies on the small one before them: where there is a small one already
 * there will be no large one. malloc() expects that others call sbrk().
 */
void pages_keep(void)
{
	uintptr_t end = (uintptr_t)sbrk(0);
	uintptr_t at = (end + SMALL + LARGE - 1) / LARGE * LARGE;
	void *volatile first;

	mallopt(M_MMAP_THRESHOLD, GROWN);
	mallopt(M_TOP_PAD, HEAP);
	mallopt(M_TRIM_THRESHOLD, 2 * HEAP);
	sbrk((intptr_t)(at - SMALL - end));
	first = malloc(1);
	free(first);
	madvise((void *)at, HEAP, MADV_HUGEPAGE);
}

void *pages_grow(void *p, size_t used, size_t size)
{
	void *grown;

	if (size < GROWN)
		return realloc(p, size);
	if (posix_memalign(&grown, LARGE, whole(size)))
		return NULL;
	madvise(grown, whole(size), MADV_HUGEPAGE);
	if (used)
		memcpy(grown, p, used);
	free(p);
	return grown;
}

void *pages_alloc(size_t size)
{
	void *p = mmap(NULL, whole(size), PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (size >= WORTH)
		madvise(p, whole(size), MADV_HUGEPAGE);	/* or small ones do */
	return p;
}

void *pages_map(int fd, size_t size)
{
	void *p = mmap(NULL, whole(size), PROT_READ, MAP_SHARED, fd, 0);

	return p == MAP_FAILED ? NULL : p;
}

void pages_free(void *p, size_t size)
{
	if (p)
		munmap(p, whole(size));
}
