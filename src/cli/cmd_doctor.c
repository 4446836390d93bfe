/* SPDX-License-Identifier: Apache-2.0 */
/* procjail doctor: what this host can enforce. */
#include "base/cleanup.h"
#include "cli/cli.h"

static int set_json(void *target, const char *value)
{
	(void)value;
	*(bool *)target = true;
	return 0;
}

static const struct option own_options[] = {
	{ 0, "json", NULL, "print one JSON object", set_json },
	{ 0 },
};

static int report(bool json)
{
	auto_free char *text = NULL;
	struct pj_error err = { 0 };

	if (pj_doctor(json, &text, &err) < 0)
		return failure(&err);
	return print_text(text);
}

static int run(const struct command *self, int argc, char **argv)
{
	bool json = false;
	int status = CLI_OK;

	if (!options_parse_operand(self, &json, argc, argv, NULL, &status))
		return status;
	return report(json);
}

const struct command cmd_doctor = {
	.name = "doctor",
	.full_name = "procjail doctor",
	.usage = "[--json]",
	.summary = "Say what this host can enforce, and how to get the rest",
	.own = own_options,
	.run = run,
};
