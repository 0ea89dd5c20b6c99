/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How results are shown: numbers, colours, JSON. */
#ifndef CMD_SHOW_H
#define CMD_SHOW_H

#include <jansson.h>
#include <stdint.h>

#include "cmd.h"

enum { GROUPED = 28 };

/* 1234567 as "1,234,567", in buf of GROUPED bytes. */
const char *grouped(uint64_t v, char *buf);

enum style { PLAIN, BOLD, DIM, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN };

/*
 * What turns a style on and, as PLAIN, off again on standard output: "" where
 * the output has no colours (NO_COLOR, no terminal, --color=never).
 */
const char *style(const struct common *c, enum style s);

/* The same for what goes to fd. */
const char *style_on(const struct common *c, int fd, enum style s);

/* A terminal on which the cursor can be moved. */
bool is_terminal(int fd);

struct image;
struct mover;

/*
 * "init/main.c:931" of a field that moves: of data where it is declared, of
 * code where it is; "" where that is not known. Files below the working folder
 * are named from there, as editors and CI want them. Slow: for what is shown.
 */
void show_source(const struct image *img, const struct mover *m, char *buf,
		 size_t len);

/* "0x..." : addresses do not fit the numbers of many JSON readers. */
json_t *json_address(uint64_t v);

/* To be called before the first piece of JSON is made. */
void json_start(void);

/*
 * Writes j and a newline to standard output, and lets go of j. False when it is
 * NULL or memory ran out for any part of it, which then is missing; what cannot
 * be written is for the end of the program to say.
 */
bool json_print(json_t *j, size_t flags);

/* How many bytes the UTF-8 character at s has, 0 when none is there. */
size_t utf8_length(const char *s);

/*
 * Text from the file, which may be anything, as a string that JSON can hold:
 * bytes that are not UTF-8 are taken for Latin-1.
 */
json_t *json_text(const char *text);

/* ".data+0x10 (in jiffies)"; NULL when memory runs out. */
json_t *json_place(const struct image *img, uint32_t shndx, uint64_t off);

#endif
