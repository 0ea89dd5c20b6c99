/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"
#include "progress.h"
#include "relocator/apply.h"
#include "relocator/embed.h"
#include "relocator/formats.h"
#include "relocator/strip.h"

enum { OPT_FORMAT = OPT_OWN, OPT_EMBED, OPT_STRIP };

struct options {
	struct common common;
	int format;
	const char *section;	/* NULL: not embedded */
	const char *out;
	bool strip;
};

/* --- A file of its own. --- */

static struct outfile *write_bytes(const char *out, const uint8_t *bytes,
				   size_t size, struct diag *d)
{
	struct outfile *f = outfile_new(out, 0666, d);

	if (!f || outfile_put(f, bytes, size))
		return f;
	diag_file(d, DIAG_ERROR, "cannot write %s: %s", out, strerror(errno));
	outfile_abandon(f);
	return NULL;
}

/* The first of the words that the file leaves to a loader, and `format` too. */
static const struct table_fill *unfilled(const struct table *t, int format)
{
	const struct table_place *w = t->place;
	size_t i = 0;

	/* RELA has the values of what moves, which as words come first. */
	while (format == FORMAT_RELA && i < t->nfill) {
		while (w < t->place + t->n && w->kind == TABLE_WORD &&
		       w->off < t->fill[i].off)
			w++;
		if (w == t->place + t->n || w->kind != TABLE_WORD ||
		    w->off != t->fill[i].off)
			break;
		i++;
	}
	return i < t->nfill ? &t->fill[i] : NULL;
}

static bool is_filled(const struct plan *p, const struct table *t, int format)
{
	const struct table_fill *f = unfilled(t, format);
	uint64_t addr;
	uint32_t in;

	if (!f)
		return true;
	addr = t->base + f->off;
	in = image_section_at(p->img, addr);
	diag_at(p->d, DIAG_ERROR, in, addr - p->img->sec[in].addr,
		format == FORMAT_RELA ?
		"the word is 0 in the file and waits for a dynamic loader to make it the constant 0x%" PRIx64 ", which no R_RISCV_RELATIVE can say: --embed puts it there" :
		"the word is 0 in the file and waits for a dynamic loader to make it 0x%" PRIx64 ", while --format=%s adds to what the words hold: --embed puts their values there, --format=rela has them itself",
		f->value, table_formats[format]);
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

	progress_stage(&o->common, "writing");
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
	struct outfile *f = NULL;
	struct table t = { 0 };
	uint8_t *bytes = NULL;
	struct plan *p;
	size_t size;

	progress_stage(&o->common, "checking");
	p = plan_build(img, &o->common.plan, d);
	if (p && !d->errors && table_build(p, &t) &&
	    (o->section || is_filled(p, &t, o->format)) &&
	    table_write(p, &t, (enum table_format)o->format, &bytes, &size))
		f = o->section ? write_image(o, p, &t, bytes, size) :
				 write_bytes(o->out, bytes, size, d);
	progress_end();
	free(bytes);
	table_free(&t);
	plan_free(p);
	if (f && !d->errors)
		return outfile_commit(f, d);
	outfile_abandon(f);
	return false;
}

static bool take(void *ctx, int id, const char *arg, int word)
{
	struct options *o = ctx;

	switch (id) {
	case OPT_FORMAT:
		o->format = word;
		break;
	case OPT_EMBED:
		o->section = arg ? arg : EMBED_SECTION;
		break;
	case OPT_STRIP:
		o->strip = true;
		break;
	case 'o':
		o->out = arg;
		break;
	}
	return true;
}

/* Why the options do not go together, or NULL. */
static const char *wrong(const struct options *o, const char *file)
{
	if (!o->section && !o->out)
		return "say where the table goes: -o OUT, or --embed";
	if (!o->section && is_replaced(file, o->out))
		return "the table would replace the image";
	if (!o->section && o->strip)
		return "--strip-relocs goes with --embed";
	if (o->section && o->format == FORMAT_C)
		return "--format=c is no table to embed";
	return NULL;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options o = { .format = FORMAT_RVR };
	int file;

	common_init(&o.common);
	o.common.plan.debug = DEBUG_IGNORE;
	file = options_parse(self, argc, argv, &o.common, take, &o);
	if (file <= 0)
		return file ? EXIT_TROUBLE : EXIT_DONE;
	if (wrong(&o, argv[file]))
		return usage_error(self->name, "%s", wrong(&o, argv[file]));
	if (!o.out)
		o.out = argv[file];
	return run_on(&o.common, argv[file], table, &o);
}

const struct command cmd_table = {
	.name = "table",
	.summary = "make the table that an image moves itself by at boot",
	.usage = "[OPTION...] -o OUT FILE\n[OPTION...] --embed[=SECTION] [-o OUT] FILE",
	.operands = 1,
	.takes = "one FILE",
	.about =
"Makes the table by which FILE, running, moves itself to another base: what\n"
"changes, and how. It has no say in what is not loaded.",
	.options = (const struct option_row[]){
		{ "format", OPT_FORMAT, "rvr|relr|rela|offsets|c",
		  "what it is for:\n"
		  "rvr: for rvreloc_apply() (boot/); the default\n"
		  "relr: ELF's RELR, of the words that are aligned\n"
		  "rela: Elf_Rela, R_RISCV_RELATIVE\n"
		  "offsets: 32-bit, a list for each kind, 0 behind each\n"
		  "c: the same lists in C" },
		{ "output", 'o', "OUT", "write OUT ('-': standard output)" },
		{ "embed", OPT_EMBED, "[SECTION]",
		  "put the table into SECTION (default " EMBED_SECTION "), and\n"
		  "write the image to OUT, or instead of FILE" },
		{ "strip-relocs", OPT_STRIP, NULL,
		  "with --embed: leave out the records, and what only\nthey needed" },
		{ 0 }
	},
	.example = "rvreloc table --embed --strip-relocs vmlinux",
	.run = run,
};
