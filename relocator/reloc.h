/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef RELOCATOR_RELOC_H
#define RELOCATOR_RELOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "field.h"

/* Numbers that code, and not only reloc.def, has to know. */
enum {
#define RELOC(n, name, anchor, pc, part, field, op) RELOC_##name = n,
#include "reloc.def"
#undef RELOC
};

enum { RELOC_MAX = 258 };	/* one more than the largest number */

enum reloc_anchor {
	ANCHOR_NONE, ANCHOR_SYM, ANCHOR_PAIR, ANCHOR_SLOT, ANCHOR_TSLOT,
	ANCHOR_GP, ANCHOR_GPREL, ANCHOR_TP
};
enum reloc_pc { PC_ABS, PC_PC };
enum reloc_part { PART_FULL, PART_HI20, PART_LO12 };
enum reloc_op { OP_MARK, OP_SET, OP_ADD, OP_SUB, OP_DYN };

struct reloc {
	const char *name;	/* NULL: no such type */
	uint8_t anchor, pc, part, field, op;
};

extern const struct reloc relocs[RELOC_MAX];

/* The row of a type, or NULL. */
static inline const struct reloc *reloc_row(uint32_t type)
{
	return type < RELOC_MAX && relocs[type].name ? &relocs[type] : NULL;
}

/* Whether records of this type at one place add up. */
static inline bool reloc_adds_up(uint32_t type)
{
	const struct reloc *row = reloc_row(type);

	return row && (row->op == OP_ADD || row->op == OP_SUB);
}

/* Whether it is of a jump, call or branch: control goes to the target. */
static inline bool reloc_is_jump(const struct reloc *row)
{
	return row->field == FIELD_B || row->field == FIELD_J ||
	       row->field == FIELD_CALL || row->field == FIELD_CB ||
	       row->field == FIELD_CJ;
}

/* "R_RISCV_64", or "type 200" in buf when there is no such row. */
const char *reloc_name(uint32_t type, char buf[16]);

#endif
