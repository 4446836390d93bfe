/* SPDX-License-Identifier: Apache-2.0 */
/* procjail policy: everything about policies but their use. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/cli.h"
#include "cli/starter_policy.h"

static void cleanup_policy(struct pj_policy **policy)
{
	pj_policy_free(*policy);
}

static void cleanup_builder(struct pj_builder **builder)
{
	pj_builder_free(*builder);
}

#define auto_policy  __attribute__((cleanup(cleanup_policy)))
#define auto_builder __attribute__((cleanup(cleanup_builder)))

static int set_text(void *target, const char *value)
{
	*(const char **)target = value;
	return 0;
}

static int set_true(void *target, const char *value)
{
	(void)value;
	*(bool *)target = true;
	return 0;
}

static const struct option workspace_options[] = {
	{ 0, "workspace", "DIR", "what relative paths start from (.)",
	  set_text },
	{ 0 },
};

/* ---- lint ---------------------------------------------------------------- */

static int run_lint(const struct command *self, int argc, char **argv)
{
	auto_policy struct pj_policy *policy = NULL;
	struct pj_policy_options options = { .size = sizeof(options) };
	struct pj_error err = { 0 };
	const char *file = NULL;
	int status = CLI_OK;

	if (!options_parse_operand(self, &options.workspace, argc, argv, &file,
				   &status))
		return status;
	if (pj_policy_load(file, &options, &policy, &err) < 0)
		return failure(&err);
	for (size_t i = 0; i < pj_policy_warning_count(policy); i++)
		message("warning: %s: %s", file, pj_policy_warning(policy, i));
	printf("%s: ok\n", file);
	return print_finish();
}

static const struct command lint = {
	.name = "lint",
	.full_name = "procjail policy lint",
	.usage = "[--workspace DIR] FILE",
	.summary = "Check a policy and tell what looks mistaken in it",
	.own = workspace_options,
	.run = run_lint,
};

/* ---- show ---------------------------------------------------------------- */

static bool is_profile(const char *name)
{
	for (size_t i = 0; pj_profile_name(i); i++)
		if (strcmp(pj_profile_name(i), name) == 0)
			return true;
	return false;
}

static int load_profile(const char *name,
			const struct pj_policy_options *options,
			struct pj_policy **ret_policy, struct pj_error *err)
{
	auto_builder struct pj_builder *builder = NULL;
	int r = pj_builder_new(&builder, err);

	if (r < 0)
		return r;
	pj_builder_extends(builder, name);
	return pj_builder_build(builder, options, ret_policy, err);
}

static int run_show(const struct command *self, int argc, char **argv)
{
	auto_policy struct pj_policy *policy = NULL;
	auto_free char *json = NULL;
	struct pj_policy_options options = { .size = sizeof(options) };
	struct pj_error err = { 0 };
	const char *file = NULL;
	int status = CLI_OK;
	int r;

	if (!options_parse_operand(self, &options.workspace, argc, argv, &file,
				   &status))
		return status;
	if (is_profile(file))
		r = load_profile(file, &options, &policy, &err);
	else
		r = pj_policy_load(file, &options, &policy, &err);
	if (r < 0 && err.errnum == ENOENT && !strchr(file, '/') &&
	    access(file, F_OK) < 0)
		return usage_error(self,
				   "'%s' is neither a file nor a profile; "
				   "'procjail policy list' tells those",
				   file);
	if (r == 0)
		r = pj_policy_show(policy, &json, &err);
	return r < 0 ? failure(&err) : print_text(json);
}

static const struct command show = {
	.name = "show",
	.full_name = "procjail policy show",
	.usage = "[--workspace DIR] FILE|PROFILE",
	.summary = "Print a policy as it holds here: merged and resolved",
	.own = workspace_options,
	.run = run_show,
};

/* ---- schema, list, init -------------------------------------------------- */

static const struct option schema_options[] = {
	{ 0, "result", NULL, "of what run --json prints, instead", set_true },
	{ 0 },
};

static int run_schema(const struct command *self, int argc, char **argv)
{
	bool result = false;
	int status = CLI_OK;

	if (!options_parse_operand(self, &result, argc, argv, NULL, &status))
		return status;
	return print_text(result ? pj_result_schema() : pj_policy_schema());
}

static const struct command schema = {
	.name = "schema",
	.full_name = "procjail policy schema",
	.usage = "[--result]",
	.summary = "Print the JSON Schema of a policy",
	.own = schema_options,
	.run = run_schema,
};

static int run_list(const struct command *self, int argc, char **argv)
{
	int status = CLI_OK;

	if (!options_parse_operand(self, NULL, argc, argv, NULL, &status))
		return status;
	for (size_t i = 0; pj_profile_name(i); i++)
		printf("%-16s %s\n", pj_profile_name(i),
		       pj_profile_description(i));
	return print_finish();
}

static const struct command list = {
	.name = "list",
	.full_name = "procjail policy list",
	.usage = "",
	.summary = "Print the built-in profiles",
	.run = run_list,
};

static int run_init(const struct command *self, int argc, char **argv)
{
	int status = CLI_OK;

	if (!options_parse_operand(self, NULL, argc, argv, NULL, &status))
		return status;
	return print_text(starter_policy);
}

static const struct command init = {
	.name = "init",
	.full_name = "procjail policy init",
	.usage = "> FILE",
	.summary = "Print a commented policy to start from",
	.run = run_init,
};

static const struct command *const members[] = { &lint, &show, &schema,
						 &list, &init, NULL };

const struct command cmd_policy = {
	.name = "policy",
	.full_name = "procjail policy",
	.usage = "COMMAND [ARGUMENT...]",
	.summary = "Check, show and start policies",
	.members = members,
};
