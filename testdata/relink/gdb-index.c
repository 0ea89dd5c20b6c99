/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index that LLD makes for the debugger has the addresses of the compilation units in it, and no records.
 *
 * @arch    rv64imac rv32imac
 * @cc      gcc clang19
 * @flags   -gdwarf-4 -ggnu-pubnames
 * @link    lld14-plain lld19-plain
 * @ldflags --gdb-index
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
