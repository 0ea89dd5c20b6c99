/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pointers in packed structures lie at odd addresses.
 *
 * @arch    rv64imac rv32imac
 * @cc      gcc clang19
 */
struct __attribute__((packed)) entry { char kind; void *where; short size; int (*call)(int); };
int callee(int n) { return n + 1; }
struct entry entries[] = {
	{ 1, entries, 2, callee },
	{ 3, &entries[1].where, 4, 0 },
	{ 5, (char *)entries + 7, 6, callee },
};
int _start(int n) { return entries[n].call(n); }
