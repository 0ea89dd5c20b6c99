/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A changed copy of an image, written aside and renamed. The caller says what
 * the headers shall hold, which sections have new content, which are left out
 * and which are patched while they are copied; the rest is copied as it is.
 * What is loaded stays at its file offset. Other sections move up or down in
 * the file when something before them changed its size.
 */
#ifndef ELFIO_REWRITE_H
#define ELFIO_REWRITE_H

#include "image.h"

enum {
	REWRITE_PAD = 16,	/* readable and writable around a chunk */
	REWRITE_CHUNK = 1 << 20,
};

/*
 * Patches bytes [from, to) of section shndx, which lie at `bytes`. Up to
 * REWRITE_PAD bytes of the section before and after them are at hand as well
 * and may be changed, but the change is lost: a field that crosses the border
 * is patched by both neighbours, each keeping its part. Called from several
 * threads. Tables are cut between entries.
 */
typedef void rewrite_fn(void *ctx, uint32_t shndx, uint64_t from, uint64_t to,
			uint8_t *bytes);

/* How many bytes of a section patch() gets at a time. */
uint64_t rewrite_step(const struct section *s);

struct rewrite {
	const struct image *img;
	struct section *sec;	/* nsec headers as they shall be */
	struct segment *seg;	/* nseg headers as they shall be */
	uint64_t entry;
	uint8_t **content;	/* owned, or NULL: new bytes, sec[i].size of them */
	bool *drop;		/* sections to leave out, with their symbols */
	bool *patched;		/* sections that patch() is called for */
	bool *passed;		/* others, which patch() reads and rewrite_pass()es */
	/* Made by rewrite_compact(), else NULL: */
	uint32_t *symbol_from;	/* the old index of each symbol that is left */
	uint32_t *names;	/* sh_name of each section */
	rewrite_fn *patch;
	void *ctx;
	struct writer *writer;	/* while it is written */
	uint32_t ahead;		/* a section that has been passed whole, or 0 */
};

/* Starts as an unchanged copy of img, which it borrows. NULL: no memory. */
struct rewrite *rewrite_new(const struct image *img);
void rewrite_free(struct rewrite *rw);

/*
 * Opens what rewrite_write() will write, before it is known what that is, so that
 * rewrite_buffer() and rewrite_pass() can be called for what is known already, of
 * a section that keeps its place and is not renumbered. When all of it has been
 * passed `ahead` may be set to it: it is not copied, nor patched. Where sections
 * are moved after all, it is as if nothing had been passed. False after a message.
 */
bool rewrite_open(struct rewrite *rw, const char *path, unsigned jobs,
		  struct diag *d);

/*
 * Leaves out the symbols of .symtab for which keep[] is false, and all names
 * that nobody uses any more; to be called when it is known which sections are
 * left out, and when no record that stays names a symbol by its index. What
 * is patched in .symtab then is the new table. False: no memory.
 */
bool rewrite_compact(struct rewrite *rw, const bool *keep);

/* The index of each section in the new file, 0 for those left out. Returns
 * how many there are. */
uint32_t rewrite_indexes(const struct rewrite *rw, uint32_t *newindex);

/*
 * For what is read anyhow, so that it is read only once: a buffer of REWRITE_CHUNK
 * bytes, for what lies at `from` of section shndx, to be given back to
 * rewrite_pass() before another one is asked for, by the same thread. NULL: the file
 * cannot be written, and it does not matter any more.
 */
uint8_t *rewrite_buffer(struct rewrite *rw, uint32_t shndx, uint64_t from);
/* Bytes [from, to) of section shndx lie at `bytes`, in buf or in the map. Every
 * byte of a section that is `passed` has to be, more than once if need be. */
void rewrite_pass(struct rewrite *rw, uint32_t shndx, uint64_t from, uint64_t to,
		  const uint8_t *bytes, uint8_t *buf);

struct outfile;

/*
 * Writes the whole file aside, next to where `path` will be ("-" or something
 * that is no regular file: into a temporary, copied there by the commit).
 * NULL after a message. Nothing at `path` has changed when it returns. Path and
 * jobs are those of rewrite_open(), if that was called.
 */
struct outfile *rewrite_write(struct rewrite *rw, const char *path,
			      unsigned jobs, struct diag *d);

/* An empty one, for other results; its descriptor is outfile_fd(). */
struct outfile *outfile_new(const char *path, mode_t mode, struct diag *d);
int outfile_fd(const struct outfile *o);
/* Appends n bytes. False, with errno set, when not all could be written. */
bool outfile_put(struct outfile *o, const void *bytes, size_t n);

/*
 * Does all that can fail: gives it a name beside its place, and the mode and
 * owner of what it replaces. To be called for every file of a command before
 * the first is put in place by outfile_commit(), which sees to it that this is
 * done and frees o.
 */
bool outfile_prepare(struct outfile *o, struct diag *d);
bool outfile_commit(struct outfile *o, struct diag *d);
/* Leaves nothing behind. */
void outfile_abandon(struct outfile *o);

#endif
