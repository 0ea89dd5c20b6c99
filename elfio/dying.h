/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a signal that ends the process must not leave as it is. */
#ifndef ELFIO_DYING_H
#define ELFIO_DYING_H

/*
 * Has fn called before SIGHUP, SIGINT, SIGPIPE, SIGTERM or SIGXFSZ ends the
 * process, where it does. fn may do only what signal handlers may, and may be
 * called from any thread. More than once is the same as once.
 */
void dying_do(void (*fn)(void));

/* Does it now: for who ends the process without exit(). */
void dying_now(void);

#endif
