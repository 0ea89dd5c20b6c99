/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instruction and data fields: decode, encode, and whether a value fits. */
#ifndef RELOCATOR_FIELD_H
#define RELOCATOR_FIELD_H

#include <stdbool.h>
#include <stdint.h>

enum field_id {
#define FIELD(id, name, bytes, value, opcodes, ...) FIELD_##id,
#include "field.def"
#undef FIELD
	FIELD_COUNT
};

enum field_value { VALUE_DATA, VALUE_INSN, VALUE_UPPER, VALUE_PAIR };

enum { SLICES = 9 };

struct slice {
	uint8_t from, count, to;
};

struct field {
	const char *name;
	uint8_t bytes;
	uint8_t value;		/* enum field_value */
	uint8_t quadrant;	/* 3: 32-bit instructions */
	uint32_t opcodes;	/* bit set of major opcodes, or of funct3 */
	uint32_t opcodes2;	/* of the second instruction */
	struct slice slice[SLICES];	/* ends with count 0 */
};

extern const struct field fields[FIELD_COUNT];

/* The bytes of field id at p, as one little-endian word. */
uint64_t field_load(enum field_id id, const uint8_t *p);
void field_store(enum field_id id, uint8_t *p, uint64_t word);

/* True when word is an instruction that has this field (always, for data). */
bool field_opcode_ok(enum field_id id, uint64_t word);

/*
 * The value that the word holds. UPPER fields give the value of their 20 (or
 * 6) bits shifted left by 12; all but data are sign-extended.
 */
uint64_t field_decode(enum field_id id, uint64_t word);

/* The word with v in it. v must fit, as field_fits() says. */
uint64_t field_encode(enum field_id id, uint64_t word, uint64_t v);

/*
 * Whether v survives encoding: "fits" is the round trip. UPPER rounds first,
 * which gives the psABI's range -2^31-0x800 <= v < 2^31-0x800; a c.lui of 0 is
 * another instruction and does not fit. Data words take either sign.
 */
bool field_fits(enum field_id id, uint64_t v);

/* What an UPPER field keeps of v: (v + 0x800) with the low 12 bits clear. */
static inline uint64_t field_upper(uint64_t v)
{
	return (v + 0x800) & ~UINT64_C(0xfff);
}

/* The signed 12 bits that are left. */
static inline uint64_t field_lower(uint64_t v)
{
	return (uint64_t)((int64_t)(v << 52) >> 52);
}

/* rs1 of an I- or S-type instruction. */
static inline unsigned field_rs1(uint64_t word)
{
	return (unsigned)(word >> 15) & 31;
}

#endif
