/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "batch.h"

enum {
	FIELD_ROOM = 16,	/* the longest field, and more */
	PLACE_MAX = 32		/* records of one place that are not cut */
};

/* Where a piece ends that was to end at record k of n. */
static size_t border(const struct image *img, const uint8_t *records, size_t k,
		     size_t n)
{
	size_t size = record_size(img->xlen), i = 0;
	size_t most = n - k < PLACE_MAX ? n - k : PLACE_MAX;
	uint8_t buf[(PLACE_MAX + 1) * sizeof(Elf64_Rela)];
	const uint8_t *at = image_read(img, records + (k - 1) * size,
				       (most + 1) * size, buf);

	while (i < most && record_get(at, img->xlen, i + 1).offset ==
			   record_get(at, img->xlen, i).offset)
		i++;
	return k + i;
}

bool batch_pieces(const struct plan *p, bool loaded, size_t step, struct vec *v)
{
	const struct image *img = p->img;

	for (uint32_t k = 0; k < p->nrel; k++) {
		const struct section *s = &img->sec[p->rel[k].rela];
		size_t n = s->size / record_size(img->xlen), to;

		if (section_loaded(&img->sec[p->rel[k].target]) != loaded)
			continue;
		for (size_t from = 0; from < n; from = to) {
			to = n - from > step ?
			     border(img, s->data, from + step, n) : n;
			if (!vec_push(v, &(struct piece){ k, from, to }))
				return false;
		}
	}
	return true;
}

void batch_records(struct batch *b, const struct image *img, const uint8_t *all,
		   size_t k, size_t end, struct batch_room *room)
{
	*b = (struct batch){ 0 };
	b->n = records_read(img, all, k, end, room->records, &b->records);
}

void batch_bytes(struct batch *b, const struct image *img, const uint8_t *data,
		 uint64_t size, uint64_t addr, struct batch_room *room)
{
	uint64_t first = size, last = 0, end;

	b->bytes = data;
	if (!data || img->held)
		return;
	for (size_t i = 0; i < b->n; i++) {
		uint64_t off = record_get(b->records, img->xlen, i).offset - addr;

		if (off >= size)
			continue;
		first = off < first ? off : first;
		last = off > last ? off : last;
	}
	end = size - last < FIELD_ROOM ? size : last + FIELD_ROOM;
	if (first > last || end - first > IMAGE_WINDOW)
		return;
	b->bytes = image_read(img, data + first, end - first, room->bytes);
	b->from = first;
}
