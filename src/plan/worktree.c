/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `git worktree add` leaves a `.git` file: "gitdir: REPO/.git/worktrees/NAME".
 * Committing there writes REPO/.git. A `.git` file alone could name any
 * repository of the user; only when that repository names this tree in return
 * (its worktrees/NAME/gitdir) did its owner make the link.
 */
#include "plan/worktree.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

/* The first line of a regular file, without its end. */
static bool first_line(const char *path, char *line, size_t size)
{
	auto_fd int fd =
		open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat stat;
	ssize_t n;

	if (fd < 0 || fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode))
		return false;
	n = read(fd, line, size - 1);
	if (n <= 0)
		return false;
	line[n] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool same_path(const char *a, const char *b)
{
	auto_free char *x = realpath(a, NULL);
	auto_free char *y = realpath(b, NULL);

	return x && y && strcmp(x, y) == 0;
}

/* The canonical git directory that the worktree at `tree` belongs to, or NULL.
 */
static char *repository_of(const char *tree)
{
	char pointer[PATH_MAX], line[PATH_MAX], admin[PATH_MAX];
	char file[PATH_MAX + 16];
	char *real, *cut;

	if (snprintf(pointer, sizeof(pointer), "%s/.git", tree) >=
		    (int)sizeof(pointer) ||
	    !first_line(pointer, line, sizeof(line)) ||
	    strncmp(line, "gitdir: /", 9) != 0 || !realpath(line + 8, admin))
		return NULL;
	snprintf(file, sizeof(file), "%s/gitdir", admin);
	if (!first_line(file, line, sizeof(line)) || !same_path(line, pointer))
		return NULL;
	/* REPO/.git/worktrees/NAME, as git lays it out. */
	for (int i = 0; i < 2; i++) {
		cut = strrchr(admin, '/');
		if (!cut || cut == admin ||
		    (i == 1 && strcmp(cut, "/worktrees") != 0))
			return NULL;
		*cut = '\0';
	}
	real = realpath(admin, NULL);
	return real;
}

void worktree_add(struct site_list *sites, const struct pj_policy *policy)
{
	bool rules = false;

	for (size_t i = 0; i < policy->name_count; i++)
		rules |= policy->names[i].git_directory;
	for (size_t i = 0; rules && i < policy->path_count; i++) {
		const struct path_rule *rule = &policy->paths[i];
		const struct path_rule *there;
		auto_free char *repository = NULL;

		if (rule->access != PATH_WRITE || !S_ISDIR(rule->type))
			continue;
		repository = repository_of(rule->path);
		there = repository ? policy_path_rule(policy, repository)
				   : NULL;
		if (!repository || (there && there->access <= PATH_WRITE))
			continue;
		sites_add_write(sites, repository);
	}
}
