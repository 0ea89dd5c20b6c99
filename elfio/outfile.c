/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dying.h"

struct outfile {
	char *path;	/* where it will be; links are followed */
	char *temp;	/* a name it has now, or NULL: it has none */
	int fd;
	bool stream;	/* path is copied to, not replaced */
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool replaces, ready;
};

/* The files that a signal would leave behind. */
enum { DOOMED_MAX = 4 };
static char *volatile doomed[DOOMED_MAX];

static void doom(char *name, char *instead)
{
	for (size_t i = 0; i < DOOMED_MAX; i++)
		if (doomed[i] == name) {
			doomed[i] = instead;
			return;
		}
}

static void unlink_doomed(void)
{
	for (size_t i = 0; i < DOOMED_MAX; i++)
		if (doomed[i])
			unlink(doomed[i]);
}

static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return strdup(".");
	return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* A name in the same folder: rename() does not cross file systems. */
static char *temp_name(const char *path)
{
	char *dir = folder_of(path), *name = NULL;

	if (dir && asprintf(&name, "%s/.rvreloc-XXXXXX", dir) < 0)
		name = NULL;
	free(dir);
	return name;
}

static bool open_aside(struct outfile *o)
{
	char *dir;

	if (o->stream) {
		o->fd = memfd_create("rvreloc", MFD_CLOEXEC);
		return o->fd >= 0;
	}
	/* A file without a name cannot be left behind, not even by SIGKILL. */
	dir = folder_of(o->path);
	o->fd = dir ? open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;
	free(dir);
	if (o->fd >= 0)
		return true;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT &&
	    errno != EINVAL)
		return false;
	o->temp = temp_name(o->path);
	if (!o->temp)
		return false;
	dying_do(unlink_doomed);
	o->fd = mkostemp(o->temp, O_CLOEXEC);
	if (o->fd < 0)
		return false;
	doom(NULL, o->temp);
	return true;
}

struct outfile *outfile_new(const char *path, mode_t mode, struct diag *d)
{
	struct outfile *o = calloc(1, sizeof(*o));
	char *real = strcmp(path, "-") ? realpath(path, NULL) : NULL;
	struct stat st;

	if (!o) {
		free(real);
		return NULL;
	}
	o->fd = -1;
	o->path = real ? real : strdup(path);
	o->mode = mode;
	o->stream = !strcmp(path, "-");
	if (!o->stream && !stat(path, &st)) {
		o->stream = !S_ISREG(st.st_mode);
		o->replaces = true;
		o->mode = st.st_mode & 07777;
		o->uid = st.st_uid;
		o->gid = st.st_gid;
	} else {
		mode_t mask = umask(0);

		umask(mask);
		o->mode &= ~mask;
	}
	/* As cp does, not to make a file where nobody looks for it. */
	if (!o->stream && !real && !lstat(path, &st) && S_ISLNK(st.st_mode))
		errno = ELOOP;
	else if (o->replaces && S_ISDIR(st.st_mode))
		errno = EISDIR;
	else if (o->path && open_aside(o))
		return o;
	diag_file(d, DIAG_ERROR, "cannot write %s: %s", path, strerror(errno));
	outfile_abandon(o);
	return NULL;
}

int outfile_fd(const struct outfile *o)
{
	return o->fd;
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t w = write(fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return false;
		p += w;
		n -= (size_t)w;
	}
	return true;
}

bool outfile_put(struct outfile *o, const void *bytes, size_t n)
{
	return write_all(o->fd, bytes, n);
}

static bool copy_out(struct outfile *o)
{
	int to = strcmp(o->path, "-") ? open(o->path, O_WRONLY | O_CLOEXEC) :
					dup(STDOUT_FILENO);
	char buf[1 << 16];
	ssize_t n = 0;
	bool ok = to >= 0 && lseek(o->fd, 0, SEEK_SET) == 0;

	while (ok && (n = read(o->fd, buf, sizeof(buf))) > 0)
		ok = write_all(to, buf, (size_t)n);
	if (to >= 0 && close(to))
		ok = false;
	return ok && n == 0;
}

/*
 * Gives the nameless file a name that rename() can then take, with signals
 * held back until it is known which name they would leave behind.
 */
static bool give_name(struct outfile *o)
{
	sigset_t all, old;
	char proc[64];
	bool ok = false;

	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", o->fd);
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	for (int tries = 0; tries < 100 && !ok; tries++) {
		int fd;

		free(o->temp);
		o->temp = temp_name(o->path);
		/* mkostemp() finds a free name; linkat() wants it free. */
		fd = o->temp ? mkostemp(o->temp, O_CLOEXEC) : -1;
		if (fd < 0)
			break;
		close(fd);
		unlink(o->temp);
		ok = !linkat(AT_FDCWD, proc, AT_FDCWD, o->temp,
			     AT_SYMLINK_FOLLOW);
		if (!ok && errno != EEXIST)
			break;
	}
	if (ok) {
		doom(NULL, o->temp);
	} else {
		free(o->temp);
		o->temp = NULL;
	}
	sigprocmask(SIG_SETMASK, &old, NULL);
	return ok;
}

static bool failed(const struct outfile *o, struct diag *d)
{
	diag_file(d, DIAG_ERROR, "cannot write %s: %s", o->path,
		  strerror(errno));
	return false;
}

bool outfile_prepare(struct outfile *o, struct diag *d)
{
	bool ok;

	if (o->stream || o->ready)
		return true;
	/* Owner first: changing it clears set-id bits. */
	if ((o->replaces && fchown(o->fd, o->uid, o->gid) && errno != EPERM) ||
	    fchmod(o->fd, o->mode))
		return failed(o, d);
	dying_do(unlink_doomed);
	ok = o->temp || give_name(o);
	o->ready = ok;
	return ok || failed(o, d);
}

bool outfile_commit(struct outfile *o, struct diag *d)
{
	bool ok = outfile_prepare(o, d);

	if (ok && !(o->stream ? copy_out(o) : !rename(o->temp, o->path)))
		ok = failed(o, d);
	if (ok && o->temp) {
		doom(o->temp, NULL);
		free(o->temp);
		o->temp = NULL;
	}
	outfile_abandon(o);
	return ok;
}

void outfile_abandon(struct outfile *o)
{
	if (!o)
		return;
	if (o->temp) {
		unlink(o->temp);
		doom(o->temp, NULL);
	}
	if (o->fd >= 0)
		close(o->fd);
	free(o->temp);
	free(o->path);
	free(o);
}
