/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Diagnostics: collected while work goes on, from any thread, and shown in
 * the order of their places, so that the output does not depend on -j.
 * Libraries report here and return failure; only cmd/ prints and exits.
 */
#ifndef ELFIO_DIAG_H
#define ELFIO_DIAG_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define DIAG_FILE UINT32_MAX	/* the message is about the file as a whole */

enum diag_level { DIAG_ERROR, DIAG_WARNING, DIAG_NOTE };

struct diag_entry {
	uint64_t off;		/* within the section, or an order of arrival */
	uint32_t shndx;		/* section, or DIAG_FILE */
	enum diag_level level;
	char *text;		/* owned */
};

/* What turns a level's look on, and off again: see diag_print(). */
struct diag_look {
	const char *on[DIAG_NOTE + 1], *off;
};

struct diag {
	pthread_mutex_t lock;
	struct diag_entry *entry;	/* sorted by (shndx, off), the first `max` */
	unsigned n, max;
	uint64_t errors;	/* all of them, shown or not */
	uint64_t unshown;	/* errors that did not find room */
	uint64_t arrivals;
	bool no_memory;
	const struct diag_look *look;	/* borrowed; NULL: none */
};

/* At most max errors are kept; warnings and notes do not count. */
void diag_init(struct diag *d, unsigned max);
void diag_free(struct diag *d);

/* Says that memory ran out, once; from then on places are not looked up. */
void diag_no_memory(struct diag *d);

/* About the file as a whole. */
void diag_file(struct diag *d, enum diag_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* About section shndx at byte off. */
void diag_at(struct diag *d, enum diag_level level, uint32_t shndx,
	     uint64_t off, const char *fmt, ...)
	__attribute__((format(printf, 5, 6)));

/*
 * Prints all entries as "PATH:WHERE: LEVEL: TEXT", the first part with its
 * look (errors are those without a level), then how many more there were.
 * where() writes the place of an entry into buf ("" for none); it may be NULL.
 */
void diag_print(const struct diag *d, FILE *to, const char *path,
		void (*where)(void *ctx, uint32_t shndx, uint64_t off,
			      char *buf, size_t len),
		void *ctx, bool quiet);

#endif
