/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GNU ld writes a PIE as ET_DYN when it begins at 0, and as ET_EXEC at any other base. At 0 also every address is
 * small enough to be a constant.
 *
 * @arch    rv64imac
 * @flags   -fPIE
 * @link    ld lld19-plain
 * @ldflags -pie
 * @script  none
 * @bases   0x0 >0x10000000
 * @expect[ld !0x0-0x0] same-meaning "the linker changes e_type away from base 0"
 */
static int value = 5;
int *pointer = &value;
int _start(int n) { return *pointer + n; }
