/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "pages.h"
#include "parallel.h"

struct rewrite *rewrite_new(const struct image *img)
{
	struct rewrite *rw = calloc(1, sizeof(*rw));

	if (!rw)
		return NULL;
	rw->img = img;
	rw->entry = img->entry;
	rw->sec = calloc(img->nsec, sizeof(*rw->sec));
	rw->seg = calloc(img->nseg + 1, sizeof(*rw->seg));
	rw->content = calloc(img->nsec, sizeof(*rw->content));
	rw->drop = calloc(img->nsec, sizeof(*rw->drop));
	rw->patched = calloc(img->nsec, sizeof(*rw->patched));
	rw->passed = calloc(img->nsec, sizeof(*rw->passed));
	if (!rw->sec || !rw->seg || !rw->content || !rw->drop ||
	    !rw->patched || !rw->passed) {
		rewrite_free(rw);
		return NULL;
	}
	memcpy(rw->sec, img->sec, img->nsec * sizeof(*rw->sec));
	memcpy(rw->seg, img->seg, img->nseg * sizeof(*rw->seg));
	return rw;
}

/* --- Layout: where each section goes in the new file. --- */

struct extent {			/* bytes of the new file */
	uint64_t to, len;
	const uint8_t *from;	/* where they are copied from */
	uint32_t shndx;		/* the section they are, or 0 */
};

struct layout {
	uint32_t *order;	/* sections by old offset, empty ones first */
	uint32_t norder;
	uint32_t *newindex;	/* old to new section index; 0 for dropped */
	uint32_t nsec;
	uint64_t shoff, size;
	struct extent *ext;
	size_t next, cap;
};

static uint64_t align_up(uint64_t v, uint64_t align)
{
	return align > 1 ? (v + align - 1) / align * align : v;
}

static int by_offset(const void *a, const void *b, void *sections)
{
	const struct section *x = sections, *y = sections;

	x += *(const uint32_t *)a;
	y += *(const uint32_t *)b;
	if (x->offset != y->offset)
		return x->offset < y->offset ? -1 : 1;
	return !!x->data - !!y->data;
}

static uint64_t loaded_end(const struct image *img)
{
	uint64_t end = 0;

	for (uint32_t i = 0; i < img->nseg; i++)
		if (img->seg[i].type == PT_LOAD && img->seg[i].filesz &&
		    img->seg[i].offset + img->seg[i].filesz > end)
			end = img->seg[i].offset + img->seg[i].filesz;
	return end;
}

static bool layout_changes(const struct rewrite *rw)
{
	for (uint32_t i = 1; i < rw->img->nsec; i++)
		if (rw->drop[i] || (rw->img->sec[i].data &&
				    rw->sec[i].size != rw->img->sec[i].size))
			return true;
	return false;
}

/*
 * Closes the ranks behind the last loaded byte. A gap that alignment explains
 * is made anew by alignment, any other is kept.
 */
static void place_sections(struct rewrite *rw, struct layout *l)
{
	const struct image *img = rw->img;
	uint64_t fixed = loaded_end(img), old_end = fixed, end = fixed;
	uint64_t table = (uint64_t)l->nsec * img->shentsize;
	unsigned word = img->xlen / 8;
	bool table_done = img->shoff < fixed;

	for (uint32_t k = 0; k <= l->norder; k++) {
		const struct section *o =
			k < l->norder ? &img->sec[l->order[k]] : NULL;
		struct section *s = o ? &rw->sec[l->order[k]] : NULL;

		if (!table_done && (!o || o->offset > img->shoff)) {
			l->shoff = align_up(end, word);
			end = l->shoff + table;
			old_end = img->shoff +
				  (uint64_t)img->nsec * img->shentsize;
			table_done = true;
		}
		/* Between loaded bytes there is no room to grow: move it behind. */
		if (!o || (o->offset < fixed &&
			   (!o->data || s->size == o->size)))
			continue;
		if (!rw->drop[l->order[k]]) {
			s->offset = end;
			if (o->offset != align_up(old_end, o->align) &&
			    o->offset > old_end)
				s->offset += o->offset - old_end;
			if (o->align && !(o->offset % o->align))
				s->offset = align_up(s->offset, s->align);
			if (o->data)
				end = s->offset + s->size;
		}
		if (o->data && o->offset >= fixed)
			old_end = o->offset + o->size;
	}
	l->size = end;
}

static bool add_extent(struct layout *l, uint64_t to, uint64_t len,
		       const uint8_t *from, uint32_t shndx)
{
	if (!len)
		return true;
	if (l->next == l->cap) {
		size_t cap = l->cap ? 2 * l->cap : 64;
		struct extent *e = realloc(l->ext, cap * sizeof(*e));

		if (!e)
			return false;
		l->ext = e;
		l->cap = cap;
	}
	l->ext[l->next++] = (struct extent){ to, len, from, shndx };
	return true;
}

uint64_t rewrite_step(const struct section *s)
{
	return s->entsize > 1 && s->entsize <= REWRITE_CHUNK ?
	       REWRITE_CHUNK - REWRITE_CHUNK % s->entsize : REWRITE_CHUNK;
}

/*
 * Segments that are not loaded (PT_RISCV_ATTRIBUTES) stay on their section.
 */
static void place_segments(struct rewrite *rw)
{
	const struct image *img = rw->img;
	uint64_t fixed = loaded_end(img);

	for (uint32_t i = 0; i < img->nseg; i++)
		for (uint32_t k = 1; k < img->nsec; k++) {
			const struct section *o = &img->sec[k];

			if (!img->seg[i].filesz || !o->data ||
			    o->offset < fixed ||
			    o->offset != img->seg[i].offset)
				continue;
			rw->seg[i].offset = rw->sec[k].offset;
			rw->seg[i].filesz = rw->drop[k] ? 0 : rw->sec[k].size;
		}
}

/* Cuts what is to be written into pieces that can be done in any order. */
static bool cut(struct rewrite *rw, struct layout *l, bool moved)
{
	const struct image *img = rw->img;
	uint64_t at = 0, raw_end = moved ? loaded_end(img) : img->size;
	bool ok = true;

	for (uint32_t k = 0; ok && k < l->norder; k++) {
		uint32_t i = l->order[k];
		const struct section *o = &img->sec[i], *s = &rw->sec[i];
		const uint8_t *from = rw->content[i] ? rw->content[i] : o->data;
		uint64_t step = rewrite_step(s);

		if (!o->data)
			continue;
		if (at < o->offset && at < raw_end) {
			uint64_t to = o->offset < raw_end ? o->offset : raw_end;

			ok = add_extent(l, at, to - at, img->map + at, 0);
		}
		at = o->offset + o->size;
		for (uint64_t off = 0; ok && !rw->drop[i] && off < s->size;
		     off += step)
			ok = add_extent(l, s->offset + off,
					s->size - off < step ? s->size - off :
							       step,
					from + off, i);
	}
	if (ok && at < raw_end)
		ok = add_extent(l, at, raw_end - at, img->map + at, 0);
	return ok;
}

uint32_t rewrite_indexes(const struct rewrite *rw, uint32_t *newindex)
{
	uint32_t n = 1;

	newindex[0] = 0;
	for (uint32_t i = 1; i < rw->img->nsec; i++)
		newindex[i] = rw->drop[i] ? 0 : n++;
	return n;
}

static bool make_layout(struct rewrite *rw, struct layout *l)
{
	const struct image *img = rw->img;
	bool moved = layout_changes(rw);

	l->order = calloc(img->nsec, sizeof(*l->order));
	l->newindex = calloc(img->nsec, sizeof(*l->newindex));
	if (!l->order || !l->newindex)
		return false;
	l->nsec = rewrite_indexes(rw, l->newindex);
	/* NOBITS of the image stands where its segment ends. */
	for (uint32_t i = 1; i < img->nsec; i++)
		if (img->sec[i].type != SHT_NULL &&
		    !(img->sec[i].type == SHT_NOBITS &&
		      section_loaded(&img->sec[i])))
			l->order[l->norder++] = i;
	qsort_r(l->order, l->norder, sizeof(*l->order), by_offset, img->sec);
	l->shoff = img->shoff;
	l->size = img->size;
	if (moved) {
		place_sections(rw, l);
		place_segments(rw);
	}
	return cut(rw, l, moved);
}

/* --- Content. --- */

/*
 * The kernel lets one thread at a time write to a file, and others that want to
 * wait for it. So one does, for all, and they go on patching. It writes what is
 * ready first, for that holds buffers, and meanwhile copies what is only copied.
 */
struct writer {
	struct rewrite *rw;
	struct outfile *o;
	int fd;			/* of o */
	uint8_t *memory;	/* of all buffers */
	unsigned buffers;
	/* When it is known what goes where: */
	const struct layout *l;
	const struct extent **changed, **copied;
	size_t nchanged, ncopied;
	/* Under the lock: */
	pthread_mutex_t lock;
	pthread_cond_t freed;
	bool writing;		/* somebody is; so it is while there are ready ones */
	struct ready { const uint8_t *from; uint64_t to, len; uint8_t *buf; } *ready;
	uint8_t **idle;		/* buffers */
	size_t nready, nidle, next;	/* next: of what is only copied */
	int error;		/* errno of the first write that failed */
};

enum {
	LINE = 64,		/* of the cache */
	BUFFER = REWRITE_CHUNK + 3 * LINE,
	HELD = 2,		/* buffers that a thread has at most: its own, and one
				 * that rewrite_buffer() gave it */
	SPARE = 4,		/* that are full, and wait */
	WRITERS_MAX = 8		/* threads, for more have to wait for the one that writes */
};

static int write_at(int fd, const void *p, uint64_t len, uint64_t off)
{
	const char *from = p;

	while (len) {
		ssize_t n = pwrite(fd, from, len, (off_t)off);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? errno : ENOSPC;
		from += n;
		off += (uint64_t)n;
		len -= (uint64_t)n;
	}
	return 0;
}

/* Within the kernel, as far as that goes; the rest from the map. */
static int copy_extent(const struct writer *w, const struct extent *e)
{
	const struct image *img = w->rw->img;
	off_t from = e->from - img->map, to = (off_t)e->to;
	uint64_t left = e->len;
	ssize_t n = 1;

	while (image_maps(img, e->from) && left && n > 0) {
		n = copy_file_range(img->fd, &from, w->fd, &to, left, 0);
		left -= n > 0 ? (uint64_t)n : 0;
	}
	return write_at(w->fd, e->from + (e->len - left), left,
			e->to + (e->len - left));
}

/*
 * Records name symbols by index, so none may disappear: the section symbol of
 * a section that is left out becomes a null symbol, any other is absolute
 * (scripts' last symbols are filed under the last section). An index that needed the
 * extended table stays there, even if it has become a small one.
 */
static void renumber_symbols(const struct writer *w, uint32_t table,
			     uint64_t from, uint64_t len, uint8_t *p)
{
	const struct image *img = w->rw->img;
	struct symtab t = image_symtab(img, table);
	unsigned size = symbol_size(t.xlen);
	size_t at = t.xlen == 64 ? offsetof(Elf64_Sym, st_shndx) :
				   offsetof(Elf32_Sym, st_shndx);

	for (uint64_t off = 0; off < len; off += size) {
		struct symbol s = symtab_get(&t, (uint32_t)((from + off) / size));

		if (!s.shndx || s.shndx >= img->nsec)
			continue;
		if (w->rw->drop[s.shndx] &&
		    ELF64_ST_TYPE(s.info) == STT_SECTION)
			memset(p + off, 0, size);
		else if (w->rw->drop[s.shndx])
			putle(p + off + at, SHN_ABS, 2);
		else if (get16(p + off + at) != SHN_XINDEX)
			putle(p + off + at, w->l->newindex[s.shndx], 2);
	}
}

static void renumber_extended(const struct writer *w, uint64_t len, uint8_t *p)
{
	for (uint64_t off = 0; off + 4 <= len; off += 4) {
		uint32_t shndx = get32(p + off);

		if (shndx < w->rw->img->nsec)
			putle(p + off, w->l->newindex[shndx], 4);
	}
}

/* A table that was compacted has the new indexes already. */
static bool names_sections(const struct rewrite *rw, uint32_t i)
{
	const struct image *img = rw->img;
	const struct section *s = &img->sec[i];

	if (rw->symbol_from &&
	    (i == img->symtab.shndx || (s->type == SHT_SYMTAB_SHNDX &&
					s->link == img->symtab.shndx)))
		return false;
	return s->type == SHT_SYMTAB || s->type == SHT_DYNSYM ||
	       s->type == SHT_SYMTAB_SHNDX;
}

static bool is_renumbered(const struct writer *w, uint32_t shndx)
{
	return w->l->nsec != w->rw->img->nsec && names_sections(w->rw, shndx);
}

static bool is_changed(const struct writer *w, uint32_t shndx)
{
	return shndx && (w->rw->patched[shndx] || is_renumbered(w, shndx));
}

/* The new bytes of an extent; buf has room for REWRITE_PAD around them. */
static void make_extent(const struct writer *w, const struct extent *e,
			uint8_t *buf)
{
	const struct image *img = w->rw->img;
	const uint8_t *base = w->rw->content[e->shndx] ?
			      w->rw->content[e->shndx] :
			      img->sec[e->shndx].data, *found;
	uint64_t from = (uint64_t)(e->from - base);
	uint64_t before = from < REWRITE_PAD ? from : REWRITE_PAD;
	uint64_t after = w->rw->sec[e->shndx].size - from - e->len;

	after = after < REWRITE_PAD ? after : REWRITE_PAD;
	found = image_read(img, e->from - before, before + e->len + after,
			   buf - before);
	if (found != buf - before)
		memcpy(buf - before, found, before + e->len + after);
	if (w->rw->patched[e->shndx])
		w->rw->patch(w->rw->ctx, e->shndx, from, from + e->len, buf);
	if (!is_renumbered(w, e->shndx))
		return;
	if (img->sec[e->shndx].type == SHT_SYMTAB_SHNDX)
		renumber_extended(w, e->len, buf);
	else
		renumber_symbols(w, e->shndx, from, e->len, buf);
}

/* Writes until nothing is left that can be; the lock is held. */
static void write_ready(struct writer *w)
{
	w->writing = true;
	while (!w->error && (w->nready || w->next < w->ncopied)) {
		struct ready r = { 0 };
		const struct extent *e = NULL;
		int error;

		if (w->nready)
			r = w->ready[--w->nready];
		else
			e = w->copied[w->next++];
		pthread_mutex_unlock(&w->lock);
		error = e ? copy_extent(w, e) :
			    write_at(w->fd, r.from, r.len, r.to);
		pthread_mutex_lock(&w->lock);
		w->error = w->error ? w->error : error;
		if (r.buf)
			w->idle[w->nidle++] = r.buf;
		pthread_cond_signal(&w->freed);
	}
	if (w->error)
		pthread_cond_broadcast(&w->freed);
	w->writing = false;
}

/*
 * A buffer for what goes to offset `to` of the file. It lies in its line of the
 * cache as there, for then the kernel copies it faster. NULL: a write has failed.
 */
static uint8_t *take_buffer(struct writer *w, uint64_t to)
{
	uint8_t *buf = NULL;

	pthread_mutex_lock(&w->lock);
	while (!w->nidle && !w->error)
		pthread_cond_wait(&w->freed, &w->lock);
	if (!w->error)
		buf = w->idle[--w->nidle] + LINE + to % LINE;
	pthread_mutex_unlock(&w->lock);
	return buf;
}

/* Has len bytes written at offset `to`, and then takes buf back. */
static void give_buffer(struct writer *w, const uint8_t *from, uint64_t len,
			uint64_t to, uint8_t *buf)
{
	buf -= (size_t)(buf - w->memory) % BUFFER;
	pthread_mutex_lock(&w->lock);
	w->ready[w->nready++] = (struct ready){ from, to, len, buf };
	if (!w->writing)
		write_ready(w);
	pthread_mutex_unlock(&w->lock);
}

uint8_t *rewrite_buffer(struct rewrite *rw, uint32_t shndx, uint64_t from)
{
	return take_buffer(rw->writer, rw->sec[shndx].offset + from);
}

void rewrite_pass(struct rewrite *rw, uint32_t shndx, uint64_t from, uint64_t to,
		  const uint8_t *bytes, uint8_t *buf)
{
	give_buffer(rw->writer, bytes, to - from, rw->sec[shndx].offset + from,
		    buf);
}

static void change_extent(void *ctx, size_t i, unsigned worker)
{
	struct writer *w = ctx;
	const struct extent *e = w->changed[i];
	uint8_t *buf = take_buffer(w, e->to);

	(void)worker;
	if (!buf)
		return;
	make_extent(w, e, buf);
	give_buffer(w, buf, e->len, e->to, buf);
}

static void writer_free(struct rewrite *rw)
{
	struct writer *w = rw->writer;

	rw->writer = NULL;
	if (!w)
		return;
	outfile_abandon(w->o);
	pages_free(w->memory, w->buffers * (size_t)BUFFER);
	free(w->changed);
	free(w->copied);
	free(w->ready);
	free(w->idle);
	free(w);
}

void rewrite_free(struct rewrite *rw)
{
	if (!rw)
		return;
	for (uint32_t i = 0; rw->content && i < rw->img->nsec; i++)
		free(rw->content[i]);
	free(rw->content);
	free(rw->sec);
	free(rw->seg);
	free(rw->drop);
	free(rw->patched);
	free(rw->passed);
	free(rw->symbol_from);
	free(rw->names);
	writer_free(rw);
	free(rw);
}

/* Asked for at once, room costs less, and a disk that is full says so before
 * anything is written; file systems that do not know that get a hole. */
static int make_room(int fd, uint64_t size)
{
	if (!fallocate(fd, 0, 0, (off_t)size))
		return 0;
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return errno;
	return ftruncate(fd, (off_t)size) ? errno : 0;
}

static bool make_buffers(struct writer *w, unsigned jobs)
{
	jobs = jobs < WRITERS_MAX ? jobs : WRITERS_MAX;
	w->buffers = HELD * (jobs ? jobs : 1) + SPARE;
	w->memory = pages_alloc(w->buffers * (size_t)BUFFER);
	w->ready = calloc(w->buffers, sizeof(*w->ready));
	w->idle = calloc(w->buffers, sizeof(*w->idle));
	if (!w->memory || !w->ready || !w->idle)
		return false;
	for (; w->nidle < w->buffers; w->nidle++)
		w->idle[w->nidle] = w->memory + w->nidle * BUFFER;
	return true;
}

static bool cannot_write(const char *path, int error, struct diag *d)
{
	diag_file(d, DIAG_ERROR, "cannot write %s: %s", path, strerror(error));
	return false;
}

/* A file of so many bytes, and what writes it. False after a message. */
static bool writer_new(struct rewrite *rw, const char *path, uint64_t size,
		       unsigned jobs, struct diag *d)
{
	struct writer *w = calloc(1, sizeof(*w));
	int error;

	if (!w)
		return cannot_write(path, ENOMEM, d);
	rw->writer = w;
	w->rw = rw;
	w->o = outfile_new(path, rw->img->mode, d);
	if (!w->o)
		return false;
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->freed, NULL);
	w->fd = outfile_fd(w->o);
	error = make_room(w->fd, size);
	if (!error && !make_buffers(w, jobs))
		error = ENOMEM;
	return !error || cannot_write(path, error, d);
}

bool rewrite_open(struct rewrite *rw, const char *path, unsigned jobs,
		  struct diag *d)
{
	return writer_new(rw, path, rw->img->size, jobs, d);
}

static bool sort_extents(struct writer *w, const struct layout *l)
{
	w->l = l;
	w->changed = malloc((l->next + 1) * sizeof(*w->changed));
	w->copied = malloc((l->next + 1) * sizeof(*w->copied));
	if (!w->changed || !w->copied)
		return false;
	for (size_t i = 0; i < l->next; i++) {
		const struct extent *e = &l->ext[i];

		if (e->shndx && e->shndx == w->rw->ahead)
			continue;
		if (is_changed(w, e->shndx))
			w->changed[w->nchanged++] = e;
		else if (!w->rw->passed[e->shndx])
			w->copied[w->ncopied++] = e;
	}
	return true;
}

static int write_content(struct writer *w, const struct layout *l, unsigned jobs)
{
	if (!sort_extents(w, l))
		return ENOMEM;
	jobs = jobs < WRITERS_MAX ? jobs : WRITERS_MAX;
	parallel_for(jobs, w->nchanged, change_extent, w);
	pthread_mutex_lock(&w->lock);
	write_ready(w);
	pthread_mutex_unlock(&w->lock);
	return w->error;
}

/* --- Headers, in the file's class. --- */

/*
 * Patches one member that has the same meaning in both classes. Whatever is
 * not named stays as it is in the file.
 */
#define PUT(p, xlen, T, member, v)					\
	((xlen) == 64 ?							\
	 putle((p) + offsetof(Elf64_##T, member), (v),			\
	       sizeof(((Elf64_##T *)0)->member)) :			\
	 putle((p) + offsetof(Elf32_##T, member), (v),			\
	       sizeof(((Elf32_##T *)0)->member)))

static uint32_t new_link(const struct layout *l, const struct image *img,
			 uint32_t old)
{
	return old < img->nsec ? l->newindex[old] : old;
}

static bool info_is_section(const struct section *s)
{
	return (s->flags & SHF_INFO_LINK) || s->type == SHT_RELA ||
	       s->type == SHT_REL;
}

/*
 * The number of sections and the index of their names, in the ELF header
 * or, when they do not fit there, in section 0.
 */
static void put_counts(const struct image *img, const struct layout *l,
		       uint8_t *eh, uint8_t *first)
{
	uint32_t names = l->newindex[img->shstrndx];
	bool many = l->nsec >= SHN_LORESERVE, far = names >= SHN_LORESERVE;

	if (eh) {
		PUT(eh, img->xlen, Ehdr, e_shnum, many ? 0 : l->nsec);
		PUT(eh, img->xlen, Ehdr, e_shstrndx, far ? SHN_XINDEX : names);
		return;
	}
	PUT(first, img->xlen, Shdr, sh_size, many ? l->nsec : 0);
	PUT(first, img->xlen, Shdr, sh_link, far ? names : 0);
}

static uint8_t *section_headers(const struct rewrite *rw,
				const struct layout *l)
{
	const struct image *img = rw->img;
	uint8_t *table = malloc((size_t)l->nsec * img->shentsize), *p = table;

	for (uint32_t i = 0; table && i < img->nsec; i++) {
		const struct section *s = &rw->sec[i];

		if (rw->drop[i])
			continue;
		memcpy(p, img->map + img->shoff + (size_t)i * img->shentsize,
		       img->shentsize);
		if (i) {
			PUT(p, img->xlen, Shdr, sh_addr, s->addr);
			PUT(p, img->xlen, Shdr, sh_offset, s->offset);
			PUT(p, img->xlen, Shdr, sh_size, s->size);
			PUT(p, img->xlen, Shdr, sh_flags, s->flags);
			PUT(p, img->xlen, Shdr, sh_addralign, s->align);
			if (rw->names)
				PUT(p, img->xlen, Shdr, sh_name, rw->names[i]);
			if (s->type == SHT_SYMTAB)
				PUT(p, img->xlen, Shdr, sh_info, s->info);
		}
		if (l->nsec != img->nsec) {
			PUT(p, img->xlen, Shdr, sh_link,
			    new_link(l, img, s->link));
			if (info_is_section(s))
				PUT(p, img->xlen, Shdr, sh_info,
				    new_link(l, img, s->info));
			if (!i)
				put_counts(img, l, NULL, p);
		}
		p += img->shentsize;
	}
	return table;
}

static int write_headers(const struct rewrite *rw, const struct layout *l,
			 int fd)
{
	const struct image *img = rw->img;
	uint8_t eh[sizeof(Elf64_Ehdr)];
	uint8_t *sh = section_headers(rw, l);
	uint8_t ph[sizeof(Elf64_Phdr)];
	int error = sh ? 0 : ENOMEM;

	memcpy(eh, img->map, img->ehsize);
	PUT(eh, img->xlen, Ehdr, e_entry, rw->entry);
	PUT(eh, img->xlen, Ehdr, e_shoff, l->shoff);
	if (l->nsec != img->nsec)
		put_counts(img, l, eh, NULL);
	for (uint32_t i = 0; !error && i < img->nseg; i++) {
		uint64_t off = img->phoff + (uint64_t)i * img->phentsize;

		memcpy(ph, img->map + off, img->phentsize);
		PUT(ph, img->xlen, Phdr, p_offset, rw->seg[i].offset);
		PUT(ph, img->xlen, Phdr, p_filesz, rw->seg[i].filesz);
		PUT(ph, img->xlen, Phdr, p_vaddr, rw->seg[i].vaddr);
		PUT(ph, img->xlen, Phdr, p_paddr, rw->seg[i].paddr);
		error = write_at(fd, ph, img->phentsize, off);
	}
	if (!error)
		error = write_at(fd, eh, img->ehsize, 0);
	if (!error)
		error = write_at(fd, sh, (uint64_t)l->nsec * img->shentsize,
				 l->shoff);
	free(sh);
	return error;
}

static void layout_free(struct layout *l)
{
	free(l->order);
	free(l->newindex);
	free(l->ext);
}

struct outfile *rewrite_write(struct rewrite *rw, const char *path,
			      unsigned jobs, struct diag *d)
{
	struct layout l = { 0 };
	struct outfile *o = NULL;
	int error;

	if (layout_changes(rw)) {
		writer_free(rw);
		rw->ahead = 0;
	}
	error = make_layout(rw, &l) ? 0 : ENOMEM;
	if (!error && (rw->writer || writer_new(rw, path, l.size, jobs, d))) {
		error = write_content(rw->writer, &l, jobs);
		if (!error)
			error = write_headers(rw, &l, rw->writer->fd);
		if (!error) {
			o = rw->writer->o;
			rw->writer->o = NULL;
		}
	}
	if (error)
		cannot_write(path, error, d);
	writer_free(rw);
	rw->ahead = 0;
	layout_free(&l);
	return o;
}
