/* SPDX-License-Identifier: Apache-2.0 */
/* What is exported and belongs to no single stage. */
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"

const char *pj_version(void)
{
	return PJ_VERSION;
}

static void cleanup_builder(struct pj_builder **builder)
{
	pj_builder_free(*builder);
}

static void cleanup_policy(struct pj_policy **policy)
{
	pj_policy_free(*policy);
}

static void cleanup_command(struct pj_command **command)
{
	pj_command_free(*command);
}

#define AUTO(type) __attribute__((cleanup(cleanup_##type)))

int pj_quick_run(const char *profile_or_file, const char *program,
		 const char *const *args, struct pj_result **ret_result,
		 struct pj_error *err)
{
	const struct pj_policy_options options = {
		.size = sizeof(options),
		.caller_chose_command = true,
	};
	const struct pj_request request = {
		.size = sizeof(request),
		.program = program,
		.args = args,
	};
	AUTO(builder) struct pj_builder *builder = NULL;
	AUTO(policy) struct pj_policy *policy = NULL;
	AUTO(command) struct pj_command *command = NULL;
	int status;

	if (!profile_or_file || !program || !ret_result)
		return fail_missing(err, PJ_STAGE_LAUNCH,
				    "profile_or_file, program and ret_result");
	status = pj_builder_new(&builder, err);
	if (status < 0)
		return status;
	pj_builder_extends(builder, profile_or_file);
	status = pj_builder_build(builder, &options, &policy, err);
	if (status == 0)
		status = pj_prepare(policy, &request, 0, &command, NULL, err);
	if (status < 0)
		return status;
	return pj_run(command, NULL, ret_result, err);
}
