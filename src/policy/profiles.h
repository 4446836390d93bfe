/* SPDX-License-Identifier: Apache-2.0 */
/* What tools/embed.py makes of profiles/ and schemas/ at build time. */
#ifndef PJ_POLICY_PROFILES_H
#define PJ_POLICY_PROFILES_H

#include <stdbool.h>
#include <stddef.h>

struct embedded_profile {
	const char *name;
	const char *description;
	const char *text; /* the file as shipped */
};

extern const struct embedded_profile embedded_profiles[];
extern const size_t embedded_profile_count;
extern const char embedded_policy_schema[];

/* An entry of profiles/sets.json. `path` is "~/…", "/…" or "**" + "/…". */
struct set_entry {
	const char *path;
	const char *reason;
	const char *const *except; /* NULL-terminated, or NULL (name rules) */
	bool git_directory;
};

struct named_set {
	const char *name; /* "@secrets" */
	const char *description;
	const struct set_entry *entries;
	size_t entry_count;
	bool any_depth; /* holds a name rule: for deny and protect only */
};

extern const struct named_set embedded_sets[];
extern const size_t embedded_set_count;

/* NULL when there is none of that name. */
const struct embedded_profile *profile_find(const char *name);
const struct named_set *set_find(const char *name);

#endif
