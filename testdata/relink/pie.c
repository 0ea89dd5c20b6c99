/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A position-independent executable: dynamic records with offsets and addends to move, the dynamic section, symbols
 * for the loader, a GOT. The words under the records are 0 in the file, or the value, or RELR's.
 *
 * @arch    rv64imac rv32imac
 * @cc      gcc clang19
 * @flags   -fPIE
 * @variant rela apply relr
 * @link          ld ld-norelax ld-plain lld14-plain lld19-plain
 * @link[apply]   lld14-plain lld19-plain
 * @link[relr]    lld14-plain lld19-plain
 * @ldflags        -pie
 * @ldflags[apply] --apply-dynamic-relocs
 * @ldflags[relr]  --pack-dyn-relocs=relr
 * @script  none
 * @bases         0x10000 0x14210000 0xffffffff80200000
 * @bases[rv32*]  0x10000 0x14210000 0x80200000
 */
extern int elsewhere __attribute__((weak));
static int value = 5, another;
int *pointer = &value;
int *table[70] = { &value, 0, &another, [10] = &value, [30] = &another, [69] = &value };
struct __attribute__((packed)) { char c; int *p; } packed = { 1, &another };
int zeroed[10];

int _start(int n)
{
	if (&elsewhere)
		return elsewhere;
	return *table[n] + *pointer + zeroed[n] + *packed.p;
}
