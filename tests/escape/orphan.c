/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orphan AT VICTIM PAYLOAD -- PROCJAIL ARGUMENT...
 *
 * Kills a process of a launch at each instant. The command is run under ptrace
 * over and over: in run k, when the AT-th process of its tree (0 is procjail
 * itself) makes its k-th call, the VICTIM-th is killed from outside, if it is
 * there yet. PAYLOAD is the file that is executed in the jail: this program,
 * which without arguments runs for ever.
 *
 * The caller must end, and nothing of the jail may be left then. Prints each
 * run where it was not so; exits 1 if there was one.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	PROCESSES_MAX = 16,
	PATIENCE_SECONDS = 100,
	SYSCALL_STOP = SIGTRAP | 0x80,
};

struct run {
	pid_t pids[PROCESSES_MAX];
	int count;
	int at, victim;
	unsigned long call, calls;
	bool killed, payload_came;
	pid_t held; /* goes on when the victim is gone */
	int status; /* of the caller; -1: it has not ended */
	int left;
};

static struct stat payload;
static volatile pid_t top;
static volatile sig_atomic_t late;

static void on_alarm(int number)
{
	(void)number;
	late = 1;
}

static void die(const char *what)
{
	printf("orphan: %s: %s\n", what, strerror(errno));
	exit(2);
}

static int place_of(struct run *run, pid_t pid)
{
	for (int i = 0; i < run->count; i++)
		if (run->pids[i] == pid)
			return i;
	if (run->count == PROCESSES_MAX)
		die("too many processes");
	run->pids[run->count] = pid;
	return run->count++;
}

static bool executes_payload(pid_t pid)
{
	char path[64];
	struct stat now;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	return stat(path, &now) == 0 && now.st_dev == payload.st_dev &&
	       now.st_ino == payload.st_ino;
}

static void at_call(struct run *run, pid_t pid, int place)
{
	struct __ptrace_syscall_info info = { 0 };

	if (place != run->at ||
	    ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY || ++run->calls != run->call ||
	    run->victim >= run->count)
		return;
	kill(run->pids[run->victim], SIGKILL);
	run->killed = true;
	run->held = pid;
}

/* The signal to go on with. */
static int at_stop(struct run *run, pid_t pid, int status)
{
	int signal = WSTOPSIG(status), place = place_of(run, pid);

	if (signal == SYSCALL_STOP) {
		at_call(run, pid, place);
		return 0;
	}
	if (status >> 16 == PTRACE_EVENT_EXEC && executes_payload(pid) &&
	    !run->killed) {
		run->payload_came = true;
		kill(top, SIGKILL);
	}
	return status >> 16 || signal == SIGSTOP ? 0 : signal;
}

/* A process that ends may still be there when its parent is told; it has no
 * memory then. */
static bool has_memory(pid_t pid)
{
	unsigned long pages = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/statm", pid);
	file = fopen(path, "re");
	if (file && fscanf(file, "%lu", &pages) != 1)
		pages = 0;
	if (file)
		fclose(file);
	return pages != 0;
}

/* The end of one: of the victim, upon which the other goes on; of the caller,
 * which by itself ends last. */
static void at_end(struct run *run, pid_t pid, int status)
{
	if (run->killed && pid == run->pids[run->victim])
		ptrace(PTRACE_CONT, run->held, NULL, 0L);
	if (pid != top)
		return;
	run->status = status;
	for (int i = 1; i < run->count && WIFEXITED(status); i++)
		run->left += has_memory(run->pids[i]);
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
	place_of(run, top);
	ptrace(PTRACE_SYSCALL, top, NULL, 0L);
	for (;;) {
		pid_t pid = waitpid(-1, &status, __WALL);
		long signal, held = run->held;

		if (pid < 0 && errno == EINTR && !late)
			continue;
		if (pid < 0)
			break;
		if (!WIFSTOPPED(status)) {
			at_end(run, pid, status);
			continue;
		}
		signal = at_stop(run, pid, status);
		if (pid == run->held && !held)
			continue;
		ptrace(run->killed ? PTRACE_CONT : PTRACE_SYSCALL, pid, NULL,
		       signal);
	}
}

/* Whoever is there still is traced by us, hence to be waited for. */
static void end_all(struct run *run)
{
	for (int i = 0; i < run->count; i++)
		run->left += kill(run->pids[i], SIGKILL) == 0;
	while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
		;
}

static struct run make_run(char **argv, int at, int victim, unsigned long call)
{
	struct run run = {
		.at = at, .victim = victim, .call = call, .status = -1
	};
	pid_t pid = fork();

	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(126);
		raise(SIGSTOP);
		execv(argv[0], argv);
		_exit(126);
	}
	top = pid;
	late = 0;
	alarm(PATIENCE_SECONDS);
	trace(&run);
	alarm(0);
	if (late)
		end_all(&run);
	return run;
}

int main(int argc, char **argv)
{
	/* Without SA_RESTART: the wait it interrupts shall end. */
	const struct sigaction action = { .sa_handler = on_alarm };
	unsigned int bad = 0, killed = 0;

	if (argc == 1)
		for (;;)
			pause();
	if (argc < 6 || stat(argv[3], &payload) < 0)
		return 2;
	sigaction(SIGALRM, &action, NULL);
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (unsigned long call = 1;; call++) {
		struct run run =
			make_run(argv + 5, atoi(argv[1]), atoi(argv[2]), call);

		if (run.calls < call)
			break;
		killed += run.killed;
		if (run.status >= 0 && !run.left)
			continue;
		bad++;
		printf("process %d killed at call %lu of process %d: the "
		       "caller "
		       "%s, %d left\n",
		       run.victim, call, run.at,
		       run.status < 0 ? "hangs" : "ended", run.left);
	}
	printf("%u killed, %u badly\n", killed, bad);
	return bad != 0 || !killed;
}
