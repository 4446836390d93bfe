/* SPDX-License-Identifier: Apache-2.0 */
/* The profiles and the named sets as shipped, and pj_policy_show(). */
#include <jansson.h>

#include "base/cleanup.h"
#include "policy/profiles.h"
#include "policy_fixture.h"

static struct pj_policy *profile(const char *name)
{
	char text[100];

	snprintf(text, sizeof(text), "{\"version\": 1, \"extends\": \"%s\"}",
		 name);
	return parse_good(text);
}

static const struct name_rule *name_rule_of(const struct pj_policy *policy,
					    const char *pattern)
{
	for (size_t i = 0; i < policy->name_count; i++)
		if (strcmp(policy->names[i].pattern, pattern) == 0)
			return &policy->names[i];
	return NULL;
}

static void profile_list(void)
{
	static const char *const names[] = { "strict", "read-only",
					     "workspace-write", "build",
					     "untrusted" };

	set_up();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct pj_policy *p = profile(names[i]);

		CHECK_STR(pj_profile_name(i), names[i]);
		CHECK(pj_profile_description(i)[0]);
		CHECK(strstr(pj_profile_text(i), "\"version\": 1"));
		/* What this machine has not is no news in a profile. */
		CHECK(pj_policy_warning_count(p) == 0);
		CHECK(p->program_count == 0 && !p->any_program);
		CHECK(access_of(p, "home/x") == -1);
		CHECK(policy_path_rule(p, "/usr/lib/x")->access == PATH_READ);
		CHECK(!policy_path_rule(p, "/var/x"));
		CHECK(!policy_path_rule(p, "/"));
		pj_policy_free(p);
	}
	CHECK(!pj_profile_name(ARRAY_SIZE(names)));
	CHECK(!pj_profile_text(SIZE_MAX) && !pj_profile_description(99));
	remove_base();
}

static void workspace_write(void)
{
	struct pj_policy *p;

	set_up();
	make_directory("home/.ssh");
	make_directory("home/.cargo");
	make_directory("home/.cargo/bin");
	make_file("home/.cargo/bin/x", "");
	make_file("home/.gitconfig", "");
	p = profile("workspace-write");
	CHECK(access_of(p, "ws/src/a.c") == PATH_WRITE);
	CHECK(access_of(p, "home/.cargo/bin/x") == PATH_READ);
	CHECK(access_of(p, "home/.gitconfig") == PATH_READ);
	CHECK(access_of(p, "home/.ssh/id") != PATH_READ);
	CHECK(policy_path_rule(p, "/etc/shadow")->access == PATH_DENY);
	CHECK(p->network == NETWORK_NONE && p->limits.processes == 1024);
	CHECK(p->limits.memory == LIMIT_UNSET);
	CHECK(name_rule_of(p, ".git")->git_directory);
	CHECK(name_rule_of(p, ".mcp.json") && name_rule_of(p, ".vscode"));
	CHECK(name_rule_of(p, ".bashrc"));
	for (size_t i = 0; i < p->name_count; i++)
		CHECK(p->names[i].access == PATH_PROTECT);
	pj_policy_free(p);
	p = profile("build");
	CHECK(p->network == NETWORK_FILTERED && p->network_allow.count > 20);
	CHECK(access_of(p, "ws") == PATH_WRITE);
	pj_policy_free(p);
	p = profile("read-only");
	CHECK(access_of(p, "ws") == PATH_READ && p->name_count == 0);
	for (size_t i = 0; i < p->path_count; i++)
		CHECK(p->paths[i].access != PATH_WRITE);
	pj_policy_free(p);
	remove_base();
}

static void bounded_profiles(void)
{
	static const char *const names[] = { "strict", "untrusted" };

	set_up();
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct pj_policy *p = profile(names[i]);
		const struct limits *l = &p->limits;

		CHECK(l->wall_time_ms != LIMIT_UNSET &&
		      l->cpu_time_ms != LIMIT_UNSET);
		CHECK(l->memory != LIMIT_UNSET && l->processes != LIMIT_UNSET);
		CHECK(l->open_files != LIMIT_UNSET &&
		      l->file_size != LIMIT_UNSET);
		CHECK(l->tmp_size != LIMIT_UNSET &&
		      l->stdout_bytes != LIMIT_UNSET);
		CHECK(l->stderr_bytes != LIMIT_UNSET);
		CHECK(access_of(p, "ws") == -1);
		CHECK_STR(p->cwd_default, "/tmp");
		CHECK(!policy_path_rule(p, "/etc/passwd"));
		pj_policy_free(p);
	}
	remove_base();
}

/* Home as the workspace: what is denied and protected in it shows. */
static void home_as_workspace(void)
{
	struct pj_policy *p;

	set_up();
	make_directory("home/.ssh");
	make_link("home/.bash_history", "elsewhere");
	p = parse_good("{\"version\": 1, \"extends\": \"workspace-write\","
		       "\"filesystem\": {\"write\": [\"~\"]}}");
	CHECK(warned(p, "the whole home directory"));
	CHECK(access_of(p, "home/.ssh/id") == PATH_DENY);
	CHECK(rule_of(p, "home/.aws") && !rule_of(p, "home/.aws")->exists);
	CHECK(access_of(p, "home/.config/autostart") == PATH_PROTECT);
	CHECK(S_ISLNK(rule_of(p, "home/.bash_history")->type));
	CHECK(access_of(p, "home/elsewhere") == PATH_DENY);
	pj_policy_free(p);
	remove_base();
}

static size_t slashes_in(const char *text, size_t len)
{
	size_t count = 0;

	for (size_t i = 0; i < len; i++)
		count += text[i] == '/';
	return count;
}

/* Whether all of `path`, which is relative, matches `pattern`. */
static bool matches_whole(const char *pattern, size_t len, const char *path)
{
	char *own = strndup(pattern, len);
	struct name_rule rule = { .pattern = own };
	char *rooted = NULL;
	bool matches;

	CHECK(rule.pattern && asprintf(&rooted, "/%s", path) > 0);
	matches = slashes_in(pattern, len) == slashes_in(path, strlen(path)) &&
		  name_rule_matches(&rule, rooted);
	free(rooted);
	free(own);
	return matches;
}

/* Whether a parent of `path` matches. */
static bool matches_below(const char *pattern, size_t len, const char *path)
{
	for (const char *p = strchr(path, '/'); p; p = strchr(p + 1, '/')) {
		char *parent = strndup(path, (size_t)(p - path));
		bool matches = matches_whole(pattern, len, parent);

		free(parent);
		if (matches)
			return true;
	}
	return false;
}

/* gitignore-like, as policy.h says: the last match wins. */
static bool excepted(const struct name_rule *rule, const char *path)
{
	bool result = false;

	for (size_t i = 0; i < rule->except_count; i++) {
		const char *pattern = rule->except[i];
		bool back = *pattern == '!';
		size_t n;

		pattern += back;
		n = strlen(pattern);
		if (n > 3 && strcmp(pattern + n - 3, "/**") == 0
			    ? matches_below(pattern, n - 3, path)
			    : matches_whole(pattern, n, path))
			result = !back;
	}
	return result;
}

static void git_data(void)
{
	static const char *const writable[] = {
		"HEAD",
		"HEAD.lock",
		"index",
		"index.lock",
		"ORIG_HEAD",
		"MERGE_MSG",
		"COMMIT_EDITMSG",
		"packed-refs.lock",
		"objects/ab/cdef",
		"objects/info/packs",
		"refs/heads/x",
		"logs/HEAD",
		"rebase-merge/git-rebase-todo",
		"gc.pid",
		"worktrees/w",
		"worktrees/w/HEAD",
		"worktrees/w/index.lock",
		"worktrees/w/gitdir",
		"worktrees/w/logs/HEAD",
		"modules/m/objects/ab/c",
		"modules/m/HEAD",
		"modules/m/worktrees/w/HEAD",
	};
	static const char *const held[] = {
		"config",
		"config.lock",
		"config.worktree",
		"hooks",
		"hooks/pre-commit",
		"info/attributes",
		"info/exclude",
		"info/grafts",
		"description",
		"commondir",
		"gitdir",
		"branches/x",
		"remotes/x",
		"objects/info/alternates",
		"objects/info/alternates.lock",
		"objects/info/http-alternates",
		"modules",
		"modules/m",
		"modules/m/config",
		"modules/m/hooks/x",
		"worktrees/w/config.worktree",
		"worktrees/w/commondir",
		"worktrees/w/hooks/x",
		"modules/m/objects/info/alternates",
		"x/HEAD",
	};
	const struct name_rule *rule;
	struct pj_policy *p;

	set_up();
	p = profile("workspace-write");
	rule = name_rule_of(p, ".git");
	for (size_t i = 0; i < ARRAY_SIZE(writable); i++) {
		if (!excepted(rule, writable[i]))
			printf("# held: %s\n", writable[i]);
		CHECK(excepted(rule, writable[i]));
	}
	for (size_t i = 0; i < ARRAY_SIZE(held); i++) {
		if (excepted(rule, held[i]))
			printf("# writable: %s\n", held[i]);
		CHECK(!excepted(rule, held[i]));
	}
	pj_policy_free(p);
	remove_base();
}

static void matching(void)
{
	static const struct {
		const char *pattern, *path;
		bool matches;
	} rows[] = {
		{ ".git", "/a/.git", true },
		{ ".git", "/.git", true },
		{ ".git", "/a/x.git", false },
		{ ".git", "/a/.git/x", false },
		{ ".git", "/", false },
		{ ".claude/agents", "/a/.claude/agents", true },
		{ ".claude/agents", "/a/b/agents", false },
		{ ".claude/agents", "/agents", false },
		{ "*.iml", "/a/b.iml", true },
		{ "*.iml", "/a/.iml/x", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct name_rule rule = { .pattern = (char *)rows[i].pattern };

		CHECK(name_rule_matches(&rule, rows[i].path) ==
		      rows[i].matches);
	}
}

/* A child that names a protected place under `write` gets it. */
static void lifting_names(void)
{
	struct pj_policy *p;
	char *git;

	set_up();
	make_directory("ws/.git");
	p = parse_good("{\"version\": 1, \"extends\": \"workspace-write\","
		       "\"filesystem\": {\"write\": [\"./.git\"]}}");
	git = in_base("ws/.git");
	CHECK(name_rule_of(p, ".git")->lifted.count == 1);
	CHECK_STR(name_rule_of(p, ".git")->lifted.items[0], git);
	CHECK(name_rule_of(p, ".vscode")->lifted.count == 0);
	pj_policy_free(p);
	p = parse_good("{\"version\": 1, \"extends\": \"workspace-write\","
		       "\"filesystem\": {\"write\": [\"./.git\"], \"protect\": "
		       "[\"@git\"]}}");
	CHECK(name_rule_of(p, ".git")->lifted.count == 0);
	pj_policy_free(p);
	p = parse_good("{\"version\": 1, \"extends\": \"workspace-write\","
		       "\"filesystem\": {\"read\": [\"./.git\"]}}");
	CHECK(name_rule_of(p, ".git")->lifted.count == 0);
	pj_policy_free(p);
	free(git);
	remove_base();
}

static void shows(void)
{
	struct pj_policy *p;
	char *text = NULL;
	json_t *json, *filesystem;

	set_up();
	p = profile("build");
	CHECK(pj_policy_show(p, &text, &error) == 0);
	json = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
	filesystem = json_object_get(json, "filesystem");
	CHECK(json_array_size(json_object_get(filesystem, "read")) > 2);
	CHECK(json_array_size(json_object_get(filesystem, "any_depth")) > 100);
	CHECK(strstr(text, "@secrets: SSH keys") && strstr(text, "/home/.ssh"));
	CHECK(strstr(text, "profile workspace-write"));
	CHECK(strstr(text, "\"mode\": \"filtered\""));
	json_decref(json);
	free(text);
	pj_policy_free(p);
	remove_base();
}

/* A policy that denies a file in each of so many directories, more than are
 * remembered, and the secrets. */
static struct pj_policy *secrets_and(int directories)
{
	size_t used = 0, size = 64 * 1024;
	char *text = malloc(size);
	struct pj_policy *p;

	used += (size_t)sprintf(text, "{\"version\": 1, \"filesystem\": "
				      "{\"read\": [\"~\"], \"deny\": [");
	for (int i = 0; i < directories; i++)
		used += (size_t)snprintf(text + used, size - used,
					 "\"d%d/x\", ", i);
	snprintf(text + used, size - used, "\"@secrets\"]}}");
	p = parse_good(text);
	free(text);
	return p;
}

static void many_directories(void)
{
	enum { DIRECTORIES = 200 };
	struct pj_policy *few, *many;
	char name[32];

	set_up();
	make_directory("home/.ssh");
	make_file("home/.ssh/id_rsa", "");
	make_file("home/.netrc", "");
	for (int i = 0; i < DIRECTORIES; i++) {
		snprintf(name, sizeof(name), "ws/d%d", i);
		make_directory(name);
	}
	few = secrets_and(0);
	many = secrets_and(DIRECTORIES);
	CHECK(access_of(many, "home/.netrc") == PATH_DENY);
	CHECK(access_of(many, "home/.ssh/id_rsa") == PATH_DENY);
	CHECK(many->path_count + many->idle_count >=
	      few->path_count + few->idle_count + DIRECTORIES);
	for (size_t i = 0; i < few->path_count; i++) {
		const struct path_rule *rule = &few->paths[i];
		const struct path_rule *same =
			policy_path_rule(many, rule->path);

		CHECK_STR(same->path, rule->path);
		CHECK(same->access == rule->access);
		CHECK(same->inode == rule->inode);
	}
	pj_policy_free(few);
	pj_policy_free(many);
	remove_base();
}

static void every_set(void)
{
	for (size_t i = 0; i < embedded_set_count; i++) {
		const struct named_set *set = &embedded_sets[i];
		char quoted[64];

		CHECK(set->name[0] == '@' && set->description[0]);
		CHECK(set->entry_count && set_find(set->name) == set);
		for (size_t k = 0; k < set->entry_count; k++)
			CHECK(set_entry_reason(&set->entries[k])[0]);
		snprintf(quoted, sizeof(quoted), "\"%s\"", set->name);
		CHECK(strstr(pj_policy_schema(), quoted));
	}
	for (size_t i = 0; pj_profile_name(i); i++) {
		char quoted[64];

		snprintf(quoted, sizeof(quoted), "\"%s\"", pj_profile_name(i));
		CHECK(strstr(pj_policy_schema(), quoted));
	}
}

static const struct tap_case cases[] = {
	{ "profiles", profile_list },
	{ "workspace-write and its relatives", workspace_write },
	{ "strict and untrusted set every limit", bounded_profiles },
	{ "the home directory as workspace", home_as_workspace },
	{ "what git may write", git_data },
	{ "name rules match", matching },
	{ "a child lifts a name rule", lifting_names },
	{ "show", shows },
	{ "more directories than are remembered", many_directories },
	{ "every set is whole, and in the schema", every_set },
};

TAP_MAIN(cases)
