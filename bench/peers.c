/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The same jail by others, or the nearest to it that they have: all files to
 * read, a private /tmp, own processes and devices, no network. A peer that is
 * not installed, or not for this user, does not work here and costs nothing.
 */
#include <stdio.h>
#include <unistd.h>

#include "launch.h"
#include "samples.h"

enum { ARGUMENTS_MAX = 24 };
enum peer { BWRAP, FIREJAIL, CRUN, NSJAIL, SRT };

/* Where the program's name goes. */
static const char program_here[] = "PROGRAM";

/* They start in `directory` below the bench's own, as packages install them:
 * what the user could have put before them in PATH is not looked at. */
static const struct {
	const char *name, *directory;
	const char *arguments[ARGUMENTS_MAX];
} peers[] = {
	[BWRAP] = { "bwrap",
		    "workspace",
		    { "--unshare-all", "--ro-bind", "/", "/", "--dev", "/dev",
		      "--proc", "/proc", "--tmpfs", "/tmp", "--die-with-parent",
		      "--new-session", "--", program_here } },
	[FIREJAIL] = { "firejail",
		       "workspace",
		       { "--quiet", "--noprofile", "--net=none",
			 "--ipc-namespace", "--read-only=/", "--private-tmp",
			 "--private-dev", "--nonewprivs", "--caps.drop=all",
			 "--seccomp", "--", program_here } },
	/* Its program is in the bundle's configuration (bundle.c). */
	[CRUN] = { "crun",
		   "bundle",
		   { "--root=state", "--cgroup-manager=disabled", "run",
		     "jail" } },
	[NSJAIL] = { "nsjail",
		     "workspace",
		     { "--mode", "o", "--really_quiet", "--chroot", "/",
		       "--tmpfsmount", "/tmp", "--", program_here } },
	[SRT] = { "srt",
		  "workspace",
		  { "--settings", "../bundle/srt.json", program_here } },
};

static int find(enum peer peer, char *path, size_t size)
{
	static const char *const places[] = { "/usr/bin", "/usr/local/bin" };

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(path, size, "%s/%s", places[i], peers[peer].name);
		if (access(path, X_OK) == 0)
			return 0;
	}
	return -1;
}

/* `argv` begins with `path` and has room for ARGUMENTS_MAX. */
static void command_line(enum peer peer, const char *path, const char *program,
			 const char **argv)
{
	const char *const *from = peers[peer].arguments;

	*argv++ = path;
	for (; *from; from++)
		*argv++ = *from == program_here ? program : *from;
	*argv = NULL;
}

static int sample(const struct setting *setting, enum target target,
		  enum peer peer, double *ret_value)
{
	const char *argv[ARGUMENTS_MAX + 1];
	char path[64], directory[PATH_MAX];

	if (find(peer, path, sizeof(path)) < 0)
		return -1;
	if (snprintf(directory, sizeof(directory), "%s/%s", setting->directory,
		     peers[peer].directory) >= PATH_MAX)
		return -1;
	command_line(peer, path, target_path(setting, target), argv);
	return timed_spawn(argv, directory, ret_value);
}

int sample_bwrap(const struct setting *setting, enum target target,
		 double *ret_value)
{
	return sample(setting, target, BWRAP, ret_value);
}

int sample_firejail(const struct setting *setting, enum target target,
		    double *ret_value)
{
	return sample(setting, target, FIREJAIL, ret_value);
}

int sample_crun(const struct setting *setting, enum target target,
		double *ret_value)
{
	return sample(setting, target, CRUN, ret_value);
}

int sample_nsjail(const struct setting *setting, enum target target,
		  double *ret_value)
{
	return sample(setting, target, NSJAIL, ret_value);
}

int sample_srt(const struct setting *setting, enum target target,
	       double *ret_value)
{
	return sample(setting, target, SRT, ret_value);
}

int sample_bwrap_memory(const struct setting *setting, enum target target,
			double *ret_value)
{
	const char *argv[ARGUMENTS_MAX + 1];
	char path[64];

	(void)setting;
	(void)target;
	if (find(BWRAP, path, sizeof(path)) < 0)
		return -1;
	command_line(BWRAP, path, "/bin/cat", argv);
	return supervisor_memory(argv, ret_value);
}
