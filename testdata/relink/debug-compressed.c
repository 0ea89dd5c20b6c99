/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compressed debug sections: their records count from the beginning of the uncompressed contents. They are
 * compressed again, or not if that is asked for; the contents are compared uncompressed.
 *
 * @arch    rv64imac rv32imac
 * @variant zlib gnu zstd none
 * @flags   -gdwarf-5
 * @link       ld ld-plain lld14-plain lld19-plain
 * @link[gnu]  ld
 * @link[zstd] ld lld19-plain
 * @ldflags[zlib] --compress-debug-sections=zlib
 * @ldflags[none] --compress-debug-sections=zlib
 * @ldflags[gnu]  --compress-debug-sections=zlib-gnu
 * @ldflags[zstd] --compress-debug-sections=zstd
 * @retarget[none] --compress-debug=none
 * @expect  same-debug "another compressor may come to other bytes"
 * @expect[zstd] refuse "zstd" ".debug_info"
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
char padding[] = "to have enough that compresses: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
