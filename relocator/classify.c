/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "classify.h"

#include <inttypes.h>
#include <regex.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "elfio/pages.h"
#include "elfio/parallel.h"
#include "elfio/rewrite.h"
#include "elfio/temporary.h"

enum { SLACK = 0x10000 };	/* scripts round ends up to as much as this */

/*
 * A stack or heap that a script only reserves lies behind the image; the
 * sizes among symbols of a section are never larger than its end.
 */
#define REACH	UINT64_C(0x10000000)

const char *rule_text(enum rule r)
{
	static const char *const text[] = {
		[RULE_UNDEFINED] = "undefined",
		[RULE_TLS] = "thread-local offset",
		[RULE_SECTION] = "follows its section",
		[RULE_CONSTANT] = "absolute, outside the image",
		[RULE_LINKER] = "an address that the linker defines",
		[RULE_USER] = "by --fixed or --moves",
		[RULE_ABS] = "absolute, with a value in the image",
		[RULE_OUTSIDE] = "outside its section, near the image",
		[RULE_SIZE] = "outside its section, far from the image",
		[RULE_BEHIND] = "absolute, behind the image",
		[RULE_STRAY] = "of a section that is not loaded, with a value in the image",
	};

	return text[r];
}

static bool linker_names_address(const char *name)
{
	static const char *const names[] = {
		"__global_pointer$", "_DYNAMIC", "_GLOBAL_OFFSET_TABLE_",
		"_PROCEDURE_LINKAGE_TABLE_", "__bss_start", "__BSS_END__",
		"__DATA_BEGIN__", "__SDATA_BEGIN__", "_edata", "edata",
		"_end", "end", "__ehdr_start", "__executable_start", "_etext", "etext", "__etext",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static uint64_t round_up(uint64_t v, uint64_t to)
{
	uint64_t up = (v + to - 1) & ~(to - 1);

	return up < v ? UINT64_MAX : up;
}

static bool near(const struct model *m, uint64_t v, uint64_t addr,
		 uint64_t size)
{
	uint64_t round = m->align > SLACK ? m->align : SLACK;

	return v >= addr && v <= round_up(addr + size, round);
}

/*
 * Whether v lies in a part of the image or in what alignment leaves behind
 * it. Between the parts of an image (ROM here, RAM there) are devices.
 */
static bool near_part(const struct model *m, uint64_t v)
{
	const struct image *img = m->img;

	for (uint32_t i = 0; i < img->nseg; i++)
		if (img->seg[i].type == PT_LOAD && img->seg[i].memsz &&
		    near(m, v, img->seg[i].vaddr, img->seg[i].memsz))
			return true;
	for (uint32_t i = 1; i < img->nsec; i++)
		if (m->sec[i].loaded && m->sec[i].size &&
		    !section_is_tbss(&img->sec[i]) &&
		    near(m, v, m->sec[i].addr, m->sec[i].size))
			return true;
	return false;
}

/* An absolute symbol: an address of the image, or a number. */
static bool absolute_moves(const struct model *m, const struct symbol *s,
			   const char *name, enum rule *rule)
{
	*rule = RULE_CONSTANT;
	/* One names a version, the other marks a section that was discarded. */
	if ((!s->value && ELF64_ST_TYPE(s->info) == STT_OBJECT) ||
	    name[0] == '$')
		return false;
	if (!near_part(m, s->value)) {
		if (m->lo >= MODEL_LOW && s->value > m->hi &&
		    s->value - m->hi <= REACH)
			*rule = RULE_BEHIND;
		return false;
	}
	*rule = linker_names_address(name) ? RULE_LINKER : RULE_ABS;
	return true;
}

bool symbol_moves_rare(const struct model *m, const struct symtab *t,
		       const struct symbol *s, enum rule *rule)
{
	unsigned type = ELF64_ST_TYPE(s->info);
	const struct moving_section *sec;

	if (s->shndx == SHN_UNDEF) {
		/* With a value it is the canonical address of a PLT entry. */
		*rule = RULE_UNDEFINED;
		return s->value != 0 && model_holds(m, s->value);
	}
	if (type == STT_TLS) {
		*rule = RULE_TLS;
		return false;
	}
	if (s->shndx == SYM_ABS && type != STT_FILE)
		return absolute_moves(m, s, symtab_name(t, s), rule);
	*rule = RULE_SECTION;
	if (s->shndx >= m->img->nsec)
		return false;
	sec = &m->sec[s->shndx];
	if (s->value - sec->addr <= sec->size)
		return sec->moves;
	if (sec->loaded) {
		bool close = s->value >= m->lo - (m->lo < SLACK ? m->lo : SLACK) &&
			    (s->value <= m->hi || s->value - m->hi <= REACH);

		*rule = !close ? RULE_SIZE :
			linker_names_address(symtab_name(t, s)) ? RULE_LINKER :
			RULE_OUTSIDE;
		return close;
	}
	/* Scripts' symbols behind all sections are filed under the last one. */
	if (type == STT_SECTION || !model_holds(m, s->value))
		return false;
	*rule = RULE_STRAY;
	return true;
}

/* --- What a model is made of. --- */

static bool compile(regex_t *re, const char *text, const char *option,
		    struct diag *d)
{
	char why[128];
	int error = regcomp(re, text, REG_EXTENDED | REG_NOSUB);

	if (!error)
		return true;
	regerror(error, re, why, sizeof(why));
	diag_file(d, DIAG_ERROR, "%s=%s: %s", option, text, why);
	return false;
}

static bool force_symbols(struct model *m, const char *text,
			  const char *option, enum force as, struct diag *d)
{
	const struct symtab *t = &m->img->symtab;
	regex_t re;

	if (!text)
		return true;
	if (!compile(&re, text, option, d))
		return false;
	if (!m->forced)
		m->forced = calloc((size_t)t->n + 1, 1);
	for (uint32_t i = 1; m->forced && i < t->n; i++) {
		struct symbol s = symtab_get(t, i);
		const char *name = symtab_name(t, &s);

		if (!name[0] || regexec(&re, name, 0, NULL, 0))
			continue;
		if (m->forced[i] && m->forced[i] != as) {
			diag_file(d, DIAG_ERROR,
				  "%s is named by --fixed and by --moves", name);
			regfree(&re);
			return false;
		}
		m->forced[i] = (uint8_t)as;
	}
	regfree(&re);
	return m->forced;
}

static void find_extent(struct model *m)
{
	const struct image *img = m->img;

	m->lo = UINT64_MAX;
	m->align = 0x1000;	/* so that no LO12 changes */
	for (uint32_t i = 0; i < img->nseg; i++) {
		const struct segment *g = &img->seg[i];

		if (g->type != PT_LOAD || !g->memsz)
			continue;
		if (g->vaddr < m->lo)
			m->lo = g->vaddr;
		if (g->vaddr + g->memsz > m->hi)
			m->hi = g->vaddr + g->memsz;
		if (g->align > m->align)
			m->align = g->align;
	}
	for (uint32_t i = 1; i < img->nsec; i++) {
		const struct section *s = &img->sec[i];

		if (!section_loaded(s))
			continue;
		if (s->align > m->align)
			m->align = s->align;
		if (!s->size || section_is_tbss(s))
			continue;
		if (s->addr < m->lo)
			m->lo = s->addr;
		if (s->addr + s->size > m->hi)
			m->hi = s->addr + s->size;
	}
}

static bool is_near(const struct moving_section *s)
{
	uint64_t from = s->addr - s->base;

	return from < SYMBOL_MOVES && s->size < SYMBOL_MOVES - from;
}

static void find_sections(struct model *m)
{
	const struct image *img = m->img;

	for (uint32_t i = 1; i < img->nsec; i++) {
		const struct section *s = &img->sec[i];

		m->sec[i].addr = s->addr;
		m->sec[i].size = s->size;
		m->sec[i].loaded = section_loaded(s);
		/*
		 * GNU ld gives a section that is not loaded the location
		 * counter for an address, unless the script says 0.
		 */
		m->sec[i].moves = section_loaded(s) ?
				  s->size || s->addr || !m->lo :
				  s->addr && s->addr >= m->hi;
		m->sec[i].base = m->sec[i].moves ? m->lo : 0;
		m->sec[i].near = is_near(&m->sec[i]);
		if (s->type == SHT_DYNAMIC)
			m->dynamic = true;
	}
	for (uint32_t i = 0; i < img->nseg; i++)
		if (img->seg[i].type == PT_TLS)
			m->tls = img->seg[i].vaddr;
}

/* lld signs its work in .comment, GNU ld does not. */
static bool linked_by_lld(const struct image *img)
{
	static const char sign[] = "Linker: ";
	const struct section *s = &img->sec[image_section(img, ".comment")];
	const char *at = s->data ? memmem(s->data, s->size, sign,
					  sizeof(sign) - 1) : NULL;
	size_t left = at ? s->size - (size_t)(at - (const char *)s->data) : 0;

	/* "LLD 19.1.7", or with the name of who built it: "Debian LLD 14". */
	return at && memmem(at, strnlen(at, left), "LLD", 3);
}

bool model_init(struct model *m, const struct image *img, const char *fixed,
		const char *moves, struct diag *d)
{
	*m = (struct model){ .img = img, .unknown = SYMBOL_UNKNOWN };
	if (img->machine != EM_RISCV) {
		diag_file(d, DIAG_ERROR, "not for RISC-V (e_machine %u)",
			  img->machine);
		return false;
	}
	m->sec = calloc(img->nsec, sizeof(*m->sec));
	if (!m->sec)
		return false;
	find_extent(m);
	if (m->lo >= m->hi) {
		diag_file(d, DIAG_ERROR, "nothing in it is loaded into memory");
		model_free(m);
		return false;
	}
	find_sections(m);
	m->lld = linked_by_lld(img);
	if (force_symbols(m, fixed, "--fixed", FORCE_FIXED, d) &&
	    force_symbols(m, moves, "--moves", FORCE_MOVES, d))
		return true;
	model_free(m);
	return false;
}

/* --- All symbols at once. --- */

enum {
	PIECE = IMAGE_WINDOW / sizeof(Elf64_Sym) / 64 * 64,
	SHARE = SINK_ROOM / IMAGE_WINDOW * PIECE,
	PAGE = 1 << 19		/* words of a large page */
};

/* Symbol i, whose entry lies at `at`: the word that struct values has of it. */
static uint32_t decide(const struct model *m, uint32_t i, const uint8_t *at,
		       bool *absolute)
{
	const struct symtab *t = &m->img->symtab;
	struct symbol s = symtab_entry(t, i, at);
	bool moves = symbol_moves(m, &s, i);
	uint64_t v = s.value - (moves ? m->lo : 0);

	*absolute = symbol_is_absolute(&s);
	return v < SYMBOL_MOVES && ELF64_ST_TYPE(s.info) != STT_GNU_IFUNC &&
	       !image_symbol_wrong(m->img, t, &s) ?
	       (uint32_t)v | (moves ? SYMBOL_MOVES : 0) : SYMBOL_UNKNOWN;
}

/*
 * Nearly every one follows its section: the same without a branch. m and t are
 * the caller's own copies, which no store can change.
 */
static inline __attribute__((always_inline)) bool
decide_plain(const struct model *m, const struct symtab *t,
	     const struct symbol *s, uint32_t *word)
{
	const struct moving_section *sec = &m->sec[s->shndx];
	unsigned type = ELF64_ST_TYPE(s->info);

	*word = (uint32_t)(s->value - sec->base) + sec->moves * SYMBOL_MOVES;
	return (s->value - sec->addr <= sec->size) & sec->near &
	       (type != STT_TLS) & (type != STT_GNU_IFUNC) &
	       (s->name < t->strsize);
}

/* Those of n symbols, whose entries lie at `at`. And a bit for each absolute one. */
static inline __attribute__((always_inline)) void
decide_some(const struct model *all, uint32_t first, uint32_t n,
	    const uint8_t *at, unsigned xlen, uint32_t *value, uint64_t *absolute)
{
	const struct model m = *all;
	uint32_t known = m.forced ? 0 : m.img->nsec - 1;
	struct symtab t = m.img->symtab;

	t.xlen = xlen;
	for (uint32_t i = 0; i < n; i++, at += symbol_size(xlen)) {
		struct symbol s = symtab_entry(&t, first + i, at);
		uint32_t word;
		bool is;

		if (s.shndx - 1 >= known || !decide_plain(&m, &t, &s, &word)) {
			word = decide(all, first + i, at, &is);
			if (absolute)
				absolute[i / 64] |= (uint64_t)is << i % 64;
		}
		value[i] = word;
	}
}

/* The same for PIECE symbols at most, which are read, into buf. Returns them. */
static const uint8_t *decide_piece(const struct model *m, uint32_t first,
				   uint32_t n, uint8_t *buf, uint32_t *value,
				   uint64_t *absolute)
{
	const struct symtab *t = &m->img->symtab;
	size_t size = symbol_size(t->xlen);
	const uint8_t *at = image_read(m->img, t->data + first * size, n * size,
				       buf);

	if (t->xlen == 64)
		decide_some(m, first, n, at, 64, value, absolute);
	else
		decide_some(m, first, n, at, 32, value, absolute);
	return at;
}

struct deciding {
	struct model *m;
	uint32_t *value;	/* NULL: the words go to fd */
	int fd;
	uint32_t step;		/* so many symbols are one thread's at a time */
	const struct symbol_sink *to;
	atomic_bool failed;
};

static bool write_words(int fd, uint32_t first, uint32_t n, const uint32_t *words)
{
	size_t bytes = n * sizeof(*words);

	return pwrite(fd, words, bytes, (off_t)(first * sizeof(*words))) ==
	       (ssize_t)bytes;
}

/* n symbols, SHARE at most, each piece decided about right after it was read. */
static void decide_share(struct deciding *d, uint32_t first, uint32_t n)
{
	const struct model *m = d->m;
	const struct symbol_sink *to = d->to;
	size_t size = symbol_size(m->img->symtab.xlen);
	uint32_t made[SHARE], *words = d->value ? d->value + first : made;
	uint8_t own[IMAGE_WINDOW], *given = to ? to->room(to->ctx, first) : NULL;

	for (uint32_t k = 0, some; k < n; k += some) {
		uint8_t *buf = given ? given + k * size : own;
		const uint8_t *found;

		some = n - k < PIECE ? n - k : PIECE;
		found = decide_piece(m, first + k, some, buf, words + k,
			m->absolute ? m->absolute + (first + k) / 64 : NULL);
		if (given && found != buf)
			memcpy(buf, found, some * size);
	}
	if (!d->value && !write_words(d->fd, first, n, words))
		atomic_store(&d->failed, true);
	if (given)
		to->take(to->ctx, m, first, n, given, words);
}

static void decide_nth(void *ctx, size_t nth, unsigned worker)
{
	struct deciding *d = ctx;
	uint32_t first = (uint32_t)nth * d->step, left = d->m->img->symtab.n - first;
	uint32_t n = left < d->step ? left : d->step, some;

	(void)worker;
	for (; n; first += some, n -= some) {
		some = n < SHARE ? n : SHARE;
		decide_share(d, first, some);
	}
}

/*
 * Of two threads that are the first in a large page each clears one, and one of them
 * for nothing: where there are enough of them, each thread has its own.
 */
static bool decide_all(struct deciding *d, unsigned jobs)
{
	uint32_t n = d->m->img->symtab.n;

	d->step = n / PAGE < jobs ? SHARE : PAGE;
	parallel_for(jobs, (n + d->step - 1) / d->step, decide_nth, d);
	return !atomic_load(&d->failed);
}

static size_t absolute_bytes(const struct model *m)
{
	return (m->img->symtab.n / 64 + 1) * sizeof(*m->absolute);
}

static size_t value_bytes(const struct model *m)
{
	return ((size_t)m->img->symtab.n + 1) * sizeof(*m->value);
}

/* A file that never gets its name; NULL if there can be none. */
static struct outfile *words_file(void)
{
	char *path = temporary_path("rvreloc-words");
	struct outfile *o;
	struct diag d;

	diag_init(&d, 1);
	o = path ? outfile_new(path, 0600, &d) : NULL;
	diag_free(&d);
	free(path);
	return o;
}

/* The words, mapped, of a file that is gone with the mapping; NULL: no room for it. */
static uint32_t *decide_aside(struct model *m, unsigned jobs,
			      const struct symbol_sink *to, struct outfile *o)
{
	static const uint32_t unknown = SYMBOL_UNKNOWN;
	struct deciding d = { .m = m, .fd = outfile_fd(o), .to = to };

	return decide_all(&d, jobs) &&
	       write_words(d.fd, m->img->symtab.n, 1, &unknown) ?
	       pages_map(d.fd, value_bytes(m)) : NULL;
}

void model_decide(struct model *m, size_t max, unsigned jobs,
		  const struct symbol_sink *to)
{
	struct outfile *o = m->img->symtab.n > max ? words_file() : NULL;
	struct deciding d = { .m = m, .to = o ? NULL : to };

	m->absolute = pages_alloc(absolute_bytes(m));
	if (o)
		m->value = decide_aside(m, jobs, to, o);
	outfile_abandon(o);
	if (m->value)
		return;
	d.value = m->value = pages_alloc(value_bytes(m));
	if (!m->value)
		return;
	m->value[m->img->symtab.n] = SYMBOL_UNKNOWN;
	decide_all(&d, jobs);
}

void model_free(struct model *m)
{
	free(m->sec);
	free(m->forced);
	if (m->img) {
		pages_free(m->absolute, absolute_bytes(m));
		pages_free(m->value, value_bytes(m));
	}
	m->sec = NULL;
	m->forced = NULL;
	m->absolute = NULL;
	m->value = NULL;
}

void model_report_guesses(const struct model *m, bool verbose, struct diag *d)
{
	const struct symtab *t = &m->img->symtab;
	bool low = m->lo < MODEL_LOW;

	if (!low && !verbose)
		return;
	for (uint32_t i = 1; i < t->n; i++) {
		struct symbol s = symtab_get(t, i);
		enum rule rule = RULE_USER;
		bool moves = symbol_moves(m, &s, i);

		if (!m->forced || !m->forced[i])
			symbol_moves_rare(m, t, &s, &rule);
		if (!rule_is_guess(rule))
			continue;
		if (low)
			diag_file(d, DIAG_ERROR,
				  "symbol %s = 0x%" PRIx64 " (%s): an address or a number? At a base below 0x%" PRIx64 " they look alike: say --moves=REGEX or --fixed=REGEX",
				  symtab_name(t, &s), s.value, rule_text(rule),
				  MODEL_LOW);
		else
			diag_file(d, DIAG_NOTE, "symbol %s = 0x%" PRIx64 " taken as %s: %s",
				  symtab_name(t, &s), s.value,
				  moves ? "moving" : "fixed", rule_text(rule));
	}
}
