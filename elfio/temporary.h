/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files that are gone when the program is. */
#ifndef ELFIO_TEMPORARY_H
#define ELFIO_TEMPORARY_H

/* $TMPDIR, or /var/tmp: for what is too large for memory, where /tmp often is. */
const char *temporary_folder(void);

/* The descriptor of a file without a name in there; -1 with errno set. */
int temporary_file(void);

#endif
