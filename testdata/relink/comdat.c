/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections thrown away, as duplicates or as garbage, leave references in debug sections behind: GNU ld makes NONE
 * of the records, LLD keeps them without a symbol, and both put a 0 or 1 there that must not be moved.
 *
 * @arch    rv64imac rv32imac
 * @cc      gcc clang19
 * @parts   2
 * @variant dwarf4 dwarf5
 * @flags   -ffunction-sections -fdata-sections
 * @flags[dwarf4] -gdwarf-4
 * @flags[dwarf5] -gdwarf-5
 * @link    ld-plain lld14-plain lld19-plain
 * @link[clang19 dwarf5] lld19-plain
 * @link[gcc] ld ld-norelax ld-plain lld14-plain lld19-plain
 * @ldflags --gc-sections
 */
asm(".section .text.both, \"axG\", @progbits, both, comdat\n"
    ".weak both\nboth: .cfi_startproc\nret\n.cfi_endproc\n.text\n");
int both(void);
#if PART == 1
int part2(void);
int unused_1(int n) { return n + both(); }
int _start(void) { return both() + part2(); }
#else
static int data = 4, *pointer = &data;
int unused_2(int n) { for (int i = 0; i < n; i++) both(); return n; }
int part2(void) { return both() + *pointer; }
#endif
