/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a place to a verdict: finds out what the rules cannot know from the path
 * alone (which directories are git directories) and asks rules.c.
 */
#include "init/broker_allow.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/stat.h>

#include "init/broker_git.h"

static bool is_directory(const struct stat *stat)
{
	return (stat->st_mode & S_IFMT) == S_IFDIR;
}

/* A link counts, wherever it leads: its end may be made later. So does what
 * is too deep to look at: its parents may be renamed. */
static bool holds(const char *directory, size_t len, const char *name)
{
	static struct line path;
	char saved[PATH_BYTES];
	struct stat stat;

	memcpy(saved, directory, len);
	saved[len] = '\0';
	line_start(&path, saved);
	line_add(&path, name);
	return path.overflow || raw(__NR_newfstatat, AT_FDCWD, path.text, &stat,
				    AT_SYMLINK_NOFOLLOW) == 0;
}

/* The innermost parent (or the path itself) with the shape of a git directory.
 */
static size_t shaped_prefix(const char *path)
{
	for (size_t len = text_len(path); len > 1; len--) {
		if (path[len] && path[len] != '/')
			continue;
		if (holds(path, len, "/HEAD") && holds(path, len, "/objects") &&
		    holds(path, len, "/refs"))
			return len;
	}
	return 0;
}

static const char *last_name(const char *path)
{
	const char *last = path + text_len(path);

	while (last > path && last[-1] != '/')
		last--;
	return last;
}

static bool named(const struct place *place, const char *name)
{
	const char *last = last_name(place->path);

	return rules_component_matches(name, last);
}

/* REPO/.git/worktrees/NAME */
static bool is_worktree(const char *path, size_t root, size_t len)
{
	if (!text_starts(path + root, "/worktrees/"))
		return false;
	for (size_t at = root + 11; at < len; at++)
		if (path[at] == '/')
			return false;
	return true;
}

/* Would making this name give its directory the shape of a git directory? Git
 * would then obey a `config` beside it. */
static bool makes_git_directory(const struct place *place)
{
	size_t len = text_len(place->path);
	size_t root = rules_git_root(place->path, 0);
	bool head, common, objects, refs;

	if (!named(place, "HEAD") && !named(place, "objects") &&
	    !named(place, "refs") && !named(place, "commondir"))
		return false;
	while (len && place->path[len] != '/')
		len--;
	/* The git directory itself, and what `git worktree add` makes in it:
	 * there the rules hold what git would obey. Anywhere else in it a
	 * repository could be prepared, and moved out. */
	if (root && (len == root || is_worktree(place->path, root, len)))
		return false;
	head = named(place, "HEAD") || holds(place->path, len, "/HEAD");
	common = named(place, "commondir") ||
		 holds(place->path, len, "/commondir");
	objects =
		named(place, "objects") || holds(place->path, len, "/objects");
	refs = named(place, "refs") || holds(place->path, len, "/refs");
	return head && (common || (objects && refs));
}

/* Directly in the directory that has the shape already. */
static bool in_shape(const char *path, size_t shaped_len)
{
	if (!shaped_len || !path[shaped_len])
		return false;
	for (const char *at = path + shaped_len + 1; *at; at++)
		if (*at == '/')
			return false;
	return true;
}

/* Whether the first `len` bytes are the path of a git directory. */
static bool is_git_directory(const char *path, size_t len)
{
	return (len > 5 && text_starts(path + len - 5, "/.git/")) ||
	       (holds(path, len, "/HEAD") && holds(path, len, "/objects") &&
		holds(path, len, "/refs"));
}

bool place_is_config_lock(const struct call_request *request, const char *path)
{
	const char *last = last_name(path);

	return rules_know_git(request->config) && last - path > 1 &&
	       text_equal(last, "config.lock") &&
	       is_git_directory(path, (size_t)(last - path) - 1);
}

/* config.lock is as free as index.lock: git obeys neither. What it is for, to
 * become `config`, stays refused. */
static const char *lock_as_index(const char *path)
{
	static struct line line;
	size_t len = (size_t)(last_name(path) - path);
	static char folder[PATH_BYTES];

	memcpy(folder, path, len);
	folder[len] = '\0';
	line_start(&line, folder);
	line_add(&line, "index.lock");
	return line.overflow ? path : line.text;
}

int place_allows(const struct call_request *request, const struct place *place,
		 enum act act, bool directory)
{
	struct rules_query query = {
		.path = place->path,
		.act = act,
		.directory = directory,
		.descriptor = place->descriptor,
	};
	int verdict;

	if (place->foreign)
		return -EACCES;
	if (place->private)
		return act == ACT_MOVE && directory
			       ? rules_decide_parent(request->config,
						     place->path)
			       : 0;
	if (act != ACT_READ && rules_know_git(request->config)) {
		query.shaped_len = shaped_prefix(place->path);
		if (act != ACT_MOVE && act != ACT_LINK &&
		    place_is_config_lock(request, place->path))
			query.path = lock_as_index(place->path);
		if (act != ACT_REMOVE && git_is_pointer(place->path))
			return -EACCES;
		if ((act == ACT_CREATE || act == ACT_MOVE || act == ACT_LINK) &&
		    !in_shape(place->path, query.shaped_len) &&
		    makes_git_directory(place))
			return -EACCES;
	}
	verdict = rules_decide(request->config, &query);
	if (verdict == 0 && place->exists && !is_directory(&place->stat) &&
	    place->stat.st_nlink > 1)
		verdict = rules_decide_inode(request->config, act,
					     place->stat.st_dev,
					     place->stat.st_ino);
	return verdict;
}

bool place_keeps_shape(const struct call_request *request,
		       const struct place *place)
{
	if (place->private || !rules_know_git(request->config) ||
	    (!named(place, "HEAD") && !named(place, "objects") &&
	     !named(place, "refs")))
		return false;
	return in_shape(place->path, shaped_prefix(place->path));
}
