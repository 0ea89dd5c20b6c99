/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "relocator/apply.h"
#include "relocator/embed.h"
#include "relocator/formats.h"
#include "relocator/strip.h"

static const char help[] =
"Usage: rvreloc table [--format=F] -o OUT FILE\n"
"       rvreloc table [--format=F] --embed[=SECTION] [-o OUT] FILE\n\n"
"Makes the table by which FILE, running, moves itself to another base: what\n"
"changes, and how. It has no say in what is not loaded.\n\n"
"      --format=rvr      for rvreloc_apply() (boot/); the default\n"
"               relr     ELF's RELR, of the words that are aligned\n"
"               rela     Elf_Rela, R_RISCV_RELATIVE\n"
"               offsets  32-bit offsets, a list for each kind, 0 behind each\n"
"               c        the same lists in C\n"
"  -o, --output=OUT      write OUT ('-': standard output)\n"
"      --embed[=SECTION] put the table into SECTION (default " EMBED_SECTION "), and write\n"
"                        the image to OUT, or instead of FILE\n"
"      --strip-relocs    with --embed: leave out the records, and what only they\n"
"                        needed\n\n";

static const char example[] =
"\nExample, as the last step of a kernel's link:\n"
"  rvreloc table --embed --strip-relocs vmlinux\n";

enum { OPT_FORMAT = OPT_OWN, OPT_EMBED, OPT_STRIP };

struct options {
	struct common common;
	int format;
	const char *section;	/* NULL: not embedded */
	const char *out;
	bool strip;
};

/* --- A file of its own. --- */

static bool write_all(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		p += w;
		n -= (size_t)w;
	}
	return true;
}

static struct outfile *write_bytes(const char *out, const uint8_t *bytes,
				   size_t size, struct diag *d)
{
	struct outfile *f = outfile_new(out, 0666, d);

	if (!f || write_all(outfile_fd(f), bytes, size))
		return f;
	diag_file(d, DIAG_ERROR, "cannot write %s: %s", out, strerror(errno));
	outfile_abandon(f);
	return NULL;
}

/* RELA has the addends; all else adds to what the words hold. */
static bool is_filled(const struct plan *p, const struct table *t, int format)
{
	const struct table_fill *f = t->fill;
	uint32_t in;

	if (!t->nfill || format == FORMAT_RELA)
		return true;
	in = image_section_at(p->img, t->base + f->off);
	diag_at(p->d, DIAG_ERROR, in, t->base + f->off - p->img->sec[in].addr,
		"the word is 0 in the file and waits for a dynamic loader (%zu such words), while --format=%s adds to what the words hold: --embed puts their values there, --format=rela has them itself",
		t->nfill, table_formats[format]);
	return false;
}

/* --- In the image. --- */

static struct outfile *write_image(const struct options *o, struct plan *p,
				   const struct table *t, const uint8_t *bytes,
				   size_t size)
{
	uint32_t shndx = embed_section(p, o->section);
	struct rewrite *rw = shndx ? rewrite_new(p->img) : NULL;
	struct apply *a = NULL;
	struct outfile *f = NULL;

	if (rw && embed_table(p, rw, shndx, t, bytes, size))
		a = apply_new(p, rw, COMPRESS_KEEP, o->common.jobs);
	if (a && (!o->strip || strip_records(&p->m, rw)))
		f = rewrite_write(rw, o->out, o->common.jobs, p->d);
	apply_free(a);
	rewrite_free(rw);
	return f;
}

static bool table(void *ctx, const struct image *img, struct diag *d)
{
	const struct options *o = ctx;
	struct plan *p = plan_build(img, &o->common.plan, d);
	struct outfile *f = NULL;
	struct table t = { 0 };
	uint8_t *bytes = NULL;
	size_t size;

	if (p && !d->errors && table_build(p, &t) &&
	    (o->section || is_filled(p, &t, o->format)) &&
	    table_write(p, &t, (enum table_format)o->format, &bytes, &size))
		f = o->section ? write_image(o, p, &t, bytes, size) :
				 write_bytes(o->out, bytes, size, d);
	free(bytes);
	table_free(&t);
	plan_free(p);
	if (f && !d->errors)
		return outfile_commit(f, d);
	outfile_abandon(f);
	return false;
}

static bool parse_own(struct options *o, int opt, const char *arg)
{
	switch (opt) {
	case OPT_FORMAT:
		return one_of("table", "format", arg, table_formats,
			      &o->format);
	case OPT_EMBED:
		o->section = arg ? arg : EMBED_SECTION;
		return true;
	case OPT_STRIP:
		o->strip = true;
		return true;
	case 'o':
		o->out = arg;
		return true;
	}
	return common_option(&o->common, opt, arg);
}

/* Why the options do not go together, or NULL. */
static const char *wrong(const struct options *o)
{
	if (!o->section && !o->out)
		return "say where the table goes: -o OUT, or --embed";
	if (!o->section && o->strip)
		return "--strip-relocs goes with --embed";
	if (o->section && o->format == FORMAT_C)
		return "--format=c is no table to embed";
	return NULL;
}

int cmd_table(int argc, char **argv)
{
	static const struct option longs[] = {
		COMMON_LONG,
		{ "format", required_argument, NULL, OPT_FORMAT },
		{ "embed", optional_argument, NULL, OPT_EMBED },
		{ "strip-relocs", no_argument, NULL, OPT_STRIP },
		{ "output", required_argument, NULL, 'o' },
		{ 0 }
	};
	struct options o = { .format = FORMAT_RVR };
	int opt;

	common_init(&o.common);
	o.common.plan.debug = DEBUG_IGNORE;
	while ((opt = getopt_long(argc, argv, "o:" COMMON_SHORT, longs,
				  NULL)) != -1) {
		if (opt == 'h') {
			printf("%s%s%s", help, common_help, example);
			return EXIT_DONE;
		}
		if (!parse_own(&o, opt, optarg))
			return EXIT_TROUBLE;
	}
	if (argc - optind != 1)
		return usage_error("table", "it takes one FILE");
	if (wrong(&o))
		return usage_error("table", "%s", wrong(&o));
	if (!o.out)
		o.out = argv[optind];
	return run_on(&o.common, argv[optind], table, &o);
}
