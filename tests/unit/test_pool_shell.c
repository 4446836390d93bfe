/* SPDX-License-Identifier: Apache-2.0 */
/* Shells that wait within a jail: what they do is, byte for byte, what a shell
 * does that is executed for its script; and when it cannot be, one is. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>

#include "plan/elf.h"
#include "pool/pool.h"
#include "pool_fixture.h"

enum { LEARNING = POOL_ADOPTS + 2 };

#define SHELL_JAIL                                                             \
	"\"filesystem\": { \"read\": [\"/\"], \"write\": [\".\"] }, "          \
	"\"limits\": { \"stdout\": \"8MiB\" }"

static void shell(const struct world *world, const char *text)
{
	char command[TEXT_MAX];

	snprintf(command, sizeof(command), "cd %s && %s", world->dir, text);
	CHECK(system(command) == 0);
}

/* Until shells wait in all jails. */
static void await_shells(struct pj_pool *pool)
{
	char *real = realpath("/bin/sh", NULL);
	struct stat stat_of_it;
	bool usual = real && strcmp(real, "/usr/bin/dash") == 0 &&
		     stat(real, &stat_of_it) == 0;

	free(real);
	if (!usual)
		SKIP("/bin/sh is not dash");
	if (geteuid() == 0 && stat_of_it.st_nlink != 1)
		SKIP("dash has another name, by which root could write it");
	do {
		sched_yield();
		pthread_mutex_lock(&pool->lock);
		CHECK(pool->shells.wanted);
		pthread_mutex_unlock(&pool->lock);
	} while (stats_of(pool).shells < 2);
}

static void learn(struct pj_pool *pool, const struct pj_policy *policy)
{
	struct pj_command *command = script(policy, ":");

	/* First, perhaps, that the jail needs a mount for the shell. */
	for (int i = 0; i < 2 * POOL_ADOPTS; i++) {
		await_waiting(pool, 2);
		pj_result_free(run_in(pool, command));
	}
	pj_command_free(command);
	await_shells(pool);
}

static struct world shell_world(const char *variables)
{
	struct world world = { .dir = "/var/tmp/procjail-pool.XXXXXX" };

	CHECK(mkdtemp(world.dir));
	world.policy = policy_with(&world, variables, SHELL_JAIL);
	world.pool = new_pool(world.policy, NULL);
	learn(world.pool, world.policy);
	return world;
}

enum how { BY_SHELL, BY_EXEC };

static struct pj_result *run_as(struct world *world,
				const struct pj_command *command,
				const struct pj_run_options *options,
				enum how how)
{
	struct pj_pool_stats before, after;
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };

	await_waiting(world->pool, 2);
	if (how == BY_SHELL)
		await_shells(world->pool);
	before = stats_of(world->pool);
	if (pj_pool_run(world->pool, command, options, &result, &err) < 0)
		printf("# %s\n", err.message);
	after = stats_of(world->pool);
	CHECK(result);
	CHECK(after.warm == before.warm + 1);
	CHECK(after.by_shell == before.by_shell + (how == BY_SHELL));
	return result;
}

static bool same_bytes(const char *what, const char *script, const char *a,
		       size_t a_len, const char *b, size_t b_len)
{
	if (a_len == b_len && memcmp(a, b, a_len) == 0)
		return true;
	printf("# %s of: %s\n# by the pool: %s\n# by a run: %s\n", what, script,
	       a, b);
	return false;
}

/* By the pool and by pj_run(): the same. */
static void compare(struct world *world, const char *const *args,
		    const char *const *env,
		    const struct pj_run_options *options, enum how how)
{
	struct pj_command *command =
		prepare(world->policy, "/bin/sh", args, env);
	struct pj_result *a = run_as(world, command, options, how), *b = NULL;
	struct pj_error err = { 0 };
	const char *a_text, *b_text;
	size_t a_len, b_len;
	bool same;

	CHECK(pj_run(command, options, &b, &err) == 0);
	a_text = pj_result_stdout(a, &a_len);
	b_text = pj_result_stdout(b, &b_len);
	same = same_bytes("stdout", args[1], a_text, a_len, b_text, b_len);
	a_text = pj_result_stderr(a, &a_len);
	b_text = pj_result_stderr(b, &b_len);
	same &= same_bytes("stderr", args[1], a_text, a_len, b_text, b_len);
	if (pj_result_outcome(a) != pj_result_outcome(b) ||
	    pj_result_exit_code(a) != pj_result_exit_code(b) ||
	    pj_result_signal(a) != pj_result_signal(b)) {
		printf("# end of: %s\n", args[1]);
		same = false;
	}
	CHECK(same);
	pj_result_free(a);
	pj_result_free(b);
	pj_command_free(command);
}

/* ---- the same, byte for byte --------------------------------------------- */

static const char *const scripts[] = {
	"",
	":",
	"true",
	"false",
	"exit 7",
	"echo hello",
	"echo no newline at the end; printf x",
	"printf '%s\\n' \"$0\" \"$1\" \"$2\" \"$3\" \"$#\" \"$*\"",
	"printf '<%s>' \"$@\"",
	"shift; shift; printf '<%s>' \"$@\"; shift 9",
	"echo \"$-\"",
	"set; :",
	"export -p",
	"env | sort",
	"readonly -p",
	"echo $$ $PPID",
	"echo \"$PWD $OLDPWD\"; cd /; echo \"$PWD $OLDPWD\"; cd -; pwd -P",
	"echo $IFS | cat -A; a='1:2 3'; for i in $a; do echo $i; done",
	"echo $PS1 $PS2 $PS4 | cat -A",
	"echo $OPTIND; while getopts ab: o -a -b x; do echo $o $OPTARG; done",
	"echo $LINENO\necho $LINENO",
	"set -x; a=1; echo $a",
	"set -eu; echo $not_there; echo never",
	"set -e; false; echo never",
	"set -n; echo never",
	"if",
	"echo one; )",
	"echo 'unterminated",
	"echo \"unterminated",
	"cat <<END\n$0 and `echo sub`\nEND",
	"cat <<'END'\n$0\nEND",
	"cat <<END\nno end",
	"not_a_program",
	"/not/a/program; echo $?",
	". /not/a/file; echo never",
	"/; echo $?",
	"exec echo replaced",
	"exec not_a_program; echo never",
	"exec 3>&1; echo three >&3; exec 3>&-; echo x >&3; echo $?",
	"exec >/dev/null; echo never",
	"trap 'echo bye; exit 4' EXIT; exit 3",
	"trap 'echo term' TERM; kill -TERM $$; echo after",
	"trap",
	"kill -TERM $$; echo never",
	"kill -SEGV $$",
	"kill -9 $$",
	"sleep 0 & wait $!; echo $? ${!:+set}",
	"(exit 5); echo $?; (kill -KILL $$ ) ; echo never",
	"echo a | { read x; echo \"got $x\"; }",
	"cat; echo $?",
	"read a b; echo \"$b $a\"; cat",
	"umask; umask 077; : >made; ls -l made | cut -c1-10; rm made",
	"ulimit -a",
	"ulimit -n 3; echo x | cat",
	"jobs; times >/dev/null; hash; type echo cat sh",
	"command -v sh; echo ~ ~root; echo *",
	"echo $(echo sub; exit 3) $?; echo `exit 9` $?",
	"echo $((1 + 2 * 3)) $((08))",
	"f() { local x=1; echo $x $1 $#; return 6; }; f a b; echo $?",
	"case $1 in one) echo is one;; *) echo other;; esac",
	"while :; do echo once; break; done; until false; do break 5; done",
	"echo ${not_there:-default} ${not_there?message}; echo never",
	"unset PATH; ls; echo $?",
	"eval 'echo \"$1\"'; eval '('; echo never",
	"printf '\\001\\377\\n' | od -c",
	"echo \303\244\303\266 ${#1}; x=\303\244; echo ${#x} ${x%?}",
	"ls -l /proc/$$/fd | sed 's/.* \\([0-9]*\\) -> .*/\\1/'",
	"cat /proc/$$/comm; readlink /proc/$$/exe; readlink /proc/$$/cwd",
	"while read a; do case $a in Name*|Umask*|Pid*|PPid*|Uid*|Groups*|"
	"NStgid*|NoNew*|Seccomp*|Sig*|Threads*|Cap*) echo \"$a\";; esac; "
	"done </proc/$$/status",
	"cat /proc/$$/limits /proc/$$/cgroup /proc/$$/oom_score_adj "
	"/proc/$$/personality /proc/$$/coredump_filter /proc/$$/sessionid; "
	"cut -d' ' -f4-9,18-20,41 </proc/$$/stat",
	"stat -c '%F %a' /proc/self/fd/0 /dev/stdin /dev/stdout -L",
	"[ -t 0 ] || [ -t 1 ] || [ -t 2 ] || echo no terminal",
	"echo out; echo err >&2; echo out; exec 2>&1; echo both >&2",
	"test -e /proc/1/exe; echo > /etc/passwd; echo $?; echo > /proc/1/comm",
	"mkdir d && cd d && echo x >f && cat f && cd .. && rm -r d && ls -a",
	"dd if=/dev/zero bs=1024 count=3000 2>/dev/null",
	"i=0; while [ $i -lt 5000 ]; do i=$((i+1)); echo $i; done",
	"exec sh -c 'echo \"$0 $1\"; echo $PPID $$' again \"$1\"",
	"sh -c 'exit 3' || echo $?; sh -s a b <<'E'\necho $0 $1 $2\nE",
	"setsid true 2>&1; ps -o args= -p $$ >/dev/null 2>&1; echo $?",
	"PATH=/nowhere; cat; echo $?; command -p echo x",
	"alias e='echo aliased'; e 2>&1; alias",
	"set -- x y; echo $# $0; set - ; echo $#; set -o",
	"echo \\\nc; # comment\n\n\necho $LINENO; oops(",
	"a=$(cat /proc/$$/environ | wc -c); echo ${a:+read}",
	"cat <&- ; echo $?; echo closed >&- ; echo $?",
};

static void compare_all(struct world *world)
{
	static const char *const env[] = { "NAME=value", "NAME_2=a b'c\"d$e\n",
					   "NAME_3=", NULL };
	const struct pj_run_options options = {
		.size = sizeof(options),
		.input = "first second\nthird",
		.input_len = 18,
	};

	for (size_t i = 0; i < sizeof(scripts) / sizeof(*scripts); i++) {
		const char *const args[] = { "-c",   scripts[i], "zero", "one",
					     "t wo", "",	 "*",	 NULL };

		compare(world, args, env, &options, BY_SHELL);
	}
}

static void scripts_do_the_same(void)
{
	struct world world = shell_world("");

	compare_all(&world);
	end_world(&world);
}

/* Variables that mean something to a shell. */
static void variables_mean_the_same(void)
{
	struct world world = shell_world(
		"\"IFS\": \":\", \"OLDPWD\": \"/etc\", \"PWD\": \"/wrong\", "
		"\"PS1\": \"one\", \"PS2\": \"two\", \"PS4\": \"four\", "
		"\"OPTIND\": \"3\", \"PPID\": \"77\", \"LINENO\": \"9\", "
		"\"ENV\": \"/etc/passwd\", \"HOME\": \"/etc\", \"_\": \"x\", "
		"\"CDPATH\": \"/usr\", \"LC_ALL\": \"C.UTF-8\", "
		"\"TZ\": \"UTC\", \"FUNCNEST\": \"1\", ");

	compare_all(&world);
	end_world(&world);
}

/* All that a shell may be asked for. */
static void other_invocations_do_the_same(void)
{
	static const char *const lists[][8] = {
		{ "./script", "a", "b" },
		{ "-s", "a", "b" },
		{ "-x", "-c", "echo $-", "name" },
		{ "-euc", "echo $- $0", "name" },
		{ "-i", "-c", "echo hello" },
		{ "-l", "-c", "echo hello" },
		{ "+x", "-c", "echo x" },
		{ "-c" },
		{ "-Z" },
		{ "--", "./script" },
		{ "./not-there" },
		{ NULL },
	};
	const struct pj_run_options options = {
		.size = sizeof(options),
		.input = "echo \"input $0 $1 $#\"; exit 5\n",
		.input_len = 30,
	};
	struct world world = shell_world("");

	shell(&world, "printf 'echo \"file $0 $1 $#\"; exit 4\n' >script");
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
		compare(&world, lists[i], NULL, &options, BY_SHELL);
	end_world(&world);
}

/* What is too large for a message is executed; what no exec takes fails. */
static void large_ones_do_the_same(void)
{
	static const size_t sizes[] = { 100, 4000, 16000, 16384, 100000 };
	struct world world = shell_world("");

	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		char *text = malloc(sizes[i] + 20);
		const char *const args[] = { "-c", text, NULL };

		CHECK(text);
		memset(text, '#', sizes[i]);
		strcpy(text + sizes[i], "\necho end");
		compare(&world, args, NULL, NULL,
			sizes[i] < 16384 ? BY_SHELL : BY_EXEC);
		free(text);
	}
	end_world(&world);
}

/* More strings than the waiter's first page has room for. */
static void many_arguments_do_the_same(void)
{
	enum { COUNT = 1000 };
	static const char *args[COUNT + 4] = {
		"-c", "echo $# $1 ${999} ${1000}; printf '<%s>' \"$@\"", "zero"
	};
	struct world world = shell_world("");

	for (int i = 0; i < COUNT; i++)
		args[3 + i] = i % 2 ? "b c" : "a";
	compare(&world, args, NULL, NULL, BY_SHELL);
	end_world(&world);
}

static void the_end_is_that_of_a_run(void)
{
	struct world world = shell_world("");
	const struct pj_run_options none = { .size = sizeof(none) };
	static const char *const endless[] = { "-c", "while :; do :; done",
					       NULL };
	static const char *const loud[] = { "-c", "while :; do echo x; done",
					    NULL };
	static const char *const left[] = { "-c", "sleep 1000 & echo x", NULL };

	pj_policy_free(world.policy);
	world.policy = policy_with(&world, "",
				   USUAL_JAIL
				   ", \"limits\": { \"wall_time\": \"300ms\", "
				   "\"stdout\": \"1KiB\" }");
	{
		struct pj_error err = { 0 };

		CHECK(pj_pool_set_policy(world.pool, world.policy, &err) == 0);
	}
	CHECK(!world.pool->shells.wanted);
	learn(world.pool, world.policy);
	compare(&world, endless, NULL, &none, BY_SHELL);
	compare(&world, left, NULL, &none, BY_SHELL);
	compare(&world, loud, NULL, &none, BY_SHELL);
	end_world(&world);
}

/* ---- the same walls ------------------------------------------------------ */

/* Whatever the jail is made of, as in test_pool.c. */
static void the_walls_are_the_same(void)
{
	static const struct {
		const char *name, *jail;
	} jails[] = {
		{ "usual", USUAL_JAIL },
		{ "strict", "\"extends\": \"strict\", \"filesystem\": "
			    "{ \"read\": [\".\"] }" },
		{ "read-only", "\"extends\": \"read-only\"" },
		{ "build", "\"extends\": \"build\"" },
		{ "untrusted", "\"extends\": \"untrusted\", "
			       "\"filesystem\": { \"read\": [\".\"] }" },
		{ "loopback",
		  USUAL_JAIL ", \"network\": { \"mode\": \"loopback\" }" },
		{ "execute", "\"filesystem\": { \"read\": [\"/\"], "
			     "\"execute\": [\"/usr\", \"/lib\"] }" },
		{ "denied", "\"filesystem\": { \"read\": [\"/\"], "
			    "\"write\": [\".\"], \"deny\": [\"@secrets\", "
			    "\"./x\"], \"protect\": [\"@git\"] }" },
		{ "limits", USUAL_JAIL ", \"limits\": { \"processes\": 5, "
				       "\"memory\": \"100MiB\", "
				       "\"cpu_time\": \"5s\", "
				       "\"open_files\": 70, "
				       "\"tmp_size\": \"1MiB\" }" },
	};
	static const char *const args[] = {
		"-c",
		"while read a; do case $a in NoNew*|Seccomp*|Cap*|Uid*|Sig*) "
		"echo \"$a\";; esac; done </proc/$$/status; ulimit -a; umask; "
		"while read a b c d; do echo \"$d\"; done "
		"</proc/self/mountinfo; echo x >/proc/1/comm; kill -9 1; "
		"echo x >.git; mkdir .git; echo /proc/[0-9]*; "
		"( exec 9<>/dev/tcp/x ); echo x >/tmp/x; echo $?; "
		"cat /etc/shadow /proc/1/environ; cd /root; "
		"while read a; do echo $a; done </proc/net/dev; "
		"ls -la /proc/self/fd/0 >/dev/null; echo $?",
		NULL
	};
	struct world world = { .dir = "/var/tmp/procjail-pool.XXXXXX" };

	CHECK(mkdtemp(world.dir));
	for (size_t i = 0; i < sizeof(jails) / sizeof(*jails); i++) {
		printf("# %s\n", jails[i].name);
		fflush(stdout);
		world.policy = parse_policy(&world, jails[i].jail);
		world.pool = new_pool(world.policy, NULL);
		learn(world.pool, world.policy);
		compare(&world, args, NULL, NULL, BY_SHELL);
		world.pool = pj_pool_free(world.pool);
		pj_policy_free(world.policy);
		shell(&world, "rm -rf .git");
	}
	shell(&world, "rmdir $PWD");
}

/* ---- what is shown of it ------------------------------------------------- */

static void arguments_are_shown(void)
{
	struct world world = shell_world("");
	static const char text[] = "tr -d '\\000' </proc/$$/cmdline; echo; "
				   "tr -d '\\000' </proc/$$/environ | wc -c";
	struct pj_command *command = script(world.policy, text);
	struct pj_result *result = run_as(&world, command, NULL, BY_SHELL);
	char want[sizeof(text) + 50];
	size_t len;

	snprintf(want, sizeof(want), "/bin/sh-c%s\n0\n", text);
	/* As tr takes the NULs, and its own are no NUL but "\000". */
	CHECK_STR(pj_result_stdout(result, &len), want);
	pj_result_free(result);
	pj_command_free(command);
	end_world(&world);
}

/* ---- nothing of one reaches another -------------------------------------- */

static void nothing_is_left_for_the_next(void)
{
	static const char *const first[] = {
		"-c",
		"SECRET=hidden; export SECRET; alias a=b; f() { :; }; "
		"trap 'echo t' EXIT; set -f; umask 0; cd /; echo x >/tmp/x; "
		"exec 5>/tmp/y; hash -r; ulimit -n 20; sleep 1000 & :",
		"zero", "SECRET", NULL
	};
	static const char *const second[] = {
		"-c",
		"set | grep -c SECRET; alias; f 2>/dev/null; echo $?; trap; "
		"echo $-; umask; pwd; ls -A /tmp; ulimit -n; echo "
		"/proc/[0-9]*; echo $# $0; env | grep -c SECRET; "
		"tr '\\0' '\\n' </proc/$$/environ | grep -c SECRET; "
		"ls /proc/self/fd | wc -l",
		NULL
	};
	struct world world = shell_world("");
	static const char *const env[] = { "NAME=SECRET", NULL };

	for (int i = 0; i < 3; i++) {
		compare(&world, first, env, NULL, BY_SHELL);
		compare(&world, second, NULL, NULL, BY_SHELL);
	}
	end_world(&world);
}

/* ---- when it cannot be --------------------------------------------------- */

/* Linker and C library look at these when they start. */
static void early_variables_lead_to_an_exec(void)
{
	static const char *const variables[] = {
		"\"LD_LIBRARY_PATH\": \"/nowhere\", ",
		"\"LD_BIND_NOW\": \"1\", ",
		"\"MALLOC_CHECK_\": \"3\", ",
		"\"GLIBC_TUNABLES\": \"glibc.malloc.check=3\", ",
	};
	static const char *const args[] = { "-c", "env | sort; exec true",
					    NULL };

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++) {
		struct world world = { .dir = "/var/tmp/procjail-pool.XXXXXX" };
		struct pj_command *command;

		CHECK(mkdtemp(world.dir));
		world.policy = policy_with(&world, variables[i], SHELL_JAIL);
		world.pool = new_pool(world.policy, NULL);
		command = script(world.policy, ":");
		for (int j = 0; j < LEARNING; j++) {
			await_waiting(world.pool, 2);
			pj_result_free(run_in(world.pool, command));
		}
		CHECK(world.pool->shells.wanted);
		compare(&world, args, NULL, NULL, BY_EXEC);
		pj_command_free(command);
		end_world(&world);
	}
}

/* Another program is executed from within the shell that waits. */
static void other_programs_are_executed(void)
{
	struct world world = shell_world("");
	const char *const args[] = { "a  b", NULL };
	struct pj_command *command =
		prepare(world.policy, "/bin/echo", args, NULL);
	struct pj_result *result;
	size_t len;

	result = run_as(&world, command, NULL, BY_EXEC);
	CHECK(world.pool->shells.wanted);
	CHECK_STR(pj_result_stdout(result, &len), "a  b\n");
	pj_result_free(result);
	/* So many in a row, and no shell is made to wait any more. */
	for (int i = 0; i < POOL_ADOPTS; i++)
		pj_result_free(run_as(&world, command, NULL, BY_EXEC));
	CHECK(!world.pool->shells.wanted);
	pj_command_free(command);
	end_world(&world);
}

static const char *wait_channel(int pid, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, size - 1);
	CHECK(n > 0);
	close(fd);
	text[n] = '\0';
	return text;
}

/* The only child of the jail's init. */
static pid_t waiter_of(const struct launched *jail)
{
	char path[64], line[128];
	int init = -1, waiter = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", jail->pidfd);
	file = fopen(path, "re");
	CHECK(file);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "Pid: %d", &init) == 1)
			break;
	fclose(file);
	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", init, init);
	file = fopen(path, "re");
	CHECK(file && fscanf(file, "%d", &waiter) == 1);
	fclose(file);
	return waiter;
}

static void a_shell_that_is_killed(void)
{
	struct world world = shell_world("");
	struct pj_command *command = script(world.policy, "echo x");
	struct pj_result *result;
	char text[32];
	size_t len;

	for (unsigned int i = 0; i < 2; i++) {
		const struct waiting_jail *waiting = &world.pool->waiting[i];
		struct pollfd gone = { .fd = waiting->jail.pidfd,
				       .events = POLLIN };
		const pid_t waiter = waiter_of(&waiting->jail);

		CHECK(waiting->has_shell);
		CHECK_STR(wait_channel(waiter, text, sizeof(text)),
			  "procjail-wait\n");
		CHECK(kill(waiter, SIGKILL) == 0);
		CHECK(poll(&gone, 1, 60000) == 1);
	}
	result = run_in(world.pool, command);
	CHECK_STR(pj_result_stdout(result, &len), "x\n");
	CHECK(stats_of(world.pool).lost == 2);
	pj_result_free(result);
	pj_command_free(command);
	end_world(&world);
}

/* A policy that shows the directory, and lets write in "work" of it. */
static struct world world_beside(void)
{
	struct world world = { .dir = "/var/tmp/procjail-pool.XXXXXX" };

	CHECK(mkdtemp(world.dir));
	shell(&world, "mkdir work");
	world.policy = policy_with(&world, "",
				   "\"filesystem\": { \"read\": [\"/\"], "
				   "\"write\": [\"./work\"] }");
	world.pool = new_pool(world.policy, NULL);
	return world;
}

static struct pj_command *prepare_in(const struct world *world,
				     const char *name, const char *text)
{
	const char *const args[] = { "-c", text, NULL };
	char path[100];

	snprintf(path, sizeof(path), "%s/%s", world->dir, name);
	return prepare(world->policy, path, args, NULL);
}

/* Until it is the pool's own business what waits. */
static void run_often(struct world *world, const char *name, const char *text)
{
	struct pj_command *command = prepare_in(world, name, text);

	for (int i = 0; i < 10; i++) {
		await_waiting(world->pool, 2);
		pj_result_free(run_in(world->pool, command));
	}
	await_waiting(world->pool, 2);
	pj_command_free(command);
}

/* A shell that the host replaces is another program: what runs is the new one.
 */
static void a_shell_that_is_replaced(void)
{
	struct world world;
	struct pj_command *command;
	struct pj_result *result;
	size_t len;

	if (geteuid() != 0)
		SKIP("needs root");
	world = world_beside();
	shell(&world, "cp /bin/sh dash");
	run_often(&world, "dash", ":");
	await_shells(world.pool);
	shell(&world, "cp /bin/echo new && mv new dash");
	command = prepare_in(&world, "dash", "echo $0");
	result = run_as(&world, command, NULL, BY_EXEC);
	CHECK_STR(pj_result_stdout(result, &len), "-c echo $0\n");
	pj_result_free(result);
	pj_command_free(command);
	end_world(&world);
}

/* The guard has seen another program at the place where the shell is again, the
 * very file, with the times that it had. */
static void a_shell_that_comes_back(void)
{
	struct world world;
	struct pj_command *command;
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };

	if (geteuid() != 0)
		SKIP("needs root");
	world = world_beside();
	shell(&world, "mkdir bin && cp /bin/sh bin/dash");
	run_often(&world, "bin/dash", ":");
	await_shells(world.pool);
	shell(&world, "mv bin kept && mkdir bin && cp /bin/echo bin/dash");
	command = prepare_in(&world, "bin/dash", "echo ran >work/log");
	shell(&world, "rm -r bin && mv kept bin");
	CHECK(pj_pool_run(world.pool, command, NULL, &result, &err) < 0);
	CHECK(strstr(err.message, "changed"));
	shell(&world, "! test -e work/log");
	pj_command_free(command);
	end_world(&world);
}

/* Called as the shell is, but not one that may wait: it is executed for its
 * commands and never before. Who could write it could have it take what is for
 * others. */
static void a_shell_that_may_not_wait(void)
{
	static const struct {
		const char *name, *make;
	} kinds[] = {
		{ "sh", "printf '#!/bin/sh\neval \"$2\"\n' >sh; chmod +x sh" },
		{ "sh", "cp /bin/bash sh" },
		{ "work/sh", "cp /bin/sh work/sh" },
		{ "dash", "cp /bin/sh dash; chmod 777 dash" },
		{ "dash", "cp /bin/sh dash; ln dash other" },
		{ "dash", "cp /bin/sh dash; chmod 2755 dash" },
		{ "dash", "cp /bin/sh dash; chown 65534 dash" },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		struct world world = world_beside();

		shell(&world, kinds[i].make);
		run_often(&world, kinds[i].name, "echo ran >>work/log");
		CHECK(!stats_of(world.pool).by_shell);
		CHECK(!stats_of(world.pool).shells);
		CHECK(!world.pool->shells.wanted);
		shell(&world, "test $(wc -l <work/log) = 10");
		end_world(&world);
	}
}

/* What is renamed over a denied file takes its mount away, for a shell that
 * waits as well. */
static void a_denied_file_that_is_replaced(void)
{
	struct world world = { .dir = "/var/tmp/procjail-pool.XXXXXX" };
	struct pj_command *command;

	CHECK(mkdtemp(world.dir));
	shell(&world, "echo old >secret");
	world.policy = policy_with(&world, "",
				   "\"filesystem\": { \"read\": [\"/\"], "
				   "\"write\": [\".\"], \"deny\": "
				   "[\"./secret\"] }");
	world.pool = new_pool(world.policy, NULL);
	learn(world.pool, world.policy);
	command = script(world.policy, "cat secret 2>/dev/null; echo $?");
	shell(&world, "echo new >other && mv other secret");
	for (int i = 0; i < 3; i++) {
		struct pj_result *result = run_in(world.pool, command);
		size_t len;

		CHECK_STR(pj_result_stdout(result, &len), "1\n");
		pj_result_free(result);
	}
	CHECK(stats_of(world.pool).lost >= 1);
	pj_command_free(command);
	end_world(&world);
}

/* ---- many ---------------------------------------------------------------- */

static void many_in_a_row(void)
{
	struct world world = shell_world("");
	struct pj_pool_stats stats;

	for (int i = 0; i < 400; i++) {
		const char *env[] = { NULL, NULL };
		const char *const args[] = { "-c", "echo $NAME; exit $1",
					     "zero", i % 2 ? "1" : "0", NULL };
		char variable[32], want[32];
		struct pj_command *command;
		struct pj_result *result;
		size_t len;

		snprintf(variable, sizeof(variable), "NAME=%d", i);
		snprintf(want, sizeof(want), "%d\n", i);
		env[0] = variable;
		command = prepare(world.policy, "/bin/sh", args, env);
		result = run_in(world.pool, command);
		CHECK_STR(pj_result_stdout(result, &len), want);
		CHECK(pj_result_exit_code(result) == i % 2);
		pj_result_free(result);
		pj_command_free(command);
	}
	stats = stats_of(world.pool);
	printf("# warm %u, by a shell %u, cold %u, lost %u\n",
	       (unsigned int)stats.warm, (unsigned int)stats.by_shell,
	       (unsigned int)stats.cold, (unsigned int)stats.lost);
	CHECK(stats.lost == 0);
	/* All but those that were made before it was known. */
	CHECK(stats.by_shell + LEARNING >= stats.warm);
	end_world(&world);
}

/* ---- which shells -------------------------------------------------------- */

static bool needs_only_libc(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool answer = elf_needs_only(fd, "libc.so.6");

	CHECK(fd >= 0);
	close(fd);
	return answer;
}

static void libraries_are_read(void)
{
	struct world world = { .dir = "/var/tmp/procjail-pool.XXXXXX" };
	char path[100], *real = realpath("/bin/sh", NULL);

	CHECK(mkdtemp(world.dir));
	snprintf(path, sizeof(path), "%s/file", world.dir);
	if (real && strcmp(real, "/usr/bin/dash") == 0)
		CHECK(needs_only_libc("/bin/sh"));
	free(real);
	if (access("/bin/bash", X_OK) == 0)
		CHECK(!needs_only_libc("/bin/bash"));
	CHECK(!needs_only_libc("/dev/null"));
	/* Cut anywhere, and with any byte of its headers changed: an answer. */
	for (int cut = 0; cut < 4096; cut += 113) {
		char text[200];

		snprintf(text, sizeof(text), "head -c %d /bin/sh >file", cut);
		shell(&world, text);
		CHECK(!needs_only_libc(path));
	}
	shell(&world, "cp /bin/sh file");
	for (int at = 0; at < 900; at++) {
		int fd = open(path, O_RDWR | O_CLOEXEC);
		unsigned char byte, changed;

		CHECK(fd >= 0 && pread(fd, &byte, 1, at) == 1);
		changed = byte ^ 0xff;
		CHECK(pwrite(fd, &changed, 1, at) == 1);
		needs_only_libc(path);
		CHECK(pwrite(fd, &byte, 1, at) == 1);
		close(fd);
	}
	shell(&world, "rm file && rmdir $PWD");
}

static const struct tap_case cases[] = {
	{ "scripts do the same", scripts_do_the_same },
	{ "variables mean the same", variables_mean_the_same },
	{ "other invocations do the same", other_invocations_do_the_same },
	{ "large ones do the same", large_ones_do_the_same },
	{ "many arguments do the same", many_arguments_do_the_same },
	{ "the end is that of a run", the_end_is_that_of_a_run },
	{ "the walls are the same", the_walls_are_the_same },
	{ "arguments are shown", arguments_are_shown },
	{ "nothing is left for the next", nothing_is_left_for_the_next },
	{ "early variables lead to an exec", early_variables_lead_to_an_exec },
	{ "other programs are executed", other_programs_are_executed },
	{ "a shell that is killed", a_shell_that_is_killed },
	{ "a shell that is replaced", a_shell_that_is_replaced },
	{ "a shell that comes back", a_shell_that_comes_back },
	{ "a shell that may not wait", a_shell_that_may_not_wait },
	{ "a denied file that is replaced", a_denied_file_that_is_replaced },
	{ "libraries are read", libraries_are_read },
	{ "many in a row", many_in_a_row },
};
TAP_MAIN(cases)
