/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program whose debug information has inlined code, a second section and lists of locations. */
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
