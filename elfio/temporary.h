/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are gone when the program is. */
#ifndef ELFIO_TEMPORARY_H
#define ELFIO_TEMPORARY_H

/*
 * Where to make one, with outfile_new(), that is never put in place: in $TMPDIR, or
 * /var/tmp, for what is too large for memory, where /tmp often is. To be freed;
 * NULL: no memory.
 */
char *temporary_path(const char *name);

#endif
