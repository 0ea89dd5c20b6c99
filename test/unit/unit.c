/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TIMEOUT = 120, MAX_NAMES = 64 };

extern char **environ;

/*
 * Made and removed around a whole test case, in the process that forks the
 * tests: a test that dies half-way leaves nothing behind.
 */
static char *folder;
static char *names[MAX_NAMES];
static size_t nnames;

TCase *unit_case(Suite *s, const char *name)
{
	TCase *tc = tcase_create(name);

	tcase_set_timeout(tc, TIMEOUT);
	suite_add_tcase(s, tc);
	return tc;
}

static void make_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	ck_assert_int_gt(asprintf(&folder, "%s/rvreloc-unit-XXXXXX",
				  tmp ? tmp : "/tmp"), 0);
	ck_assert_ptr_nonnull(mkdtemp(folder));
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *where)
{
	(void)st, (void)type, (void)where;
	return remove(path);
}

static void forget_names(void)
{
	while (nnames)
		free(names[--nnames]);
}

static void remove_folder(void)
{
	nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(folder);
	folder = NULL;
	forget_names();
}

/* Each test starts with an empty one. */
static void empty_folder(void)
{
	DIR *d = opendir(folder);

	ck_assert_ptr_nonnull(d);
	for (struct dirent *e; (e = readdir(d));)
		unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	forget_names();
}

TCase *unit_case_with_folder(Suite *s, const char *name)
{
	TCase *tc = unit_case(s, name);

	tcase_add_unchecked_fixture(tc, make_folder, remove_folder);
	tcase_add_checked_fixture(tc, empty_folder, NULL);
	return tc;
}

const char *in_folder(const char *name)
{
	char *path;

	ck_assert_uint_lt(nnames, MAX_NAMES);
	ck_assert_int_gt(asprintf(&path, "%s/%s", folder, name), 0);
	names[nnames++] = path;
	return path;
}

size_t folder_count(void)
{
	DIR *d = opendir(folder);
	size_t n = 0;

	ck_assert_ptr_nonnull(d);
	for (struct dirent *e; (e = readdir(d));)
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	closedir(d);
	return n;
}

uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

void bytes_add(struct bytes *b, const void *p, size_t n)
{
	if (!n)
		return;
	b->at = realloc(b->at, b->n + n);
	ck_assert_ptr_nonnull(b->at);
	if (p)
		memcpy(b->at + b->n, p, n);
	else
		memset(b->at + b->n, 0, n);
	b->n += n;
}

void bytes_free(struct bytes *b)
{
	free(b->at);
	*b = (struct bytes){ 0 };
}

void assert_same_bytes(const struct bytes *got, const struct bytes *want)
{
	size_t i = 0;

	ck_assert_uint_eq(got->n, want->n);
	while (i < got->n && got->at[i] == want->at[i])
		i++;
	ck_assert_msg(i == got->n, "byte 0x%zx is 0x%02x, not 0x%02x", i,
		      got->at[i], want->at[i]);
}

struct bytes file_read(const char *path)
{
	struct bytes b = { 0 };
	FILE *f = fopen(path, "rb");
	struct stat st;

	ck_assert_msg(f, "%s is not there", path);
	ck_assert_int_eq(fstat(fileno(f), &st), 0);
	bytes_add(&b, NULL, (size_t)st.st_size);
	ck_assert_uint_eq(fread(b.at, 1, b.n, f), b.n);
	fclose(f);
	return b;
}

void file_write(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(p, 1, n, f), n);
	ck_assert_int_eq(fclose(f), 0);
}

void run_program(const char *out, const char *const argv[])
{
	posix_spawn_file_actions_t to;
	int error, status = -1;
	pid_t pid;

	posix_spawn_file_actions_init(&to);
	if (out)
		posix_spawn_file_actions_addopen(&to, STDOUT_FILENO, out,
						 O_WRONLY | O_CREAT | O_TRUNC,
						 0600);
	error = posix_spawnp(&pid, argv[0], &to, NULL,
			     (char *const *)(uintptr_t)argv, environ);
	posix_spawn_file_actions_destroy(&to);
	ck_assert_msg(!error, "cannot run %s: %s", argv[0], strerror(error));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_msg(WIFEXITED(status) && !WEXITSTATUS(status),
		      "%s failed (status 0x%x)", argv[0], (unsigned)status);
}
