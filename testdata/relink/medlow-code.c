/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * C in the medlow model: every global is reached by lui, which changes with the base, and a lower half, which need
 * not.
 *
 * @arch   rv64imac rv64ima rv32imac rv32ima
 * @cc     gcc clang14 clang19
 * @model  medlow
 */
extern char _text[], _end[];
struct { long a, b, c; } triple = { 1, 2, 3 };
static char bytes[5000];
const char *name = "name";
double wide = 2.5;

void *_start(long n)
{
	triple.b += triple.a * n;
	bytes[n] = name[triple.b];
	if (n > _end - _text)
		return &wide;
	return bytes + 4000;
}
