/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "cmd.h"
#include "elfio/disasm.h"
#include "elfio/lines.h"
#include "elfio/pages.h"
#include "show.h"

const struct command *const commands[] = {
	&cmd_inspect, &cmd_retarget, &cmd_table, &cmd_check, &cmd_diff,
	&cmd_verify, &cmd_window, NULL
};

enum { COUNT = sizeof(commands) / sizeof(commands[0]) - 1 };

static void help(FILE *to)
{
	fprintf(to, "Usage: rvreloc COMMAND [OPTION...] FILE\n\n"
		"Moves a RISC-V image that was linked with --emit-relocs.\n\n"
		"Commands:\n");
	for (size_t i = 0; i < COUNT; i++)
		fprintf(to, "  %-10s %s\n", commands[i]->name,
			commands[i]->summary);
	fprintf(to, "\n'rvreloc COMMAND --help' tells more; --version shows what is built in.\n"
		"Exit status: 0 done, 1 a check found something, 2 trouble, and then no output\n"
		"file was made or changed.\n");
}

static const char *command_name(const void *ctx, size_t i)
{
	(void)ctx;
	return commands[i]->name;
}

/* NULL after a message. */
static const struct command *find_command(const char *name)
{
	const char *near = nearest(name, command_name, NULL, COUNT);

	for (size_t i = 0; i < COUNT; i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	if (*name == '-') {
		fprintf(stderr, "rvreloc: %s: options come after a command (rvreloc --help)\n",
			name);
		return NULL;
	}
	fprintf(stderr, "rvreloc: unknown command '%s'", name);
	if (near)
		fprintf(stderr, ": is it '%s'?", near);
	fprintf(stderr, " (rvreloc --help)\n");
	return NULL;
}

void version_show(void)
{
	const char *lines = lines_version(), *disasm = disasm_version();

	printf("rvreloc " RVRELOC_VERSION "\n");
	printf("  ELF:          libelf\n");
	printf("  source lines: %s\n", lines ? lines : "not built in (libdw)");
	printf("  disassembly:  %s\n",
	       disasm ? disasm : "not built in (libopcodes for RISC-V)");
	printf("Licence GPL-2.0-or-later; no warranty.\n");
}

/*
 * A file opened later must not become the missing standard output. What is
 * opened here cannot be written to, so that output does not vanish silently.
 */
static void open_standard_files(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			open("/dev/null", O_RDONLY);
}

/* What was said must have arrived. */
static int flushed(int status)
{
	if (!fflush(stdout) && !ferror(stdout))
		return status;
	fprintf(stderr, "rvreloc: cannot write the output: %s\n",
		strerror(errno));
	return EXIT_TROUBLE;
}

static bool is_one(const char *name, const char *a, const char *b)
{
	return !strcmp(name, a) || !strcmp(name, b);
}

/* rvreloc help [COMMAND|--options] */
static int help_command(const char *name)
{
	const struct command *c;

	if (!name || is_one(name, "--help", "-h")) {
		help(stdout);
		return EXIT_DONE;
	}
	if (!strcmp(name, "--options")) {	/* for doc/man and completions */
		for (size_t i = 0; i < COUNT; i++)
			options_list(commands[i], stdout);
		options_list_common(stdout);
		return EXIT_DONE;
	}
	c = find_command(name);
	if (c)
		options_help(c, stdout);
	return c ? EXIT_DONE : EXIT_TROUBLE;
}

static int run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;
	const struct command *c;

	if (!name) {
		help(stderr);
		return EXIT_TROUBLE;
	}
	if (is_one(name, "--help", "-h"))
		return help_command(NULL);
	if (!strcmp(name, "help"))
		return help_command(argv[2]);
	if (is_one(name, "--version", "-V")) {
		version_show();
		return EXIT_DONE;
	}
	c = find_command(name);
	return c ? c->run(c, argc - 1, argv + 1) : EXIT_TROUBLE;
}

int main(int argc, char **argv)
{
	pages_keep();
	open_standard_files();
	json_start();
	/* A reader that goes away ends it quietly, whoever has started it. */
	signal(SIGPIPE, SIG_DFL);
	/* A file that may not grow is an error to report, not to die of. */
	signal(SIGXFSZ, SIG_IGN);
	return flushed(run(argc, argv));
}
