/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The filters on the running kernel, as a whole: kinds of socket, foreign ABIs,
 * set-id files, what honest code does, and programs that must run under both
 * profiles. Programs that are not installed are named and passed over.
 */
#include "filter_jail.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/cleanup.h"

static const struct jail default_jail = { SYSCALLS_DEFAULT, false,
					  SOCKETS_NONE };
static const struct jail strict_jail = { SYSCALLS_STRICT, false, SOCKETS_NONE };

/* ---- sockets --------------------------------------------------------------
 */

static const struct {
	int family, type, protocol;
	int offline, inet, strict_offline; /* errno; 0: it is made */
} sockets[] = {
	/* clang-format off */
	{ AF_UNIX, SOCK_STREAM, 0, 0, 0, EAFNOSUPPORT },
	{ AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, 0, 0, EAFNOSUPPORT },
	{ AF_UNIX, SOCK_DGRAM, 0, EPERM, EPERM, EAFNOSUPPORT },
	{ AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, EPERM, EPERM, EAFNOSUPPORT },
	{ AF_UNIX, SOCK_RAW, 0, EPERM, EPERM, EAFNOSUPPORT },
	{ AF_INET, SOCK_STREAM, 0, EAFNOSUPPORT, 0, EAFNOSUPPORT },
	{ AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP, EAFNOSUPPORT, 0, EAFNOSUPPORT },
	{ AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, IPPROTO_UDP, EAFNOSUPPORT, 0, EAFNOSUPPORT },
	{ AF_INET, SOCK_RAW, IPPROTO_TCP, EAFNOSUPPORT, EPERM, EAFNOSUPPORT },
	{ AF_INET, SOCK_STREAM, IPPROTO_SCTP, EAFNOSUPPORT, EPROTONOSUPPORT, EAFNOSUPPORT },
	{ AF_INET, SOCK_STREAM, 262 /* MPTCP */, EAFNOSUPPORT, EPROTONOSUPPORT, EAFNOSUPPORT },
	{ AF_NETLINK, SOCK_RAW, 0, EAFNOSUPPORT, 0, EAFNOSUPPORT },
	{ AF_NETLINK, SOCK_RAW, 9 /* AUDIT */, EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT },
	{ AF_PACKET, SOCK_RAW, 0, EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT },
	{ 38 /* AF_ALG */, SOCK_SEQPACKET, 0, EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT },
	{ 40 /* AF_VSOCK */, SOCK_STREAM, 0, EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT },
	{ 31 /* AF_BLUETOOTH */, SOCK_RAW, 0, EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT },
	{ 44 /* AF_XDP */, SOCK_RAW, 0, EAFNOSUPPORT, EAFNOSUPPORT, EAFNOSUPPORT },
	/* clang-format on */
};

static void check_pairs(struct jail jail)
{
	int pair[2];

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	CHECK(send(pair[0], "x", 1, 0) == 1);
	CHECK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair) == 0);
	CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) < 0 &&
	      errno == (jail.brokered ? BROKER_ERRNO : EPERM));
	CHECK(socketpair(AF_UNIX, SOCK_RAW, 0, pair) < 0 && errno == EPERM);
	CHECK(socketpair(AF_INET, SOCK_STREAM, 0, pair) < 0 &&
	      errno == EAFNOSUPPORT);
}

static void make_sockets(struct jail jail)
{
	for (size_t i = 0; i < ARRAY_SIZE(sockets); i++) {
		int want = jail.sockets ? sockets[i].inet
			   : jail.profile == SYSCALLS_STRICT
				   ? sockets[i].strict_offline
				   : sockets[i].offline;
		int fd = socket(sockets[i].family, sockets[i].type,
				sockets[i].protocol);

		if (fd < 0 ? errno != want : want != 0)
			printf("# socket %zu: errno %d, wanted %d\n", i, errno,
			       want);
		CHECK(fd < 0 ? errno == want : want == 0);
		if (fd >= 0)
			close(fd);
	}
	check_pairs(jail);
}

static void test_sockets(void)
{
	for (unsigned int i = 0; i < 4; i++) {
		struct jail jail = { i & 1 ? SYSCALLS_STRICT : SYSCALLS_DEFAULT,
				     false,
				     i & 2 ? SOCKETS_INET : SOCKETS_NONE };

		CHECK(run_jailed(jail, make_sockets) == 0);
		jail.brokered = true;
		CHECK(run_brokered(jail, make_sockets) == 0);
	}
}

/* A server and a client on a path of their own, as honest programs have. */
static void talk_over_path(struct jail jail)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	char directory[] = "/tmp/filter-XXXXXX";
	int server, client;

	(void)jail;
	CHECK(mkdtemp(directory));
	snprintf(name.sun_path, sizeof(name.sun_path), "%s/socket", directory);
	server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(bind(server, (struct sockaddr *)&name, sizeof(name)) == 0);
	CHECK(listen(server, 1) == 0);
	CHECK(connect(client, (struct sockaddr *)&name, sizeof(name)) == 0);
	CHECK(accept4(server, NULL, NULL, SOCK_CLOEXEC) >= 0);
	CHECK(unlink(name.sun_path) == 0 && rmdir(directory) == 0);
}

static void test_path_socket(void)
{
	CHECK(run_jailed(default_jail, talk_over_path) == 0);
}

/* ---- foreign ABIs ---------------------------------------------------------
 */

#ifdef __x86_64__
static void call_i386(struct jail jail)
{
	long r;

	(void)jail;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(20L) : "memory");
	(void)r;
}

static void call_x32(struct jail jail)
{
	(void)jail;
	syscall(0x40000000L | SYS_getpid);
}

static void call_beyond(struct jail jail)
{
	(void)jail;
	CHECK(syscall(-1L) < 0 && errno == ENOSYS);
	CHECK(syscall(0x80000000L) < 0 && errno == ENOSYS);
}

static void check_killed(void (*body)(struct jail jail))
{
	int status = run_jailed(default_jail, body);

	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
	status = run_jailed(strict_jail, body);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

static void test_x32(void)
{
	check_killed(call_x32);
	CHECK(run_jailed(default_jail, call_beyond) == 0);
	CHECK(run_jailed(strict_jail, call_beyond) == 0);
}

static void test_i386(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		call_i386(default_jail);
		_exit(0);
	}
	if (wait_for(pid) != 0)
		SKIP("this kernel has no 32-bit calls");
	check_killed(call_i386);
}
#else
static void test_x32(void)
{
	SKIP("x32 is of x86_64");
}

static void test_i386(void)
{
	SKIP("i386 is of x86_64");
}
#endif

/* ---- what must work, and set-id files that must not come to be
 * --------------- */

static void make_set_id(struct jail jail)
{
	char name[] = "/tmp/filter-XXXXXX";
	struct stat made;
	int fd = mkstemp(name);

	(void)jail;
	CHECK(fd >= 0);
	CHECK(fchmod(fd, 04700) < 0 && errno == EPERM);
	CHECK(chmod(name, 02710) < 0 && errno == EPERM);
	CHECK(unlink(name) == 0);
	CHECK(open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 04700) < 0);
	CHECK(errno == EPERM && access(name, F_OK) < 0);
	CHECK(mknod(name, S_IFREG | 04700, 0) < 0 && errno == EPERM);
	/* The kernel drops the bits here; no row is needed. */
	CHECK(mkdir(name, 06700) == 0 && stat(name, &made) == 0);
	CHECK((made.st_mode & 04000) == 0 && rmdir(name) == 0);
}

static void test_set_id(void)
{
	CHECK(run_jailed(default_jail, make_set_id) == 0);
	CHECK(run_jailed(strict_jail, make_set_id) == 0);
}

static void *thread_body(void *argument)
{
	return argument;
}

static void do_honest_work(struct jail jail)
{
	const struct sock_filter allow[] = { { 0x06, 0, 0, 0x7fff0000 } };
	char name[] = "/tmp/filter-XXXXXX";
	struct rlimit limit;
	pthread_t thread;
	void *returned = NULL;
	pid_t pid;
	int fd;

	(void)jail;
	fd = mkstemp(name);
	CHECK(fd >= 0 && write(fd, "x", 1) == 1 && fchmod(fd, 01700) == 0);
	CHECK(chmod(name, 0600) == 0 && unlink(name) == 0);
	CHECK(mkfifo(name, 0600) == 0 && unlink(name) == 0);
	CHECK(getrlimit(RLIMIT_CORE, &limit) == 0);
	CHECK(setrlimit(RLIMIT_CORE, &limit) == 0);
	CHECK(pthread_create(&thread, NULL, thread_body, name) == 0);
	CHECK(pthread_join(thread, &returned) == 0 && returned == name);
	pid = fork();
	if (pid == 0)
		_exit(7);
	CHECK(WEXITSTATUS(wait_for(pid)) == 7);
	CHECK(kill(getpid(), 0) == 0);
	install(allow, 1, 0); /* a sandbox of the program's own */
	CHECK(prctl(PR_GET_SECCOMP) == SECCOMP_MODE_FILTER);
}

static void test_honest(void)
{
	CHECK(run_jailed(default_jail, do_honest_work) == 0);
	CHECK(run_jailed(strict_jail, do_honest_work) == 0);
}

static const char *const programs[] = {
	"ls -la / && d=$(mktemp -d) && cp -a /etc/hosts $d && rm -r $d",
	"seq 1000 | sort -rn | grep -c 7 | tr -d '\\n' | wc -c && date && id",
	"find /etc -maxdepth 1 -name 'h*' | xargs head -c 1",
	"bash -c 'trap : EXIT; x=$(cat <(echo x)); wait; test $x = x'",
	"perl -e 'my $x = `echo perl`; print $x; exit($? >> 8)'",
	"python3 -c 'import threading, subprocess, tempfile, asyncio; "
	"t = threading.Thread(target=print, args=[1]); t.start(); t.join(); "
	"print(subprocess.check_output([\"echo\", \"x\"])); "
	"asyncio.run(asyncio.sleep(0)); tempfile.TemporaryFile()'",
	"node -e 'const c = require(\"child_process\"); "
	"c.execFile(\"echo\", [\"x\"], (e, o) => process.exit(e ? 1 : 0))'",
	"gcc --version && d=$(mktemp -d) && echo 'int main(void){return 0;}' "
	"> $d/a.c && gcc $d/a.c -o $d/a && $d/a && rm -r $d",
	"git --version && d=$(mktemp -d) && git init -q $d && rm -rf $d",
	"java -version 2>&1",
	"go version",
};

static void exec_program(struct jail jail)
{
	const char *line = getenv("FILTER_TEST_LINE");

	(void)jail;
	CHECK(freopen("/dev/null", "w", stdout) != NULL);
	execl("/bin/sh", "sh", "-c", line, (char *)NULL);
	_exit(1);
}

static bool installed(const char *line)
{
	char command[64];

	snprintf(command, sizeof(command), "command -v %.*s >/dev/null",
		 (int)strcspn(line, " "), line);
	return system(command) == 0;
}

static void test_programs(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
		if (!installed(programs[i])) {
			printf("# not installed: %s\n", programs[i]);
			continue;
		}
		setenv("FILTER_TEST_LINE", programs[i], 1);
		for (unsigned int j = 0; j < 2; j++) {
			int status = run_jailed(j ? strict_jail : default_jail,
						exec_program);

			if (status != 0)
				printf("# %s: %s: status %#x\n",
				       j ? "strict" : "default", programs[i],
				       (unsigned int)status);
			CHECK(status == 0);
		}
	}
}

static const struct tap_case cases[] = {
	{ "sockets by family, type and protocol", test_sockets },
	{ "a path socket of one's own", test_path_socket },
	{ "x32 calls are killed", test_x32 },
	{ "i386 calls are killed", test_i386 },
	{ "no set-id files", test_set_id },
	{ "honest calls still work", test_honest },
	{ "honest programs still work", test_programs },
};

TAP_MAIN(cases)
