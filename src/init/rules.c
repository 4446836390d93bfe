/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this name be changed? Path rules hold for one place, name rules at any
 * depth. Pure functions of the path and the rules; whoever asks has resolved
 * the path. Letters compare without case, so that a case-folding file system
 * opens no second spelling.
 */
#include "init/rules.h"

#include <asm/errno.h>

#include "init/lib.h"

static const char *text_at(const struct init_config *config, uint32_t offset)
{
	return (const char *)config + offset;
}

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool ends(const char *text)
{
	return *text == '\0' || *text == '/';
}

bool rules_component_matches(const char *pattern, const char *path)
{
	const char *star = NULL, *retry = NULL;

	while (!ends(path)) {
		if (*pattern == '*') {
			star = pattern++;
			retry = path;
		} else if (!ends(pattern) && lower(*pattern) == lower(*path)) {
			pattern++;
			path++;
		} else if (star) {
			pattern = star + 1;
			path = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return ends(pattern);
}

static const char *component_end(const char *text)
{
	while (!ends(text))
		text++;
	return text;
}

enum match { MATCH_NONE, MATCH_PARTIAL, MATCH_FULL };

/* Components of `pattern` against the first components of `path`. FULL: the
 * whole pattern matched, *ret_rest is what follows ("" at the end). PARTIAL:
 * the path ended first. A last component `**` takes one or more components. */
static enum match pattern_match(const char *pattern, const char *path,
				const char **ret_rest)
{
	for (;;) {
		if (!*path)
			return MATCH_PARTIAL;
		if (text_equal(pattern, "**")) {
			*ret_rest = "";
			return MATCH_FULL;
		}
		if (!rules_component_matches(pattern, path))
			return MATCH_NONE;
		pattern = component_end(pattern);
		path = component_end(path);
		if (*path)
			path++;
		if (!*pattern) {
			*ret_rest = path;
			return MATCH_FULL;
		}
		pattern++;
	}
}

static bool within(const char *path, const char *tree)
{
	size_t n = text_len(tree);

	if (n == 1)
		return true;
	return text_starts(path, tree) && ends(path + n);
}

bool rules_in_scratch(const struct init_config *config, const char *path)
{
	return config->scratch &&
	       within(path, text_at(config, config->scratch));
}

/* What mounts hold where the root is the jail's own. */
static int decide_grant(const struct rules_query *query, uint32_t access)
{
	if (query->act == ACT_READ)
		return access == RULE_NONE ? -EACCES : 0;
	if (access == RULE_WRITE ||
	    (access == RULE_DEVICE && query->act == ACT_WRITE))
		return 0;
	return query->descriptor && access == RULE_NONE ? -EACCES : -EROFS;
}

/* A rule of one place: the longest that the path lies in wins. *ret_opened: the
 * policy itself opens this place for writing, and a name rule whose match is
 * shorter than this gives way. */
static int decide_by_path(const struct init_config *config,
			  const struct rules_query *query, size_t *ret_opened)
{
	const struct init_path_rule *rules =
		(const void *)text_at(config, config->path_rules);
	bool host_root = config->flags & INIT_HOST_ROOT;
	uint32_t access = host_root ? RULE_NONE : RULE_READ;
	size_t longest = 0;

	*ret_opened = 0;
	for (uint32_t i = 0; i < config->path_rule_count; i++) {
		const char *rule = text_at(config, rules[i].path);
		size_t n = text_len(rule);

		if (within(query->path, rule) && n >= longest) {
			longest = n;
			access = rules[i].access;
			*ret_opened = rules[i].opens == OPENS_NOTHING ? 0
				      : rules[i].opens == OPENS_SAME  ? n + 1
								      : n;
		}
		/* Moving a parent would carry a held name away, or bring one.
		 */
		if (rules[i].access <= RULE_PROTECT &&
		    within(rule, query->path) &&
		    (query->act == ACT_MOVE || query->act == ACT_LINK))
			return -EACCES;
	}
	if (access == RULE_DENY ||
	    (access == RULE_PROTECT && query->act != ACT_READ))
		return -EACCES;
	return host_root ? decide_grant(query, access) : 0;
}

/* What a name rule leaves writable below its match. A directory that moves, and
 * a link, could bring something that a later `!` pattern holds. */
static bool excepted(const struct init_config *config,
		     const struct init_name_rule *rule, const char *rest,
		     const struct rules_query *query)
{
	const uint32_t *patterns =
		(const void *)text_at(config, config->excepts);
	bool wholesale = query->act == ACT_MOVE && query->directory;
	bool free_to_write = false;

	for (uint32_t i = 0; i < rule->except_count; i++) {
		const char *pattern =
			text_at(config, patterns[rule->except_first + i]);
		bool held = *pattern == '!';
		const char *below;
		enum match match = pattern_match(pattern + held, rest, &below);

		if (held && match == MATCH_FULL)
			free_to_write = false;
		else if (held && match == MATCH_PARTIAL && wholesale)
			free_to_write = false;
		else if (!held && match == MATCH_FULL && !*below)
			free_to_write =
				!wholesale ||
				text_equal(pattern + text_len(pattern) - 2,
					   "**");
	}
	return free_to_write;
}

static int decide_by_name(const struct init_config *config,
			  const struct init_name_rule *rule,
			  const struct rules_query *query, size_t opened)
{
	const char *pattern = text_at(config, rule->pattern);

	for (const char *at = query->path; *at; at = component_end(at)) {
		const char *rest;

		if (*at == '/')
			at++;
		switch (pattern_match(pattern, at, &rest)) {
		case MATCH_FULL:
			if (opened >
			    (size_t)(rest - query->path) - (*rest != 0))
				break;
			if (!*rest || !excepted(config, rule, rest, query))
				return -EACCES;
			break;
		case MATCH_PARTIAL:
			if (*at &&
			    (query->act == ACT_MOVE || query->act == ACT_LINK))
				return -EACCES;
			break;
		case MATCH_NONE:
			break;
		}
	}
	return 0;
}

size_t rules_git_root(const char *path, size_t shaped_len)
{
	size_t root = 0;

	for (const char *at = path; *at; at = component_end(at)) {
		if (*at == '/')
			at++;
		if (rules_component_matches(".git", at))
			root = (size_t)(component_end(at) - path);
	}
	return shaped_len > root ? shaped_len : root;
}

/* Only the innermost git directory counts: a submodule's data under
 * .git/modules is data of a repository of its own. Nobody can give a directory
 * that shape from inside the jail. */
static int decide_git(const struct init_config *config,
		      const struct init_name_rule *rule,
		      const struct rules_query *query, size_t opened)
{
	size_t root = rules_git_root(query->path, query->shaped_len);

	if (!root || opened > root)
		return 0;
	if (!query->path[root])
		return root == query->shaped_len &&
				       root != rules_git_root(query->path, 0) &&
				       (query->act == ACT_MOVE ||
					query->act == ACT_REMOVE)
			       ? 0
			       : -EACCES;
	if (query->act == ACT_LINK)
		return -EACCES;
	return excepted(config, rule, query->path + root + 1, query) ? 0
								     : -EACCES;
}

int rules_decide(const struct init_config *config,
		 const struct rules_query *query)
{
	const struct init_name_rule *names =
		(const void *)text_at(config, config->name_rules);
	size_t opened;
	int verdict = decide_by_path(config, query, &opened);

	for (uint32_t i = 0; i < config->name_rule_count && verdict == 0; i++)
		verdict = query->act == ACT_READ && names[i].access != RULE_DENY
				  ? 0
			  : names[i].git_directory
				  ? decide_git(config, &names[i], query, opened)
				  : decide_by_name(config, &names[i], query,
						   opened);
	return verdict;
}

int rules_decide_inode(const struct init_config *config, enum act act,
		       uint64_t device, uint64_t inode)
{
	uint32_t held = act == ACT_READ ? RULE_DENY : RULE_PROTECT;
	const struct init_path_rule *rules =
		(const void *)text_at(config, config->path_rules);

	for (uint32_t i = 0; i < config->path_rule_count; i++)
		if (rules[i].inode == inode && rules[i].device == device &&
		    inode && rules[i].access <= held)
			return -EACCES;
	return 0;
}

int rules_decide_parent(const struct init_config *config, const char *path)
{
	const struct init_path_rule *rules =
		(const void *)text_at(config, config->path_rules);

	for (uint32_t i = 0; i < config->path_rule_count; i++)
		if (within(text_at(config, rules[i].path), path))
			return -EBUSY;
	return 0;
}

bool rules_name_device(const struct init_config *config, const char *path)
{
	const struct init_path_rule *rules =
		(const void *)text_at(config, config->path_rules);

	for (uint32_t i = 0; i < config->path_rule_count; i++)
		if (rules[i].access == RULE_DEVICE &&
		    text_equal(text_at(config, rules[i].path), path))
			return true;
	return false;
}

bool rules_know_git(const struct init_config *config)
{
	const struct init_name_rule *names =
		(const void *)text_at(config, config->name_rules);

	for (uint32_t i = 0; i < config->name_rule_count; i++)
		if (names[i].git_directory)
			return true;
	return false;
}
