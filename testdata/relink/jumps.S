/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every kind of jump within the image: conditional, jal, the pair that `call` makes, by its old name and its new
 * one, and the compressed ones. The distances stay, so the code does, whatever the linker shortened it to.
 *
 * @arch  rv64imac rv64ima rv32imac rv32ima
 * @cc    gcc clang14 clang19
 */
	.section .head.text, "ax"
	.globl	_start
_start:	call	near
	call	distant
	tail	near
	jal	near
	jal	a0, near
	beqz	a0, near
	bne	a0, a1, near
	bltu	a0, a1, _start
	.option push
	.option norvc
	.reloc	., R_RISCV_CALL, distant
	auipc	ra, 0
	jalr	ra, 0(ra)
	.option pop
#ifdef __riscv_compressed
	c.j	near
	c.beqz	a0, near
	c.bnez	a1, near
#if __riscv_xlen == 32
	c.jal	near
#endif
#endif
	.section .text.near, "ax"
near:	jal	_start
	beq	a0, a1, _start
	ret
	.section .text.zdistant, "ax"
	.skip	0x180000
distant:
	call	near
	j	distant
