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
	uint8_t *records;	/* n entries of Elf_Rela; NULL: not of a loaded section */
	uint32_t *index;	/* which of the section's each of them is */
	size_t n;
};

/*
 * Goes through all records of loaded sections. Counts those that it passes by
 * in p->count and p->effect: marks, PC-relative ones within the image (a
 * PCREL_LO12 with its auipc), and two that cancel, whose bytes are what they
 * say; any doubt is plan.c's affair. Appends the HI20s to p->hi, in the order of
 * the records. Returns the others for each struct relsec, all of those of one
 * place if one of them, but for marks. sift_free() lets go of them. NULL when
 * memory ran out.
 */
struct asked *sift_records(struct plan *p);
void sift_free(const struct plan *p, struct asked *asked);

#endif
