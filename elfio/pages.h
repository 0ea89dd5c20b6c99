/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory for one large array. */
#ifndef ELFIO_PAGES_H
#define ELFIO_PAGES_H

#include <stddef.h>

/*
 * Has malloc() take what pages_grow() does not see to from large pages, and use again
 * what is freed: to have memory from the system, page by page, and cleared, is most
 * of what it costs in a program that lives for a moment. Once, at its start.
 */
void pages_keep(void);

/*
 * As realloc() of p, of which `used` bytes are kept, to `size`: in large pages
 * where that is worth it, for the first use of each page costs more than to
 * copy many.
 */
void *pages_grow(void *p, size_t used, size_t size);

/* Zeroed, in large pages where there are any; NULL when there is no memory. */
void *pages_alloc(size_t size);
/* The first bytes of a file, to be read only; NULL with errno set. */
void *pages_map(int fd, size_t size);
/* Of either of these. */
void pages_free(void *p, size_t size);

#endif
