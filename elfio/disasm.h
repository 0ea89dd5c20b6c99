/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ELFIO_DISASM_H
#define ELFIO_DISASM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes the instruction at code (len bytes at hand), which runs at addr, as
 * text into buf. Returns its length in bytes; 0 when it cannot be told, or
 * without libopcodes.
 */
unsigned disasm(unsigned xlen, const uint8_t *code, size_t len, uint64_t addr,
		char *buf, size_t size);

/* "libopcodes 2.40", or NULL when it is not built in. */
const char *disasm_version(void);

#endif
