/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "elfio/compress.h"
#include "elfio/rewrite.h"
#include "match.h"
#include "move.h"
#include "progress.h"
#include "relocator/ahead.h"
#include "relocator/strip.h"
#include "relocator/window.h"

enum {
	OPT_TO = OPT_OWN, OPT_DELTA, OPT_WINDOW, OPT_SLOT, OPT_MATCH,
	OPT_MODE, OPT_SYSTEM_MAP, OPT_BUILD_ID, OPT_DEBUG, OPT_COMPRESS,
	OPT_STRIP
};

struct options {
	struct common common;
	const char *to, *delta, *window, *slot, *match, *out, *system_map;
	enum vm_mode mode;
	int keep_build_id, compress;
	bool strip;
};

static bool take(void *ctx, int id, const char *arg, int word)
{
	struct options *o = ctx;

	switch (id) {
	case OPT_TO:
		o->to = arg;
		break;
	case OPT_DELTA:
		o->delta = arg;
		break;
	case OPT_WINDOW:
		o->window = arg;
		break;
	case OPT_SLOT:
		o->slot = arg;
		break;
	case OPT_MATCH:
		o->match = arg;
		break;
	case OPT_MODE:
		o->mode = (enum vm_mode)word;
		break;
	case 'o':
		o->out = arg;
		break;
	case OPT_SYSTEM_MAP:
		o->system_map = arg;
		break;
	case OPT_BUILD_ID:
		o->keep_build_id = word;
		break;
	case OPT_DEBUG:
		o->common.plan.debug = (enum debug_mode)word;
		break;
	case OPT_COMPRESS:
		o->compress = word;
		break;
	case OPT_STRIP:
		o->strip = true;
		break;
	}
	return true;
}

/* --- Where to. --- */

static bool parse_delta(const char *text, uint64_t *delta)
{
	bool minus = *text == '-';

	if (!parse_number(text + (minus || *text == '+'), delta))
		return false;
	if (minus)
		*delta = -*delta;
	return true;
}

static bool in_window(const struct options *o, const struct model *m,
		      uint64_t *to, struct diag *d)
{
	const char *text = o->window ? o->window : WINDOW_DEFAULT;
	unsigned xlen = m->img->xlen;
	uint64_t granule = window_granule(xlen, m->align);
	uint64_t size = m->hi - m->lo, slot = 0, slots;
	struct window w;

	if (o->slot && !parse_number(o->slot, &slot)) {
		diag_file(d, DIAG_ERROR, "--slot=%s is not a number", o->slot);
		return false;
	}
	if (!window_parse(text, xlen, o->mode, &w)) {
		diag_file(d, DIAG_ERROR,
			  "--window=%s: not BASE:SIZE, nor a window of %s on rv%u",
			  text, window_mode_name(o->mode), xlen);
		return false;
	}
	if (window_slot(&w, xlen, size, m->lo, granule, slot, to, &slots))
		return true;
	diag_file(d, DIAG_ERROR, slots ?
		  "window %s has %" PRIu64 " slots of 0x%" PRIx64 " for an image of 0x%" PRIx64 " bytes: no slot %" PRIu64 :
		  "window %s has room for %" PRIu64 " slots of 0x%" PRIx64 ": the image of 0x%" PRIx64 " bytes does not fit (slot %" PRIu64 ")",
		  text, slots, granule, size, slot);
	return false;
}

/* Where to, as the options say; false after a message. */
static bool find_base(const struct options *o, const struct model *m,
		      uint64_t *to, struct diag *d)
{
	uint64_t mask = addr_top(m->img->xlen);

	if (o->to) {
		if (parse_number(o->to, to))
			return true;
		diag_file(d, DIAG_ERROR, "--to=%s is not an address", o->to);
		return false;
	}
	if (o->match)
		return match_base(o->match, m, to, d);
	if (!o->delta)
		return in_window(o, m, to, d);
	if (!parse_delta(o->delta, to)) {
		diag_file(d, DIAG_ERROR, "--delta=%s is not a number",
			  o->delta);
		return false;
	}
	*to = (m->lo + *to) & mask;
	return true;
}

/* The shift, once it is known that the image may be there. */
static bool find_delta(const struct options *o, const struct image *img,
		       uint64_t *delta, struct diag *d)
{
	const char *why;
	struct model m;
	uint64_t to = 0;

	if (!model_init(&m, img, NULL, NULL, d))
		return false;
	if (find_base(o, &m, &to, d) && to != m.lo) {
		why = window_refuses(img->xlen, o->mode, to, m.hi - m.lo);
		if (why)
			diag_file(d, DIAG_ERROR,
				  "it cannot be at 0x%" PRIx64 " .. 0x%" PRIx64 " (%s): %s",
				  to, to + (m.hi - m.lo - 1),
				  window_mode_name(o->mode), why);
		if ((to - m.lo) % m.align)
			diag_file(d, DIAG_ERROR,
				  "a move from 0x%" PRIx64 " to 0x%" PRIx64 " breaks the image's alignment: it must be a multiple of 0x%" PRIx64,
				  m.lo, to, m.align);
	}
	*delta = to - m.lo;
	model_free(&m);
	return !d->errors;
}

/* --- Doing it. --- */

static struct outfile *write_map(const struct options *o,
				 const struct image *img, uint64_t delta,
				 struct diag *d)
{
	const struct plan_options *plan = &o->common.plan;
	struct outfile *map;
	struct model m;

	if (!model_init(&m, img, plan->fixed, plan->moves, d))
		return NULL;
	map = outfile_new(o->system_map, 0666, d);
	if (map && !system_map_write(&m, delta, outfile_fd(map))) {
		diag_file(d, DIAG_ERROR, "cannot write %s", o->system_map);
		outfile_abandon(map);
		map = NULL;
	}
	model_free(&m);
	return map;
}

/* Whether it is worth it: a small file is in memory, and what moves sections makes
 * it all in vain. */
static bool goes_ahead(const struct options *o, const struct image *img,
		       uint64_t delta)
{
	bool packed = false;

	for (uint32_t i = 1; i < img->nsec; i++)
		packed |= section_is_packed(&img->sec[i]);
	return delta && !img->held && !packed && !o->strip &&
	       o->common.plan.debug != DEBUG_DROP;
}

static struct outfile *write_moved(const struct options *o,
				   const struct image *img, uint64_t delta,
				   const char *out, struct diag *d)
{
	struct move how = { o->keep_build_id, o->strip,
			    (enum compress_mode)o->compress };
	struct plan_options opt = o->common.plan;
	struct rewrite *rw = rewrite_new(img);
	struct outfile *f = NULL;
	struct plan *p = NULL;
	struct ahead a;
	bool ahead = rw && goes_ahead(o, img, delta);

	if (ahead)
		opt.symbols = &a.sink;
	if (!ahead || ahead_open(&a, rw, delta, out, o->common.jobs, d))
		p = plan_build(img, &opt, d);
	if (p && ahead)
		ahead_close(&a);
	if (p && !d->errors)
		f = move_image(p, rw, &how, delta, &o->common, out);
	plan_free(p);
	rewrite_free(rw);
	return f;
}

/* No field changes, so no record that could be wrong matters. */
static struct outfile *write_copy(const struct options *o,
				  const struct image *img, const char *out,
				  struct diag *d)
{
	struct rewrite *rw = rewrite_new(img);
	struct outfile *f = NULL;
	struct model m;
	bool ok = rw;

	if (o->strip && img->type != ET_EXEC && img->type != ET_DYN) {
		diag_file(d, DIAG_ERROR,
			  "not a linked image (e_type %u): the linker needs its records",
			  img->type);
		ok = false;
	}
	if (ok && o->strip) {
		ok = model_init(&m, img, NULL, NULL, d) &&
		     strip_records(&m, rw);
		model_free(&m);
	}
	progress_stage(&o->common, "writing");
	if (ok)
		f = rewrite_write(rw, out, o->common.jobs, d);
	rewrite_free(rw);
	return f;
}

static bool retarget(void *ctx, const struct image *img, struct diag *d)
{
	const struct options *o = ctx;
	const char *out = o->out;
	struct outfile *f, *map = NULL;
	uint64_t delta;

	if (!find_delta(o, img, &delta, d))
		return false;
	progress_stage(&o->common, "checking");
	f = delta || o->compress == COMPRESS_NONE ?
	    write_moved(o, img, delta, out, d) : write_copy(o, img, out, d);
	if (f && !d->errors && o->system_map)
		map = write_map(o, img, delta, d);
	if (!f || d->errors || (map && !outfile_prepare(map, d)) ||
	    !outfile_prepare(f, d)) {
		outfile_abandon(f);
		outfile_abandon(map);
		return false;
	}
	/*
	 * All is written and known to be right; now it becomes visible. The
	 * map goes first: it may be a stream, which can fail late.
	 */
	progress_end();
	if (map && !outfile_commit(map, d)) {
		outfile_abandon(f);
		return false;
	}
	return outfile_commit(f, d);
}

/* Why the options do not go together, or NULL. */
static const char *wrong(const struct options *o, const char *file)
{
	if (o->system_map && (is_replaced(o->out, o->system_map) ||
			      is_replaced(file, o->system_map)))
		return "--system-map would replace the image";
	if (!!o->to + !!o->delta + !!o->match + (o->window || o->slot) != 1)
		return "say where to: one of --to, --delta, --match, --window with --slot";
	if (o->match && !strcmp(o->match, "-") && !strcmp(file, "-"))
		return "--match and FILE cannot both be standard input";
	return NULL;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options o = { .mode = MODE_ANY };
	const char *why;
	int file;

	common_init(&o.common);
	file = options_parse(self, argc, argv, &o.common, take, &o);
	if (file <= 0)
		return file ? EXIT_TROUBLE : EXIT_DONE;
	if (!o.out)
		o.out = argv[file];
	why = wrong(&o, argv[file]);
	if (why)
		return usage_error(self->name, "%s", why);
	return run_on(&o.common, argv[file], retarget, &o);
}

const struct command cmd_retarget = {
	.name = "retarget",
	.summary = "write the image at another virtual base",
	.usage = "WHERE [OPTION...] FILE",
	.operands = 1,
	.takes = "one FILE",
	.about =
"Writes FILE as the linker would have written it at another virtual base. WHERE\n"
"is one of --to, --delta, --match, and --window with --slot.",
	.options = (const struct option_row[]){
		{ "to", OPT_TO, "ADDR", "the new address of the image's lowest byte" },
		{ "delta", OPT_DELTA, "[+-]N", "how far to move it" },
		{ "window", OPT_WINDOW, "WINDOW",
		  "BASE:SIZE, or last-2g, linear, vmalloc; the latter two\n"
		  "also as linear-sv48 and so on" },
		{ "slot", OPT_SLOT, "N",
		  "which aligned place in the window (default 0; without\n"
		  "--window: in last-2g)" },
		{ "match", OPT_MATCH, "TEXT",
		  "where the running kernel is, of which TEXT is\n"
		  "/proc/kallsyms, System.map, or a boot log, oops or\n"
		  "vmcoreinfo ('-': standard input)" },
		{ "mode", OPT_MODE, "sv32|sv39|sv48|sv57", "check addresses for it" },
		{ "output", 'o', "OUT",
		  "write OUT ('-': standard output) instead of replacing\nFILE" },
		{ "system-map", OPT_SYSTEM_MAP, "OUT",
		  "also write the symbols as System.map has them" },
		{ "build-id", OPT_BUILD_ID, "derive|keep",
		  "give the result an id of its own (default), or not" },
		{ "debug", OPT_DEBUG, "refuse|keep|drop",
		  "what to do with debug sections that cannot be moved\n"
		  "truly, for the linker has lost their records" },
		{ "compress-debug", OPT_COMPRESS, "keep|none",
		  "store compressed sections compressed again (default),\nor plain" },
		{ "strip-relocs", OPT_STRIP, NULL,
		  "leave out the records, and what only they needed" },
		{ 0 }
	},
	.more = "Numbers take 0x and K, M, G.",
	.example = "rvreloc retarget --window=last-2g --slot=64 -o vmlinux.moved vmlinux\n"
"rvreloc retarget --match=/proc/kallsyms -o vmlinux.running vmlinux",
	.run = run,
};
