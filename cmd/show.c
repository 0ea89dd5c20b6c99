/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "show.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "elfio/lines.h"
#include "relocator/attribute.h"

const char *grouped(uint64_t v, char *buf)
{
	char plain[24];
	int n = snprintf(plain, sizeof(plain), "%" PRIu64, v);
	char *p = buf;

	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			*p++ = ',';
		*p++ = plain[i];
	}
	*p = '\0';
	return buf;
}

bool is_terminal(int fd)
{
	const char *term = getenv("TERM");

	return term && strcmp(term, "dumb") && isatty(fd);
}

static bool has_colours(const struct common *c, int fd)
{
	const char *no = getenv("NO_COLOR");

	return c->color == AUTO ? !(no && *no) && is_terminal(fd) :
				  c->color == ALWAYS;
}

const char *style_on(const struct common *c, int fd, enum style s)
{
	static const char *const codes[] = {
		[PLAIN] = "\033[0m", [BOLD] = "\033[1m", [DIM] = "\033[2m",
		[RED] = "\033[31m", [GREEN] = "\033[32m",
		[YELLOW] = "\033[33m", [BLUE] = "\033[34m",
		[MAGENTA] = "\033[35m", [CYAN] = "\033[36m",
	};

	return has_colours(c, fd) ? codes[s] : "";
}

const char *style(const struct common *c, enum style s)
{
	return style_on(c, STDOUT_FILENO, s);
}

/* What both begin with goes, and "./". */
static void make_relative(char *path)
{
	char *cwd = getcwd(NULL, 0);
	size_t len = cwd ? strlen(cwd) : 0;
	size_t cut = len > 1 && !strncmp(path, cwd, len) && path[len] == '/' ?
		     len + 1 : 0;

	free(cwd);
	while (!strncmp(path + cut, "./", 2))
		cut += 2;
	memmove(path, path + cut, strlen(path + cut) + 1);
}

void show_source(const struct image *img, const struct mover *m, char *buf,
		 size_t len)
{
	char text[4096] = "";

	if (img->sec[m->shndx].flags & SHF_EXECINSTR)
		lines_at(img, m->addr, text, sizeof(text));
	else if (m->sym)
		lines_declared(img, m->addr - m->off, text, sizeof(text));
	make_relative(text);
	snprintf(buf, len, "%.*s", (int)len - 1, text);
}

json_t *json_address(uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, v);
	return json_string(text);
}

json_t *json_text(const char *text)
{
	json_t *as_it_is = json_string(text), *j;
	char *copy;

	if (as_it_is)
		return as_it_is;
	copy = strdup(text);
	for (char *c = copy; c && *c; c++)
		if ((unsigned char)*c > '~')
			*c = '?';
	j = copy ? json_string(copy) : NULL;
	free(copy);
	return j;
}

json_t *json_place(const struct image *img, uint32_t shndx, uint64_t off)
{
	char place[512];

	image_where(img, shndx, off, place, sizeof(place));
	return json_text(place);
}
