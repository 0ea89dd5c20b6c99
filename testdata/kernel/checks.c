// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Each check walks one kind of address in the image and holds it against what
 * the program counter says, or against what it must lead to.
 */
#include "checks.h"
#include "things.h"

#define FROM_PC(x)	HERE(x),
#define DIRECTLY(x)	x,
#define ITS_TEXT(x)	{ x },
#define COUNT(array)	(sizeof(array) / sizeof(array)[0])

uint32_t sum_add(uint32_t sum, uintptr_t value)
{
	for (unsigned i = 0; i < sizeof value; i++, value >>= 8)
		sum = (sum ^ (value & 0xff)) * 16777619u;	/* FNV-1a */
	return sum;
}

static bool compare(struct tally *t, uintptr_t got, uintptr_t want)
{
	t->seen++;
	if (got == want)
		return true;
	put("    no. ");
	put_number(t->seen);
	put(" is ");
	put_address(got);
	put(", not ");
	put_address(want);
	put("\n");
	t->bad++;
	return false;
}

/* A value that is the same at every base. */
static bool equal(struct tally *t, uintptr_t got, uintptr_t want)
{
	t->sum = sum_add(t->sum, got);
	return compare(t, got, want);
}

/* An address in the image, or near it. */
static bool points(struct tally *t, const void *got, uintptr_t want)
{
	t->sum = sum_add(t->sum, (uintptr_t)got - t->base);
	return compare(t, (uintptr_t)got, want);
}

static void walk_link_base(struct tally *t)
{
	points(t, (const void *)link_base, HERE(_start));
}

static void walk_objects(struct tally *t)
{
	const uintptr_t want[] = { OBJECTS(FROM_PC) };

	for (unsigned i = 0; i < COUNT(want); i++)
		points(t, object_words[i], want[i]);
	for (unsigned i = 0; i < COUNT(want); i++)
		points(t, object_words_written[i], want[i]);
	points(t, small_word, HERE(pear));
}

/* Addresses in instructions: lui for medlow, auipc for medany, or from gp. */
static void walk_code(struct tally *t)
{
	const void *got[] = { OBJECTS(DIRECTLY) };
	const uintptr_t want[] = { OBJECTS(FROM_PC) };

	for (unsigned i = 0; i < COUNT(want); i++) {
		__asm__("" : "+r"(got[i]));
		points(t, got[i], want[i]);
	}

	equal(t, pear[PEARS - 1], 11);
	equal(t, orchard[1], 19);
	crate[CRATE - 1] = 29;
	equal(t, *(unsigned *)(HERE(crate) + (CRATE - 1) * sizeof *crate), 29);
}

static void walk_functions(struct tally *t)
{
	const uintptr_t where[] = { FUNCTIONS(FROM_PC) };
	const unsigned result[] = { 14, 49, 7u << 16, 8 };

	for (unsigned i = 0; i < COUNT(where); i++)
		if (points(t, (const void *)function_words[i], where[i]))
			equal(t, function_words[i](7), result[i]);
}

static void walk_switch(struct tally *t)
{
	const unsigned want[] = { 32, 24, 116, 203, 71, 12, 93, 20, 14, 841, 24389, 39, 0 };

	for (unsigned i = 0; i < COUNT(want); i++)
		equal(t, choose(i, 29), want[i]);
}

static void walk_labels(struct tally *t)
{
	enum { ADD, MULTIPLY, NEGATE, DONE };
	static const unsigned char program[] = { ADD, 5, MULTIPLY, 6, NEGATE, ADD, 92, DONE };

	equal(t, run_program(program, 10), 2);
}

static void walk_strings(struct tally *t)
{
	static const char want[][8] = { WORDS(ITS_TEXT) };

	for (unsigned i = 0; i < COUNT(want); i++) {
		const char *got = string_words[i];

		if ((uintptr_t)got - t->base >= HERE(_end) - t->base) {
			points(t, got, HERE(_data));
			continue;
		}
		for (unsigned k = 0; want[i][k]; k++)
			equal(t, got[k], want[i][k]);
	}
}

static void walk_crooked(struct tally *t)
{
	const uintptr_t want[CROOKED][2] = {
		{ HERE(apple), HERE(twice) },
		{ HERE(orchard) + sizeof *orchard, HERE(crate) },
		{ 0, HERE(pear) + PEARS * sizeof *pear },
	};

	for (unsigned i = 0; i < CROOKED; i++) {
		equal(t, crooked[i].tag, i + 1);
		if (want[i][0])
			points(t, crooked[i].first, want[i][0]);
		else
			equal(t, (uintptr_t)crooked[i].first, 0);
		points(t, crooked[i].second, want[i][1]);
	}
}

static void walk_cuts(struct tally *t)
{
	const uintptr_t want[CUTS] = {
		HERE(orchard) + sizeof *orchard,
		HERE(orchard) + 2 * sizeof *orchard + 3,
		HERE(orchard) + ORCHARD * sizeof *orchard,
		HERE(crate) + (CRATE - 1) * sizeof *crate,
		HERE(crate) + CRATE * sizeof *crate,
	};

	for (unsigned i = 0; i < CUTS; i++)
		points(t, cut_words[i], want[i]);
	points(t, (const void *)outside_words[0], HERE(_start) - 16);
	points(t, (const void *)outside_words[1], HERE(_end) + 0x10000);
}

static void walk_ring(struct tally *t)
{
	const struct node *at = ring;
	static const unsigned char order[NODES] = { 0, 2, 3, 1 };

	for (unsigned i = 0; i < NODES; i++) {
		if (!points(t, at, HERE(ring) + order[i] * sizeof *at))
			return;
		equal(t, at->value, order[i] + 1);
		if (points(t, at->index, HERE(ring_index) + order[i] * sizeof *at->index))
			points(t, *at->index, (uintptr_t)at);
		at = at->next;
	}
	points(t, at, HERE(ring));
}

/* In words, in instructions, and as what is called if it is there. */
static void walk_absent(struct tally *t)
{
	const char *in_code = absent;

	__asm__("" : "+r"(in_code));
	equal(t, (uintptr_t)in_code, 0);
	equal(t, (uintptr_t)absent_words[0], 0);
	equal(t, (uintptr_t)absent_words[1], 8);
	equal(t, (uintptr_t)absent_words[2], 0);
	equal(t, absent_function ? absent_function(1) : 31, 31);
}

static void walk_script(struct tally *t)
{
	const uintptr_t want[] = { SCRIPT_ADDRESSES(FROM_PC) };

	for (unsigned i = 0; i < COUNT(want); i++)
		points(t, script_words[i], want[i]);
	points(t, absolute_words[0], HERE(_end));
	points(t, absolute_words[1], HERE(_data));
	equal(t, (uintptr_t)absolute_words[2], HERE(_end) - HERE(_start));
	equal(t, (uintptr_t)absolute_words[3], 42);
}

static void walk_differences(struct tally *t)
{
	uintptr_t length = HERE(through_got_end) - HERE(through_got);

	equal(t, differences[0], HERE(pear) - HERE(_start));
	equal(t, differences[1], HERE(_start) - HERE(pear));
	equal(t, differences32[0], HERE(orchard) - HERE(twice));
	equal(t, differences32[1], HERE(pear) - (HERE(differences32) + 4));
	equal(t, differences16[0], length);
	equal(t, differences8[0], length);
}

static void walk_got(struct tally *t)
{
	points(t, address_through_got(), HERE(pear));
}

void checks_init(void)
{
	initcalls_done = 10 * initcalls_done + 3;
}
INITCALL(checks_init);

/* The order of the objects on the linker's command line gives that of the calls. */
static void walk_initcalls(struct tally *t)
{
	points(t, _initcalls, HERE(_initcalls));
	equal(t, _initcalls_end - _initcalls, INITCALLS);

	const uintptr_t want[INITCALLS] = {
		HERE(things_init), HERE(switch_init), HERE(checks_init),
	};
	initcalls_done = 0;
	for (unsigned i = 0; i < INITCALLS; i++)
		if (points(t, (const void *)_initcalls[i], want[i]))
			_initcalls[i]();
	equal(t, initcalls_done, 123);
}

const struct check checks[] = {
	{ "the word that knows the base", walk_link_base },
	{ "pointers to objects", walk_objects },
	{ "addresses in instructions", walk_code },
	{ "pointers to functions, called", walk_functions },
	{ "a switch", walk_switch },
	{ "labels as values", walk_labels },
	{ "strings by pointer", walk_strings },
	{ "pointers at odd addresses", walk_crooked },
	{ "inside, at the end, beyond", walk_cuts },
	{ "a ring of pointers", walk_ring },
	{ "weak and undefined", walk_absent },
	{ "linker-script symbols", walk_script },
	{ "differences of addresses", walk_differences },
	{ "through a GOT", walk_got },
	{ "an array that the linker gathers", walk_initcalls },
};

const unsigned checks_count = COUNT(checks);
