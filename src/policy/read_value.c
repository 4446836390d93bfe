/* SPDX-License-Identifier: Apache-2.0 */
/* The rule for one value: of an option, or of a positional. A key that does
 * not belong to the rule's type is an error: it would hold nothing. */
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/pattern.h"
#include "policy/dispose.h"
#include "policy/paths.h"
#include "policy/reader.h"

enum {
	MAX_PATTERN = 1024,
	/* What the bounds in braces may multiply to: the C library writes each
	 * repetition out, so that a short pattern can ask for all memory. */
	MAX_REPETITION = 20000,
};

static const char *const type_names[] = {
	[VALUE_ANY] = "any",	     [VALUE_STRING] = "string",
	[VALUE_INTEGER] = "integer", [VALUE_PATH] = "path",
	[VALUE_ENUM] = "enum",	     NULL,
};

static bool repeats_too_much(const char *pattern)
{
	uint64_t product = 1;

	for (const char *p = strchr(pattern, '{'); p; p = strchr(p + 1, '{')) {
		uint64_t largest = 1, number = 0;

		for (const char *q = p + 1; *q && *q != '}'; q++) {
			number = *q >= '0' && *q <= '9'
					 ? number * 10 + (uint64_t)(*q - '0')
					 : 0;
			if (number > largest)
				largest = number;
			if (largest > MAX_REPETITION)
				return true;
		}
		product *= largest;
		if (product > MAX_REPETITION)
			return true;
	}
	return false;
}

/* Where POSIX leaves the meaning of \c open, C libraries differ: the \d of
 * Perl is a letter d to one of them and a digit to another. */
static const char *undefined_escape(const char *pattern)
{
	for (const char *p = pattern; *p; p++) {
		if (*p == '[') { /* no escapes in a bracket expression */
			p += pattern_bracket_length(p) - 1;
		} else if (*p == '\\' && p[1]) {
			if (!strchr("^.[]$()|*+?{}\\/-", p[1]))
				return p;
			p++;
		}
	}
	return NULL;
}

static int read_pattern(struct reader *reader, const struct place *at,
			const json_t *value, const struct key *key,
			void *target)
{
	struct value_rule *rule = target;
	const char *text = json_string_value(value);
	char problem[160];
	regex_t compiled;
	int result;

	(void)key;
	if (!text)
		return bad(reader, at, "must be a string");
	if (!*text)
		return bad(reader, at, "is empty; leave it out for any string");
	if (strlen(text) > MAX_PATTERN)
		return bad(reader, at, "is longer than %d bytes", MAX_PATTERN);
	if (repeats_too_much(text))
		return bad(reader, at,
			   "repeats too much; use max_length and smaller "
			   "bounds in { }");
	if (undefined_escape(text))
		return bad(reader, at,
			   "holds %.2s, which is no POSIX extended regular "
			   "expression; write a bracket expression, as [0-9] "
			   "or [[:alnum:]_]",
			   undefined_escape(text));
	result = pattern_compile(&compiled, text);
	if (result) {
		regerror(result, &compiled, problem, sizeof(problem));
		return bad(reader, at,
			   "is no POSIX extended regular expression: %s",
			   problem);
	}
	regfree(&compiled);
	rule->pattern = pattern_new(text);
	return rule->pattern ? 0 : reader_no_memory(reader);
}

static int read_within(struct reader *reader, const struct place *at,
		       const json_t *value, const struct key *key, void *target)
{
	struct value_rule *rule = target;

	(void)key;
	rule->within_given = true;
	return read_list(reader, at, value, read_tree, &rule->within);
}

static int read_one_choice(struct reader *reader, const struct place *at,
			   const json_t *value, void *target)
{
	if (!json_is_string(value))
		return bad(reader, at, "must be a string");
	if (strv_push(target, json_string_value(value)) < 0)
		return reader_no_memory(reader);
	return 0;
}

static int read_choices(struct reader *reader, const struct place *at,
			const json_t *value, const struct key *key,
			void *target)
{
	(void)key;
	return read_list(reader, at, value, read_one_choice,
			 &((struct value_rule *)target)->choices);
}

static const struct whole_range lengths = { 0, 1024 * 1024 };

static const struct key keys[] = {
	{ "type", read_choice, offsetof(struct value_rule, type), type_names },
	{ "pattern", read_pattern, 0, NULL },
	{ "max_length", read_count, offsetof(struct value_rule, max_length),
	  &lengths },
	{ "min", read_int64, offsetof(struct value_rule, min), NULL },
	{ "max", read_int64, offsetof(struct value_rule, max), NULL },
	{ "within", read_within, 0, NULL },
	{ "enum", read_choices, 0, NULL },
};

/* Which type each key but "type" belongs to. */
static const struct {
	const char *key;
	enum value_type type;
} belongs[] = {
	{ "pattern", VALUE_STRING }, { "max_length", VALUE_STRING },
	{ "min", VALUE_INTEGER },    { "max", VALUE_INTEGER },
	{ "within", VALUE_PATH },    { "enum", VALUE_ENUM },
};

static int check_rule(struct reader *reader, const struct place *at,
		      const json_t *value, const struct value_rule *rule)
{
	for (size_t i = 0; i < ARRAY_SIZE(belongs); i++) {
		const struct place here = { .up = at, .key = belongs[i].key };

		if (json_object_get(value, belongs[i].key) &&
		    rule->type != belongs[i].type)
			return bad_key(reader, &here,
				       "belongs to \"type\": \"%s\", but the "
				       "type is \"%s\"",
				       type_names[belongs[i].type],
				       type_names[rule->type]);
	}
	if (rule->type == VALUE_ENUM && !json_object_get(value, "enum"))
		return bad(reader, at,
			   "is an enum without choices; add \"enum\": […]");
	if (rule->min > rule->max)
		return bad(reader, at,
			   "min %" PRId64 " is greater than max %" PRId64
			   "; no value would fit",
			   rule->min, rule->max);
	return 0;
}

int read_value_rule(struct reader *reader, const struct place *at,
		    const json_t *value, struct value_rule *rule)
{
	int result;

	*rule = (struct value_rule){
		.type = json_object_get(value, "enum") ? VALUE_ENUM : VALUE_ANY,
		.max_length = LIMIT_UNSET,
		.min = INT64_MIN,
		.max = INT64_MAX,
	};
	result = read_object(reader, at, value, keys, ARRAY_SIZE(keys), rule);
	return result < 0 ? result : check_rule(reader, at, value, rule);
}
