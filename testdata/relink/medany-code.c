/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * C in the medany model: every global is reached from auipc, and only words of data change.
 *
 * @arch   rv64imac rv64ima rv32imac rv32ima
 * @cc     gcc clang14 clang19
 */
extern char _text[], _end[];
struct { long a, b, c; } triple = { 1, 2, 3 };
static char bytes[5000];
const char *name = "name";
void *(*self)(long);

void *_start(long n)
{
	triple.b += triple.a * n;
	bytes[n] = name[triple.b];
	self = _start;
	if (n > _end - _text)
		return self(n);
	return bytes + 4000;
}
