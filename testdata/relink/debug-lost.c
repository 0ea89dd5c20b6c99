/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LLD 18 and later, relaxing, leave no record of any debug section. What they say is not true any more once the
 * image has moved; without leave to drop them or to keep them so, that is refused.
 *
 * @arch    rv64imac
 * @variant refuse drop keep
 * @flags   -g
 * @link    lld19
 * @bases   0xffffffff80200000 >0xffffffffb4400000
 * @retarget[drop] --debug=drop
 * @retarget[keep] --debug=keep
 * @expect[refuse] refuse ".debug" "--no-relax"
 * @expect[drop]   same-image "the debug sections were dropped"
 * @expect[keep]   warn ".debug" but .debug_*
 */
#include "debug.h"
