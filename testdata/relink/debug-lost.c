/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LLD 18 and later, relaxing, leave no record of any debug section. What they say is not true any more once the
 * image has moved; without leave to drop them or to keep them so, that is refused.
 *
 * @arch    rv64imac
 * @variant refuse drop keep
 * @flags   -g
 * @link    lld19
 * @bases   0xffffffff80200000 >0xffffffffb4400000
 * @retarget[drop] --debug=drop
 * @retarget[keep] --debug=keep
 * @expect[refuse] refuse ".debug" "--no-relax"
 * @expect[drop]   same-image "the debug sections were dropped"
 * @expect[keep]   warn ".debug" but .debug_*
 */
struct pair { int a, *b; };
static int table[16];
static struct pair pairs[2] = { { 1, &table[3] }, { 2, &table[5] } };
extern int outside __attribute__((weak));

static inline int twice(int x)
{
	int doubled = x * 2;
	return table[x & 15] + doubled;
}

__attribute__((noinline, section(".text.cold"))) int rare(struct pair *p, int n)
{
	int sum = 0;
	for (int i = 0; i < n; i++) {
		int *q = p[i & 1].b;
		sum += twice(*q) + p[i & 1].a;
	}
	return sum;
}

int _start(int n)
{
	int r = twice(n);
	if (r > 5)
		r += rare(pairs, r);
	return r;
}
