/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "progress.h"
#include "relocator/reach.h"
#include "show.h"

enum {
	OPT_WINDOW = OPT_OWN, OPT_MODE, OPT_MODULES, OPT_JSON
};

enum { MODES = MODE_ANY, LISTED = 16 };

#define PAGE	UINT64_C(4096)

struct options {
	struct common common;
	const char *window, *modules;
	enum vm_mode mode;
	bool has_mode, json, found;
};

/* A window, and what was found about it. */
struct planned {
	const struct options *o;
	const struct image *img;
	const struct model *m;
	struct window w;
	bool left_alone;	/* no window was asked for, and none is usual */
	uint64_t size;		/* of the image */
	uint64_t granule, slots;
	uint64_t first, last;	/* bases in the first and the last slot */
	uint64_t at;		/* where the map has the kernel */
	uint64_t slot;		/* which slot that is */
	bool here;		/* it is where the image is now */
	struct range modules, bpf;	/* of the kernel at `at` */
	uint64_t farthest;	/* from a BPF program to the kernel's other end */
	const char *why_not[MODES];	/* why it is no window in a mode, or NULL */
	uint64_t packed;	/* modules in DIR that are compressed */
	struct reach r;
};

static bool take(void *ctx, int id, const char *arg, int word)
{
	struct options *o = ctx;

	switch (id) {
	case OPT_WINDOW:
		o->window = arg;
		break;
	case OPT_MODE:
		o->mode = (enum vm_mode)word;
		o->has_mode = true;
		break;
	case OPT_MODULES:
		o->modules = arg;
		break;
	case OPT_JSON:
		o->json = true;
		break;
	}
	return true;
}

/* --- The plan. --- */

static bool of_class(unsigned xlen, unsigned mode)
{
	return (mode == MODE_SV32) == (xlen == 32);
}

static bool find_window(struct planned *w, struct diag *d)
{
	const struct options *o = w->o;
	unsigned xlen = w->img->xlen;
	const char *text = o->window ? o->window : WINDOW_DEFAULT;
	uint64_t slots;

	if (o->has_mode && o->mode != MODE_ANY && !of_class(xlen, o->mode)) {
		diag_file(d, DIAG_ERROR, "--mode=%s is not one of rv%u",
			  window_mode_name(o->mode), xlen);
		return false;
	}
	w->left_alone = xlen == 32 && !o->window;
	w->slots = 1;
	w->first = w->last = w->m->lo;
	if (w->left_alone) {
		w->w = (struct window){ "as linked", MODE_SV32, w->m->lo, w->size };
		return true;
	}
	if (!window_parse(text, xlen, o->mode, &w->w)) {
		diag_file(d, DIAG_ERROR,
			  "--window=%s: not BASE:SIZE, nor a window of %s on rv%u",
			  text, window_mode_name(o->mode), xlen);
		return false;
	}
	if (!window_slot(&w->w, xlen, w->size, w->m->lo, w->granule, 0, &w->first,
			 &w->slots)) {
		diag_file(d, DIAG_ERROR,
			  "window %s has no slot for an image of 0x%" PRIx64 " bytes",
			  text, w->size);
		return false;
	}
	if (w->w.size >> 62) {
		diag_file(d, DIAG_ERROR, "--window=%s: no mode has so many addresses", text);
		return false;
	}
	w->w.name = text;
	return window_slot(&w->w, xlen, w->size, w->m->lo, w->granule,
			   w->slots - 1, &w->last, &slots);
}

/* Where the map shows the kernel: where it is, or in the first slot. */
static void find_place(struct planned *w)
{
	uint64_t off = w->m->lo - w->first, end;

	w->here = w->m->lo >= w->first && w->m->lo <= w->last &&
		  off % w->granule == 0;
	w->at = w->here ? w->m->lo : w->first;
	w->slot = (w->at - w->first) / w->granule;
	end = w->at + (w->r.end - w->m->lo);
	w->modules = linux_modules(w->img->xlen, w->at, end);
	w->bpf = linux_bpf(w->img->xlen, w->at);
	w->farthest = end - w->bpf.base;
}

static void find_modes(struct planned *w)
{
	const struct range *mod = &w->r.layout[LAYOUT_LINUX].modules;
	unsigned xlen = w->img->xlen;

	for (unsigned mode = 0; mode < MODES; mode++) {
		if (!of_class(xlen, mode))
			continue;
		w->why_not[mode] = window_refuses(xlen, (enum vm_mode)mode,
						  w->first, w->last - w->first + w->size);
		if (!w->why_not[mode])
			w->why_not[mode] = window_refuses(xlen, (enum vm_mode)mode,
							  mod->base, mod->size);
	}
}

static bool overlap(const struct window *w, uint64_t from, uint64_t to)
{
	return from <= w->base + (w->size - 1) && to >= w->base;
}

/*
 * What Linux has in a mode where the kernel, or its modules, may be: name i
 * of those, or NULL.
 */
static const char *taken_by(const struct planned *w, unsigned mode, size_t i)
{
	const struct range *mod = &w->r.layout[LAYOUT_LINUX].modules;
	const struct window *have;

	for (size_t k = 0; (have = window_list(w->img->xlen, k)); k++)
		if (have->mode == (enum vm_mode)mode &&
		    strcmp(have->name, WINDOW_DEFAULT) &&
		    (overlap(have, w->first, w->last + w->size - 1) ||
		     overlap(have, mod->base, mod->base + mod->size - 1)) && !i--)
			return have->name;
	return NULL;
}

/* Whether it is a window in the modes that were asked for: any, unless said. */
static bool modes_hold(const struct planned *w)
{
	const struct options *o = w->o;
	bool any = false, all = true;

	if (o->has_mode && o->mode != MODE_ANY)
		return !w->why_not[o->mode];
	for (unsigned mode = 0; mode < MODES; mode++)
		if (of_class(w->img->xlen, mode)) {
			any |= !w->why_not[mode];
			all &= !w->why_not[mode];
		}
	return o->has_mode ? all : any;
}

static bool bpf_reaches(const struct planned *w)
{
	return w->img->xlen == 32 || w->farthest <= (UINT64_C(1) << 31) - 0x800;
}

static uint64_t beyond(const struct planned *w, unsigned layout)
{
	uint64_t n = w->r.beyond;

	for (size_t i = 0; i < w->r.nmod; i++)
		n += w->r.mod[i].beyond[layout];
	return n;
}

static uint64_t missing(const struct planned *w)
{
	uint64_t n = 0;

	for (size_t i = 0; i < w->r.nmod; i++)
		n += w->r.mod[i].missing;
	return n;
}

static uint64_t modules_size(const struct planned *w)
{
	uint64_t n = 0;

	/* Each of its two areas ends with a page that stays free. */
	for (size_t i = 0; i < w->r.nmod; i++)
		n += w->r.mod[i].core + PAGE +
		     (w->r.mod[i].init ? w->r.mod[i].init + PAGE : 0);
	return n;
}

/* --- Reading modules. --- */

/* nftw() has no argument for what it calls. */
static struct {
	struct vec paths;	/* char * */
	uint64_t packed;
	bool failed;
} walk;

static int note_file(const char *path, const struct stat *st, int type,
		     struct FTW *ftw)
{
	const char *name = path + ftw->base, *dot = strstr(name, ".ko");
	char *copy;

	(void)st;
	if (type != FTW_F || !dot || (dot[3] && dot[3] != '.'))
		return 0;
	if (strcmp(dot, ".ko")) {
		walk.packed += !strcmp(dot, ".ko.xz") || !strcmp(dot, ".ko.gz") ||
			       !strcmp(dot, ".ko.zst");
		return 0;
	}
	copy = strdup(path);
	if (copy && vec_push(&walk.paths, &copy))
		return 0;
	free(copy);
	walk.failed = true;
	return 1;
}

static int by_text(const void *a, const void *b)
{
	char *const *x = a, *const *y = b;

	return strcmp(*x, *y);
}

/* Why an image is no module of this kernel, or NULL. */
static const char *no_module(const struct planned *w, const struct image *img)
{
	if (img->machine != EM_RISCV)
		return "not for RISC-V";
	if (img->xlen != w->img->xlen)
		return "not of the kernel's class";
	if (img->type != ET_REL)
		return "not a module: it is linked";
	return NULL;
}

/* What is wrong with a module is said here, under its own name. */
static bool add_module(struct planned *w, const char *path)
{
	struct image *img;
	const char *why;
	struct diag d;
	bool ok = false;

	diag_init(&d, w->o->common.max_errors);
	img = image_open(path, &d);
	why = img ? no_module(w, img) : NULL;
	if (why)
		diag_file(&d, DIAG_ERROR, "%s", why);
	if (img && !why)
		ok = reach_add(&w->r, path + strlen(w->o->modules) +
			       (path[strlen(w->o->modules)] == '/'), img);
	else
		image_close(img);
	progress_end();
	diag_print(&d, stderr, path, NULL, NULL, w->o->common.quiet);
	diag_free(&d);
	return ok;
}

static bool read_modules(struct planned *w, struct diag *d)
{
	char **path;
	size_t bad = 0;
	bool ok;

	if (!w->o->modules)
		return true;
	walk.paths.size = sizeof(char *);
	errno = 0;
	ok = !nftw(w->o->modules, note_file, 16, FTW_PHYS) && !walk.failed;
	if (!ok && !walk.failed)
		diag_file(d, DIAG_ERROR, "--modules=%s: %s", w->o->modules,
			  strerror(errno));
	vec_sort(&walk.paths, by_text);
	path = walk.paths.at;
	for (size_t i = 0; i < walk.paths.n; i++) {
		bad += ok && !add_module(w, path[i]);
		free(path[i]);
	}
	free(walk.paths.at);
	w->packed = walk.packed;
	if (bad)
		diag_file(d, DIAG_ERROR, "--modules=%s: %zu of %zu files cannot be used",
			  w->o->modules, bad, walk.paths.n);
	else if (ok && !walk.paths.n)
		diag_file(d, DIAG_ERROR, walk.packed ?
			  "--modules=%s: all modules there are compressed: unpack them first" :
			  "--modules=%s: there is no .ko in it", w->o->modules);
	else if (walk.packed)
		diag_file(d, DIAG_WARNING, "--modules=%s: %" PRIu64 " compressed modules are left out",
			  w->o->modules, walk.packed);
	return ok && !d->errors;
}

/* --- The map. --- */

struct area {
	const char *what;	/* for programs */
	const char *text;	/* for people */
	uint64_t base, size;
	enum style style;
};

enum { AREAS = 8 };

static size_t make_map(const struct planned *w, struct area a[AREAS])
{
	uint64_t top = addr_top(w->img->xlen), to = w->w.base + w->w.size - 1;
	uint64_t end = w->at + (w->r.end - w->m->lo);
	size_t n = 0;

	if (to < w->w.base || to > top)
		to = top;
	a[n++] = (struct area){ "modules", "modules", w->modules.base,
				w->modules.size - w->bpf.size, BLUE };
	a[n++] = (struct area){ "bpf", "modules and BPF programs", w->bpf.base,
				w->bpf.size, YELLOW };
	if (w->img->xlen == 32 && w->at > w->w.base)
		a[n++] = (struct area){ "free", "free for the kernel", w->w.base,
					w->at - w->w.base, DIM };
	a[n++] = (struct area){ "kernel", "kernel", w->at, end - w->at, GREEN };
	if (to > top - PAGE)
		to = top - PAGE;
	if (end <= to && !w->left_alone)
		a[n++] = (struct area){ "free", "free for the kernel", end,
					to - end + 1, DIM };
	if (w->w.base + w->w.size - 1 >= top || w->w.base + w->w.size < w->w.base)
		a[n++] = (struct area){ "guard", "stays free: error pointers",
					top - PAGE + 1, PAGE, DIM };
	return n;
}

/* "2.63 MiB", in buf. */
static const char *human(uint64_t bytes, char buf[24])
{
	static const char units[][4] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned u = 0;
	double v = (double)bytes;

	while (u < 6 && v >= 1024) {
		v /= 1024;
		u++;
	}
	snprintf(buf, 24, "%.4g %s", v, units[u]);
	return buf;
}

/* --- For people. --- */

static int digits(const struct planned *w)
{
	return (int)w->img->xlen / 4;
}

static void print_head(const struct planned *w)
{
	const struct common *c = &w->o->common;
	uint64_t last = w->w.base + w->w.size - 1;
	char a[24];

	if (last < w->w.base)
		last = addr_top(w->img->xlen);
	printf("%s%s%s: rv%u, %s at 0x%" PRIx64 "\n", style(c, BOLD), w->img->path,
	       style(c, PLAIN), w->img->xlen, human(w->size, a), w->m->lo);
	if (w->left_alone)
		printf("Window: none. The map of rv32 is left as it is; --window=linear and its like\n"
		       "plan another.\n");
	else
		printf("Window %s: 0x%0*" PRIx64 " .. 0x%0*" PRIx64 ", %s\n", w->w.name,
		       digits(w), w->w.base, digits(w), last, human(w->w.size, a));
	putchar('\n');
}

static void print_modes(const struct planned *w)
{
	const struct common *c = &w->o->common;
	unsigned good = 0, all = 0;
	const char *name;

	for (unsigned mode = 0; mode < MODES; mode++) {
		const char *why = w->why_not[mode];

		if (!of_class(w->img->xlen, mode))
			continue;
		all++;
		good += !why;
		printf("  %-6s %s%s%s", window_mode_name((enum vm_mode)mode),
		       style(c, why ? RED : GREEN), why ? why : "canonical",
		       style(c, PLAIN));
		for (size_t i = 0; !why && (name = taken_by(w, mode, i)); i++)
			printf("%s%s", i ? ", " : "; Linux has here: ", name);
		putchar('\n');
	}
	if (good == all && all > 1)
		printf("  the same addresses in all of them\n");
}

static void print_map(const struct planned *w)
{
	const struct common *c = &w->o->common;
	struct area a[AREAS];
	size_t n = make_map(w, a);
	const struct range *all = &w->r.layout[LAYOUT_LINUX].modules;
	char size[24], g1[GROUPED], g2[GROUPED];

	printf("\nMap, with the kernel %s\n", w->here ? "where it is now" :
	       "in the first slot");
	for (size_t i = 0; i < n; i++) {
		if (i && a[i].base > a[i - 1].base + a[i - 1].size)
			printf("  %*s\n", digits(w) + 2, ":");
		printf("  0x%0*" PRIx64 "  %10s  %s%s%s", digits(w), a[i].base,
		       human(a[i].size, size), style(c, a[i].style), a[i].text,
		       style(c, PLAIN));
		if (!strcmp(a[i].what, "kernel") && !w->left_alone)
			printf(", slot %s of 0 .. %s", grouped(w->slot, g1),
			       grouped(w->slots - 1, g2));
		putchar('\n');
	}
	printf("\nHeadroom\n");
	if (!w->left_alone)
		printf("  %14s  slots of %s, from 0x%" PRIx64 " to 0x%" PRIx64 "\n",
		       grouped(w->slots, g1), human(w->granule, size), w->first,
		       w->last);
	printf("  %14s  for modules and BPF programs", human(w->modules.size, size));
	if (w->img->xlen == 64)
		printf(", which follow the kernel");
	printf("\n  %14s  of it for BPF programs\n", human(w->bpf.size, size));
	if (w->r.nmod)
		printf("  %14s  of it taken by the %s in %s\n",
		       human(modules_size(w), size),
		       w->r.nmod == 1 ? "module" : "modules", w->o->modules);
	if (w->slots > 1)
		printf("Over all slots, modules and BPF programs lie from 0x%" PRIx64 " to 0x%" PRIx64 ".\n",
		       all->base, all->base + (all->size - 1));
}

static void print_verdict(const struct planned *w, const char *who, uint64_t refs,
			  uint64_t bad, const char *good, const char *more)
{
	const struct common *c = &w->o->common;
	char a[GROUPED], b[GROUPED];

	printf("  %-24s %14s  ", who, grouped(refs, a));
	if (bad)
		printf("%s%s do not reach%s%s\n", style(c, RED), grouped(bad, b),
		       style(c, PLAIN), more);
	else
		printf("%s%s%s%s\n", style(c, GREEN), good, style(c, PLAIN), more);
}

static void print_module(const struct planned *w, const struct reach_module *m)
{
	char more[160] = "", a[GROUPED], b[GROUPED];

	if (m->far_calls[LAYOUT_LINUX])
		snprintf(more, sizeof(more), ", %s calls by %s trampolines",
			 grouped(m->far_calls[LAYOUT_LINUX], a),
			 grouped(m->trampolines[LAYOUT_LINUX], b));
	if (m->missing)
		snprintf(strchr(more, '\0'), 72, ", %s lead to what nobody defines",
			 grouped(m->missing, a));
	print_verdict(w, m->name, m->refs, m->beyond[LAYOUT_LINUX],
		      m->missing ? "the others reach" : "all reach", more);
}

static struct reach_module sum_of(const struct reach *r)
{
	struct reach_module sum = { .name = (char *)"all modules" };

	for (size_t i = 0; i < r->nmod; i++) {
		const struct reach_module *m = &r->mod[i];

		sum.refs += m->refs;
		sum.plt += m->plt;
		sum.got += m->got;
		sum.missing += m->missing;
		for (unsigned l = 0; l < LAYOUTS; l++) {
			sum.beyond[l] += m->beyond[l];
			sum.far_calls[l] += m->far_calls[l];
			sum.trampolines[l] += m->trampolines[l];
		}
	}
	return sum;
}

static void print_modules(const struct planned *w)
{
	const struct reach *r = &w->r;
	struct reach_module sum = sum_of(r);
	char a[GROUPED], b[GROUPED];

	for (size_t i = 0; i < r->nmod; i++) {
		const struct reach_module *m = &r->mod[i];

		if (r->nmod <= LISTED || m->beyond[LAYOUT_LINUX] || m->missing ||
		    m->far_calls[LAYOUT_LINUX])
			print_module(w, m);
	}
	if (r->nmod > 1)
		print_module(w, &sum);
	printf("\nTrampolines\n");
	printf("  %14s  PLT and %s GOT entries have room in the modules\n",
	       grouped(sum.plt, a), grouped(sum.got, b));
	printf("  %14s  PLT entries are needed where Linux puts modules\n",
	       grouped(sum.trampolines[LAYOUT_LINUX], a));
	printf("  %14s  if modules were anywhere in the window",
	       grouped(sum.trampolines[LAYOUT_ANYWHERE], a));
	if (sum.beyond[LAYOUT_ANYWHERE])
		printf(", and %s references would not reach",
		       grouped(sum.beyond[LAYOUT_ANYWHERE], b));
	putchar('\n');
}

static void print_reach(const struct planned *w)
{
	const struct reach *r = &w->r;
	char more[120], a[GROUPED], size[24];

	printf("\nReach, from the first slot to the last%22s\n", "references");
	snprintf(more, sizeof(more), ", %s of them to what stays behind%s",
		 grouped(r->fixed, a), r->as_lui ? " (some as lui)" : "");
	print_verdict(w, "kernel, PC-relative", r->refs, 0, "all reach",
		      r->fixed ? more : ": they move as one");
	if (r->absolute + r->fixed)
		print_verdict(w, "kernel, 32-bit and fixed",
			      r->absolute + r->fixed, r->beyond, "all reach", "");
	printf("  %-24s %14s  %s from a program to the other end of the kernel\n",
	       "BPF", "", human(w->farthest, size));
	if (r->nmod)
		print_modules(w);
}

static void where(const struct planned *w, const struct reach_finding *f,
		  char *buf, size_t room)
{
	image_where(f->mod ? f->mod->img : w->img, f->shndx, f->off, buf, room);
}

static void print_findings(const struct planned *w)
{
	const struct reach_finding *f = w->r.findings.at;
	size_t n = w->r.findings.n, max = w->o->common.max_errors;
	char place[512], name[16], a[GROUPED];

	if (n)
		printf("\nWhat does not reach\n");
	for (size_t i = 0; i < n && i < max; i++) {
		where(w, &f[i], place, sizeof(place));
		printf("  %s:%s: %s against %s: ", f[i].mod ? f[i].mod->name : w->img->path,
		       place, reloc_name(f[i].type, name), f[i].symbol);
		if (f[i].missing)
			printf("neither the kernel nor another module defines it\n");
		else if (f[i].far_call)
			printf("0x%" PRIx64 " away at the worst, through a trampoline\n", f[i].value);
		else
			printf("0x%" PRIx64 " does not fit\n", f[i].value);
	}
	if (n > max)
		printf("  and %s more (--max-errors shows them)\n", grouped(n - max, a));
}

/* --- For programs. --- */

static json_t *json_modes(const struct planned *w)
{
	json_t *all = json_array(), *over;
	const char *name;

	for (unsigned mode = 0; all && mode < MODES; mode++) {
		if (!of_class(w->img->xlen, mode))
			continue;
		over = json_array();
		for (size_t i = 0; (name = taken_by(w, mode, i)); i++)
			json_array_append_new(over, json_string(name));
		json_array_append_new(all, json_pack("{s:s,s:b,s:s?,s:o}",
			"mode", window_mode_name((enum vm_mode)mode),
			"fits", !w->why_not[mode], "why", w->why_not[mode],
			"over", over));
	}
	return all;
}

static json_t *json_map(const struct planned *w)
{
	struct area a[AREAS];
	size_t n = make_map(w, a);
	json_t *all = json_array();

	for (size_t i = 0; all && i < n; i++)
		json_array_append_new(all, json_pack("{s:s,s:o,s:I}", "what", a[i].what,
			"base", json_address(a[i].base), "bytes", (json_int_t)a[i].size));
	return all;
}

static json_t *json_layout(const struct reach_module *m, unsigned l)
{
	return json_pack("{s:I,s:I,s:I}", "beyond", (json_int_t)m->beyond[l],
			 "far_calls", (json_int_t)m->far_calls[l],
			 "trampolines", (json_int_t)m->trampolines[l]);
}

static json_t *json_modules(const struct planned *w)
{
	json_t *all = json_array();

	for (size_t i = 0; all && i < w->r.nmod; i++) {
		const struct reach_module *m = &w->r.mod[i];

		json_array_append_new(all, json_pack(
			"{s:s,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:o,s:o}",
			"name", m->name, "core_bytes", (json_int_t)m->core,
			"init_bytes", (json_int_t)m->init,
			"references", (json_int_t)m->refs,
			"calls", (json_int_t)m->calls,
			"branches", (json_int_t)m->branches,
			"plt_entries", (json_int_t)m->plt,
			"got_entries", (json_int_t)m->got,
			"missing", (json_int_t)m->missing,
			"linux", json_layout(m, LAYOUT_LINUX),
			"anywhere", json_layout(m, LAYOUT_ANYWHERE)));
	}
	return all;
}

static json_t *json_findings(const struct planned *w)
{
	const struct reach_finding *f = w->r.findings.at;
	json_t *all = json_array();
	char name[16];

	for (size_t i = 0; all && i < w->r.findings.n && i < w->o->common.max_errors; i++) {
		const struct image *img = f[i].mod ? f[i].mod->img : w->img;

		json_array_append_new(all, json_pack("{s:s?,s:s,s:o,s:s,s:s,s:s,s:o?}",
			"module", f[i].mod ? f[i].mod->name : NULL,
			"section", img->sec[f[i].shndx].name,
			"offset", json_address(f[i].off),
			"type", reloc_name(f[i].type, name),
			"symbol", f[i].symbol,
			"what", f[i].missing ? "missing" : f[i].far_call ? "far call" : "beyond",
			"value", f[i].missing ? NULL : json_address(f[i].value)));
	}
	return all;
}

static bool print_json(const struct planned *w)
{
	const struct reach *r = &w->r;
	json_t *all = json_pack(
		"{s:s,s:i,s:{s:o,s:I,s:I},s:{s:s,s:o,s:I,s:b},s:o,"
		"s:{s:I,s:I,s:o,s:o,s:o},s:o,s:{s:I,s:I,s:I},s:{s:I,s:I,s:I,s:I,s:I},"
		"s:{s:I,s:b},s:o,s:I,s:o,s:b}",
		"file", w->img->path, "xlen", (int)w->img->xlen,
		"image", "base", json_address(w->m->lo), "bytes", (json_int_t)w->size,
		"alignment", (json_int_t)w->m->align,
		"window", "name", w->w.name, "base", json_address(w->w.base),
		"bytes", (json_int_t)w->w.size, "left_alone", (int)w->left_alone,
		"modes", json_modes(w),
		"slots", "count", (json_int_t)w->slots, "bytes", (json_int_t)w->granule,
		"first", json_address(w->first), "last", json_address(w->last),
		"here", w->here ? json_integer((json_int_t)w->slot) : json_null(),
		"map", json_map(w),
		"room", "modules", (json_int_t)w->modules.size,
		"bpf", (json_int_t)w->bpf.size, "taken", (json_int_t)modules_size(w),
		"kernel", "pc_relative", (json_int_t)r->refs, "fixed", (json_int_t)r->fixed,
		"absolute", (json_int_t)r->absolute, "beyond", (json_int_t)r->beyond,
		"as_lui", (json_int_t)r->as_lui,
		"bpf", "farthest", (json_int_t)w->farthest, "reaches", (int)bpf_reaches(w),
		"modules", json_modules(w), "compressed_modules", (json_int_t)w->packed,
		"findings", json_findings(w), "reaches", !w->o->found);

	return json_print(all, JSON_INDENT(2));
}

/* --- All of it. --- */

static void print_text(const struct planned *w)
{
	print_head(w);
	print_modes(w);
	print_map(w);
	print_reach(w);
	print_findings(w);
}

static bool work(void *ctx, const struct image *img, struct diag *d)
{
	struct options *o = ctx;
	struct planned w = { .o = o, .img = img };
	struct plan *p;
	bool ok;

	progress_stage(&o->common, "checking");
	p = plan_build(img, &o->common.plan, d);
	if (!p || d->errors) {
		plan_free(p);
		return false;
	}
	w.m = &p->m;
	w.size = p->m.hi - p->m.lo;
	w.granule = window_granule(img->xlen, p->m.align);
	ok = find_window(&w, d);
	if (ok) {
		reach_init(&w.r, p, w.first, w.last, &w.w);
		find_place(&w);
		find_modes(&w);
		ok = read_modules(&w, d) && reach_judge(&w.r);
		o->found = beyond(&w, LAYOUT_LINUX) || missing(&w) ||
			   !modes_hold(&w) || !bpf_reaches(&w);
		progress_end();
		if (ok && o->json)
			ok = print_json(&w);
		else if (ok)
			print_text(&w);
		reach_free(&w.r);
	}
	plan_free(p);
	return ok && !d->errors;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options o = { .mode = MODE_ANY };
	int file, status;

	common_init(&o.common);
	/* What cannot be moved truly is no matter of where it may be. */
	o.common.plan.debug = DEBUG_KEEP;
	file = options_parse(self, argc, argv, &o.common, take, &o);
	if (file <= 0)
		return file ? EXIT_TROUBLE : EXIT_DONE;
	status = run_on(&o.common, argv[file], work, &o);
	return status == EXIT_DONE && o.found ? EXIT_FOUND : status;
}

const struct command cmd_window = {
	.name = "window",
	.summary = "plan where a kernel, its modules and BPF may be",
	.usage = "[OPTION...] FILE",
	.operands = 1,
	.takes = "one FILE",
	.about =
"Shows what room a window of virtual addresses gives to the kernel FILE, to its\n"
"modules and to BPF programs, and whether all that they refer to stays within\n"
"reach, wherever in it they are.",
	.options = (const struct option_row[]){
		{ "window", OPT_WINDOW, "WINDOW",
		  "BASE:SIZE, last-2g (default on rv64), linear, vmalloc;\n"
		  "the latter two also as linear-sv48 and so on" },
		{ "mode", OPT_MODE, "sv32|sv39|sv48|sv57|all",
		  "it must be a window in this mode, or in all of them\n"
		  "(default: in any)" },
		{ "modules", OPT_MODULES, "DIR",
		  "also look at each module, *.ko, in DIR and below" },
		{ "json", OPT_JSON, NULL, "the same as JSON" },
		{ 0 }
	},
	.more = "Numbers take 0x and K, M, G.",
	.example = "rvreloc window --mode=all --modules=/lib/modules/6.1.0 vmlinux",
	.found = "something does not reach, or it is no window in that mode",
	.run = run,
};
