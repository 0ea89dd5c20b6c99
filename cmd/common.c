/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "elfio/jobserver.h"
#include "elfio/parallel.h"
#include "progress.h"
#include "relocator/window.h"
#include "show.h"

void common_init(struct common *c)
{
	*c = (struct common){ .jobs = parallel_cpus(), .max_errors = 20 };
	c->plan.jobs = c->jobs;
}

static bool count(const char *command, const char *option, const char *arg,
		  unsigned *out)
{
	uint64_t v;

	if (!parse_number(arg, &v) || !v || v > 1000000) {
		usage_error(command, "%s: '%s' is not a count", option, arg);
		return false;
	}
	*out = (unsigned)v;
	return true;
}

bool common_option(const char *command, struct common *c, int id,
		   const char *arg, int word)
{
	switch (id) {
	case 'j':
		jobserver_ignore();
		if (!count(command, "--jobs", arg, &c->jobs))
			return false;
		c->plan.jobs = c->jobs;
		break;
	case OPT_MAX_ERRORS:
		return count(command, "--max-errors", arg, &c->max_errors);
	case 'q':
		c->quiet = true;
		break;
	case 'v':
		c->plan.verbose = true;
		break;
	case OPT_FIXED:
		c->plan.fixed = arg;
		break;
	case OPT_MOVES:
		c->plan.moves = arg;
		break;
	case OPT_COLOR:
		c->color = arg ? (enum when)word : ALWAYS;
		break;
	case OPT_PROGRESS:
		c->progress = (enum when)word;
		break;
	}
	return true;
}

int usage_error(const char *command, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "rvreloc %s: ", command);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, " (rvreloc %s --help)\n", command);
	return EXIT_TROUBLE;
}

bool is_replaced(const char *file, const char *out)
{
	struct stat a, b;

	if (!strcmp(out, "-") || !strcmp(file, "-"))
		return false;
	if (stat(file, &a) || stat(out, &b))
		return !strcmp(file, out);
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static struct diag_look look_of(const struct common *c)
{
	int fd = STDERR_FILENO;

	return (struct diag_look){
		.on = {
			[DIAG_ERROR] = style_on(c, fd, RED),
			[DIAG_WARNING] = style_on(c, fd, MAGENTA),
			[DIAG_NOTE] = style_on(c, fd, CYAN),
		},
		.off = style_on(c, fd, PLAIN),
	};
}

static void where(void *ctx, uint32_t shndx, uint64_t off, char *buf,
		  size_t len)
{
	image_where(ctx, shndx, off, buf, len);
}

int run_on(const struct common *c, const char *path, work_fn *work, void *ctx)
{
	struct diag_look look = look_of(c);
	struct image *img;
	struct diag d;
	bool ok;

	diag_init(&d, c->max_errors);
	d.look = &look;
	img = image_open(path, &d);
	ok = img && work(ctx, img, &d);
	if (!ok && !d.errors)
		diag_no_memory(&d);
	progress_end();
	fflush(stdout);
	diag_print(&d, stderr, strcmp(path, "-") ? path : "standard input",
		   img ? where : NULL, img, c->quiet);
	image_close(img);
	diag_free(&d);
	return ok ? EXIT_DONE : EXIT_TROUBLE;
}
