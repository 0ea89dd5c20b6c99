/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jobserver.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dying.h"

enum { TOKENS_MAX = 256 };

static struct {
	enum { UNKNOWN, NONE, KEPT, OPEN } state;
	int in, out;
	/* A token is a byte, and the same byte goes back. */
	char token[TOKENS_MAX];
	atomic_int n;
} js;

static bool is_pipe(int fd)
{
	struct stat st;

	return fd >= 0 && !fstat(fd, &st) && S_ISFIFO(st.st_mode);
}

/*
 * A descriptor of its own, for it must not block, and what is set on an
 * inherited one is set for make as well.
 */
static int reopen(int fd)
{
	char path[64];

	if (!is_pipe(fd))
		return -1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
}

/* "R,W" or "fifo:PATH", up to a blank. */
static bool open_auth(const char *auth)
{
	char path[4096];
	int r, w;

	if (sscanf(auth, "fifo:%4095s", path) == 1) {
		js.in = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		js.out = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	} else if (sscanf(auth, "%d,%d", &r, &w) == 2) {
		js.in = reopen(r);
		js.out = is_pipe(w) ? fcntl(w, F_DUPFD_CLOEXEC, 0) : -1;
	} else {
		return false;
	}
	if (is_pipe(js.in) && is_pipe(js.out))
		return true;
	if (js.in >= 0)
		close(js.in);
	if (js.out >= 0)
		close(js.out);
	return false;
}

/* The last one counts. */
static const char *find_auth(const char *flags)
{
	static const char *const names[] = { "--jobserver-auth=", "--jobserver-fds=" };
	const char *last = NULL;

	for (size_t i = 0; i < 2; i++)
		for (const char *at = flags; (at = strstr(at, names[i]));) {
			at += strlen(names[i]);
			if (!last || at > last)
				last = at;
		}
	return last;
}

static void find_jobserver(void)
{
	const char *flags = getenv("MAKEFLAGS");
	const char *auth = flags ? find_auth(flags) : NULL;

	if (!auth)
		js.state = NONE;
	else
		js.state = open_auth(auth) ? OPEN : KEPT;
}

unsigned jobserver_take(unsigned want)
{
	unsigned n = 0;

	if (js.state == UNKNOWN)
		find_jobserver();
	if (js.state != OPEN)
		return js.state == NONE ? want : 0;
	dying_do(jobserver_give_back);
	while (n < want && n < TOKENS_MAX &&
	       read(js.in, &js.token[n], 1) == 1)
		atomic_store(&js.n, (int)++n);
	return n;
}

void jobserver_give_back(void)
{
	int n = atomic_load(&js.n);

	/* A signal may come in between, and no token goes back twice. */
	while (n > 0)
		if (atomic_compare_exchange_weak(&js.n, &n, n - 1)) {
			n--;
			if (write(js.out, &js.token[n], 1) != 1)
				return;		/* make is gone */
		}
}

void jobserver_ignore(void)
{
	js.state = NONE;
}
