/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must not get through a pool: nothing of one request to another, nothing
 * that the host has changed while a jail waited, no hand-over that is not one,
 * and nothing is left of a pool whose process is killed. The honest pair of
 * each is beside it, or in test_pool.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>

#include "launch/context.h"
#include "launch/handover.h"
#include "pool/pool.h"
#include "pool_fixture.h"

static void shell(const struct world *world, const char *text)
{
	char command[TEXT_MAX];

	snprintf(command, sizeof(command), "cd %s && { %s; }", world->dir,
		 text);
	CHECK(system(command) == 0);
}

/* ---- one request and the next -------------------------------------------- */

static void files_do_not_stay(void)
{
	struct world world = new_world(NULL);

	check_script(&world,
		     "echo secret > /tmp/file; echo secret > /dev/shm/file; "
		     "cat /tmp/file; echo kept > file",
		     "secret\n");
	check_script(&world, "ls -A /tmp /dev/shm; cat file",
		     "/dev/shm:\n\n/tmp:\nkept\n");
	end_world(&world);
}

static void processes_do_not_stay(void)
{
	struct world world = new_world(NULL);

	check_script(&world,
		     "sleep 1000 & setsid sleep 1000 >/dev/null 2>&1 & "
		     "echo $$",
		     "2\n");
	check_script(&world, "cd /proc; echo [0-9]*; echo $$", "1 2\n2\n");
	end_world(&world);
	CHECK(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
}

/* System V memory and queues, abstract and path sockets: what a next jail could
 * find by name. */
static void memory_and_sockets_do_not_stay(void)
{
	static const char make[] =
		"import socket, os, subprocess\n"
		"s = socket.socket(socket.AF_UNIX)\n"
		"s.bind(chr(0) + '%s'); s.listen()\n"
		"t = socket.socket(socket.AF_UNIX)\n"
		"t.bind('/tmp/socket'); t.listen()\n"
		"subprocess.run(['ipcmk', '-M', '100', '-Q'], check=True, "
		"stdout=subprocess.DEVNULL)\n"
		"print(open('/proc/sysvipc/shm').read().count('\\n'))\n";
	static const char look[] =
		"import socket\n"
		"for name in [chr(0) + '%s', '/tmp/socket']:\n"
		"    try:\n"
		"        socket.socket(socket.AF_UNIX).connect(name)\n"
		"        print('reached')\n"
		"    except OSError as error:\n"
		"        print(type(error).__name__)\n"
		"print(open('/proc/sysvipc/shm').read().count('\\n'))\n";
	struct world world = new_world(NULL);
	char text[TEXT_MAX], code[1000], name[40];

	if (access("/usr/bin/python3", X_OK) != 0 ||
	    access("/usr/bin/ipcmk", X_OK) != 0)
		SKIP("python3 and ipcmk are not installed");
	/* Names without a path are the host's: another run may have this one.
	 */
	snprintf(name, sizeof(name), "procjail-%d", (int)getpid());
	snprintf(code, sizeof(code), make, name);
	snprintf(text, sizeof(text), "exec python3 -c \"%s\"", code);
	check_script(&world, text, "2\n");
	snprintf(code, sizeof(code), look, name);
	snprintf(text, sizeof(text), "exec python3 -c \"%s\"", code);
	check_script(&world, text,
		     "ConnectionRefusedError\nFileNotFoundError\n1\n");
	end_world(&world);
}

/* Two at once, side by side. */
static void jails_do_not_see_each_other(void)
{
	struct world world = new_world(NULL);
	struct pj_command *command = script(
		world.policy, "echo here > /tmp/mark; echo up; read end");
	const struct pj_run_options options = { .size = sizeof(options),
						.interactive = true };
	struct pj_process *first = NULL;
	struct pj_error err = { 0 };
	const char *line;
	size_t len;

	await_waiting(world.pool, 2);
	CHECK(pj_pool_spawn(world.pool, command, &options, &first, &err) == 0);
	CHECK(pj_process_recv_line(first, 60000, &line, &len, &err) == 0);
	check_script(&world, "cat /tmp/mark 2>&1; cd /proc; echo [0-9]*",
		     "cat: /tmp/mark: No such file or directory\n1 2\n");
	pj_process_free(first);
	pj_command_free(command);
	end_world(&world);
}

/* The waiter's socket, its page, its name: exec has taken them away. */
static void nothing_of_the_waiter_stays(void)
{
	struct world world = new_world(NULL);

	check_script(&world,
		     "cd /proc/self/fd; for fd in *; do [ -e $fd ] && "
		     "echo $fd; done; grep -c wait /proc/$$/maps; "
		     "exec grep -E "
		     "'^Sig(Blk|Ign)' /proc/self/status",
		     "0\n1\n2\n0\nSigBlk:\t0000000000000000\n"
		     "SigIgn:\t0000000000000000\n");
	end_world(&world);
}

/* Every wall is that of a run: asked of the kernel by the program itself. */
static void the_walls_are_those_of_a_run(void)
{
	static const char text[] =
		"grep -E '^(NoNewPrivs|Seccomp|Cap|Uid)' "
		"/proc/self/status; ulimit -a; umask; "
		"sed 's/^[0-9]* [0-9]* [0-9:]*//' /proc/self/mountinfo; "
		"cat /proc/self/uid_map; hostname; unshare -r true 2>&1; "
		"kill -9 1; echo > /proc/1/comm; cat /proc/1/environ";
	struct world world = new_world(NULL);
	struct pj_command *command = script(world.policy, text);
	struct pj_result *warm, *cold = NULL;
	struct pj_error err = { 0 };
	size_t len;

	await_waiting(world.pool, 2);
	warm = run_in(world.pool, command);
	CHECK(stats_of(world.pool).warm == 1);
	CHECK(pj_run(command, NULL, &cold, &err) == 0);
	CHECK(strstr(pj_result_stdout(warm, &len), "NoNewPrivs:\t1"));
	CHECK(strstr(pj_result_stdout(warm, &len),
		     "CapBnd:\t0000000000000000"));
	CHECK_STR(pj_result_stdout(warm, &len), pj_result_stdout(cold, &len));
	CHECK_STR(pj_result_stderr(warm, &len), pj_result_stderr(cold, &len));
	pj_result_free(warm);
	pj_result_free(cold);
	pj_command_free(command);
	end_world(&world);
}

/* ---- while a jail waits -------------------------------------------------- */

/* A rename over what a mount hides takes the mount away, in every jail. */
static void a_denied_file_that_is_replaced(void)
{
	struct world world = { .dir = "/var/tmp/procjail-pool.XXXXXX" };
	struct pj_command *command;
	struct pj_result *result;
	size_t len;

	CHECK(mkdtemp(world.dir));
	shell(&world, "echo old > secret");
	world.policy = parse_policy(
		&world, "\"filesystem\": { \"read\": [\"/\"], "
			"\"write\": [\".\"], \"deny\": [\"./secret\"] }");
	world.pool = new_pool(world.policy, NULL);
	check_script(&world, "cat secret 2>/dev/null; echo $?", "1\n");
	await_waiting(world.pool, 2);
	shell(&world, "echo new > other; mv other secret");
	command = script(world.policy, "cat secret 2>/dev/null; echo $?");
	for (int i = 0; i < 3; i++) {
		result = run_in(world.pool, command);
		CHECK_STR(pj_result_stdout(result, &len), "1\n");
		pj_result_free(result);
	}
	CHECK(stats_of(world.pool).lost >= 1);
	/* Those that are made now hide what is there now. */
	check_script(&world, "cat secret 2>/dev/null; echo $?", "1\n");
	/* And what is made anew under the same number, perhaps. */
	await_waiting(world.pool, 2);
	shell(&world, "rm secret; echo newer > secret");
	result = run_in(world.pool, command);
	CHECK_STR(pj_result_stdout(result, &len), "1\n");
	pj_result_free(result);
	pj_command_free(command);
	end_world(&world);
}

/* A granted directory that is another one now: refused, as by pj_run(). */
static void a_granted_directory_that_is_replaced(void)
{
	struct world world = { .dir = "/var/tmp/procjail-pool.XXXXXX" };
	struct pj_command *command;
	struct pj_result *result = NULL;
	struct pj_error warm = { 0 }, cold = { 0 };

	CHECK(mkdtemp(world.dir));
	shell(&world, "mkdir out");
	world.policy =
		parse_policy(&world, "\"filesystem\": { \"read\": [\"/\"], "
				     "\"write\": [\"./out\"] }");
	world.pool = new_pool(world.policy, NULL);
	check_script(&world, "echo x > out/file; cat out/file", "x\n");
	await_waiting(world.pool, 2);
	shell(&world, "mkdir other; rm -r out; mv other out");
	command = script(world.policy, "echo x > out/file");
	CHECK(pj_pool_run(world.pool, command, NULL, &result, &warm) < 0);
	CHECK(pj_run(command, NULL, &result, &cold) < 0);
	CHECK_STR(warm.message, cold.message);
	pj_command_free(command);
	end_world(&world);
}

/* What is mounted later is seen, as by pj_run(). */
static void a_mount_that_is_made_meanwhile(void)
{
	struct world world;

	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		SKIP("needs root");
	world = new_world(NULL);
	check_script(&world, "ls; mkdir place", "");
	await_waiting(world.pool, 2);
	shell(&world, "mount -t tmpfs none place; echo x > place/file");
	{
		struct pj_command *command = script(world.policy, "ls place");
		struct pj_result *result = run_in(world.pool, command);
		size_t len;

		CHECK_STR(pj_result_stdout(result, &len), "file\n");
		CHECK(stats_of(world.pool).given_up == 2);
		pj_result_free(result);
		pj_command_free(command);
	}
	check_script(&world, "ls place", "file\n");
	shell(&world, "umount place");
	end_world(&world);
}

static void a_policy_that_is_changed(void)
{
	struct world world = new_world(NULL);
	struct pj_policy *narrow =
		parse_policy(&world, "\"filesystem\": { \"read\": [\"/\"] }");
	struct pj_command *old =
		script(world.policy, "echo x > file; cat file");
	struct pj_command *new = script(narrow, "echo y > file; cat file");
	struct pj_error err = { 0 };
	struct pj_result *result;
	uint64_t warm;
	size_t len;

	await_waiting(world.pool, 2);
	CHECK(pj_pool_set_policy(world.pool, narrow, &err) == 0);
	CHECK(stats_of(world.pool).given_up >= 2);
	await_waiting(world.pool, 2);
	/* Of the policy before: by a jail of its own. */
	result = run_in(world.pool, old);
	CHECK_STR(pj_result_stdout(result, &len), "x\n");
	CHECK(stats_of(world.pool).warm == 0);
	pj_result_free(result);
	warm = stats_of(world.pool).warm;
	await_waiting(world.pool, 2);
	result = run_in(world.pool, new);
	CHECK_STR(pj_result_stdout(result, &len), "x\n");
	CHECK(stats_of(world.pool).warm == warm + 1);
	pj_result_free(result);
	pj_command_free(old);
	pj_command_free(new);
	pj_policy_free(narrow);
	end_world(&world);
}

/* A program that is not in the granted trees has a mount of its own: no jail of
 * the pool has that. */
static void a_command_that_no_jail_fits(void)
{
	struct world world = { .dir = "/var/tmp/procjail-pool.XXXXXX" };
	struct pj_command *command;
	struct pj_result *result;
	char path[100];

	CHECK(mkdtemp(world.dir));
	shell(&world, "mkdir work; cp /bin/true program");
	snprintf(path, sizeof(path), "%s/program", world.dir);
	world.policy = parse_policy(
		&world, "\"filesystem\": { \"read\": [\"/usr\", \"/etc\", "
			"\"./work\"] }");
	world.pool = new_pool(world.policy, NULL);
	{
		const struct pj_request request = { .size = sizeof(request),
						    .program = path,
						    .cwd = "/usr" };
		struct pj_error err = { 0 };

		CHECK(pj_prepare(world.policy, &request, 0, &command, NULL,
				 &err) == 0);
	}
	await_waiting(world.pool, 2);
	result = run_in(world.pool, command);
	CHECK(pj_result_exit_code(result) == 0);
	CHECK(stats_of(world.pool).cold == 1 && !stats_of(world.pool).warm);
	pj_result_free(result);
	pj_command_free(command);
	end_world(&world);
}

static void a_jail_that_dies_while_it_waits(void)
{
	struct world world = new_world(NULL);
	struct pj_command *command = script(world.policy, "echo x");
	struct pj_result *result;
	size_t len;

	await_waiting(world.pool, 2);
	for (unsigned int i = 0; i < 2; i++) {
		struct pollfd gone = { .fd = world.pool->waiting[i].jail.pidfd,
				       .events = POLLIN };

		CHECK(syscall(SYS_pidfd_send_signal, gone.fd, SIGKILL, NULL,
			      0) == 0);
		CHECK(poll(&gone, 1, 60000) == 1);
	}
	result = run_in(world.pool, command);
	CHECK_STR(pj_result_stdout(result, &len), "x\n");
	CHECK(stats_of(world.pool).lost == 2);
	CHECK(stats_of(world.pool).cold + stats_of(world.pool).warm == 1);
	pj_result_free(result);
	pj_command_free(command);
	end_world(&world);
}

/* A filter that lets the waiter not wait: requests are served all the same, and
 * jails are not made for nothing again and again. */
static void jails_that_cannot_wait(void)
{
	struct world world = { .dir = "/var/tmp/procjail-pool.XXXXXX" };
	struct pj_command *command;
	struct pj_pool_stats stats;

	CHECK(mkdtemp(world.dir));
	world.policy =
		parse_policy(&world, USUAL_JAIL
			     ", \"syscalls\": { \"deny\": [\"recvmsg\"] }");
	world.pool = new_pool(world.policy, NULL);
	command = script(world.policy, "exit 0");
	for (int i = 0; i < 30; i++) {
		struct pj_result *result = run_in(world.pool, command);

		CHECK(pj_result_exit_code(result) == 0);
		pj_result_free(result);
	}
	stats = stats_of(world.pool);
	printf("# made %u, lost %u: %s\n", (unsigned int)stats.made,
	       (unsigned int)stats.lost, stats.failure);
	CHECK(stats.warm == 0 && stats.cold == 30 && stats.lost < 20);
	pj_command_free(command);
	end_world(&world);
}

/* A daemon that was root, and is not any more. */
static void a_caller_that_becomes_another(void)
{
	struct world world;
	struct pj_command *command;
	struct pj_result *result;
	size_t len;

	if (geteuid() != 0)
		SKIP("needs root");
	world = new_world(NULL);
	command = script(world.policy, "id -u; id -G");
	await_waiting(world.pool, 2);
	CHECK(chown(world.dir, 65534, 65534) == 0);
	CHECK(setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 &&
	      setresuid(65534, 65534, 65534) == 0);
	/* Or /proc/self would be root's. */
	CHECK(prctl(PR_SET_DUMPABLE, 1L) == 0);
	result = run_in(world.pool, command);
	CHECK_STR(pj_result_stdout(result, &len), "65534\n65534\n");
	CHECK(stats_of(world.pool).warm == 0);
	pj_result_free(result);
	await_waiting(world.pool, 2);
	result = run_in(world.pool, command);
	CHECK_STR(pj_result_stdout(result, &len), "65534\n65534\n");
	CHECK(stats_of(world.pool).warm == 1);
	pj_result_free(result);
	pj_command_free(command);
	pj_pool_free(world.pool);
	pj_policy_free(world.policy);
	CHECK(rmdir(world.dir) == 0 || errno == EACCES);
}

/* The jails are the parent's. */
static void a_child_that_is_forked(void)
{
	struct world world = new_world(NULL);
	struct pj_command *command = script(world.policy, "echo x");
	struct pj_result *result;
	int status;
	pid_t pid;

	await_waiting(world.pool, 2);
	pid = fork();
	if (pid == 0) {
		result = run_in(world.pool, command);
		if (pj_result_exit_code(result) != 0 || world.pool->stats.warm)
			_exit(1);
		pj_result_free(result);
		pj_pool_free(world.pool);
		_exit(0);
	}
	CHECK(waitpid(pid, &status, 0) == pid && status == 0);
	CHECK(stats_of(world.pool).waiting == 2);
	check_script(&world, "echo x", "x\n");
	pj_command_free(command);
	end_world(&world);
}

/* ---- hand-overs that are none -------------------------------------------- */

/* What the socket is told, and with how many descriptors. */
static void send_raw(int socket, const void *data, size_t size, int fds)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(200 * sizeof(int))];
	} control = { 0 };
	struct iovec part = { .iov_base = (void *)data, .iov_len = size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (fds) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE((size_t)fds * sizeof(int));
		control.head.cmsg_level = SOL_SOCKET;
		control.head.cmsg_type = SCM_RIGHTS;
		control.head.cmsg_len = CMSG_LEN((size_t)fds * sizeof(int));
		for (int i = 0; i < fds; i++)
			((int *)(void *)CMSG_DATA(&control.head))[i] =
				STDERR_FILENO;
	}
	CHECK(sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)size);
}

struct bad {
	struct handover head;
	char text[64];
};

static void refused(const struct world *world, const struct bad *bad,
		    size_t size, int fds)
{
	struct handover_answer failure;
	struct waiting_jail jail;
	struct pollfd gone;
	struct pj_error err = { 0 };

	CHECK(jail_make(world->pool, world->pool->template, &jail, &err) == 0);
	send_raw(jail.socket, bad, size, fds);
	CHECK(!handover_executed(jail.socket, true, &failure));
	CHECK(failure.step == STEP_HANDOVER);
	/* And the jail is over. */
	gone = (struct pollfd){ .fd = jail.jail.pidfd, .events = POLLIN };
	CHECK(poll(&gone, 1, 60000) == 1);
	process_end_jail(&jail.jail);
	close(jail.socket);
	close(jail.jail.report_fd);
	close(jail.jail.config_fd);
	close(jail.jail.begin_fd);
}

#define TEXT "/bin/true\0/\0true\0A=b"

static void malformed_hand_overs_are_refused(void)
{
	const struct bad good = { { .size = sizeof(good.head),
				    .argument_count = 1,
				    .variable_count = 1,
				    .text_size = sizeof(TEXT) },
				  TEXT };
	const size_t size = sizeof(good.head) + sizeof(TEXT);
	struct world world = new_world(NULL);
	struct bad bad;

	await_waiting(world.pool, 2);
	/* Each differs in one thing from what would be understood. */
	bad = good;
	bad.head.size++;
	refused(&world, &bad, size, 3);
	refused(&world, &good, size - 1, 3);
	refused(&world, &good, 3, 3);
	refused(&world, &good, size, 0);
	refused(&world, &good, size, 2);
	refused(&world, &good, size, 4);
	refused(&world, &good, size, 5);
	refused(&world, &good, size, 200);
	bad = good;
	bad.head.argument_count = 0;
	refused(&world, &bad, size, 3);
	bad = good;
	bad.head.argument_count = 2;
	refused(&world, &bad, size, 3);
	bad = good;
	bad.head.variable_count = 0;
	refused(&world, &bad, size, 3);
	bad = good;
	bad.head.argument_count = UINT32_MAX;
	bad.head.variable_count = UINT32_MAX;
	refused(&world, &bad, size, 3);
	bad = good;
	bad.text[sizeof(TEXT) - 1] = 'x';
	refused(&world, &bad, size, 3);
	bad = good;
	bad.head.text_size = 0;
	refused(&world, &bad, sizeof(bad.head), 3);
	bad = good;
	bad.head.flags = HANDOVER_IN_FILE;
	bad.head.text_size = UINT64_MAX;
	refused(&world, &bad, sizeof(bad.head), 4);
	/* No file to map: the null device. */
	bad.head.text_size = sizeof(TEXT);
	refused(&world, &bad, size, 4);
	end_world(&world);
}

static void an_oversized_hand_over_is_refused(void)
{
	struct world world = new_world(NULL);
	struct handover_answer failure;
	struct waiting_jail jail;
	struct pj_error err = { 0 };
	char *much = calloc(1, 100000);

	CHECK(much);
	await_waiting(world.pool, 2);
	CHECK(jail_make(world.pool, world.pool->template, &jail, &err) == 0);
	send_raw(jail.socket, much, 100000, 3);
	CHECK(!handover_executed(jail.socket, true, &failure));
	process_end_jail(&jail.jail);
	free(much);
	end_world(&world);
}

/* ---- the end of the caller ----------------------------------------------- */

/* Nobody of the caller runs any more once the request is handed over. */
static void wall_time_holds_without_a_caller(void)
{
	struct world world = new_world(
		USUAL_JAIL ", \"limits\": { \"wall_time\": \"100ms\" }");
	struct pj_command *command = script(world.policy, "sleep 1000; :");
	const struct itimerspec at_once = { .it_value.tv_nsec = 1 };
	struct waiting_jail jail;
	struct pj_error err = { 0 };
	struct pollfd gone;

	await_waiting(world.pool, 2);
	CHECK(jail_make(world.pool, world.pool->template, &jail, &err) == 0);
	CHECK(timerfd_settime(jail.jail.begin_fd, 0, &at_once, NULL) == 0);
	CHECK(handover_send(jail.socket, command, false,
			    (int[]){ world.pool->null_fd, world.pool->null_fd,
				     world.pool->null_fd }) == 0);
	gone = (struct pollfd){ .fd = jail.jail.pidfd, .events = POLLIN };
	CHECK(poll(&gone, 1, 60000) == 1);
	close(jail.socket);
	jail_release(&(struct ended_jail){ .jail = jail.jail });
	pj_command_free(command);
	end_world(&world);
}

/* The list of jails that end is the thread's alone once the pool is freed, and
 * nobody's when it has gone through it. */
static void processes_that_outlive_their_pool(void)
{
	struct world world = new_world(NULL);
	struct pj_command *command =
		prepare(world.policy, "/bin/true", NULL, NULL);
	const struct pj_pool *pool = world.pool;
	struct pj_process *processes[2];
	struct pj_error err = { 0 };
	size_t room;

	await_waiting(world.pool, 2);
	for (int i = 0; i < 2; i++) {
		struct pj_result *result = NULL;

		CHECK(pj_pool_spawn(world.pool, command, NULL, &processes[i],
				    &err) == 0);
		CHECK(pj_process_wait(processes[i], &result, &err) == 0);
		pj_result_free(result);
	}
	CHECK(stats_of(world.pool).warm == 2);
	world.pool = pj_pool_free(world.pool);
	room = pool->ended_room;
	CHECK(pool->ended_count == 0);
	pj_process_free(processes[0]);
	/* The other one holds the pool. */
	CHECK(pool->ended_count == 0 && pool->ended_room == room);
	pj_process_free(processes[1]);
	pj_command_free(command);
	end_world(&world);
}

/* It is for the next one, and its time has not begun. */
static void a_jail_that_is_given_back(void)
{
	/* The guard's most of both are more than a hand-over holds. */
	enum { COUNT = 4096, SIZE = 16 };
	struct world world = new_world(NULL);
	static const char *args[COUNT + 1], *env[COUNT + 1];
	static char names[COUNT][SIZE];
	struct pj_command *command;

	for (int i = 0; i < COUNT; i++) {
		snprintf(names[i], SIZE, "NAME%d=", i);
		args[i] = "x";
		env[i] = names[i];
	}
	command = prepare(world.policy, "/bin/true", args, env);
	await_waiting(world.pool, 2);
	pj_result_free(run_in(world.pool, command));
	CHECK(stats_of(world.pool).cold == 1);
	CHECK(stats_of(world.pool).made == 2);
	CHECK(world.pool->waiting_count == 2);
	for (unsigned int i = 0; i < 2; i++) {
		struct itimerspec left;

		CHECK(timerfd_gettime(world.pool->waiting[i].jail.begin_fd,
				      &left) == 0);
		CHECK(!left.it_value.tv_sec && !left.it_value.tv_nsec);
	}
	pj_command_free(command);
	end_world(&world);
}

/* Their inits become ours when it dies, and then end. */
static void nothing_stays_of_a_killed_caller(void)
{
	struct world world = new_world(NULL);
	const struct pj_pool_options options = { .size = sizeof(options),
						 .jails = 8 };
	int ready[2];
	char byte;
	pid_t pid;

	await_waiting(world.pool, 2);
	world.pool = pj_pool_free(world.pool);
	CHECK(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
	CHECK(pipe2(ready, O_CLOEXEC) == 0);
	pid = fork();
	if (pid == 0) {
		struct pj_pool *pool = new_pool(world.policy, &options);
		struct pj_command *command =
			script(world.policy, "exec sleep 1000");
		struct pj_process *process = NULL;
		struct pj_error err = { 0 };

		await_waiting(pool, 8);
		CHECK(pj_pool_spawn(pool, command, NULL, &process, &err) == 0);
		await_waiting(pool, 8);
		CHECK(write(ready[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	close(ready[1]);
	CHECK(read(ready[0], &byte, 1) == 1);
	CHECK(kill(pid, SIGKILL) == 0);
	for (int i = 0; i < 10; i++)
		CHECK(waitpid(-1, NULL, __WALL) > 0);
	CHECK(waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD);
	end_world(&world);
}

static const struct tap_case cases[] = {
	{ "files do not stay", files_do_not_stay },
	{ "processes do not stay", processes_do_not_stay },
	{ "memory and sockets do not stay", memory_and_sockets_do_not_stay },
	{ "jails do not see each other", jails_do_not_see_each_other },
	{ "nothing of the waiter stays", nothing_of_the_waiter_stays },
	{ "the walls are those of a run", the_walls_are_those_of_a_run },
	{ "a denied file that is replaced", a_denied_file_that_is_replaced },
	{ "a granted directory that is replaced",
	  a_granted_directory_that_is_replaced },
	{ "a mount that is made meanwhile", a_mount_that_is_made_meanwhile },
	{ "a policy that is changed", a_policy_that_is_changed },
	{ "a command that no jail fits", a_command_that_no_jail_fits },
	{ "a jail that dies while it waits", a_jail_that_dies_while_it_waits },
	{ "jails that cannot wait", jails_that_cannot_wait },
	{ "a caller that becomes another", a_caller_that_becomes_another },
	{ "a child that is forked", a_child_that_is_forked },
	{ "malformed hand-overs are refused",
	  malformed_hand_overs_are_refused },
	{ "an oversized hand-over is refused",
	  an_oversized_hand_over_is_refused },
	{ "wall_time holds without a caller",
	  wall_time_holds_without_a_caller },
	{ "processes that outlive their pool",
	  processes_that_outlive_their_pool },
	{ "a jail that is given back", a_jail_that_is_given_back },
	{ "nothing stays of a killed caller",
	  nothing_stays_of_a_killed_caller },
};

TAP_MAIN(cases)
