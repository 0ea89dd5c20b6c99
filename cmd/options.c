/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>

#include "cmd.h"
#include "relocator/window.h"

enum { MAX_OPTIONS = 64, COLUMN = 26, WIDTH = 80 };

/* The options that every command takes. */
static const struct option_row common_options[] = {
	{ "jobs", 'j', "N",
	  "use N threads (default: one for each processor; under\n"
	  "make -j, as many as its jobserver has tokens for)" },
	{ "fixed", OPT_FIXED, "REGEX",
	  "symbols that stay where they are, whatever they\nlook like" },
	{ "moves", OPT_MOVES, "REGEX", "symbols that move with the image" },
	{ "max-errors", OPT_MAX_ERRORS, "N", "show the first N errors (default 20)" },
	{ "color", OPT_COLOR, "[auto|always|never]",
	  "colours (auto: on a terminal, unless NO_COLOR is set)" },
	{ "progress", OPT_PROGRESS, "auto|always|never",
	  "how far it is (auto: on a terminal, after a second)" },
	{ "quiet", 'q', NULL, "errors only" },
	{ "verbose", 'v', NULL, "also what was guessed" },
	{ "help", 'h', NULL, "show this help" },
	{ "version", 'V', NULL, "show the version, and what is built in" },
	{ 0 }
};

static bool is_optional(const struct option_row *r)
{
	return r->arg && r->arg[0] == '[' && strchr(r->arg, '\0')[-1] == ']';
}

static bool has_words(const struct option_row *r)
{
	return r->arg && strchr(r->arg, '|') &&
	       !strpbrk(r->arg, "ABCDEFGHIJKLMNOPQRSTUVWXYZ");
}

/* --- Help. --- */

/* "a\nb" as lines, all but the first set in by `column`. */
static void lines(const char *text, int column, FILE *to)
{
	for (; *text; text++) {
		fputc(*text, to);
		if (*text == '\n' && text[1] && text[1] != '\n')
			fprintf(to, "%*s", column, "");
	}
	fputc('\n', to);
}

static void help_rows(const struct option_row *r, FILE *to)
{
	for (; r->name; r++) {
		bool brackets = is_optional(r);
		size_t len = r->arg ? strlen(r->arg) : 0;
		int n = r->id < 0x100 ? fprintf(to, "  -%c, ", r->id) :
					fprintf(to, "      ");

		n += fprintf(to, "--%s", r->name);
		if (r->arg)
			n += fprintf(to, brackets ? "[=%.*s" : "=%.*s", (int)len,
				     r->arg + brackets);
		if (n >= COLUMN - 1) {
			fputc('\n', to);
			n = 0;
		}
		fprintf(to, "%*s", COLUMN - n, "");
		lines(r->text, COLUMN, to);
	}
}

/* A paragraph, cut into lines between words; new lines in it are blanks. */
static void wrapped(const char *text, FILE *to)
{
	int column = 0;

	for (text += strspn(text, " \n"); *text; text += strspn(text, " \n")) {
		int len = (int)strcspn(text, " \n");

		if (column && column + 1 + len > WIDTH) {
			fputc('\n', to);
			column = 0;
		}
		column += fprintf(to, "%s%.*s", column ? " " : "", len, text);
		text += len;
	}
	fputc('\n', to);
}

void options_help(const struct command *cmd, FILE *to)
{
	char status[512];

	fprintf(to, "Usage: rvreloc %s ", cmd->name);
	for (const char *u = cmd->usage; *u; u++) {
		fputc(*u, to);
		if (*u == '\n')
			fprintf(to, "       rvreloc %s ", cmd->name);
	}
	fprintf(to, "\n\n%s\n", cmd->about);
	if (cmd->options->name) {
		fprintf(to, "\nOptions:\n");
		help_rows(cmd->options, to);
	}
	fprintf(to, "\nOptions of every command:\n");
	help_rows(common_options, to);
	if (cmd->more)
		fprintf(to, "\n%s\n", cmd->more);
	fprintf(to, "\nExample:\n  ");
	lines(cmd->example, 2, to);
	fputc('\n', to);
	snprintf(status, sizeof(status), "Exit status: 0 done%s%s; 2 trouble, and then no output file was made or changed.",
		 cmd->found ? "; 1 " : "", cmd->found ? cmd->found : "");
	wrapped(status, to);
}

/* --- As a table. --- */

static void field(const char *text, char end, FILE *to)
{
	for (; text && *text; text++)
		if (*text == '\n')
			fputs("\\n", to);
		else
			fputc(*text, to);
	fputc(end, to);
}

/* "last-2g|linear|linear-sv39...": modes where they make a difference. */
static void window_words(FILE *to)
{
	const struct window *w = window_list(64, 0), *next;
	bool again = false;

	for (size_t i = 1; w; i++, w = next) {
		bool more = (next = window_list(64, i)) && !strcmp(next->name, w->name);

		if (!again)
			fprintf(to, "%s%s", i > 1 ? "|" : "", w->name);
		if (again || more)
			fprintf(to, "|%s-%s", w->name, window_mode_name(w->mode));
		again = more;
	}
}

/* What may stand for the argument, so far as it is a matter of names. */
static void words(const struct option_row *r, FILE *to)
{
	if (has_words(r))
		fprintf(to, "%.*s", (int)strcspn(r->arg + is_optional(r), "]"),
			r->arg + is_optional(r));
	else if (r->arg && !strcmp(r->arg, "WINDOW"))
		window_words(to);
	fputc('\t', to);
}

static void list_rows(const char *command, const struct option_row *r, FILE *to)
{
	for (; r->name; r++) {
		fprintf(to, "%s\t", command);
		if (r->id < 0x100)
			fputc(r->id, to);
		fprintf(to, "\t%s\t", r->name);
		field(r->arg, '\t', to);
		words(r, to);
		field(r->text, '\n', to);
	}
}

void options_list(const struct command *cmd, FILE *to)
{
	fprintf(to, "%s\t\t\t", cmd->name);
	field(cmd->usage, '\t', to);
	field(cmd->found, '\t', to);
	field(cmd->summary, '\t', to);
	field(cmd->more, '\n', to);
	list_rows(cmd->name, cmd->options, to);
}

void options_list_common(FILE *to)
{
	list_rows("", common_options, to);
}

/* --- What was meant. --- */

/* Edits that make b of a: letters put in, left out, changed or swapped. */
static size_t distance(const char *a, const char *b)
{
	enum { LONGEST = 32 };
	size_t n = strlen(a), m = strlen(b), d[LONGEST + 1][LONGEST + 1];

	if (n > LONGEST || m > LONGEST)
		return LONGEST;
	for (size_t i = 0; i <= n; i++)
		for (size_t k = 0; k <= m; k++) {
			size_t best, change;

			if (!i || !k) {
				d[i][k] = i + k;
				continue;
			}
			best = d[i - 1][k] < d[i][k - 1] ? d[i - 1][k] + 1 :
							   d[i][k - 1] + 1;
			change = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
			    a[i - 2] == b[k - 1] && d[i - 2][k - 2] + 1 < change)
				change = d[i - 2][k - 2] + 1;
			d[i][k] = best < change ? best : change;
		}
	return d[n][m];
}

const char *nearest(const char *word, const char *(*name)(const void *ctx, size_t i),
		    const void *ctx, size_t n)
{
	size_t len = strlen(word), best = len / 3 + 2;
	const char *found = NULL;

	for (size_t i = 0; i < n; i++) {
		bool begun = len && !strncmp(name(ctx, i), word, len);
		size_t d = begun ? 0 : distance(word, name(ctx, i));

		if (d < best) {
			best = d;
			found = name(ctx, i);
		}
	}
	return found;
}

/* --- Parsing. --- */

struct table {
	const struct option_row *row[MAX_OPTIONS];
	struct option longs[MAX_OPTIONS + 1];
	char shorts[3 * MAX_OPTIONS + 2];
	size_t n;
};

static void add(struct table *t, const struct option_row *r)
{
	char *s = t->shorts + strlen(t->shorts);

	for (; r->name && t->n < MAX_OPTIONS; r++) {
		t->row[t->n] = r;
		t->longs[t->n++] = (struct option){
			r->name, !r->arg ? no_argument : is_optional(r) ?
			optional_argument : required_argument, NULL, r->id };
		if (r->id < 0x100)
			*s++ = (char)r->id;
		for (int k = 0; r->id < 0x100 && r->arg && k < 1 + is_optional(r); k++)
			*s++ = ':';
	}
}

static const char *row_name(const void *ctx, size_t i)
{
	const struct table *t = ctx;

	return t->row[i]->name;
}

static const struct option_row *row_of(const struct table *t, int id)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->row[i]->id == id)
			return t->row[i];
	return NULL;
}

/* The command that has this option, or NULL. */
static const char *owner(const char *name)
{
	for (const struct command *const *c = commands; *c; c++)
		for (const struct option_row *r = (*c)->options; r->name; r++)
			if (!strcmp(r->name, name))
				return (*c)->name;
	return NULL;
}

/*
 * An option that is none: it may be the start of several, another command's,
 * or a slip.
 */
static void say_unknown(const struct command *cmd, const struct table *t,
			const char *arg)
{
	size_t len = strcspn(arg, "="), n = 0;
	char name[64], like[512] = "";
	const char *near, *other;

	snprintf(name, sizeof(name), "%.*s", (int)len, arg);
	for (size_t i = 0; len && i < t->n; i++)
		if (!strncmp(t->row[i]->name, name, strlen(name)))
			snprintf(like + strlen(like), sizeof(like) - strlen(like),
				 "%s--%s", n++ ? " or " : "", t->row[i]->name);
	near = nearest(name, row_name, t, t->n);
	other = owner(name);
	if (n)
		usage_error(cmd->name, "--%s: is it %s?", name, like);
	else if (other)
		usage_error(cmd->name, "unknown option --%s: it is one of '%s'",
			    name, other);
	else if (near)
		usage_error(cmd->name, "unknown option --%s: is it --%s?", name, near);
	else
		usage_error(cmd->name, "unknown option --%s", name);
}

/* Why getopt_long() did not take what stands before argv[optind]. */
static void say_wrong(const struct command *cmd, const struct table *t,
		      int opt, const char *arg)
{
	const struct option_row *r = optopt ? row_of(t, optopt) : NULL;

	if (r && opt == ':')
		usage_error(cmd->name, "--%s wants an argument, %s", r->name, r->arg);
	else if (r)
		usage_error(cmd->name, "--%s takes no argument", r->name);
	else if (optopt)
		usage_error(cmd->name, "unknown option -%c", optopt);
	else
		say_unknown(cmd, t, arg + 2);
}

/* The row's words as "a, b, c", in buf. */
static const char *listed(const struct option_row *r, char *buf, size_t size)
{
	size_t n = 0;

	for (const char *w = r->arg + is_optional(r); *w && *w != ']'; w++) {
		if (*w == '|' && n + 2 < size) {
			buf[n++] = ',';
			buf[n++] = ' ';
		} else if (n + 2 < size) {
			buf[n++] = *w;
		}
	}
	buf[n] = '\0';
	return buf;
}

/* Which of the row's words arg is; -2 after a message. */
static int find_word(const struct command *cmd, const struct option_row *r,
		     const char *arg)
{
	const char *w = r->arg + is_optional(r);
	char words[128];

	for (int i = 0; *w && *w != ']'; i++) {
		size_t len = strcspn(w, "|]");

		if (strlen(arg) == len && !strncmp(w, arg, len))
			return i;
		w += len + (w[len] == '|');
	}
	usage_error(cmd->name, "--%s=%s: it is one of %s", r->name, arg,
		    listed(r, words, sizeof(words)));
	return -2;
}

static bool is_common(const struct option_row *r)
{
	return r >= common_options &&
	       r < common_options + sizeof(common_options) / sizeof(*common_options);
}

int options_parse(const struct command *cmd, int argc, char **argv,
		  struct common *c, take_fn *take, void *ctx)
{
	struct table t = { .shorts = ":" };
	int opt, word;

	add(&t, cmd->options);
	add(&t, common_options);
	opterr = 0;
	for (;;) {
		const struct option_row *r;

		opt = getopt_long(argc, argv, t.shorts, t.longs, NULL);
		if (opt == -1)
			break;
		if (opt == '?' || opt == ':') {
			say_wrong(cmd, &t, opt, argv[optind - 1]);
			return -1;
		}
		r = row_of(&t, opt);
		word = optarg && has_words(r) ? find_word(cmd, r, optarg) : -1;
		if (word == -2)
			return -1;
		if (opt == 'h' || opt == 'V') {
			if (opt == 'h')
				options_help(cmd, stdout);
			else
				version_show();
			return 0;
		}
		if (!(is_common(r) ? common_option(cmd->name, c, opt, optarg, word) :
				     take(ctx, opt, optarg, word)))
			return -1;
	}
	if (argc - optind == cmd->operands)
		return optind;
	usage_error(cmd->name, "it takes %s", cmd->takes);
	return -1;
}
