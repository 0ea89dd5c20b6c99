/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings of several objects are merged; records point to them by section and offset, which stay. Those of the
 * debug sections lead to no address at all.
 *
 * @arch    rv64imac rv32imac
 * @cc      gcc clang19
 * @parts   2
 * @variant whole tails
 * @ldflags[tails] -O2
 * @flags   -gdwarf-4
 * @flags[gcc] -gdwarf-5
 * @link    ld-plain lld14-plain lld19-plain
 * @link[gcc] ld ld-norelax ld-plain lld14-plain lld19-plain
 */
#if PART == 1
extern const char *second[];
const char *first[] = { "in both", "in the first", "th" };
const char *_start(int n) { return n ? first[n] : second[n]; }
#else
const char *second[] = { "in the second", "in both", "both" };
#endif
