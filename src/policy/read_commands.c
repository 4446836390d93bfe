/* SPDX-License-Identifier: Apache-2.0 */
/* The section "commands": which programs, with which arguments. A child's rules
 * for a program replace its parent's; nothing is allowed by default. */
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/dispose.h"
#include "policy/reader.h"
#include "policy/resolve.h"

static const struct whole_range counts = { 0, 1000 * 1000 };

static int read_flag_name(struct reader *reader, const struct place *at,
			  const json_t *value, void *target)
{
	const char *text = read_string(reader, at, value, "a flag");

	if (!text)
		return -PJ_E_POLICY;
	if (text[0] != '-' || !text[1] || strcmp(text, "--") == 0)
		return bad(reader, at,
			   "must be a flag that starts with -, such as \"-n\" "
			   "(- and -- are no flags)");
	if (strv_push(target, text) < 0)
		return reader_no_memory(reader);
	return 0;
}

static int read_flags(struct reader *reader, const struct place *at,
		      const json_t *value, const struct key *key, void *target)
{
	return read_list(reader, at, value, read_flag_name, FIELD(target, key));
}

static int check_option_name(struct reader *reader, const struct place *at)
{
	const char *name = at->key;

	if (name[0] != '-' || !name[1] || strcmp(name, "--") == 0 ||
	    strchr(name, '=') || has_control(name))
		return bad_key(
			reader, at,
			"must be the name of an option, such as "
			"\"--include\": it starts with - and holds no =");
	return 0;
}

static int read_options(struct reader *reader, const struct place *at,
			const json_t *value, const struct key *key,
			void *target)
{
	struct command_rule *rule = target;
	const char *name;
	json_t *item;

	(void)key;
	if (!json_is_object(value))
		return bad(reader, at, "must be an object, {…}");
	rule->options =
		calloc(json_object_size(value) + 1, sizeof(*rule->options));
	if (!rule->options)
		return reader_no_memory(reader);
	json_object_foreach((json_t *)value, name, item)
	{
		const struct place here = { .up = at, .key = name };
		struct option_rule *option = &rule->options[rule->option_count];
		int result = check_option_name(reader, &here);

		if (result < 0)
			return result;
		option->name = strdup(name);
		if (!option->name)
			return reader_no_memory(reader);
		rule->option_count++;
		result = read_value_rule(reader, &here, item, &option->value);
		if (result < 0)
			return result;
	}
	return 0;
}

static int read_items(struct reader *reader, const struct place *at,
		      const json_t *value, const struct key *key, void *target)
{
	struct command_rule *rule = target;

	(void)key;
	if (!json_is_array(value))
		return bad(reader, at, "must be a list, […]");
	rule->positional_items = calloc(json_array_size(value) + 1,
					sizeof(*rule->positional_items));
	if (!rule->positional_items)
		return reader_no_memory(reader);
	for (size_t i = 0; i < json_array_size(value); i++) {
		const struct place here = { .up = at, .index = i };
		size_t n = rule->positional_item_count++;
		int result =
			read_value_rule(reader, &here, json_array_get(value, i),
					&rule->positional_items[n]);

		if (result < 0)
			return result;
	}
	return 0;
}

static int read_rest(struct reader *reader, const struct place *at,
		     const json_t *value, const struct key *key, void *target)
{
	(void)key;
	return read_value_rule(
		reader, at, value,
		&((struct command_rule *)target)->positional_rest);
}

static const struct key positional_keys[] = {
	{ "min", read_count, offsetof(struct command_rule, positionals_min),
	  &counts },
	{ "max", read_count, offsetof(struct command_rule, positionals_max),
	  &counts },
	{ "items", read_items, 0, NULL },
	{ "rest", read_rest, 0, NULL },
};

/* Without `max`: as many as `items` says, or with `rest` any number. */
static int read_positionals(struct reader *reader, const struct place *at,
			    const json_t *value, const struct key *key,
			    void *target)
{
	struct command_rule *rule = target;
	int result;

	(void)key;
	result = read_object(reader, at, value, positional_keys,
			     ARRAY_SIZE(positional_keys), rule);
	if (result < 0)
		return result;
	if (!json_object_get(value, "max"))
		rule->positionals_max = json_object_get(value, "rest")
						? LIMIT_UNSET
						: rule->positional_item_count;
	if (rule->positionals_min > rule->positionals_max)
		return bad(reader, at,
			   "min is greater than max; say max, or rest for any "
			   "number");
	return 0;
}

static int read_subcommand(struct reader *reader, const struct place *at,
			   const json_t *value, const struct key *key,
			   void *target)
{
	const char *text = read_string(reader, at, value, "a subcommand");

	if (!text)
		return -PJ_E_POLICY;
	if (text[0] == '-')
		return bad(reader, at,
			   "starts with -, so it is a flag; a subcommand is "
			   "the first argument that is none");
	return read_text(reader, at, value, key, target);
}

static int read_sha256(struct reader *reader, const struct place *at,
		       const json_t *value, const struct key *key, void *target)
{
	const char *text = json_string_value(value);

	if (!text || strlen(text) != 64 ||
	    strspn(text, "0123456789abcdef") != 64)
		return bad(reader, at,
			   "must be 64 lower-case hexadecimal digits, as "
			   "sha256sum prints");
	return read_text(reader, at, value, key, target);
}

static int read_end_of_options(struct reader *reader, const struct place *at,
			       const json_t *value, const struct key *key,
			       void *target)
{
	static const char *const names[] = { "none", "after-flags", NULL };
	const struct key plain = { .detail = names };
	unsigned int choice = 0;
	int result = read_choice(reader, at, value, &plain, &choice);

	if (result < 0)
		return result;
	*(bool *)FIELD(target, key) = choice == 1;
	return 0;
}

#define RULE(field) offsetof(struct command_rule, field)

static const struct key rule_keys[] = {
	{ "subcommand", read_subcommand, RULE(subcommand), NULL },
	{ "flags", read_flags, RULE(flags), NULL },
	{ "options", read_options, 0, NULL },
	{ "max_flags", read_count, RULE(max_flags), &counts },
	{ "positionals", read_positionals, 0, NULL },
	{ "end_of_options", read_end_of_options,
	  RULE(end_of_options_after_flags), NULL },
	{ "bundling", read_flag, RULE(bundling), NULL },
	{ "multiline", read_flag, RULE(multiline), NULL },
	{ "immutable", read_flag, RULE(immutable), NULL },
	{ "sha256", read_sha256, RULE(sha256), NULL },
};

static void rule_init(struct command_rule *rule)
{
	*rule = (struct command_rule){
		.max_flags = LIMIT_UNSET,
		.positional_rest = { .type = VALUE_ANY,
				     .max_length = LIMIT_UNSET,
				     .min = INT64_MIN,
				     .max = INT64_MAX },
	};
}

static int read_rule(struct reader *reader, const struct place *at,
		     const json_t *value, void *target)
{
	struct program_rules *rules = target;
	struct command_rule *rule = &rules->rules[rules->rule_count++];
	int result;

	rule_init(rule);
	result = read_object(reader, at, value, rule_keys,
			     ARRAY_SIZE(rule_keys), rule);
	if (result < 0)
		return result;
	for (size_t i = 0; i < rule->option_count; i++)
		if (strv_contains(&rule->flags, rule->options[i].name))
			return bad(reader, at,
				   "%.60s is under flags and under options; "
				   "with a value it is an option, without one "
				   "a flag",
				   rule->options[i].name);
	return 0;
}

/* The subcommand picks the rule, so no two may have the same (or none). */
static int check_subcommands(struct reader *reader, const struct place *at,
			     const struct program_rules *rules)
{
	for (size_t i = 1; i < rules->rule_count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct place here = { .up = at, .index = i };
			const char *a = rules->rules[i].subcommand;
			const char *b = rules->rules[j].subcommand;

			if ((!a && !b) || (a && b && strcmp(a, b) == 0))
				return bad(reader, &here,
					   "has the same subcommand as [%zu]; "
					   "the subcommand picks the rule, so "
					   "put both into one",
					   j);
		}
	return 0;
}

static int read_rules(struct reader *reader, const struct place *at,
		      const json_t *value, struct program_rules *rules)
{
	const char *text = json_string_value(value);
	size_t count = json_is_array(value) ? json_array_size(value) : 1;
	int result;

	if (count == 0)
		return bad(reader, at,
			   "is an empty list; write {} for the bare program");
	if (count > 1000)
		return bad(reader, at, "has more than 1000 rules");
	rules->rules = calloc(count, sizeof(*rules->rules));
	if (!rules->rules)
		return reader_no_memory(reader);
	if (text && strcmp(text, "any-arguments") == 0) {
		rule_init(&rules->rules[rules->rule_count++]);
		rules->rules[0].any_arguments = true;
		return 0;
	}
	if (json_is_object(value))
		return read_rule(reader, at, value, rules);
	if (!json_is_array(value))
		return bad(reader, at,
			   "must be a rule {…}, a list of rules, or "
			   "\"any-arguments\"");
	result = read_list(reader, at, value, read_rule, rules);
	return result < 0 ? result : check_subcommands(reader, at, rules);
}

static int read_any_program(struct reader *reader, const struct place *at,
			    const json_t *value)
{
	const char *text = json_string_value(value);

	if (!text || strcmp(text, "any-arguments") != 0)
		return bad(reader, at,
			   "must be \"any-arguments\"; rules for arguments "
			   "need a program");
	reader->policy->any_program = true;
	return 0;
}

static int check_program(struct reader *reader, const struct place *at)
{
	const char *program = at->key;

	if (program[0] != '/' || has_control(program) || strlen(program) > 4095)
		return bad_key(reader, at,
			       "must be the absolute path of a program, or "
			       "\"*\" for any");
	if (program[strcspn(program, "*?")])
		return bad_key(reader, at,
			       "holds a wildcard, which programs do not have; "
			       "name each program");
	return 0;
}

/* The slot of a program: the one that has its name, or a new one. */
static struct program_rules *slot(struct pj_policy *policy, const char *program)
{
	struct program_rules *grown;

	for (size_t i = 0; i < policy->program_count; i++)
		if (strcmp(policy->programs[i].program, program) == 0) {
			program_rules_clear(&policy->programs[i]);
			return &policy->programs[i];
		}
	grown = reallocarray(policy->programs, policy->program_count + 1,
			     sizeof(*grown));
	if (!grown)
		return NULL;
	policy->programs = grown;
	grown += policy->program_count++;
	*grown = (struct program_rules){ 0 };
	return grown;
}

static int read_program(struct reader *reader, const struct place *at,
			const json_t *value)
{
	struct resolution r;
	struct program_rules *rules;
	int result = check_program(reader, at);

	if (result < 0)
		return result;
	rules = slot(reader->policy, at->key);
	if (!rules)
		return reader_no_memory(reader);
	rules->program = strdup(at->key);
	if (!rules->program)
		return reader_no_memory(reader);
	result = resolve_path(&reader->draft->known, &reader->policy->memory,
			      at->key, false, &r);
	if (result == -ENOMEM)
		return reader_no_memory(reader);
	if (result == 0 && r.items[r.count - 1].exists)
		rules->canonical = r.items[r.count - 1].path;
	else if (reader_warn(reader, at, "there is no such program") < 0)
		return reader_no_memory(reader);
	return read_rules(reader, at, value, rules);
}

int read_commands(struct reader *reader, const struct place *at,
		  const json_t *value, const struct key *key, void *target)
{
	const char *name;
	json_t *item;

	(void)key, (void)target;
	if (!json_is_object(value))
		return bad(reader, at,
			   "must be an object of programs and their rules");
	reader->draft->commands_given = true;
	json_object_foreach((json_t *)value, name, item)
	{
		const struct place here = { .up = at, .key = name };
		int result = strcmp(name, "*") == 0
				     ? read_any_program(reader, &here, item)
				     : read_program(reader, &here, item);

		if (result < 0)
			return result;
	}
	return 0;
}
