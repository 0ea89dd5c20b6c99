/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "elfio/rewrite.h"
#include "relocator/apply.h"
#include "relocator/buildid.h"
#include "relocator/embed.h"
#include "relocator/strip.h"
#include "relocator/window.h"

static const char help[] =
"Usage: rvreloc retarget WHERE [OPTION...] FILE\n\n"
"Writes FILE as the linker would have written it at another virtual base.\n\n"
"WHERE is one of\n"
"      --to=ADDR         the new address of the image's lowest byte\n"
"      --delta=[+-]N     how far to move it\n"
"      --window=WINDOW   BASE:SIZE, or last-2g, linear, vmalloc; the latter two\n"
"                        also as linear-sv48 and so on\n"
"      --slot=N          which aligned place in the window (default 0; without\n"
"                        --window: in last-2g)\n\n"
"      --mode=MODE       sv32, sv39, sv48 or sv57: check addresses for it\n"
"  -o, --output=OUT      write OUT ('-': standard output) instead of replacing FILE\n"
"      --system-map=OUT  also write the symbols as System.map has them\n"
"      --build-id=derive|keep   give the result an id of its own (default), or not\n"
"      --debug=refuse|keep|drop what to do with debug sections that cannot be\n"
"                        moved truly, for the linker has lost their records\n"
"      --compress-debug=keep|none   store compressed sections compressed again\n"
"                        (default), or plain\n"
"      --strip-relocs    leave out the records, and what only they needed\n\n";

static const char example[] =
"\nNumbers take 0x and K, M, G. Example:\n"
"  rvreloc retarget --window=last-2g --slot=64 -o vmlinux.moved vmlinux\n";

enum {
	OPT_TO = OPT_OWN, OPT_DELTA, OPT_WINDOW, OPT_SLOT, OPT_MODE,
	OPT_SYSTEM_MAP, OPT_BUILD_ID, OPT_DEBUG, OPT_COMPRESS,
	OPT_STRIP
};

struct options {
	struct common common;
	const char *to, *delta, *window, *slot, *out, *system_map;
	enum vm_mode mode;
	int keep_build_id, compress;
	bool strip;
};

static bool parse_own(struct options *o, int opt, const char *arg)
{
	static const char *const ids[] = { "derive", "keep", NULL };
	static const char *const debug[] = { "refuse", "keep", "drop", NULL };
	static const char *const compress[] = { "keep", "none", NULL };
	int which;

	switch (opt) {
	case OPT_TO:
		o->to = arg;
		return true;
	case OPT_DELTA:
		o->delta = arg;
		return true;
	case OPT_WINDOW:
		o->window = arg;
		return true;
	case OPT_SLOT:
		o->slot = arg;
		return true;
	case OPT_SYSTEM_MAP:
		o->system_map = arg;
		return true;
	case 'o':
		o->out = arg;
		return true;
	case OPT_MODE:
		if (window_mode_parse(arg, &o->mode))
			return true;
		usage_error("retarget", "--mode=%s: it is one of sv32, sv39, sv48, sv57", arg);
		return false;
	case OPT_BUILD_ID:
		return one_of("retarget", "build-id", arg, ids,
			      &o->keep_build_id);
	case OPT_DEBUG:
		if (!one_of("retarget", "debug", arg, debug, &which))
			return false;
		o->common.plan.debug = (enum debug_mode)which;
		return true;
	case OPT_STRIP:
		o->strip = true;
		return true;
	case OPT_COMPRESS:
		return one_of("retarget", "compress-debug", arg, compress,
			      &o->compress);
	}
	return common_option(&o->common, opt, arg);
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

/* Checks everything, then writes the moved file aside. */
static struct outfile *write_moved(const struct options *o,
				   const struct image *img, uint64_t delta,
				   const char *out, struct diag *d)
{
	struct plan *p = plan_build(img, &o->common.plan, d);
	struct rewrite *rw = rewrite_new(img);
	struct apply *a = NULL;
	struct outfile *f = NULL;

	if (p && rw && !d->errors) {
		plan_target(p, delta);
		if (!o->keep_build_id)
			buildid_derive(p);
	}
	if (p && rw && !d->errors && embed_again(p, rw))
		a = apply_new(p, rw, (enum compress_mode)o->compress,
			      o->common.jobs);
	if (a && o->strip && !strip_records(&p->m, rw))
		diag_no_memory(d);
	while (a && !d->errors) {
		f = rewrite_write(rw, out, o->common.jobs, d);
		if (!f || !apply_again(a))
			break;
		outfile_abandon(f);
		f = NULL;
	}
	apply_free(a);
	rewrite_free(rw);
	plan_free(p);
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

	if (ok && o->strip) {
		ok = model_init(&m, img, NULL, NULL, d) &&
		     strip_records(&m, rw);
		model_free(&m);
	}
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
	if (map && !outfile_commit(map, d)) {
		outfile_abandon(f);
		return false;
	}
	return outfile_commit(f, d);
}

static bool parse(struct options *o, int argc, char **argv, bool *helped)
{
	static const struct option longs[] = {
		COMMON_LONG,
		{ "to", required_argument, NULL, OPT_TO },
		{ "delta", required_argument, NULL, OPT_DELTA },
		{ "window", required_argument, NULL, OPT_WINDOW },
		{ "slot", required_argument, NULL, OPT_SLOT },
		{ "mode", required_argument, NULL, OPT_MODE },
		{ "output", required_argument, NULL, 'o' },
		{ "system-map", required_argument, NULL, OPT_SYSTEM_MAP },
		{ "build-id", required_argument, NULL, OPT_BUILD_ID },
		{ "debug", required_argument, NULL, OPT_DEBUG },
		{ "compress-debug", required_argument, NULL, OPT_COMPRESS },
		{ "strip-relocs", no_argument, NULL, OPT_STRIP },
		{ 0 }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "o:" COMMON_SHORT, longs,
				  NULL)) != -1) {
		if (opt == 'h') {
			printf("%s%s%s", help, common_help, example);
			*helped = true;
			return true;
		}
		if (!parse_own(o, opt, optarg))
			return false;
	}
	if (argc - optind != 1) {
		usage_error("retarget", "it takes one FILE");
		return false;
	}
	if (!o->out)
		o->out = argv[optind];
	if (o->system_map && strcmp(o->system_map, "-") &&
	    !strcmp(o->system_map, o->out)) {
		usage_error("retarget", "--system-map would replace the image");
		return false;
	}
	if (!!o->to + !!o->delta + (o->window || o->slot) != 1) {
		usage_error("retarget",
			    "say where to: one of --to, --delta, --window with --slot");
		return false;
	}
	return true;
}

int cmd_retarget(int argc, char **argv)
{
	struct options o = { .mode = MODE_ANY };
	bool helped = false;

	common_init(&o.common);
	if (!parse(&o, argc, argv, &helped))
		return EXIT_TROUBLE;
	if (helped)
		return EXIT_DONE;
	return run_on(&o.common, argv[optind], retarget, &o);
}
