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

/* More than the longest path of a set, and than their directories;
 * tools/embed.py checks that. */
enum { SET_PATH_MAX = 128, SET_DIRECTORIES_MAX = 128 };

extern const struct embedded_profile embedded_profiles[];
extern const size_t embedded_profile_count;
extern const char embedded_policy_schema[];

/* An entry of profiles/sets.json, without pointers: hundreds of them would have
 * to be relocated at each start. */
struct set_entry {
	unsigned int path, reason; /* where they begin in embedded_text */
	/* Of "~/…" and "/…", cut into directory and name: in
	 * embedded_directories, and where the name begins in the path. */
	unsigned short directory, name_at;
	unsigned short rank;   /* among the set's paths, sorted as text */
	unsigned short except; /* in embedded_excepts; 0: none */
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
extern const char embedded_text[];
extern const unsigned int embedded_directories[]; /* in embedded_text */
extern const char *const *const embedded_excepts[];

/* "~/…", "/…" or "**" + "/…". */
static inline const char *set_entry_path(const struct set_entry *entry)
{
	return embedded_text + entry->path;
}

/* "~", "~/…", "/" or "/…". */
static inline const char *set_entry_directory(const struct set_entry *entry)
{
	return embedded_text + embedded_directories[entry->directory];
}

static inline const char *set_entry_reason(const struct set_entry *entry)
{
	return embedded_text + entry->reason;
}

/* NULL-terminated, or NULL (name rules). */
static inline const char *const *set_entry_except(const struct set_entry *entry)
{
	return embedded_excepts[entry->except];
}

/* NULL when there is none of that name. */
const struct embedded_profile *profile_find(const char *name);
const struct named_set *set_find(const char *name);

#endif
