/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether what a kernel and its modules refer to stays within reach, wherever
 * in a layout they are. A reference's distance changes evenly with where its
 * ends are, and what a field can hold has no holes: so it reaches everywhere
 * when it does in the two extreme places.
 */
#ifndef RELOCATOR_REACH_H
#define RELOCATOR_REACH_H

#include "plan.h"
#include "window.h"

struct range {
	uint64_t base, size;	/* bytes; base + size may be 2^64 */
};

/*
 * Where Linux (6.1: asm/pgtable.h) has modules and BPF programs, of a kernel
 * that takes [base, end). 64 bits: from 2 GiB before its end up to it. 32 bits:
 * in the vmalloc area.
 */
struct range linux_modules(unsigned xlen, uint64_t base, uint64_t end);
struct range linux_bpf(unsigned xlen, uint64_t base);

/* Where things may be. */
struct layout {
	uint64_t first, last;	/* the kernel's base: from this to that */
	struct range modules;	/* all of the places that a module may be in */
	int64_t from, to;	/* the same, seen from the kernel's base */
	int64_t area;		/* bytes of it that one kernel has for modules */
};

enum { LAYOUT_LINUX, LAYOUT_ANYWHERE, LAYOUTS };

/* A module, and what was found about it. */
struct reach_module {
	char *name;		/* owned, as is all below */
	struct image *img;
	uint64_t *off;		/* of each section, in its part */
	uint8_t *part;		/* of each section, enum module_part */
	uint64_t core, init;	/* bytes that the loader allocates */
	uint64_t refs;		/* addresses and distances in its fields */
	uint64_t calls;		/* of them: auipc+jalr */
	uint64_t branches;	/* of them: other jumps and branches */
	uint64_t plt, got;	/* entries that the loader keeps room for */
	uint64_t missing;	/* names that nobody defines */
	/* In each layout, at the worst: */
	uint64_t beyond[LAYOUTS];	/* references that do not reach */
	uint64_t far_calls[LAYOUTS];	/* calls that need a trampoline */
	uint64_t trampolines[LAYOUTS];	/* how many, one for a target */
};

enum module_part { MODULE_NOT, MODULE_CORE, MODULE_INIT, MODULE_PERCPU };

/* A reference that does not reach in Linux's layout, or a missing symbol. */
struct reach_finding {
	const struct reach_module *mod;	/* NULL: the kernel */
	uint64_t off, value;	/* in the section; what the field had to hold */
	uint32_t shndx, type;
	const char *symbol;
	bool missing, far_call;
};

struct reach {
	struct plan *p;
	struct layout layout[LAYOUTS];
	uint64_t end;		/* of the kernel, in whole pages */
	struct reach_module *mod;
	size_t nmod;
	uint64_t refs;		/* of the kernel: PC-relative */
	uint64_t fixed;		/* of them: to what does not move with it */
	uint64_t absolute;	/* 32-bit addresses, lui */
	uint64_t beyond;	/* that do not reach, of both kinds */
	uint64_t as_lui;	/* that do once retarget has made lui of auipc */
	struct vec findings;	/* struct reach_finding */
	struct vec names;	/* struct name: what modules may refer to */
};

/*
 * Borrows p, which is as plan_build() leaves it. The kernel's base goes from
 * `first` to `last`; `window` is where all of it, modules too, may be in
 * LAYOUT_ANYWHERE.
 */
void reach_init(struct reach *r, struct plan *p, uint64_t first, uint64_t last,
		const struct window *window);
void reach_free(struct reach *r);

/* Takes over img, an ET_REL, and a copy of name. False: out of memory. */
bool reach_add(struct reach *r, const char *name, struct image *img);

/* Judges all, the kernel and its modules. False: out of memory. */
bool reach_judge(struct reach *r);

#endif
