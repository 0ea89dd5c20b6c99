/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options as tables. Parsing, --help, the man pages and the completions all
 * come from the rows: there is no second list.
 */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

struct common;

struct option_row {
	const char *name;	/* without the dashes */
	int id;			/* a letter is the short option as well */
	/*
	 * What follows it: "ADDR"; "a|b": one of these words; in brackets when
	 * it may be left out; NULL for nothing.
	 */
	const char *arg;
	const char *text;	/* for --help, cut into lines */
};

struct command {
	const char *name, *summary;
	const char *usage;	/* what follows the name; a line for each way */
	int operands;		/* how many there must be, and what they are */
	const char *takes;
	const char *about;	/* lines; what it does and to what */
	const struct option_row *options;	/* up to a row without a name */
	const char *more;	/* lines behind the options, or NULL */
	const char *example;	/* command lines */
	const char *found;	/* what exit status 1 says, or NULL: never 1 */
	int (*run)(const struct command *self, int argc, char **argv);
};

/*
 * Takes one of a command's own options; `word` is which of the row's words arg
 * is, or -1. False after a message (usage_error()).
 */
typedef bool take_fn(void *ctx, int id, const char *arg, int word);

/*
 * Reads the options of argv. Returns the index of the first of the operands,
 * which are as many as there must be; 0 when --help or --version was asked for
 * and given, or -1 after a message.
 */
int options_parse(const struct command *cmd, int argc, char **argv,
		  struct common *c, take_fn *take, void *ctx);

void options_help(const struct command *cmd, FILE *to);

/*
 * For what makes man pages and completions: a line for the command, then one
 * for each of its options, fields between tabs, new lines in them as "\\n".
 *
 *   NAME	""	""	USAGE	FOUND	SUMMARY	MORE
 *   NAME	SHORT	LONG	ARG	WORDS	TEXT
 *
 * ARG is as in the row. WORDS are what may stand for it, where that is known,
 * with '|' between. options_list_common() has those of every command, under the
 * name "".
 */
void options_list(const struct command *cmd, FILE *to);
void options_list_common(FILE *to);

/* Of n names the one that `word` may be a slip of, or NULL. */
const char *nearest(const char *word, const char *(*name)(const void *ctx, size_t i),
		    const void *ctx, size_t n);

#endif
