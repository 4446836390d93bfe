/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libprocjail: run a command that somebody else chose, so that it can do only
 * what a policy says.
 *
 * The life of a run:
 *
 *   pj_policy_load ──▶ pj_policy ─┐
 *   pj_request_parse ─▶ pj_request ┴▶ pj_prepare ─▶ pj_command ─▶ pj_run ─▶
 * pj_result └▶ pj_decision (why, why not)
 *
 * Only pj_prepare() makes a pj_command, and only a pj_command can be run:
 * nothing runs unchecked.
 *
 * Every function that can fail returns 0 or a negative enum pj_code and, when
 * its `err` is not NULL, fills it once. One that is not given what it needs
 * (NULL) returns -PJ_E_ARGUMENT. Results (`ret_…`) are written on success only.
 * `…_free` takes NULL. Strings handed out are UTF-8 or raw bytes, NUL
 * terminated, and owned by the object they came from unless said otherwise.
 *
 * The library prints nothing, never exits, changes neither signal handlers nor
 * umask nor working directory of its host program, and has no writable
 * globals: calls on distinct objects may run on distinct threads.
 */
#ifndef PROCJAIL_H
#define PROCJAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PJ_API __attribute__((visibility("default")))

/* ---- errors ------------------------------------------------------------- */

/* What a failure was. Returned negative; the values are part of the API. */
enum pj_code {
	PJ_OK = 0,
	PJ_E_MEMORY = 1,   /* "out-of-memory" */
	PJ_E_ARGUMENT = 2, /* "invalid-argument": the caller's mistake */
	PJ_E_POLICY = 3,   /* "policy-invalid" */
	PJ_E_REQUEST = 4,  /* "request-invalid": a request that is no request */
	PJ_E_DENIED = 5,   /* "denied": the guard said no; see pj_decision */
	PJ_E_UNAVAILABLE = 6, /* "containment-unavailable" */
	PJ_E_LAUNCH = 7,      /* "launch-failed" */
	PJ_E_SYSTEM = 8,      /* "system-error": a system call failed */
	PJ_E_AUDIT = 9,	   /* "audit-broken": the log's chain does not hold */
	PJ_E_TIMEOUT = 10, /* "timed-out": not within the time that was given */
	PJ_E_CLOSED = 11,  /* "closed": the program's stream has ended */
	PJ_E_LINE_TOO_LONG = 12, /* "line-too-long" */
	PJ_CODE_COUNT,
};

/* Where a failure happened. */
enum pj_stage {
	PJ_STAGE_NONE = 0,
	PJ_STAGE_POLICY,
	PJ_STAGE_REQUEST,
	PJ_STAGE_GUARD,
	PJ_STAGE_HOST,
	PJ_STAGE_PLAN,
	PJ_STAGE_LAUNCH,
	PJ_STAGE_SUPERVISE,
	PJ_STAGE_AUDIT,
	PJ_STAGE_COUNT,
};

/* A failure, told once. Flat: it may be copied. `message` is one line. */
struct pj_error {
	enum pj_code code;
	enum pj_stage stage;
	int errnum; /* errno of the failed system call, or 0 */
	char message[1000];
};

/* The code's name in DESIGN's sense, e.g. "containment-unavailable". */
PJ_API const char *pj_code_name(int code);
PJ_API const char *pj_stage_name(enum pj_stage stage);
/* "EPERM" for EPERM; NULL for 0. */
PJ_API const char *pj_errno_name(int errnum);
PJ_API const char *pj_version(void);

/* ---- policy ------------------------------------------------------------- */

struct pj_policy;

/* How a policy is read. Zero-initialise, set `size` to sizeof, fill what you
 * need. */
struct pj_policy_options {
	size_t size;
	const char *workspace; /* base of relative paths; NULL: the current
				  directory */
	const char
		*home; /* what `~` means; NULL: $HOME, else from /etc/passwd */
	/* How a jail profile without `commands` is used: when true and the
	 * merged policy holds no `commands`, add "*": "any-arguments" and
	 * risky_programs "allow", because the caller typed the command. */
	bool caller_chose_command;
	/* NULL: a policy's files may lie anywhere. Else the absolute path of a
	 * directory, over no symbolic link, that alone files are taken from,
	 * those of `extends` too: for whoever runs under a policy that what it
	 * runs must never write (protect the directory in the policy). Each
	 * file must be a regular one of this very directory, with no other
	 * name (a link of either kind is refused), owned by the caller or root,
	 * and not writable by group or others. */
	const char *files_from;
};

/* From a file. Errors name file:line:column and the key. */
PJ_API int pj_policy_load(const char *path,
			  const struct pj_policy_options *options,
			  struct pj_policy **ret_policy, struct pj_error *err);
/* From text; `name` stands for the file in errors; `extends` of files is
 * relative to the current directory. */
PJ_API int pj_policy_parse(const char *text, size_t len, const char *name,
			   const struct pj_policy_options *options,
			   struct pj_policy **ret_policy, struct pj_error *err);
PJ_API struct pj_policy *pj_policy_free(struct pj_policy *policy);
/* The merged, resolved policy as JSON text, for people and for diffs; the
 * caller frees it with free(3). */
PJ_API int pj_policy_show(const struct pj_policy *policy, char **ret_json,
			  struct pj_error *err);
/* What was dropped or looks mistaken; one sentence each. */
PJ_API size_t pj_policy_warning_count(const struct pj_policy *policy);
PJ_API const char *pj_policy_warning(const struct pj_policy *policy,
				     size_t index);
/* The PATH that a command gets under this policy, for callers that look up a
 * bare name as `procjail run` does. `caller_env` as in struct pj_request. Owned
 * by the policy, by `caller_env` or by nobody. */
PJ_API const char *pj_policy_path_variable(const struct pj_policy *policy,
					   const char *const *caller_env);

/* The JSON Schemas of the policy and of the result, as text. */
PJ_API const char *pj_policy_schema(void);
PJ_API const char *pj_result_schema(void);
/* The built-in profiles, in order; NULL past the end. `pj_profile_text` is the
 * file as shipped. */
PJ_API const char *pj_profile_name(size_t index);
PJ_API const char *pj_profile_description(size_t index);
PJ_API const char *pj_profile_text(size_t index);

/* A policy made by a program. Each call adds to a policy document; what is
 * wrong with it is told by _build(). All strings are copied. The first failure
 * (memory) sticks and is returned by _build(). */
struct pj_builder;
PJ_API int pj_builder_new(struct pj_builder **ret_builder,
			  struct pj_error *err);
PJ_API struct pj_builder *pj_builder_free(struct pj_builder *builder);
PJ_API void pj_builder_extends(struct pj_builder *b,
			       const char *profile_or_file);
PJ_API void pj_builder_read(struct pj_builder *b, const char *path);
PJ_API void pj_builder_write(struct pj_builder *b, const char *path);
PJ_API void pj_builder_execute(struct pj_builder *b, const char *path);
PJ_API void pj_builder_deny(struct pj_builder *b, const char *path);
PJ_API void pj_builder_protect(struct pj_builder *b, const char *path);
PJ_API void pj_builder_network(struct pj_builder *b, const char *mode);
PJ_API void pj_builder_allow_host(struct pj_builder *b, const char *pattern);
PJ_API void pj_builder_deny_host(struct pj_builder *b, const char *pattern);
/* "8080" or "8000-8099": may be listened on at the host's loopback. */
PJ_API void pj_builder_listen(struct pj_builder *b, const char *ports);
PJ_API void pj_builder_unix_socket(struct pj_builder *b, const char *path);
/* `name` is a key of `limits`, `value` as in the policy, e.g. "memory",
 * "256MiB". */
PJ_API void pj_builder_limit(struct pj_builder *b, const char *name,
			     const char *value);
PJ_API void pj_builder_env_set(struct pj_builder *b, const char *name,
			       const char *value);
PJ_API void pj_builder_env_pass(struct pj_builder *b, const char *name);
PJ_API void pj_builder_env_allow(struct pj_builder *b, const char *name);
PJ_API void pj_builder_cwd_within(struct pj_builder *b, const char *path);
PJ_API void pj_builder_strategy(struct pj_builder *b, const char *name);
PJ_API void pj_builder_may_lack(struct pj_builder *b, const char *property);
/* `rule` is a command rule as JSON, or "\"any-arguments\"". */
PJ_API void pj_builder_command(struct pj_builder *b, const char *program,
			       const char *rule);
PJ_API int pj_builder_build(struct pj_builder *b,
			    const struct pj_policy_options *options,
			    struct pj_policy **ret_policy,
			    struct pj_error *err);

/* ---- request and guard --------------------------------------------------- */

/* What somebody wants to run. All pointers are borrowed for the call. */
struct pj_request {
	size_t size;
	const char *program; /* absolute path */
	const char *const
		*args; /* without argv[0], NULL-terminated; NULL: none */
	const char *const *env; /* "NAME=value", NULL-terminated; NULL: none */
	const char *cwd;	/* NULL: the policy's default */
	/* Where the policy's `environment.pass` takes from; NULL: the calling
	 * process. */
	const char *const *caller_env;
	const char *argv0; /* NULL: `program` as given */
	/* Set by pj_request_parse(), else NULL: what makes this no request that
	 * can be run, e.g. a NUL byte in an argument. It is denied with
	 * request-invalid and this sentence. */
	const char *defect;
};

/* A request read from JSON: {"program", "args", "env", "cwd", "stdin"}. */
struct pj_request_text;
PJ_API int pj_request_parse(const char *text, size_t len, const char *name,
			    struct pj_request_text **ret_request,
			    struct pj_error *err);
PJ_API struct pj_request_text *pj_request_free(struct pj_request_text *request);
PJ_API const struct pj_request *
pj_request_get(const struct pj_request_text *request);
/* NULL when the request has no `stdin`. */
PJ_API const char *pj_request_stdin(const struct pj_request_text *request,
				    size_t *ret_len);

struct pj_command;
struct pj_decision;

struct pj_violation {
	const char *code;    /* e.g. "flag-not-allowed" (DESIGN section 3) */
	const char *item;    /* the offending item, or NULL; never a variable's
				value */
	int index;	     /* its index in args, or -1 */
	const char *message; /* one sentence: what would be allowed */
};

enum {
	PJ_PREPARE_ALL = 1
}; /* flags: report all violations, not just the first */

/* Decide. Returns 0 and a command; or -PJ_E_DENIED. In both cases, when
 * `ret_decision` is not NULL, a decision to be freed by the caller. Runs
 * nothing. The command holds the policy: the policy may be freed first. */
PJ_API int pj_prepare(const struct pj_policy *policy,
		      const struct pj_request *request, unsigned int flags,
		      struct pj_command **ret_command,
		      struct pj_decision **ret_decision, struct pj_error *err);
PJ_API struct pj_command *pj_command_free(struct pj_command *command);
PJ_API const char *pj_command_program(const struct pj_command *command);
PJ_API const char *const *pj_command_argv(const struct pj_command *command);
PJ_API const char *const *pj_command_env(const struct pj_command *command);
PJ_API const char *pj_command_cwd(const struct pj_command *command);

PJ_API struct pj_decision *pj_decision_free(struct pj_decision *decision);
PJ_API bool pj_decision_allowed(const struct pj_decision *decision);
PJ_API size_t pj_decision_violation_count(const struct pj_decision *decision);
PJ_API const struct pj_violation *
pj_decision_violation(const struct pj_decision *decision, size_t index);
/* The guard's; pj_policy_warning() has the policy's. */
PJ_API size_t pj_decision_warning_count(const struct pj_decision *decision);
PJ_API const char *pj_decision_warning(const struct pj_decision *decision,
				       size_t index);
/* {"verdict", "violations", "warnings", "command"}: the policy's warnings and
 * the guard's. `command` may be NULL. free(3) it. */
PJ_API int pj_decision_json(const struct pj_decision *decision,
			    const struct pj_command *command, char **ret_json,
			    struct pj_error *err);

/* ---- host and plan ------------------------------------------------------- */

struct pj_host;
/* Try what this host can enforce. A host may be used by many runs. */
PJ_API int pj_host_probe(struct pj_host **ret_host, struct pj_error *err);
PJ_API struct pj_host *pj_host_free(struct pj_host *host);
/* A table for people, or an object for programs. free(3) it. */
PJ_API int pj_host_report(const struct pj_host *host, bool json,
			  char **ret_text, struct pj_error *err);

/* Run true(1) by each strategy, under a policy that asks for everything: which
 * property it enforces here and by what, why it is not to be had, and the
 * command that mends it; and what pj_host_report() tells. A table for people,
 * or an object (schemas/doctor.schema.json). free(3) it. */
PJ_API int pj_doctor(bool json, char **ret_text, struct pj_error *err);

struct pj_plan;
/* What pj_run() would launch. -PJ_E_UNAVAILABLE names the property that
 * cannot be enforced here. `host` NULL: just what is needed is tried. */
PJ_API int pj_plan_make(const struct pj_command *command,
			const struct pj_host *host, struct pj_plan **ret_plan,
			struct pj_error *err);
PJ_API struct pj_plan *pj_plan_free(struct pj_plan *plan);
PJ_API int pj_plan_json(const struct pj_plan *plan, char **ret_json,
			struct pj_error *err);

/* ---- an application's own strategy --------------------------------------- */

/* What is to be contained. All of it lives for the call. */
struct pj_strategy_view {
	size_t size;
	const struct pj_command *command;
	const char *policy;	  /* as pj_policy_show() gives it */
	const char *const *asked; /* the properties; NULL-terminated */
};
struct pj_strategy_answer;

/* A strategy is a launcher: a program that is put in front, makes walls, and
 * executes what follows its arguments. That is procjail's own stage, which adds
 * from inside what it always adds (no_new_privs, no capabilities, the system
 * call filter with its broker, limits, session, environment, descriptors), and
 * executes the command. The launcher must leave descriptors 3 and 4 open, and
 * /proc mounted. It gets an environment of PATH alone, and none of the
 * program's streams; it must end when what it executed has ended. A set-uid one
 * is run without no_new_privs, which then begins behind it.
 *
 * Each property is held by what is always added, or by the launcher if the
 * strategy says so; what is asked for and held by neither refuses the run. */
struct pj_strategy {
	size_t size;
	const char *name; /* for results and messages */
	/* Answer with the two calls below: 0, or a negative code with `err`
	 * filled: the run is refused. */
	int (*plan)(const struct pj_strategy_view *view,
		    struct pj_strategy_answer *answer, void *data,
		    struct pj_error *err);
	void *data;
};

/* The launcher and its arguments, NULL-terminated; argv[0] is an absolute path
 * that not anybody may write. 0, or a negative code. */
PJ_API int pj_strategy_launcher(struct pj_strategy_answer *answer,
				const char *const *argv);
/* The launcher holds a property ("network" …) by this mechanism. */
PJ_API int pj_strategy_holds(struct pj_strategy_answer *answer,
			     const char *property, const char *mechanism);

/* ---- run ----------------------------------------------------------------- */

enum pj_outcome {
	PJ_EXITED,
	PJ_SIGNALED,
	PJ_TIMED_OUT,
	PJ_OUTPUT_LIMIT,
	PJ_MEMORY_LIMIT,
	PJ_CPU_LIMIT,
	PJ_DENIED,
	PJ_FAILED,
	PJ_OUTCOME_COUNT,
};

/* Where one output stream goes. */
enum pj_stream {
	PJ_STREAM_CAPTURE = 0, /* into the result */
	PJ_STREAM_PASS =
		1, /* to the given descriptor: handed over untouched
		      where the policy sets no limit for it, else copied; what
		      cannot be written ends the jail, see pj_run() */
	PJ_STREAM_DISCARD = 2,
};

struct pj_run_options {
	size_t size;
	const struct pj_host *host; /* NULL: just what is needed is tried */
	/* Standard input: bytes when `input` is not NULL, else `input_fd` when
	 * `input_from_fd`, else empty. */
	const char *input;
	size_t input_len;
	bool input_from_fd;
	int input_fd;
	enum pj_stream stdout_to, stderr_to;
	int stdout_fd, stderr_fd; /* for PJ_STREAM_PASS */
	/* Each byte read from this pipe is a signal number for the program
	 * (SIGKILL ends the jail); ignored unless `has_signals`. */
	bool has_signals;
	int signal_fd;
	/* The caller drives standard input and output line by line, with
	 * pj_process_send_line() and pj_process_recv_line(); then no input is
	 * given above and stdout_to stays PJ_STREAM_CAPTURE. For pj_spawn(). */
	bool interactive;
	size_t line_max; /* bytes of a line of output; 0: 1 MiB */
	/* The application's own, instead of ours; NULL: the policy's. */
	const struct pj_strategy *strategy;
	/* When the calling process is alone in a cgroup that was delegated to
	 * it (systemd's Delegate=yes, a container), it may be moved into the
	 * child "supervisor", so that jails can have limits beside it. */
	bool may_move_cgroup;
};

struct pj_result;
/* Run a command to its end. Returns 0 and a result for whatever happened to
 * the program; a negative code and no result when it could not be launched, or
 * when its output could not be written on to a descriptor that was given
 * (PJ_STREAM_PASS; stage supervise, with the errno). A reader that has gone is
 * no failure: the program finds a closed pipe. */
PJ_API int pj_run(const struct pj_command *command,
		  const struct pj_run_options *options,
		  struct pj_result **ret_result, struct pj_error *err);
PJ_API struct pj_result *pj_result_free(struct pj_result *result);

/* The same in two steps. A process that is freed is killed, whole; so is the
 * jail of a caller that dies. One process belongs to one thread at a time. */
struct pj_process;
PJ_API int pj_spawn(const struct pj_command *command,
		    const struct pj_run_options *options,
		    struct pj_process **ret_process, struct pj_error *err);
/* Until the whole jail has ended. An interactive process gets end of file on
 * its input first, behind the lines that are still on their way; what it wrote
 * and nobody received as a line, an unfinished one too, is the result's
 * standard output. Once: it and the calls for lines are refused after it. */
PJ_API int pj_process_wait(struct pj_process *process,
			   struct pj_result **ret_result, struct pj_error *err);
/* End the whole jail. Lines that arrived before can still be received. Of one
 * that has ended or has been waited for nothing is left to do: 0. */
PJ_API int pj_process_kill(struct pj_process *process, struct pj_error *err);
/* For poll(2): readable when a call would make progress. Each call that waits
 * sees to everything: standard error is kept, limits are watched, queued input
 * is written. So, when it is readable, call pj_process_recv_line() with a
 * timeout of 0 until it has no more (a line that is already here makes nothing
 * readable), or pj_process_wait(). A jail past its wall_time ends without. Take
 * it out of a set of epoll(7) before the process is freed: a child that you
 * fork meanwhile has a copy, which would keep it there. */
PJ_API int pj_process_pollfd(const struct pj_process *process);
PJ_API struct pj_process *pj_process_free(struct pj_process *process);

/* Of an interactive process (pj_run_options). Timeouts are in milliseconds; 0:
 * what can be done at once, -1: no other than the policy's wall_time. A line is
 * any bytes, NUL and what is no UTF-8 too, without a newline.
 *
 * Send `line` and a newline. -PJ_E_TIMEOUT: the program does not read; the line
 * is queued all the same and goes out, in order, during later calls: do not
 * send it again. -PJ_E_CLOSED: the program has closed its input or has ended;
 * what was queued is lost. */
PJ_API int pj_process_send_line(struct pj_process *process, const char *line,
				size_t len, int timeout_ms,
				struct pj_error *err);
/* The next line of standard output, without its newline, NUL-terminated, valid
 * until the next call on this process. -PJ_E_TIMEOUT: no whole line has come.
 * -PJ_E_LINE_TOO_LONG: it is longer than line_max; all of it is dropped, up to
 * its newline, and the next call gives the line after it. -PJ_E_CLOSED: the
 * output has ended and every whole line has been given. Without a reader the
 * program is stopped at some 64 KiB beyond line_max. */
PJ_API int pj_process_recv_line(struct pj_process *process, int timeout_ms,
				const char **ret_line, size_t *ret_len,
				struct pj_error *err);
/* End of file for the program, behind what is queued. Never waits. */
PJ_API int pj_process_close_input(struct pj_process *process,
				  struct pj_error *err);

PJ_API enum pj_outcome pj_result_outcome(const struct pj_result *result);
PJ_API const char *pj_outcome_name(enum pj_outcome outcome);
/* The program's exit code, or -1; the signal that ended it, or 0. */
PJ_API int pj_result_exit_code(const struct pj_result *result);
PJ_API int pj_result_signal(const struct pj_result *result);
/* The exit status of `procjail run` (DESIGN section 5). */
PJ_API int pj_result_status(const struct pj_result *result);
PJ_API const char *pj_result_stdout(const struct pj_result *result,
				    size_t *ret_len);
PJ_API const char *pj_result_stderr(const struct pj_result *result,
				    size_t *ret_len);

struct pj_usage {
	size_t size;
	double wall_ms, cpu_ms;	     /* the whole tree */
	uint64_t peak_memory_bytes;  /* the largest of the tree's processes (per
					cgroup: of the tree) */
	unsigned int processes_peak; /* most processes seen at once */
};
PJ_API void pj_result_usage(const struct pj_result *result,
			    struct pj_usage *ret_usage);

/* What a filtered network refused, equal ones counted, oldest first. */
struct pj_refused {
	size_t size;
	const char *host;     /* a name or an address */
	unsigned int port;    /* 0: a lookup */
	const char *protocol; /* "tcp", "udp", "dns" */
	const char *rule;     /* the deny rule, or NULL: no rule allows it */
	const char *message;  /* which rule would allow it */
	uint64_t count;
};
PJ_API size_t pj_result_refused_count(const struct pj_result *result);
/* `ret_refused->size` is set by the caller; index below the count. */
PJ_API void pj_result_refused(const struct pj_result *result, size_t index,
			      struct pj_refused *ret_refused);

/* The object of DESIGN section 5, for each way a run can end: with a result;
 * denied (result NULL, decision given); failed (result NULL, err given).
 * free(3) it. */
PJ_API int pj_result_json(const struct pj_result *result,
			  const struct pj_decision *decision,
			  const struct pj_command *command,
			  const struct pj_error *failure, char **ret_json,
			  struct pj_error *err);

/* ---- pool ---------------------------------------------------------------- */

/* Jails of one policy that are made in advance, up to the point where nothing
 * is missing but program, arguments, environment, directory and standard
 * streams. Each is used for one command and then destroyed. A command is held
 * in one by the same walls as by pj_run(), with the same result: where no
 * waiting jail is what pj_run() would make for this very command (a program
 * outside the granted trees, another strategy than "namespaces",
 * syscalls.profile "none", something that has changed on the host), and when
 * none waits, the call makes one itself. No more do that at once than there are
 * processors; others wait for whichever comes first, a jail or their turn. So
 * nobody is refused because the pool is exhausted.
 *
 * When three commands in a row are the same /bin/sh (dash, or another "sh" or
 * "dash" of root's that is linked with the C library and nothing else, and that
 * no jail of the policy can write), shells wait in
 * the jails that are made from then on, executed already, before their main();
 * when three in a row are not, no more. Such a jail takes any other command as
 * well. To the shell's script the one difference is what /proc shows of the
 * shell: an object of ours is mapped in it; its "cmdline" has zeros at the end,
 * and no more than 2 KiB; its "environ" is all zeros. (Programs that the script
 * starts are as ever.) What C library and linker read when the shell was
 * executed must be as it was then, and of the request no variable "LD_…",
 * "GLIBC_…" or "MALLOC_…", nor more than 16 KiB of arguments and environment:
 * else it is executed anew.
 *
 * Jails are made by a thread of the pool. What a process passes on to those
 * that it starts (umask, nice value, cgroup, rlimits above the policy's, a
 * Landlock domain of its own) they have of that thread as it was when the pool
 * was made; when the process has become another user since then, new ones are
 * made. In a child that is forked the pool serves as if no jail waited.
 * `wall_time` counts from the hand-over. With a result no process of the jail
 * is left; its mounts are taken down by the thread, a moment later. Everything
 * here may be called by many threads at once, but pj_pool_free(). */
struct pj_pool_options {
	size_t size;
	const struct pj_host *host; /* outlives the pool; NULL: just what is
				       needed is tried */
	unsigned int jails;	    /* that wait at once; 0: 2, at most 1024 */
	/* Jails made each second, by the thread and by callers; 0: no bound. A
	 * caller waits for its turn. */
	unsigned int starts_per_second;
	/* Without a request for so long, those that wait are given up until the
	 * next one comes; 0: never. */
	unsigned int idle_ms;
	bool may_move_cgroup; /* as in pj_run_options */
};

struct pj_pool;
PJ_API int pj_pool_new(const struct pj_policy *policy,
		       const struct pj_pool_options *options,
		       struct pj_pool **ret_pool, struct pj_error *err);
/* As pj_run() and pj_spawn(). Jails of the pool serve commands that
 * pj_prepare() made with the pool's policy (this very object, or what holds
 * it). A process may outlive the pool. */
PJ_API int pj_pool_run(struct pj_pool *pool, const struct pj_command *command,
		       const struct pj_run_options *options,
		       struct pj_result **ret_result, struct pj_error *err);
PJ_API int pj_pool_spawn(struct pj_pool *pool, const struct pj_command *command,
			 const struct pj_run_options *options,
			 struct pj_process **ret_process, struct pj_error *err);
/* Waiting jails of the policy before are given up; none of them is used once
 * this has returned. */
PJ_API int pj_pool_set_policy(struct pj_pool *pool,
			      const struct pj_policy *policy,
			      struct pj_error *err);

struct pj_pool_stats {
	size_t size;
	unsigned int waiting; /* jails, now */
	uint64_t made;	      /* in advance */
	uint64_t warm, cold;  /* requests by a waiting jail; by one of their own
			       */
	uint64_t waited;      /* requests that had to wait for their turn */
	uint64_t given_up;    /* jails: idle, or something had changed */
	uint64_t lost;	      /* jails that could not take their request */
	char failure[1000];   /* why none is made in advance; "" when it is */
	uint64_t by_shell;    /* of the warm ones: by a shell that waited */
	unsigned int shells;  /* of the waiting jails: with a shell */
};
/* `ret_stats->size` is set by the caller. */
PJ_API void pj_pool_stats(struct pj_pool *pool,
			  struct pj_pool_stats *ret_stats);
/* Waits until all waiting jails are gone. */
PJ_API struct pj_pool *pj_pool_free(struct pj_pool *pool);

/* One call for the common case: a built-in profile or policy file, a program
 * with arguments, captured output. */
PJ_API int pj_quick_run(const char *profile_or_file, const char *program,
			const char *const *args, struct pj_result **ret_result,
			struct pj_error *err);

/* ---- audit --------------------------------------------------------------- */

struct pj_audit;
/* Append to a log, made with mode 0600 if missing. `sync`: fsync each record.
 */
PJ_API int pj_audit_open(const char *path, bool sync,
			 struct pj_audit **ret_audit, struct pj_error *err);
PJ_API struct pj_audit *pj_audit_free(struct pj_audit *audit);
/* One record of one run or check. Any of the last four may be NULL. */
PJ_API int pj_audit_write(struct pj_audit *audit,
			  const struct pj_request *request,
			  const struct pj_decision *decision,
			  const struct pj_result *result,
			  const struct pj_command *command,
			  const struct pj_error *failure, struct pj_error *err);
/* Check the chain of hashes; `ret_records` counts the good ones (also on
 * failure, up to the break). */
PJ_API int pj_audit_verify(const char *path, uint64_t *ret_records,
			   struct pj_error *err);
/* Call `show` for each record with its line (one line, no newline). Stops when
 * it returns non-zero. */
PJ_API int pj_audit_read(const char *path,
			 int (*show)(const char *line, size_t len, void *data),
			 void *data, struct pj_error *err);

#ifdef __cplusplus
}
#endif

#endif
