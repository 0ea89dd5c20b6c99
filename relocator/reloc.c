/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reloc.h"

#include <inttypes.h>
#include <stdio.h>

const struct reloc relocs[RELOC_MAX] = {
#define RELOC(n, name, a, p, part, f, op)				\
	[n] = { "R_RISCV_" #name, ANCHOR_##a, PC_##p, PART_##part,	\
		FIELD_##f, OP_##op },
#include "reloc.def"
#undef RELOC
};

const char *reloc_name(uint32_t type, char buf[16])
{
	const struct reloc *row = reloc_row(type);

	if (row)
		return row->name;
	snprintf(buf, 16, "type %" PRIu32, type);
	return buf;
}
