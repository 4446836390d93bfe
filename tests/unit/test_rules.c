/* SPDX-License-Identifier: Apache-2.0 */
/* The broker's verdicts: paths and rules in, 0 or -EACCES out. The rules are
 * laid out by hand, as plan/init_config.c does it. */
#include <errno.h>

#include "init/rules.h"
#include "tap.h"

static union {
	struct init_config config;
	char bytes[65536];
} memory;

static uint32_t used;

static uint32_t put(const void *data, size_t n)
{
	uint32_t at = (used + 7) / 8 * 8;

	if (data)
		memcpy(memory.bytes + at, data, n);
	used = at + (uint32_t)n;
	return at;
}

static void begin(void)
{
	memset(&memory, 0, sizeof(memory));
	used = sizeof(struct init_config);
}

struct path_case {
	const char *path;
	uint32_t access, opens;
};

static void put_paths(const struct path_case *cases, uint32_t count)
{
	struct init_path_rule rules[16] = { 0 };

	for (uint32_t i = 0; i < count; i++)
		rules[i] = (struct init_path_rule){
			.path = put(cases[i].path, strlen(cases[i].path) + 1),
			.access = cases[i].access,
			.opens = cases[i].opens,
			.device = 1,
			.inode = 100 + i,
		};
	memory.config.path_rules = put(rules, count * sizeof(*rules));
	memory.config.path_rule_count = count;
}

static void put_name(const char *pattern, bool git, const char *const *excepts)
{
	struct init_name_rule rule = { .pattern = put(pattern,
						      strlen(pattern) + 1),
				       .access = RULE_PROTECT,
				       .git_directory = git };
	uint32_t offsets[32];

	for (; excepts && excepts[rule.except_count]; rule.except_count++)
		offsets[rule.except_count] =
			put(excepts[rule.except_count],
			    strlen(excepts[rule.except_count]) + 1);
	memory.config.excepts =
		put(offsets, rule.except_count * sizeof(*offsets));
	memory.config.name_rules = put(&rule, sizeof(rule));
	memory.config.name_rule_count = 1;
}

static int ask(const char *path, enum act act, bool directory, size_t shaped)
{
	const struct rules_query query = { .path = path,
					   .act = act,
					   .directory = directory,
					   .shaped_len = shaped };

	return rules_decide(&memory.config, &query);
}

static void longest_path_wins(void)
{
	static const struct path_case paths[] = {
		{ "/w", RULE_WRITE, OPENS_BELOW },
		{ "/w/keys", RULE_DENY, 0 },
		{ "/w/keys/mine", RULE_WRITE, OPENS_BELOW },
		{ "/w/readme", RULE_PROTECT, 0 },
	};

	begin();
	put_paths(paths, 4);
	CHECK(ask("/w/a", ACT_CREATE, false, 0) == 0);
	CHECK(ask("/w/keys", ACT_CREATE, false, 0) == -EACCES);
	CHECK(ask("/w/keys/x", ACT_WRITE, false, 0) == -EACCES);
	CHECK(ask("/w/keys/mine/x", ACT_WRITE, false, 0) == 0);
	CHECK(ask("/w/keysx", ACT_CREATE, false, 0) == 0);
	CHECK(ask("/w/readme", ACT_REMOVE, false, 0) == -EACCES);
	CHECK(ask("/w/readme2", ACT_REMOVE, false, 0) == 0);
}

static void parents_of_held_places_stay(void)
{
	static const struct path_case paths[] = {
		{ "/w", RULE_WRITE, OPENS_BELOW },
		{ "/w/a/b/keys", RULE_DENY, 0 },
	};

	begin();
	put_paths(paths, 2);
	CHECK(ask("/w/a", ACT_MOVE, true, 0) == -EACCES);
	CHECK(ask("/w/a/b", ACT_LINK, false, 0) == -EACCES);
	CHECK(ask("/w/a", ACT_CREATE, false, 0) == 0);
	CHECK(ask("/w/a/c", ACT_MOVE, true, 0) == 0);
}

static void names_hold_at_any_depth(void)
{
	static const struct path_case paths[] = {
		{ "/w", RULE_WRITE, OPENS_BELOW },
		{ "/w/open/.tool/agents", RULE_WRITE, OPENS_SAME },
	};

	begin();
	put_paths(paths, 2);
	put_name(".tool/agents", false, NULL);
	CHECK(ask("/w/.tool/agents", ACT_CREATE, false, 0) == -EACCES);
	CHECK(ask("/w/x/y/.tool/agents/z", ACT_WRITE, false, 0) == -EACCES);
	CHECK(ask("/w/x/.TOOL/Agents", ACT_CREATE, false, 0) == -EACCES);
	CHECK(ask("/w/.tool", ACT_CREATE, false, 0) == 0);
	CHECK(ask("/w/.tool", ACT_MOVE, true, 0) == -EACCES);
	CHECK(ask("/w/.tool", ACT_LINK, false, 0) == -EACCES);
	CHECK(ask("/w/.tool/other", ACT_CREATE, false, 0) == 0);
	CHECK(ask("/w/agents", ACT_CREATE, false, 0) == 0);
	/* A child of the policy lifted this one. */
	CHECK(ask("/w/open/.tool/agents/z", ACT_WRITE, false, 0) == 0);
}

static const char *const git_excepts[] = { "HEAD",
					   "index.lock",
					   "objects/**",
					   "!objects/info/alternates",
					   "worktrees",
					   "worktrees/*",
					   "worktrees/*/HEAD",
					   NULL };

static void git_data_only(void)
{
	static const struct path_case paths[] = {
		{ "/w", RULE_WRITE, OPENS_BELOW },
	};

	begin();
	put_paths(paths, 1);
	put_name(".git", true, git_excepts);
	CHECK(ask("/w/.git", ACT_CREATE, false, 0) == -EACCES);
	CHECK(ask("/w/d/.git", ACT_MOVE, true, 0) == -EACCES);
	CHECK(ask("/w/.git/HEAD", ACT_CREATE, false, 0) == 0);
	CHECK(ask("/w/.git/config", ACT_CREATE, false, 0) == -EACCES);
	CHECK(ask("/w/.git/hooks/x", ACT_CREATE, false, 0) == -EACCES);
	CHECK(ask("/w/.git/objects/ab/cd", ACT_CREATE, false, 0) == 0);
	CHECK(ask("/w/.git/objects/info/alternates", ACT_CREATE, false, 0) ==
	      -EACCES);
	CHECK(ask("/w/.git/worktrees/n", ACT_CREATE, true, 0) == 0);
	CHECK(ask("/w/.git/worktrees/n/HEAD", ACT_WRITE, false, 0) == 0);
	CHECK(ask("/w/.git/worktrees/n/config.worktree", ACT_CREATE, false,
		  0) == -EACCES);
	/* A directory that moves in could bring what a rule holds. */
	CHECK(ask("/w/.git/worktrees/n", ACT_MOVE, true, 0) == -EACCES);
	CHECK(ask("/w/.git/objects/info", ACT_MOVE, true, 0) == -EACCES);
	CHECK(ask("/w/.git/objects/ab", ACT_MOVE, true, 0) == 0);
	CHECK(ask("/w/.git/objects/ab/x", ACT_LINK, false, 0) == -EACCES);
}

static void git_shape(void)
{
	static const struct path_case paths[] = {
		{ "/w", RULE_WRITE, OPENS_BELOW },
	};
	const size_t bare = strlen("/w/bare");

	begin();
	put_paths(paths, 1);
	put_name(".git", true, git_excepts);
	CHECK(ask("/w/bare/config", ACT_CREATE, false, 0) == 0);
	CHECK(ask("/w/bare/config", ACT_CREATE, false, bare) == -EACCES);
	CHECK(ask("/w/bare/HEAD", ACT_WRITE, false, bare) == 0);
	CHECK(ask("/w/bare", ACT_MOVE, true, bare) == 0);
	/* The innermost one counts: a submodule's data. */
	CHECK(ask("/w/.git/modules/m/HEAD", ACT_WRITE, false,
		  strlen("/w/.git/modules/m")) == 0);
	CHECK(ask("/w/.git/modules/m/HEAD", ACT_WRITE, false, 0) == -EACCES);
}

static void inodes(void)
{
	static const struct path_case paths[] = {
		{ "/w", RULE_WRITE, OPENS_BELOW },
		{ "/w/held", RULE_PROTECT, 0 },
	};

	begin();
	put_paths(paths, 2);
	CHECK(rules_decide_inode(&memory.config, ACT_WRITE, 1, 101) == -EACCES);
	CHECK(rules_decide_inode(&memory.config, ACT_WRITE, 2, 101) == 0);
	CHECK(rules_decide_inode(&memory.config, ACT_WRITE, 1, 100) == 0);
}

static void patterns(void)
{
	CHECK(rules_component_matches("*.lock", "a.lock/b"));
	CHECK(rules_component_matches("MERGE_*", "merge_HEAD"));
	CHECK(rules_component_matches("*", "x"));
	CHECK(!rules_component_matches("*.lock", "a.lock2"));
	CHECK(!rules_component_matches("a", "ab"));
	CHECK(!rules_component_matches("ab", "a/b"));
	CHECK(rules_component_matches("a*b*c", "aXbYc"));
	CHECK(!rules_component_matches("a*b*c", "aXcYb"));
}

static const struct tap_case cases[] = {
	{ "the longest path wins", longest_path_wins },
	{ "parents of held places stay", parents_of_held_places_stay },
	{ "names hold at any depth", names_hold_at_any_depth },
	{ "git: the data only", git_data_only },
	{ "git: by shape", git_shape },
	{ "inodes", inodes },
	{ "patterns", patterns },
};

TAP_MAIN(cases)
