/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dynamic records of TLS descriptors: a pair of words at a place that moves.
 *
 * @arch    rv64imac rv32imac
 * @cc      clang19
 * @flags   -fPIC -mtls-dialect=desc
 * @link    lld19 lld19-plain
 * @ldflags -shared
 * @script  none
 * @bases   0x10000 0x14210000
 */
_Thread_local int exported = 1;
static _Thread_local int hidden = 2;
extern _Thread_local int imported;
extern _Thread_local int initial __attribute__((tls_model("initial-exec")));
int _start(int n) { return exported + imported + initial + hidden++ + n; }
