/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all samples share. The jail is the one that bwrap is asked for, too:
 * all files to read, a private /tmp, an own /proc and /dev, no network, no
 * other process in sight.
 */
#include "setting.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char jail_format[] =
	"{ \"version\": 1,\n"
	"  \"commands\": { \"*\": \"any-arguments\" },\n"
	"  \"risky_programs\": \"allow\",\n"
	"  \"working_directory\": { \"default\": \"/\", \"within\": [\"/\"] "
	"},\n"
	"  \"filesystem\": { \"read\": [\"/\"], \"tmp\": \"private\" },\n"
	"  \"limits\": { \"stdout\": \"64MiB\" },\n"
	"  \"network\": { \"mode\": \"%s\" } }\n";

static const char guard_rule[] =
	"{ \"flags\": [\"-n\", \"-i\", \"-l\"],\n"
	"  \"options\": {\n"
	"    \"-m\": { \"type\": \"integer\", \"min\": 1, \"max\": 1000 },\n"
	"    \"--include\": { \"type\": \"string\",\n"
	"                   \"pattern\": \"^[A-Za-z0-9_.*-]+$\" } },\n"
	"  \"max_flags\": 4,\n"
	"  \"positionals\": { \"min\": 1, \"max\": 10 } }";

static int complain(const char *what, const struct pj_error *err)
{
	fprintf(stderr, "bench: %s: %s\n", what, err ? err->message : "failed");
	return -1;
}

static int write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");
	int status = -1;

	if (!file)
		return -1;
	if (fputs(text, file) >= 0)
		status = 0;
	if (fclose(file) != 0)
		status = -1;
	return status;
}

/* The jail with this network, loaded; kept at `path` if not NULL. */
static int make_jail(const char *network, const char *path,
		     struct pj_policy **ret_policy)
{
	const struct pj_policy_options options = { .size = sizeof(options),
						   .workspace = "/" };
	struct pj_error err = { 0 };
	char text[sizeof(jail_format) + 16];

	snprintf(text, sizeof(text), jail_format, network);
	if (path && write_file(path, text) < 0)
		return complain(path, NULL);
	if (pj_policy_parse(text, strlen(text), "jail", &options, ret_policy,
			    &err) < 0)
		return complain("the jail's policy", &err);
	return 0;
}

/* One directory, one source: what the run looks at first is soon seen. */
static int make_workspace(const char *path)
{
	char name[PATH_MAX + 16];

	snprintf(name, sizeof(name), "%s/src", path);
	if ((mkdir(path, 0755) < 0 && errno != EEXIST) ||
	    (mkdir(name, 0755) < 0 && errno != EEXIST))
		return complain(path, NULL);
	snprintf(name, sizeof(name), "%s/src/main.c", path);
	if (write_file(name, "int main(void) { return 0; }\n") < 0)
		return complain(name, NULL);
	return 0;
}

/* A program that the guard's policy may list: no link, no second name. */
static int plain_program(const struct dirent *entry)
{
	char path[PATH_MAX];
	struct stat status;

	snprintf(path, sizeof(path), "/usr/bin/%s", entry->d_name);
	return strcmp(entry->d_name, "true") != 0 &&
	       !strpbrk(entry->d_name, "\"\\") && lstat(path, &status) == 0 &&
	       S_ISREG(status.st_mode) && status.st_nlink == 1;
}

/* The rules of many programs; the one that is asked for comes last. */
static char *guard_policy(void)
{
	struct dirent **entries = NULL;
	int count = scandir("/usr/bin", &entries, plain_program, alphasort);
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	if (file) {
		fputs("{ \"version\": 1, \"commands\": {\n", file);
		for (int i = 0; i < count && i < GUARD_PROGRAMS - 1; i++)
			fprintf(file, "\"/usr/bin/%s\": %s,\n",
				entries[i]->d_name, guard_rule);
		fprintf(file, "\"/usr/bin/true\": %s },\n", guard_rule);
		fputs("\"working_directory\": { \"default\": \"/\", "
		      "\"within\": [\"/\"] } }\n",
		      file);
		fclose(file);
	}
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return text;
}

int setting_prepare(struct setting *setting, const char *directory)
{
	struct pj_policy_options options = { .size = sizeof(options),
					     .workspace = "/" };
	struct pj_error err = { 0 };
	char *text = NULL;
	int r;

	*setting = (struct setting){ 0 };
	snprintf(setting->directory, PATH_MAX, "%s", directory);
	snprintf(setting->procjail, PATH_MAX, "%s/procjail", directory);
	snprintf(setting->nothing, PATH_MAX, "%s/nothing", directory);
	snprintf(setting->writer, PATH_MAX, "%s/writer", directory);
	snprintf(setting->policy_file, PATH_MAX, "%s/jail.json", directory);
	snprintf(setting->client, PATH_MAX, "%s/client", directory);
	snprintf(setting->workspace, PATH_MAX, "%s/workspace", directory);
	if (make_jail("none", setting->policy_file, &setting->jail) < 0 ||
	    make_jail("loopback", NULL, &setting->loopback) < 0 ||
	    make_workspace(setting->workspace) < 0)
		return -1;
	text = guard_policy();
	if (!text)
		return complain("the guard's policy", NULL);
	r = pj_policy_parse(text, strlen(text), "guard", &options,
			    &setting->guard, &err);
	free(text);
	if (r < 0)
		return complain("the guard's policy", &err);
	if (pj_host_probe(&setting->host, &err) < 0)
		return complain("this host", &err);
	return 0;
}

/* It says a line when it listens. */
static bool says_that_it_listens(int fd)
{
	char text[512];
	ssize_t n = read(fd, text, sizeof(text) - 1);

	text[n > 0 ? n : 0] = '\0';
	return strstr(text, "listening") != NULL;
}

int setting_serve(struct setting *setting, const char *directory)
{
	char *const argv[] = { setting->procjail,
			       "pool",
			       "--socket",
			       setting->socket,
			       "--policies",
			       (char *)directory,
			       NULL };
	posix_spawn_file_actions_t actions;
	int told[2], status;
	pid_t pid = 0;
	bool listens;

	snprintf(setting->socket, PATH_MAX, "%s/pool.sock", directory);
	if (pipe2(told, O_CLOEXEC) < 0)
		return complain("pipe", NULL);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, told[1], STDERR_FILENO);
	status = posix_spawn(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(told[1]);
	if (status == 0)
		setting->service = pid;
	listens = status == 0 && says_that_it_listens(told[0]);
	close(told[0]);
	return listens ? 0 : complain("procjail pool", NULL);
}

void setting_release(struct setting *setting)
{
	if (setting->service) {
		kill(setting->service, SIGTERM);
		waitpid(setting->service, NULL, 0);
	}
	unlink(setting->policy_file);
	setting->jail = pj_policy_free(setting->jail);
	setting->loopback = pj_policy_free(setting->loopback);
	setting->guard = pj_policy_free(setting->guard);
	setting->host = pj_host_free(setting->host);
}
