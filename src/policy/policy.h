/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A policy, merged and resolved: what the parser hands to the guard and to the
 * planner. Immutable once made, shared by reference count; every path in it is
 * canonical (absolute, no symbolic link, no trailing slash).
 */
#ifndef PJ_POLICY_POLICY_H
#define PJ_POLICY_POLICY_H

#include <procjail.h>
#include <stdatomic.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/property.h"
#include "base/strv.h"

#define LIMIT_UNSET UINT64_MAX
enum { MAX_SETS = 16 };

/* ---- the guard's part ---------------------------------------------------- */

enum value_type {
	VALUE_ANY,
	VALUE_STRING,
	VALUE_INTEGER,
	VALUE_PATH,
	VALUE_ENUM
};

struct value_rule {
	enum value_type type;
	struct pattern *pattern; /* VALUE_STRING: POSIX extended, matches the
				    whole value; or NULL */
	uint64_t max_length; /* VALUE_STRING: bytes; LIMIT_UNSET: no bound */
	int64_t min, max;    /* VALUE_INTEGER; INT64_MIN, INT64_MAX: no bound */
	struct strv within;  /* VALUE_PATH: canonical trees; empty: nothing is
				allowed */
	bool within_given;   /* VALUE_PATH: false: any path */
	struct strv choices; /* VALUE_ENUM */
};

struct option_rule {
	char *name; /* "-m", "--include" */
	struct value_rule value;
};

struct command_rule {
	bool any_arguments; /* "any-arguments" */
	char *subcommand;   /* or NULL */
	struct strv flags;
	struct option_rule *options;
	size_t option_count;
	uint64_t max_flags;			   /* LIMIT_UNSET: no bound */
	uint64_t positionals_min, positionals_max; /* max 0: none */
	struct value_rule *positional_items;
	size_t positional_item_count;
	struct value_rule positional_rest;
	bool end_of_options_after_flags;
	bool bundling;
	bool multiline;
	bool immutable;
	char *sha256; /* 64 lower-case hexadecimal digits, or NULL */
};

/* The rules for one program, in the order of the policy. */
struct program_rules {
	char *program;	       /* as written (absolute) */
	const char *canonical; /* resolved; NULL when it does not exist */
	struct command_rule *rules;
	size_t rule_count;
};

enum risky_mode { RISKY_DENY, RISKY_WARN, RISKY_ALLOW };

struct env_pair {
	char *name;
	char *value;
};

/* ---- the jail's part ----------------------------------------------------- */

/* In the order of precedence for equal paths, strongest first. PATH_PROTECT
 * grants nothing: such rules are kept only where the tree around them may be
 * written (by a PATH_WRITE rule, or /tmp with TMP_HOST). */
enum path_access { PATH_DENY, PATH_PROTECT, PATH_WRITE, PATH_READ };

struct path_rule {
	const char *path; /* canonical; of a missing path: canonical parent +
		       the missing rest */
	enum path_access access;
	bool exists;
	/* S_IFDIR, S_IFREG …; 0 when missing. S_IFLNK: a link on the way to a
	 * path that is denied or protected, protected itself, so that nobody
	 * turns it elsewhere; its `path` is the link's own (canonical parent +
	 * name). */
	mode_t type;
	dev_t device; /* of what was resolved */
	ino_t inode;
	const char *alias; /* the path as written, absolute and lexically clean,
			    * when it differs from `path` because a symbolic
			    * link was followed; else NULL */
	struct strv more_aliases; /* further such paths, when several came to
				     this one */
	/* For people: "policy.json", "profile workspace-write"; of a set's
	 * entry NULL, and the set's name and its reason (both static). */
	const char *origin;
	const char *set, *reason;
};

/* Held at any depth of every writable tree, for what exists and what is made
 * later. From named sets' entries that start with "**" + "/". */
struct name_rule {
	const char *
		pattern; /* one or more components, e.g. ".mcp.json",
			  * ".claude/agents"; it and all below it is held. A
			  * component may hold `*` (any run of bytes without /).
			  */
	/* Patterns relative to the match, gitignore-like: last match wins, a
	 * leading `!` takes back, `*` stays in a component, `**` as last
	 * component means all below. What matches stays writable. Static, like
	 * all that comes from a set. */
	const char *const *except;
	size_t except_count;
	bool git_directory; /* also holds for any directory with the shape of a
			       git directory */
	enum path_access access; /* PATH_PROTECT or PATH_DENY */
	const char *set, *reason;
	/* Canonical paths that a child of the policy which asked for this rule
	 * names under `write` (or `read`, for a denial): there, and below, the
	 * rule does not hold. Ignoring them is stricter, never weaker. */
	struct strv lifted;
};

enum tmp_mode { TMP_PRIVATE, TMP_HOST, TMP_NONE };
enum network_mode {
	NETWORK_NONE,
	NETWORK_LOOPBACK,
	NETWORK_FILTERED,
	NETWORK_HOST
};
enum overflow_mode { OVERFLOW_KILL, OVERFLOW_TRUNCATE };
enum syscall_profile { SYSCALLS_DEFAULT, SYSCALLS_STRICT, SYSCALLS_NONE };
enum strategy_name {
	STRATEGY_AUTO,
	STRATEGY_NAMESPACES,
	STRATEGY_BUBBLEWRAP,
	STRATEGY_LANDLOCK,
	STRATEGY_FIREJAIL,
	STRATEGY_RLIMITS,
	STRATEGY_NONE,
};

/* Each LIMIT_UNSET when not limited. Times in milliseconds, sizes in bytes. */
struct limits {
	uint64_t wall_time_ms, cpu_time_ms;
	uint64_t memory, processes, open_files, file_size, tmp_size;
	uint64_t stdout_bytes, stderr_bytes;
	enum overflow_mode overflow;
};

struct pj_policy {
	atomic_uint references;
	struct arena memory; /* of what was resolved: the home, canonical paths,
			      * rules */
	char *name;	     /* the file's name, or what the caller gave */
	char *description;   /* or NULL */
	char *workspace;     /* canonical */
	const char *home;    /* canonical where it exists; NULL when unknown */

	struct program_rules *programs;
	size_t program_count;
	bool any_program; /* "*": "any-arguments" */
	enum risky_mode risky;
	bool deny_metacharacters;
	struct strv env_pass;  /* names; a trailing `*` matches any rest */
	struct strv env_allow; /* names, the same */
	struct env_pair *env_set;
	size_t env_set_count;
	const char *cwd_default; /* canonical */
	struct strv cwd_within;	 /* canonical */

	/* Per named set (their order in profiles.h), bits: under which access
	 * it stands. Entries that can matter here are among the rules below. */
	unsigned int sets_used[MAX_SETS];

	/* Sorted by path, one rule a path (the strongest), longest-path-wins is
	 * the reader's business: see policy_path_rule(). */
	struct path_rule *paths;
	size_t path_count;
	struct name_rule *names;
	size_t name_count;
	/* For people only: what was asked and holds nothing here, because
	 * nothing around it is granted (sets' denials) or may be written
	 * (protections). */
	struct path_rule **idle;
	size_t idle_count;
	bool execute_listed;	    /* `execute` was given, perhaps empty */
	struct path_rule *executes; /* access PATH_READ; sorted by path */
	size_t execute_count;
	enum tmp_mode tmp;
	struct strv devices;

	enum network_mode network;
	struct strv network_allow, network_deny; /* as written */
	struct strv network_listen;		 /* ports, as written */
	struct strv unix_sockets;		 /* canonical */
	struct strv unix_socket_aliases; /* as written, through a link */

	struct limits limits;
	enum syscall_profile syscalls;
	struct strv syscalls_deny;
	enum strategy_name strategy;
	bool strategy_given;
	bool may_lack[PROPERTY_COUNT];

	struct strv warnings;
};

struct pj_policy *policy_ref(const struct pj_policy *policy);

/* What holds for a canonical path: the rule with the longest path that is the
 * path or a parent of it; NULL when nothing grants it. */
const struct path_rule *policy_path_rule(const struct pj_policy *policy,
					 const char *path);

/* The same over any such sorted list (the executes, for one). */
const struct path_rule *path_rules_find(const struct path_rule *rules,
					size_t count, const char *path);

/* Whether the last components of a path are what the rule names: the path
 * itself, not what lies below it. Knows neither `except` nor `lifted`. */
bool name_rule_matches(const struct name_rule *rule, const char *path);

/* "namespaces" …; NULL past the end. */
const char *strategy_name_text(enum strategy_name name);

#endif
