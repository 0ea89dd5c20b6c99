/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "inspect.h"

#include <stdio.h>

#include "progress.h"

enum {
	OPT_JSON = OPT_OWN, OPT_BY, OPT_LIST, OPT_AT, OPT_FILTER, OPT_DISASSEMBLE,
	OPT_TO, OPT_DELTA, OPT_HTML
};

/* --- What the ways of showing share. --- */

const char *record_symbol(const struct image *img, const struct record *r)
{
	return r->sym && r->sym < img->symtab.n ?
	       attribute_name(img, r->sym, 0) : "";
}

bool value_is_signed(const struct finding *f)
{
	return fields[f->field].value != VALUE_DATA &&
	       (f->row->pc || fields[f->field].value == VALUE_INSN);
}

bool value_is_known(const struct seen *s)
{
	return s->f.row && s->sum && s->bytes && s->f.field != FIELD_OTHER &&
	       s->f.field != FIELD_ULEB &&
	       fields[s->f.field].bytes <= s->room;
}

/* --- The command. --- */

static bool show(struct inspect *o)
{
	if (o->list)
		return inspect_list(o);
	if (o->by != BY_NOTHING)
		return inspect_by(o);
	if (o->at)
		return inspect_at(o);
	return o->html ? inspect_html(o) : inspect_summary(o);
}

/* Said where it is not the topic. */
static void say_unfit(struct inspect *o)
{
	if (o->found.errors && (o->list || o->by != BY_NOTHING || o->at))
		diag_file(o->d, DIAG_NOTE,
			  "it cannot be moved as it is: rvreloc inspect without --list, --by or --at says why");
}

/* The summary of a kernel goes without an index of its 18 million symbols. */
static bool prepare(struct inspect *o)
{
	bool index = o->at || o->html || o->by == BY_SYMBOL || o->by == BY_SOURCE ||
		     o->filter.has[FILTER_IN];

	return (!index || symbol_index_init(&o->ix, o->img)) &&
	       ((!o->list && !o->at && !o->html && o->by == BY_NOTHING) ||
		filter_prepare(&o->filter, o->img, &o->ix));
}

static bool inspect(void *ctx, const struct image *img, struct diag *d)
{
	struct inspect *o = ctx;
	bool ok;

	if (img->machine != EM_RISCV) {
		diag_file(d, DIAG_ERROR, "not for RISC-V (e_machine %u)",
			  img->machine);
		return false;
	}
	o->img = img;
	o->d = d;
	diag_init(&o->found, o->common.max_errors);
	progress_stage(&o->common, "reading");
	if (img->type != ET_REL)
		o->p = plan_build(img, &o->common.plan, &o->found);
	ok = !o->found.no_memory &&
	     (o->p || img->type == ET_REL || o->found.errors) &&
	     prepare(o) && show(o);
	progress_end();
	say_unfit(o);
	ok = ok && !o->found.no_memory;
	filter_free(&o->filter);
	symbol_index_free(&o->ix);
	plan_free(o->p);
	diag_free(&o->found);
	return ok && !d->errors;
}

static bool take(void *ctx, int id, const char *arg, int word)
{
	struct inspect *o = ctx;

	switch (id) {
	case OPT_JSON:
		o->json = true;
		break;
	case OPT_BY:
		o->by = (enum by)word;
		break;
	case OPT_LIST:
		o->list = true;
		break;
	case OPT_AT:
		o->at = arg;
		break;
	case OPT_FILTER:
		return filter_take(&o->filter, arg);
	case OPT_DISASSEMBLE:
		o->disassemble = true;
		break;
	case OPT_TO:
		o->to = arg;
		break;
	case OPT_DELTA:
		o->delta = arg;
		break;
	case OPT_HTML:
		o->html = arg;
		break;
	}
	return true;
}

/* Why the options do not go together, or NULL. */
static const char *wrong(const struct inspect *o)
{
	bool by = o->by != BY_NOTHING;

	if (o->list + by + !!o->at + !!o->html > 1)
		return "one of --list, --by, --at and --html at a time";
	if (o->filter.n && !o->list && !by && !o->at)
		return "--filter goes with --list, --by or --at";
	if (o->disassemble && !o->at)
		return "--disassemble goes with --at";
	if ((o->to || o->delta) && !o->at)
		return "--to and --delta go with --at";
	if (o->to && o->delta)
		return "one of --to and --delta";
	if (o->html && o->json)
		return "--html is not JSON";
	return NULL;
}

static int run(const struct command *self, int argc, char **argv)
{
	struct inspect o = { .by = BY_NOTHING };
	int file;

	common_init(&o.common);
	/* What cannot be moved is still worth looking at. */
	o.common.plan.debug = DEBUG_FIND;
	file = options_parse(self, argc, argv, &o.common, take, &o);
	if (file <= 0)
		return file ? EXIT_TROUBLE : EXIT_DONE;
	if (wrong(&o))
		return usage_error(self->name, "%s", wrong(&o));
	if (o.html && is_replaced(argv[file], o.html))
		return usage_error(self->name, "--html would replace the image");
	return run_on(&o.common, argv[file], inspect, &o);
}

const struct command cmd_inspect = {
	.name = "inspect",
	.summary = "show the relocations of an image",
	.usage = "[OPTION...] FILE",
	.operands = 1,
	.takes = "one FILE",
	.about =
"Shows the relocation records of FILE: what there is of them, what a move does\n"
"to them, who causes what moves, and what a boot table would take.",
	.options = (const struct option_row[]){
		{ "by", OPT_BY, "section|symbol|type|source",
		  "rank who causes what moves, largest first" },
		{ "list", OPT_LIST, NULL,
		  "each record on a line: place, address, type, effect,\n"
		  "what the field holds, symbol and addend" },
		{ "at", OPT_AT, "PLACE",
		  "explain one place: ADDR, SYMBOL[+N] or SECTION+N" },
		{ "disassemble", OPT_DISASSEMBLE, NULL,
		  "with --at: also the code (or data) around it" },
		{ "to", OPT_TO, "ADDR",
		  "with --at: also what is there after a move of the\n"
		  "image's lowest byte to ADDR" },
		{ "delta", OPT_DELTA, "[+-]N", "the same, after a move by N bytes" },
		{ "filter", OPT_FILTER, "KEY=GLOB",
		  "only records that match; several filters: all of them.\n"
		  "KEY is type, section, symbol (that the record names),\n"
		  "in (the symbol that the place lies in) or effect" },
		{ "json", OPT_JSON, NULL,
		  "the same as JSON; --list: an object a line" },
		{ "html", OPT_HTML, "OUT", "write a page to look at: rankings and a map" },
		{ 0 }
	},
	.more =
"The effect of a move on what a record is about:\n"
"  moves    an address, which grows by the shift\n"
"  fixed    the distance to a target that stays, which shrinks by it\n"
"  same     nothing\n"
"  excused  nothing, and the bytes differ from the record for a known reason\n"
"  stale    the bytes and the record contradict each other: no move is possible\n"
"  refused  understood, and it cannot be moved truly\n"
"Numbers take 0x and K, M, G.",
	.example =
"rvreloc inspect vmlinux\n"
"rvreloc inspect --by=symbol --filter='section=.data*' vmlinux\n"
"rvreloc inspect --at=start_kernel+0x24 --disassemble --delta=1G vmlinux",
	.run = run,
};
