/* SPDX-License-Identifier: Apache-2.0 */
/* The audit log: what a record holds and never holds, and that each way of
 * changing a log is found. */
#include <fcntl.h>
#include <jansson.h>
#include <procjail.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/stat.h>

#include "audit/audit.h"
#include "base/cleanup.h"
#include "supervise/result.h"
#include "tap.h"

static char directory[] = "/tmp/pj-test-audit-XXXXXX";
static char log_path[64];

static void remove_directory(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	if (system(command) != 0)
		perror(command);
}

static void make_directory(void)
{
	CHECK(mkdtemp(directory));
	atexit(remove_directory);
	snprintf(log_path, sizeof(log_path), "%s/audit.jsonl", directory);
}

static char *read_log(void)
{
	FILE *file = fopen(log_path, "re");
	char *data = calloc(1, 1 << 22);

	CHECK(file && data);
	CHECK(fread(data, 1, (1 << 22) - 1, file) > 0 || feof(file));
	fclose(file);
	return data;
}

static void write_log(const char *data, size_t len)
{
	FILE *file = fopen(log_path, "we");

	CHECK(file);
	CHECK(fwrite(data, 1, len, file) == len);
	CHECK(fclose(file) == 0);
}

static const char *const some_args[] = { "-n", "foo bar", "\xff\n", NULL };
static const char *const some_env[] = { "TOKEN=hunter2", "LANG=C", NULL };

static const struct pj_request some_request = {
	.size = sizeof(some_request),
	.program = "/usr/bin/grep",
	.args = some_args,
	.env = some_env,
	.cwd = "/work",
};

static void write_record(const struct pj_result *result,
			 const struct pj_error *failure)
{
	struct pj_audit *audit = NULL;
	struct pj_error err = { 0 };

	if (pj_audit_open(log_path, false, &audit, &err) != 0)
		printf("# %s\n", err.message);
	CHECK(audit);
	CHECK(pj_audit_write(audit, &some_request, NULL, result, NULL, failure,
			     &err) == 0);
	pj_audit_free(audit);
}

static uint64_t verified(int expected)
{
	uint64_t records = UINT64_MAX;
	struct pj_error err = { 0 };
	int r = pj_audit_verify(log_path, &records, &err);

	if (r != expected)
		printf("# verify: %d, %s\n", r, err.message);
	CHECK(r == expected);
	return records;
}

static void test_record(void)
{
	struct pj_result result = {
		.outcome = PJ_EXITED,
		.exit_code = 3,
		.usage = { .wall_ms = 3.14159, .cpu_ms = 0 },
		.strategy = (char *)"namespaces",
	};
	auto_free char *line = NULL;
	const char *text, *time;
	json_t *record, *request;

	make_directory();
	write_record(&result, NULL);
	line = read_log();
	CHECK(strchr(line, '\n') == line + strlen(line) - 1);
	CHECK(!strstr(line, "hunter2"));
	CHECK(strstr(line, "\"wall_ms\":3.142,"));
	record = json_loads(line, 0, NULL);
	CHECK(record);
	time = json_string_value(json_object_get(record, "time"));
	CHECK(time && strlen(time) == strlen("2026-01-02T03:04:05.678Z"));
	CHECK(time[19] == '.' && time[23] == 'Z');
	text = json_string_value(json_object_get(record, "id"));
	CHECK(text && strlen(text) == 32);
	CHECK_STR(json_string_value(json_object_get(record, "previous")),
		  AUDIT_HASH_FIRST);
	CHECK_STR(json_string_value(json_object_get(record, "verdict")),
		  "allowed");
	CHECK_STR(json_string_value(json_object_get(record, "outcome")),
		  "exited");
	CHECK_STR(json_string_value(json_object_get(record, "strategy")),
		  "namespaces");
	CHECK(json_integer_value(json_object_get(record, "exit_code")) == 3);
	CHECK(json_is_null(json_object_get(record, "signal")));
	CHECK(json_is_null(json_object_get(record, "error")));
	CHECK(!json_object_get(record, "cut"));
	request = json_object_get(record, "request");
	CHECK_STR(json_string_value(
			  json_array_get(json_object_get(request, "args"), 2)),
		  "\\xff\n");
	CHECK_STR(json_string_value(
			  json_array_get(json_object_get(request, "env"), 0)),
		  "TOKEN");
	json_decref(record);
}

static void test_failure_record(void)
{
	struct pj_error failed = { .code = PJ_E_UNAVAILABLE,
				   .stage = PJ_STAGE_PLAN,
				   .errnum = 1,
				   .message = "no network wall" };
	auto_free char *line = NULL;

	make_directory();
	write_record(NULL, &failed);
	line = read_log();
	CHECK(strstr(line, "\"verdict\":null"));
	CHECK(strstr(line, "\"outcome\":\"failed\""));
	CHECK(strstr(line, "\"code\":\"containment-unavailable\""));
	CHECK(strstr(line, "\"errno\":\"EPERM\""));
}

static void test_chain(void)
{
	make_directory();
	write_log("", 0);
	CHECK(verified(0) == 0);
	for (int i = 0; i < 5; i++)
		write_record(NULL, NULL);
	CHECK(verified(0) == 5);
}

static void test_mode(void)
{
	struct stat st;

	make_directory();
	umask(0);
	write_record(NULL, NULL);
	CHECK(stat(log_path, &st) == 0);
	CHECK((st.st_mode & 07777) == 0600);
}

/* Of three records, lines `from` up to `to` are left out. */
static void cut_lines(int from, int to)
{
	auto_free char *data = read_log();
	auto_free char *kept = calloc(1, strlen(data) + 1);
	int number = 1;

	for (const char *at = data; *at; number++) {
		size_t len = strcspn(at, "\n") + 1;

		if (number < from || number >= to)
			strncat(kept, at, len);
		at += len;
	}
	write_log(kept, strlen(kept));
}

static void three_records(void)
{
	make_directory();
	for (int i = 0; i < 3; i++)
		write_record(NULL, NULL);
	CHECK(verified(0) == 3);
}

static void test_cut_first(void)
{
	three_records();
	cut_lines(1, 2);
	CHECK(verified(-PJ_E_AUDIT) == 0);
}

static void test_cut_middle(void)
{
	three_records();
	cut_lines(2, 3);
	CHECK(verified(-PJ_E_AUDIT) == 1);
}

static void test_changed_byte(void)
{
	auto_free char *data = NULL;
	char *at;

	three_records();
	data = read_log();
	at = strstr(data, "grep");
	CHECK(at);
	memcpy(at, "yelp", 4);
	write_log(data, strlen(data));
	CHECK(verified(-PJ_E_AUDIT) == 1);
}

static void test_swapped(void)
{
	auto_free char *data = NULL;
	auto_free char *swapped = NULL;
	size_t first, second;

	three_records();
	data = read_log();
	first = strcspn(data, "\n") + 1;
	second = strcspn(data + first, "\n") + 1;
	swapped = calloc(1, strlen(data) + 1);
	CHECK(swapped);
	memcpy(swapped, data + first, second);
	memcpy(swapped + second, data, first);
	memcpy(swapped + first + second, data + first + second,
	       strlen(data) - first - second);
	write_log(swapped, strlen(data));
	CHECK(verified(-PJ_E_AUDIT) == 0);
}

static void test_not_json(void)
{
	struct pj_error err = { 0 };
	uint64_t records = 9;
	char expected[128];

	three_records();
	write_log("hello\n", 6);
	CHECK(pj_audit_verify(log_path, &records, &err) == -PJ_E_AUDIT);
	snprintf(expected, sizeof(expected), "%s:1:", log_path);
	CHECK(strncmp(err.message, expected, strlen(expected)) == 0);
	write_log("[]\n", 3);
	CHECK(verified(-PJ_E_AUDIT) == 0);
	write_log("{}\n", 3);
	CHECK(verified(-PJ_E_AUDIT) == 0);
	write_log("\n", 1);
	CHECK(verified(-PJ_E_AUDIT) == 0);
}

/* A cut last line: found by verify, and nothing is chained on it. */
static void test_cut_tail(void)
{
	auto_free char *data = NULL;
	struct pj_audit *audit = NULL;
	struct pj_error err = { 0 };

	three_records();
	data = read_log();
	write_log(data, strlen(data) - 10);
	CHECK(verified(-PJ_E_AUDIT) == 2);
	CHECK(pj_audit_open(log_path, false, &audit, &err) == -PJ_E_AUDIT);
	CHECK(!audit);
	CHECK(strstr(err.message, "cut"));
}

static void test_not_regular(void)
{
	struct pj_audit *audit = NULL;
	struct pj_error err = { 0 };
	char link_path[80], fifo_path[80];

	make_directory();
	snprintf(link_path, sizeof(link_path), "%s/link", directory);
	snprintf(fifo_path, sizeof(fifo_path), "%s/fifo", directory);
	CHECK(symlink(log_path, link_path) == 0);
	CHECK(mkfifo(fifo_path, 0600) == 0);
	CHECK(pj_audit_open(link_path, false, &audit, &err) == -PJ_E_AUDIT);
	CHECK(access(log_path, F_OK) < 0);
	CHECK(pj_audit_open(fifo_path, false, &audit, &err) == -PJ_E_AUDIT);
	CHECK(pj_audit_open(directory, false, &audit, &err) == -PJ_E_SYSTEM);
	CHECK(pj_audit_verify(fifo_path, NULL, &err) == -PJ_E_AUDIT);
	CHECK(pj_audit_verify(link_path, NULL, &err) == -PJ_E_AUDIT);
	CHECK(!audit);
}

/* Longer than the block that the tail is read in, on each side of its edge. */
static void test_long_lines(void)
{
	make_directory();
	for (size_t len = 16000; len < 17000; len += 77) {
		struct pj_audit *audit = NULL;
		struct pj_error err = { 0 };
		auto_free char *argument = malloc(len + 1);
		const char *args[] = { argument, NULL };
		struct pj_request request = { .size = sizeof(request),
					      .program = "/bin/x",
					      .args = args };

		CHECK(argument);
		memset(argument, 'a', len);
		argument[len] = '\0';
		CHECK(pj_audit_open(log_path, true, &audit, &err) == 0);
		CHECK(pj_audit_write(audit, &request, NULL, NULL, NULL, NULL,
				     &err) == 0);
		pj_audit_free(audit);
	}
	CHECK(verified(0) == 13);
}

/* Whatever was asked, the record stays readable and says that it is cut. */
static void test_huge_request(void)
{
	enum { ARGS = 200, ARG_LEN = 100000 };
	struct pj_audit *audit = NULL;
	struct pj_error err = { 0 };
	auto_free char *argument = malloc(ARG_LEN + 1);
	const char *args[ARGS + 1];
	struct pj_request request = { .size = sizeof(request),
				      .program = "/bin/x",
				      .args = args };
	struct stat st;

	make_directory();
	CHECK(argument);
	memset(argument, 1, ARG_LEN);
	argument[ARG_LEN] = '\0';
	for (int i = 0; i < ARGS; i++)
		args[i] = argument;
	args[ARGS] = NULL;
	CHECK(pj_audit_open(log_path, false, &audit, &err) == 0);
	CHECK(pj_audit_write(audit, &request, NULL, NULL, NULL, NULL, &err) ==
	      0);
	CHECK(pj_audit_write(audit, &some_request, NULL, NULL, NULL, NULL,
			     &err) == 0);
	pj_audit_free(audit);
	CHECK(stat(log_path, &st) == 0);
	CHECK((size_t)st.st_size < AUDIT_LINE_MAX);
	CHECK(verified(0) == 2);
}

enum { WRITERS = 4, RECORDS = 25 };

static void *write_many(void *data)
{
	struct pj_audit *audit = NULL;
	struct pj_error err = { 0 };

	(void)data;
	if (pj_audit_open(log_path, false, &audit, &err) != 0)
		return (void *)1;
	for (int i = 0; i < RECORDS; i++)
		if (pj_audit_write(audit, &some_request, NULL, NULL, NULL, NULL,
				   &err) != 0)
			return (void *)1;
	pj_audit_free(audit);
	return NULL;
}

static void test_concurrent(void)
{
	pthread_t threads[WRITERS];

	make_directory();
	for (size_t i = 0; i < WRITERS; i++)
		CHECK(pthread_create(&threads[i], NULL, write_many, NULL) == 0);
	for (size_t i = 0; i < WRITERS; i++) {
		void *failed = (void *)1;

		CHECK(pthread_join(threads[i], &failed) == 0 && !failed);
	}
	CHECK(verified(0) == WRITERS * RECORDS);
}

static int count_line(const char *line, size_t len, void *data)
{
	int *count = data;

	CHECK(line[0] == '{' && line[len - 1] == '}' && line[len] == '\0');
	return ++*count == 2;
}

static void test_read(void)
{
	struct pj_error err = { 0 };
	int count = 0;

	three_records();
	CHECK(pj_audit_read(log_path, count_line, &count, &err) == 0);
	CHECK(count == 2);
}

static const struct tap_case cases[] = {
	{ "a record holds names of variables, never values", test_record },
	{ "a failure is recorded", test_failure_record },
	{ "records chain", test_chain },
	{ "the log is made with mode 0600", test_mode },
	{ "the first record cut", test_cut_first },
	{ "a middle record cut", test_cut_middle },
	{ "a byte changed", test_changed_byte },
	{ "records swapped", test_swapped },
	{ "no records at all", test_not_json },
	{ "the last record cut in part", test_cut_tail },
	{ "links, fifos and directories are refused", test_not_regular },
	{ "long lines", test_long_lines },
	{ "a huge request", test_huge_request },
	{ "many writers", test_concurrent },
	{ "reading stops when told", test_read },
};

TAP_MAIN(cases)
