/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Most records of code are distances within the image: the bytes agree, and a
 * move leaves them alone. Several threads pass them by, so that only the others
 * have to be gone through one after the other.
 */
#ifndef RELOCATOR_SIFT_H
#define RELOCATOR_SIFT_H

#include "plan.h"

/* Records of one section that are to be looked at, in their order. */
struct asked {
	uint32_t rel;		/* index of their struct relsec */
	size_t n;
	const uint8_t *records;	/* n entries of Elf_Rela */
	const struct asked_at {
		uint64_t word;	/* the bytes at its place; 0 where there are none */
		uint32_t index;	/* which of the section's records it is */
	} *at;
};

struct sifted {
	struct asked *asked;	/* n of them, for each loaded section one at least */
	size_t n;
	struct sifter *by;	/* one for each of the jobs: theirs is what is asked */
	unsigned jobs;
};

/*
 * Goes through all records of loaded sections. Counts those that it passes by
 * in p->count and p->effect: marks, PC-relative ones within the image (a
 * PCREL_LO12 with its auipc), and two that cancel, whose bytes are what they
 * say; any doubt is plan.c's affair. Appends the HI20s to p->hi, in the order of
 * the records. The others are what is asked, section by section; those of one place
 * that add up are in one struct asked. sift_free() lets go of them. False when memory
 * ran out.
 */
bool sift_records(struct plan *p, struct sifted *s);
void sift_free(struct sifted *s);

#endif
