/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A difference of labels as ULEB128 has a pair of records, SET and SUB, and a length that the linker had to leave
 * as it was. It does not change. GNU ld 2.40 does not know the types yet.
 *
 * @arch  rv64imac rv32imac
 * @cc    clang19
 * @link  lld19 lld19-plain
 * @expect[lld19] refuse ".info_made"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	call	other
	.skip	300
other:	call	_start
.Lend:
	.section .rodata, "a"
	.uleb128 .Lend - _start, 3, other - _start, .Lend - other
	.byte	255
	.uleb128 other - _start
	.section .info_made, "", @progbits
	.uleb128 .Lend - _start
