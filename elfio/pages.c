/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pages.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum {
	LARGE = 1 << 21,
	WORTH = LARGE / 8,	/* from here on a large page costs less than small ones */
	GROWN = LARGE / 2	/* and from here on for what grows, as threads have some each */
};

/* Only mappings of whole large pages are sure to begin at the border of one. */
static size_t whole(size_t size)
{
	return size < WORTH ? size : (size + LARGE - 1) / LARGE * LARGE;
}

void pages_keep(void)
{
	mallopt(M_MMAP_THRESHOLD, GROWN);
	mallopt(M_TOP_PAD, GROWN);
	mallopt(M_TRIM_THRESHOLD, 16 * GROWN);
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
