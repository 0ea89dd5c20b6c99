// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * generate NAME: prints a list of offsets that has the distribution of a real
 * kernel's; always the same one.
 *
 * What makes kernels' lists special is not how often a gap occurs, but that
 * arrays of one structure repeat their layout. So a list is drawn the way that
 * LZ77 would pack it. A unit is a gap and the run of adjacent words behind it,
 * so many times over. Units are new, or copied from some units back. The table
 * below is what a real list was parsed into; of the copies that could come next
 * the one is taken that keeps the lengths of all units nearest to the real ones.
 *
 * How near it comes:		tiny		defconfig
 *				real	here	real	here
 *   bytes as RELR		3,776	3,840	23,416	23,888
 *   entropy of the gaps	2,070	2,050	16,743	16,611
 *   the gaps after deflate	1,579	1,539	11,225	11,420
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COLUMNS		20
#define LONG_RUN	64
#define LONG_GAP	2048
#define MANY_TIMES	32
#define PACKED		36		/* bytes of an entry of .alternative */
#define CHOICE		512
#define NEVER		INT64_MIN
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

enum { GAP, RUN, TIMES, LENGTHS };

/* Column n counts what takes n bits, that is from 2^(n-1) to 2^n - 1. */
typedef uint16_t histogram[COLUMNS];

struct distribution {
	const char *name;
	uint32_t words;
	uint32_t first;			/* where the first word lies */
	uint32_t packed;		/* entries of PACKED bytes with two words, at first */
	histogram once[LENGTHS];	/* new units that come once */
	histogram again[LENGTHS];	/* new units that come more often */
	histogram all[LENGTHS];		/* units new or copied, each time they come */
	histogram copy;			/* how many units */
	histogram back;			/* how many units back */
	/* Runs too long for a histogram, each once. */
	uint16_t long_run[24];
};

static const struct distribution distributions[] = {
	{
		/* The small kernel of test/linux. */
		.name = "tiny", .words = 14905, .first = 0x12a800,
		.once = {
	[GAP] =		{ 0, 133, 126, 127, 135, 98, 42, 18, 7, 5, 6, 2, 4, 3, 0, 0, 2, 0, 1 },
	[RUN] =		{ 0, 317, 229, 114, 28, 10, 5 },
	[TIMES] =	{ 0, 1 },
		},
		.again = {
	[GAP] =		{ 0, 63, 18, 13, 3, 3, 1 },
	[RUN] =		{ 0, 72, 27, 2 },
	[TIMES] =	{ 0, 0, 63, 21, 8, 5, 3, 1 },
		},
		.all = {
	[GAP] =		{ 0, 1131, 502, 257, 208, 121, 46, 18, 7, 5, 6, 2, 4, 3, 0, 0, 2, 0, 1 },
	[RUN] =		{ 0, 1426, 664, 174, 28, 10, 5 },
	[TIMES] =	{ 0, 1569, 209, 114, 117, 120, 103, 81 },
		},
		.copy =	{ 0, 0, 211, 36, 8, 3, 0, 1 },
		.back =	{ 0, 0, 29, 20, 19, 15, 22, 28, 46, 46, 28, 6 },
		.long_run = { 136, 451, 68, 106, 275, 9456 },
	},
	{
		/* riscv's defconfig of Linux 6.1, without modules. */
		.name = "defconfig", .words = 52664, .first = 0xe00000, .packed = 148,
		.once = {
	[GAP] =		{ 0, 491, 495, 650, 647, 568, 267, 127, 75, 43, 26, 15, 9, 3, 2, 1, 1, 1, 2 },
	[RUN] =		{ 0, 1212, 1128, 637, 274, 113, 40 },
	[TIMES] =	{ 0, 1 },
		},
		.again = {
	[GAP] =		{ 0, 351, 215, 102, 40, 16, 3, 2 },
	[RUN] =		{ 0, 491, 211, 21, 1, 5 },
	[TIMES] =	{ 0, 0, 304, 181, 111, 81, 29, 15, 5, 2, 1 },
		},
		.all = {
	[GAP] =		{ 0, 11930, 8282, 2975, 1917, 1067, 309, 138, 79, 46, 26, 15, 9, 3, 2, 1, 1, 1, 2 },
	[RUN] =		{ 0, 18164, 6670, 1377, 360, 170, 43 },
	[TIMES] =	{ 0, 13781, 1929, 1692, 1947, 2519, 1198, 1403, 869, 768, 699 },
		},
		.copy =	{ 0, 0, 2312, 325, 130, 46, 14, 5, 2, 2 },
		.back =	{ 0, 0, 161, 153, 181, 162, 142, 161, 185, 223, 292, 348, 369, 316, 143 },
		.long_run = {
			522, 458, 457, 288, 224, 124, 105, 106, 83, 125, 128,
			74, 219, 72, 102, 131, 67, 132, 84, 74, 64,
		},
	},
};

struct unit {
	uint32_t length[LENGTHS];
};

typedef int tally[LENGTHS][COLUMNS];

/* Numbers to be drawn in a random order, each once. */
struct deck {
	uint32_t *card;
	size_t n, room, next;
};

struct list {
	const struct distribution *d;
	struct unit *unit;
	size_t n;
	uint32_t words, limit;
	tally wanted;			/* less what there is */
};

static uint64_t random_state = UINT64_C(0x9e3779b97f4a7c15);

static uint32_t draw(uint32_t below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (uint32_t)((random_state >> 32) * below >> 32);
}

static _Noreturn void die(const char *what, const char *name)
{
	fprintf(stderr, "generate: %s%s\n", what, name);
	exit(2);
}

static void deck_add(struct deck *d, uint32_t card)
{
	if (d->n == d->room) {
		d->room = d->room ? 2 * d->room : 256;
		d->card = realloc(d->card, d->room * sizeof(*d->card));
		if (!d->card)
			die("memory is exhausted", "");
	}
	d->card[d->n++] = card;
}

static void deck_shuffle(struct deck *d)
{
	for (size_t i = d->n; i > 1; i--) {
		size_t k = draw((uint32_t)i);
		uint32_t card = d->card[i - 1];

		d->card[i - 1] = d->card[k];
		d->card[k] = card;
	}
}

/* Within a column the small numbers are the more frequent ones. */
static void deck_fill(struct deck *d, const histogram h)
{
	for (unsigned n = 1; n < COLUMNS; n++)
		for (unsigned i = 0; i < h[n]; i++) {
			const uint32_t low = UINT32_C(1) << (n - 1);
			const uint32_t a = draw(low), b = draw(low);

			deck_add(d, low + (a < b ? a : b));
		}
}

static void deck_repeat(struct deck *d, uint32_t card, size_t n)
{
	while (n--)
		deck_add(d, card);
}

/* After the last card comes the first again. */
static uint32_t deck_next(struct deck *d)
{
	const uint32_t card = d->card[d->next++];

	if (d->next == d->n)
		d->next = 0;
	return card;
}

/* The one at `at`, which is not before the next; it changes places with that. */
static uint32_t deck_take(struct deck *d, size_t at)
{
	const uint32_t card = d->card[at];

	d->card[at] = d->card[d->next];
	d->card[d->next] = card;
	return deck_next(d);
}

static unsigned bits(uint32_t v)
{
	unsigned n = 0;

	for (; v; v >>= 1)
		n++;
	return n;
}

/* Such units are the only ones of their kind, and are not copied. */
static bool single(struct unit u)
{
	return u.length[GAP] >= LONG_GAP || u.length[RUN] >= LONG_RUN ||
	       u.length[TIMES] >= MANY_TIMES;
}

static void tally_add(tally t, struct unit u, int sign)
{
	for (unsigned k = 0; k < LENGTHS; k++)
		t[k][bits(u.length[k])] += sign * (int)u.length[TIMES];
}

static void list_add(struct list *l, struct unit u)
{
	const uint32_t left = l->limit - l->words;

	if (!left)
		return;
	if (u.length[RUN] > left)
		u.length[RUN] = left;
	if (u.length[TIMES] > left / u.length[RUN])
		u.length[TIMES] = left / u.length[RUN];
	l->words += u.length[RUN] * u.length[TIMES];
	l->unit[l->n++] = u;
	tally_add(l->wanted, u, -1);
}

/* Of the square of what is missing, over what was wanted: by how much it shrinks. */
static int64_t weight(int64_t more, int64_t missing, int64_t wanted)
{
	return more * (2 * missing - more) * 65536 / (1 + wanted);
}

/* By how much these units, each, bring the lengths nearer to what is wanted. */
static int64_t list_merit(const struct list *l, tally more)
{
	int64_t merit = 0, units = 0;

	for (unsigned k = 0; k < LENGTHS; k++)
		for (unsigned i = 0; i < COLUMNS; i++) {
			merit += weight(more[k][i], l->wanted[k][i], l->d->all[k][i]);
			units += more[k][i];
		}
	return merit / units;
}

/* What follows its like would be one unit with it. */
static bool follows_its_like(const struct list *l, struct unit u)
{
	return l->n && l->unit[l->n - 1].length[GAP] == u.length[GAP] &&
	       l->unit[l->n - 1].length[RUN] == u.length[RUN];
}

static int64_t copy_merit(const struct list *l, uint32_t units, uint32_t back)
{
	tally more = { 0 };

	if (follows_its_like(l, l->unit[l->n - back]))
		return NEVER;
	for (uint32_t i = 0; i < units; i++) {
		const struct unit u = l->unit[l->n - back + i % back];

		if (single(u))
			return NEVER;
		tally_add(more, u, 1);
	}
	return list_merit(l, more);
}

/* Takes the best of the next distances. */
static void list_copy(struct list *l, uint32_t units, struct deck *distance)
{
	size_t best_at = distance->next;
	int64_t merit, most = NEVER;
	uint32_t back, best = 0;

	for (size_t i = distance->next; i < distance->n && i < distance->next + CHOICE; i++) {
		back = distance->card[i];
		if (back > l->n)
			continue;
		merit = copy_merit(l, units, back);
		if (merit <= most)
			continue;
		most = merit;
		best = back;
		best_at = i;
	}
	if (!best) {
		deck_next(distance);
		return;
	}
	deck_take(distance, best_at);
	for (; units; units--)
		list_add(l, l->unit[l->n - best]);
}

static void list_new(struct list *l, struct deck *new)
{
	struct unit u;

	for (unsigned k = 0; k < LENGTHS; k++)
		u.length[k] = deck_next(&new[k]);
	while (follows_its_like(l, u))
		u.length[GAP] = deck_next(&new[GAP]);
	list_add(l, u);
}

enum kind { COPY, ONCE, AGAIN, KINDS };

static void generate(struct list *l)
{
	struct deck new[KINDS][LENGTHS] = { 0 }, copy = { 0 }, back = { 0 }, kind = { 0 };
	uint32_t what;

	for (unsigned k = 0; k < LENGTHS; k++) {
		deck_fill(&new[ONCE][k], l->d->once[k]);
		deck_fill(&new[AGAIN][k], l->d->again[k]);
		for (unsigned i = 0; i < COLUMNS; i++)
			l->wanted[k][i] = l->d->all[k][i];
	}
	deck_fill(&copy, l->d->copy);
	deck_fill(&back, l->d->back);
	for (size_t i = 0; i < ARRAY_SIZE(l->d->long_run) && l->d->long_run[i]; i++)
		deck_add(&new[ONCE][RUN], l->d->long_run[i]);
	deck_repeat(&kind, COPY, copy.n);
	deck_repeat(&kind, ONCE, new[ONCE][RUN].n);
	deck_repeat(&kind, AGAIN, new[AGAIN][RUN].n);
	for (unsigned k = 0; k < LENGTHS; k++) {
		deck_shuffle(&new[ONCE][k]);
		deck_shuffle(&new[AGAIN][k]);
	}
	deck_shuffle(&copy);
	deck_shuffle(&back);
	deck_shuffle(&kind);

	while (l->words < l->limit) {
		what = deck_next(&kind);
		if (what == COPY)
			list_copy(l, deck_next(&copy), &back);
		else
			list_new(l, new[what]);
	}
	for (unsigned k = 0; k < LENGTHS; k++) {
		free(new[ONCE][k].card);
		free(new[AGAIN][k].card);
	}
	free(copy.card);
	free(back.card);
	free(kind.card);
}

static void print(const struct list *l)
{
	uint64_t at = l->d->first;

	for (uint32_t i = 0; i < l->d->packed; i++, at += PACKED)
		printf("%" PRIx64 "\n%" PRIx64 "\n", at, at + 8);
	at = (at + 7) / 8 * 8;
	for (size_t i = 0; i < l->n; i++) {
		const uint32_t *length = l->unit[i].length;

		for (uint32_t times = 0; times < length[TIMES]; times++) {
			at += UINT64_C(8) * length[GAP];
			for (uint32_t k = 0; k < length[RUN]; k++, at += 8)
				printf("%" PRIx64 "\n", at);
		}
	}
}

int main(int argc, char **argv)
{
	const struct distribution *d = distributions;
	const struct distribution *end = d + ARRAY_SIZE(distributions);
	struct list list = { 0 };

	if (argc != 2)
		die("usage: generate ", "NAME");
	for (; d < end; d++)
		if (!strcmp(d->name, argv[1]))
			break;
	if (d == end)
		die("no distribution ", argv[1]);
	list.d = d;
	list.limit = d->words - 2 * d->packed;
	list.unit = calloc(list.limit, sizeof(*list.unit));
	if (!list.unit)
		die("memory is exhausted", "");
	generate(&list);
	print(&list);
	free(list.unit);
	return 0;
}
