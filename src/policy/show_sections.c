/* SPDX-License-Identifier: Apache-2.0 */
/* The sections of pj_policy_show() but the file system, in the words of a
 * policy file. */
#include "policy/show.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/pattern.h"

/* NULL, with the object released. */
static json_t *give_up(json_t *object)
{
	json_decref(object);
	return NULL;
}

/* ---- commands -------------------------------------------------------------
 */

static const char *const type_names[] = {
	[VALUE_ANY] = "any",	     [VALUE_STRING] = "string",
	[VALUE_INTEGER] = "integer", [VALUE_PATH] = "path",
	[VALUE_ENUM] = "enum",
};

static json_t *show_value(const struct value_rule *rule)
{
	json_t *object = json_object();

	if (show_set(object, "type", show_text(type_names[rule->type])) < 0 ||
	    (rule->pattern &&
	     show_set(object, "pattern",
		      show_text(pattern_text(rule->pattern))) < 0) ||
	    (rule->max_length != LIMIT_UNSET &&
	     show_set(object, "max_length",
		      json_integer((json_int_t)rule->max_length)) < 0) ||
	    (rule->min != INT64_MIN &&
	     show_set(object, "min", json_integer(rule->min)) < 0) ||
	    (rule->max != INT64_MAX &&
	     show_set(object, "max", json_integer(rule->max)) < 0) ||
	    (rule->within_given &&
	     show_set(object, "within", show_strings(&rule->within)) < 0) ||
	    (rule->type == VALUE_ENUM &&
	     show_set(object, "enum", show_strings(&rule->choices)) < 0))
		return give_up(object);
	return object;
}

static json_t *show_options(const struct command_rule *rule)
{
	json_t *object = json_object();

	for (size_t i = 0; i < rule->option_count; i++)
		if (show_set(object, rule->options[i].name,
			     show_value(&rule->options[i].value)) < 0)
			return give_up(object);
	return object;
}

static json_t *show_items(const struct command_rule *rule)
{
	json_t *array = json_array();

	for (size_t i = 0; i < rule->positional_item_count; i++)
		if (json_array_append_new(
			    array, show_value(&rule->positional_items[i])) < 0)
			return give_up(array);
	return array;
}

static json_t *show_positionals(const struct command_rule *rule)
{
	json_t *object = json_object();

	if (show_set(object, "min",
		     json_integer((json_int_t)rule->positionals_min)) < 0 ||
	    (rule->positionals_max != LIMIT_UNSET &&
	     show_set(object, "max",
		      json_integer((json_int_t)rule->positionals_max)) < 0) ||
	    show_set(object, "items", show_items(rule)) < 0 ||
	    (rule->positionals_max > rule->positional_item_count &&
	     show_set(object, "rest", show_value(&rule->positional_rest)) < 0))
		return give_up(object);
	return object;
}

/* The switches of a rule that are on. */
static int set_switches(json_t *object, const struct command_rule *rule)
{
	const struct {
		const char *name;
		bool on;
	} switches[] = {
		{ "bundling", rule->bundling },
		{ "multiline", rule->multiline },
		{ "immutable", rule->immutable },
	};

	for (size_t i = 0; i < ARRAY_SIZE(switches); i++)
		if (switches[i].on &&
		    show_set(object, switches[i].name, json_true()) < 0)
			return -1;
	return 0;
}

static json_t *show_rule(const struct command_rule *rule)
{
	json_t *object;

	if (rule->any_arguments)
		return json_string("any-arguments");
	object = json_object();
	if ((rule->subcommand &&
	     show_set(object, "subcommand", show_text(rule->subcommand)) < 0) ||
	    show_set(object, "flags", show_strings(&rule->flags)) < 0 ||
	    show_set(object, "options", show_options(rule)) < 0 ||
	    (rule->max_flags != LIMIT_UNSET &&
	     show_set(object, "max_flags",
		      json_integer((json_int_t)rule->max_flags)) < 0) ||
	    show_set(object, "positionals", show_positionals(rule)) < 0 ||
	    (rule->end_of_options_after_flags &&
	     show_set(object, "end_of_options", json_string("after-flags")) <
		     0) ||
	    set_switches(object, rule) < 0 ||
	    (rule->sha256 &&
	     show_set(object, "sha256", show_text(rule->sha256)) < 0))
		return give_up(object);
	return object;
}

static json_t *show_program(const struct program_rules *rules)
{
	json_t *array;

	if (rules->rule_count == 1)
		return show_rule(&rules->rules[0]);
	array = json_array();
	for (size_t i = 0; i < rules->rule_count; i++)
		if (json_array_append_new(array, show_rule(&rules->rules[i])) <
		    0)
			return give_up(array);
	return array;
}

json_t *show_commands(const struct pj_policy *policy)
{
	json_t *object = json_object();

	for (size_t i = 0; i < policy->program_count; i++)
		if (show_set(object, policy->programs[i].program,
			     show_program(&policy->programs[i])) < 0)
			return give_up(object);
	if (policy->any_program &&
	    show_set(object, "*", json_string("any-arguments")) < 0)
		return give_up(object);
	return object;
}

/* ---- the rest --------------------------------------------------------------
 */

json_t *show_environment(const struct pj_policy *policy)
{
	json_t *object = json_object(), *set = json_object();

	for (size_t i = 0; i < policy->env_set_count; i++)
		if (show_set(set, policy->env_set[i].name,
			     show_text(policy->env_set[i].value)) < 0) {
			json_decref(object);
			return give_up(set);
		}
	if (show_set(object, "set", set) < 0 ||
	    show_set(object, "pass", show_strings(&policy->env_pass)) < 0 ||
	    show_set(object, "allow", show_strings(&policy->env_allow)) < 0)
		return give_up(object);
	return object;
}

json_t *show_cwd(const struct pj_policy *policy)
{
	json_t *object = json_object();

	if (show_set(object, "default", show_text(policy->cwd_default)) < 0 ||
	    show_set(object, "within", show_strings(&policy->cwd_within)) < 0)
		return give_up(object);
	return object;
}

json_t *show_network(const struct pj_policy *policy)
{
	static const char *const modes[] = {
		[NETWORK_NONE] = "none",
		[NETWORK_LOOPBACK] = "loopback",
		[NETWORK_FILTERED] = "filtered",
		[NETWORK_HOST] = "host",
	};
	json_t *object = json_object();

	if (show_set(object, "mode", show_text(modes[policy->network])) < 0 ||
	    show_set(object, "allow", show_strings(&policy->network_allow)) <
		    0 ||
	    show_set(object, "deny", show_strings(&policy->network_deny)) < 0 ||
	    show_set(object, "listen", show_strings(&policy->network_listen)) <
		    0 ||
	    show_set(object, "unix_sockets",
		     show_strings(&policy->unix_sockets)) < 0)
		return give_up(object);
	return object;
}

/* "1500ms", "268435456B": exact, whatever unit was written. */
static json_t *show_quantity(uint64_t amount, const char *unit)
{
	char text[40];

	if (!*unit)
		return json_integer((json_int_t)amount);
	snprintf(text, sizeof(text), "%" PRIu64 "%s", amount, unit);
	return json_string(text);
}

json_t *show_limits(const struct pj_policy *policy)
{
	const struct limits *l = &policy->limits;
	const struct {
		const char *name;
		uint64_t amount;
		const char *unit;
	} rows[] = {
		{ "wall_time", l->wall_time_ms, "ms" },
		{ "cpu_time", l->cpu_time_ms, "ms" },
		{ "memory", l->memory, "B" },
		{ "processes", l->processes, "" },
		{ "open_files", l->open_files, "" },
		{ "file_size", l->file_size, "B" },
		{ "tmp_size", l->tmp_size, "B" },
		{ "stdout", l->stdout_bytes, "B" },
		{ "stderr", l->stderr_bytes, "B" },
	};
	json_t *object = json_object();

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].amount != LIMIT_UNSET &&
		    show_set(object, rows[i].name,
			     show_quantity(rows[i].amount, rows[i].unit)) < 0)
			return give_up(object);
	if (show_set(object, "overflow",
		     show_text(l->overflow == OVERFLOW_KILL ? "kill"
							    : "truncate")) < 0)
		return give_up(object);
	return object;
}

json_t *show_syscalls(const struct pj_policy *policy)
{
	static const char *const profiles[] = {
		[SYSCALLS_DEFAULT] = "default",
		[SYSCALLS_STRICT] = "strict",
		[SYSCALLS_NONE] = "none",
	};
	json_t *object = json_object();

	if (show_set(object, "profile", show_text(profiles[policy->syscalls])) <
		    0 ||
	    show_set(object, "deny", show_strings(&policy->syscalls_deny)) < 0)
		return give_up(object);
	return object;
}

json_t *show_containment(const struct pj_policy *policy)
{
	json_t *object = json_object(), *lack = json_array();

	for (int i = 0; i < PROPERTY_COUNT; i++)
		if (policy->may_lack[i] &&
		    json_array_append_new(
			    lack, show_text(property_name((enum property)i))) <
			    0) {
			json_decref(object);
			return give_up(lack);
		}
	if (show_set(object, "may_lack", lack) < 0 ||
	    show_set(object, "strategy",
		     show_text(strategy_name_text(policy->strategy))) < 0)
		return give_up(object);
	return object;
}
