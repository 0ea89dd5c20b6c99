/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "elfio/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "unit.h"

enum { MOST = 50000, WORKERS = 1 << 10 };

static const unsigned jobs[] = { 0, 1, 2, 3, 7, 64, 256, 257, 1000 };
static const size_t counts[] = { 0, 1, 2, 5, 256, 1000, MOST };

struct log {
	unsigned jobs;
	atomic_uint calls[MOST];
	atomic_flag busy[WORKERS];	/* a worker does one thing at a time */
	atomic_uint wrong;
	atomic_size_t started;		/* highest index seen, plus 1 */
};

static void note(void *ctx, size_t i, unsigned worker)
{
	struct log *l = ctx;

	if (worker >= (l->jobs ? l->jobs : 1) ||
	    atomic_flag_test_and_set(&l->busy[worker])) {
		atomic_fetch_add(&l->wrong, 1);
		return;
	}
	atomic_fetch_add(&l->calls[i], 1);
	if (i % 1024 == 0)
		sched_yield();
	atomic_flag_clear(&l->busy[worker]);
}

START_TEST(each_index_once)
{
	struct log *l = calloc(1, sizeof(*l));
	size_t n = counts[(size_t)_i / COUNT_OF(jobs)];

	ck_assert_ptr_nonnull(l);
	l->jobs = jobs[(size_t)_i % COUNT_OF(jobs)];
	parallel_for(l->jobs, n, note, l);
	/* All calls have returned: nobody writes here any more. */
	ck_assert_uint_eq(atomic_load(&l->wrong), 0);
	for (size_t i = 0; i < MOST; i++)
		if (atomic_load(&l->calls[i]) != (i < n))
			ck_abort_msg("index %zu: %u calls", i,
				     atomic_load(&l->calls[i]));
	free(l);
}
END_TEST

static void ascend(void *ctx, size_t i, unsigned worker)
{
	size_t *next = ctx;

	(void)worker;
	ck_assert_uint_eq(i, *next);
	++*next;
}

START_TEST(one_job_goes_in_order)
{
	size_t next = 0;

	parallel_for((unsigned)_i, MOST, ascend, &next);
	ck_assert_uint_eq(next, MOST);
}
END_TEST

/* Two calls wait for each other: they can only both return if both run. */
static void meet(void *ctx, size_t i, unsigned worker)
{
	(void)i, (void)worker;
	pthread_barrier_wait(ctx);
}

START_TEST(jobs_run_at_the_same_time)
{
	pthread_barrier_t both;

	pthread_barrier_init(&both, NULL, (unsigned)_i);
	parallel_for((unsigned)_i, (size_t)_i * 3, meet, &both);
	pthread_barrier_destroy(&both);
}
END_TEST

struct straggler {
	pthread_barrier_t both;
	atomic_uint done;
};

/* Each worker gets one; all but the caller's own dawdle over it. */
static void dawdle(void *ctx, size_t i, unsigned worker)
{
	struct straggler *s = ctx;

	(void)i;
	pthread_barrier_wait(&s->both);
	if (worker)
		usleep(100000);
	atomic_fetch_add(&s->done, 1);
}

START_TEST(nobody_is_left_behind)
{
	static struct straggler s;	/* outlives them, should they stay */

	pthread_barrier_init(&s.both, NULL, 3);
	parallel_for(3, 3, dawdle, &s);
	ck_assert_uint_eq(atomic_load(&s.done), 3);
	pthread_barrier_destroy(&s.both);
}
END_TEST

START_TEST(processors_are_those_that_may_be_used)
{
	cpu_set_t set, one;
	size_t cpu = 0;

	ck_assert_int_eq(sched_getaffinity(0, sizeof(set), &set), 0);
	ck_assert_uint_eq(parallel_cpus(), (unsigned)CPU_COUNT(&set));
	while (!CPU_ISSET(cpu, &set))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(one), &one), 0);
	ck_assert_uint_eq(parallel_cpus(), 1);
	ck_assert_int_eq(sched_setaffinity(0, sizeof(set), &set), 0);
}
END_TEST

Suite *parallel_suite(void)
{
	Suite *s = suite_create("parallel");
	TCase *tc = unit_case(s, "for");

	tcase_add_loop_test(tc, each_index_once, 0,
			    COUNT_OF(jobs) * COUNT_OF(counts));
	tcase_add_loop_test(tc, one_job_goes_in_order, 0, 2);
	tcase_add_loop_test(tc, jobs_run_at_the_same_time, 1, 5);
	tcase_add_test(tc, nobody_is_left_behind);
	tcase_add_test(tc, processors_are_those_that_may_be_used);
	return s;
}
