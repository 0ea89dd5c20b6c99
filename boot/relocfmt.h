/* SPDX-License-Identifier: GPL-2.0-or-later OR MIT */
/*
 * The boot table: what in an image depends on its base. The one file that host
 * and target share; doc/relocfmt.md tells how and why. Little-endian; a table
 * begins at a multiple of 8.
 *
 *   struct rvreloc_header
 *   struct rvreloc_group, stream	one for each kind of field, or more
 *   ...
 */
#ifndef RVRELOC_RELOCFMT_H
#define RVRELOC_RELOCFMT_H

#include <stddef.h>
#include <stdint.h>

/* "RV", the version, 32 or 64, and 4 bytes of 0. */
#define RVRELOC_TABLE_VERSION		1
#define RVRELOC_MAGIC(xlen)						\
	((uint64_t)(xlen) << 24 | RVRELOC_TABLE_VERSION << 16 | 0x5652)

struct rvreloc_header {
	uint64_t magic;
	uint64_t check;		/* of all that follows guard, see below */
	uint64_t base;		/* where the image is linked for, or has moved */
	uint64_t guard;		/* ~(base + extent) */
	union {
		uint64_t extent;
		struct {
			int32_t size;	/* of the table in bytes */
			int32_t image;	/* of the image in memory */
		};
	};
	uint64_t reach_lo;	/* the lowest and the highest base that every */
	uint64_t reach_hi;	/* field can follow to */
	uint64_t align;		/* what a move is a multiple of, less 1 */
};

/*
 * check is a polynomial in 31 over words of the class, from the table's last
 * down to extent: check = check * 31 + word. No single word can change without
 * it. A move changes base and guard only.
 */

struct rvreloc_group {
	uint8_t kind;		/* 0: words of the class, aligned; else RVRELOC_KIND */
	uint8_t shift;		/* the field += D >> shift: 10 for c.lui, else 0 */
	uint8_t zero[2];
};

/*
 * unit, width: log2 of the bytes that gaps are counted in, and of a field.
 * sub: the field -= D.
 */
#define RVRELOC_LOG(xlen)	((xlen) == 64 ? 3u : 2u)
#define RVRELOC_KIND(xlen, unit, width, sub)				\
	((RVRELOC_LOG(xlen) ^ (unit)) |					\
	 (RVRELOC_LOG(xlen) ^ (width)) << 2 | (sub) << 4)

/*
 * The stream is read from the top bit of 32-bit words. It is a list of runs of
 * adjacent fields: how far from the end of the one before (at first from one
 * unit before the image), in units, and how many fields.
 *
 * A count is an Elias gamma code with its bits interleaved: for each bit below
 * the leading one a 0 and that bit, then 1. A gap g is the count (g + 1) / 2
 * and then one bit more, g % 2.
 *
 * A count of a gap that goes on after 4 bits below the leading one is none, but
 * a command: the last 3 of the 4 are `what`, and after the 0 by which it goes on
 * come 15 bits of operand.
 *
 *   what  operand
 *   0     0		the group ends; the next begins with the next word that
 *			has not been read, which is a multiple of 8
 *   0     n		the run before comes n times more, with its gap
 *   1..7  n		go on n << what units
 *
 * The reader takes a word whenever it has less than 32 bits left as it comes to
 * a gap. What it has then must do for that run or command.
 */
enum {
	RVRELOC_GAP_BITS = 4,
	RVRELOC_OPERAND_BITS = 15,
};

_Static_assert(sizeof(struct rvreloc_header) == 64 &&
	       offsetof(struct rvreloc_header, extent) == 32 &&
	       sizeof(struct rvreloc_group) == 4, "as they lie in memory");

#endif
