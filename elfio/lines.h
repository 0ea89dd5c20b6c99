/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ELFIO_LINES_H
#define ELFIO_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct image;

/*
 * Writes "init/main.c:931" for the code at addr into buf, from the file's
 * DWARF. False, and buf untouched, when it has none, or without libdw.
 */
bool lines_at(const struct image *img, uint64_t addr, char *buf, size_t len);

/*
 * The same for the variable (static ones of functions as well) or function that
 * begins at addr: where it is declared. The first call reads all of the file's
 * DWARF, which takes seconds for a kernel.
 */
bool lines_declared(const struct image *img, uint64_t addr, char *buf,
		    size_t len);

/* Whether the file has debug information that could say such things. */
bool lines_known(const struct image *img);

/* "libdw, elfutils 0.188", or NULL when it is not built in. */
const char *lines_version(void);

#endif
