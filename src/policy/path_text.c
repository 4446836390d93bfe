/* SPDX-License-Identifier: Apache-2.0 */
/* Cleaning and joining of paths. */
#include "policy/path_text.h"

#include <string.h>

/* Whether what follows a slash is empty, "." or "..". */
static bool is_no_name(const char *component)
{
	size_t n = 0;

	while (n < 2 && component[n] == '.')
		n++;
	return !component[n] || component[n] == '/';
}

bool path_is_clean(const char *path)
{
	if (path[0] != '/')
		return false;
	if (!path[1])
		return true;
	for (; *path; path++)
		if (*path == '/' && is_no_name(path + 1))
			return false;
	return true;
}

char *path_clean(struct arena *text, const char *path, bool fold)
{
	char *out = arena_alloc(text, strlen(path) + 2);
	size_t used = 0;

	if (!out)
		return NULL;
	while (*path) {
		size_t n = strcspn(path, "/");

		if (n == 2 && path[0] == '.' && path[1] == '.' && fold) {
			while (used && out[--used] != '/')
				;
		} else if (n && !(n == 1 && path[0] == '.')) {
			out[used++] = '/';
			memcpy(out + used, path, n);
			used += n;
		}
		path += n;
		path += *path == '/';
	}
	if (!used)
		out[used++] = '/';
	out[used] = '\0';
	return out;
}

char *path_join(struct arena *text, const char *parent, const char *rest)
{
	size_t n = strlen(parent), rest_size = strlen(rest) + 1;
	char *out;

	if (rest_size == 1)
		return arena_text(text, parent, n);
	if (strcmp(parent, "/") == 0)
		n = 0;
	out = arena_alloc(text, n + 1 + rest_size);
	if (!out)
		return NULL;
	memcpy(out, parent, n);
	out[n] = '/';
	memcpy(out + n + 1, rest, rest_size);
	return out;
}
