/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "match.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "show.h"

enum {
	AGREE_MIN = 3,		/* symbols, when nothing else tells the base */
	ODD_PERCENT = 1,	/* of them may be elsewhere; another build has more */
	NAMED = 3,		/* of those that are elsewhere, in a message */
};

/* A symbol that the kernel reports, and the one of that name in the image. */
struct seen {
	char *name;		/* owned */
	uint64_t addr;
	uint64_t value;
	uint32_t found;		/* how many of that name are in the image */
	bool moves;
};

/* What the text says of the base outright. */
enum statement {
	SAYS_OFFSET,		/* Kernel Offset: 0x... from 0x... */
	SAYS_DISABLED,		/* Kernel Offset: disabled */
	SAYS_AT,		/* Kernel at 0x... (...), linked at 0x... */
	SAYS_VMCOREINFO,	/* KERNELOFFSET=... */
	STATEMENTS
};

static const struct {
	const char *before;	/* what stands before the number */
	const char *linked;	/* and before where it was linked, or NULL */
	const char *name;	/* for messages */
} says[STATEMENTS] = {
	[SAYS_OFFSET] = { "Kernel Offset: 0x", " from 0x", "Kernel Offset" },
	[SAYS_DISABLED] = { "Kernel Offset: disabled", NULL, "Kernel Offset" },
	[SAYS_AT] = { "Kernel at 0x", ", linked at 0x", "Kernel at" },
	[SAYS_VMCOREINFO] = { "KERNELOFFSET=", NULL, "KERNELOFFSET" },
};

struct evidence {
	const struct model *m;
	const char *path;
	struct diag *d;
	struct vec seen;	/* struct seen */
	uint64_t base[STATEMENTS], from;
	bool said[STATEMENTS], has_from;
	size_t hidden;		/* symbols whose address is shown as 0 */
	unsigned boots;
	char other[160];	/* what a kernel says that is not the image's */
	bool no_memory;
};

static void error(struct evidence *e, const char *text)
{
	diag_file(e->d, DIAG_ERROR, "--match=%s: %s", e->path, text);
}

/* --- What a line says. --- */

static void see(struct evidence *e, uint64_t addr, const char *name, size_t len)
{
	struct seen s = { .addr = addr, .name = strndup(name, len) };

	if (!s.name || !vec_push(&e->seen, &s)) {
		free(s.name);
		e->no_memory = true;
	}
}

static void forget(struct evidence *e)
{
	struct seen *s = e->seen.at;

	for (size_t i = 0; i < e->seen.n; i++)
		free(s[i].name);
	e->seen.n = e->hidden = 0;
	memset(e->said, 0, sizeof(e->said));
	e->has_from = false;
}

/* The hexadecimal number at `at`; returns what follows it, or NULL. */
static const char *hex(const char *at, uint64_t *v)
{
	size_t n = strspn(at, "0123456789abcdefABCDEF");

	*v = strtoull(at, NULL, 16);
	return n && n <= 16 ? at + n : NULL;
}

/* "ffffffff80002000 T _text", as kallsyms, System.map and nm have it. */
static bool listed(struct evidence *e, const char *line)
{
	uint64_t addr;
	const char *at = hex(line, &addr);
	size_t len;

	if (!at || at - line < 8 || at[0] != ' ' || !at[1] || at[2] != ' ')
		return false;
	len = strcspn(at + 3, " \t");
	/* Those of modules, and of what else comes later, have one more word. */
	if (!len || at[3 + len] || strchr("aAUwv", at[1]))
		return true;
	if (addr)
		see(e, addr, at + 3, len);
	else
		e->hidden++;
	return true;
}

/* "[<ffffffff80005c3c>] dump_backtrace+0x1c/0x24", from a stack dump. */
static void traced(struct evidence *e, const char *line)
{
	for (const char *at = line; (at = strstr(at, "[<"));) {
		const char *name, *plus;
		uint64_t addr, off, size;

		at += 2;
		name = hex(at, &addr);
		if (!name || !addr || strncmp(name, ">] ", 3))
			continue;
		name += 3;
		plus = name + strcspn(name, "+ ");
		if (plus == name || strncmp(plus, "+0x", 3))
			continue;
		at = hex(plus + 3, &off);
		if (!at || strncmp(at, "/0x", 3) || !(at = hex(at + 3, &size)))
			at = plus;
		else if (strncmp(at, " [", 2))	/* else it is of a module */
			see(e, addr - off, name, (size_t)(plus - name));
	}
}

static void state(struct evidence *e, enum statement s, const char *at)
{
	uint64_t v = 0, from = e->m->lo;
	const char *linked = says[s].linked;

	if (s != SAYS_DISABLED && !(at = hex(at, &v)))
		return;
	if (linked && (at = strstr(at, linked)) &&
	    hex(at + strlen(linked), &from)) {
		e->from = from;
		e->has_from = true;
	}
	e->base[s] = (s == SAYS_AT ? v : from + v) & addr_top(e->m->img->xlen);
	e->said[s] = true;
}

/* The image's own "Linux version ...", up to its end of line; NULL: none. */
static const char *banner(const struct image *img, size_t *len)
{
	for (uint32_t i = 1; i < img->symtab.n; i++) {
		struct symbol s = symtab_get(&img->symtab, i);
		const struct section *sec;
		const char *text;
		uint64_t room;

		if (strcmp(symtab_name(&img->symtab, &s), "linux_banner") ||
		    !s.shndx || s.shndx >= img->nsec)
			continue;
		sec = &img->sec[s.shndx];
		if (!sec->data || s.value - sec->addr >= sec->size)
			return NULL;
		text = (const char *)sec->data + (s.value - sec->addr);
		room = sec->size - (s.value - sec->addr);
		for (*len = 0; *len < room && text[*len] && text[*len] != '\n';)
			++*len;
		return text;
	}
	return NULL;
}

/* A boot begins, and with it a new place. */
static void boots(struct evidence *e, const char *version)
{
	size_t len;
	const char *own = banner(e->m->img, &len);

	forget(e);
	e->boots++;
	e->other[0] = '\0';
	if (own && (strlen(version) != len || strncmp(version, own, len)))
		snprintf(e->other, sizeof(e->other), "%s", version);
}

static void read_line(struct evidence *e, char *line)
{
	const char *at;
	char *end = strchr(line, '\0');
	uint64_t addr;

	while (end > line && strchr(" \r\n", end[-1]))
		*--end = '\0';
	if (listed(e, line))
		return;
	at = strstr(line, "Linux version ");
	if (at)
		boots(e, at);
	for (int s = 0; s < STATEMENTS; s++) {
		at = strstr(line, says[s].before);
		if (at)
			state(e, (enum statement)s, at + strlen(says[s].before));
	}
	traced(e, line);
	/* vmcoreinfo: SYMBOL(_stext)=ffffffff80002000 */
	at = strstr(line, "SYMBOL(");
	if (at && strstr(at, ")=") && hex(strstr(at, ")=") + 2, &addr))
		see(e, addr, at + 7, strcspn(at + 7, ")"));
}

/* Why the text cannot be read, by its first bytes; or NULL. */
static const char *no_text(const char *line, size_t len)
{
	if (len >= 4 && !memcmp(line, "\177ELF", 4))
		return "an ELF file; what is wanted is a listing of symbols or a log, as text";
	if (len >= 2 && !memcmp(line, "\037\213", 2))
		return "compressed by gzip: unpack it first";
	return NULL;
}

static bool read_text(struct evidence *e)
{
	bool is_stdin = !strcmp(e->path, "-");
	FILE *f = is_stdin ? stdin : fopen(e->path, "r");
	const char *why = NULL;
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	bool first = true, ok;

	if (!f) {
		error(e, strerror(errno));
		return false;
	}
	errno = 0;
	for (; !why && (len = getline(&line, &room, f)) >= 0; first = false) {
		why = first ? no_text(line, (size_t)len) : NULL;
		if (!why)
			read_line(e, line);
	}
	ok = feof(f) && !ferror(f);
	if (!why && !ok)
		why = errno ? strerror(errno) : "it cannot be read";
	free(line);
	if (!is_stdin)
		fclose(f);
	if (why)
		error(e, why);
	return !why && !e->no_memory;
}

/* --- What the symbols say together. --- */

static int by_name(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : x->addr < y->addr ? -1 : x->addr > y->addr;
}

/* Sorts them; one that was seen twice at one place counts once. */
static void tidy(struct evidence *e)
{
	struct seen *s = e->seen.at;
	size_t n = 0;

	vec_sort(&e->seen, by_name);
	for (size_t i = 0; i < e->seen.n; i++) {
		if (n && s[i].addr == s[n - 1].addr &&
		    !strcmp(s[i].name, s[n - 1].name))
			free(s[i].name);
		else
			s[n++] = s[i];
	}
	e->seen.n = n;
}

static struct seen *first_of(const struct evidence *e, const char *name)
{
	struct seen *s = e->seen.at;
	size_t lo = 0, hi = e->seen.n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(s[mid].name, name) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < e->seen.n && !strcmp(s[lo].name, name) ? &s[lo] : NULL;
}

static void look_up(struct evidence *e)
{
	const struct symtab *t = &e->m->img->symtab;

	for (uint32_t i = 1; e->seen.n && i < t->n; i++) {
		struct symbol sym = symtab_get(t, i);
		const char *name = symtab_name(t, &sym);
		struct seen *s;

		if (!name[0] || name[0] == '.' || name[0] == '$' || !sym.shndx ||
		    ELF64_ST_TYPE(sym.info) == STT_FILE)
			continue;
		s = first_of(e, name);
		if (!s)
			continue;
		s->found++;
		s->value = sym.value;
		s->moves = symbol_moves(e->m, &sym, i);
	}
}

/* Whether symbol i is one in the listing and one in the image, and moves. */
static bool counts(const struct evidence *e, size_t i)
{
	const struct seen *s = e->seen.at;

	return s[i].found == 1 && s[i].moves &&
	       (i + 1 == e->seen.n || strcmp(s[i].name, s[i + 1].name));
}

struct tally {
	uint64_t shift;		/* that most of them have */
	size_t n, agree;
	size_t unknown;		/* names that the image does not have */
};

static uint64_t shift_of(const struct evidence *e, const struct seen *s)
{
	return (s->addr - s->value) & addr_top(e->m->img->xlen);
}

static bool tally(const struct evidence *e, struct tally *t)
{
	const struct seen *s = e->seen.at;
	struct vec v = { .size = sizeof(uint64_t) };
	const uint64_t *shift;
	bool ok = true;

	*t = (struct tally){ 0 };
	for (size_t i = 0; ok && i < e->seen.n; i++) {
		uint64_t one = shift_of(e, &s[i]);

		t->unknown += !s[i].found && (!i || strcmp(s[i].name, s[i - 1].name));
		ok = !counts(e, i) || vec_push(&v, &one);
	}
	vec_sort(&v, by_uint64);
	shift = v.at;
	t->n = v.n;
	for (size_t i = 0, run = 0; i < v.n; i++) {
		run = i && shift[i] == shift[i - 1] ? run + 1 : 1;
		if (run > t->agree) {
			t->agree = run;
			t->shift = shift[i];
		}
	}
	free(v.at);
	return ok;
}

/* "a is 0x30 above that, b is 0x100 below that, and 12 more". */
static void name_odd(const struct evidence *e, const struct tally *t, char *buf,
		     size_t room)
{
	const struct seen *s = e->seen.at;
	uint64_t top = addr_top(e->m->img->xlen);
	size_t n = 0, len = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < e->seen.n && len < room; i++) {
		uint64_t off = shift_of(e, &s[i]) - t->shift;
		bool below = (off & top) > top / 2;

		if (!counts(e, i) || !off || n++ >= NAMED)
			continue;
		len += (size_t)snprintf(buf + len, room - len,
			"%s%.64s is 0x%" PRIx64 " %s that", n > 1 ? ", " : "",
			s[i].name, (below ? -off : off) & top,
			below ? "below" : "above");
	}
	if (n > NAMED && len < room)
		snprintf(buf + len, room - len, ", and %zu more", n - NAMED);
}

/* Symbols that have no shift in common. */
static bool refuse_symbols(struct evidence *e, const struct tally *t)
{
	char a[GROUPED], b[GROUPED], c[GROUPED], odd[400];

	name_odd(e, t, odd, sizeof(odd));
	diag_file(e->d, DIAG_ERROR,
		  "--match=%s is of another kernel: only %s of %s symbols agree on a shift, 0x%" PRIx64 " (%s); %s of its names are unknown here",
		  e->path, grouped(t->agree, a), grouped(t->n, b), t->shift, odd,
		  grouped(t->unknown, c));
	return false;
}

/* Whether the symbols are of this kernel. */
static bool symbols_agree(struct evidence *e, const struct tally *t)
{
	char a[GROUPED], b[GROUPED], odd[400];
	size_t differ = t->n - t->agree;

	if (differ * 100 > t->n * ODD_PERCENT)
		return refuse_symbols(e, t);
	if (!differ)
		return true;
	name_odd(e, t, odd, sizeof(odd));
	diag_file(e->d, DIAG_WARNING,
		  "--match=%s: %s of %s symbols are not where the shift of the others puts them: %s; is it of another build?",
		  e->path, grouped(differ, a), grouped(t->n, b), odd);
	return true;
}

static const char *why_silent(const struct evidence *e, const struct tally *t)
{
	if (!e->seen.n && e->hidden)
		return "all addresses are 0: the kernel hides them (kernel.kptr_restrict). Read /proc/kallsyms as root, with kernel.kptr_restrict at 0 or 1";
	if (!e->seen.n)
		return "it does not tell where the kernel runs: there are no symbols as in /proc/kallsyms or System.map, no stack dump, and no 'Kernel Offset:', 'Kernel at' or KERNELOFFSET";
	if (!t->n && t->unknown)
		return "none of its symbols are in the image";
	return "too few of its symbols are in the image, once each, to tell the shift: 3 must agree";
}

/* All that was stated must be one base; sets it when there is any. */
static bool statements_agree(struct evidence *e, uint64_t *base, int *which)
{
	*which = -1;
	for (int s = 0; s < STATEMENTS; s++) {
		if (!e->said[s])
			continue;
		if (*which >= 0 && e->base[s] != *base) {
			diag_file(e->d, DIAG_ERROR,
				  "--match=%s contradicts itself: '%s' puts the image at 0x%" PRIx64 ", '%s' at 0x%" PRIx64,
				  e->path, says[*which].name, *base, says[s].name, e->base[s]);
			return false;
		}
		*which = s;
		*base = e->base[s];
	}
	return true;
}

static void tell(const struct evidence *e, const struct tally *t, int which,
		 uint64_t base)
{
	char a[GROUPED], b[GROUPED], how[96] = "";
	bool down = base < e->m->lo;

	if (t->n)
		snprintf(how, sizeof(how), "%s of %s symbols", grouped(t->agree, a),
			 grouped(t->n, b));
	if (which >= 0)
		snprintf(strchr(how, '\0'), 32, "%s'%s'", t->n ? " and " : "",
			 says[which].name);
	diag_file(e->d, DIAG_NOTE,
		  "--match=%s: it runs at 0x%" PRIx64 " (shift %s0x%" PRIx64 "), say %s",
		  e->path, base, down ? "-" : "",
		  down ? e->m->lo - base : base - e->m->lo, how);
	if (e->boots > 1)
		diag_file(e->d, DIAG_NOTE, "--match=%s: %u boots are in it; the last counts",
			  e->path, e->boots);
	if (e->has_from && e->from != e->m->lo)
		diag_file(e->d, DIAG_NOTE,
			  "--match=%s: it was linked at 0x%" PRIx64 ", this file is at 0x%" PRIx64,
			  e->path, e->from, e->m->lo);
}

static bool judge(struct evidence *e, uint64_t *base)
{
	struct tally t;
	uint64_t by_symbols;
	int which;

	if (e->other[0]) {
		size_t len = 0;
		const char *own = banner(e->m->img, &len);

		diag_file(e->d, DIAG_ERROR,
			  "--match=%s is the log of another kernel, '%s', and not of '%.*s'",
			  e->path, e->other, (int)len, own);
		return false;
	}
	tidy(e);
	look_up(e);
	if (!tally(e, &t) || !statements_agree(e, base, &which))
		return false;
	by_symbols = (e->m->lo + t.shift) & addr_top(e->m->img->xlen);
	if (which < 0 && t.n < AGREE_MIN) {
		error(e, why_silent(e, &t));
		return false;
	}
	if (t.n && !symbols_agree(e, &t))
		return false;
	if (which >= 0 && t.n && by_symbols != *base) {
		diag_file(e->d, DIAG_ERROR,
			  "--match=%s contradicts itself: '%s' puts the image at 0x%" PRIx64 ", its symbols at 0x%" PRIx64,
			  e->path, says[which].name, *base, by_symbols);
		return false;
	}
	if (which < 0)
		*base = by_symbols;
	tell(e, &t, which, *base);
	return true;
}

bool match_base(const char *path, const struct model *m, uint64_t *base,
		struct diag *d)
{
	struct evidence e = { .m = m, .path = path, .d = d,
			      .seen = { .size = sizeof(struct seen) } };
	bool ok = read_text(&e) && judge(&e, base);

	forget(&e);
	free(e.seen.at);
	return ok;
}
