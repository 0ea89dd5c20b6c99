/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "field.h"

#include <string.h>

#define BIT(n)		(UINT32_C(1) << (n))
#define ANY		.quadrant = 0
#define FULL(set)	.quadrant = 3, .opcodes = (set)
#define THEN(set)	, .opcodes2 = (set)
#define SHORT(q, set)	.quadrant = (q), .opcodes = (set)

const struct field fields[FIELD_COUNT] = {
#define FIELD(id, text, size, kind, opcode, ...)			\
	[FIELD_##id] = { .name = text, .bytes = size,			\
			 .value = VALUE_##kind, opcode,			\
			 .slice = { __VA_ARGS__ } },
#include "field.def"
#undef FIELD
};

uint64_t field_load(enum field_id id, const uint8_t *p)
{
	uint64_t word = 0;

	/* Copies of a known length are one instruction. */
	switch (fields[id].bytes) {
	case 8:
		memcpy(&word, p, 8);
		break;
	case 4:
		memcpy(&word, p, 4);
		break;
	case 2:
		memcpy(&word, p, 2);
		break;
	default:
		memcpy(&word, p, fields[id].bytes);
	}
	return word;
}

void field_store(enum field_id id, uint8_t *p, uint64_t word)
{
	memcpy(p, &word, fields[id].bytes);
}

static bool full_opcode_ok(uint32_t set, uint64_t insn)
{
	return (insn & 3) == 3 && (set >> ((insn >> 2) & 31) & 1);
}

bool field_opcode_ok(enum field_id id, uint64_t word)
{
	const struct field *f = &fields[id];

	if (!f->opcodes)
		return true;
	if (f->quadrant != 3)
		return (word & 3) == f->quadrant &&
		       (f->opcodes >> ((word >> 13) & 7) & 1);
	return full_opcode_ok(f->opcodes, word) &&
	       (!f->opcodes2 || full_opcode_ok(f->opcodes2, word >> 32));
}

static uint64_t mask(unsigned bits)
{
	return bits >= 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
}

/* How many bits the value has, bit 0 included. */
static inline __attribute__((always_inline)) unsigned width(const struct field *f)
{
	unsigned top = 0;

#pragma GCC unroll 9
	for (unsigned i = 0; i < SLICES; i++) {
		unsigned end = f->slice[i].from + f->slice[i].count;

		top = end > top ? end : top;
	}
	return top;
}

static uint64_t sign_extend(uint64_t v, unsigned bits)
{
	return (uint64_t)((int64_t)(v << (64 - bits)) >> (64 - bits));
}

/* Where the row is known to the compiler, a few shifts are left of this. */
static inline __attribute__((always_inline)) uint64_t
decode(const struct field *f, uint64_t word)
{
	uint64_t v = 0;

#pragma GCC unroll 9
	for (unsigned i = 0; i < SLICES; i++) {
		const struct slice *s = &f->slice[i];

		v |= (word >> s->to & mask(s->count)) << s->from;
	}
	if (f->value == VALUE_DATA)
		return v;
	v = sign_extend(v, width(f));
	if (f->value == VALUE_PAIR)
		v = (v & ~UINT64_C(0xfff)) + field_lower(v);
	return v;
}

uint64_t field_decode(enum field_id id, uint64_t word)
{
	switch (id) {
#define FIELD(id, ...) case FIELD_##id: return decode(&fields[FIELD_##id], word);
#include "field.def"
#undef FIELD
	default:
		return 0;
	}
}

uint64_t field_encode(enum field_id id, uint64_t word, uint64_t v)
{
	const struct field *f = &fields[id];

	if (f->value == VALUE_UPPER)
		v = field_upper(v);
	else if (f->value == VALUE_PAIR)
		v = field_upper(v) | (v & 0xfff);
	for (const struct slice *s = f->slice; s->count; s++) {
		word &= ~(mask(s->count) << s->to);
		word |= (v >> s->from & mask(s->count)) << s->to;
	}
	return word;
}

bool field_fits(enum field_id id, uint64_t v)
{
	const struct field *f = &fields[id];
	uint64_t back = field_decode(id, field_encode(id, 0, v));
	uint64_t want = f->value == VALUE_UPPER ? field_upper(v) : v;

	if (f->value == VALUE_DATA)
		return back == v ||
		       sign_extend(back, width(f)) == v;
	return back == want && !(id == FIELD_CLUI && !back);
}
