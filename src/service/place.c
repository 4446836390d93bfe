/* SPDX-License-Identifier: Apache-2.0 */
/* A path by two names: as it was told, which is what the next service and its
 * clients follow, and as it leads, whatever becomes of links. */
#include "service/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

static int join(const char *start, const char *rest, char ret_path[PATH_MAX],
		struct pj_error *err)
{
	if (snprintf(ret_path, PATH_MAX, "%s%s", start, rest) >= PATH_MAX)
		return fail(err, PJ_STAGE_NONE, PJ_E_ARGUMENT, ENAMETOOLONG,
			    "%.100s", rest);
	return 0;
}

int place_absolute(const char *named, char ret_path[PATH_MAX],
		   struct pj_error *err)
{
	char cwd[PATH_MAX];
	size_t len;

	if (named[0] == '/')
		return join("", named, ret_path, err);
	/* Room for the slash. */
	if (!getcwd(cwd, sizeof(cwd) - 1))
		return fail_system(err, PJ_STAGE_NONE, errno, "%.100s", named);
	len = strlen(cwd);
	memcpy(cwd + len, "/", sizeof("/"));
	return join(cwd, named, ret_path, err);
}

int place_real(const char *absolute, char ret_path[PATH_MAX],
	       struct pj_error *err)
{
	auto_free char *there = strdup(absolute);
	char real[PATH_MAX];

	if (!there)
		return fail_memory(err, PJ_STAGE_NONE);
	/* Without the last component, as long as there is no such thing. */
	for (size_t end = strlen(there); end > 0;
	     end = (size_t)(strrchr(there, '/') - there)) {
		there[end] = '\0';
		if (realpath(there, real))
			return join(real, absolute + end, ret_path, err);
	}
	return join("", absolute, ret_path, err);
}
