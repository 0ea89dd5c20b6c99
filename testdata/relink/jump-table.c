/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A switch's table: absolute words, of 32 bits in medlow code, or differences.
 *
 * @arch    rv64imac rv64ima rv32imac
 * @cc      gcc clang14 clang19
 * @model   medany medlow
 */
int f0(int), f1(int), f2(int), f3(int), f4(int), f5(int), f6(int);
int _start(int n)
{
	switch (n) {
	case 0: return f1(n);
	case 1: return f4(3);
	case 2: return f3(5);
	case 3: return f2(n + 7);
	case 4: return f0(1);
	case 5: return f6(n * 4);
	case 7: return f5(n * 9);
	case 9: return f5(n * 3);
	}
	return 0;
}
#define FUNCTION(i, n) __attribute__((noinline)) int f##i(int x) { asm volatile("" : "+r"(x)); return x * n; }
FUNCTION(0, 3) FUNCTION(1, 5) FUNCTION(2, 7) FUNCTION(3, 9) FUNCTION(4, 11) FUNCTION(5, 12) FUNCTION(6, 14)
