/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "verify.h"

/* "jiffies+0x4" in buf, or the address where nothing has a name. */
static void name_address(const struct plan *p, const struct symbol_index *ix,
			 uint64_t addr, char *buf, size_t len)
{
	const struct image *img = p->img;
	uint32_t shndx = image_section_at(img, addr);
	uint64_t off = 0;
	uint32_t sym = shndx ? symbol_index_find(ix, shndx, addr, &off) : 0;

	if (!sym)
		snprintf(buf, len, "0x%" PRIx64, addr);
	else if (!off)
		snprintf(buf, len, "%s", attribute_name(img, sym, shndx));
	else
		snprintf(buf, len, "%s+0x%" PRIx64, attribute_name(img, sym, shndx),
			 off);
}

static size_t shown(const struct scan *s, unsigned max)
{
	return s->words.n < max ? s->words.n : max;
}

void scan_print(const struct plan *p, const struct scan *s,
		const struct symbol_index *ix, const struct common *c)
{
	const struct scan_word *w = s->words.at;
	size_t n = shown(s, c->max_errors);
	char count[GROUPED], at[256], to[256];

	printf("\nWords that look like image addresses and that nothing covers\n");
	if (!s->words.n)
		printf("  none\n");
	for (enum scan_kind k = 0; k < SCAN_KINDS; k++)
		if (s->n[k])
			printf("  %s%12s  %-10s  %s%s%s\n",
			       style(c, scan_kind_is_likely(k) ? RED : PLAIN),
			       grouped(s->n[k], count), scan_kind_name(k),
			       scan_kind_text(k),
			       scan_kind_is_likely(k) ? ": an address without a record?" : "",
			       style(c, PLAIN));
	for (size_t i = 0; i < n; i++) {
		const struct section *sec = &p->img->sec[w[i].shndx];

		name_address(p, ix, sec->addr + w[i].off, at, sizeof(at));
		name_address(p, ix, w[i].word, to, sizeof(to));
		printf("%s  %-10s %s+0x%" PRIx64 " (%s): 0x%" PRIx64 " (%s)\n",
		       i ? "" : "\n", scan_kind_name(w[i].kind), sec->name,
		       w[i].off, at, w[i].word, to);
	}
	if (n < s->words.n)
		printf("  and %s more (--max-errors shows them)\n",
		       grouped(s->words.n - n, count));
}

static json_t *json_word(const struct plan *p, const struct symbol_index *ix,
			 const struct scan_word *w)
{
	const struct section *sec = &p->img->sec[w->shndx];
	char at[256], to[256];

	name_address(p, ix, sec->addr + w->off, at, sizeof(at));
	name_address(p, ix, w->word, to, sizeof(to));
	return json_pack("{s:s,s:b,s:o,s:o,s:o,s:o,s:o}",
		"kind", scan_kind_name(w->kind),
		"likely", scan_kind_is_likely(w->kind),
		"section", json_text(sec->name), "offset", json_address(w->off),
		"symbol", json_text(at), "word", json_address(w->word),
		"points_to", json_text(to));
}

json_t *scan_json(const struct plan *p, const struct scan *s,
		  const struct symbol_index *ix, unsigned max)
{
	json_t *kinds = json_object(), *words = json_array();

	for (enum scan_kind k = 0; k < SCAN_KINDS; k++)
		json_object_set_new(kinds, scan_kind_name(k),
				    json_integer((json_int_t)s->n[k]));
	for (size_t i = 0; i < shown(s, max); i++)
		json_array_append_new(words, json_word(p, ix,
				(const struct scan_word *)s->words.at + i));
	return json_pack("{s:I,s:o,s:o}", "found", (json_int_t)s->words.n,
			 "kinds", kinds, "words", words);
}
