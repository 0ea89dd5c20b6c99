/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LLD can fold functions that are the same into one; several symbols have one address then.
 *
 * @arch    rv64imac
 * @cc      gcc clang19
 * @flags   -ffunction-sections -gdwarf-4
 * @link    lld14-plain lld19-plain
 * @ldflags --icf=all
 */
int one(int n) { return n * 3 + 7; }
int two(int n) { return n * 3 + 7; }
int (*pointers[])(int) = { one, two };
int _start(int n) { return pointers[n](n); }
