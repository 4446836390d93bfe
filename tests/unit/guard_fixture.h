/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of the guard: a directory of its own with programs that are never
 * run, and one call from policy text and request to the first violation. In all
 * texts `$D` stands for that directory.
 */
#ifndef PJ_TESTS_GUARD_FIXTURE_H
#define PJ_TESTS_GUARD_FIXTURE_H

#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <procjail.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "tap.h"

/* Rows of the tables leave out what is NULL. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define FAIL(...)                                                              \
	do {                                                                   \
		printf("# " __VA_ARGS__);                                      \
		printf("\n");                                                  \
		fflush(stdout);                                                \
		_exit(TAP_EXIT_FAILED);                                        \
	} while (0)

struct query {
	const char *policy;
	const char *program;
	const char *args[12];
	const char *want; /* the first violation's code; NULL: allowed */
	const char *item; /* its item, when not NULL */
	const char *env[6];
	const char *cwd;
};

static char fixture_dir[PATH_MAX];

static inline int fixture_remove_one(const char *path, const struct stat *st,
				     int type, struct FTW *where)
{
	(void)st, (void)where;
	/* Never through a link: the fixture has links to the machine's files.
	 */
	if (type == FTW_DNR || type == FTW_D)
		chmod(path, 0700);
	return remove(path);
}

static inline void fixture_remove(void)
{
	nftw(fixture_dir, fixture_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* `text` with `$D` replaced. Lives until the case ends. */
static inline const char *fixture_text(const char *text)
{
	static char *kept[4096];
	static size_t count;
	size_t size = strlen(text) + 1, used = 0;
	char *out;

	for (const char *p = text; (p = strstr(p, "$D")); p += 2)
		size += strlen(fixture_dir);
	out = calloc(1, size);
	CHECK(out && count < sizeof(kept) / sizeof(*kept));
	for (const char *p = text; *p;) {
		if (strncmp(p, "$D", 2) == 0) {
			memcpy(out + used, fixture_dir, strlen(fixture_dir));
			used += strlen(fixture_dir);
			p += 2;
		} else {
			out[used++] = *p++;
		}
	}
	kept[count++] = out; /* reachable, for the leak checker */
	return out;
}

static inline void fixture_file(const char *path, const char *content,
				mode_t mode)
{
	int fd = open(fixture_text(path),
		      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK(write(fd, content, strlen(content)) == (ssize_t)strlen(content));
	CHECK(fchmod(fd, mode) == 0);
	close(fd);
}

static inline void fixture_make_dir(const char *path, mode_t mode)
{
	CHECK(mkdir(fixture_text(path), 0700) == 0);
	CHECK(chmod(fixture_text(path), mode) == 0);
}

static inline void fixture_link(const char *target, const char *path)
{
	CHECK(symlink(fixture_text(target), fixture_text(path)) == 0);
}

/* $D/tool, $D/other: programs; $D/work: a directory with a file. */
static inline void fixture_begin(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/pj-guard-XXXXXX", tmp ? tmp : "/tmp");
	CHECK(mkdtemp(path));
	CHECK(realpath(path, fixture_dir));
	CHECK(chmod(fixture_dir, 0755) == 0);
	atexit(fixture_remove);
	fixture_file("$D/tool", "\177ELF", 0755);
	fixture_file("$D/other", "\177ELF", 0755);
	fixture_make_dir("$D/work", 0755);
	fixture_file("$D/work/file", "", 0644);
}

static inline struct pj_policy *fixture_policy(const char *text)
{
	struct pj_policy_options options = {
		.size = sizeof(options),
		.workspace = fixture_text("$D/work"),
		.home = "/nonexistent",
	};
	const char *expanded = fixture_text(text);
	struct pj_policy *policy = NULL;
	struct pj_error err = { 0 };

	if (pj_policy_parse(expanded, strlen(expanded), "test", &options,
			    &policy, &err) < 0) {
		printf("# policy: %s\n# %s\n", err.message, expanded);
		FAIL("the policy does not parse");
	}
	return policy;
}

struct answer {
	int code;
	struct pj_command *command;
	struct pj_decision *decision;
	struct pj_error err;
};

static inline void answer_clear(struct answer *answer)
{
	pj_command_free(answer->command);
	pj_decision_free(answer->decision);
	memset(answer, 0, sizeof(*answer));
}

static inline struct answer fixture_ask(const struct query *query,
					unsigned int flags)
{
	static const char *const nothing[] = { NULL };
	struct pj_policy *policy = fixture_policy(query->policy);
	const char *args[16] = { NULL }, *env[8] = { NULL };
	struct pj_request request = {
		.size = sizeof(request),
		.program = fixture_text(query->program),
		.args = args,
		.env = env,
		.caller_env = nothing,
		.cwd = query->cwd ? fixture_text(query->cwd) : NULL,
	};
	struct answer answer = { 0 };

	for (size_t i = 0; query->args[i]; i++)
		args[i] = fixture_text(query->args[i]);
	for (size_t i = 0; query->env[i]; i++)
		env[i] = fixture_text(query->env[i]);
	answer.code = pj_prepare(policy, &request, flags, &answer.command,
				 &answer.decision, &answer.err);
	pj_policy_free(policy); /* before the command */
	return answer;
}

/* Ask and compare; says which query it was when it fails. */
static inline void fixture_check(const struct query *query, size_t number)
{
	struct answer answer = fixture_ask(query, 0);
	const struct pj_violation *first;
	const char *got;

	CHECK(answer.decision);
	first = pj_decision_violation(answer.decision, 0);
	got = first ? first->code : "(allowed)";
	if (strcmp(got, query->want ? query->want : "(allowed)") != 0) {
		printf("# query %zu: %s", number, query->program);
		for (size_t i = 0; query->args[i]; i++)
			printf(" %s", query->args[i]);
		printf("\n# got %s (%s), wanted %s\n", got,
		       first ? first->message : "",
		       query->want ? query->want : "(allowed)");
		FAIL("not the verdict");
	}
	CHECK(pj_decision_allowed(answer.decision) == !query->want);
	CHECK(answer.code == (query->want ? -PJ_E_DENIED : 0));
	CHECK(!answer.command == !!query->want);
	if (query->want) {
		CHECK(pj_decision_violation_count(answer.decision) == 1);
		CHECK(answer.err.code == PJ_E_DENIED);
		CHECK(strlen(first->message) > 10);
		CHECK(strlen(first->message) < 512);
	}
	if (query->item)
		CHECK_STR(first->item, fixture_text(query->item));
	answer_clear(&answer);
}

#define CHECK_QUERIES(queries)                                                 \
	for (size_t i_ = 0; i_ < sizeof(queries) / sizeof(*(queries)); i_++)   \
	fixture_check(&(queries)[i_], i_)

#endif
