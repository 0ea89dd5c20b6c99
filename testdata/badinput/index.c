/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two functions in C, for what only a compiler writes: debug information with an index. */
int variable = 3;
int *pointer = &variable;

int twice(int n)
{
	return n + n + *pointer;
}

int _start(int n)
{
	return twice(n) + variable;
}
