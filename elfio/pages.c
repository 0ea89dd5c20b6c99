/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pages.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { LARGE = 1 << 21 };

void *pages_grow(void *p, size_t used, size_t size)
{
	void *grown;

	if (size < LARGE)
		return realloc(p, size);
	if (posix_memalign(&grown, LARGE, size))
		return NULL;
	madvise(grown, size, MADV_HUGEPAGE);
	if (used)
		memcpy(grown, p, used);
	free(p);
	return grown;
}

void *pages_alloc(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return NULL;
	if (size >= LARGE)
		madvise(p, size, MADV_HUGEPAGE);	/* or small ones do */
	return p;
}

void pages_free(void *p, size_t size)
{
	if (p)
		munmap(p, size);
}
