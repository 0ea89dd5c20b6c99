/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ELFIO_PARALLEL_H
#define ELFIO_PARALLEL_H

#include <stddef.h>

/*
 * Calls fn(ctx, i, worker) for every i in [0, n), each once, from up to `jobs`
 * threads (worker is 0 .. jobs-1), and returns when all calls have. Calls
 * start in ascending order of i. Runs on the caller's thread alone when a
 * thread cannot be had. Under GNU make's jobserver there is a thread for each
 * token that is free (jobserver.h).
 */
void parallel_for(unsigned jobs, size_t n,
		  void (*fn)(void *ctx, size_t i, unsigned worker), void *ctx);

/*
 * How many calls of the latest parallel_for() have returned, and of how many:
 * for another thread, to show how far it is.
 */
void parallel_progress(size_t *done, size_t *n);

/* How many processors this process may use. */
unsigned parallel_cpus(void);

#endif
