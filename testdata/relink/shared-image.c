/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernels that relocate themselves are linked as a shared object that needs nothing else, at their address, with
 * records in allocated data.
 *
 * @arch    rv64imac
 * @cc      gcc clang19
 * @flags   -fPIE
 * @link    ld ld-plain lld14-plain lld19-plain
 * @ldflags -shared -Bsymbolic -z notext --no-dynamic-linker
 * @script  shared-image.ld
 */
extern char _text[], _end[];
static int value = 5;
int *pointer = &value;
void *table[] = { _text, _end, &value, &pointer };
int _start(int n) { return *pointer + (table[n] == &value); }
