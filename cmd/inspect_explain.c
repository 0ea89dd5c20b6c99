/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One field and its records: the formula with its numbers. */
#include "inspect_at.h"

#include <inttypes.h>

#include "elfio/disasm.h"

static const struct seen *seen(const struct at *a, size_t i)
{
	return (const struct seen *)a->here.at + i;
}

/* How many records from i on share one field. */
static size_t together(const struct at *a, size_t i)
{
	const struct seen *s = seen(a, i);
	size_t n = 1;

	while (s->sum > 1 && i + n < a->here.n && seen(a, i + n)->sum == s->sum &&
	       seen(a, i + n)->off == s->off && n < s->sum)
		n++;
	return n;
}

/* --- The formula, from the row. --- */

static const char *letters(const struct reloc *row)
{
	switch (row->anchor) {
	case ANCHOR_SYM:
	case ANCHOR_GP:
		return row->pc ? "S + A - P" : "S + A";
	case ANCHOR_PAIR:
		return "S + A - P of the record at the label";
	case ANCHOR_SLOT:
	case ANCHOR_TSLOT:
		return "GOT slot of S + A - P";
	case ANCHOR_GPREL:
		return "S + A - GP";
	case ANCHOR_TP:
		return "S + A - TLS";
	}
	return "";
}

static void write_formula(const struct at *a, size_t i, size_t n, char *to,
			  size_t len)
{
	const struct reloc *row = seen(a, i)->f.row;

	to[0] = '\0';
	for (size_t k = 0; n > 1 && k < n; k++) {
		bool sub = seen(a, i + k)->f.row &&
			   reloc_row(seen(a, i + k)->r.type)->op == OP_SUB;

		snprintf(to + strlen(to), len - strlen(to), "%s(S%zu + A%zu)",
			 k ? sub ? " - " : " + " : sub ? "-" : "", k + 1, k + 1);
	}
	if (n > 1 || !row || !letters(row)[0])
		return;
	snprintf(to, len, row->part == PART_HI20 ? "hi20(%s)" :
		 row->part == PART_LO12 ? "lo12(%s)" : row->op == OP_SUB ?
		 "-(%s)" : "%s", letters(row));
}

/* Why a symbol is taken for moving or fixed. */
static const char *rule_of(const struct inspect *o, uint32_t sym, bool *moves)
{
	struct symbol s = symtab_get(&o->img->symtab, sym);
	enum rule rule;

	*moves = symbol_moves(&o->p->m, &s, sym);
	if (o->p->m.forced && o->p->m.forced[sym])
		return rule_text(RULE_USER);
	symbol_moves_rare(&o->p->m, &o->img->symtab, &s, &rule);
	return rule_text(rule);
}

/* What completes it, or what it completes. */
static const struct hi *hi_of(const struct at *a, const struct seen *s,
			      struct record *r)
{
	const struct plan *p = a->o->p;
	const struct hi *hi;
	struct symbol label;

	if (!p || !s->f.row || s->f.row->anchor != ANCHOR_PAIR ||
	    s->r.sym >= p->img->symtab.n)
		return NULL;
	label = symtab_get(&p->img->symtab, s->r.sym);
	hi = verifier_hi(&p->v, label.shndx, label.value);
	if (hi)
		*r = record_get(p->img->sec[p->rel[hi->rel].rela].data,
				p->img->xlen, hi->rec);
	return hi;
}

/* Which slot a HI20 means is known by what completes it. */
static const struct seen *by_slot(const struct at *a, const struct seen *s)
{
	const struct seen *u = a->users.at;
	bool hi = s->f.row && (s->f.row->anchor == ANCHOR_SLOT ||
			       s->f.row->anchor == ANCHOR_TSLOT);

	for (size_t i = 0; hi && !s->f.slot && i < a->users.n; i++)
		if (u[i].f.row->anchor == ANCHOR_PAIR && u[i].f.slot)
			return &u[i];
	return s;
}

/* --- After the move. --- */

/* False when the field does not fit there. */
static bool after(const struct at *a, const struct seen *s, uint64_t *v,
		  char *insn, size_t len)
{
	enum field_id field = s->f.field;
	uint8_t buf[8] = { 0 };
	uint64_t word;

	at_moved_bytes(a, s->off, fields[field].bytes, buf);
	word = field_load(field, buf);
	if (field == FIELD_AUIPC && !field_opcode_ok(field, word))
		field = FIELD_LUI;
	*v = field_decode(field, word);
	insn[0] = '\0';
	if (fields[field].value != VALUE_DATA &&
	    !disasm(a->o->img->xlen, buf, fields[field].bytes,
		    s->r.offset + a->o->p->delta, insn, len))
		insn[0] = '\0';
	if (s->effect != EFFECT_MOVES && s->effect != EFFECT_FIXED)
		return true;
	return memcmp(buf, s->bytes, fields[field].bytes) ||
	       !a->o->p->delta;
}

static void write_signed(uint64_t v, char *to, size_t len)
{
	snprintf(to, len, "%s0x%" PRIx64, (int64_t)v < 0 ? "-" : "",
		 (int64_t)v < 0 ? -v : v);
}

static void write_value(const struct seen *s, uint64_t v, char *to, size_t len)
{
	if (value_is_signed(&s->f))
		write_signed(v, to, len);
	else
		snprintf(to, len, "0x%" PRIx64, v);
}

static const char *effect_text(const struct seen *s)
{
	switch (s->effect) {
	case EFFECT_MOVES:
		return "moves: it grows by the shift";
	case EFFECT_FIXED:
		return "fixed target: it shrinks by the shift";
	case EFFECT_EXCUSED:
		return "nothing changes; that the bytes differ is excused";
	case EFFECT_STALE:
		return "stale: the record and the bytes contradict each other";
	case EFFECT_REFUSED:
		return "refused";
	default:
		return s->sum ? "nothing changes" : "it says nothing about a field";
	}
}

/* --- As text. --- */

/* k: which of the n records it is of. */
static void term(char letter, size_t k, size_t n, const char *value,
		 const char *text)
{
	char label[8];

	if (n > 1)
		snprintf(label, sizeof(label), "%c%zu", letter, k + 1);
	else
		snprintf(label, sizeof(label), "%c", letter);
	printf("    %-9s %s%s%s\n", label, value, text[0] ? "  " : "", text);
}

static void symbol_term(const struct at *a, const struct seen *s, size_t k,
			size_t n)
{
	const struct symtab *t = &a->o->img->symtab;
	char text[2 * NAME], value[24];
	bool moves = false;
	const char *why;

	if (!s->r.sym || s->r.sym >= t->n) {
		term('S', k, n, "0x0", "no symbol");
		return;
	}
	why = s->f.row->anchor == ANCHOR_PAIR || !a->o->p ? NULL :
	      rule_of(a->o, s->r.sym, &moves);
	snprintf(value, sizeof(value), "0x%" PRIx64,
		 symtab_get(t, s->r.sym).value);
	snprintf(text, sizeof(text), "%s%s%s%s%s",
		 record_symbol(a->o->img, &s->r), why ? ", " : "",
		 !why ? "" : moves ? "moves" : "fixed", why ? ": " : "",
		 why ? why : "");
	term('S', k, n, value, text);
}

static void terms(const struct at *a, size_t i, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		const struct seen *s = seen(a, i + k);
		char value[24];

		if (!s->f.row || s->f.row->anchor == ANCHOR_NONE)
			continue;
		symbol_term(a, s, k, n);
		write_signed((uint64_t)s->r.addend, value, sizeof(value));
		term('A', k, n, value, "");
		if (!s->f.row->pc || s->f.row->anchor == ANCHOR_PAIR)
			continue;
		snprintf(value, sizeof(value), "0x%" PRIx64, s->r.offset);
		term('P', 0, 1, value, at_is_loaded(a) ? "moves" : "");
	}
}

static void partner_text(const struct at *a, const struct seen *s)
{
	char place[NAME], name[16];
	struct record hr;
	const struct hi *hi = hi_of(a, s, &hr);

	if (hi) {
		place_name(a->o, hi->shndx,
			   hi->addr - a->o->img->sec[hi->shndx].addr, place,
			   sizeof(place));
		printf("  completes   %s against %s, at 0x%" PRIx64 " %s\n",
		       reloc_name(hr.type, name),
		       record_symbol(a->o->img, &hr), hi->addr, place);
	}
	s = by_slot(a, s);
	if (s->f.slot)
		printf("  GOT slot    0x%" PRIx64 ", which %s\n", s->f.slot,
		       s->f.slot_tls ? "is thread-local and stays" :
		       s->f.slot_moves ? "moves" : "stays");
}

static void after_text(const struct at *a, const struct seen *s)
{
	char insn[128], value[32];
	uint64_t v;

	if (!a->moved || !value_is_known(s))
		return;
	if (!after(a, s, &v, insn, sizeof(insn))) {
		printf("  after       it does not fit the %s there\n",
		       fields[s->f.field].name);
		return;
	}
	write_value(s, v, value, sizeof(value));
	printf("  after       %s", value);
	if (at_is_loaded(a))
		printf(" at 0x%" PRIx64, s->r.offset + a->o->p->delta);
	printf("%s%s%s\n", insn[0] ? "  (" : "", insn, insn[0] ? ")" : "");
}

static void field_text(const struct at *a, const struct seen *s)
{
	const struct common *c = &a->o->common;
	bool bad = s->effect == EFFECT_STALE || s->effect == EFFECT_REFUSED;
	char value[32], expected[32], insn[128];

	if (value_is_known(s)) {
		write_value(s, s->f.value, value, sizeof(value));
		printf("  holds       %s  (%s", value, fields[s->f.field].name);
		if (fields[s->f.field].value != VALUE_DATA &&
		    disasm(a->o->img->xlen, s->bytes, s->room, s->r.offset,
			   insn, sizeof(insn)))
			printf(": %s", insn);
		printf(")\n");
	}
	if (value_is_known(s) && s->f.value != s->f.expected &&
	    s->effect != EFFECT_REFUSED) {
		write_value(s, s->f.expected, expected, sizeof(expected));
		printf("  the record  says %s\n", expected);
	}
	if (s->f.why)
		printf("  because     %s\n", s->f.why);
	printf("  a move      %s%s%s\n", style(c, bad ? RED : s->effect ==
		EFFECT_MOVES || s->effect == EFFECT_FIXED ? GREEN : PLAIN),
		effect_text(s), style(c, PLAIN));
}

size_t explain_text(const struct at *a, size_t i)
{
	size_t n = together(a, i);
	const struct seen *s = seen(a, i);
	char name[16], formula[NAME];

	if (!s->sum && a->o->p)
		return n;
	putchar('\n');
	for (size_t k = 0; k < n; k++) {
		const struct seen *r = seen(a, i + k);
		const char *symbol = record_symbol(a->o->img, &r->r);

		printf("  record      %s%s%s", reloc_name(r->r.type, name),
		       symbol[0] ? " against " : "", symbol);
		if (r->off != a->off)
			printf(", which begins 0x%" PRIx64 " bytes before",
			       a->off - r->off);
		putchar('\n');
	}
	write_formula(a, i, n, formula, sizeof(formula));
	if (formula[0])
		printf("  formula     %s\n", formula);
	terms(a, i, n);
	if (formula[0] && a->o->p && s->effect != EFFECT_REFUSED &&
	    s->f.row->anchor != ANCHOR_SLOT && s->f.row->anchor != ANCHOR_TSLOT)
		printf("    =         0x%" PRIx64 "\n", n > 1 ? s->f.expected : s->f.V);
	partner_text(a, s);
	if (a->o->p)
		field_text(a, s);
	after_text(a, s);
	return n;
}

/* --- As JSON. --- */

static json_t *record_json(const struct at *a, const struct seen *s)
{
	const struct symtab *t = &a->o->img->symtab;
	char name[16];
	json_t *j = json_pack("{s:s,s:o,s:I}", "type",
			      reloc_name(s->r.type, name), "symbol",
			      json_text(record_symbol(a->o->img, &s->r)),
			      "A", (json_int_t)s->r.addend);
	bool moves;

	if (!j || !s->r.sym || s->r.sym >= t->n)
		return j;
	json_object_set_new(j, "S", json_address(symtab_get(t, s->r.sym).value));
	if (a->o->p) {
		const char *why = rule_of(a->o, s->r.sym, &moves);

		json_object_set_new(j, "symbol_moves", json_boolean(moves));
		json_object_set_new(j, "symbol_rule", json_string(why));
	}
	return j;
}

static void value_json(json_t *j, const char *key, const struct seen *s,
		       uint64_t v)
{
	char text[32];

	write_value(s, v, text, sizeof(text));
	json_object_set_new(j, key, json_string(text));
}

static void after_json(const struct at *a, const struct seen *s, json_t *j)
{
	char insn[128];
	uint64_t v;

	if (!a->moved || !value_is_known(s))
		return;
	if (!after(a, s, &v, insn, sizeof(insn))) {
		json_object_set_new(j, "fits", json_false());
		return;
	}
	value_json(j, "after", s, v);
	if (insn[0])
		json_object_set_new(j, "instruction_after", json_string(insn));
	if (at_is_loaded(a))
		json_object_set_new(j, "address_after",
				    json_address(s->r.offset + a->o->p->delta));
}

size_t explain_json(const struct at *a, size_t i, json_t *to)
{
	size_t n = together(a, i);
	const struct seen *s = seen(a, i);
	char formula[NAME];
	json_t *records = json_array(), *j;
	struct record hr;
	const struct hi *hi = hi_of(a, s, &hr);

	for (size_t k = 0; records && k < n; k++)
		json_array_append_new(records, record_json(a, seen(a, i + k)));
	write_formula(a, i, n, formula, sizeof(formula));
	j = json_pack("{s:o,s:o,s:s}", "offset", json_address(s->off),
		      "records", records, "formula", formula);
	if (!j)
		return n;
	if (s->f.row && s->f.row->pc)
		json_object_set_new(j, "P", json_address(s->r.offset));
	if (a->o->p) {
		json_object_set_new(j, "effect", json_string(effect_names[s->effect]));
		if (formula[0])
			value_json(j, "V", s, n > 1 ? s->f.expected : s->f.V);
	}
	if (value_is_known(s)) {
		json_object_set_new(j, "field", json_string(fields[s->f.field].name));
		value_json(j, "holds", s, s->f.value);
		value_json(j, "expected", s, s->f.expected);
	}
	if (s->f.why)
		json_object_set_new(j, "why", json_string(s->f.why));
	if (hi)
		json_object_set_new(j, "completes", json_address(hi->addr));
	if (by_slot(a, s)->f.slot)
		json_object_set_new(j, "slot", json_address(by_slot(a, s)->f.slot));
	after_json(a, s, j);
	json_array_append_new(to, j);
	return n;
}
