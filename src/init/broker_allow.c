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
#include "init/broker_shape.h"

static bool is_directory(const struct stat *stat)
{
	return (stat->st_mode & S_IFMT) == S_IFDIR;
}

static const char *last_name(const char *path)
{
	const char *last = path + text_len(path);

	while (last > path && last[-1] != '/')
		last--;
	return last;
}

static bool in_dot_git(const char *path)
{
	size_t len = (size_t)(last_name(path) - path);

	return len > 6 && text_starts(path + len - 6, "/.git/");
}

bool place_is_config_lock(const struct call_request *request,
			  const struct place *place)
{
	return rules_know_git(request->config) &&
	       text_equal(last_name(place->path), "config.lock") &&
	       (in_dot_git(place->path) || shape_around(place));
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
		long shaped = shape_prefix(place);

		if (shaped < 0)
			return (int)shaped;
		query.shaped_len = (size_t)shaped;
		if (act != ACT_MOVE && act != ACT_LINK &&
		    place_is_config_lock(request, place))
			query.path = lock_as_index(place->path);
		if (act != ACT_REMOVE && git_is_pointer(place->path))
			return -EACCES;
		if ((act == ACT_CREATE || act == ACT_MOVE || act == ACT_LINK) &&
		    !shape_has_name(place, query.shaped_len) &&
		    shape_guard(place) < 0)
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
	return !place->private && rules_know_git(request->config) &&
	       shape_needs_name(place) && shape_around(place);
}
