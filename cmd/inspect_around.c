/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is around a place: instructions or words, and the records among them. */
#include "inspect_at.h"

#include <inttypes.h>

#include "elfio/disasm.h"

enum {
	BEFORE = 8, BEHIND = 12,	/* lines before and behind the place */
	LONGEST = 8			/* bytes on a line: a word, an instruction */
};

static bool is_code(const struct at *a)
{
	return a->o->img->sec[a->shndx].flags & SHF_EXECINSTR;
}

/* Of the instruction at off: its length is in its lowest bits. */
static unsigned length_at(const struct at *a, uint64_t off)
{
	unsigned len = a->size - off < 2 || (a->bytes[off] & 3) != 3 ? 2 : 4;

	return a->size - off < len ? (unsigned)(a->size - off) : len;
}

static unsigned step(const struct at *a, uint64_t off)
{
	unsigned word = a->o->img->xlen / 8;

	if (is_code(a))
		return length_at(a, off);
	return a->size - off < word ? (unsigned)(a->size - off) : word;
}

/* Where instructions are known to begin: the symbol, else the section. */
static uint64_t start_of(const struct at *a)
{
	uint64_t in;

	if (is_code(a) && at_is_loaded(a) &&
	    symbol_index_find(&a->o->ix, a->shndx, a->addr, &in) && in <= a->off)
		return a->off - in;
	return is_code(a) ? 0 : a->off % (a->o->img->xlen / 8);
}

void around_choose(struct at *a)
{
	uint64_t ring[BEFORE], off = start_of(a);
	size_t n = 0;

	a->from = a->to = a->off;
	if (!a->bytes || a->off >= a->size)
		return;
	while (off + step(a, off) <= a->off) {
		ring[n++ % BEFORE] = off;
		off += step(a, off);
	}
	a->from = n ? ring[n < BEFORE ? 0 : n % BEFORE] : off;
	a->to = off;
	for (int i = 0; i < BEHIND && a->to < a->size; i++)
		a->to += step(a, a->to);
}

/* As objdump writes them: an instruction as one number, data byte by byte. */
static void write_bytes(const struct at *a, const uint8_t *bytes, unsigned n,
			char *to)
{
	for (unsigned i = 0; i < n; i++)
		to += sprintf(to, "%02x", bytes[is_code(a) ? n - 1 - i : i]);
}

/* What the bytes are: an instruction, or the name of an address; "" for none. */
static void write_text(const struct at *a, const uint8_t *bytes, unsigned n,
		       uint64_t addr, char *to, size_t len)
{
	uint64_t word = 0;

	to[0] = '\0';
	memcpy(&word, bytes, n);
	if (is_code(a)) {
		if (!disasm(a->o->img->xlen, bytes, n, addr, to, len))
			to[0] = '\0';
	} else if (n == a->o->img->xlen / 8 && at_is_loaded(a) && word &&
		   model_holds(&a->o->p->m, word)) {
		address_name(a->o, word, to, len);
	}
}

/* What is there after the move, when it is something else. */
static bool write_after(const struct at *a, uint64_t off, unsigned n,
			char *to, size_t len)
{
	uint8_t buf[LONGEST];

	if (!a->moved)
		return false;
	at_moved_bytes(a, off, n, buf);
	if (!memcmp(buf, a->bytes + off, n))
		return false;
	to[0] = '\0';
	if (is_code(a))
		write_text(a, buf, n, a->addr - a->off + off + a->o->p->delta,
			   to, len);
	if (!to[0])
		write_bytes(a, buf, n, to);
	return true;
}

static void record_text(const struct at *a, const struct seen *s)
{
	const char *name = record_symbol(a->o->img, &s->r);
	int64_t add = s->r.addend;
	char type[16];

	printf("%*s%" PRIx64 ": %s", a->o->img->xlen == 64 ? 12 : 4, "",
	       a->addr - a->off + s->off, reloc_name(s->r.type, type));
	if (name[0] || add)
		putchar(' ');
	printf("%s", name);
	if (add)
		printf("%s0x%" PRIx64, add < 0 ? "-" : name[0] ? "+" : "",
		       (uint64_t)(add < 0 ? -add : add));
	if (a->o->p && s->effect != EFFECT_SAME)
		printf("  %s", effect_names[s->effect]);
	putchar('\n');
}

void around_text(const struct at *a)
{
	const struct common *c = &a->o->common;
	const struct seen *r = a->around.at;
	unsigned n, digits = a->o->img->xlen / 4;

	printf("\n%s%s\n", is_code(a) ? "The code around it" : "The data around it",
	       is_code(a) && !disasm_version() ? " (the disassembler is not built in)" : "");
	for (uint64_t off = a->from; off < a->to; off += n) {
		char bytes[2 * LONGEST + 1], text[NAME], after[NAME];
		bool here;

		n = step(a, off);
		here = a->off >= off && a->off < off + n;
		write_bytes(a, a->bytes + off, n, bytes);
		write_text(a, a->bytes + off, n, a->addr - a->off + off, text,
			   sizeof(text));
		printf("%s%s %0*" PRIx64 ":  %-*s  %s%s\n",
		       here ? style(c, BOLD) : "", here ? "=>" : "  ",
		       (int)digits, a->addr - a->off + off, is_code(a) ? 8 : (int)a->o->img->xlen / 4,
		       bytes, text, here ? style(c, PLAIN) : "");
		if (write_after(a, off, n, after, sizeof(after)))
			printf("   %*s   after: %s\n", (int)digits, "", after);
		for (size_t i = 0; i < a->around.n; i++)
			if (r[i].off >= off && r[i].off < off + n)
				record_text(a, &r[i]);
	}
}

static json_t *records_json(const struct at *a, uint64_t off, unsigned n)
{
	const struct seen *r = a->around.at;
	json_t *all = json_array();
	char type[16];

	for (size_t i = 0; all && i < a->around.n; i++)
		if (r[i].off >= off && r[i].off < off + n)
			json_array_append_new(all, json_pack("{s:o,s:s,s:o,s:I}",
				"offset", json_address(r[i].off),
				"type", reloc_name(r[i].r.type, type),
				"symbol", json_text(record_symbol(a->o->img, &r[i].r)),
				"addend", (json_int_t)r[i].r.addend));
	return all;
}

json_t *around_json(const struct at *a)
{
	json_t *all = json_array();
	unsigned n;

	for (uint64_t off = a->from; all && off < a->to; off += n) {
		char bytes[2 * LONGEST + 1], text[NAME], after[NAME] = "";
		json_t *line;

		n = step(a, off);
		write_bytes(a, a->bytes + off, n, bytes);
		write_text(a, a->bytes + off, n, a->addr - a->off + off, text,
			   sizeof(text));
		line = json_pack("{s:o,s:s,s:o}", "offset", json_address(off),
				 "bytes", bytes, "records",
				 records_json(a, off, n));
		if (!line)
			break;
		if (text[0])
			json_object_set_new(line, is_code(a) ? "instruction" :
					    "address_of", json_text(text));
		if (write_after(a, off, n, after, sizeof(after)))
			json_object_set_new(line, "after", json_string(after));
		json_array_append_new(all, line);
	}
	return all;
}
