/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Strategy `firejail`: namespaces and /dev by firejail's command line, the rest
 * by our stage within. No wall for files is claimed: `--read-only=/` and
 * `--blacklist` leave mounts out that firejail does not see (in 0.9.72, those
 * of a mount namespace of the caller's), without a word.
 */
#include "base/cleanup.h"
#include "base/error.h"
#include "host/tool.h"
#include "plan/common.h"
#include "plan/own.h"
#include "plan/strategy.h"

static const char *const always[] = {
	"firejail",
	"--quiet",
	"--noprofile",
	"--deterministic-exit-code",
	"--deterministic-shutdown",
	"--keep-fd=3,4", /* WRAPPER_FD_STAGE, WRAPPER_FD_SOCKET */
	"--private-dev",
	"--keep-var-tmp", /* not an empty one: files may be granted there */
	"--ipc-namespace",
	"--hostname=procjail",
	"--nodbus",
	"--noinput",
};

static const struct {
	enum property property;
	const char *mechanism;
} held[] = {
	{ PROPERTY_PROCESSES, "firejail: pid namespace" },
	{ PROPERTY_IPC, "firejail: ipc namespace; socket broker" },
	{ PROPERTY_DEVICES, "firejail: private /dev" },
	{ PROPERTY_KILL_TREE, "firejail: pid namespace" },
};

static int claim(struct pj_strategy_answer *answer)
{
	int status = 0;

	for (size_t i = 0; status == 0 && i < ARRAY_SIZE(held); i++)
		status = pj_strategy_holds(answer,
					   property_name(held[i].property),
					   held[i].mechanism);
	return status;
}

static int answer_firejail(struct pj_plan *plan,
			   struct pj_strategy_answer *answer, const void *data,
			   struct pj_error *err)
{
	auto_strv struct strv argv = { 0 };
	int status;

	(void)plan;
	(void)data;
	status = host_tool_open("firejail", "firejail", &answer->wrapper->fd,
				&answer->wrapper->path, err);
	if (status < 0)
		return status;
	for (size_t i = 0; i < ARRAY_SIZE(always); i++)
		if (strv_push(&argv, always[i]) < 0)
			return fail_memory(err, PJ_STAGE_PLAN);
	if (strv_push(&argv, "--") < 0 ||
	    strv_push(&argv, WRAPPER_STAGE_PATH) < 0 || claim(answer) < 0)
		return fail_memory(err, PJ_STAGE_PLAN);
	answer->wrapper->argv = argv;
	argv = (struct strv){ 0 };
	return 0;
}

static int plan_firejail(struct pj_plan *plan, const struct pj_host *host,
			 struct pj_error *err)
{
	return own_plan(plan, host, answer_firejail, NULL, err);
}

const struct strategy strategy_firejail = {
	.name = STRATEGY_FIREJAIL,
	.plan = plan_firejail,
};
