/* SPDX-License-Identifier: Apache-2.0 */
/* The order of the strategies, and the search through it. A strategy that is
 * passed over is never replaced by one that holds less than is asked for. */
#include "plan/choose.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "plan/strategy.h"

/* In the order of `auto`, which ends before `none`. */
static const struct strategy *const strategies[] = {
	[STRATEGY_AUTO] = NULL,
	[STRATEGY_NAMESPACES] = &strategy_namespaces,
	[STRATEGY_BUBBLEWRAP] = &strategy_bubblewrap,
	[STRATEGY_LANDLOCK] = &strategy_landlock,
	[STRATEGY_FIREJAIL] = &strategy_firejail,
	[STRATEGY_RLIMITS] = &strategy_rlimits,
	[STRATEGY_NONE] = &strategy_none,
};
_Static_assert(ARRAY_SIZE(strategies) == STRATEGY_NONE + 1,
	       "a row for each strategy");

static const struct strategy *next_strategy(struct plan_search *search)
{
	enum strategy_name asked = search->command->policy->strategy;
	const struct strategy *strategy = NULL;

	if (search->own || asked != STRATEGY_AUTO) {
		if (!search->next)
			strategy = search->own ? &strategy_application
					       : strategies[asked];
		search->next = STRATEGY_NONE;
		return strategy;
	}
	while (!strategy && search->next < STRATEGY_NONE)
		strategy = strategies[search->next++];
	return strategy;
}

static bool names_property(const char *text)
{
	const char *colon = strstr(text, ": ");
	auto_free char *word =
		colon ? strndup(text, (size_t)(colon - text)) : NULL;

	return word && property_from_name(word) >= 0;
}

/* What the policy insists on, told where the reasons are the host's. */
static const char *first_asked(const struct pj_policy *policy)
{
	int i = 0;

	while (i < PROPERTY_COUNT - 1 && policy->may_lack[i])
		i++;
	return property_name((enum property)i);
}

/* A reason that lies in the policy is told as it is. The others follow, each
 * with its strategy's name, unless they say the same. */
static int fail_with_reasons(const struct plan_search *search,
			     struct pj_error *err)
{
	const struct strv *reasons = &search->passed_over;
	const char *first = strstr(reasons->items[0], ": ") + 2;
	char text[sizeof(err->message)];
	size_t len = 0;

	if (names_property(first))
		len = (size_t)snprintf(text, sizeof(text), "%s", first);
	else
		len = (size_t)snprintf(
			text, sizeof(text),
			"%s: no strategy of this host holds it; %s",
			first_asked(search->command->policy),
			reasons->items[0]);
	for (size_t i = 1; i < reasons->count && len < sizeof(text); i++) {
		const char *reason = reasons->items[i];

		if (strcmp(strstr(reason, ": ") + 2, first) != 0)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
						"; %s", reason);
	}
	return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0, "%s", text);
}

static bool pass_over(struct plan_search *search, enum strategy_name name,
		      const struct pj_error *why)
{
	const char *text = strategy_name_text(name);
	size_t len = strlen(text);
	bool named = strncmp(why->message, text, len) == 0 &&
		     why->message[len] == ':';

	if (named)
		return strv_push(&search->passed_over, why->message) == 0;
	return strv_pushf(&search->passed_over, "%s: %s", text, why->message) ==
	       0;
}

int plan_search_next(struct plan_search *search, struct pj_plan **ret_plan,
		     struct pj_error *err)
{
	enum strategy_name asked = search->command->policy->strategy;
	const struct strategy *strategy;
	struct pj_error why = { 0 };

	if (search->own && asked != STRATEGY_AUTO)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "the policy wants strategy %s, the application its "
			    "own; leave containment.strategy at \"auto\"",
			    strategy_name_text(asked));
	while (!search->ended && (strategy = next_strategy(search))) {
		int status = plan_with(search, strategy, ret_plan, &why);

		if (status == 0)
			return 0;
		if (status != -PJ_E_UNAVAILABLE || search->own ||
		    asked != STRATEGY_AUTO)
			search->ended = true;
		else if (!pass_over(search, strategy->name, &why))
			return fail_memory(err, PJ_STAGE_PLAN);
		if (search->ended)
			break;
	}
	if (why.code && (search->ended || !search->passed_over.count)) {
		if (err)
			*err = why;
		return -(int)why.code;
	}
	if (!search->passed_over.count)
		return fail(err, PJ_STAGE_PLAN, PJ_E_UNAVAILABLE, 0,
			    "no strategy is left to try");
	return fail_with_reasons(search, err);
}

bool plan_search_refused(struct plan_search *search, const struct pj_plan *plan,
			 const struct pj_error *why)
{
	return !search->own &&
	       search->command->policy->strategy == STRATEGY_AUTO &&
	       why->code == PJ_E_UNAVAILABLE &&
	       pass_over(search, plan->strategy, why);
}

void plan_search_clear(struct plan_search *search)
{
	strv_clear(&search->passed_over);
}

int pj_plan_make(const struct pj_command *command, const struct pj_host *host,
		 struct pj_plan **ret_plan, struct pj_error *err)
{
	auto_search struct plan_search search = { .command = command,
						  .host = host };

	if (!command || !ret_plan)
		return fail_missing(err, PJ_STAGE_PLAN, "command and ret_plan");
	return plan_search_next(&search, ret_plan, err);
}
