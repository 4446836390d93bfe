/* SPDX-License-Identifier: Apache-2.0 */
/* A policy while documents are read into it: what is said, and by whom. */
#ifndef PJ_POLICY_DRAFT_H
#define PJ_POLICY_DRAFT_H

#include <procjail.h>
#include <stdbool.h>

#include "policy/document.h"
#include "policy/policy.h"
#include "policy/profiles.h"
#include "policy/resolve.h"

enum { MAX_DOCUMENTS = 64 };

struct draft_path {
	struct path_rule rule;
	const struct document *document;
	bool from_set; /* by a set's name: it takes nothing away */
	size_t said;   /* how many were said before */
};

struct draft_paths {
	struct draft_path **items;
	size_t count, capacity;
	size_t said;
};

struct draft_name {
	struct name_rule rule;
	const struct document *document;
};

/* A set that forbids paths, to be expanded when all grants are known. */
struct pending_set {
	const struct named_set *set;
	enum path_access access;
	const struct document *document;
};

enum { MAX_PENDING = 256 };

/* The directories of the sets' entries, as far as they were looked up. */
struct set_directories {
	unsigned int forgotten; /* as `known` was; else they are no good */
	struct known_directory *items[SET_DIRECTORIES_MAX];
};

struct draft {
	struct pj_policy *policy;
	const char *home_problem; /* why `~` has no meaning, or NULL */
	char *workspace, *home;	  /* absolute, as the caller named them: what is
				   * written relative to them keeps these names as
				   * its alias */
	struct document *documents[MAX_DOCUMENTS]; /* in the order of merging */
	size_t document_count;
	const char *files_from; /* as in struct pj_policy_options */
	struct directories known;
	struct set_directories set_directories;
	struct draft_paths paths, executes;
	struct draft_name **names;
	size_t name_count, name_capacity;
	struct pending_set pending[MAX_PENDING];
	size_t pending_count;
	bool commands_given, risky_given;
	const struct document *cwd_default_by; /* who said it, or NULL */
	bool cwd_within_given;
};

/* The rule's strings live as long as the policy. Return 0, or -1 when out of
 * memory. */
int draft_add_path(struct draft *draft, struct draft_paths *paths,
		   const struct document *document, bool from_set,
		   const struct path_rule *rule);
int draft_add_name(struct draft *draft, const struct document *document,
		   const struct name_rule *rule);
/* Sort, let children lift what they name, keep the strongest rule for each
 * path, and move the result into the policy: names and paths. */
int draft_finish_rules(struct draft *draft);
/* Of that, the names alone; the draft's paths have to be whole. */
int draft_finish_names(struct draft *draft);
/* Releases everything but the policy. */
void draft_clear(struct draft *draft);

#endif
