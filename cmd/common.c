/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cmd.h"

#include <stdarg.h>
#include <stdio.h>

#include "elfio/parallel.h"
#include "relocator/window.h"

const char common_help[] =
"Options of every command:\n"
"  -j, --jobs=N        use N threads (default: one for each processor)\n"
"      --fixed=REGEX   symbols that stay where they are, whatever they look like\n"
"      --moves=REGEX   symbols that move with the image\n"
"      --max-errors=N  show the first N errors (default 20)\n"
"  -q, --quiet         errors only\n"
"  -v, --verbose       also what was guessed\n"
"  -h, --help          this text\n";

void common_init(struct common *c)
{
	*c = (struct common){ .jobs = parallel_cpus(), .max_errors = 20 };
}

bool one_of(const char *command, const char *option, const char *v,
	    const char *const *words, int *index)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(v, words[i])) {
			*index = i;
			return true;
		}
	fprintf(stderr, "rvreloc %s: --%s=%s: it is one of", command, option, v);
	for (int i = 0; words[i]; i++)
		fprintf(stderr, "%s %s", i ? "," : "", words[i]);
	fputc('\n', stderr);
	return false;
}

static bool count(const char *option, const char *arg, unsigned *out)
{
	uint64_t v;

	if (!parse_number(arg, &v) || !v || v > 1000000) {
		fprintf(stderr, "rvreloc: %s: '%s' is not a count\n", option,
			arg);
		return false;
	}
	*out = (unsigned)v;
	return true;
}

bool common_option(struct common *c, int opt, const char *arg)
{
	static const char *const when[] = { "auto", "always", "never", NULL };
	int which;

	switch (opt) {
	case 'j':
		return count("--jobs", arg, &c->jobs);
	case OPT_MAX_ERRORS:
		return count("--max-errors", arg, &c->max_errors);
	case 'q':
		c->quiet = true;
		return true;
	case 'v':
		c->plan.verbose = true;
		return true;
	case OPT_FIXED:
		c->plan.fixed = arg;
		return true;
	case OPT_MOVES:
		c->plan.moves = arg;
		return true;
	case OPT_COLOR:
		return !arg || one_of("", "color", arg, when, &which);
	case OPT_PROGRESS:
		return one_of("", "progress", arg, when, &which);
	}
	return false;	/* getopt has said what is wrong */
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

static void where(void *ctx, uint32_t shndx, uint64_t off, char *buf,
		  size_t len)
{
	image_where(ctx, shndx, off, buf, len);
}

int run_on(const struct common *c, const char *path, work_fn *work, void *ctx)
{
	struct image *img;
	struct diag d;
	bool ok;

	diag_init(&d, c->max_errors);
	img = image_open(path, &d);
	ok = img && work(ctx, img, &d);
	if (!ok && !d.errors)
		diag_no_memory(&d);
	fflush(stdout);
	diag_print(&d, stderr, strcmp(path, "-") ? path : "standard input",
		   img ? where : NULL, img, c->quiet);
	image_close(img);
	diag_free(&d);
	return ok ? EXIT_DONE : EXIT_TROUBLE;
}
