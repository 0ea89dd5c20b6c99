/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"

struct entry {
	uint64_t value;
	const char *name;
	char letter;
};

/* The letter that nm gives a symbol. */
static char letter_of(const struct image *img, const struct symbol *s)
{
	unsigned bind = ELF64_ST_BIND(s->info), type = ELF64_ST_TYPE(s->info);
	const struct section *sec;
	char c;

	if (type == STT_GNU_IFUNC)
		return 'i';
	if (bind == STB_WEAK) {
		c = type == STT_OBJECT ? 'v' : 'w';
		return s->shndx ? (char)toupper(c) : c;
	}
	if (bind == STB_GNU_UNIQUE)
		return 'u';
	if (s->shndx == SYM_ABS)
		c = 'a';
	else if (!s->shndx || s->shndx >= img->nsec)
		return 'U';
	else {
		sec = &img->sec[s->shndx];
		c = !section_loaded(sec) ? 'n' :
		    sec->flags & SHF_EXECINSTR ? 't' :
		    !(sec->flags & SHF_WRITE) ? 'r' :
		    sec->type == SHT_NOBITS ? 'b' : 'd';
	}
	return bind == STB_LOCAL ? c : (char)toupper(c);
}

/* What Linux leaves out of System.map (scripts/mksysmap, 6.1). */
static bool left_out(char letter, const char *name)
{
	return strchr("aNUw", letter) || strstr(name, "__crc_") == name ||
	       !strncmp(name, ".L", 2) || !strncmp(name, "L0", 2) ||
	       (name[0] == '$' && name[1] && strchr("adtx", name[1]));
}

static int by_value(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? -1 : 1;
	return strcmp(x->name, y->name);
}

bool system_map_write(const struct model *m, uint64_t delta, int fd)
{
	const struct symtab *t = &m->img->symtab;
	uint64_t mask = addr_top(m->img->xlen);
	struct vec v = { .size = sizeof(struct entry) };
	const struct entry *e;
	FILE *f = fdopen(dup(fd), "w");
	bool ok = f;

	for (uint32_t i = 1; ok && i < t->n; i++) {
		struct symbol s = symtab_get(t, i);
		unsigned type = ELF64_ST_TYPE(s.info);
		struct entry one = { s.value, symtab_name(t, &s),
				     letter_of(m->img, &s) };

		if (type == STT_SECTION || type == STT_FILE || !one.name[0] ||
		    left_out(one.letter, one.name))
			continue;
		if (symbol_moves(m, &s, i))
			one.value = (one.value + delta) & mask;
		ok = vec_push(&v, &one);
	}
	if (v.n)
		qsort(v.at, v.n, v.size, by_value);
	e = v.at;
	for (size_t i = 0; ok && i < v.n; i++)
		ok = fprintf(f, "%0*" PRIx64 " %c %s\n", (int)m->img->xlen / 4,
			     e[i].value, e[i].letter, e[i].name) > 0;
	free(v.at);
	return f && !fclose(f) && ok;
}
