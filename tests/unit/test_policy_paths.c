/* SPDX-License-Identifier: Apache-2.0 */
/* What paths become: resolved, deduplicated, lifted by a child, or dropped. */
#include <time.h>

#include "base/cleanup.h"
#include "policy/path_text.h"
#include "policy/sort.h"
#include "policy_fixture.h"

#define FS(body) "{\"version\": 1, \"filesystem\": {" body "}}"

static void resolving(void)
{
	const struct path_rule *rule;
	struct pj_policy *p;
	char *link;

	set_up();
	make_directory("ws/a");
	make_file("ws/a/f", "");
	make_link("ws/l", "a/f");
	make_link("up", "ws/a");
	p = parse_good(FS("\"read\": [\"~\", \"l\", \"../up/../a//./f\"],"
			  "\"write\": [\"./not-there\"]"));
	CHECK(access_of(p, "home/x") == PATH_READ);
	CHECK(access_of(p, "ws") == -1 && access_of(p, "") == -1);
	rule = rule_of(p, "ws/a/f");
	CHECK(rule && rule->exists && S_ISREG(rule->type) && rule->inode);
	link = in_base("ws/l");
	CHECK_STR(rule->alias, link);
	CHECK(rule->more_aliases.count == 0);
	CHECK(p->path_count == 2);
	CHECK(warned(p, "filesystem.write[0]: "));
	CHECK(warned(p, "not-there is not granted: No such file"));
	free(link);
	pj_policy_free(p);
	CHECK(!parse(FS("\"deny\": [\"none/../x\"]")));
	CHECK(strstr(error.message, "filesystem.deny[0]: "));
	remove_base();
}

static void several_aliases(void)
{
	const struct path_rule *rule;
	struct pj_policy *p;

	set_up();
	make_directory("d");
	make_link("one", "d");
	make_link("two", "one");
	p = parse_good(
		FS("\"read\": [\"../one\", \"../d\", \"../two\", \"../one\"]"));
	rule = rule_of(p, "d");
	CHECK(p->path_count == 1 && rule && rule->alias);
	CHECK(rule->more_aliases.count == 1);
	pj_policy_free(p);
	remove_base();
}

static void missing_and_dangling(void)
{
	const struct path_rule *rule;
	struct pj_policy *p;
	char *alias;

	set_up();
	make_directory("ws/real");
	make_link("ws/link", "real");
	make_link("ws/dangling", "../home/none/x");
	make_link("ws/loop", "loop");
	p = parse_good(FS("\"write\": [\".\"], \"deny\": [\"link/m/n\", "
			  "\"dangling\", \"loop\", \"gone\"]"));
	rule = rule_of(p, "ws/real/m/n");
	CHECK(rule && !rule->exists && rule->type == 0);
	alias = in_base("ws/link/m/n");
	CHECK_STR(rule->alias, alias);
	free(alias);
	rule = rule_of(p, "ws/link"); /* or it could be turned elsewhere */
	CHECK(rule && S_ISLNK(rule->type) && rule->access == PATH_PROTECT);
	rule = rule_of(p, "ws/dangling");
	CHECK(rule && rule->exists && S_ISLNK(rule->type) && rule->inode);
	rule = rule_of(p, "home/none/x");
	CHECK(rule && !rule->exists && rule->access == PATH_DENY &&
	      rule->alias);
	rule = rule_of(p, "ws/loop");
	CHECK(rule && S_ISLNK(rule->type));
	rule = rule_of(p, "ws/gone");
	CHECK(rule && !rule->exists && !rule->alias);
	CHECK(p->warnings.count == 0);
	pj_policy_free(p);
	remove_base();
}

/* Of equal paths: deny, protect, write, read. Otherwise the longest. */
static void precedence(void)
{
	struct pj_policy *p;

	set_up();
	make_directory("ws/a");
	make_directory("ws/b");
	make_directory("ws/c");
	make_directory("ws/c/d");
	make_directory("ws/ab");
	p = parse_good(FS("\"read\": [\"a\", \"b\", \"c\"], \"write\": [\".\", "
			  "\"a\", \"b\", \"c/d\"],"
			  "\"deny\": [\"a\"], \"protect\": [\"a\", \"b\"]"));
	CHECK(access_of(p, "ws") == PATH_WRITE);
	CHECK(access_of(p, "ws/a/x") == PATH_DENY);
	CHECK(access_of(p, "ws/ab") == PATH_WRITE);
	CHECK(access_of(p, "ws/b") == PATH_PROTECT);
	CHECK(access_of(p, "ws/c") == PATH_READ);
	CHECK(access_of(p, "ws/c/d/e") == PATH_WRITE);
	CHECK(access_of(p, "home") == -1);
	pj_policy_free(p);
	/* The root is a parent of all. */
	p = parse_good(FS("\"read\": [\"/\"], \"write\": [\"/\"]"));
	CHECK(access_of(p, "ws") == PATH_WRITE && p->path_count == 1);
	CHECK(policy_path_rule(p, "/")->access == PATH_WRITE);
	CHECK(warned(p, "the whole file system may be written"));
	pj_policy_free(p);
	remove_base();
}

/* A protection is no grant. */
static void protection_grants_nothing(void)
{
	struct pj_policy *p;

	set_up();
	make_file("ws/f", "");
	make_file("ws/g", "");
	p = parse_good(FS("\"protect\": [\"f\", \"g\"], \"write\": [\"g\"]"));
	CHECK(access_of(p, "ws/f") == -1);
	CHECK(access_of(p, "ws/g") == PATH_READ);
	CHECK(p->idle_count == 1);
	pj_policy_free(p);
	p = parse_good(FS("\"protect\": [\"f\"], \"read\": [\".\"]"));
	CHECK(access_of(p, "ws/f") == PATH_READ);
	pj_policy_free(p);
	p = parse_good(FS("\"tmp\": \"host\", \"protect\": [\"f\"]"));
	CHECK(access_of(p, "ws/f") == PATH_PROTECT); /* BASE is in /tmp */
	pj_policy_free(p);
	remove_base();
}

#define CHILD(parent, body)                                                    \
	"{\"version\": 1, \"extends\": " parent ", \"filesystem\": {" body "}" \
	"}"

static void lifting(void)
{
	struct pj_policy *p;

	set_up();
	make_directory("ws/a");
	make_directory("ws/b");
	make_directory("ws/b/c");
	make_file("parent.json", FS("\"write\": [\".\", \"a\"], \"deny\": "
				    "[\"a\", \"b\"], \"protect\": [\"a\"]"));
	make_file("guard.json", FS("\"write\": [\".\"], \"protect\": [\"a\"]"));
	/* Widening around a denial leaves it. */
	p = parse_good(CHILD("\"parent.json\"", "\"read\": [\".\", \"/\"]"));
	CHECK(access_of(p, "ws/a") == PATH_DENY &&
	      access_of(p, "ws/b") == PATH_DENY);
	pj_policy_free(p);
	/* Below a denial, the longest path wins. */
	p = parse_good(CHILD("\"parent.json\"", "\"read\": [\"b/c\"]"));
	CHECK(access_of(p, "ws/b") == PATH_DENY &&
	      access_of(p, "ws/b/c") == PATH_READ);
	pj_policy_free(p);
	/* The very same path lifts; `read` gives no more than reading, although
	 * the parent's own `write` named it. */
	p = parse_good(CHILD("\"parent.json\"", "\"read\": [\"b\"]"));
	CHECK(access_of(p, "ws/b") == PATH_READ &&
	      access_of(p, "ws/a") == PATH_DENY);
	pj_policy_free(p);
	p = parse_good(CHILD("\"parent.json\"", "\"read\": [\"a\"]"));
	CHECK(access_of(p, "ws/a") == PATH_PROTECT);
	pj_policy_free(p);
	p = parse_good(CHILD("\"parent.json\"", "\"write\": [\"a\"]"));
	CHECK(access_of(p, "ws/a") == PATH_WRITE);
	pj_policy_free(p);
	p = parse_good(CHILD("\"guard.json\"", "\"read\": [\"a\"]"));
	CHECK(access_of(p, "ws/a") == PATH_PROTECT);
	pj_policy_free(p);
	/* In the child itself, deny is stronger. */
	p = parse_good(CHILD("\"parent.json\"",
			     "\"write\": [\"a\"], \"deny\": [\"a\"]"));
	CHECK(access_of(p, "ws/a") == PATH_DENY);
	pj_policy_free(p);
	remove_base();
}

/* A sibling in a list of `extends` is no child. */
static void siblings_lift_nothing(void)
{
	struct pj_policy *p;

	set_up();
	make_directory("ws/a");
	make_file("deny.json", FS("\"deny\": [\"a\"]"));
	make_file("grant.json", FS("\"read\": [\".\", \"a\"]"));
	make_file("c1.json", CHILD("\"deny.json\"", "\"read\": [\"a\"]"));
	make_file("c2.json", CHILD("\"deny.json\"", "\"write\": [\"a\"]"));
	p = parse_good(CHILD("[\"deny.json\", \"grant.json\"]", ""));
	CHECK(access_of(p, "ws/a") == PATH_DENY);
	pj_policy_free(p);
	p = parse_good(CHILD("[\"c1.json\", \"c2.json\"]", ""));
	CHECK(access_of(p, "ws/a") == PATH_DENY);
	pj_policy_free(p);
	p = parse_good(
		CHILD("[\"c1.json\", \"c2.json\"]", "\"read\": [\"a\"]"));
	CHECK(access_of(p, "ws/a") == PATH_READ);
	pj_policy_free(p);
	remove_base();
}

static void sets_lift_nothing(void)
{
	struct pj_policy *p;

	set_up();
	make_directory("home/.ssh");
	make_directory("home/.cargo");
	make_directory("home/.cargo/bin");
	make_file("parent.json", FS("\"read\": [\"~\"], \"deny\": "
				    "[\"@secrets\", \"~/.cargo/bin\"]"));
	p = parse_good(CHILD("\"parent.json\"",
			     "\"read\": [\"@secrets\", \"@toolchains\"]"));
	CHECK(access_of(p, "home/.ssh/id") == PATH_DENY);
	CHECK(access_of(p, "home/.aws") == PATH_DENY);
	CHECK(access_of(p, "home/.cargo/bin") == PATH_DENY);
	CHECK(access_of(p, "home") == PATH_READ);
	pj_policy_free(p);
	p = parse_good(CHILD("\"parent.json\"", "\"read\": [\"~/.ssh\"]"));
	CHECK(access_of(p, "home/.ssh/id") == PATH_READ);
	pj_policy_free(p);
	remove_base();
}

static void executes(void)
{
	struct pj_policy *p;

	set_up();
	p = parse_good(FS("\"execute\": []"));
	CHECK(p->execute_listed && p->execute_count == 0);
	pj_policy_free(p);
	p = parse_good(
		FS("\"execute\": [\"/usr\", \".\", \"/usr\", \"./none\"]"));
	CHECK(p->execute_count == 2 && warned(p, "filesystem.execute[3]"));
	CHECK(path_rules_find(p->executes, p->execute_count, "/usr/bin/env"));
	CHECK(!path_rules_find(p->executes, p->execute_count, "/etc"));
	pj_policy_free(p);
	remove_base();
}

static void homes(void)
{
	static const char text[] = FS("\"read\": [\"~/x\"]");
	struct pj_policy_options options = { .size = sizeof(options) };
	struct pj_policy *p = NULL;
	char *home;

	set_up();
	make_link("h", "home");
	make_file("home/x", "");
	home = in_base("h");
	setenv("HOME", home, 1);
	free(home);
	CHECK(pj_policy_parse(text, strlen(text), "t", &options, &p, &error) ==
	      0);
	CHECK(rule_of(p, "home/x") && rule_of(p, "home/x")->alias);
	CHECK(strstr(p->home, "/home"));
	p = pj_policy_free(p);
	setenv("HOME", "relative", 1);
	CHECK(pj_policy_parse(text, strlen(text), "t", &options, &p, &error) ==
	      0);
	CHECK(!p->home || p->home[0] == '/');
	p = pj_policy_free(p);
	options.home = "relative";
	CHECK(pj_policy_parse(text, strlen(text), "t", &options, &p, &error) ==
	      -PJ_E_ARGUMENT);
	options.home = NULL;
	options.workspace = "/not/there";
	CHECK(pj_policy_parse(text, strlen(text), "t", &options, &p, &error) ==
	      -PJ_E_ARGUMENT);
	options.size = 0;
	CHECK(pj_policy_parse(text, strlen(text), "t", &options, &p, &error) ==
	      -PJ_E_ARGUMENT);
	remove_base();
}

/* Ten thousand rules, half of them twice. */
static void many_rules(void)
{
	struct timespec start, end;
	struct pj_policy *p;
	size_t used = 0, size = 1 << 20;
	char *text = malloc(size);
	double seconds;

	set_up();
	used += (size_t)sprintf(text, "{\"version\": 1, \"filesystem\": "
				      "{\"write\": [\".\"], \"deny\": [\".\"");
	for (int i = 0; i < 10000; i++)
		used += (size_t)snprintf(text + used, size - used,
					 ",\n\"d%d/x/%d\"", i % 100, i % 5000);
	snprintf(text + used, size - used, "], \"protect\": [\"@git\"]}}");
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &start);
	p = parse_good(text);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
	seconds = (double)(end.tv_sec - start.tv_sec) +
		  (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	printf("# %.3f s\n", seconds);
	CHECK(p->path_count == 5001);
	CHECK(seconds < 1 || getenv("PJ_SANITIZED"));
	for (size_t i = 1; i < p->path_count; i++)
		CHECK(strcmp(p->paths[i - 1].path, p->paths[i].path) < 0);
	pj_policy_free(p);
	free(text);
	remove_base();
}

static void clean_paths(void)
{
	static const struct {
		const char *path;
		bool clean;
		const char *made, *folded;
	} rows[] = {
		{ "/", true, "/", "/" },
		{ "/a", true, "/a", "/a" },
		{ "/a/.b/..c/...", true, "/a/.b/..c/...", "/a/.b/..c/..." },
		{ "//a", false, "/a", "/a" },
		{ "/a/", false, "/a", "/a" },
		{ "/./a/.", false, "/a", "/a" },
		{ "/a/../b", false, "/a/../b", "/b" },
		{ "/..", false, "/..", "/" },
		{ "a", false, "/a", "/a" },
		{ "", false, "/", "/" },
	};
	auto_arena struct arena text = { 0 };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		CHECK(path_is_clean(rows[i].path) == rows[i].clean);
		CHECK_STR(path_clean(&text, rows[i].path, false), rows[i].made);
		CHECK_STR(path_clean(&text, rows[i].path, true),
			  rows[i].folded);
	}
	CHECK_STR(path_join(&text, "/", "a"), "/a");
	CHECK_STR(path_join(&text, "/a", "b/c"), "/a/b/c");
	CHECK_STR(path_join(&text, "/a", ""), "/a");
	CHECK_STR(path_join(&text, "x", "a"), "x/a");
}

static int compare_tens(const void *a, const void *b)
{
	return *(const int *)a / 10 - *(const int *)b / 10;
}

/* Equal ones keep their order. */
static void sorting(void)
{
	enum { MOST = 100 };
	int values[MOST], *pointers[MOST];
	unsigned int random = 1;

	for (size_t count = 0; count <= MOST; count++) {
		for (size_t i = 0; i < count; i++) {
			random = random * 1103515245 + 12345;
			values[i] = (int)(random >> 16) % 7 * 10;
			pointers[i] = &values[i];
		}
		CHECK(sort_pointers(pointers, count, compare_tens) == 0);
		for (size_t i = 1; i < count; i++) {
			int order = compare_tens(pointers[i - 1], pointers[i]);

			CHECK(order < 0 ||
			      (order == 0 && pointers[i - 1] < pointers[i]));
		}
	}
}

static const struct tap_case cases[] = {
	{ "paths are resolved", resolving },
	{ "several names of one path", several_aliases },
	{ "missing paths and dangling links", missing_and_dangling },
	{ "precedence", precedence },
	{ "a protection grants nothing", protection_grants_nothing },
	{ "a child lifts what it names", lifting },
	{ "siblings lift nothing", siblings_lift_nothing },
	{ "sets lift nothing", sets_lift_nothing },
	{ "execute", executes },
	{ "home and workspace", homes },
	{ "ten thousand rules", many_rules },
	{ "clean paths", clean_paths },
	{ "sorting", sorting },
};

TAP_MAIN(cases)
