/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In an image at a low address, a constant such as a size may have the value of an address in the image. No rule
 * can tell; the person can.
 *
 * @arch     rv64imac
 * @bases    0x10000 0x20000
 * @variant  told untold
 * @ldflags  --defsym=stack_size=0x10008 --defsym=other_size=0x20008
 * @script   no-end.ld
 * @retarget[told] --fixed=_size$
 * @expect[untold] refuse "stack_size"
 * @expect[untold 0x20000-0x10000] refuse "other_size"
 */
	.section .head.text, "ax"
	.globl	_start
_start:	ret
	.data
	.balign	8
word:	.dword	stack_size, other_size, word
