# SPDX-License-Identifier: GPL-2.0-or-later OR MIT
#
# How to link boot/ into anything. To be included by a make file of yours, or
# used alone:
#
#   make -f boot/boot.mk RVRELOC_CC=riscv64-linux-gnu-gcc \
#        RVRELOC_CFLAGS='-march=rv64imac -mabi=lp64' RVRELOC_OBJ=out rvreloc-boot
#
# 1. Link $(RVRELOC_BOOT). The code runs at an address that the linker has not
#    seen, so the flags below come last: whatever the rest is compiled with, here
#    are no absolute addresses, no GOT, no data, no tables, and no calls out.
#
# 2. Reserve the table in the linker script, in what is loaded and can be written
#    to before the MMU is on:
#
#        .rvreloc : ALIGN(8) { PROVIDE(__rvreloc_table = .); QUAD(0) . += 4088; }
#
#    QUAD makes it a section with bytes in the file. Too small a one is found
#    when the table is made, with the number of bytes that it lacks.
#
# 3. Link with --emit-relocs; after that, `rvreloc table --embed FILE`.
#
# 4. Call it before anything has read a word that moves, and before anything has
#    written to one:
#
#        rvreloc_apply(_start, __rvreloc_table, base)
#
#    where both addresses come from the program counter (`lla`), as do all that
#    the caller needs. For the compiler a constant is one: let it read words
#    that move only after the call, as volatile ones. On other harts than the
#    one that has made the call, fence.i is yours to do.

RVRELOC_DIR	:= $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST))))
RVRELOC_CC	?= $(CC)
RVRELOC_CFLAGS	?=
RVRELOC_OBJ	?= .
RVRELOC_BOOT	:= $(RVRELOC_OBJ)/rvreloc-apply.o $(RVRELOC_OBJ)/rvreloc-slot.o

RVRELOC_OPTIMIZE ?= -Os
RVRELOC_FLAGS	:= -std=c11 $(RVRELOC_OPTIMIZE) -mcmodel=medany -ffreestanding -fno-builtin \
	-fno-pic -fno-stack-protector -fno-jump-tables \
	-fno-asynchronous-unwind-tables

$(RVRELOC_BOOT): $(RVRELOC_OBJ)/rvreloc-%.o: $(RVRELOC_DIR)/%.c $(RVRELOC_DIR)/boot.mk \
		$(RVRELOC_DIR)/rvreloc.h $(RVRELOC_DIR)/relocfmt.h
	@mkdir -p $(@D)
	$(RVRELOC_CC) $(RVRELOC_CFLAGS) $(RVRELOC_FLAGS) -c -o $@ $<

.PHONY: rvreloc-boot
rvreloc-boot: $(RVRELOC_BOOT)
