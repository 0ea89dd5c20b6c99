/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GNU make's jobserver (make manual, "Sharing Job Slots with GNU make"): who
 * wants to run more than one thread in a parallel build takes a token for
 * each that is more.
 */
#ifndef ELFIO_JOBSERVER_H
#define ELFIO_JOBSERVER_H

/*
 * How many of `want` further threads may run now: all of them when no
 * jobserver is named in MAKEFLAGS, else as many as there were tokens, without
 * waiting for one; none when make keeps its jobserver from this process.
 * What was taken goes back by jobserver_give_back(), or when a signal ends
 * the process. For one thread at a time.
 */
unsigned jobserver_take(unsigned want);
void jobserver_give_back(void);

/* From here on there is none: the user has said how many threads. */
void jobserver_ignore(void);

#endif
