/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ifunc: IRELATIVE records in loaded data, whose offset and addend move, the words they will
 * fill, and code that goes by way of them.
 *
 * @arch    rv64imac rv32imac
 * @variant static pie
 * @flags[pie]   -fPIE
 * @ldflags[pie] -pie
 * @script[pie]  none
 */
static int plain(void) { return 1; }
static int (*choose(void))(void) { return plain; }
int chosen(void) __attribute__((ifunc("choose")));
int (*pointer)(void) = chosen;

int _start(void)
{
	return chosen() + pointer();
}
