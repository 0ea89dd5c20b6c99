/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the assembly inputs need to be written once for both classes. */
#ifndef RELINK_ASM_H
#define RELINK_ASM_H

#if __riscv_xlen == 64
#define PTR .dword
#define LX ld
#define SX sd
#define PTRSIZE 8
#else
#define PTR .word
#define LX lw
#define SX sw
#define PTRSIZE 4
#endif

#endif
