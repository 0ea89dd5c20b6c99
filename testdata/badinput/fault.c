/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes one call of the C library fail, or a signal come just before it; to be
 * preloaded. FAULT="NAME NTH ERRNO" says which call of which function; a
 * negative ERRNO is a signal, "NAME 0 ERRNO" is every call. NAME "short" makes
 * reads and writes take no more than a few bytes, each time. FAULT_MARK names
 * a file that is made when it happens. PLAIN_FILES=1: the file system cannot
 * make files without a name, nor room in them before they are written.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static char name[32];
static int nth, error;
static bool plain_files;
static atomic_int calls;

__attribute__((constructor)) static void start(void)
{
	const char *fault = getenv("FAULT");

	plain_files = getenv("PLAIN_FILES");
	if (fault && sscanf(fault, "%31s %d %d", name, &nth, &error) < 1)
		_exit(99);
}

static void mark(void)
{
	const char *path = getenv("FAULT_MARK");

	if (path)
		syscall(SYS_close, (int)syscall(SYS_open, path,
						O_CREAT | O_WRONLY, 0600));
}

/* Whether this call is to fail; errno is set then. */
static bool fails(const char *called)
{
	if (strcmp(called, name))
		return false;
	if (nth && atomic_fetch_add(&calls, 1) + 1 != nth)
		return false;
	mark();
	if (error < 0) {
		raise(-error);
		return false;
	}
	errno = error;
	return true;
}

static size_t less(size_t n)
{
	return !strcmp(name, "short") && n > 7 ? 7 : n;
}

/* These must work before the constructor has run, and for dlsym(). */
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

void *malloc(size_t n)
{
	return fails("malloc") ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return fails("malloc") ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return fails("malloc") ? NULL : __libc_realloc(p, n);
}

#define REAL(f)		((__typeof__(&f))dlsym(RTLD_NEXT, #f))
#define WRAP(type, f, failed, parameters, ...)				\
	type f parameters						\
	{								\
		return fails(#f) ? (failed) : REAL(f)(__VA_ARGS__);	\
	}

WRAP(ssize_t, read, -1, (int fd, void *p, size_t n), fd, p, less(n))
WRAP(ssize_t, write, -1, (int fd, const void *p, size_t n), fd, p, less(n))
WRAP(ssize_t, pwrite, -1, (int fd, const void *p, size_t n, off_t at),
     fd, p, less(n), at)
WRAP(int, ftruncate, -1, (int fd, off_t n), fd, n)
WRAP(int, fstat, -1, (int fd, struct stat *st), fd, st)
WRAP(int, fchmod, -1, (int fd, mode_t mode), fd, mode)
WRAP(int, fchown, -1, (int fd, uid_t u, gid_t g), fd, u, g)
WRAP(int, linkat, -1, (int f, const char *from, int t, const char *to, int how),
     f, from, t, to, how)
WRAP(int, rename, -1, (const char *from, const char *to), from, to)
WRAP(int, mkostemp, -1, (char *path, int flags), path, flags)
WRAP(int, memfd_create, -1, (const char *path, unsigned flags), path, flags)
WRAP(int, dup, -1, (int fd), fd)
WRAP(off_t, lseek, -1, (int fd, off_t at, int whence), fd, at, whence)
WRAP(void *, mmap, MAP_FAILED,
     (void *at, size_t n, int prot, int flags, int fd, off_t off),
     at, n, prot, flags, fd, off)
WRAP(FILE *, fdopen, NULL, (int fd, const char *mode), fd, mode)
WRAP(char *, realpath, NULL, (const char *path, char *buf), path, buf)
WRAP(int, pthread_create, errno,
     (pthread_t *t, const pthread_attr_t *attr, void *(*fn)(void *), void *arg),
     t, attr, fn, arg)

int fallocate(int fd, int mode, off_t at, off_t n)
{
	if (plain_files) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return fails("fallocate") ? -1 : REAL(fallocate)(fd, mode, at, n);
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;

	if (flags & (O_CREAT | O_TMPFILE)) {
		va_list ap;

		va_start(ap, flags);
		mode = va_arg(ap, mode_t);
		va_end(ap);
	}
	if (plain_files && (flags & O_TMPFILE) == O_TMPFILE) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return fails("open") ? -1 : REAL(open)(path, flags, mode);
}
