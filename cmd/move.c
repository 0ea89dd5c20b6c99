/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "move.h"

#include "progress.h"
#include "relocator/buildid.h"
#include "relocator/embed.h"
#include "relocator/strip.h"

struct outfile *move_image(struct plan *p, struct rewrite *rw,
			   const struct move *how, uint64_t delta,
			   const struct common *c, const char *out)
{
	struct outfile *f = NULL;
	struct apply *a = NULL;
	struct diag *d = p->d;

	if (!rw)
		return NULL;
	progress_stage(c, "writing");
	plan_target(p, delta);
	if (!how->keep_build_id)
		buildid_derive(p);
	if (!d->errors && embed_again(p, rw))
		a = apply_new(p, rw, how->compress, c->jobs);
	if (a && how->strip && !strip_records(&p->m, rw))
		diag_no_memory(d);
	while (a && !d->errors) {
		f = rewrite_write(rw, out, c->jobs, d);
		if (!f || !apply_again(a))
			break;
		outfile_abandon(f);
		f = NULL;
	}
	apply_free(a);
	return f;
}
