/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unwind tables count from their own place, and their 6-bit advances are SET6 less SUB6. LLD leaves records for
 * them that are wrong, of the input's offsets; to follow those would destroy the tables. .eh_frame_hdr has none.
 *
 * @arch    rv64imac rv32imac
 * @cc      gcc clang14 clang19
 * @flags   -fasynchronous-unwind-tables
 * @ldflags --eh-frame-hdr
 * @parts   2
 * @script  eh-frame.ld
 * @link[clang19] ld-plain lld14-plain lld19 lld19-plain
 */
int callee(int *n);
#if PART == 1
int _start(int n)
{
	int array[8] = { n };
	return callee(array) + callee(array + 1) + array[n];
}
#else
int other(int);
int callee(int *n) { int copy = *n; asm volatile("" : : : "s1", "s2", "ra"); return other(copy) + *n; }
__attribute__((noinline)) int other(int n) { asm volatile("" : : : "s3"); return n; }
#endif
