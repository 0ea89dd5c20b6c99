/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * With the linkers' own layouts the ELF header and the program headers are loaded too, and the entry and the
 * segments' addresses in that copy move as well.
 *
 * @arch   rv64imac rv32imac
 * @cc     gcc clang19
 * @script none
 * @bases         0xffffffff80200000 +0x34200000 0x10000
 * @bases[rv32*]  0x80200000 +0x40200000 0x400000
 */
static int value = 5;
int *pointer = &value;
char zeroed[100];
_Thread_local int per_thread = 7;
extern char __bss_start[], _end[];

int _start(int n)
{
	return *pointer + zeroed[n] + per_thread + (int)(_end - __bss_start);
}
