// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The tables of addresses.  They are apart from the code that reads them, so
 * that the compiler cannot look through a table and form the address itself.
 */
#include "things.h"

#define ADDRESS(x)	x,
#define ITSELF(x)	x,

unsigned apple[1] = { 3 };
unsigned pear[PEARS] = { 5, 7, [PEARS - 1] = 11 };
const unsigned cherry[1] = { 13 };
const unsigned orchard[ORCHARD] = { 17, 19, [ORCHARD - 1] = 23 };
unsigned basket[1];
unsigned crate[CRATE];

const void *const object_words[] = { OBJECTS(ADDRESS) };
const void *object_words_written[] = { OBJECTS(ADDRESS) };
const void *small_word = pear;

unsigned twice(unsigned x)
{
	return 2 * x;
}

unsigned square(unsigned x)
{
	return x * x;
}

unsigned swap_halves(unsigned x)
{
	return x << 16 | x >> 16;
}

unsigned through_got_call(unsigned x)
{
	return address_through_got() == pear ? x + 1 : 0;
}

function *const function_words[] = { FUNCTIONS(ADDRESS) };

const char *const string_words[] = { WORDS(ITSELF) };

const struct crooked crooked[CROOKED] = {
	{ 1, apple, { 0 }, twice },
	{ 2, &orchard[1], { 0 }, crate },
	{ 3, NULL, { 0 }, &pear[PEARS] },
};

const void *const cut_words[CUTS] = {
	&orchard[1], (const char *)&orchard[2] + 3, &orchard[ORCHARD],
	&crate[CRATE - 1], &crate[CRATE],
};

struct node ring[NODES] = {
	{ &ring[2], 1, &ring_index[0] },
	{ &ring[0], 2, &ring_index[1] },
	{ &ring[3], 3, &ring_index[2] },
	{ &ring[1], 4, &ring_index[3] },
};

const struct node *const ring_index[NODES] = {
	&ring[0], &ring[1], &ring[2], &ring[3],
};

const void *const absent_words[] = { absent, absent + 8, absent_function };

const void *const script_words[] = { SCRIPT_ADDRESSES(ADDRESS) };
const void *const absolute_words[] = { _limit, _middle, _image_size, _answer };

unsigned initcalls_done;

void things_init(void)
{
	initcalls_done = 10 * initcalls_done + 1;
}
INITCALL(things_init);
