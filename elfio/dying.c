/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "dying.h"

#include <signal.h>
#include <stddef.h>

enum { FN_MAX = 4 };

static void (*volatile fns[FN_MAX])(void);

void dying_now(void)
{
	for (size_t i = 0; i < FN_MAX && fns[i]; i++)
		fns[i]();
}

static void on_signal(int sig)
{
	dying_now();
	signal(sig, SIG_DFL);
	raise(sig);
}

static void guard_signals(void)
{
	static const int sigs[] = { SIGHUP, SIGINT, SIGPIPE, SIGTERM, SIGXFSZ };
	struct sigaction old, sa = { .sa_handler = on_signal };

	for (size_t i = 0; i < sizeof(sigs) / sizeof(sigs[0]); i++)
		if (!sigaction(sigs[i], NULL, &old) &&
		    old.sa_handler == SIG_DFL)
			sigaction(sigs[i], &sa, NULL);
}

void dying_do(void (*fn)(void))
{
	size_t i = 0;

	while (i < FN_MAX && fns[i] && fns[i] != fn)
		i++;
	if (i == FN_MAX)
		return;
	fns[i] = fn;
	guard_signals();
}
