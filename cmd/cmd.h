/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the subcommands share. Only this folder prints and decides to exit. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>

#include "elfio/image.h"
#include "options.h"
#include "relocator/plan.h"

#define RVRELOC_VERSION "0.1"

enum { EXIT_DONE = 0, EXIT_FOUND = 1, EXIT_TROUBLE = 2 };

extern const struct command cmd_check, cmd_diff, cmd_inspect, cmd_retarget,
	cmd_table, cmd_verify, cmd_window;
extern const struct command *const commands[];	/* all of them, then NULL */

/* What --version says. */
void version_show(void);

enum when { AUTO, ALWAYS, NEVER };

/* Options that every command takes. */
struct common {
	unsigned jobs, max_errors;
	bool quiet;
	enum when color, progress;
	struct plan_options plan;
};

enum {
	OPT_FIXED = 0x100, OPT_MOVES, OPT_MAX_ERRORS, OPT_COLOR, OPT_PROGRESS,
	OPT_OWN		/* commands number theirs from here */
};

void common_init(struct common *c);

/* Takes one of common_options; false after a message. */
bool common_option(const char *command, struct common *c, int id,
		   const char *arg, int word);

/* "rvreloc: ..." on standard error; returns EXIT_TROUBLE. */
int usage_error(const char *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Whether what is written to out would take the place of file, whatever each is
 * called. Not so for "-", which is a stream. */
bool is_replaced(const char *file, const char *out);

/* The work of a command on its FILE; false when d has errors or memory ran out. */
typedef bool work_fn(void *ctx, const struct image *img, struct diag *d);

/* Opens the file at path, does the work, prints what was said of it. Returns
 * the exit status. */
int run_on(const struct common *c, const char *path, work_fn *work, void *ctx);

/* system_map.c: the listing that `nm -n` and scripts/mksysmap would make of
 * the image after a shift by delta, into fd. */
bool system_map_write(const struct model *m, uint64_t delta, int fd);

#endif
