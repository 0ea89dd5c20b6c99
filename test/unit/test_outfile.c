/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "elfio/rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "unit.h"

/*
 * Stands before the C library's open(), so that a test can have a file system
 * that knows no O_TMPFILE.
 */
static bool no_tmpfile;

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & (O_CREAT | __O_TMPFILE))
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if (no_tmpfile && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return openat(AT_FDCWD, path, flags, mode);
}

static struct diag d;

static void start(void)
{
	diag_init(&d, 20);
	umask(022);
}

static void finish(void)
{
	diag_free(&d);
}

/* Each test runs with files that have no name, and with named ones. */
static void choose(int i)
{
	no_tmpfile = i % 2;
}

static struct outfile *begin(const char *path, const void *p, size_t n)
{
	struct outfile *o = outfile_new(path, 0773, &d);

	ck_assert_ptr_nonnull(o);
	ck_assert_int_eq(write(outfile_fd(o), p, n), (ssize_t)n);
	return o;
}

static void check_file(const char *path, const char *text, unsigned mode)
{
	struct bytes b = file_read(path);
	struct stat st;

	ck_assert_uint_eq(b.n, strlen(text));
	ck_assert_mem_eq(b.at, text, b.n);
	bytes_free(&b);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISREG(st.st_mode));
	ck_assert_uint_eq(st.st_mode & 07777, mode);
}

START_TEST(a_new_file_appears_at_the_commit)
{
	const char *path = in_folder("out");
	struct outfile *o;

	choose(_i);
	o = begin(path, "text", 4);
	ck_assert_int_ne(access(path, F_OK), 0);
	ck_assert(outfile_commit(o, &d));
	check_file(path, "text", 0773 & ~022);
	ck_assert_uint_eq(folder_count(), 1);
}
END_TEST

START_TEST(an_abandoned_file_never_was)
{
	const char *path = in_folder("out");

	choose(_i);
	file_write(path, "old", 3);
	outfile_abandon(begin(path, "text", 4));
	check_file(path, "old", 0644);
	outfile_abandon(begin(in_folder("other"), "text", 4));
	outfile_abandon(NULL);
	ck_assert_uint_eq(folder_count(), 1);
}
END_TEST

/* Set-id bits as well: a change of the owner would clear them. */
START_TEST(the_old_mode_and_owner_stay)
{
	const char *path = in_folder("out");
	uid_t uid = geteuid() ? geteuid() : 1234;
	gid_t gid = geteuid() ? getegid() : 4321;
	struct outfile *o;
	struct stat st;

	choose(_i);
	file_write(path, "old", 3);
	ck_assert_int_eq(chown(path, uid, gid), 0);
	ck_assert_int_eq(chmod(path, 04765), 0);
	o = begin(path, "text", 4);
	check_file(path, "old", 04765);
	ck_assert(outfile_commit(o, &d));
	check_file(path, "text", 04765);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_uid, uid);
	ck_assert_uint_eq(st.st_gid, gid);
	ck_assert_uint_eq(folder_count(), 1);
}
END_TEST

START_TEST(links_are_followed)
{
	const char *path = in_folder("out"), *link = in_folder("link");
	struct stat st;

	choose(_i);
	file_write(path, "old", 3);
	ck_assert_int_eq(symlink("out", link), 0);
	ck_assert(outfile_commit(begin(link, "text", 4), &d));
	check_file(path, "text", 0644);
	ck_assert_int_eq(lstat(link, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_uint_eq(folder_count(), 2);
}
END_TEST

START_TEST(links_to_nothing_are_refused)
{
	const char *link = in_folder("link");
	struct stat st;

	choose(_i);
	ck_assert_int_eq(symlink("out", link), 0);
	ck_assert_ptr_null(outfile_new(link, 0666, &d));
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_ptr_nonnull(strstr(d.entry[0].text, link));
	ck_assert_int_eq(lstat(link, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
	ck_assert_uint_eq(folder_count(), 1);
}
END_TEST

START_TEST(a_missing_folder_is_said)
{
	const char *path = in_folder("none/out");

	choose(_i);
	ck_assert_ptr_null(outfile_new(path, 0666, &d));
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_ptr_nonnull(strstr(d.entry[0].text, path));
	ck_assert_ptr_nonnull(strstr(d.entry[0].text, strerror(ENOENT)));
}
END_TEST

/* What is in the way when the new name is wanted. */
START_TEST(a_failed_commit_leaves_nothing)
{
	const char *path = in_folder("out");
	struct outfile *o;

	choose(_i);
	o = begin(path, "text", 4);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	ck_assert(!outfile_commit(o, &d));
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_ptr_nonnull(strstr(d.entry[0].text, path));
	ck_assert_uint_eq(folder_count(), 1);
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

START_TEST(a_folder_is_no_place_to_write_to)
{
	const char *path = in_folder("folder");
	struct outfile *o;

	ck_assert_int_eq(mkdir(path, 0755), 0);
	o = outfile_new(path, 0666, &d);
	ck_assert(!o || !outfile_commit(o, &d));
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_uint_eq(folder_count(), 1);
	ck_assert_int_eq(rmdir(path), 0);
}
END_TEST

/* --- What is no file is written to, not replaced. --- */

/*
 * A terminal of our own: should the program be broken and replace what it is
 * to write to, nothing of the system's is lost.
 */
START_TEST(devices_stay_devices)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	const char *path;
	struct stat st;
	char got[16];

	ck_assert_int_ge(master, 0);
	ck_assert_int_eq(grantpt(master), 0);
	ck_assert_int_eq(unlockpt(master), 0);
	path = ptsname(master);
	ck_assert_ptr_nonnull(path);
	ck_assert(outfile_commit(begin(path, "text", 4), &d));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(S_ISCHR(st.st_mode));
	ck_assert_int_eq(read(master, got, sizeof(got)), 4);
	ck_assert_mem_eq(got, "text", 4);
	close(master);
}
END_TEST

START_TEST(pipes_get_the_bytes)
{
	const char *path = in_folder("pipe");
	char got[16];
	int fd;

	ck_assert_int_eq(mkfifo(path, 0600), 0);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	outfile_abandon(begin(path, "never", 5));
	ck_assert_int_eq(read(fd, got, sizeof(got)), -1);
	ck_assert(outfile_commit(begin(path, "text", 4), &d));
	ck_assert_int_eq(read(fd, got, sizeof(got)), 4);
	ck_assert_mem_eq(got, "text", 4);
	close(fd);
}
END_TEST

/* More than one buffer of it. */
START_TEST(a_dash_is_standard_output)
{
	const char *path = in_folder("stdout");
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600), saved;
	struct bytes text = { 0 }, got;
	struct outfile *o;
	bool ok;

	bytes_add(&text, NULL, 200001);
	memset(text.at, 'x', text.n);
	o = begin("-", text.at, text.n);
	saved = dup(STDOUT_FILENO);
	ck_assert_int_ge(dup2(fd, STDOUT_FILENO), 0);
	ok = outfile_commit(o, &d);
	ck_assert_int_ge(dup2(saved, STDOUT_FILENO), 0);
	ck_assert(ok);
	got = file_read(path);
	assert_same_bytes(&got, &text);
	ck_assert_uint_eq(folder_count(), 1);
	bytes_free(&got);
	bytes_free(&text);
	close(saved);
	close(fd);
}
END_TEST

START_TEST(a_full_disk_is_said)
{
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), saved;
	struct outfile *o = begin("-", "text", 4);
	bool ok;

	ck_assert_int_ge(full, 0);
	saved = dup(STDOUT_FILENO);
	ck_assert_int_ge(dup2(full, STDOUT_FILENO), 0);
	ok = outfile_commit(o, &d);
	ck_assert_int_ge(dup2(saved, STDOUT_FILENO), 0);
	ck_assert(!ok);
	ck_assert_uint_eq(d.errors, 1);
	ck_assert_ptr_nonnull(strstr(d.entry[0].text, strerror(ENOSPC)));
	close(saved);
	close(full);
}
END_TEST

/* --- Signals. --- */

START_TEST(a_signal_leaves_nothing)
{
	static const int sigs[] = { SIGHUP, SIGINT, SIGTERM, SIGKILL };
	const char *path[] = { in_folder("out"), in_folder("map") };
	static struct outfile *o[2];	/* not lost, but left behind */
	int sig = sigs[_i / 2], status;
	pid_t pid;

	choose(_i);
	pid = fork();
	if (!pid) {
		signal(sig, SIG_DFL);	/* and not Check's handler */
		o[0] = begin(path[0], "text", 4);
		o[1] = begin(path[1], "text", 4);
		kill(getpid(), sig);
		outfile_abandon(o[0]);
		outfile_abandon(o[1]);
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status));
	ck_assert_int_eq(WTERMSIG(status), sig);
	ck_assert_uint_eq(folder_count(), 0);
}
END_TEST

Suite *outfile_suite(void)
{
	Suite *s = suite_create("outfile");
	TCase *tc = unit_case_with_folder(s, "files");

	tcase_add_checked_fixture(tc, start, finish);
	tcase_add_loop_test(tc, a_new_file_appears_at_the_commit, 0, 2);
	tcase_add_loop_test(tc, an_abandoned_file_never_was, 0, 2);
	tcase_add_loop_test(tc, the_old_mode_and_owner_stay, 0, 2);
	tcase_add_loop_test(tc, links_are_followed, 0, 2);
	tcase_add_loop_test(tc, links_to_nothing_are_refused, 0, 2);
	tcase_add_loop_test(tc, a_missing_folder_is_said, 0, 2);
	tcase_add_loop_test(tc, a_failed_commit_leaves_nothing, 0, 2);
	tcase_add_test(tc, a_folder_is_no_place_to_write_to);
	/* All but SIGKILL while the file has a name. */
	tcase_add_loop_test(tc, a_signal_leaves_nothing, 0, 7);

	tc = unit_case_with_folder(s, "streams");
	tcase_add_checked_fixture(tc, start, finish);
	tcase_add_test(tc, devices_stay_devices);
	tcase_add_test(tc, pipes_get_the_bytes);
	tcase_add_test(tc, a_dash_is_standard_output);
	tcase_add_test(tc, a_full_disk_is_said);
	return s;
}
