/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inspect.h"

#include <fnmatch.h>
#include <stdlib.h>

static const char *const keys[FILTER_KEYS] = {
	[FILTER_TYPE] = "type", [FILTER_SECTION] = "section",
	[FILTER_SYMBOL] = "symbol", [FILTER_IN] = "in",
	[FILTER_EFFECT] = "effect",
};

static const char *key_name(const void *ctx, size_t i)
{
	(void)ctx;
	return keys[i];
}

static bool matches(const char *glob, const char *name)
{
	return !fnmatch(glob, name, 0);
}

/* R_RISCV_HI20 is HI20 as well. */
static bool matches_type(const char *glob, const char *name)
{
	static const char prefix[] = "R_RISCV_";

	return matches(glob, name) ||
	       (!strncmp(name, prefix, sizeof(prefix) - 1) &&
		matches(glob, name + sizeof(prefix) - 1));
}

static const char *effect_name(const void *ctx, size_t i)
{
	(void)ctx;
	return effect_names[i];
}

static bool take_effect(const char *glob)
{
	const char *near = nearest(glob, effect_name, NULL, EFFECTS);

	for (int e = 0; e < EFFECTS; e++)
		if (matches(glob, effect_names[e]))
			return true;
	usage_error("inspect", "--filter=effect=%s: it is one of moves, fixed, same, excused, stale, refused%s%s%s",
		    glob, near ? ": is it " : "", near ? near : "",
		    near ? "?" : "");
	return false;
}

static const char *type_name(const void *ctx, size_t i)
{
	const char *name = i < MOVER_TYPES ? mover_type_name((uint16_t)i) : NULL;

	(void)ctx;
	return !name ? "" : strncmp(name, "R_RISCV_", 8) ? name : name + 8;
}

static bool take_type(const char *glob)
{
	const char *near;

	for (uint16_t t = 0; t < MOVER_TYPES; t++)
		if (mover_type_name(t) && matches_type(glob, mover_type_name(t)))
			return true;
	near = nearest(strncmp(glob, "R_RISCV_", 8) ? glob : glob + 8,
		       type_name, NULL, MOVER_TYPES);
	usage_error("inspect", "--filter=type=%s: no type is called so%s%s%s",
		    glob, near ? ": is it " : "", near ? near : "",
		    near ? "?" : "");
	return false;
}

bool filter_take(struct filter *f, const char *arg)
{
	const char *glob = strchr(arg, '='), *near;
	char key[32];

	snprintf(key, sizeof(key), "%.*s", (int)strcspn(arg, "="), arg);
	near = nearest(key, key_name, NULL, FILTER_KEYS);
	for (unsigned k = 0; k < FILTER_KEYS; k++) {
		if (!glob || strcmp(key, keys[k]))
			continue;
		if (f->n == MAX_FILTERS) {
			usage_error("inspect", "more than %d filters", MAX_FILTERS);
			return false;
		}
		f->has[k] = true;
		f->given[f->n].key = (enum filter_key)k;
		f->given[f->n++].glob = ++glob;
		return k == FILTER_EFFECT ? take_effect(glob) :
		       k == FILTER_TYPE ? take_type(glob) : true;
	}
	if (!glob)
		usage_error("inspect", "--filter=%s: it wants KEY=GLOB, as in type=HI20", arg);
	else
		usage_error("inspect", "--filter=%s: it has the keys type, section, symbol, in, effect%s%s%s",
			    arg, near ? ": is it " : "", near ? near : "",
			    near ? "?" : "");
	return false;
}

/* --- Before the records: what can be known once. --- */

static bool all_match(const struct filter *f, enum filter_key key,
		      const char *name, bool (*match)(const char *, const char *))
{
	for (unsigned i = 0; i < f->n; i++)
		if (f->given[i].key == key && !match(f->given[i].glob, name))
			return false;
	return true;
}

bool filter_prepare(struct filter *f, const struct image *img,
		    const struct symbol_index *ix)
{
	f->img = img;
	f->ix = ix;
	f->section = calloc(img->nsec, sizeof(*f->section));
	f->symbol = calloc((size_t)img->symtab.n + 1, 1);
	f->in = calloc((size_t)img->symtab.n + 1, 1);
	if (!f->section || !f->symbol || !f->in)
		return false;
	for (uint32_t i = 0; i < img->nsec; i++)
		f->section[i] = all_match(f, FILTER_SECTION, img->sec[i].name,
					  matches);
	for (uint16_t t = 0; t < MOVER_TYPES; t++)
		f->type[t] = mover_type_name(t) &&
			     all_match(f, FILTER_TYPE, mover_type_name(t),
				       matches_type);
	f->unknown = !f->has[FILTER_TYPE];
	for (int e = 0; e < EFFECTS; e++)
		f->effect[e] = all_match(f, FILTER_EFFECT, effect_names[e],
					 matches);
	return true;
}

void filter_free(struct filter *f)
{
	free(f->section);
	free(f->symbol);
	free(f->in);
	f->section = NULL;
	f->symbol = f->in = NULL;
}

/* --- For each record. --- */

static bool names(struct filter *f, uint8_t *known, enum filter_key key,
		  uint32_t sym, const char *name)
{
	if (sym >= f->img->symtab.n)
		return all_match(f, key, "", matches);
	if (!known[sym])
		known[sym] = all_match(f, key, name, matches) ? 2 : 1;
	return known[sym] == 2;
}

static bool lies_in(struct filter *f, uint32_t shndx, uint64_t addr)
{
	uint32_t sym = 0;
	uint64_t off;

	if (section_loaded(&f->img->sec[shndx]))
		sym = symbol_index_find(f->ix, shndx, addr, &off);
	return names(f, f->in, FILTER_IN, sym,
		     sym ? attribute_name(f->img, sym, 0) : "");
}

bool filter_record(struct filter *f, const struct seen *s)
{
	if (!f->n)
		return true;
	return (s->f.row ? f->type[s->r.type] : f->unknown) &&
	       f->section[s->shndx] && f->effect[s->effect] &&
	       (!f->has[FILTER_SYMBOL] ||
		names(f, f->symbol, FILTER_SYMBOL, s->r.sym,
		      record_symbol(f->img, &s->r))) &&
	       (!f->has[FILTER_IN] ||
		lies_in(f, s->shndx, f->img->sec[s->shndx].addr + s->off));
}

bool filter_mover(struct filter *f, const struct mover *m)
{
	const char *target = m->target ? attribute_name(f->img, m->target, 0) : "";

	if (!f->n)
		return true;
	return f->type[m->type] && f->section[m->shndx] &&
	       f->effect[m->change > 0 ? EFFECT_MOVES : EFFECT_FIXED] &&
	       (!f->has[FILTER_SYMBOL] ||
		names(f, f->symbol, FILTER_SYMBOL, m->target, target)) &&
	       (!f->has[FILTER_IN] || lies_in(f, m->shndx, m->addr));
}
