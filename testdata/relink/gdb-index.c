/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index that LLD makes for the debugger has the addresses of the compilation units in it, and no records.
 *
 * @arch    rv64imac rv32imac
 * @cc      gcc clang19
 * @flags   -gdwarf-4 -ggnu-pubnames
 * @link    lld14-plain lld19-plain
 * @ldflags --gdb-index
 */
#include "debug.h"
