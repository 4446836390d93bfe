/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `git worktree add` writes two files that say where git shall look: `.git` in
 * the new tree, `commondir` in REPO/.git/worktrees/NAME. Their content is a
 * function of their place, so we write them, and the caller writes into a
 * scratch file: what git obeys later never came from inside the jail.
 */
#include "init/broker_git.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "init/broker_allow.h"

enum { NOTICED_MAX = 8 };

/* Directories REPO/.git/worktrees/NAME whose `gitdir` was written in this run.
 */
static char noticed[NOTICED_MAX][PATH_BYTES];
static unsigned int noticed_next;

/* In REPO/.git/worktrees/NAME/FILE: where "/FILE" starts; 0 elsewhere. */
static size_t worktree_file(const char *path, const char *file)
{
	size_t root = rules_git_root(path, 0);
	const char *at = path + root;

	if (!root || !text_starts(at, "/worktrees/"))
		return 0;
	for (at += 11; *at && *at != '/';)
		at++;
	return *at && text_equal(at + 1, file) ? (size_t)(at - path) : 0;
}

void git_notice(const struct call_request *request, const struct place *place)
{
	size_t n = worktree_file(place->path, "gitdir");

	if (!n || !rules_know_git(request->config))
		return;
	memcpy(noticed[noticed_next], place->path, n);
	noticed[noticed_next][n] = '\0';
	noticed_next = (noticed_next + 1) % NOTICED_MAX;
}

bool git_is_pointer(const char *path)
{
	return worktree_file(path, "commondir") != 0;
}

/* Whether ADMIN/gitdir names `path`. */
static bool admin_names(const char *admin, const char *path)
{
	static struct line file;
	static char content[PATH_BYTES];
	long n;

	line_start(&file, admin);
	line_add(&file, "/gitdir");
	if (file.overflow)
		return false;
	n = file_read(AT_FDCWD, file.text, content, sizeof(content));
	while (n > 0 && content[n - 1] == '\n')
		content[--n] = '\0';
	return n > 0 && text_equal(content, path);
}

static int write_file(const struct place *place, unsigned int mode,
		      const struct line *content)
{
	long fd = raw(__NR_openat, place->parent, place->name,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      mode & 0666);
	long n;

	if (fd < 0)
		return (int)fd;
	n = raw(__NR_write, fd, content->text, content->len);
	raw(__NR_close, fd);
	return n == (long)content->len ? 1 : -EIO;
}

static bool last_is_dot_git(const char *path)
{
	size_t n = text_len(path);

	return n >= 5 && text_equal(path + n - 5, "/.git");
}

int git_write_pointer(const struct call_request *request,
		      const struct place *place, unsigned int mode)
{
	static struct line content;

	if (place->private || !rules_know_git(request->config))
		return 0;
	if (worktree_file(place->path, "commondir")) {
		line_start(&content, "../..\n");
		return write_file(place, mode, &content);
	}
	if (!last_is_dot_git(place->path))
		return 0;
	for (int i = 0; i < NOTICED_MAX; i++) {
		if (!noticed[i][0] || !admin_names(noticed[i], place->path))
			continue;
		line_start(&content, "gitdir: ");
		line_add(&content, noticed[i]);
		line_add(&content, "\n");
		return content.overflow ? -ENAMETOOLONG
					: write_file(place, mode, &content);
	}
	return 0;
}

bool git_is_own_pointer(const struct call_request *request,
			const struct place *place)
{
	static char content[PATH_BYTES];
	long n;

	if (!rules_know_git(request->config) ||
	    (place->stat.st_mode & S_IFMT) != S_IFREG)
		return false;
	if (git_is_pointer(place->path))
		return true;
	if (!last_is_dot_git(place->path))
		return false;
	n = file_read(place->parent, place->name, content, sizeof(content));
	while (n > 0 && content[n - 1] == '\n')
		content[--n] = '\0';
	if (n < 9 || !text_starts(content, "gitdir: /"))
		return false;
	return admin_names(content + 8, place->path);
}

static bool same_content(const struct place *one, const struct place *other)
{
	static char left[4096], right[4096];
	long a = raw(__NR_openat, AT_FDCWD, fd_path(one->node).text,
		     O_RDONLY | O_CLOEXEC);
	long b = raw(__NR_openat, AT_FDCWD, fd_path(other->node).text,
		     O_RDONLY | O_CLOEXEC);
	bool same = a >= 0 && b >= 0;

	for (long n = 1; same && n > 0;) {
		n = raw(__NR_read, a, left, sizeof(left));
		same = n >= 0 && raw(__NR_read, b, right, sizeof(right)) == n &&
		       memcmp(left, right, (size_t)n) == 0;
	}
	if (a >= 0)
		raw(__NR_close, a);
	if (b >= 0)
		raw(__NR_close, b);
	return same;
}

bool git_config_unchanged(const struct call_request *request,
			  const struct place *from, const struct place *to)
{
	size_t n = text_len(to->path);

	return !from->private && from->exists && to->exists &&
	       (from->stat.st_mode & S_IFMT) == S_IFREG &&
	       (to->stat.st_mode & S_IFMT) == S_IFREG &&
	       text_equal(to->name, "config") &&
	       place_is_config_lock(request, from) &&
	       text_starts(from->path, to->path) &&
	       text_equal(from->path + n, ".lock") && same_content(from, to);
}
