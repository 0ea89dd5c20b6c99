/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In a shared object, thread-local variables have dynamic records of module numbers and offsets: their places
 * move, and nothing else.
 *
 * @arch    rv64imac rv32imac
 * @cc      gcc clang19
 * @flags   -fPIC
 * @link    ld-plain lld14-plain lld19-plain
 * @ldflags -shared
 * @script  none
 * @bases         0x10000 0x14210000
 */
_Thread_local int exported = 1;
static _Thread_local int hidden = 2;
extern _Thread_local int imported;
extern _Thread_local int initial __attribute__((tls_model("initial-exec")));
int _start(int n) { return exported + imported + initial + hidden++ + n; }
