/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where a kernel runs, as what it says of itself tells. */
#ifndef CMD_MATCH_H
#define CMD_MATCH_H

#include "relocator/classify.h"

/*
 * Reads a listing of symbols (/proc/kallsyms, System.map), a log, or
 * vmcoreinfo from `path` ("-": standard input), and finds in it the base at
 * which the kernel of the model runs. False after messages in d: it does not
 * tell, contradicts itself, or is of another kernel.
 */
bool match_base(const char *path, const struct model *m, uint64_t *base,
		struct diag *d);

#endif
