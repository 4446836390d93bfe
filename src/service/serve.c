/* SPDX-License-Identifier: Apache-2.0 */
/* A request goes the way that `procjail run` goes (cli/), with a policy of the
 * service's, a jail of its pool, and what is told kept for the client. */
#include "service/serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "cli/run_end.h"
#include "service/request.h"

static const char usual_profile[] = "workspace-write";

/* ---- the reply ----------------------------------------------------------- */

/* The object in memory; -1: none. */
static int object_file(const char *text)
{
	size_t len = strlen(text);
	int fd = memfd_create("procjail-result", MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	for (size_t done = 0; done < len;) {
		ssize_t n = write(fd, text + done, len - done);

		if (n < 0) {
			close(fd);
			return -1;
		}
		done += (size_t)n;
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

/* A client that is gone, or does not read, is its own loss. */
static void reply(int socket, int status, struct told *told)
{
	auto_free char *text = NULL;
	auto_fd int file = told->output ? object_file(told->output) : -1;
	json_t *document =
		json_pack("{s:i, s:i, s:O}", "version", WIRE_VERSION, "status",
			  status, "messages", told->messages);

	text = json_dumps(document, JSON_COMPACT);
	while (text && strlen(text) > WIRE_REPLY_MAX &&
	       json_array_size(told->messages)) {
		/* Not all that -v tells of a long policy. */
		json_array_remove(told->messages,
				  json_array_size(told->messages) - 1);
		free(text);
		text = json_dumps(document, JSON_COMPACT);
	}
	if (text)
		wire_send(socket, text, strlen(text), &file, file >= 0,
			  MSG_DONTWAIT);
	json_decref(document);
}

void serve_refusal(int socket, const char *reason)
{
	struct told told = { .messages = json_array() };

	json_array_append_new(told.messages, json_string(reason));
	reply(socket, CLI_FAILED, &told);
	json_decref(told.messages);
}

/* ---- the run ------------------------------------------------------------- */

/* What an invocation has of the request. `typed` is what was typed, for
 * looking it up. */
static void take_request(struct invocation *invocation,
			 const struct service_request *request,
			 const char *typed[2])
{
	static const char *const none[] = { NULL };
	const char *cwd;

	invocation->request = *pj_request_get(request->text);
	invocation->request.caller_env =
		request->caller_env ? request->caller_env : none;
	invocation->workspace = request->workspace;
	invocation->json = request->json;
	invocation->verbose = request->verbose;
	snprintf(invocation->caller_cwd, sizeof(invocation->caller_cwd), "%s",
		 request->caller_cwd);
	if (request->chdir)
		invocation->request.cwd = request->chdir;
	cwd = invocation->request.cwd;
	if (cwd)
		invocation->request_cwd = strdup(cwd);
	if (!request->look_up)
		return;
	typed[0] = invocation->request.program;
	invocation->program = typed;
	invocation->request.argv0 = typed[0];
}

static bool is_directory(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* As find_workspace() of cli/invocation.c. */
static const char *workspace_of(const struct invocation *invocation)
{
	const char *cwd = invocation->request.cwd;

	if (invocation->workspace)
		return invocation->workspace;
	return cwd && cwd[0] == '/' && is_directory(cwd)
		       ? cwd
		       : invocation->caller_cwd;
}

static int run_command(struct serving *serving, struct pj_pool *pool,
		       const struct invocation *invocation,
		       const struct service_request *request,
		       const struct wire_fds *streams,
		       struct pj_result **ret_result, struct pj_error *err)
{
	enum pj_stream to = request->json ? PJ_STREAM_CAPTURE : PJ_STREAM_PASS;
	struct pj_run_options options = {
		.size = sizeof(options),
		.stdout_to = to,
		.stderr_to = to,
		.stdout_fd = streams->fds[STDOUT_FILENO],
		.stderr_fd = streams->fds[STDERR_FILENO],
		.has_signals = true,
		.signal_fd = serving->signal_fd,
		.may_move_cgroup = true,
	};

	if (!request->input)
		options.input =
			pj_request_stdin(request->text, &options.input_len);
	options.input_from_fd = !options.input;
	options.input_fd = streams->fds[STDIN_FILENO];
	return pj_pool_run(pool, invocation->command, &options, ret_result,
			   err);
}

static int decide(struct serving *serving, struct invocation *invocation,
		  struct service_policy *policy, struct pj_error *err)
{
	int r = 0;

	if (serving->audit_file && !serving->audit)
		r = pj_audit_open(serving->audit_file, false, &serving->audit,
				  err);
	if (r < 0)
		return r;
	invocation->audit = serving->audit;
	pthread_rwlock_rdlock(&policy->lock);
	invocation->policy = policy->policy;
	r = invocation_judge(invocation, err);
	invocation_warn(invocation);
	invocation->policy = NULL; /* not ours */
	pthread_rwlock_unlock(&policy->lock);
	return r;
}

/* From the request to the exit status; what there is to tell is told. */
static int run(struct serving *serving, struct invocation *invocation,
	       const struct service_request *request,
	       const struct wire_fds *streams,
	       struct service_policy **ret_policy,
	       struct pj_result **ret_result)
{
	struct pj_error err = { 0 };
	const char *name = request->policy    ? request->policy
			   : request->profile ? request->profile
					      : usual_profile;
	int r = policies_acquire(serving->policies, name, !request->policy,
				 workspace_of(invocation), ret_policy, &err);

	if (r == 0)
		r = decide(serving, invocation, *ret_policy, &err);
	if (r == -PJ_E_DENIED)
		return end_denied(invocation);
	if (r == 0)
		r = run_command(serving, (*ret_policy)->pool, invocation,
				request, streams, ret_result, &err);
	if (r < 0)
		return end_failed(invocation, &err);
	invocation->signalled = serving->is_signalled(serving->data);
	return end_result(invocation, *ret_result);
}

static int serve_parsed(struct serving *serving,
			const struct service_request *request,
			const struct wire_fds *streams, struct told *told)
{
	struct invocation invocation = { 0 };
	struct service_policy *policy = NULL;
	struct pj_result *result = NULL;
	const char *typed[2] = { NULL, NULL };
	int status;

	take_request(&invocation, request, typed);
	message_keep(told);
	status = run(serving, &invocation, request, streams, &policy, &result);
	message_keep(NULL);
	/* The client goes on while we tidy up. */
	reply(serving->socket, status, told);
	policies_release(serving->policies, policy);
	pj_result_free(result);
	invocation.audit = NULL; /* the thread's */
	invocation_clear(&invocation);
	return status;
}

void serve_request(struct serving *serving, const char *data, size_t len,
		   const struct wire_fds *streams)
{
	struct service_request request = { 0 };
	struct told told = { .messages = json_array() };
	struct pj_error err = { 0 };

	if (streams->count != WIRE_STREAMS || streams->excess)
		serve_refusal(serving->socket,
			      "malformed request: three descriptors must come "
			      "with it");
	else if (service_request_parse(data, len, &request, &err) < 0)
		serve_refusal(serving->socket, err.message);
	else
		serve_parsed(serving, &request, streams, &told);
	service_request_clear(&request);
	json_decref(told.messages);
	free(told.output);
}
