/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compressed debug sections: their records count from the beginning of the uncompressed contents. They are
 * compressed again, or not if that is asked for; the contents are compared uncompressed.
 *
 * @arch    rv64imac rv32imac
 * @variant zlib gnu zstd none
 * @flags   -gdwarf-5
 * @link       ld ld-plain lld14-plain lld19-plain
 * @link[gnu]  ld
 * @link[zstd] ld lld19-plain
 * @ldflags[zlib] --compress-debug-sections=zlib
 * @ldflags[none] --compress-debug-sections=zlib
 * @ldflags[gnu]  --compress-debug-sections=zlib-gnu
 * @ldflags[zstd] --compress-debug-sections=zstd
 * @retarget[none] --compress-debug=none
 * @expect  same-debug "another compressor may come to other bytes"
 * @expect[zstd] refuse "zstd" ".debug_info"
 */
#include "debug.h"
char padding[] = "to have enough that compresses: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
