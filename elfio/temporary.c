/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "temporary.h"

#include <stdio.h>
#include <stdlib.h>

char *temporary_path(const char *name)
{
	const char *folder = getenv("TMPDIR");
	char *path;

	return asprintf(&path, "%s/%s", folder && *folder ? folder : "/var/tmp",
			name) < 0 ? NULL : path;
}
