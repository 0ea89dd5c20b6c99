/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the suites share: their list, and small tools to make input with. */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One a tested file; test_NAME.c defines NAME_suite(). */
#define SUITES(SUITE)							\
	SUITE(field) SUITE(reloc) SUITE(classify) SUITE(window)		\
	SUITE(verify) SUITE(diag) SUITE(parallel) SUITE(rewrite)	\
	SUITE(outfile) SUITE(compress) SUITE(apply) SUITE(table)		\
	SUITE(encode) SUITE(corrupt) SUITE(slot)		\
	SUITE(attribute) SUITE(batch)

#define SUITE_PROTOTYPE(name) Suite *name##_suite(void);
SUITES(SUITE_PROTOTYPE)
#undef SUITE_PROTOTYPE

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* A test case of s that may take its time: the machine may be a busy one. */
TCase *unit_case(Suite *s, const char *name);

/* The same, with a folder of its own for the files it makes. */
TCase *unit_case_with_folder(Suite *s, const char *name);

/* PATH in that folder; the text lives until the test is over. */
const char *in_folder(const char *name);
/* How many names the folder holds. */
size_t folder_count(void);

/* Numbers that look random and are the same in each run. */
uint64_t random_next(uint64_t *state);

/* A growing run of bytes. */
struct bytes {
	uint8_t *at;
	size_t n;
};

void bytes_add(struct bytes *b, const void *p, size_t n);
void bytes_free(struct bytes *b);
/* Fails, and names the first difference, unless they are the same. */
void assert_same_bytes(const struct bytes *got, const struct bytes *want);

struct bytes file_read(const char *path);
void file_write(const char *path, const void *p, size_t n);

/*
 * Runs a program, found in PATH, with its standard output in the file `out`
 * (NULL: where ours goes). The test fails when it cannot be run, or fails.
 */
void run_program(const char *out, const char *const argv[]);

#endif
