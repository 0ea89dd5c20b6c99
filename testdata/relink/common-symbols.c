/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Common symbols, and small data: GNU ld and LLD place them at the end, and they move as any other.
 *
 * @arch  rv64imac rv32imac
 * @cc    gcc clang14 clang19
 * @flags -fcommon
 * @model medany medlow
 * @parts 2
 */
#if PART == 1
int common, small = 1;
int *const pointers[] = { &common, &small };
int other(void);
int _start(int n) { return *pointers[n] + common + other(); }
#else
int common;
long big[100];
int other(void) { return common + big[common]; }
#endif
