/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "elfio/temporary.h"
#include "move.h"
#include "progress.h"

static bool write_moved(struct against *a, struct plan *p,
			const struct common *c, struct diag *d)
{
	struct move how = { .keep_build_id = true, .compress = COMPRESS_KEEP };
	struct rewrite *rw = rewrite_new(p->img);
	char *path = temporary_path("rvreloc-moved"), name[64];

	if (path)
		a->file = move_image(p, rw, &how, a->delta, c, path);
	rewrite_free(rw);
	free(path);
	if (!a->file || d->errors)
		return false;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", outfile_fd(a->file));
	a->moved = image_open(name, d);
	return a->moved;
}

/* How far it is from the plan's image to the other; false after a message. */
static bool find_delta(struct against *a, const struct plan *p, struct diag *d)
{
	struct comparison *c = &a->result;
	struct model m;

	if (a->relinked->xlen != p->img->xlen) {
		snprintf(c->other, sizeof(c->other), "it is rv%u", a->relinked->xlen);
		return true;
	}
	if (!model_init(&m, a->relinked, NULL, NULL, d))
		return false;
	a->delta = m.lo - p->m.lo;
	if (a->delta % p->m.align)
		snprintf(c->other, sizeof(c->other),
			 "it begins at 0x%" PRIx64 ", and a move from 0x%" PRIx64 " is by a multiple of 0x%" PRIx64,
			 m.lo, p->m.lo, p->m.align);
	model_free(&m);
	return true;
}

/* Values that do not fit there are found at a place; the rest is trouble. */
static bool is_trouble(const struct diag *d)
{
	bool trouble = d->no_memory || !d->errors;

	for (unsigned i = 0; i < d->n; i++)
		trouble |= d->entry[i].level == DIAG_ERROR &&
			   d->entry[i].shndx == DIAG_FILE;
	return trouble;
}

static bool not_moved(struct against *a, const struct plan *p, const char *where)
{
	snprintf(a->result.other, sizeof(a->result.other),
		 "%s cannot be moved%s, as the errors say", p->img->path, where);
	return true;
}

/* `of` is what is said of the other file. */
static bool compare(struct against *a, struct plan *p, const char *path,
		    const struct common *c, struct diag *of, struct diag *d)
{
	a->relinked = image_open(path, of);
	if (!a->relinked || !find_delta(a, p, of))
		return false;
	if (a->result.other[0])
		return true;
	if (!write_moved(a, p, c, d))
		return !is_trouble(d) && not_moved(a, p, " there");
	progress_stage(c, "comparing");
	return compare_images(p, a->delta, a->moved, a->relinked, c->max_errors,
			      &a->result, of);
}

static void where_in(void *ctx, uint32_t shndx, uint64_t off, char *buf, size_t len)
{
	image_where(ctx, shndx, off, buf, len);
}

bool against_run(struct against *a, struct plan *p, const char *path,
		 const struct common *c, struct diag *d)
{
	struct diag of;
	bool ok;

	if (d->errors)
		return not_moved(a, p, "");
	diag_init(&of, c->max_errors);
	ok = compare(a, p, path, c, &of, d);
	progress_end();
	diag_print(&of, stderr, path, a->relinked ? where_in : NULL, a->relinked,
		   c->quiet);
	if (!ok && of.errors)
		diag_file(d, DIAG_ERROR, "not compared with %s", path);
	diag_free(&of);
	return ok;
}

void against_free(struct against *a)
{
	comparison_free(&a->result);
	image_close(a->moved);
	image_close(a->relinked);
	outfile_abandon(a->file);
}

/* --- Showing it. --- */

static void place(const struct against *a, const struct difference *f,
		  char *buf, size_t len)
{
	if (f->shndx == DIAG_FILE)
		snprintf(buf, len, f->bytes == 1 ? "file+0x%" PRIx64 : "headers", f->off);
	else
		image_where(a->moved, f->shndx, f->off, buf, len);
}

static void print_one(const struct against *a, const struct difference *f)
{
	char where[512], type[16];
	int width = 2 * (int)f->bytes;

	place(a, f, where, sizeof(where));
	printf("  %s: ", where);
	if (f->kind == DIFF_RECORDED)
		printf("%s%s", reloc_name(f->type, type), f->name ? " against " : "");
	printf("%s", f->name ? f->name : "");
	if (f->bytes)
		printf("%smoved 0x%0*" PRIx64 ", relinked 0x%0*" PRIx64,
		       f->name || f->kind == DIFF_RECORDED ? ": " : "",
		       width, f->ours, width, f->theirs);
	printf("%s%s\n", f->name || f->bytes ? ": " : "", diff_text(f->kind));
}

static void print_some(const struct against *a, bool explained)
{
	const struct difference *f = a->result.shown.at;

	for (size_t i = 0; i < a->result.shown.n; i++)
		if (diff_is_explained(f[i].kind) == explained)
			print_one(a, &f[i]);
}

static void print_kinds(const struct against *a, const struct common *c,
			bool explained)
{
	char n[GROUPED];

	for (enum diff_kind k = 0; k < DIFF_KINDS; k++)
		if (a->result.n[k] && diff_is_explained(k) == explained)
			printf("  %s%12s  %s%s\n", style(c, explained ? PLAIN : RED),
			       grouped(a->result.n[k], n), diff_text(k),
			       style(c, PLAIN));
}

void against_print(const struct against *a, const struct common *c)
{
	const struct comparison *r = &a->result;
	char n[GROUPED], shown[GROUPED];

	if (r->other[0]) {
		printf("\n%sNot compared%s: %s\n", style(c, RED), style(c, PLAIN),
		       r->other);
		return;
	}
	printf("\nMoved by 0x%" PRIx64 ", compared with %s\n",
	       a->delta & addr_top(a->moved->xlen), a->relinked->path);
	if (r->identical) {
		printf("  the same to the last byte\n");
		return;
	}
	if (r->explained) {
		printf("Differences that are explained: %s\n", grouped(r->explained, n));
		print_kinds(a, c, true);
		print_some(a, true);
	}
	if (!r->unexplained) {
		printf("  and no others\n");
		return;
	}
	printf("Differences that are not: %s\n", grouped(r->unexplained, n));
	print_kinds(a, c, false);
	print_some(a, false);
	if (r->unexplained > c->max_errors)
		printf("  the first %s are shown (--max-errors shows more)\n",
		       grouped(c->max_errors, shown));
}

static json_t *json_difference(const struct against *a, const struct difference *f)
{
	char where[512], type[16];

	place(a, f, where, sizeof(where));
	return json_pack("{s:o,s:o,s:b,s:s,s:o,s:o,s:o,s:o}",
		"place", json_text(where), "offset", json_address(f->off),
		"explained", diff_is_explained(f->kind), "what", diff_text(f->kind),
		"type", f->kind == DIFF_RECORDED ?
			json_text(reloc_name(f->type, type)) : json_null(),
		"name", f->name ? json_text(f->name) : json_null(),
		"moved", f->bytes ? json_address(f->ours) : json_null(),
		"relinked", f->bytes ? json_address(f->theirs) : json_null());
}

json_t *against_json(const struct against *a)
{
	const struct comparison *r = &a->result;
	json_t *kinds = json_array(), *all = json_array();

	for (enum diff_kind k = 0; k < DIFF_KINDS; k++)
		if (r->n[k])
			json_array_append_new(kinds, json_pack("{s:s,s:b,s:I}",
				"what", diff_text(k),
				"explained", diff_is_explained(k),
				"differences", (json_int_t)r->n[k]));
	for (size_t i = 0; i < r->shown.n; i++)
		json_array_append_new(all, json_difference(a,
				(const struct difference *)r->shown.at + i));
	return json_pack("{s:o,s:o,s:b,s:b,s:I,s:I,s:o,s:o}",
		"relinked", a->relinked ? json_text(a->relinked->path) : json_null(),
		"not_compared", r->other[0] ? json_text(r->other) : json_null(),
		"identical", r->identical, "holds", comparison_holds(r),
		"explained", (json_int_t)r->explained,
		"unexplained", (json_int_t)r->unexplained,
		"kinds", kinds, "differences", all);
}
