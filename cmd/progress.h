/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far it is, for people who wait. */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "cmd.h"

/*
 * A stage of the work begins: `what` (kept) names it, as in "writing". Where it
 * is wanted, and once the work takes more than a second, it is shown on
 * standard error, with the part that is done of the latest parallel_for(). A
 * thread of its own draws, so the work pays nothing for it. Nothing may be
 * printed until progress_end().
 */
void progress_stage(const struct common *c, const char *what);

/* Takes away what is on the screen; there may have been nothing. */
void progress_end(void);

#endif
