/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "embed.h"

#include <inttypes.h>
#include <stdlib.h>

#include "boot/relocfmt.h"
#include "formats.h"

enum { ALIGN = 8, EXAMPLE = 4096 };

static void explain(struct plan *p, const char *name, const char *why,
		    uint64_t bytes)
{
	bytes = (bytes + ALIGN - 1) / ALIGN * ALIGN;
	diag_file(p->d, DIAG_ERROR,
		  "section %s %s; reserve it in the linker script: %s : ALIGN(%u) { QUAD(0) . += %" PRIu64 "; }",
		  name, why, name, ALIGN, bytes - ALIGN);
}

static bool has_records(const struct plan *p, uint32_t shndx)
{
	const struct section *s = &p->img->sec[shndx];
	const struct site *site = p->sites.at;

	for (uint32_t k = 0; k < p->nrel; k++)
		if (p->rel[k].target == shndx)
			return true;
	for (size_t i = 0; i < p->sites.n; i++)
		if (site[i].shndx == shndx)
			return true;
	for (size_t i = 0; i < p->v.ndynamic; i++)
		if (section_loaded(s) &&
		    p->v.dynamic[i].addr - s->addr < s->size)
			return true;
	return false;
}

bool embed_is_table(const struct section *s, unsigned xlen, uint64_t base)
{
	struct rvreloc_header h;

	if (!s->data || s->size < sizeof(h))
		return false;
	memcpy(&h, s->data, sizeof(h));
	return h.magic == RVRELOC_MAGIC(xlen) && h.base == base &&
	       h.guard == ~(h.base + h.extent);
}

/* Whether a table may take the place of what is there. */
static bool may_replace(const struct plan *p, const struct section *s,
			const uint8_t *content)
{
	uint64_t i = 0;

	if (!memcmp(s->data, content, s->size) ||	/* it is there already */
	    embed_is_table(s, p->img->xlen, p->m.lo))
		return true;
	while (i < s->size && !s->data[i])
		i++;
	return i == s->size;
}

uint32_t embed_section(struct plan *p, const char *name)
{
	uint32_t shndx = image_section(p->img, name);
	const struct section *s = &p->img->sec[shndx];
	const char *why = NULL;

	if (!shndx)
		why = "is not there";
	else if (!s->data || s->type != SHT_PROGBITS)
		why = "has no bytes in the file";
	else if (s->addr % ALIGN || s->flags & SHF_COMPRESSED)
		why = "does not begin at a multiple of 8";
	else if (has_records(p, shndx))
		why = "has relocation records of its own";
	if (!why)
		return shndx;
	explain(p, name, why, EXAMPLE);
	return 0;
}

static void add_fills(struct plan *p, const struct table *t)
{
	for (size_t i = 0; i < t->nfill; i++) {
		struct edit e = { t->fill[i].pos, t->fill[i].value,
				  (uint8_t)(t->xlen / 8) };

		plan_push(p, &p->edits, &e);
	}
	plan_sort_edits(p);
}

bool embed_table(struct plan *p, struct rewrite *rw, uint32_t shndx,
		 const struct table *t, const uint8_t *bytes, size_t size)
{
	const struct section *s = &p->img->sec[shndx];
	char why[128];

	if (size > s->size) {
		snprintf(why, sizeof(why),
			 "is too small by %" PRIu64 " bytes: the table takes %zu, and there are %" PRIu64,
			 size - s->size, size, s->size);
		explain(p, s->name, why, size);
		return false;
	}
	rw->content[shndx] = calloc(1, s->size);
	if (!rw->content[shndx])
		return false;
	memcpy(rw->content[shndx], bytes, size);
	if (!may_replace(p, s, rw->content[shndx])) {
		explain(p, s->name,
			"holds something already that is neither 0 nor a boot table",
			size);
		return false;
	}
	add_fills(p, t);
	return true;
}

bool embed_again(struct plan *p, struct rewrite *rw)
{
	const struct image *img = p->img;
	struct table t = { 0 };
	uint8_t *bytes = NULL;
	bool ok = true, built = false;
	size_t size;

	for (uint32_t i = 1; ok && i < img->nsec; i++) {
		if (!embed_is_table(&img->sec[i], img->xlen, p->m.lo))
			continue;
		built = built || table_build(p, &t);
		ok = built && table_write(p, &t, FORMAT_RVR, &bytes, &size) &&
		     embed_table(p, rw, i, &t, bytes, size);
		free(bytes);
		bytes = NULL;
	}
	table_free(&t);
	return ok;
}
