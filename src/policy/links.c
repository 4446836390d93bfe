/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a path step by step, as the kernel does, and notes each link. */
#include "policy/links.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "policy/path_text.h"

/* Where a walk stands: `at` is canonical, `rest` is still to go. Steps lie in
 * `scratch`, what is told in `text`. */
struct walk {
	struct arena *text, *scratch;
	const char *at;
	const char *rest;
};

bool means_missing(int errnum)
{
	return errnum == ENOENT || errnum == ENOTDIR || errnum == EACCES ||
	       errnum == ELOOP;
}

struct resolved resolved_item(const char *path, const struct stat *st)
{
	struct resolved item = { .path = path };

	if (st) {
		item.exists = true;
		item.type = st->st_mode & S_IFMT;
		item.device = st->st_dev;
		item.inode = st->st_ino;
	}
	return item;
}

static int step_to(struct walk *walk, const char *next)
{
	walk->at = next;
	return next ? 0 : -ENOMEM;
}

static int step_up(struct walk *walk)
{
	size_t n = (size_t)(strrchr(walk->at, '/') - walk->at);

	return step_to(walk, arena_text(walk->scratch, walk->at, n ? n : 1));
}

/* Follow a link: its target goes before the rest. */
static int step_through(struct walk *walk, struct resolution *r,
			const char *link, const struct stat *st)
{
	char target[PATH_MAX];
	ssize_t n = readlink(link, target, sizeof(target) - 1);
	const char *told = arena_text(walk->text, link, strlen(link));

	if (n < 0)
		return -errno;
	target[n] = '\0';
	walk->rest = path_join(walk->scratch, target, walk->rest);
	if (!walk->rest || !told)
		return -ENOMEM;
	r->items[r->count++] = resolved_item(told, st);
	return target[0] == '/' ? step_to(walk, "/") : 0;
}

/* The first component of the rest, taken off it; "" at the end. NULL: no
 * memory. */
static const char *next_component(struct walk *walk)
{
	const char *from = walk->rest + strspn(walk->rest, "/");
	size_t n = strcspn(from, "/");

	walk->rest = from + n;
	return arena_text(walk->scratch, from, n);
}

/* The rest is text; ".." in it is from a link, and folds. */
static int step_into_nothing(struct walk *walk, const char *next)
{
	const char *whole = path_join(walk->scratch, next, walk->rest);

	walk->rest = "";
	return whole ? step_to(walk, path_clean(walk->scratch, whole, true))
		     : -ENOMEM;
}

/* One component further. 1: arrived, or nothing more is there. */
static int step(struct walk *walk, struct resolution *r)
{
	const char *component = next_component(walk), *next;
	struct stat st;

	if (!component)
		return -ENOMEM;
	if (!*component)
		return 1;
	if (strcmp(component, ".") == 0)
		return 0;
	if (strcmp(component, "..") == 0)
		return step_up(walk);
	next = path_join(walk->scratch, walk->at, component);
	if (!next)
		return -ENOMEM;
	if (lstat(next, &st) == 0)
		return S_ISLNK(st.st_mode) && r->count < RESOLVE_MAX_LINKS
			       ? step_through(walk, r, next, &st)
			       : step_to(walk, next);
	return means_missing(errno) ? step_into_nothing(walk, next) : -errno;
}

int links_walk(struct arena *text, const char *path, struct resolution *r,
	       const char **ret_end)
{
	auto_arena struct arena scratch = { 0 };
	struct walk walk = {
		.text = text,
		.scratch = &scratch,
		.at = "/",
		.rest = path,
	};
	int result = 0;

	while (result == 0)
		result = step(&walk, r);
	if (result < 0)
		return result;
	*ret_end = arena_text(text, walk.at, strlen(walk.at));
	return *ret_end ? 0 : -ENOMEM;
}
