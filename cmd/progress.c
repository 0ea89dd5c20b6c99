/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "elfio/parallel.h"
#include "show.h"

enum {
	PATIENCE_MS = 1000,	/* before anything is shown */
	FRAME_MS = 100,
	WIDEST = 100,		/* columns; more says no more */
};

static pthread_t drawer;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;
static bool running, ending;	/* ending: under lock */
static enum when when;
static const char *_Atomic stage;

/* A column less than there are: a full line would wrap. */
static int columns(void)
{
	struct winsize w;
	int n = ioctl(STDERR_FILENO, TIOCGWINSZ, &w) || !w.ws_col ? 80 : w.ws_col;

	return (n < WIDEST ? n : WIDEST) - 1;
}

/*
 * "rvreloc: writing  [#####          ]  33%", or what of it there is room for.
 */
static void make_line(char *line, size_t len, int room)
{
	const char *what = atomic_load(&stage);
	char bar[WIDEST] = "";
	size_t done, n;
	int width;

	parallel_progress(&done, &n);
	width = room - (int)strlen(what) - (int)strlen("rvreloc:   [] 100%");
	if (width > 0)
		memset(bar, ' ', (size_t)width);
	if (done >= n) {
		snprintf(line, len, "rvreloc: %s ...", what);
	} else if (width < 4) {
		snprintf(line, len, "%3zu%% %s", done * 100 / n, what);
	} else {
		memset(bar, '#', (size_t)width * done / n);
		snprintf(line, len, "rvreloc: %s  [%s] %3zu%%", what, bar,
			 done * 100 / n);
	}
}

/* Only printable characters and \r: this works on any terminal. */
static void draw(int *drawn)
{
	char line[2 * WIDEST];
	int room = columns(), n;

	make_line(line, sizeof(line), room);
	n = fprintf(stderr, "\r%-*.*s", *drawn < room ? *drawn : room, room, line);
	*drawn = n > 0 ? n - 1 : 0;
	fflush(stderr);
}

static void add_ms(struct timespec *t, long ms)
{
	t->tv_sec += ms / 1000;
	t->tv_nsec += ms % 1000 * 1000000;
	if (t->tv_nsec >= 1000000000) {
		t->tv_nsec -= 1000000000;
		t->tv_sec++;
	}
}

static void *run(void *arg)
{
	struct timespec next;
	int drawn = 0;

	(void)arg;
	clock_gettime(CLOCK_MONOTONIC, &next);
	add_ms(&next, when == ALWAYS ? FRAME_MS : PATIENCE_MS);
	if (when == ALWAYS)
		draw(&drawn);
	pthread_mutex_lock(&lock);
	while (!ending)
		if (pthread_cond_clockwait(&ended, &lock, CLOCK_MONOTONIC, &next)) {
			draw(&drawn);
			add_ms(&next, FRAME_MS);
		}
	pthread_mutex_unlock(&lock);
	if (drawn)
		fprintf(stderr, "\r%*s\r", drawn, "");
	return NULL;
}

void progress_stage(const struct common *c, const char *what)
{
	bool wanted = c->progress == ALWAYS ||
		      (c->progress == AUTO && !c->quiet && is_terminal(STDERR_FILENO));

	atomic_store(&stage, what);
	if (!wanted || running)
		return;
	when = c->progress;
	ending = false;
	running = !pthread_create(&drawer, NULL, run, NULL);
}

void progress_end(void)
{
	if (!running)
		return;
	pthread_mutex_lock(&lock);
	ending = true;
	pthread_cond_signal(&ended);
	pthread_mutex_unlock(&lock);
	pthread_join(drawer, NULL);
	running = false;
}
