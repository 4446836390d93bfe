/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inject PROCESS FROM TO STEP PAYLOAD -- PROCJAIL ARGUMENT...
 *
 * Makes each system call of a launch fail once. The command is run under ptrace
 * over and over: in run k, the k-th call (FROM, FROM + STEP, … up to TO; what
 * is not positive counts from the last one, which is 0) of the PROCESS-th
 * process of its tree, in the order in which they were made (0 is procjail
 * itself), is replaced by one that does nothing and answers an error. PAYLOAD
 * is the file that is executed in the jail; its calls are left alone.
 *
 * It prints a description of its jail (strength.c). Each run must end in a
 * refusal that names the error, or with the very jail of a run in which nothing
 * failed. Prints each run that did not, and a count; exits 1 if there was one.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__

int main(void)
{
	puts("skip: registers are known for x86_64 only");
	return 77;
}

#else

enum {
	PROCESSES_MAX = 16,
	TEXT_MAX = 64 * 1024,
	HANG_SECONDS = 100,
	SYSCALL_STOP = SIGTRAP | 0x80,
};

/* One a call, in turn. Not ENOENT, EACCES or EINVAL, which are answers that a
 * launch believes: a file that is missing, that is closed to its user, that is
 * no link. */
static const int errors[] = { ENOMEM, EPERM, EIO, ENOSPC, EMFILE, EAGAIN };

struct traced {
	pid_t pid;
	unsigned long calls;
	bool left_alone; /* executes the payload, or all is done */
	bool answer_due; /* the next stop is the end of the replaced call */
};

struct run {
	struct traced processes[PROCESSES_MAX];
	int count; /* of processes, those that have ended too */
	int process;
	unsigned long call;
	int errnum;
	const char *name; /* of the call that failed, NULL: it never came */
	unsigned long nr;
	bool launched; /* before it: was there another process yet */
	bool hangs;
	int status;
	char out[TEXT_MAX], err[TEXT_MAX];
};

static struct stat payload;
static volatile pid_t top;
static volatile sig_atomic_t hangs;

static void die(const char *what)
{
	printf("inject: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void on_alarm(int number)
{
	(void)number;
	hangs = 1;
	kill(top, SIGKILL);
}

/* ---- one stop of one process ----------------------------------------------
 */

static struct traced *find(struct run *run, pid_t pid)
{
	for (int i = 0; i < run->count; i++)
		if (run->processes[i].pid == pid)
			return &run->processes[i];
	if (run->count == PROCESSES_MAX)
		die("too many processes");
	run->processes[run->count].pid = pid;
	return &run->processes[run->count++];
}

static bool executes_payload(pid_t pid)
{
	char path[64];
	struct stat now;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	return stat(path, &now) == 0 && now.st_dev == payload.st_dev &&
	       now.st_ino == payload.st_ino;
}

/* Calls that have no error to answer. */
static bool cannot_fail(unsigned long nr)
{
	static const unsigned long numbers[] = {
		SYS_exit_group, SYS_exit,	   SYS_rt_sigreturn,
		SYS_brk,	SYS_umask,	   SYS_getuid,
		SYS_geteuid,	SYS_getgid,	   SYS_getegid,
		SYS_getpid,	SYS_gettid,	   SYS_getppid,
		SYS_alarm,	SYS_clock_gettime,
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (nr == numbers[i])
			return true;
	return false;
}

/* At the start of the chosen call: something else is called in its place. A
 * close closes, whatever it answers. */
static void replace_call(struct run *run, struct traced *process)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, process->pid, NULL, &regs) < 0)
		die("PTRACE_GETREGS");
	run->nr = (unsigned long)regs.orig_rax;
	if (cannot_fail(run->nr))
		return;
	run->name = "";
	run->launched = run->count > 1;
	if (run->nr != SYS_close) {
		regs.orig_rax = SYS_getpid;
		if (ptrace(PTRACE_SETREGS, process->pid, NULL, &regs) < 0)
			die("PTRACE_SETREGS");
	}
	process->answer_due = true;
}

static void answer(struct run *run, struct traced *process)
{
	struct user_regs_struct regs;

	if (ptrace(PTRACE_GETREGS, process->pid, NULL, &regs) < 0)
		return; /* killed meanwhile */
	regs.rax = (unsigned long long)-(long long)run->errnum;
	ptrace(PTRACE_SETREGS, process->pid, NULL, &regs);
	process->answer_due = false;
}

static void at_call(struct run *run, struct traced *process)
{
	struct __ptrace_syscall_info info = { 0 };

	if (process->left_alone)
		return;
	if (process->answer_due) {
		answer(run, process);
		return;
	}
	if (ptrace(PTRACE_GET_SYSCALL_INFO, process->pid, sizeof(info), &info) <
		    0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	process->calls++;
	if (process - run->processes == run->process &&
	    process->calls == run->call && !run->name)
		replace_call(run, process);
}

/* The signal to go on with. */
static int at_stop(struct run *run, struct traced *process, int status)
{
	int signal = WSTOPSIG(status);

	if (signal == SYSCALL_STOP) {
		at_call(run, process);
		return 0;
	}
	if (status >> 16 == PTRACE_EVENT_EXEC)
		process->left_alone = executes_payload(process->pid);
	if (status >> 16)
		return 0;
	/* The first stop of a new process. */
	return signal == SIGSTOP && process->calls == 0 ? 0 : signal;
}

static bool wants_calls(const struct run *run, const struct traced *process)
{
	if (process->left_alone)
		return false;
	return !run->name || process->answer_due;
}

/* ---- one run --------------------------------------------------------------
 */

static void start(char **argv, int out, int err)
{
	pid_t pid = fork();

	if (pid == 0) {
		int null = dup2(STDIN_FILENO, STDIN_FILENO);

		if (null < 0 || dup2(out, STDOUT_FILENO) < 0 ||
		    dup2(err, STDERR_FILENO) < 0 ||
		    ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(126);
		raise(SIGSTOP);
		execv(argv[0], argv);
		_exit(126);
	}
	top = pid;
}

static void take_text(int fd, char text[TEXT_MAX])
{
	ssize_t n = pread(fd, text, TEXT_MAX - 1, 0);

	text[n < 0 ? 0 : n] = '\0';
	close(fd);
}

/* After a hang: a launcher that waits for itself would wait on. */
static void end_all(const struct run *run)
{
	for (int i = 0; hangs && i < run->count; i++)
		kill(run->processes[i].pid, SIGKILL);
}

static void trace(struct run *run)
{
	const long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
			     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			     PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
	int status;

	if (waitpid(top, &status, 0) != top || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, top, NULL, options) < 0) {
		printf("skip: no ptrace here: %s\n", strerror(errno));
		exit(77);
	}
	find(run, top)->calls = 0;
	ptrace(PTRACE_SYSCALL, top, NULL, 0L);
	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL);
		struct traced *process;
		long signal;

		if (pid < 0 && errno == EINTR) {
			end_all(run);
			continue;
		}
		if (pid < 0)
			return;
		if (!WIFSTOPPED(status)) {
			if (pid == top)
				run->status = status;
			continue;
		}
		process = find(run, pid);
		signal = at_stop(run, process, status);
		ptrace(wants_calls(run, process) ? PTRACE_SYSCALL : PTRACE_CONT,
		       pid, NULL, signal);
	}
}

static struct run *make_run(char **argv, int process, unsigned long call)
{
	struct run *run = calloc(1, sizeof(*run));
	int out = memfd_create("out", MFD_CLOEXEC);
	int err = memfd_create("err", MFD_CLOEXEC);

	if (!run || out < 0 || err < 0)
		die("memory");
	run->process = process;
	run->call = call;
	run->errnum = errors[call % (sizeof(errors) / sizeof(*errors))];
	hangs = 0;
	start(argv, out, err);
	alarm(HANG_SECONDS);
	trace(run);
	alarm(0);
	run->hangs = hangs;
	take_text(out, run->out);
	take_text(err, run->err);
	return run;
}

/* ---- judgement ------------------------------------------------------------
 */

#define UNSEEN "unseen "

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Lines of what may differ: what is granted may fail, who cannot tell whether a
 * thing needs a mask may mask it, and a namespace may be its own that need not
 * be. */
static bool may_differ(const char *got, const char *want)
{
	return (begins(got, "may ") && begins(want, "may ")) ||
	       (begins(got, "namespace net: own\n") &&
		begins(want, "namespace net: "));
}

static bool is_mask(const char *line)
{
	return begins(line, "mount: /file /proc/") ||
	       begins(line, "mount: /null /proc/") ||
	       begins(line, "mount: /none /proc/");
}

static const char *next_line(const char *text)
{
	text += strcspn(text, "\n");
	return text + (*text != '\0');
}

/* Behind the lines that begin as `unseen` says. */
static const char *skip_unseen(const char *unseen, const char *want)
{
	const char *kind = unseen + strlen(UNSEEN);
	size_t n = strcspn(kind, "\n");

	while (*want && strncmp(want, kind, n) == 0)
		want = next_line(want);
	return want;
}

/* The jail's description, up to where it was cut off. In a jail that ends
 * (`ended`) because its init does, what the broker should have opened cannot be
 * looked at; it says so. */
static bool as_strong(const char *got, const char *want, bool ended,
		      bool *ret_whole)
{
	*ret_whole = false;
	while (*got) {
		size_t n = strcspn(got, "\n"), wanted = strcspn(want, "\n");
		bool same = n == wanted && strncmp(got, want, n) == 0;
		bool unseen = ended && begins(got, UNSEEN);

		if (!same && got[n] == '\0')
			return begins(want, got) || may_differ(got, want) ||
			       unseen || (ended && begins(UNSEEN, got));
		if (unseen)
			want = skip_unseen(got, want);
		else if (same || may_differ(got, want))
			want = next_line(want);
		else if (!is_mask(got))
			return false;
		got = next_line(got);
	}
	*ret_whole = !*want;
	return true;
}

/* One line, with what failed or which promise was found not to be kept. */
static bool names_the_error(const struct run *run)
{
	const char *end = strchr(run->err, '\n');

	return strncmp(run->err, "procjail: ", 10) == 0 && end && !end[1] &&
	       (strstr(run->err, strerror(run->errnum)) ||
		/* Memory that is refused is that, whatever the errno. */
		strstr(run->err, "out of memory") ||
		strstr(run->err, "not in force") ||
		strstr(run->err, "before it told") ||
		strstr(run->err, "without a report"));
}

static const char *judge(const struct run *run, const struct run *good)
{
	int status = run->status;
	bool whole;

	if (run->hangs)
		return "hangs";
	if (!as_strong(run->out, good->out,
		       WIFEXITED(status) && WEXITSTATUS(status) == 125, &whole))
		return "another jail";
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return whole ? NULL : "cut off";
	if (!run->launched)
		return *run->out ? "ran all the same" : NULL;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 125)
		return "a wrong status";
	return names_the_error(run) ? NULL : "a wrong message";
}

static void show_difference(const char *got, const char *want)
{
	while (*got && *want) {
		size_t n = strcspn(got, "\n"), wanted = strcspn(want, "\n");

		if (n != wanted || strncmp(got, want, n) != 0) {
			printf("  got    %.*s\n  wanted %.*s\n", (int)n, got,
			       (int)wanted, want);
			return;
		}
		got += n + (got[n] != '\0');
		want += wanted + (want[wanted] != '\0');
	}
}

static bool tell(const struct run *run, const struct run *good)
{
	const char *wrong = judge(run, good);

	if (getenv("INJECT_VERBOSE"))
		printf("process %d call %lu (%lu) %s: %#x %s\n", run->process,
		       run->call, run->nr, strerrorname_np(run->errnum),
		       (unsigned int)run->status, run->err);
	if (!wrong)
		return true;
	printf("process %d, call %lu (number %lu) answers %s: %s (status "
	       "%#x)\n  %s\n",
	       run->process, run->call, run->nr, strerrorname_np(run->errnum),
	       wrong, (unsigned int)run->status, run->err);
	show_difference(run->out, good->out);
	return false;
}

int main(int argc, char **argv)
{
	/* Without SA_RESTART: the wait it interrupts shall end. */
	const struct sigaction action = { .sa_handler = on_alarm };
	unsigned long runs = 0, bad = 0;
	struct run *good;
	long from, to, step, last;
	int process;

	if (argc < 8 || stat(argv[5], &payload) < 0)
		return 2;
	process = atoi(argv[1]);
	from = atol(argv[2]);
	to = atol(argv[3]);
	step = atol(argv[4]);
	argv += 7;
	sigaction(SIGALRM, &action, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);

	good = make_run(argv, -1, 0);
	if (good->status || !*good->out) {
		printf("the command fails by itself: %#x %s\n",
		       (unsigned int)good->status, good->err);
		return 2;
	}
	last = (long)good->processes[process].calls;
	from = from > 0 ? from : last + from;
	to = to > 0 ? to : last + to;
	for (long k = from > 0 ? from : 1; k <= to; k += step) {
		struct run *run = make_run(argv, process, (unsigned long)k);

		if (run->name) {
			runs++;
			bad += !tell(run, good);
		}
		free(run);
	}
	printf("%lu calls failed once, %lu badly\n", runs, bad);
	return bad != 0 || !runs;
}

#endif
