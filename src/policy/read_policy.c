/* SPDX-License-Identifier: Apache-2.0 */
/* The top of a policy document: its keys and their sections. */
#include <stddef.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/reader.h"

static const char *const risky_names[] = {
	[RISKY_DENY] = "deny",
	[RISKY_WARN] = "warn",
	[RISKY_ALLOW] = "allow",
	NULL,
};

static int read_risky(struct reader *reader, const struct place *at,
		      const json_t *value, const struct key *key, void *target)
{
	reader->draft->risky_given = true;
	return read_choice(reader, at, value, key, target);
}

static int read_metacharacters(struct reader *reader, const struct place *at,
			       const json_t *value, const struct key *key,
			       void *target)
{
	static const char *const names[] = { "allow", "deny", NULL };
	const struct key plain = { .detail = names };
	unsigned int choice = 0;
	int result = read_choice(reader, at, value, &plain, &choice);

	if (result < 0)
		return result;
	*(bool *)FIELD(target, key) = choice == 1;
	return 0;
}

/* For editors; says nothing to us. */
static int read_schema(struct reader *reader, const struct place *at,
		       const json_t *value, const struct key *key, void *target)
{
	(void)key, (void)target;
	return json_is_string(value) ? 0 : bad(reader, at, "must be a string");
}

#define POLICY(field) offsetof(struct pj_policy, field)

/* `version` and `extends` have been dealt with when the document is read. */
static const struct key keys[] = {
	{ "$schema", read_schema, 0, NULL },
	{ "version", read_nothing, 0, NULL },
	{ "extends", read_nothing, 0, NULL },
	{ "description", read_text, POLICY(description), NULL },
	{ "commands", read_commands, 0, NULL },
	{ "risky_programs", read_risky, POLICY(risky), risky_names },
	{ "shell_metacharacters", read_metacharacters,
	  POLICY(deny_metacharacters), NULL },
	{ "environment", read_environment, 0, NULL },
	{ "working_directory", read_working_directory, 0, NULL },
	{ "filesystem", read_filesystem, 0, NULL },
	{ "network", read_network, 0, NULL },
	{ "limits", read_limits, POLICY(limits), NULL },
	{ "syscalls", read_syscalls, 0, NULL },
	{ "containment", read_containment, 0, NULL },
};

int read_document(struct draft *draft, const struct document *document,
		  struct pj_error *err)
{
	struct reader reader = {
		.draft = draft,
		.policy = draft->policy,
		.document = document,
		.err = err,
	};

	return read_object(&reader, NULL, document->json, keys,
			   ARRAY_SIZE(keys), draft->policy);
}
