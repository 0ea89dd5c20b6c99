/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "elfio/parallel.h"
#include "show.h"

enum {
	PATIENCE_MS = 1000, REDRAW_MS = 100,
	BAR = 40, WIDTH = 80
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	pthread_t thread;
	bool running, stop, drawn;
	enum when when;
	char what[64];
} progress = { .lock = PTHREAD_MUTEX_INITIALIZER };

static unsigned terminal_width(void)
{
	struct winsize w;

	return !ioctl(STDERR_FILENO, TIOCGWINSZ, &w) && w.ws_col ? w.ws_col : WIDTH;
}

static void draw(void)
{
	char bar[BAR + 1], line[WIDTH + BAR];
	size_t begun, n, filled, room = terminal_width();
	int len;

	parallel_progress(&begun, &n);
	if (!n)
		return;
	filled = begun * BAR / n;
	memset(bar, '#', filled);
	memset(bar + filled, '.', BAR - filled);
	bar[BAR] = '\0';
	len = snprintf(line, sizeof(line), "%s [%s] %3zu %%", progress.what, bar,
		       begun * 100 / n);
	if ((size_t)len >= room)
		len = snprintf(line, sizeof(line), "%3zu %%", begun * 100 / n);
	if ((size_t)len >= room)
		return;
	fprintf(stderr, "\r%s", line);
	fflush(stderr);
	progress.drawn = true;
}

static void *keep_drawing(void *unused)
{
	long wait = progress.when == ALWAYS ? 0 : PATIENCE_MS;
	struct timespec until;

	(void)unused;
	pthread_mutex_lock(&progress.lock);
	while (!progress.stop) {
		clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_nsec += wait % 1000 * 1000000;
		until.tv_sec += wait / 1000 + until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		while (!progress.stop &&
		       !pthread_cond_timedwait(&progress.wake, &progress.lock,
					       &until))
			;
		if (!progress.stop)
			draw();
		wait = REDRAW_MS;
	}
	pthread_mutex_unlock(&progress.lock);
	return NULL;
}

void progress_start(const struct common *c, const char *what)
{
	pthread_condattr_t monotonic;

	if (c->progress == NEVER || progress.running ||
	    (c->progress == AUTO && (c->quiet || !is_terminal(STDERR_FILENO))))
		return;
	progress.when = c->progress;
	progress.stop = progress.drawn = false;
	snprintf(progress.what, sizeof(progress.what), "rvreloc %s", what);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&progress.wake, &monotonic);
	pthread_condattr_destroy(&monotonic);
	progress.running = !pthread_create(&progress.thread, NULL, keep_drawing,
					   NULL);
}

void progress_stop(void)
{
	if (!progress.running)
		return;
	pthread_mutex_lock(&progress.lock);
	progress.stop = true;
	pthread_cond_signal(&progress.wake);
	pthread_mutex_unlock(&progress.lock);
	pthread_join(progress.thread, NULL);
	progress.running = false;
	if (progress.drawn)
		fprintf(stderr, "\r%*s\r", (int)terminal_width() - 1, "");
}
