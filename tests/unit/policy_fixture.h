/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of policies: a directory of their own that holds a workspace
 * and a home, and parsing with those. */
#ifndef PJ_TESTS_POLICY_FIXTURE_H
#define PJ_TESTS_POLICY_FIXTURE_H

#include <fcntl.h>
#include <limits.h>
#include <procjail.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "policy/policy.h"
#include "tap.h"

static char base_directory[PATH_MAX];
static struct pj_error error;

static inline char *in_base(const char *rest)
{
	char *path = NULL;

	CHECK(asprintf(&path, "%s/%s", base_directory, rest) > 0);
	return path;
}

static inline void make_directory(const char *rest)
{
	char *path = in_base(rest);

	CHECK(mkdir(path, 0700) == 0);
	free(path);
}

static inline void make_file(const char *rest, const char *text)
{
	char *path = in_base(rest);
	FILE *file = fopen(path, "we");

	CHECK(file && fputs(text, file) >= 0 && fclose(file) == 0);
	free(path);
}

static inline void make_link(const char *rest, const char *target)
{
	char *path = in_base(rest);

	CHECK(symlink(target, path) == 0);
	free(path);
}

static inline void remove_base(void)
{
	char command[PATH_MAX + 16];

	snprintf(command, sizeof(command), "rm -rf '%s'", base_directory);
	if (system(command) != 0)
		printf("# could not remove %s\n", base_directory);
}

/* BASE/ws and BASE/home; the test starts in BASE. */
static inline void set_up(void)
{
	char made[] = "/tmp/pj-policy-XXXXXX";

	CHECK(mkdtemp(made) && realpath(made, base_directory));
	CHECK(chdir(base_directory) == 0);
	make_directory("ws");
	make_directory("home");
}

static inline struct pj_policy *parse(const char *text)
{
	char *workspace = in_base("ws"), *home = in_base("home");
	struct pj_policy_options options = { .size = sizeof(options),
					     .workspace = workspace,
					     .home = home };
	struct pj_policy *policy = NULL;
	int result;

	error = (struct pj_error){ 0 };
	result = pj_policy_parse(text, strlen(text), "test.json", &options,
				 &policy, &error);
	CHECK((result == 0) == (policy != NULL));
	free(workspace);
	free(home);
	return policy;
}

static inline struct pj_policy *parse_good(const char *text)
{
	struct pj_policy *policy = parse(text);

	if (!policy)
		printf("# %s\n", error.message);
	CHECK(policy);
	return policy;
}

/* What holds for BASE/rest; -1: nothing. */
static inline int access_of(const struct pj_policy *policy, const char *rest)
{
	char *path = in_base(rest);
	const struct path_rule *rule = policy_path_rule(policy, path);

	free(path);
	return rule ? (int)rule->access : -1;
}

static inline const struct path_rule *rule_of(const struct pj_policy *policy,
					      const char *rest)
{
	char *path = in_base(rest);
	const struct path_rule *rule = policy_path_rule(policy, path);

	if (rule && strcmp(rule->path, path) != 0)
		rule = NULL;
	free(path);
	return rule;
}

static inline bool warned(const struct pj_policy *policy, const char *part)
{
	for (size_t i = 0; i < pj_policy_warning_count(policy); i++)
		if (strstr(pj_policy_warning(policy, i), part))
			return true;
	return false;
}

#endif
