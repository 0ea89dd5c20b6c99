/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the subcommands share. Only this folder prints and decides to exit. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <getopt.h>
#include <stdbool.h>

#include "elfio/image.h"
#include "relocator/plan.h"

#define RVRELOC_VERSION "0.1"

enum { EXIT_DONE = 0, EXIT_FOUND = 1, EXIT_TROUBLE = 2 };

struct command {
	const char *name, *summary;
	int (*run)(int argc, char **argv);
};

int cmd_inspect(int argc, char **argv);
int cmd_retarget(int argc, char **argv);
int cmd_table(int argc, char **argv);

/* Options that every command takes. */
struct common {
	unsigned jobs, max_errors;
	bool quiet;
	struct plan_options plan;
};

enum {
	OPT_FIXED = 0x100, OPT_MOVES, OPT_MAX_ERRORS, OPT_COLOR, OPT_PROGRESS,
	OPT_HELP, OPT_OWN	/* commands number theirs from here */
};

#define COMMON_SHORT	"j:qvh"
#define COMMON_LONG							\
	{ "jobs", required_argument, NULL, 'j' },			\
	{ "quiet", no_argument, NULL, 'q' },				\
	{ "verbose", no_argument, NULL, 'v' },				\
	{ "fixed", required_argument, NULL, OPT_FIXED },		\
	{ "moves", required_argument, NULL, OPT_MOVES },		\
	{ "max-errors", required_argument, NULL, OPT_MAX_ERRORS },	\
	{ "color", optional_argument, NULL, OPT_COLOR },		\
	{ "progress", required_argument, NULL, OPT_PROGRESS },		\
	{ "help", no_argument, NULL, 'h' }

extern const char common_help[];

void common_init(struct common *c);

/* Takes one option; false, after a message, when it is not a good one. */
bool common_option(struct common *c, int opt, const char *arg);

/* "rvreloc: ..." on standard error; returns EXIT_TROUBLE. */
int usage_error(const char *command, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The work of a command on its FILE; false when d has errors or memory ran out. */
typedef bool work_fn(void *ctx, const struct image *img, struct diag *d);

/* Opens the file at path, does the work, prints what was said of it. Returns
 * the exit status. */
int run_on(const struct common *c, const char *path, work_fn *work, void *ctx);

/* Finds v in a NULL-terminated list of words. False after a message. */
bool one_of(const char *command, const char *option, const char *v,
	    const char *const *words, int *index);

/* system_map.c: the listing that `nm -n` and scripts/mksysmap would make of
 * the image after a shift by delta, into fd. */
bool system_map_write(const struct model *m, uint64_t delta, int fd);

#endif
