/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "jobserver.h"

enum {
	MAX_JOBS = 256,
	STACK = 4 << 20		/* for windows of a file (IMAGE_WINDOW) */
};

struct pool {
	atomic_size_t next;
	size_t n;
	void (*fn)(void *ctx, size_t i, unsigned worker);
	void *ctx;
};

/* Counts for parallel_progress(); the work itself does not read them. */
static atomic_size_t calls, returned;

struct worker {
	struct pool *pool;
	pthread_t thread;
	unsigned id;
};

static void *run(void *arg)
{
	struct worker *w = arg;
	size_t i;

	while ((i = atomic_fetch_add(&w->pool->next, 1)) < w->pool->n) {
		w->pool->fn(w->pool->ctx, i, w->id);
		atomic_fetch_add_explicit(&returned, 1, memory_order_relaxed);
	}
	return NULL;
}

void parallel_for(unsigned jobs, size_t n,
		  void (*fn)(void *ctx, size_t i, unsigned worker), void *ctx)
{
	struct pool pool = { .n = n, .fn = fn, .ctx = ctx };
	struct worker w[MAX_JOBS];
	unsigned started = 1;
	pthread_attr_t attr;

	atomic_store_explicit(&returned, 0, memory_order_relaxed);
	atomic_store_explicit(&calls, n, memory_order_relaxed);
	if (jobs > MAX_JOBS)
		jobs = MAX_JOBS;
	if (jobs > n)
		jobs = (unsigned)n;
	jobs = jobs > 1 ? 1 + jobserver_take(jobs - 1) : 1;
	for (unsigned i = 0; i < jobs; i++)
		w[i] = (struct worker){ .pool = &pool, .id = i };
	if (jobs > 1 && !pthread_attr_init(&attr)) {
		pthread_attr_setstacksize(&attr, STACK);
		while (started < jobs &&
		       !pthread_create(&w[started].thread, &attr, run,
				       &w[started]))
			started++;
		pthread_attr_destroy(&attr);
	}
	run(&w[0]);
	while (--started)
		pthread_join(w[started].thread, NULL);
	jobserver_give_back();
}

void parallel_progress(size_t *done, size_t *n)
{
	*done = atomic_load_explicit(&returned, memory_order_relaxed);
	*n = atomic_load_explicit(&calls, memory_order_relaxed);
}

unsigned parallel_cpus(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set))
		return 1;
	return (unsigned)CPU_COUNT(&set);
}
