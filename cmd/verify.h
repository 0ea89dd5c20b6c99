/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of `verify`: each does its work, then shows it as text or JSON. */
#ifndef CMD_VERIFY_H
#define CMD_VERIFY_H

#include "relocator/against.h"
#include "relocator/attribute.h"
#include "relocator/scan.h"
#include "show.h"

/* The file that the image is compared with, moved to where that is. */
struct against {
	struct image *relinked;
	struct image *moved;
	struct outfile *file;	/* of `moved` */
	uint64_t delta;
	struct comparison result;
};

/*
 * Opens the file at path, moves the plan's image there, and compares. False
 * after a message in d or when memory ran out. against_free() in any case.
 */
bool against_run(struct against *a, struct plan *p, const char *path,
		 const struct common *c, struct diag *d);
void against_free(struct against *a);
void against_print(const struct against *a, const struct common *c);
json_t *against_json(const struct against *a);

void scan_print(const struct plan *p, const struct scan *s,
		const struct symbol_index *ix, const struct common *c);
json_t *scan_json(const struct plan *p, const struct scan *s,
		  const struct symbol_index *ix, unsigned max);

#endif
