/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "compress.h"

#include <gelf.h>
#include <pthread.h>
#include <stdlib.h>
#include <zlib.h>

#ifndef ELFCOMPRESS_ZSTD
#define ELFCOMPRESS_ZSTD 2
#endif

enum {
	GNU_HEADER = 12,	/* "ZLIB" and the size, big-endian */
	ZLIB_HEADER = 2,
	ZLIB_TRAILER = 4,	/* Adler-32, big-endian */
	SHARD = 1 << 20,	/* what lld 15 and later compress at a time */
	SAMPLE = 1 << 18,	/* enough to tell the parameters apart */
	MAX_RATIO = 1100,	/* deflate cannot do better than 1032:1 */
};

/* libelf keeps its results inside the section's descriptor. */
static pthread_mutex_t libelf_lock = PTHREAD_MUTEX_INITIALIZER;

struct form {			/* what a packed section's first bytes say */
	uint32_t type;		/* ELFCOMPRESS_* */
	uint64_t header;	/* bytes before the compressed stream */
	uint64_t size, align;
};

static bool is_gnu(const struct section *s)
{
	return !strncmp(s->name, ".zdebug_", 8);
}

bool section_is_packed(const struct section *s)
{
	return s->data && ((s->flags & SHF_COMPRESSED) || is_gnu(s));
}

static bool read_form(const struct image *img, const struct section *s,
		      struct form *f)
{
	if (is_gnu(s)) {
		if (s->size < GNU_HEADER || memcmp(s->data, "ZLIB", 4))
			return false;
		f->type = ELFCOMPRESS_ZLIB;
		f->header = GNU_HEADER;
		f->size = __builtin_bswap64(get64(s->data + 4));
		f->align = s->align;
		return true;
	}
	f->header = img->xlen == 64 ? sizeof(Elf64_Chdr) : sizeof(Elf32_Chdr);
	if (s->size < f->header)
		return false;
	f->type = get32(s->data);
	if (img->xlen == 64) {
		f->size = get64(s->data + offsetof(Elf64_Chdr, ch_size));
		f->align = get64(s->data + offsetof(Elf64_Chdr, ch_addralign));
	} else {
		f->size = get32(s->data + offsetof(Elf32_Chdr, ch_size));
		f->align = get32(s->data + offsetof(Elf32_Chdr, ch_addralign));
	}
	return true;
}

static bool unpacked_already(Elf_Scn *scn)
{
	GElf_Shdr sh;

	return gelf_getshdr(scn, &sh) && !(sh.sh_flags & SHF_COMPRESSED);
}

static bool libelf_unpack(const struct image *img, uint32_t shndx,
			  struct packed *p)
{
	Elf_Scn *scn = elf_getscn((Elf *)img->elf, shndx);
	Elf_Data *data;
	bool ok = false;

	pthread_mutex_lock(&libelf_lock);
	/* Once is enough: what was looked at before is unpacked already. */
	if (image_writable(img) &&
	    (unpacked_already(scn) || elf_compress(scn, 0, 0) >= 0) && (data = elf_getdata(scn, NULL)) &&
	    data->d_size == p->size && (p->bytes = malloc(p->size + 1))) {
		memcpy(p->bytes, data->d_buf, p->size);
		ok = true;
	}
	pthread_mutex_unlock(&libelf_lock);
	return ok;
}

bool section_can_unpack(const struct image *img, uint32_t shndx,
			const char **why)
{
	struct form f;
	struct packed p;

	if (!read_form(img, &img->sec[shndx], &f)) {
		*why = "its compression header is damaged";
		return false;
	}
	if (f.type == ELFCOMPRESS_ZLIB)
		return true;
	p = (struct packed){ .size = f.size };
	if (libelf_unpack(img, shndx, &p)) {
		free(p.bytes);
		return true;
	}
	*why = f.type == ELFCOMPRESS_ZSTD ?
	       "it is compressed by zstd, which this libelf cannot unpack" :
	       "its kind of compression is unknown";
	return false;
}

/* Z_STREAM_END when it is all there, as inflate() says. */
static int zlib_unpack(const uint8_t *from, uint64_t len, struct packed *p)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)from };
	uint64_t left = len, room = p->size;
	int status = Z_OK;

	if (p->size / MAX_RATIO > len)
		return Z_DATA_ERROR;
	p->bytes = malloc(p->size + 1);
	if (!p->bytes || inflateInit(&z) != Z_OK)
		return Z_MEM_ERROR;
	z.next_out = p->bytes;
	/* zlib counts in 32 bits. */
	while (status == Z_OK && (left || z.avail_in)) {
		if (!z.avail_in) {
			z.avail_in = left > SHARD ? SHARD : (uInt)left;
			left -= z.avail_in;
		}
		z.avail_out = room > SHARD ? SHARD : (uInt)room;
		room -= z.avail_out;
		status = inflate(&z, Z_NO_FLUSH);
		room += z.avail_out;
	}
	inflateEnd(&z);
	return status == Z_STREAM_END && room ? Z_DATA_ERROR : status;
}

bool unpack_section(const struct image *img, uint32_t shndx, struct packed *p,
		    struct diag *d)
{
	const struct section *s = &img->sec[shndx];
	struct form f = { 0 };
	int status = Z_DATA_ERROR;

	*p = (struct packed){ 0 };
	if (read_form(img, s, &f)) {
		p->size = f.size;
		p->align = f.align;
		if (f.type == ELFCOMPRESS_ZLIB)
			status = zlib_unpack(s->data + f.header,
					     s->size - f.header, p);
		else if (libelf_unpack(img, shndx, p))
			status = Z_STREAM_END;
	}
	if (status == Z_STREAM_END)
		return true;
	free(p->bytes);
	p->bytes = NULL;
	if (status == Z_MEM_ERROR)
		diag_no_memory(d);
	else
		diag_at(d, DIAG_ERROR, shndx, 0,
			"its compressed content is damaged");
	return false;
}

/* --- Compressing as it was compressed. --- */

struct deflate_way {
	int level;
	bool sharded;	/* lld: each SHARD on its own, sync-flushed, joined */
};

/*
 * Appends the raw deflate stream of `len` bytes to out, which has `room`.
 * Returns how many bytes it made, 0 on failure. Unless `last`, what zlib
 * still holds back is left out.
 */
static uint64_t deflate_raw(const uint8_t *from, uint64_t len, int level,
			    int flush, uint8_t *out, uint64_t room)
{
	z_stream z = { .next_in = (uint8_t *)(uintptr_t)from };
	uint64_t left = len, space = room;
	int status = Z_OK;

	if (deflateInit2(&z, level, Z_DEFLATED, -MAX_WBITS, 8,
			 Z_DEFAULT_STRATEGY) != Z_OK)
		return 0;
	z.next_out = out;
	do {
		z.avail_in = left > UINT32_MAX / 2 ? UINT32_MAX / 2 : (uInt)left;
		left -= z.avail_in;
		z.avail_out = space > UINT32_MAX / 2 ? UINT32_MAX / 2 :
						       (uInt)space;
		space -= z.avail_out;
		status = deflate(&z, left ? Z_NO_FLUSH : flush);
		space += z.avail_out;
		left += z.avail_in;
	} while (status == Z_OK && left);
	if (flush == Z_FINISH && status != Z_STREAM_END)
		space = room;
	deflateEnd(&z);
	return room - space;
}

static uint64_t deflate_by(const struct deflate_way *way, const uint8_t *from,
			   uint64_t len, uint8_t *out, uint64_t room)
{
	uint64_t made = 0;

	if (!way->sharded)
		return deflate_raw(from, len, way->level, Z_FINISH, out, room);
	do {
		uint64_t n = len > SHARD ? SHARD : len;
		uint64_t more = deflate_raw(from, n, way->level, n == len ?
					    Z_FINISH : Z_SYNC_FLUSH,
					    out + made, room - made);

		if (!more)
			return 0;
		made += more;
		from += n;
		len -= n;
	} while (len);
	return made;
}

/* Whether a sample of p, compressed this way, begins as the old stream does. */
static bool matches(const struct deflate_way *way, const struct packed *p,
		    const uint8_t *stream, uint64_t len, uint8_t *out,
		    uint64_t room)
{
	uint64_t n, made;

	if (way->sharded) {
		n = SHARD;
		made = deflate_raw(p->bytes, n, way->level, Z_SYNC_FLUSH, out,
				   room);
	} else {
		n = p->size < SAMPLE ? p->size : SAMPLE;
		made = deflate_raw(p->bytes, n, way->level,
				   n == p->size ? Z_FINISH : Z_NO_FLUSH, out,
				   room);
	}
	return made <= len && !memcmp(out, stream, made);
}

/*
 * The old content tells how it was made: GNU ld 6, lld 1 or 6, libelf 9. The
 * header names a class of levels (RFC 1950, FLEVEL), which decides where the
 * sample does not. lld writes class 0 whatever the level; a shard of its
 * begins like any stream, so that is tried first.
 */
static struct deflate_way find_way(const struct packed *old,
				   const uint8_t *stream, uint64_t len,
				   uint8_t *out, uint64_t room)
{
	static const struct {
		int level, flevel;
	} levels[] = { { 6, 2 }, { 1, 0 }, { 9, 3 }, { 5, 1 }, { 4, 1 },
		       { 3, 1 }, { 2, 1 }, { 7, 3 }, { 8, 3 } };
	enum { SHARDED, NAMED, ANY, PASSES };
	int flevel = stream[-1] >> 6;
	int first = old->size > SHARD && !flevel ? SHARDED : NAMED;

	for (int pass = first; pass < PASSES; pass++)
		for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
			struct deflate_way way = { levels[i].level,
						   pass == SHARDED };

			if ((pass != NAMED || levels[i].flevel == flevel) &&
			    matches(&way, old, stream, len, out, room))
				return way;
		}
	return (struct deflate_way){ Z_DEFAULT_COMPRESSION, false };
}

static void put_adler(const struct packed *p, uint8_t *at)
{
	uint32_t sum = (uint32_t)adler32_z(1, p->bytes, p->size);

	putle(at, __builtin_bswap32(sum), ZLIB_TRAILER);
}

static bool zlib_pack(const struct image *img, uint32_t shndx,
		      const struct form *f, const struct packed *p,
		      uint8_t **content, uint64_t *size, struct diag *d)
{
	const struct section *s = &img->sec[shndx];
	uint64_t head = f->header + ZLIB_HEADER;
	uint64_t room = p->size + p->size / 1000 + 4096;
	struct packed old;
	struct deflate_way way;
	uint8_t *out = malloc(head + room + ZLIB_TRAILER);

	if (!out || !unpack_section(img, shndx, &old, d)) {
		free(out);
		return false;
	}
	way = find_way(&old, s->data + head, s->size - head, out + head, room);
	free(old.bytes);
	memcpy(out, s->data, head);
	*size = deflate_by(&way, p->bytes, p->size, out + head, room);
	if (!*size) {
		free(out);
		return false;
	}
	*size += head;
	put_adler(p, out + *size);
	*size += ZLIB_TRAILER;
	*content = out;
	return true;
}

static bool libelf_pack(const struct image *img, uint32_t shndx,
			const struct form *f, const struct packed *p,
			uint8_t **content, uint64_t *size)
{
	Elf_Scn *scn = elf_getscn((Elf *)img->elf, shndx);
	Elf_Data *data;
	bool ok = false;

	pthread_mutex_lock(&libelf_lock);
	data = elf_getdata(scn, NULL);
	if (data && data->d_size == p->size) {
		memcpy(data->d_buf, p->bytes, p->size);
		ok = elf_compress(scn, (int)f->type, ELF_CHF_FORCE) >= 0 &&
		     (data = elf_rawdata(scn, NULL)) &&
		     (*content = malloc(data->d_size + 1));
		if (ok) {
			memcpy(*content, data->d_buf, data->d_size);
			*size = data->d_size;
		}
	}
	pthread_mutex_unlock(&libelf_lock);
	return ok;
}

bool pack_section(const struct image *img, uint32_t shndx, struct packed *p,
		  bool plain, struct section *header, uint8_t **content,
		  struct diag *d)
{
	const struct section *s = &img->sec[shndx];
	struct form f = { 0 };
	bool ok;

	if (plain && is_gnu(s)) {
		diag_at(d, DIAG_ERROR, shndx, 0,
			"a .zdebug section stays compressed: its name says so");
		free(p->bytes);
		return false;
	}
	if (plain) {
		*content = p->bytes;
		header->flags &= ~(uint64_t)SHF_COMPRESSED;
		header->size = p->size;
		header->align = p->align;
		return true;
	}
	ok = read_form(img, s, &f) &&
	     (f.type == ELFCOMPRESS_ZLIB ?
	      zlib_pack(img, shndx, &f, p, content, &header->size, d) :
	      libelf_pack(img, shndx, &f, p, content, &header->size));
	if (!ok)
		diag_no_memory(d);
	free(p->bytes);
	return ok;
}
