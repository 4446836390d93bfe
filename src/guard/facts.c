/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about the program and the directory. Each is opened once (O_PATH) and
 * everything else is asked of that descriptor; a canonical path is believed
 * only while it names the very same inode. */
#include "guard/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "policy/path_text.h"

enum { FD_PATH_SIZE = 32, SHEBANG_SIZE = 256 /* BINPRM_BUF_SIZE, Linux 5.1 */ };

static void fd_path(char out[FD_PATH_SIZE], int fd)
{
	snprintf(out, FD_PATH_SIZE, "/proc/self/fd/%d", fd);
}

bool facts_our_trouble(int errnum)
{
	return errnum == EMFILE || errnum == ENFILE || errnum == ENOMEM;
}

static bool names_the_same(const char *path, const struct stat *wanted)
{
	struct stat st;

	return path[0] == '/' && lstat(path, &st) == 0 &&
	       st.st_dev == wanted->st_dev && st.st_ino == wanted->st_ino;
}

/* Open a path that leads nowhere else: no link in it, no component twice. Its
 * spelling is the one path that the file has. -1 for any other, and where links
 * cannot be forbidden (before Linux 5.6, some container filters). */
static int open_canonical(const char *path, int flags)
{
	const struct open_how how = {
		.flags = (unsigned int)flags | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};

	if (!path_is_clean(path))
		return -1;
	return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
}

/* The one path that the open file has now. The kernel knows it; without /proc
 * (or with a file outside our root) the name is resolved once more. */
static int find_canonical(struct file_facts *file)
{
	char link[FD_PATH_SIZE], path[PATH_MAX];
	ssize_t n;

	fd_path(link, file->fd);
	n = readlink(link, path, sizeof(path) - 1);
	path[n > 0 ? n : 0] = '\0';
	if (!names_the_same(path, &file->stat) &&
	    (!realpath(file->path, path) || !names_the_same(path, &file->stat)))
		return errno ? errno : ENOENT;
	file->canonical = strdup(path);
	return file->canonical ? 0 : ENOMEM;
}

static int gather_file(struct file_facts *file, const char *path, int flags)
{
	bool canonical;

	file->path = path;
	file->fd = open_canonical(path, O_PATH | flags);
	canonical = file->fd >= 0;
	if (!canonical)
		file->fd = open(path, O_PATH | O_CLOEXEC | flags);
	if (file->fd < 0)
		return errno;
	if (fstat(file->fd, &file->stat) < 0)
		return errno;
	if (!canonical)
		return find_canonical(file);
	file->canonical = strdup(path);
	return file->canonical ? 0 : ENOMEM;
}

/* Whether the caller may execute or enter the open file: by the effective ids,
 * as the kernel decides (access lists and noexec mounts included). */
static int execute_errno(int fd)
{
	char link[FD_PATH_SIZE];

	if (faccessat(fd, "", X_OK, AT_EACCESS | AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != ENOENT)
		return errno;
	/* faccessat2 is Linux 5.8, and is refused by some container filters */
	fd_path(link, fd);
	return faccessat(AT_FDCWD, link, X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

static bool is_open_as(int fd, const struct stat *wanted)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_dev == wanted->st_dev &&
	       st.st_ino == wanted->st_ino;
}

int facts_reopen(const struct file_facts *file)
{
	const int flags = O_RDONLY | O_NOCTTY | O_NONBLOCK;
	char link[FD_PATH_SIZE];
	int fd = open_canonical(file->canonical, flags);

	if (fd >= 0 && is_open_as(fd, &file->stat))
		return fd;
	if (fd >= 0)
		close(fd);
	fd_path(link, file->fd);
	fd = open(link, flags | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) /* no /proc */
		fd = open(file->canonical, flags | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || is_open_as(fd, &file->stat))
		return fd;
	close(fd);
	errno = ESTALE;
	return -1;
}

/* ---- scripts ------------------------------------------------------------- */

/* As fs/binfmt_script.c reads it: blanks, the path up to a blank or the end of
 * the line. Cuts `line` to the path. */
static const char *shebang_path(char *line, size_t len)
{
	char *start;

	line[len] = '\0';
	if (len < 2 || line[0] != '#' || line[1] != '!')
		return NULL;
	start = line + 2 + strspn(line + 2, " \t");
	start[strcspn(start, " \t\n")] = '\0';
	return start;
}

static int gather_script(struct facts *facts)
{
	char line[SHEBANG_SIZE + 1], resolved[PATH_MAX];
	auto_fd int fd = facts_reopen(&facts->program);
	const char *path;
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return facts_our_trouble(errno) ? errno : 0;
	n = pread(fd, line, SHEBANG_SIZE, 0);
	path = n > 0 ? shebang_path(line, (size_t)n) : NULL;
	if (!path)
		return 0;
	if (path[0] != '/')
		facts->script = SCRIPT_RELATIVE_INTERPRETER;
	else if (!realpath(path, resolved) || stat(resolved, &st) < 0 ||
		 !S_ISREG(st.st_mode))
		facts->script = SCRIPT_MISSING_INTERPRETER;
	else
		facts->script = SCRIPT_GOOD;
	facts->interpreter =
		strdup(facts->script == SCRIPT_GOOD ? resolved : path);
	return facts->interpreter ? 0 : ENOMEM;
}

/* -------------------------------------------------------------------------- */

int facts_gather_program(struct facts *facts, const char *path,
			 struct pj_error *err)
{
	struct file_facts *program = &facts->program;
	int trouble = 0;

	program->errnum = gather_file(program, path, 0);
	if (facts_our_trouble(program->errnum))
		return fail_system(err, PJ_STAGE_GUARD, program->errnum,
				   "cannot open the program %.200s", path);
	if (program->errnum)
		return 0;
	facts->execute_errno = execute_errno(program->fd);
	if (S_ISREG(program->stat.st_mode) && !facts->execute_errno)
		trouble = gather_script(facts);
	if (trouble)
		return fail_system(err, PJ_STAGE_GUARD, trouble,
				   "cannot read the program %.200s", path);
	return 0;
}

int facts_gather_cwd(struct facts *facts, const char *path,
		     struct pj_error *err)
{
	struct file_facts *cwd = &facts->cwd;

	cwd->errnum = gather_file(cwd, path, O_DIRECTORY);
	if (facts_our_trouble(cwd->errnum))
		return fail_system(err, PJ_STAGE_GUARD, cwd->errnum,
				   "cannot open the working directory %.200s",
				   path);
	if (!cwd->errnum)
		facts->cwd_enter_errno = execute_errno(cwd->fd);
	return 0;
}

static void file_clear(struct file_facts *file)
{
	if (file->fd >= 0)
		close(file->fd);
	free(file->canonical);
	*file = (struct file_facts){ .fd = -1 };
}

void facts_clear(struct facts *facts)
{
	file_clear(&facts->program);
	file_clear(&facts->cwd);
	free(facts->interpreter);
	free(facts->writable);
	facts->interpreter = facts->writable = NULL;
}
