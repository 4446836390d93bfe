/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The jail's processes, as /proc tells. In a pid namespace all of /proc but
 * ourselves is the jail. Sampling is the fallback where no cgroup accounts; the
 * kernel's own limits (RLIMIT_DATA, RLIMIT_CPU) bound what happens in between.
 */
#include "init/tree.h"

#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/signal.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/resource.h>

#include "base/kernel.h"
#include "init/lib.h"
#include "init/members.h"

enum { TICK_US = 10000 }; /* USER_HZ is 100 on both architectures */

/* The number behind "\nNAME:" in a /proc status file, times 1024. */
static uint64_t status_kib(const char *status, const char *name)
{
	size_t n = text_len(name);

	for (const char *at = status; *at;) {
		if (text_starts(at, name) && at[n] == ':') {
			for (at += n + 1; *at == ' ' || *at == '\t';)
				at++;
			return number_read(&at) * 1024;
		}
		while (*at && *at++ != '\n')
			;
	}
	return 0;
}

/* Fields 14 to 17 of /proc/PID/stat: utime stime cutime cstime. *ret_own: the
 * first two. */
static uint64_t stat_cpu_us(const char *stat, uint64_t *ret_own)
{
	const char *at = stat, *name_end = NULL;
	uint64_t ticks = 0, own = 0;

	for (; *at; at++)
		if (*at == ')')
			name_end = at;
	*ret_own = 0;
	if (!name_end)
		return 0;
	at = name_end + 1;
	for (int field = 2; *at && field < 18; at++) {
		if (*at != ' ')
			continue;
		field++;
		if (field >= 14 && field <= 17) {
			const char *digits = at + 1;

			ticks += number_read(&digits);
			if (field == 15)
				own = ticks;
		}
	}
	*ret_own = own * TICK_US;
	return ticks * TICK_US;
}

/* ---- time that nobody inherits --------------------------------------------
 */

/* A child whose parent does not wait for it takes its time along. So the time
 * of each process is kept by number from one sample to the next; /proc lists
 * them in order. */
enum { SEEN_MAX = 2048 };

static struct {
	uint64_t pid, own_us;
} seen[2][SEEN_MAX];
static unsigned int seen_count[2], seen_now;
static uint64_t gone_us; /* of those that are no longer there */

static void note_time(const char *pid, uint64_t own_us)
{
	unsigned int *count = &seen_count[seen_now];

	if (*count == SEEN_MAX)
		return;
	seen[seen_now][*count].pid = number_read(&pid);
	seen[seen_now][*count].own_us = own_us;
	++*count;
}

/* What all processes that were ever seen had used when last seen. */
static uint64_t noted_us(void)
{
	unsigned int before = !seen_now, at = 0;
	uint64_t now_us = 0;

	for (unsigned int i = 0; i < seen_count[seen_now]; i++)
		now_us += seen[seen_now][i].own_us;
	for (unsigned int i = 0; i < seen_count[before]; i++) {
		uint64_t pid = seen[before][i].pid;

		while (at < seen_count[seen_now] &&
		       seen[seen_now][at].pid < pid)
			at++;
		/* Less than before: a new process of that number. */
		if (at == seen_count[seen_now] ||
		    seen[seen_now][at].pid != pid ||
		    seen[seen_now][at].own_us < seen[before][i].own_us)
			gone_us += seen[before][i].own_us;
	}
	seen_now = before;
	seen_count[seen_now] = 0;
	return gone_us + now_us;
}

/* ---- one process ----------------------------------------------------------
 */

static char status[4096];

static bool status_read(int proc, const char *pid)
{
	struct line path;

	line_start(&path, pid);
	line_add(&path, "/status");
	return file_read(proc, path.text, status, sizeof(status)) > 0;
}

static bool status_has_memory(void)
{
	for (const char *at = status; *at; at++)
		if (*at == '\n' && text_starts(at + 1, "RssAnon:"))
			return true;
	return false;
}

/* A process whose first thread has ended shows no memory under its own number,
 * only under those of its other threads. Leaves such a thread's in `status`. */
static void find_memory(int proc, const char *pid, struct line *ret_thread)
{
	static char buffer[4096] __attribute__((aligned(8)));
	struct line path;
	long tasks, n = 0;

	line_start(ret_thread, pid);
	line_start(&path, pid);
	line_add(&path, "/task");
	if (status_has_memory() || status_kib(status, "Threads") <= 1024)
		return;
	tasks = raw(__NR_openat, proc, path.text,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tasks < 0)
		return;
	while (!status_has_memory() &&
	       (n = raw(__NR_getdents64, tasks, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < n && !status_has_memory();) {
			const struct kernel_entry *entry =
				(const void *)(buffer + at);

			at += entry->len;
			line_start(ret_thread, entry->name);
			if (entry->name[0] == '.' ||
			    !status_read(proc, entry->name))
				status[0] = '\0';
		}
	}
	raw(__NR_close, tasks);
}

static void sample_process(int proc, const char *pid,
			   struct tree_sample *sample)
{
	static char text[4096];
	static struct line thread;
	struct line path;
	uint64_t own_us;

	if (!status_read(proc, pid))
		return;
	sample->processes++;
	find_memory(proc, pid, &thread);
	sample->memory_bytes +=
		status_kib(status, "RssAnon") + status_kib(status, "RssShmem");
	line_start(&path, pid);
	line_add(&path, "/stat");
	if (file_read(proc, path.text, text, sizeof(text)) <= 0)
		return;
	sample->cpu_us += stat_cpu_us(text, &own_us);
	note_time(pid, own_us);
}

/* Shared pages once, not once a process: what the limit is about, and dearer
 * to ask for. */
static uint64_t proportional_bytes(int proc, const char *pid)
{
	static char text[4096];
	static struct line path;

	if (!status_read(proc, pid))
		return 0;
	find_memory(proc, pid, &path);
	line_add(&path, "/smaps_rollup");
	if (file_read(proc, path.text, text, sizeof(text)) <= 0)
		return 0;
	return status_kib(text, "Pss_Anon") + status_kib(text, "Pss_Shmem");
}

/* ---- all of them ----------------------------------------------------------
 */

/* Where we have no pid namespace of our own, all of /proc but a few is the
 * host's: the tree is found by the lists of children. */
enum { PIDS_MAX = 8192 };

static struct {
	uint32_t pid[PIDS_MAX];
	unsigned int count;
} found;

static void found_add(uint64_t pid)
{
	if (found.count < PIDS_MAX)
		found.pid[found.count++] = (uint32_t)pid;
}

/* Stops at the first process too many: the jail ends for it, and a fork bomb
 * grows while we read. */
static bool found_enough(const struct init_config *config)
{
	return found.count == PIDS_MAX || found.count > config->process_limit;
}

static void find_in_namespace(const struct init_config *config, int proc)
{
	static char buffer[8192] __attribute__((aligned(8)));
	long n;

	while (!found_enough(config) &&
	       (n = raw(__NR_getdents64, proc, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < n && !found_enough(config);) {
			const struct kernel_entry *entry =
				(const void *)(buffer + at);
			const char *name = entry->name;

			at += entry->len;
			if (*name >= '1' && *name <= '9' &&
			    !text_equal(name, "1"))
				found_add(number_read(&name));
		}
	}
}

/* PATH/children of one thread. */
static void find_children_of(int dir, const char *thread)
{
	static char text[16384];
	struct line path;
	const char *at = text;

	line_start(&path, thread);
	line_add(&path, "/children");
	if (file_read(dir, path.text, text, sizeof(text)) <= 0)
		return;
	while (*at) {
		uint64_t pid = number_read(&at);

		/* The last number may be cut. */
		if (pid && *at)
			found_add(pid);
		while (*at && (*at < '0' || *at > '9'))
			at++;
	}
}

static void find_children(const struct init_config *config, int proc,
			  uint32_t pid)
{
	static char buffer[4096] __attribute__((aligned(8)));
	struct line path;
	long tasks, n;

	line_start(&path, "");
	line_add_number(&path, pid);
	line_add(&path, "/task");
	tasks = raw(__NR_openat, proc, path.text,
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (tasks < 0)
		return;
	while (!found_enough(config) &&
	       (n = raw(__NR_getdents64, tasks, buffer, sizeof(buffer))) > 0) {
		for (long at = 0; at < n;) {
			const struct kernel_entry *entry =
				(const void *)(buffer + at);

			at += entry->len;
			if (entry->name[0] != '.')
				find_children_of((int)tasks, entry->name);
		}
	}
	raw(__NR_close, tasks);
}

/* In order, each once: a process may move to another parent while we read. */
static void found_sort(void)
{
	unsigned int kept = 0;

	for (unsigned int i = 1; i < found.count; i++) {
		uint32_t pid = found.pid[i];
		unsigned int at = i;

		for (; at && found.pid[at - 1] > pid; at--)
			found.pid[at] = found.pid[at - 1];
		found.pid[at] = pid;
	}
	for (unsigned int i = 0; i < found.count; i++)
		if (!kept || found.pid[kept - 1] != found.pid[i])
			found.pid[kept++] = found.pid[i];
	found.count = kept;
}

static void find_all(const struct init_config *config, int proc)
{
	found.count = 0;
	if (config->flags & INIT_PID_NAMESPACE) {
		find_in_namespace(config, proc);
		return;
	}
	find_children_of(proc, "thread-self");
	for (unsigned int i = 0; i < found.count && !found_enough(config); i++)
		find_children(config, proc, found.pid[i]);
	found_sort();
}

static long open_proc(void)
{
	return raw(__NR_openat, AT_FDCWD, "/proc",
		   O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

bool tree_sample(const struct init_config *config,
		 struct tree_sample *ret_sample)
{
	struct tree_sample sample = { 0 };
	struct rusage reaped;
	struct line pid;
	uint64_t noted;
	long proc = open_proc();

	if (proc < 0)
		return false;
	find_all(config, (int)proc);
	for (unsigned int i = 0; i < found.count; i++) {
		line_start(&pid, "");
		line_add_number(&pid, found.pid[i]);
		sample_process((int)proc, pid.text, &sample);
	}
	if (sample.memory_bytes > config->memory_limit) {
		sample.memory_bytes = 0;
		for (unsigned int i = 0; i < found.count; i++) {
			line_start(&pid, "");
			line_add_number(&pid, found.pid[i]);
			sample.memory_bytes +=
				proportional_bytes((int)proc, pid.text);
		}
	}
	raw(__NR_close, proc);
	raw(__NR_getrusage, RUSAGE_CHILDREN, &reaped);
	sample.cpu_us +=
		(uint64_t)(reaped.ru_utime.tv_sec + reaped.ru_stime.tv_sec) *
			1000000 +
		(uint64_t)(reaped.ru_utime.tv_usec + reaped.ru_stime.tv_usec);
	noted = noted_us();
	if (sample.cpu_us < noted)
		sample.cpu_us = noted;
	*ret_sample = sample;
	return true;
}

/* ---- the end --------------------------------------------------------------
 */

/* A signal to "all" reaches all that we may signal: from a domain whose signals
 * stay in it, just the jail. Our parent is outside; where a signal to it would
 * be allowed, or nobody can tell, we are in no such domain. */
static bool reaches_only_the_jail(const struct init_config *config)
{
	if (config->flags & INIT_PID_NAMESPACE)
		return true;
	return config->scoped && raw(__NR_kill, raw(__NR_getppid), 0) == -EPERM;
}

/* At once, under the lock that a fork needs: nobody is born past it. ESRCH:
 * there is nobody. Whoever were left would be waited for. */
static void kill_everybody(void)
{
	for (int i = 0; i < 8; i++) {
		long result = raw(__NR_kill, -1, SIGKILL);

		if (result >= 0 || result == -ESRCH)
			return;
	}
}

static void kill_child(long pid)
{
	raw(__NR_kill, pid, SIGKILL);
}

void tree_kill(const struct init_config *config)
{
	if (reaches_only_the_jail(config))
		kill_everybody();
	else
		children_each(kill_child);
}

void tree_kill_group(const struct init_config *config, long ended)
{
	long group;

	if (reaches_only_the_jail(config))
		return;
	group = child_group(ended);
	/* Ours is that of our workers. */
	if (group > 1 && group != raw(__NR_getpgid, 0))
		raw(__NR_kill, -group, SIGKILL);
}
