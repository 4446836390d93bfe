/* SPDX-License-Identifier: Apache-2.0 */
/* procjail audit: check the log's chain, and read it. What the log holds was
 * chosen by others: it reaches a terminal with its control characters escaped.
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "cli/cli.h"

/* ---- verify -------------------------------------------------------------- */

static int run_verify(const struct command *self, int argc, char **argv)
{
	struct pj_error err = { 0 };
	const char *file = NULL;
	uint64_t records = 0;
	int status = CLI_OK;

	if (!options_parse_operand(self, NULL, argc, argv, &file, &status))
		return status;
	if (pj_audit_verify(file, &records, &err) < 0)
		return failure(&err);
	printf("%s: %" PRIu64 " record%s, the chain holds\n", file, records,
	       records == 1 ? "" : "s");
	return print_finish();
}

static const struct command verify = {
	.name = "verify",
	.full_name = "procjail audit verify",
	.usage = "FILE",
	.summary = "Say whether the log was cut or changed",
	.run = run_verify,
};

/* ---- show ---------------------------------------------------------------- */

static const char *text(const json_t *object, const char *key,
			const char *otherwise)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : otherwise;
}

static void print_word(const char *word)
{
	size_t size = strlen(word) * 4 + 1;
	auto_free char *escaped = malloc(size);
	bool plain =
		*word && strspn(word, "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789_@%+=:,./-") == strlen(word);

	if (!escaped)
		return;
	text_escape_controls(escaped, size, word, strlen(word));
	printf(plain ? " %s" : " '%s'", escaped);
}

/* "exited 0", "signaled 9", or the outcome alone. */
static void print_outcome(const json_t *record)
{
	const json_t *number = json_object_get(record, "exit_code");

	printf(" %s", text(record, "outcome", "-"));
	if (!json_is_integer(number))
		number = json_object_get(record, "signal");
	if (json_is_integer(number))
		printf(" %" JSON_INTEGER_FORMAT, json_integer_value(number));
}

static void print_reasons(const json_t *record)
{
	const json_t *error = json_object_get(record, "error");
	json_t *violation;
	size_t i;

	json_array_foreach(json_object_get(record, "violations"), i, violation)
		printf("%s%s", i ? "," : " ", text(violation, "code", "-"));
	if (json_is_object(error))
		printf(" %s", text(error, "code", "-"));
}

static void print_record(const json_t *record)
{
	const json_t *request = json_object_get(record, "request");
	json_t *argument;
	size_t i;

	printf("%s %s", text(record, "time", "-"),
	       text(record, "verdict", "-"));
	print_outcome(record);
	print_reasons(record);
	printf(" [%s]", text(record, "strategy", "-"));
	print_word(text(request, "program", "-"));
	json_array_foreach(json_object_get(request, "args"), i,
			   argument) if (json_is_string(argument))
		print_word(json_string_value(argument));
	putchar('\n');
}

struct showing {
	bool raw;
	uint64_t lines, first_bad; /* from 1; 0: each is a record */
};

/* What is no record ends it where it is the first line: the file is no log. In
 * a log that was changed, the rest is shown. */
static int show_line(const char *line, size_t len, void *data)
{
	struct showing *showing = data;
	json_t *record = json_loadb(line, len, 0, NULL);
	bool is_record = json_is_string(json_object_get(record, "previous"));

	showing->lines++;
	if (!is_record && !showing->first_bad)
		showing->first_bad = showing->lines;
	if (showing->first_bad == 1) {
		json_decref(record);
		return 1;
	}
	if (showing->raw) {
		fwrite(line, 1, len, stdout);
		putchar('\n');
	} else if (is_record) {
		print_record(record);
	} else {
		printf("(no record)\n");
	}
	json_decref(record);
	return ferror(stdout);
}

static int set_json(void *target, const char *value)
{
	(void)value;
	((struct showing *)target)->raw = true;
	return 0;
}

static const struct option show_options[] = {
	{ 0, "json", NULL, "print the records as they are", set_json },
	{ 0 },
};

static int run_show(const struct command *self, int argc, char **argv)
{
	struct pj_error err = { 0 };
	const char *file = NULL;
	struct showing showing = { 0 };
	int status = CLI_OK;

	if (!options_parse_operand(self, &showing, argc, argv, &file, &status))
		return status;
	if (pj_audit_read(file, show_line, &showing, &err) < 0) {
		fflush(stdout);
		return failure(&err);
	}
	status = print_finish();
	if (!showing.first_bad)
		return status;
	if (showing.first_bad == 1)
		message("%s is no audit log: its first line is no record",
			file);
	else
		message("%s:%" PRIu64 ": this is no record; 'procjail audit "
			"verify' tells what holds",
			file, showing.first_bad);
	return CLI_FAILED;
}

static const struct command show = {
	.name = "show",
	.full_name = "procjail audit show",
	.usage = "[--json] FILE",
	.summary = "Print the log, one line a record",
	.own = show_options,
	.run = run_show,
};

static const struct command *const members[] = { &verify, &show, NULL };

const struct command cmd_audit = {
	.name = "audit",
	.full_name = "procjail audit",
	.usage = "COMMAND FILE",
	.summary = "Check and read an audit log",
	.members = members,
};
