/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>

#include "relocator/count.h"
#include "relocator/formats.h"
#include "show.h"

static const char *type_text(uint16_t type)
{
	switch (type) {
	case ET_REL:
		return "object (ET_REL)";
	case ET_EXEC:
		return "executable (ET_EXEC)";
	case ET_DYN:
		return "position-independent (ET_DYN)";
	}
	return "other";
}

static const char *row_name(uint32_t type)
{
	return type == COUNT_UNKNOWN ? "unknown types" : relocs[type].name;
}

static void print_counts(const struct type_count *c, bool effects)
{
	char n[28], moving[28];
	struct type_count sum = { 0 };

	printf("  %-26s %14s%s\n", "", "records", effects ? "        moved" : "");
	for (uint32_t t = 0; t < COUNT_TYPES; t++) {
		if (!c[t].n)
			continue;
		sum.n += c[t].n;
		sum.moving += c[t].moving;
		printf("  %-26s %14s", row_name(t), grouped(c[t].n, n));
		if (effects)
			printf(" %12s", c[t].moving ?
			       grouped(c[t].moving, moving) : "-");
		putchar('\n');
	}
	printf("  %-26s %14s", "all", grouped(sum.n, n));
	if (effects)
		printf(" %12s", grouped(sum.moving, moving));
	putchar('\n');
}

static void print_table_sizes(const struct table_sizes *t)
{
	char a[28], b[28];

	printf("\nA boot table of the %s words that move would take\n",
	       grouped(t->words, a));
	if (t->rvr)
		printf("  %12s bytes as rvr\n", grouped(t->rvr, a));
	printf("  %12s bytes as RELA\n", grouped(t->rela, a));
	printf("  %12s bytes as 32-bit offsets\n", grouped(t->offsets, a));
	printf("  %12s bytes as RELR", grouped(t->relr, a));
	if (t->relr_left)
		printf(", which leaves out %s words that are not aligned",
		       grouped(t->relr_left, b));
	putchar('\n');
	if (t->others)
		printf("  and %s other fields (instructions, 32-bit words), which only rvr has\n",
		       grouped(t->others, a));
	if (!t->rvr)
		printf("  there is none as rvr: rvreloc table says why\n");
}

static void print_text(const struct image *img, const struct plan *p,
		       const struct counts *c, const struct table_sizes *t)
{
	printf("%s: rv%u %s\n", img->path, img->xlen, type_text(img->type));
	if (p)
		printf("image at 0x%" PRIx64 " .. 0x%" PRIx64 ", shifts by multiples of 0x%" PRIx64 "\n",
		       p->m.lo, p->m.hi - 1, p->m.align);
	printf("\nRecords of loaded sections\n");
	print_counts(c->loaded, p);
	printf("\nRecords of sections that are not loaded\n");
	print_counts(c->other, p);
	if (p)
		print_table_sizes(t);
}

/* NULL when memory runs out. */
static json_t *json_counts(const struct type_count *c, bool effects)
{
	json_t *all = json_object();

	for (uint32_t t = 0; all && t < COUNT_TYPES; t++) {
		json_t *one;

		if (!c[t].n)
			continue;
		one = json_pack(effects ? "{s:I,s:I}" : "{s:I}",
				"records", (json_int_t)c[t].n,
				"moved", (json_int_t)c[t].moving);
		if (!one || json_object_set_new(all, t == COUNT_UNKNOWN ?
						"unknown" : row_name(t), one)) {
			json_decref(all);
			all = NULL;
		}
	}
	return all;
}

static json_t *json_plan(const struct plan *p, const struct table_sizes *t)
{
	return json_pack("{s:{s:o,s:o,s:I},s:{s:I,s:I,s:o,s:I,s:I,s:I,s:I}}",
		"image", "base", json_address(p->m.lo),
		"end", json_address(p->m.hi),
		"alignment", (json_int_t)p->m.align,
		"table", "words", (json_int_t)t->words,
		"other_fields", (json_int_t)t->others,
		"rvr_bytes", t->rvr ? json_integer((json_int_t)t->rvr) :
				      json_null(),
		"rela_bytes", (json_int_t)t->rela,
		"offsets_bytes", (json_int_t)t->offsets,
		"relr_bytes", (json_int_t)t->relr,
		"relr_left_out", (json_int_t)t->relr_left);
}

static bool print_json(const struct image *img, const struct plan *p,
		       const struct counts *c, const struct table_sizes *t)
{
	json_t *all = json_pack("{s:s,s:i,s:s,s:o,s:o}",
		"file", img->path, "xlen", (int)img->xlen,
		"type", img->type == ET_REL ? "ET_REL" :
			img->type == ET_EXEC ? "ET_EXEC" : "ET_DYN",
		"loaded", json_counts(c->loaded, p),
		"not_loaded", json_counts(c->other, p));
	json_t *plan = p ? json_plan(p, t) : json_object();
	bool ok = all && plan && !json_object_update(all, plan) &&
		  !json_dumpf(all, stdout, JSON_INDENT(2));

	if (ok)
		putchar('\n');
	json_decref(plan);
	json_decref(all);
	return ok;
}

struct options {
	struct common common;
	bool json;
};

static bool inspect(void *ctx, const struct image *img, struct diag *d)
{
	const struct options *o = ctx;
	struct plan *p = NULL;
	struct table_sizes t;
	struct counts c;
	bool ok = true;

	if (img->machine != EM_RISCV) {
		diag_file(d, DIAG_ERROR, "not for RISC-V (e_machine %u)",
			  img->machine);
		return false;
	}
	if (img->type == ET_REL) {
		count_plain(img, &c);
	} else {
		p = plan_build(img, &o->common.plan, d);
		ok = p && count_records(p, o->common.jobs, &c) && table_sizes(p, &t);
	}
	if (ok && o->json)
		ok = print_json(img, p, &c, &t);
	else if (ok)
		print_text(img, p, &c, &t);
	plan_free(p);
	return ok && !d->errors;
}

enum { OPT_JSON = OPT_OWN };

static bool take(void *ctx, int id, const char *arg, int word)
{
	struct options *o = ctx;

	(void)arg, (void)word;
	if (id == OPT_JSON)
		o->json = true;
	return true;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct options o = { .json = false };
	int file;

	common_init(&o.common);
	/* What cannot be moved is still worth looking at. */
	o.common.plan.debug = DEBUG_KEEP;
	file = options_parse(self, argc, argv, &o.common, take, &o);
	if (file <= 0)
		return file ? EXIT_TROUBLE : EXIT_DONE;
	if (argc - file != 1)
		return usage_error(self->name, "it takes one FILE");
	return run_on(&o.common, argv[file], inspect, &o);
}

const struct command cmd_inspect = {
	.name = "inspect",
	.summary = "show the relocations of an image",
	.usage = "[OPTION...] FILE",
	.about =
"Shows the relocation records of FILE: how many there are of each type, which\n"
"of them a move changes, and what a boot table of them would take.",
	.options = (const struct option_row[]){
		{ "json", OPT_JSON, NULL, "the same as JSON" },
		{ 0 }
	},
	.example = "rvreloc inspect vmlinux",
	.run = run,
};
