/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compressed debug sections: SHF_COMPRESSED with zlib (or what else libelf
 * can unpack) and GNU's older .zdebug_*.
 */
#ifndef ELFIO_COMPRESS_H
#define ELFIO_COMPRESS_H

#include "image.h"

struct packed {
	uint8_t *bytes;		/* owned: the section as it was before packing */
	uint64_t size, align;
};

bool section_is_packed(const struct section *s);

/* Whether section shndx can be unpacked here; *why says why not. */
bool section_can_unpack(const struct image *img, uint32_t shndx,
			const char **why);

/* False after a message. */
bool unpack_section(const struct image *img, uint32_t shndx, struct packed *p,
		    struct diag *d);

/*
 * Turns p's bytes, which it takes over, into the new content of the section,
 * and sets its header's size (and flags and alignment, when `plain` asks for
 * it uncompressed). It is compressed by whichever parameters gave the old
 * content, as far as they can be told: the same bytes in give the same out.
 * False after a message.
 */
bool pack_section(const struct image *img, uint32_t shndx, struct packed *p,
		  bool plain, struct section *header, uint8_t **content,
		  struct diag *d);

#endif
