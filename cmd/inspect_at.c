/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inspect_at.h"

#include <inttypes.h>
#include <stdlib.h>

#include "progress.h"
#include "relocator/window.h"

enum { USERS = 8 };	/* that are shown */

bool at_is_loaded(const struct at *a)
{
	return a->o->p && section_loaded(&a->o->img->sec[a->shndx]);
}

/* --- Names of places. --- */

/* "jiffies+0x8"; false when the place is in no symbol. */
static bool symbol_name(const struct inspect *o, uint32_t shndx, uint64_t addr,
			char *buf, size_t len)
{
	uint64_t off;
	uint32_t sym = symbol_index_find(&o->ix, shndx, addr, &off);

	if (!sym)
		return false;
	snprintf(buf, len, off ? "%s+0x%" PRIx64 : "%s",
		 attribute_name(o->img, sym, 0), off);
	return true;
}

void place_name(const struct inspect *o, uint32_t shndx, uint64_t off,
		char *buf, size_t len)
{
	const struct section *s = &o->img->sec[shndx];
	char in[NAME];

	if (section_loaded(s) &&
	    symbol_name(o, shndx, s->addr + off, in, sizeof(in)))
		snprintf(buf, len, "%s+0x%" PRIx64 " (%s)", s->name, off, in);
	else
		snprintf(buf, len, "%s+0x%" PRIx64, s->name, off);
}

void address_name(const struct inspect *o, uint64_t addr, char *buf, size_t len)
{
	uint32_t shndx = image_section_at(o->img, addr);

	if (!shndx || !symbol_name(o, shndx, addr, buf, len))
		snprintf(buf, len, "0x%" PRIx64, addr);
}

/* --- Which place. --- */

static const char *symbol_called(const void *ctx, size_t i)
{
	const struct symtab *t = ctx;
	struct symbol s = symtab_get(t, (uint32_t)i);

	return symtab_name(t, &s);
}

static int rank(const struct symbol *s)
{
	unsigned bind = ELF64_ST_BIND(s->info);

	return bind == STB_GLOBAL ? 3 : bind == STB_WEAK ? 2 : 1;
}

/* The best symbol of that name, 0 when there is none; *others have it too. */
static uint32_t find_symbol(const struct image *img, const char *name,
			    size_t len, uint32_t *others)
{
	const struct symtab *t = &img->symtab;
	uint32_t best = 0;
	int has = 0;

	*others = 0;
	for (uint32_t i = 1; i < t->n; i++) {
		struct symbol s = symtab_get(t, i);
		const char *is = symtab_name(t, &s);
		unsigned type = ELF64_ST_TYPE(s.info);

		if (strncmp(is, name, len) || is[len] || !s.shndx ||
		    type == STT_FILE || type == STT_SECTION || type == STT_TLS)
			continue;
		*others += has != 0;
		if (rank(&s) > has) {
			has = rank(&s);
			best = i;
		}
	}
	return best;
}

static uint32_t find_section(const struct image *img, const char *name,
			     size_t len)
{
	for (uint32_t i = 1; i < img->nsec; i++)
		if (!strncmp(img->sec[i].name, name, len) &&
		    !img->sec[i].name[len])
			return i;
	return 0;
}

static bool set_address(struct at *a, uint64_t addr)
{
	const struct image *img = a->o->img;
	uint64_t lo = UINT64_MAX, hi = 0;

	a->shndx = image_section_at(img, addr);
	a->addr = addr;
	a->off = addr - img->sec[a->shndx].addr;
	if (a->shndx)
		return true;
	for (uint32_t i = 1; i < img->nsec; i++)
		if (section_loaded(&img->sec[i]) && img->sec[i].size) {
			lo = img->sec[i].addr < lo ? img->sec[i].addr : lo;
			hi = img->sec[i].addr + img->sec[i].size - 1 > hi ?
			     img->sec[i].addr + img->sec[i].size - 1 : hi;
		}
	diag_file(a->o->d, DIAG_ERROR,
		  "--at=%s: 0x%" PRIx64 " lies in no section that is loaded (0x%" PRIx64 " .. 0x%" PRIx64 ")",
		  a->o->at, addr, lo, hi);
	return false;
}

static void say_unknown(const struct inspect *o, size_t len)
{
	enum { TOO_MANY = 1000000 };	/* to be compared with each */
	const struct symtab *t = &o->img->symtab;
	const char *near = NULL;
	char name[NAME];

	snprintf(name, sizeof(name), "%.*s", (int)len, o->at);
	if (t->n < TOO_MANY)
		near = nearest(name, symbol_called, t, t->n);
	diag_file(o->d, DIAG_ERROR,
		  "--at=%s: no symbol or section of that name%s%s%s", o->at,
		  near && near[0] ? ": is it " : "", near ? near : "",
		  near && near[0] ? "?" : "");
}

/* SYMBOL or SECTION, of len bytes, and `off` behind it. */
static bool set_name(struct at *a, size_t len, uint64_t off)
{
	const struct image *img = a->o->img;
	uint32_t others, sym = find_symbol(img, a->o->at, len, &others);
	const struct section *sec;
	struct symbol s;

	a->named = sym;
	if (sym) {
		s = symtab_get(&img->symtab, sym);
		if (others)
			diag_file(a->o->d, DIAG_NOTE,
				  "%s: %" PRIu32 " more symbols have that name; this is the one at 0x%" PRIx64,
				  symtab_name(&img->symtab, &s), others, s.value);
		if (s.shndx >= img->nsec || img->type != ET_REL)
			return set_address(a, s.value + off);
		a->shndx = s.shndx;
		a->off = s.value + off;
	} else {
		a->shndx = find_section(img, a->o->at, len);
		a->off = off;
	}
	sec = &img->sec[a->shndx];
	a->addr = sec->addr + a->off;
	if (!a->shndx)
		say_unknown(a->o, len);
	else if (a->off >= sec->size && !section_is_packed(sec))
		diag_file(a->o->d, DIAG_ERROR,
			  "--at=%s: %s has 0x%" PRIx64 " bytes", a->o->at,
			  sec->name, sec->size);
	else
		return true;
	return false;
}

static bool set_place(struct at *a)
{
	const char *text = a->o->at, *plus = strrchr(text, '+');
	uint64_t v = 0;

	if (parse_number(text, &v))
		return set_address(a, v);
	/* A name may have a plus in it. */
	if (plus && plus != text && parse_number(plus + 1, &v))
		return set_name(a, (size_t)(plus - text), v);
	return set_name(a, strlen(text), 0);
}

/* --- Where it goes. --- */

static bool set_target(struct at *a)
{
	struct inspect *o = a->o;
	const char *text = o->to ? o->to : o->delta;
	bool minus = o->delta && text[0] == '-', plus = o->delta && text[0] == '+';
	const char *option = o->to ? "--to" : "--delta", *why = NULL;
	uint64_t v, base;

	if (!text)
		return true;
	if (!parse_number(text + (minus || plus), &v)) {
		diag_file(o->d, DIAG_ERROR, "%s=%s is not %s", option, text,
			  o->to ? "an address" : "a number");
		return false;
	}
	if (!o->p || o->img->type == ET_REL) {
		diag_file(o->d, DIAG_ERROR,
			  "%s=%s: the file is none that can be moved", option, text);
		return false;
	}
	base = (o->to ? v : o->p->m.lo + (minus ? -v : v)) &
	       addr_top(o->img->xlen);
	if ((base - o->p->m.lo) % o->p->m.align)
		diag_file(o->d, DIAG_ERROR,
			  "%s=%s: the image moves by multiples of 0x%" PRIx64,
			  option, text, o->p->m.align);
	else if (base != o->p->m.lo)
		why = window_refuses(o->img->xlen, MODE_ANY, base,
				     o->p->m.hi - o->p->m.lo);
	if (why)
		diag_file(o->d, DIAG_ERROR, "%s=%s: it cannot be at 0x%" PRIx64 ": %s",
			  option, text, base, why);
	if (o->d->errors)
		return false;
	plan_target(o->p, base - o->p->m.lo);
	a->moved = true;
	return true;
}

void at_moved_bytes(const struct at *a, uint64_t off, size_t n, uint8_t *buf)
{
	const struct plan *p = a->o->p;
	const struct edit *e = p->edits.at;
	uint64_t pos = p->img->sec[a->shndx].offset + off;

	memcpy(buf, a->bytes + off, n);
	for (size_t i = 0; at_is_loaded(a) && i < p->edits.n; i++)
		for (unsigned k = 0; k < e[i].bytes; k++)
			if (e[i].pos + k >= pos && e[i].pos + k < pos + n)
				buf[e[i].pos + k - pos] =
					(uint8_t)(e[i].word >> 8 * k);
	/* What is not loaded is patched when it is copied, by the finding. */
	for (size_t i = 0; !at_is_loaded(a) && i < a->around.n; i++) {
		const struct seen *s = (const struct seen *)a->around.at + i;
		unsigned bytes = fields[s->f.field].bytes;
		uint64_t word;

		if ((s->effect != EFFECT_MOVES && s->effect != EFFECT_FIXED) ||
		    s->off < off || s->off - off + bytes > n)
			continue;
		word = field_encode(s->f.field, field_load(s->f.field, s->bytes),
				    s->f.value + p->delta * (uint64_t)(int64_t)s->f.change);
		field_store(s->f.field, buf + (s->off - off), word);
	}
}

/* --- What is there. --- */

/* The address that a record is about, in what its field refers to. */
static bool speaks_of(const struct at *a, const struct seen *s)
{
	const struct symtab *t = &a->o->img->symtab;
	struct symbol sym;

	if (!s->f.row || !s->sum || s->r.sym >= t->n || !s->r.sym)
		return false;
	if (s->f.slot && s->f.slot == a->addr)
		return true;
	sym = symtab_get(t, s->r.sym);
	if (s->f.row->anchor == ANCHOR_PAIR)
		return sym.value == a->addr && sym.shndx == a->shndx;
	return s->f.row->anchor == ANCHOR_SYM && sym.shndx &&
	       ELF64_ST_TYPE(sym.info) != STT_TLS && s->f.row->op == OP_SET &&
	       wrap(a->o->img->xlen, sym.value + (uint64_t)s->r.addend) ==
	       wrap(a->o->img->xlen, a->addr);
}

static bool covers(const struct at *a, const struct seen *s)
{
	unsigned bytes = s->f.row && s->sum != 0 ? fields[s->f.field].bytes : 1;

	return s->off == a->off ||
	       (s->off < a->off && a->off - s->off < bytes);
}

static void remember_near(struct at *a, const struct seen *s)
{
	bool behind = s->off > a->off;

	if (!s->sum || (a->has[behind] && (behind ? s->off >= a->near[1].off :
						    s->off < a->near[0].off)))
		return;
	a->has[behind] = true;
	a->near[behind] = *s;
}

/* What the walk has unpacked is gone when it ends; a->bytes stay. */
static bool remember(struct at *a, struct vec *v, const struct seen *s)
{
	struct seen kept = *s;

	if (s->shndx == a->shndx)
		kept.bytes = s->bytes ? a->bytes + s->off : NULL;
	if (vec_push(v, &kept))
		return true;
	diag_no_memory(a->o->d);
	return false;
}

static bool look(void *ctx, const struct seen *s)
{
	struct at *a = ctx;
	bool ok = true;

	if (at_is_loaded(a) && speaks_of(a, s) && a->nusers++ < USERS)
		ok = remember(a, &a->users, s);
	if (s->shndx != a->shndx)
		return ok;
	if (covers(a, s)) {
		if (filter_record(&a->o->filter, s))
			ok = remember(a, &a->here, s) && ok;
	} else {
		remember_near(a, s);
	}
	if (s->off >= a->from && s->off < a->to)
		ok = remember(a, &a->around, s) && ok;
	return ok;
}

/* A plan of the sections to be read: a debug record is nobody's GOT slot. */
static bool gather(struct at *a)
{
	const struct image *img = a->o->img;
	bool *wanted = calloc(img->nsec, sizeof(*wanted)), ok;

	if (!wanted)
		return false;
	for (uint32_t i = 1; i < img->nsec; i++)
		wanted[i] = i == a->shndx ||
			    (at_is_loaded(a) && section_loaded(&img->sec[i]));
	ok = a->o->p ? walk_records(a->o->p, wanted, look, a) :
		       walk_plain(img, wanted, look, a);
	free(wanted);
	return ok;
}

static const struct site *site_here(const struct at *a)
{
	const struct plan *p = a->o->p;
	const struct site *s = p->sites.at;
	size_t i = plan_site_from(p, a->shndx, a->off);

	if (i < p->sites.n && s[i].shndx == a->shndx && s[i].off == a->off)
		return &s[i];
	return i && s[i - 1].shndx == a->shndx &&
	       a->off - s[i - 1].off < fields[s[i - 1].field].bytes ?
	       &s[i - 1] : NULL;
}

/* Why a word without a record of the link moves, or does not. */
static const char *without_record(const struct at *a)
{
	const struct plan *p = a->o->p;
	const struct dynamic_place *dyn;
	const struct site *s;
	uint64_t word = 0, off;
	uint32_t in;

	if (!at_is_loaded(a))
		return NULL;
	s = site_here(a);
	dyn = verifier_dynamic(&p->v, a->addr);
	if (dyn)
		return dyn->relr ? "a RELR entry covers it: it moves" :
		       "the dynamic loader writes it (.rela.dyn)";
	if (s && s->rel == SITE_NO_RECORD)
		return section_is_got(&p->img->sec[a->shndx]) ?
		       "a GOT slot: it moves" : "it moves";
	if (plan_is_covered(p, a->addr))
		return "a GOT slot of something that does not move";
	if (p->img->sec[a->shndx].flags & SHF_EXECINSTR)
		return NULL;
	if (!(a->addr % (p->img->xlen / 8)) &&
	    plan_word_at(p, a->addr, &in, &off, &word) && word &&
	    model_holds(&p->m, word))
		return "the word looks like an address of the image, and nothing says that it is one: it stays";
	return NULL;
}

/* Where in the source; of data, where it is declared. */
static bool source(const struct at *a, char *buf, size_t len)
{
	struct mover m = { .addr = a->addr, .shndx = a->shndx };

	buf[0] = '\0';
	if (at_is_loaded(a)) {
		m.sym = symbol_index_find(&a->o->ix, a->shndx, a->addr, &m.off);
		show_source(a->o->img, &m, buf, len);
	}
	return buf[0];
}

/* --- Shown. --- */

static const char *kind_of(const struct symbol *s)
{
	switch (ELF64_ST_TYPE(s->info)) {
	case STT_FUNC:
		return "function";
	case STT_OBJECT:
		return "object";
	}
	return "label";
}

static void symbol_text(const struct at *a)
{
	uint64_t off;
	uint32_t sym = symbol_index_find(&a->o->ix, a->shndx, a->addr, &off);
	struct symbol s;

	if (!at_is_loaded(a) || !sym)
		return;
	s = symtab_get(&a->o->img->symtab, sym);
	printf("  in          %s", attribute_name(a->o->img, sym, 0));
	if (off)
		printf("+0x%" PRIx64, off);
	printf(", %s %s", ELF64_ST_BIND(s.info) == STB_LOCAL ? "a local" : "a global",
	       kind_of(&s));
	if (s.size)
		printf(" of 0x%" PRIx64 " bytes", s.size);
	putchar('\n');
}

static void word_text(const struct at *a)
{
	unsigned bytes = a->o->img->xlen / 8;
	char name[NAME];
	uint64_t word;

	if (!a->bytes || a->off >= a->size) {
		printf("  holds       nothing in the file (zeros in memory)\n");
		return;
	}
	if (a->size - a->off < bytes || a->o->img->sec[a->shndx].flags & SHF_EXECINSTR)
		return;
	word = getxlen(a->bytes + a->off, a->o->img->xlen);
	printf("  holds       0x%" PRIx64, word);
	if (a->o->p && word && model_holds(&a->o->p->m, word)) {
		address_name(a->o, word, name, sizeof(name));
		printf(", which is %s", name);
	}
	putchar('\n');
}

static void near_text(const struct at *a)
{
	static const char *const where[] = { "before", "behind" };
	char name[16];

	for (int i = 0; i < 2; i++) {
		const struct seen *s = &a->near[i];
		uint64_t off = i ? s->off - a->off : a->off - s->off;

		if (!a->has[i])
			continue;
		printf("  next %s %s 0x%" PRIx64 " bytes %s, at %s+0x%" PRIx64 "\n",
		       where[i], reloc_name(s->r.type, name), off, where[i],
		       a->o->img->sec[s->shndx].name, s->off);
	}
}

static void users_text(const struct at *a)
{
	const struct seen *s = a->users.at;
	char place[NAME], n[GROUPED], type[16];

	if (!a->nusers)
		return;
	printf("\nNamed by %s record%s\n", grouped(a->nusers, n),
	       a->nusers == 1 ? "" : "s");
	for (size_t i = 0; i < a->users.n; i++) {
		place_name(a->o, s[i].shndx, s[i].off, place, sizeof(place));
		printf("  %-22s at 0x%" PRIx64 "  %s\n",
		       reloc_name(s[i].r.type, type), s[i].r.offset, place);
	}
	if (a->nusers > a->users.n)
		printf("  and %s more\n", grouped(a->nusers - a->users.n, n));
}

/* Records that a linker reads, and that say nothing about a field. */
static void marks_text(const struct at *a)
{
	const struct seen *s = a->here.at;
	bool any = false;
	char name[16];

	for (size_t i = 0; i < a->here.n; i++) {
		if (s[i].sum || !a->o->p)
			continue;
		printf("%s%s", any ? ", " : "  marks       ",
		       reloc_name(s[i].r.type, name));
		any = true;
	}
	if (any)
		putchar('\n');
}

static bool has_field(const struct at *a)
{
	const struct seen *s = a->here.at;

	for (size_t i = 0; i < a->here.n; i++)
		if (s[i].sum || !a->o->p)
			return true;
	return false;
}

static void show_text(struct at *a)
{
	const struct common *c = &a->o->common;
	const struct section *s = &a->o->img->sec[a->shndx];
	const char *why = without_record(a);
	char line[NAME];
	uint8_t buf[8];

	printf("%s", style(c, BOLD));
	if (at_is_loaded(a))
		printf("0x%" PRIx64 " = ", a->addr);
	printf("%s+0x%" PRIx64, s->name, a->off);
	if (a->named)
		printf(" = %s", a->o->at);
	printf("%s\n", style(c, PLAIN));
	symbol_text(a);
	if (source(a, line, sizeof(line)))
		printf("  source      %s\n", line);
	for (size_t i = 0; i < a->here.n;)
		i += explain_text(a, i);
	marks_text(a);
	if (!has_field(a)) {
		printf("  record      %s here\n", a->o->filter.n ?
		       "none that matches" : a->here.n ? "no other" : "none");
		word_text(a);
		if (why)
			printf("  but         %s\n", why);
		near_text(a);
		if (a->moved && a->bytes && a->size - a->off >= a->o->img->xlen / 8) {
			at_moved_bytes(a, a->off, a->o->img->xlen / 8, buf);
			printf("  after       it holds 0x%" PRIx64 " at 0x%" PRIx64 "\n",
			       getxlen(buf, a->o->img->xlen),
			       a->addr + (at_is_loaded(a) ? a->o->p->delta : 0));
		}
	}
	users_text(a);
	if (a->o->disassemble)
		around_text(a);
}

static json_t *near_json(const struct at *a)
{
	json_t *all = json_array();

	for (int i = 0; all && i < 2; i++) {
		const struct seen *s = &a->near[i];
		char name[16];

		if (a->has[i])
			json_array_append_new(all, json_pack("{s:s,s:o,s:I}",
				"type", reloc_name(s->r.type, name),
				"offset", json_address(s->off),
				"distance", (json_int_t)(s->off - a->off)));
	}
	return all;
}

static json_t *users_json(const struct at *a)
{
	const struct seen *s = a->users.at;
	json_t *all = json_array();

	for (size_t i = 0; all && i < a->users.n; i++) {
		char name[16], in[NAME] = "";

		symbol_name(a->o, s[i].shndx, s[i].r.offset, in, sizeof(in));
		json_array_append_new(all, json_pack("{s:o,s:o,s:s,s:o}",
			"address", json_address(s[i].r.offset),
			"section", json_text(a->o->img->sec[s[i].shndx].name),
			"type", reloc_name(s[i].r.type, name),
			"in", json_text(in)));
	}
	return all;
}

static bool show_json(struct at *a)
{
	const struct section *s = &a->o->img->sec[a->shndx];
	json_t *j = json_pack("{s:o,s:o,s:o,s:I}",
		"section", json_text(s->name), "offset", json_address(a->off),
		"named_by", users_json(a), "named_by_count",
		(json_int_t)a->nusers);
	json_t *records = json_array();
	const char *why = without_record(a);
	char line[NAME], in[NAME];
	uint8_t buf[8];

	if (!j || !records)
		return false;
	if (at_is_loaded(a)) {
		json_object_set_new(j, "address", json_address(a->addr));
		if (symbol_name(a->o, a->shndx, a->addr, in, sizeof(in)))
			json_object_set_new(j, "in", json_text(in));
	}
	if (source(a, line, sizeof(line)))
		json_object_set_new(j, "source", json_text(line));
	for (size_t i = 0; i < a->here.n;)
		i += explain_json(a, i, records);
	json_object_set_new(j, "fields", records);
	if (!has_field(a)) {
		if (a->bytes && a->size - a->off >= a->o->img->xlen / 8) {
			json_object_set_new(j, "holds", json_address(
				getxlen(a->bytes + a->off, a->o->img->xlen)));
			if (a->moved) {
				at_moved_bytes(a, a->off, a->o->img->xlen / 8, buf);
				json_object_set_new(j, "holds_after", json_address(
					getxlen(buf, a->o->img->xlen)));
			}
		}
		if (why)
			json_object_set_new(j, "why", json_string(why));
		json_object_set_new(j, "nearest", near_json(a));
	}
	if (a->o->disassemble)
		json_object_set_new(j, "around", around_json(a));
	return json_print(j, JSON_INDENT(2));
}

bool inspect_at(struct inspect *o)
{
	struct at a = { .o = o, .here.size = sizeof(struct seen),
			.around.size = sizeof(struct seen),
			.users.size = sizeof(struct seen) };
	struct packed pk = { 0 };
	const struct section *s;
	bool ok = false;

	if (!set_place(&a) || !set_target(&a))
		return false;
	s = &o->img->sec[a.shndx];
	a.bytes = s->data;
	a.size = s->data ? s->size : 0;
	if (section_is_packed(s)) {
		if (!unpack_section(o->img, a.shndx, &pk, o->d))
			return false;
		a.bytes = pk.bytes;
		a.size = pk.size;
	}
	around_choose(&a);
	if (gather(&a) && !o->d->errors) {
		ok = true;
		progress_end();
		if (o->json)
			ok = show_json(&a);
		else
			show_text(&a);
	}
	free(pk.bytes);
	free(a.here.at);
	free(a.around.at);
	free(a.users.at);
	return ok;
}
