/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Theory of operation: bench forks one worker as it is, and some that hold much
 * memory or see the host in another way. It asks one of them at a time, over a
 * pipe, for one sample, and waits for the answer; so samples from all of them
 * interleave. A worker ends when its pipe is closed; one that could not become
 * what it is to be has ended already, and what is asked of it does not work
 * here.
 */
#include "worker.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "namespaces.h"

struct question {
	sample_fn *sample; /* the same program on both sides */
	enum target target;
};

struct answer {
	int status;
	double value;
};

static void answer_questions(const struct setting *setting, int ask, int answer)
{
	struct question question;

	while (read(ask, &question, sizeof(question)) == sizeof(question)) {
		struct answer reply = { 0 };

		reply.status =
			question.sample(setting, question.target, &reply.value);
		if (write(answer, &reply, sizeof(reply)) != sizeof(reply))
			return;
	}
}

/* That much can be had, and some more. */
static bool memory_is_there(size_t megabytes)
{
	FILE *file = fopen("/proc/meminfo", "re");
	unsigned long kib = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (strncmp(line, "MemAvailable:", 13) == 0)
			kib = strtoul(line + 13, NULL, 10);
	if (file)
		fclose(file);
	return kib / 1024 > megabytes + megabytes / 4;
}

static int touch_memory(size_t megabytes)
{
	size_t size = megabytes * 1024 * 1024;
	void *memory = NULL;

	if (size == 0)
		return 0;
	if (!memory_is_there(megabytes))
		return -1;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	/* Small pages, as in a long-lived process with a scattered heap. */
	madvise(memory, size, MADV_NOHUGEPAGE);
	memset(memory, 1, size);
	return 0;
}

/* crun wants plain cgroup v2 at its place. Where the host has the hybrid, the
 * worker gets that view of its own: the cgroup it is in stays the same. */
static int see_plain_cgroups(void)
{
	static const char place[] = "/sys/fs/cgroup";
	struct statfs status;

	if (statfs(place, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC)
		return 0;
	if (enter_namespaces(CLONE_NEWNS | CLONE_NEWCGROUP) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -1;
	return mount("none", place, "cgroup2", 0, NULL);
}

int worker_start(struct worker *worker, const struct setting *setting,
		 const struct worker_kind *kind)
{
	int ask[2], answer[2];

	if (pipe2(ask, O_CLOEXEC) < 0)
		return -1;
	if (pipe2(answer, O_CLOEXEC) < 0) {
		close(ask[0]);
		close(ask[1]);
		return -1;
	}
	worker->pid = fork();
	if (worker->pid == 0) {
		close(ask[1]);
		close(answer[0]);
		if (touch_memory(kind->memory_mb) == 0 &&
		    (!kind->plain_cgroups || see_plain_cgroups() == 0))
			answer_questions(setting, ask[0], answer[1]);
		_exit(0);
	}
	close(ask[0]);
	close(answer[1]);
	worker->ask = ask[1];
	worker->answer = answer[0];
	return worker->pid > 0 ? 0 : -1;
}

int worker_sample(struct worker *worker, sample_fn *sample, enum target target,
		  double *ret_value)
{
	struct question question = { sample, target };
	struct answer answer = { 0 };

	if (write(worker->ask, &question, sizeof(question)) !=
		    sizeof(question) ||
	    read(worker->answer, &answer, sizeof(answer)) != sizeof(answer))
		return -1;
	*ret_value = answer.value;
	return answer.status;
}

void worker_stop(struct worker *worker)
{
	close(worker->ask);
	close(worker->answer);
	waitpid(worker->pid, NULL, 0);
}
