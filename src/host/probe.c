/* SPDX-License-Identifier: Apache-2.0 */
/* Finds out by trying: each trial runs in a child of its own, in namespaces of
 * its own, and leaves nothing. */
#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/kernel.h"
#include "host/host.h"

int host_landlock_abi(void)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
			   KERNEL_LANDLOCK_VERSION);

	return abi < 0 ? 0 : (int)abi;
}

/* The steps of a jail, in order; a trial ends with the first that fails. */
enum {
	TRIAL_CLONE,
	TRIAL_MAPS,
	TRIAL_MOUNT,
	TRIAL_ATTRIBUTES,
	TRIAL_PROC,
	TRIAL_NETWORK,
	TRIAL_DONE
};

static const char *const trial_names[] = {
	[TRIAL_CLONE] = "a user namespace",
	[TRIAL_MAPS] = "its user map",
	[TRIAL_MOUNT] = "mounting in it",
	[TRIAL_ATTRIBUTES] = "mount_setattr",
	[TRIAL_PROC] = "a new /proc",
	[TRIAL_NETWORK] = "a network namespace",
};

struct trial {
	int step, errnum;
};

static bool write_text(const char *path, const char *text)
{
	auto_fd int fd = open(path, O_WRONLY | O_CLOEXEC);

	return fd >= 0 &&
	       write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

static int attempt_mounts(uid_t uid)
{
	struct mount_attr readonly = { .attr_set = MOUNT_ATTR_RDONLY };
	char map[32];

	snprintf(map, sizeof(map), "%u %u 1\n", uid, uid);
	if (!write_text("/proc/self/setgroups", "deny") ||
	    !write_text("/proc/self/uid_map", map))
		return TRIAL_MAPS;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", "/proc", "tmpfs", 0, NULL) < 0 ||
	    umount2("/proc", MNT_DETACH) < 0)
		return TRIAL_MOUNT;
	if (syscall(SYS_mount_setattr, AT_FDCWD, "/", AT_RECURSIVE, &readonly,
		    sizeof(readonly)) < 0)
		return TRIAL_ATTRIBUTES;
	if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL) < 0)
		return TRIAL_PROC;
	if (unshare(CLONE_NEWNET) < 0)
		return TRIAL_NETWORK;
	return TRIAL_DONE;
}

static void attempt(int report_fd)
{
	struct trial trial = { .step = TRIAL_CLONE };
	uid_t uid = geteuid();
	pid_t pid;

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID) == 0) {
		/* A new /proc needs a process in the new pid namespace. */
		pid = fork();
		if (pid == 0) {
			trial.step = attempt_mounts(uid);
			trial.errnum = errno;
			if (write(report_fd, &trial, sizeof(trial)) < 0)
				_exit(1);
			_exit(0);
		}
		if (pid > 0)
			waitpid(pid, NULL, 0);
		_exit(0);
	}
	trial.errnum = errno;
	_exit(write(report_fd, &trial, sizeof(trial)) < 0);
}

/* fork() is dear in a large program; a probe is made once. */
static int try_namespaces(struct trial *ret_trial, struct pj_error *err)
{
	struct trial trial = { .step = TRIAL_CLONE, .errnum = EIO };
	int fds[2];
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return fail_system(err, PJ_STAGE_HOST, errno, "pipe");
	pid = fork();
	if (pid == 0)
		attempt(fds[1]);
	close(fds[1]);
	if (pid > 0) {
		ssize_t n = read(fds[0], &trial, sizeof(trial));

		if (n != sizeof(trial))
			trial = (struct trial){ TRIAL_CLONE, EIO };
		while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	close(fds[0]);
	if (pid < 0)
		return fail_system(err, PJ_STAGE_HOST, errno, "fork");
	*ret_trial = trial;
	return 0;
}

static bool has_action(unsigned int action)
{
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static char *find_tool(const char *name)
{
	static const char *const places[] = { "/usr/bin", "/usr/local/bin",
					      "/bin" };
	char *path = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		if (asprintf(&path, "%s/%s", places[i], name) < 0)
			return NULL;
		if (access(path, X_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

/* A jail's cgroup is made beside others: try whether that works. */
static void try_cgroup(struct host_cgroup *cgroup)
{
	auto_fd int parent = -1;
	char leaf[64];

	host_cgroup_find(cgroup);
	if (!cgroup->path)
		return;
	snprintf(leaf, sizeof(leaf), "procjail-trial-%d-%d", getpid(),
		 gettid());
	parent = open(cgroup->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (parent >= 0 && mkdirat(parent, leaf, 0755) == 0 &&
	    unlinkat(parent, leaf, AT_REMOVEDIR) == 0)
		return;
	host_cgroup_clear(cgroup);
	cgroup->missing = "none can be made in the delegated one";
}

static void take_trial(struct pj_host *host, const struct trial *trial)
{
	host->user_namespaces = trial->step > TRIAL_MOUNT;
	host->mount_setattr = trial->step > TRIAL_ATTRIBUTES;
	host->fresh_proc = trial->step > TRIAL_PROC;
	host->network_namespace = trial->step > TRIAL_NETWORK;
	if (trial->step != TRIAL_DONE) {
		host->user_namespaces_errno = trial->errnum;
		host->user_namespaces_step = trial_names[trial->step];
	}
}

int pj_host_probe(struct pj_host **ret_host, struct pj_error *err)
{
	struct trial trial = { .step = TRIAL_CLONE };
	struct pj_host *host;
	struct utsname uts;
	int status;

	if (!ret_host)
		return fail_missing(err, PJ_STAGE_HOST, "ret_host");
	host = calloc(1, sizeof(*host));
	if (!host)
		return fail_memory(err, PJ_STAGE_HOST);
	status = try_namespaces(&trial, err);
	if (status < 0) {
		pj_host_free(host);
		return status;
	}
	take_trial(host, &trial);
	host->landlock_abi = host_landlock_abi();
	host->seccomp_filter = has_action(SECCOMP_RET_ERRNO);
	host->seccomp_notify = has_action(SECCOMP_RET_USER_NOTIF);
	host->bwrap = find_tool("bwrap");
	host->firejail = find_tool("firejail");
	try_cgroup(&host->cgroup);
	if (uname(&uts) == 0)
		host->kernel = strdup(uts.release);
	*ret_host = host;
	return 0;
}

struct pj_host *pj_host_free(struct pj_host *host)
{
	if (!host)
		return NULL;
	host_cgroup_clear(&host->cgroup);
	free(host->bwrap);
	free(host->firejail);
	free(host->kernel);
	free(host);
	return NULL;
}
