/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Memory for one large array. */
#ifndef ELFIO_PAGES_H
#define ELFIO_PAGES_H

#include <stddef.h>

/* Zeroed, in large pages where there are any; NULL when there is no memory. */
void *pages_alloc(size_t size);
void pages_free(void *p, size_t size);

#endif
