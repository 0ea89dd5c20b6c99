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

/* An object that lacks a part looks like one that never had it. */
static bool starved;

static void *allocate(size_t n)
{
	void *p = malloc(n);

	starved |= !p;
	return p;
}

void json_start(void)
{
	json_set_alloc_funcs(allocate, free);
}

bool json_print(json_t *j, size_t flags)
{
	bool ok = j && !starved && !json_dumpf(j, stdout, flags);

	if (ok)
		putchar('\n');
	json_decref(j);
	return ok || (ferror(stdout) && !starved);
}

json_t *json_address(uint64_t v)
{
	char text[24];

	snprintf(text, sizeof(text), "0x%" PRIx64, v);
	return json_string(text);
}

size_t utf8_length(const char *s)
{
	const unsigned char *c = (const unsigned char *)s;
	size_t n = c[0] < 0x80 ? 1 : c[0] >= 0xc2 && c[0] < 0xe0 ? 2 :
		   c[0] >= 0xe0 && c[0] < 0xf0 ? 3 :
		   c[0] >= 0xf0 && c[0] < 0xf5 ? 4 : 0;

	for (size_t i = 1; i < n; i++)
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	/* Longer than needed, surrogates, beyond the last. */
	if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
	    (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f))
		return 0;
	return n;
}

json_t *json_text(const char *text)
{
	char *copy = allocate(2 * strlen(text) + 1), *to = copy;
	json_t *j;

	if (!copy)
		return NULL;
	while (*text) {
		size_t len = utf8_length(text);

		if (!len) {
			unsigned char c = (unsigned char)*text++;

			*to++ = (char)(0xc0 | c >> 6);
			*to++ = (char)(0x80 | (c & 0x3f));
		}
		while (len--)
			*to++ = *text++;
	}
	*to = '\0';
	j = json_string(copy);
	free(copy);
	return j;
}

json_t *json_place(const struct image *img, uint32_t shndx, uint64_t off)
{
	char place[512];

	image_where(img, shndx, off, place, sizeof(place));
	return json_text(place);
}
