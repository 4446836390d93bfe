/* SPDX-License-Identifier: Apache-2.0 */
/* The client. Signals are forwarded from the moment the request is sent; before
 * that they end us, and nothing runs. Once it is sent nothing is tried again:
 * a command runs once or not at all. */
#include "service/client.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/files.h"
#include "cli/run_end.h"
#include "cli/signals.h"
#include "service/text.h"

/* ---- the request --------------------------------------------------------- */

/* A variable that is no text is left out: no JSON can hold it. */
static void put_environment(struct wire_text *text, bool verbose)
{
	const char *separator = "";

	text_raw(text, ",\"" WIRE_CALLER_ENV "\":[");
	for (char **entry = environ; *entry; entry++) {
		size_t len = strlen(*entry);

		if (!text_is_utf8(*entry, len)) {
			if (verbose)
				message("warning: the variable '%.*s' is no "
					"UTF-8: not sent",
					(int)strcspn(*entry, "="), *entry);
			continue;
		}
		text_raw(text, separator);
		text_string(text, *entry, len);
		separator = ",";
	}
	text_raw(text, "]");
}

static void put_program(struct wire_text *text, const char *const *program)
{
	text_raw(text, ",\"" WIRE_LOOK_UP "\":true,\"" WIRE_REQUEST
		       "\":{\"program\":");
	text_string(text, program[0], strlen(program[0]));
	text_raw(text, ",\"args\":[");
	for (size_t i = 1; program[i]; i++) {
		if (i > 1)
			text_raw(text, ",");
		text_string(text, program[i], strlen(program[i]));
	}
	text_raw(text, "]}");
}

/* As text within the text: what it holds stays below "request". */
static int put_request_file(struct invocation *invocation,
			    struct wire_text *text, struct pj_error *err)
{
	size_t len = 0;
	int r = file_read(invocation->request_file, &invocation->request_data,
			  &len, err);

	if (r < 0)
		return r;
	text_raw(text, ",\"" WIRE_REQUEST "\":");
	text_string(text, invocation->request_data, len);
	return 0;
}

static void put_directory(struct wire_text *text, const char *key,
			  const char *from, const char *path)
{
	char full[2 * PATH_MAX];

	if (!path)
		return;
	snprintf(full, sizeof(full), "%s/%s", from, path);
	text_pair(text, key, path[0] == '/' ? path : full);
}

static int write_request(struct invocation *invocation, struct wire_text *text,
			 struct pj_error *err)
{
	const char *cwd = invocation->caller_cwd;
	int r = 0;

	if (!getcwd(invocation->caller_cwd, sizeof(invocation->caller_cwd)))
		return fail_system(err, PJ_STAGE_REQUEST, errno,
				   "the current directory");
	text_raw(text, "{\"version\":1");
	text_pair(text, WIRE_POLICY, invocation->policy_file);
	text_pair(text, WIRE_PROFILE, invocation->profile);
	put_directory(text, WIRE_WORKSPACE, cwd, invocation->workspace);
	text_pair(text, WIRE_CALLER_CWD, cwd);
	put_directory(text, WIRE_CHDIR, cwd, invocation->chdir);
	text_flag(text, WIRE_INPUT, invocation->stdin_file != NULL);
	text_flag(text, WIRE_JSON, invocation->json);
	text_flag(text, WIRE_VERBOSE, invocation->verbose);
	if (invocation->request_file)
		r = put_request_file(invocation, text, err);
	else
		put_program(text, invocation->program);
	if (r < 0)
		return r;
	if (text->not_utf8)
		return fail(err, PJ_STAGE_REQUEST, PJ_E_REQUEST, 0,
			    "what is no UTF-8 cannot be sent to a pool; run it "
			    "without --pool");
	put_environment(text, invocation->verbose);
	text_raw(text, "}");
	if (text->len > sizeof(text->bytes))
		return fail(err, PJ_STAGE_REQUEST, PJ_E_REQUEST, 0,
			    "with %zu bytes the request and the environment "
			    "are too large for a pool (%zu); run it without "
			    "--pool",
			    text->len, sizeof(text->bytes));
	return 0;
}

/* ---- the service --------------------------------------------------------- */

/* Whoever listens gets our streams and our environment: it must be us. */
static int check_peer(int fd, const char *path, struct pj_error *err)
{
	struct ucred peer = { 0 };
	socklen_t len = sizeof(peer);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return fail_system(err, PJ_STAGE_REQUEST, errno,
				   "credentials of %s", path);
	if (peer.uid != geteuid())
		return fail(err, PJ_STAGE_REQUEST, PJ_E_UNAVAILABLE, 0,
			    "the pool at %s is that of uid %u, not ours (%u)",
			    path, peer.uid, geteuid());
	return 0;
}

static int reach(const char *path, int *ret_fd, struct pj_error *err)
{
	auto_fd int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int r;

	if (fd < 0)
		return fail_system(err, PJ_STAGE_REQUEST, errno, "socket");
	if (strlen(path) >= sizeof(address.sun_path))
		return fail(err, PJ_STAGE_REQUEST, PJ_E_ARGUMENT, 0,
			    "%s: longer than a socket's path may be", path);
	memcpy(address.sun_path, path, strlen(path));
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		return fail(err, PJ_STAGE_REQUEST, PJ_E_UNAVAILABLE, errno,
			    "no pool at %s (start one with 'procjail pool "
			    "--socket %s', or run without --pool)",
			    path, path);
	r = check_peer(fd, path, err);
	if (r < 0)
		return r;
	*ret_fd = take_fd(fd);
	return 0;
}

/* As choose_input() of cmd_run.c. */
static int open_input(const struct invocation *invocation, int *ret_fd,
		      struct pj_error *err)
{
	const char *from = invocation->stdin_file;

	if (!from &&
	    (invocation->json || (invocation->request_file &&
				  strcmp(invocation->request_file, "-") == 0)))
		from = "/dev/null";
	return file_open(from ? from : "-", ret_fd, err);
}

static int send_request(struct invocation *invocation, int socket,
			const struct wire_text *text, struct pj_error *err)
{
	int streams[] = { -1, STDOUT_FILENO, STDERR_FILENO };
	int r = open_input(invocation, &streams[0], err);

	if (r < 0)
		return r;
	/* A service that refuses us at once may have closed already; what it
	 * said is there to read. */
	if (wire_send(socket, text->bytes, text->len, streams, WIRE_STREAMS,
		      0) < 0 &&
	    errno != EPIPE && errno != ECONNRESET)
		r = fail_system(err, PJ_STAGE_REQUEST, errno,
				"send to the pool");
	if (streams[0] != STDIN_FILENO)
		close(streams[0]);
	return r;
}

/* ---- the reply ----------------------------------------------------------- */

static int print_file(int fd, struct pj_error *err)
{
	char buffer[16384];
	ssize_t n;

	while ((n = read(fd, buffer, sizeof(buffer))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail_system(err, PJ_STAGE_SUPERVISE, errno,
					   "read the result");
		fwrite(buffer, 1, (size_t)n, stdout);
	}
	fputc('\n', stdout);
	return 0;
}

/* A refusal that comes without the object that was asked for. */
static int refused(json_t *messages, struct pj_error *err)
{
	const char *text = json_string_value(json_array_get(messages, 0));

	return fail(err, PJ_STAGE_REQUEST, PJ_E_UNAVAILABLE, 0, "%s",
		    text ? text : "the pool refused without a word");
}

static int tell_reply(const struct invocation *invocation, json_t *reply,
		      const struct wire_fds *files, int *ret_status,
		      struct pj_error *err)
{
	json_t *messages = json_object_get(reply, "messages");
	json_t *status = json_object_get(reply, "status");
	json_t *line;
	size_t i;

	if (!json_is_integer(status) || json_integer_value(status) < 0 ||
	    json_integer_value(status) > 255)
		return fail(err, PJ_STAGE_SUPERVISE, PJ_E_SYSTEM, 0,
			    "the pool's reply is none");
	if (invocation->json && files->count != 1)
		return refused(messages, err);
	json_array_foreach(messages, i, line)
		message("%s", json_string_value(line));
	*ret_status = (int)json_integer_value(status);
	if (!invocation->json)
		return 0;
	if (print_file(files->fds[0], err) < 0)
		return -PJ_E_SYSTEM;
	if (print_finish() != CLI_OK)
		*ret_status = CLI_FAILED;
	return 0;
}

static int receive_reply(const struct invocation *invocation, int socket,
			 int *ret_status, struct pj_error *err)
{
	static char text[WIRE_REPLY_MAX];
	struct wire_fds files;
	ssize_t n = wire_receive(socket, text, sizeof(text), 0, &files);
	json_t *reply;
	int r;

	if (n <= 0)
		return fail(err, PJ_STAGE_SUPERVISE, PJ_E_UNAVAILABLE,
			    n < 0 ? errno : 0,
			    "the pool has ended, and the command with it, if "
			    "it ran");
	reply = json_loadb(text, (size_t)n, 0, NULL);
	r = tell_reply(invocation, reply, &files, ret_status, err);
	json_decref(reply);
	wire_close(&files);
	return r;
}

int client_run(struct invocation *invocation)
{
	static struct wire_text text; /* pages that are not used cost nothing */
	auto_fd int socket = -1;
	struct pj_error err;
	int status = CLI_FAILED;
	/* First: a worker wakes up while the request is written. */
	int r = reach(invocation->pool, &socket, &err);

	if (r == 0)
		r = write_request(invocation, &text, &err);
	if (r == 0)
		r = send_request(invocation, socket, &text, &err);
	if (r == 0) {
		signals_send(socket);
		r = receive_reply(invocation, socket, &status, &err);
	}
	return r < 0 ? end_failed(invocation, &err) : status;
}
