/* SPDX-License-Identifier: Apache-2.0 */
/* Which tools of the system are run. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "host/tool.h"
#include "tap.h"

static void test_missing(void)
{
	struct pj_error err = { 0 };
	char *path = NULL;
	int fd = -1;

	CHECK(host_tool_open("procjail-no-such-tool", "its-package", &fd, &path,
			     &err) == -PJ_E_UNAVAILABLE);
	CHECK(strstr(err.message, "is not installed"));
	CHECK(strstr(err.message, "apt-get install its-package"));
	CHECK(fd == -1 && !path);
}

static void test_own_launcher(void)
{
	struct pj_error err = { 0 };
	char path[] = "/tmp/procjail-tool-XXXXXX";
	int fd = -1, file = mkstemp(path);

	CHECK(host_program_open("env", &fd, &err) == -PJ_E_ARGUMENT);
	CHECK(host_program_open("/nonexistent/env", &fd, &err) ==
	      -PJ_E_UNAVAILABLE);
	CHECK(host_program_open("/usr", &fd, &err) == -PJ_E_UNAVAILABLE);
	CHECK(strstr(err.message, "no regular file"));
	CHECK(file >= 0 && fchmod(file, 0644) == 0);
	CHECK(host_program_open(path, &fd, &err) == -PJ_E_UNAVAILABLE);
	CHECK(strstr(err.message, "not executable"));
	CHECK(fchmod(file, 0757) == 0);
	CHECK(host_program_open(path, &fd, &err) == -PJ_E_UNAVAILABLE);
	CHECK(strstr(err.message, "anybody may write it"));
	CHECK(fchmod(file, 0755) == 0 && fd == -1);
	CHECK(host_program_open(path, &fd, &err) == 0 && fd >= 0);
	close(fd);
	close(file);
	unlink(path);
}

static const struct tap_case cases[] = {
	{ "a tool that is missing", test_missing },
	{ "a launcher of the caller's", test_own_launcher },
};

TAP_MAIN(cases)
