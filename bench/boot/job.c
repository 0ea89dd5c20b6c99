// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Of a list of offsets, one hexadecimal number a line, ascending, in an image of
 * SIZE bytes:
 *
 *   job source LIST SIZE OUT          the image in assembly
 *   job run LIST SIZE OUT TABLE       what target.c is to do with this table
 *   job run-aligned LIST SIZE OUT TABLE
 *                                     the same without words off alignment
 *   job whole 1|2 SIZE OUT TABLE      the same of an image that is loaded as it is,
 *                                     2: with what it shall become
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "job.h"

struct bytes {
	uint8_t *b;
	size_t n, room;
};

struct list {
	uint32_t *offset;
	size_t n, left;
	uint64_t size;
};

static _Noreturn void die(const char *what, const char *name)
{
	fprintf(stderr, "job: %s: %s\n", name, what);
	exit(2);
}

static void *grown(void *p, size_t n, size_t *room, size_t size)
{
	if (n <= *room)
		return p;
	*room = 2 * n;
	p = realloc(p, *room * size);
	if (!p)
		die("memory is exhausted", "list");
	return p;
}

static void put(struct bytes *t, uint64_t v, size_t bytes)
{
	t->b = grown(t->b, t->n + bytes, &t->room, 1);
	for (size_t i = 0; i < bytes; i++)
		t->b[t->n++] = (uint8_t)(i < 8 ? v >> 8 * i : 0);
}

static void read_list(struct list *l, const char *path, bool aligned_only)
{
	FILE *f = fopen(path, "r");
	char line[64], *end;
	uint64_t o, free_from = 0;
	size_t room = 0;

	if (!f)
		die("cannot be read", path);
	while (fgets(line, sizeof(line), f)) {
		o = strtoull(line, &end, 16);
		if (end == line || *end != '\n')
			die("not a hexadecimal number a line", path);
		if (o < free_from || o > l->size - 8)
			die("offsets do not ascend, overlap, or leave the image", path);
		free_from = o + 8;
		if (aligned_only && o % 8) {
			l->left++;
			continue;
		}
		l->offset = grown(l->offset, l->n + 1, &room, sizeof(*l->offset));
		l->offset[l->n++] = (uint32_t)o;
	}
	fclose(f);
}

static FILE *opened(const char *path)
{
	FILE *f = fopen(path, "wb");

	if (!f)
		die("cannot be written", path);
	return f;
}

static void closed(FILE *f, const char *path)
{
	const int bad = ferror(f);

	if (fclose(f) || bad)
		die("cannot be written", path);
}

static void write_source(const char *path, const struct list *l)
{
	FILE *f = opened(path);

	fputs("\t.data\nimage:\n", f);
	for (size_t i = 0; i < l->n; i++)
		fprintf(f, "\t.org %" PRIu32 "\n\t.dword image + %" PRIu64 "\n", l->offset[i],
			word_value(0, l->size, l->offset[i]));
	fprintf(f, "\t.org %" PRIu64 "\n", l->size);
	closed(f, path);
}

static void read_table(struct bytes *t, const char *path)
{
	FILE *f = fopen(path, "rb");
	int c;

	if (!f)
		die("cannot be read", path);
	while ((c = getc(f)) != EOF)
		put(t, (uint64_t)c, 1);
	fclose(f);
}

static void write_job(const char *path, const struct list *l, const struct bytes *t,
		      uint64_t whole)
{
	const size_t list_end = sizeof(struct job) + 4 * l->n;
	const size_t table_at = (list_end + 15) / 16 * 16;
	struct bytes h = { 0 };
	FILE *f = opened(path);

	put(&h, LINK_BASE, 8);
	put(&h, NEW_BASE, 8);
	put(&h, l->size, 8);
	put(&h, l->n, 8);
	put(&h, table_at, 8);
	put(&h, t->n, 8);
	put(&h, whole, 8);
	for (size_t i = 0; i < l->n; i++)
		put(&h, l->offset[i], 4);
	put(&h, 0, table_at - list_end);
	fwrite(h.b, 1, h.n, f);
	fwrite(t->b, 1, t->n, f);
	closed(f, path);
	free(h.b);
}

int main(int argc, char **argv)
{
	struct list list = { 0 };
	struct bytes table = { 0 };
	bool source, aligned, whole;

	if (argc < 5)
		die("source|run|run-aligned|whole LIST SIZE OUT [TABLE]", "usage");
	source = !strcmp(argv[1], "source");
	aligned = !strcmp(argv[1], "run-aligned");
	whole = !strcmp(argv[1], "whole");
	if (!source && (argc < 6 || (!aligned && !whole && strcmp(argv[1], "run"))))
		die("not a command", argv[1]);
	list.size = strtoull(argv[3], NULL, 16);
	if (list.size < 8 || list.size > IMAGE_MAX)
		die("not a size that fits the machine", argv[3]);
	if (!whole)
		read_list(&list, argv[2], aligned);
	if (source) {
		write_source(argv[4], &list);
	} else {
		read_table(&table, argv[5]);
		write_job(argv[4], &list, &table,
			  whole ? strtoull(argv[2], NULL, 10) : 0);
		printf("words=%zu\nleft=%zu\ntable=%zu\n", list.n, list.left, table.n);
	}
	free(list.offset);
	free(table.b);
	return 0;
}
