/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LLD 18 and later, relaxing, lose the static records of words that got a dynamic record; the dynamic ones do.
 *
 * @arch    rv64imac rv32imac
 * @flags   -fPIE
 * @variant rela apply relr
 * @link    lld19
 * @ldflags        -pie
 * @ldflags[apply] --apply-dynamic-relocs
 * @ldflags[relr]  --pack-dyn-relocs=relr
 * @script  none
 * @bases         0x10000 0x14210000 0xffffffff80200000
 * @bases[rv32*]  0x10000 0x14210000 0x80200000
 */
static int value = 5;
int *pointer = &value;
int *table[70] = { &value, 0, [10] = &value, [69] = &value };
int _start(int n) { return *table[n] + *pointer; }
