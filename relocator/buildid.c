/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "buildid.h"

#include <nettle/sha2.h>

static uint64_t align4(uint64_t v)
{
	return (v + 3) & ~UINT64_C(3);
}

/* The i-th byte of the stream that belongs to a base. */
static uint8_t stream_byte(uint64_t base, uint64_t i)
{
	struct sha256_ctx sha;
	uint8_t seed[16], digest[SHA256_DIGEST_SIZE];

	putle(seed, base, 8);
	putle(seed + 8, i / sizeof(digest), 8);
	sha256_init(&sha);
	sha256_update(&sha, sizeof(seed), seed);
	sha256_digest(&sha, sizeof(digest), digest);
	return digest[i % sizeof(digest)];
}

static void derive(void *ctx, uint32_t shndx, uint64_t off, uint64_t len)
{
	struct plan *p = ctx;
	const struct section *s = &p->img->sec[shndx];
	uint64_t mask = addr_top(p->img->xlen);

	for (uint64_t i = 0; i < len; i++) {
		struct edit e = {
			.pos = s->offset + off + i, .bytes = 1,
			.word = s->data[off + i] ^ stream_byte(p->m.lo, i) ^
				stream_byte((p->m.lo + p->delta) & mask, i),
		};

		plan_push(p, &p->edits, &e);
	}
}

/* Notes: name size, descriptor size, type, then both, padded to 4 bytes. */
static void each_note(const struct image *img, uint32_t shndx, buildid_fn *fn,
		      void *ctx)
{
	const struct section *s = &img->sec[shndx];
	uint64_t off = 0;

	while (s->size - off >= 12) {
		uint64_t namesz = get32(s->data + off);
		uint64_t descsz = get32(s->data + off + 4);
		uint32_t type = get32(s->data + off + 8);
		uint64_t name = off + 12, desc = name + align4(namesz);

		if (desc > s->size || descsz > s->size - desc)
			return;
		if (type == NT_GNU_BUILD_ID && namesz == 4 &&
		    !memcmp(s->data + name, "GNU", 4))
			fn(ctx, shndx, desc, descsz);
		off = desc + align4(descsz);
		if (off > s->size)
			return;
	}
}

void buildid_each(const struct image *img, buildid_fn *fn, void *ctx)
{
	for (uint32_t i = 1; i < img->nsec; i++)
		if (img->sec[i].type == SHT_NOTE && img->sec[i].data &&
		    section_loaded(&img->sec[i]))
			each_note(img, i, fn, ctx);
}

void buildid_derive(struct plan *p)
{
	if (!p->delta)
		return;
	buildid_each(p->img, derive, p);
	plan_sort_edits(p);
}
