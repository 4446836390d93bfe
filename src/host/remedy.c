/* SPDX-License-Identifier: Apache-2.0 */
/* The command that mends what is missing, by what this host's settings say. */
#include "host/remedy.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"

/* A setting's number; `otherwise` where there is none. */
static long setting(const char *path, long otherwise)
{
	FILE *file = fopen(path, "re");
	char line[32];
	long value = otherwise;

	if (!file)
		return otherwise;
	if (fgets(line, sizeof(line), file))
		value = strtol(line, NULL, 10);
	fclose(file);
	return value;
}

/* Ubuntu 23.10 and newer: a profile by path is what lets a program through. */
static void write_profile(char *text, size_t size)
{
	char self[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	self[n > 0 ? n : 0] = '\0';
	snprintf(text, size,
		 "printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile "
		 "procjail \"%s\" flags=(unconfined) {\\n  userns,\\n}\\n' "
		 ">/etc/apparmor.d/procjail && apparmor_parser -r "
		 "/etc/apparmor.d/procjail (or for all programs: sysctl -w "
		 "kernel.apparmor_restrict_unprivileged_userns=0)",
		 n > 0 ? self : "/usr/bin/procjail");
}

void host_remedy_namespaces(char *text, size_t size)
{
	if (setting("/proc/sys/user/max_user_namespaces", 1) == 0)
		snprintf(text, size,
			 "sysctl -w user.max_user_namespaces=15000");
	else if (setting("/proc/sys/kernel/unprivileged_userns_clone", 1) == 0)
		snprintf(text, size,
			 "sysctl -w kernel.unprivileged_userns_clone=1");
	else if (setting("/proc/sys/kernel/"
			 "apparmor_restrict_unprivileged_userns",
			 0) == 1)
		write_profile(text, size);
	else
		snprintf(text, size,
			 "in a container, allow unshare, mount and a whole "
			 "/proc: docker run --security-opt seccomp=unconfined "
			 "--security-opt apparmor=unconfined --security-opt "
			 "systempaths=unconfined");
}

static bool says(const struct pj_error *why, const char *text)
{
	return strstr(why->message, text) != NULL;
}

void host_remedy(const char *strategy, const struct pj_error *why, char *text,
		 size_t size)
{
	static const struct {
		const char *strategy, *when, *command;
	} fixed[] = {
		{ "bubblewrap", "not installed", "apt-get install bubblewrap" },
		{ "bubblewrap", "root's alone",
		  "apt-get install --reinstall bubblewrap" },
		{ "firejail", "not installed", "apt-get install firejail" },
		{ "firejail", "not allowed to use",
		  "sudo firecfg --add-users $(id -un)" },
		{ "landlock", "ptrace_scope",
		  "sysctl -w kernel.yama.ptrace_scope=1" },
		{ "landlock", "/proc", "mount -t proc proc /proc" },
		{ "landlock", "",
		  "boot with lsm=landlock,… a kernel that has "
		  "CONFIG_SECURITY_LANDLOCK; in a container: "
		  "docker run --security-opt "
		  "seccomp=unconfined" },
	};

	text[0] = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(fixed); i++) {
		if (strcmp(fixed[i].strategy, strategy) != 0 ||
		    !says(why, fixed[i].when))
			continue;
		snprintf(text, size, "%s", fixed[i].command);
		return;
	}
	if (says(why, "system call filter"))
		snprintf(text, size,
			 "start it outside of other filters with a listener; "
			 "or a kernel with user notification (Linux 5.11 or "
			 "newer)");
	else if (strcmp(strategy, "namespaces") == 0 ||
		 strcmp(strategy, "bubblewrap") == 0)
		host_remedy_namespaces(text, size);
}
