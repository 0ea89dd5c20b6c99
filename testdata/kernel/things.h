/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the checks walk: every way in which a linked image holds an address. */
#ifndef THINGS_H
#define THINGS_H

#include "kernel.h"

/* One of each kind of section: small and large, written, constant and zero. */
#define OBJECTS(X)	X(apple) X(pear) X(cherry) X(orchard) X(basket) X(crate)

enum { PEARS = 2000, ORCHARD = 64, CRATE = 3000 };
extern unsigned apple[], pear[], basket[], crate[];
extern const unsigned cherry[], orchard[];

extern const void *const object_words[];
extern const void *object_words_written[];
extern const void *small_word;

#define FUNCTIONS(X)	X(twice) X(square) X(swap_halves) X(through_got_call)

typedef unsigned function(unsigned);
extern function twice, square, swap_halves, through_got_call;
extern function *const function_words[];

#define WORDS(X)	X("mercury") X("venus") X("earth") X("mars") X("jupiter") X("saturn")

extern const char *const string_words[];

struct __attribute__((packed)) crooked {
	unsigned char tag;
	const void *first;
	unsigned char gap[2];
	const void *second;
};

enum { CROOKED = 3 };
extern const struct crooked crooked[];

enum { CUTS = 5 };
extern const void *const cut_words[];

struct node {
	struct node *next;
	unsigned value;
	const struct node *const *index;
};

enum { NODES = 4 };
extern struct node ring[];
extern const struct node *const ring_index[];

/* Never defined. */
extern const char absent[] __attribute__((weak));
extern function absent_function __attribute__((weak));
extern const void *const absent_words[];

/* From the linker script: addresses, and numbers that look like some. */
#define SCRIPT_ADDRESSES(X)	X(_start) X(_etext) X(_data) X(_edata) X(_bss) X(_end)

extern const char _etext[], _data[], _edata[], _bss[], _end[];
extern const char _limit[], _middle[], _image_size[], _answer[];
extern const void *const script_words[];
extern const void *const absolute_words[];

/* things.S */
extern const uintptr_t outside_words[];
extern const uintptr_t differences[];
extern const int32_t differences32[];
extern const uint16_t differences16[];
extern const unsigned char differences8[];
extern const char through_got[], through_got_end[];
const void *address_through_got(void);

/* switch.c */
unsigned choose(unsigned which, unsigned x);
unsigned run_program(const unsigned char *program, unsigned x);

/* Gathered by the linker script from all objects. */
typedef void initcall(void);
extern initcall *const _initcalls[], *const _initcalls_end[];

#define INITCALL(f) \
	initcall *const initcall_##f __attribute__((used, section(".initcall"))) = f

enum { INITCALLS = 3 };
extern unsigned initcalls_done;
initcall things_init, switch_init, checks_init;

#endif
