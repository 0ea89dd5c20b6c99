/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DWARF is full of addresses: all of them have records, and what the debug sections say moves with the image.
 *
 * @arch    rv64imac rv32imac
 * @cc      gcc clang14 clang19
 * @variant dwarf4 dwarf5 macros types
 * @variant[gcc] dwarf4 dwarf5 macros types split
 * @flags[dwarf4] -gdwarf-4
 * @flags[dwarf5] -gdwarf-5
 * @flags[macros] -gdwarf-4 -g3
 * @flags[types]  -gdwarf-4 -fdebug-types-section
 * @flags[split]  -gdwarf-4 -gsplit-dwarf
 * @link    ld-plain lld14-plain lld19-plain
 * @link[gcc] ld ld-norelax ld-plain lld14-plain lld19-plain
 * @link[clang14] ld ld-norelax ld-plain lld14-plain lld19-plain
 * @link[split]  ld-plain lld14-plain lld19-plain
 * @link[clang19 dwarf5] lld19-plain
 */
#include "debug.h"
