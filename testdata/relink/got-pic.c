/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * C that was compiled for a PIE, linked into a static image: words that move without a record, as many as there
 * are global variables. LLD 19 turns some of the loads into plain addresses.
 *
 * @arch  rv64imac rv32imac
 * @cc    gcc clang14 clang19
 * @flags -fPIE
 */
extern int elsewhere __attribute__((weak));
int one = 1, two;
static int three = 3;
int *pointers[] = { &one, &two, &three };
void leaf(void);

int _start(int n)
{
	if (&elsewhere)
		elsewhere++;
	leaf();
	return one + two + three + *pointers[n] + (pointers[n] == &one);
}

__attribute__((noinline)) void leaf(void)
{
	two = one;
}
