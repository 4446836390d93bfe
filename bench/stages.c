/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the time of one run goes: a jail from policy to end, in the steps of
 * the public interface. Each sample runs all of them and gives one.
 */
#include <stdio.h>

#include "launch.h"
#include "samples.h"

enum stage {
	STAGE_POLICY,
	STAGE_DECIDE,
	STAGE_PLAN,
	STAGE_LAUNCH,
	STAGE_PROGRAM,
	STAGE_END,
	STAGE_COUNT,
};

/* What one run makes, in order; freed from the last to the first. */
struct course {
	struct pj_policy *policy;
	struct pj_command *command;
	struct pj_plan *plan;
	struct pj_process *process;
	struct pj_result *result;
};

static int load(const struct setting *setting, struct course *course)
{
	const struct pj_policy_options options = { .size = sizeof(options),
						   .workspace = "/" };

	return pj_policy_load(setting->policy_file, &options, &course->policy,
			      NULL);
}

static int decide(const char *program, struct course *course)
{
	const struct pj_request request = { .size = sizeof(request),
					    .program = program };

	return pj_prepare(course->policy, &request, 0, &course->command, NULL,
			  NULL);
}

static int spawn(const struct setting *setting, struct course *course)
{
	const struct pj_run_options options = { .size = sizeof(options),
						.host = setting->host };

	return pj_spawn(course->command, &options, &course->process, NULL);
}

/* The time after each stage; -1 when one failed. */
static int run(const struct setting *setting, const char *program,
	       struct course *course, double times[STAGE_COUNT])
{
	if (load(setting, course) < 0)
		return -1;
	times[STAGE_POLICY] = microseconds();
	if (decide(program, course) < 0)
		return -1;
	times[STAGE_DECIDE] = microseconds();
	if (pj_plan_make(course->command, setting->host, &course->plan, NULL) <
	    0)
		return -1;
	times[STAGE_PLAN] = microseconds();
	if (spawn(setting, course) < 0)
		return -1;
	times[STAGE_LAUNCH] = microseconds();
	if (pj_process_wait(course->process, &course->result, NULL) < 0 ||
	    pj_result_status(course->result) != 0)
		return -1;
	times[STAGE_PROGRAM] = microseconds();
	course->process = pj_process_free(course->process);
	times[STAGE_END] = microseconds();
	return 0;
}

static int sample(const struct setting *setting, enum target target,
		  enum stage stage, double *ret_value)
{
	struct course course = { 0 };
	double times[STAGE_COUNT] = { 0 };
	double started = microseconds();
	int r = run(setting, target_path(setting, target), &course, times);

	pj_result_free(course.result);
	pj_process_free(course.process);
	pj_plan_free(course.plan);
	pj_command_free(course.command);
	pj_policy_free(course.policy);
	*ret_value = times[stage] - (stage ? times[stage - 1] : started);
	/* The launch makes its own plan, too. */
	if (stage == STAGE_LAUNCH)
		*ret_value -= times[STAGE_PLAN] - times[STAGE_DECIDE];
	return r;
}

int sample_policy(const struct setting *setting, enum target target,
		  double *ret_value)
{
	return sample(setting, target, STAGE_POLICY, ret_value);
}

int sample_decide(const struct setting *setting, enum target target,
		  double *ret_value)
{
	return sample(setting, target, STAGE_DECIDE, ret_value);
}

int sample_plan(const struct setting *setting, enum target target,
		double *ret_value)
{
	return sample(setting, target, STAGE_PLAN, ret_value);
}

int sample_launch(const struct setting *setting, enum target target,
		  double *ret_value)
{
	return sample(setting, target, STAGE_LAUNCH, ret_value);
}

int sample_program(const struct setting *setting, enum target target,
		   double *ret_value)
{
	return sample(setting, target, STAGE_PROGRAM, ret_value);
}

int sample_end(const struct setting *setting, enum target target,
	       double *ret_value)
{
	return sample(setting, target, STAGE_END, ret_value);
}
