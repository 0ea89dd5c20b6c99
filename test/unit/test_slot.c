/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rvreloc_slot() beside the same in twice the bits. */
#include <string.h>

#include "boot/rvreloc.h"
#include "unit.h"

typedef unsigned __int128 wide;

struct request {
	uint64_t seed, window, size, image, align;
};

static uint64_t slot(const struct request *r)
{
	return rvreloc_slot(r->seed, r->window, r->size, r->image, r->align);
}

static uint64_t reference(const struct request *r)
{
	wide end = (wide)r->window + r->size;
	wide first = ((wide)r->window + r->align - 1) / r->align * r->align;
	wide slots;

	if (first + r->image > end || first > UINT64_MAX)
		return 0;
	slots = (end - r->image - first) / r->align + 1;
	return (uint64_t)(first + r->seed % slots * r->align);
}

/* Any number of bits is as likely. */
static uint64_t draw(uint64_t *seed)
{
	uint64_t v = random_next(seed);

	return v >> random_next(seed) % 64;
}

/* The window ends with the address space at the latest. */
static struct request draw_request(uint64_t *seed)
{
	struct request r = {
		.seed = random_next(seed), .window = draw(seed),
		.size = draw(seed), .image = draw(seed),
		.align = UINT64_C(1) << random_next(seed) % 40 };

	if (random_next(seed) % 2)
		r.window = -r.window;
	if (random_next(seed) % 2)
		r.window &= -r.align;
	if (random_next(seed) % 2)
		r.image &= 0xffff;
	/* Sometimes to the very end, less the page that has to be left out. */
	if (r.window && r.size > -r.window - 1)
		r.size = -r.window - 1;
	if (r.window > 4096 && -r.window > 4096 && !(random_next(seed) % 4))
		r.size = -r.window - 4096;
	return r;
}

START_TEST(same_as_reference)
{
	uint64_t seed = 99;
	int none = 0, some = 0;

	for (int i = 0; i < 1000000; i++) {
		struct request r = draw_request(&seed);
		uint64_t got = slot(&r), want = reference(&r);

		if (got != want)
			ck_abort_msg("%#jx, not %#jx: seed %#jx window %#jx + %#jx image %#jx align %#jx",
				     (uintmax_t)got, (uintmax_t)want,
				     (uintmax_t)r.seed, (uintmax_t)r.window,
				     (uintmax_t)r.size, (uintmax_t)r.image,
				     (uintmax_t)r.align);
		if (got && (got % r.align || got < r.window ||
			    got - r.window > r.size ||
			    r.size - (got - r.window) < r.image))
			ck_abort_msg("%#jx is not inside", (uintmax_t)got);
		none += !got;
		some += got != 0;
	}
	ck_assert_int_gt(none, 1000);
	ck_assert_int_gt(some, 1000);
}
END_TEST

/* The text window of RV64: every slot comes, and about as often as others. */
START_TEST(uniform)
{
	struct request r = { .window = UINT64_C(0xffffffff80000000),
			     .size = (UINT64_C(1) << 30) - 4096,
			     .image = 5 << 20, .align = 2 << 20 };
	unsigned count[512] = { 0 };
	uint64_t seed = 7, slots = (r.size - r.image) / r.align + 1;

	ck_assert_uint_le(slots, COUNT_OF(count));
	for (unsigned i = 0; i < 1000 * slots; i++) {
		r.seed = random_next(&seed);
		count[(slot(&r) - r.window) / r.align]++;
	}
	for (size_t i = 0; i < slots; i++)
		if (count[i] < 800 || count[i] > 1200)
			ck_abort_msg("slot %zu came %u times", i, count[i]);
}
END_TEST

START_TEST(just_fits)
{
	struct request r = { 12345, 0x200000, 0x200000, 0x200000, 0x200000 };

	ck_assert_uint_eq(slot(&r), 0x200000);
	r.size--;
	ck_assert_uint_eq(slot(&r), 0);
	r.size = 0x3fffff;
	ck_assert_uint_eq(slot(&r), 0x200000);
	r.window++;
	ck_assert_uint_eq(slot(&r), 0x400000 * (r.size >= 0x3fffff));
	r.size--;
	ck_assert_uint_eq(slot(&r), 0);
	/* Aligned, it lies beyond the end of all addresses. */
	r = (struct request){ 1, -UINT64_C(0x1fffff), 0x100000, 1, 0x200000 };
	ck_assert_uint_eq(slot(&r), 0);
}
END_TEST

Suite *slot_suite(void)
{
	Suite *s = suite_create("slot");
	TCase *tc = unit_case(s, "slot");

	tcase_add_test(tc, same_as_reference);
	tcase_add_test(tc, uniform);
	tcase_add_test(tc, just_fits);
	return s;
}
