/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux sorts some tables of addresses after the link (scripts/sorttable.c:
 * __mcount_loc, and entries of functions that were dropped become 0). The
 * records stay where they were, so the words disagree with them; yet each is
 * an address that another record of the table names. Those words move like
 * all others, and a zero stays zero.
 */
#include "plan.h"

#include <stdlib.h>

bool sorted_candidate(const struct plan *p, const struct record *r,
		      const struct finding *f)
{
	return r->type == (p->img->xlen == 64 ? RELOC_64 : RELOC_32) &&
	       f->change == 1 &&
	       (!f->value || (f->value >= p->m.lo && f->value < p->m.hi));
}

/* Whether the words, zeros apart, are some of the expected ones in disorder. */
static bool is_shuffled(const struct odd_word *o, size_t n)
{
	uint64_t *words = malloc(2 * n * sizeof(*words)), *expected = words + n;
	size_t nwords = 0, found = 0;

	if (!words)
		return false;
	for (size_t i = 0; i < n; i++) {
		expected[i] = o[i].expected;
		if (o[i].word)
			words[nwords++] = o[i].word;
	}
	qsort(words, nwords, sizeof(*words), by_uint64);
	qsort(expected, n, sizeof(*expected), by_uint64);
	for (size_t i = 0; i < n && found < nwords; i++)
		found += expected[i] == words[found];
	free(words);
	return nwords && found == nwords;
}

/* Decides on the words of one section, and forgets them. */
void sorted_settle(struct plan *p)
{
	const struct odd_word *o = p->odd.at;
	size_t n = p->odd.n;
	bool shuffled = n && is_shuffled(o, n);

	for (size_t i = 0; i < n; i++) {
		const struct relsec *rs = &p->rel[o[i].rel];
		struct record r = record_get(p->img->sec[rs->rela].data,
					     p->img->xlen, o[i].rec);

		if (!shuffled) {
			plan_report(p, o[i].rel, &r, &(struct finding){
				.row = reloc_row(r.type), .verdict = STALE,
				.field = reloc_row(r.type)->field,
				.value = o[i].word, .expected = o[i].expected });
			continue;
		}
		p->sorted[o[i].rel] = true;
		p->effect[r.type][EFFECT_STALE]--;
		p->effect[r.type][o[i].word ? EFFECT_MOVES : EFFECT_EXCUSED]++;
		p->count[r.type].stale--;
		p->count[r.type].excused++;
		count_excuse(&p->excuses, r.type, SORTED_WHY, 1);
		if (!o[i].word)
			continue;
		p->count[r.type].moving++;
		/* Not the record's own word: it has no say in it any more. */
		plan_add_site(p, (struct site){
			.off = o[i].off, .shndx = rs->target,
			.word = o[i].word, .rel = SITE_NO_RECORD, .change = 1,
			.field = reloc_row(r.type)->field });
	}
	p->odd.n = 0;
}
