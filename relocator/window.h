/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Text windows: stretches of virtual addresses that an image may be put in. */
#ifndef RELOCATOR_WINDOW_H
#define RELOCATOR_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum vm_mode { MODE_SV32, MODE_SV39, MODE_SV48, MODE_SV57, MODE_ANY };

struct window {
	const char *name;
	enum vm_mode mode;	/* the narrowest it is made for */
	uint64_t base, size;	/* in bytes; base + size may be 2^64 */
};

#define WINDOW_DEFAULT	"last-2g"

/*
 * Finds a window by name ("last-2g", "linear-sv48", "vmalloc-sv39", or
 * without a mode: that of `mode`, else the narrowest there is for xlen), or
 * reads BASE:SIZE. False when there is none such.
 */
bool window_parse(const char *text, unsigned xlen, enum vm_mode mode,
		  struct window *w);

/* "sv39" and so on; false when there is no such mode. */
bool window_mode_parse(const char *text, enum vm_mode *mode);
const char *window_mode_name(enum vm_mode mode);

/* What slots are aligned to: Linux maps its text with 2 (rv32: 4) MiB pages. */
uint64_t window_granule(unsigned xlen, uint64_t align);

/*
 * The base of slot n for an image of `size` bytes, whose base is now `lo`
 * (slots keep its place within the granule). False when the window has no
 * such slot; *slots then tells how many it has.
 */
bool window_slot(const struct window *w, unsigned xlen, uint64_t size,
		 uint64_t lo, uint64_t granule, uint64_t n, uint64_t *base,
		 uint64_t *slots);

/*
 * Says why an image of `size` bytes cannot be at base, or NULL: it runs over
 * the end, takes the last 4 KiB (error pointers), or is not canonical in mode
 * (MODE_ANY: in the widest of xlen).
 */
const char *window_refuses(unsigned xlen, enum vm_mode mode, uint64_t base,
			   uint64_t size);

/* Reads a number: decimal, 0x, 0 for octal, then K, M, G or T. */
bool parse_number(const char *text, uint64_t *v);

/* The names of all windows of xlen, i = 0, 1, ...; NULL at the end. */
const struct window *window_list(unsigned xlen, size_t i);

#endif
