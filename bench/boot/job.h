/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host hands to the counting program, as one file at JOB in memory:
 * this header, the offsets of the words (32 bits each, ascending), and the table.
 * Little-endian, as the target is.
 */
#ifndef BENCH_BOOT_JOB_H
#define BENCH_BOOT_JOB_H

#include <stdint.h>

struct job {
	uint64_t link_base;
	uint64_t new_base;
	uint64_t image_size;
	uint64_t words;
	uint64_t table_at;		/* from the start of the job; 16-byte aligned */
	uint64_t table_size;
	uint64_t whole;		/* the image is at IMAGE; 2: at EXPECTED, what it becomes */
};

/* Where QEMU's loader puts the job, and where the image is built. */
#define JOB		UINT64_C(0x81000000)
#define IMAGE		UINT64_C(0x84000000)
#define EXPECTED	UINT64_C(0x88000000)
#define IMAGE_MAX	UINT64_C(0x0b000000)

#define LINK_BASE	UINT64_C(0xffffffff80000000)
#define NEW_BASE	UINT64_C(0xffffffff9a000000)

/* The address that the word at `offset` holds: somewhere in the image. */
static inline uint64_t word_value(uint64_t base, uint64_t size, uint64_t offset)
{
	return base + offset * UINT64_C(2654435761) % size;
}

#endif
