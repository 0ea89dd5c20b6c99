/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "cmd.h"

/*
 * Shows on standard error how far the work is, from now on: where that is a
 * terminal, once it takes longer than a second; or as --progress says. A thread
 * of its own draws, so that the work pays nothing. Without memory or threads
 * there is no bar.
 */
void progress_start(const struct common *c, const char *what);

/* Takes it away. To be called before anything else is written. */
void progress_stop(void);

#endif
