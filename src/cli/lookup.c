/* SPDX-License-Identifier: Apache-2.0 */
/* From PROGRAM as typed to an absolute path, as execvp(3) does it but never by
 * way of a relative directory: an empty or relative PATH entry is skipped. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "cli/invocation.h"

static bool is_executable(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	       access(path, X_OK) == 0;
}

/* A new "dir/name"; NULL when out of memory. */
static char *join(const char *dir, size_t dir_len, const char *name)
{
	char *path = NULL;

	if (asprintf(&path, "%.*s/%s", (int)dir_len, dir, name) < 0)
		return NULL;
	return path;
}

/* The first that can be executed; else the first that exists, so that the
 * guard can say what is wrong with it; else the last that was tried. */
static bool search_path(const char *name, const char *path, char **ret_program,
			bool *ret_found)
{
	auto_free char *fallback = NULL;
	bool fallback_exists = false;

	for (const char *dir = path; *dir;) {
		size_t len = strcspn(dir, ":");
		auto_free char *candidate = NULL;

		if (dir[0] == '/') {
			candidate = join(dir, len, name);
			if (!candidate)
				return false;
		}
		dir += len + (dir[len] == ':');
		if (candidate && is_executable(candidate)) {
			*ret_program = take(candidate);
			*ret_found = true;
			return true;
		}
		if (candidate && !fallback_exists) {
			fallback_exists = access(candidate, F_OK) == 0;
			free(fallback);
			fallback = take(candidate);
		}
	}
	*ret_found = fallback_exists;
	*ret_program = fallback ? take(fallback) : join("", 0, name);
	return *ret_program != NULL;
}

bool lookup_program(const char *program, const char *path, const char *cwd,
		    char **ret_program, bool *ret_found)
{
	*ret_found = true;
	if (program[0] == '/' || program[0] == '\0') {
		*ret_program = strdup(program);
		return *ret_program != NULL;
	}
	if (!strchr(program, '/'))
		return search_path(program, path, ret_program, ret_found);
	*ret_program = join(cwd, strlen(cwd), program);
	return *ret_program != NULL;
}
