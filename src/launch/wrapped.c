/* SPDX-License-Identifier: Apache-2.0 */
/* The launcher's side of a wrapper: what the stage needs is put into a socket
 * beforehand, then the stage's answer is awaited, or the wrapper's end. */
#include "launch/wrapped.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"
#include "base/pidfd.h"
#include "launch/memory_file.h"
#include "launch/stage.h"

extern const unsigned char stage_image[], stage_image_end[];

/* A wrapper that has not started the program by then never will. */
enum { WRAPPER_MS = 60000, END_MS = 5000 };

/* Each option with its NUL. */
static int options_file(const struct strv *options)
{
	auto_free char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return -1;
	for (size_t i = 0; i < options->count; i++)
		fwrite(options->items[i], 1, strlen(options->items[i]) + 1,
		       out);
	if (fclose(out) != 0)
		return -1;
	return memory_file("procjail-options", text, size);
}

/* The wrapper reads from the start. */
static int rewound(int fd)
{
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static int send_all(int socket, const struct launch_context *context)
{
	auto_fd int plan = stage_image_file(context->plan);
	const int fds[STAGE_SENT_COUNT] = {
		[STAGE_SENT_PLAN] = plan,
		[STAGE_SENT_CONTROL] = context->control,
		[STAGE_SENT_REPORT] = context->report,
		[STAGE_SENT_CONFIG] = context->config,
		[STAGE_SENT_INIT_IMAGE] = context->init_image,
		[STAGE_SENT_ACCOUNT] = context->account >= 0 ? context->account
							     : context->config,
		[STAGE_SENT_STREAMS] = context->streams[0],
		context->streams[1],
		context->streams[2],
	};
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(fds))];
	} control = { .head = { .cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS,
				.cmsg_len = CMSG_LEN(sizeof(fds)) } };
	struct iovec byte = { .iov_base = (char[]){ 0 }, .iov_len = 1 };
	const struct msghdr message = { .msg_iov = &byte,
					.msg_iovlen = 1,
					.msg_control = &control,
					.msg_controllen = sizeof(control) };

	if (plan < 0)
		return -1;
	memcpy(CMSG_DATA(&control.head), fds, sizeof(fds));
	return sendmsg(socket, &message, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

int wrapped_open(struct wrapped *wrapped, struct launch_context *context,
		 struct pj_error *err)
{
	const struct wrapper *wrapper = context->plan->wrapper;
	size_t size = (size_t)(stage_image_end - stage_image);

	wrapped->null = open("/dev/null", O_RDWR | O_CLOEXEC);
	wrapped->complaints = memory_file("procjail-complaints", "", 0);
	wrapped->stage_image = memory_file("procjail-stage", stage_image, size);
	if (wrapper->options.count)
		wrapped->options = rewound(options_file(&wrapper->options));
	if (wrapped->null < 0 || wrapped->complaints < 0 ||
	    wrapped->stage_image < 0 ||
	    (wrapper->options.count && wrapped->options < 0) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
		       wrapped->socket) < 0 ||
	    send_all(wrapped->socket[0], context) < 0)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, errno,
			    "descriptors for %s", wrapper->path);
	context->null = wrapped->null;
	context->complaints = wrapped->complaints;
	context->stage_image = wrapped->stage_image;
	context->options = wrapped->options;
	context->socket = wrapped->socket[1];
	return 0;
}

/* The first line of what the wrapper said. */
static void complaint(const struct wrapped *wrapped, char *text, size_t size)
{
	ssize_t n = pread(wrapped->complaints, text, size - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
}

static bool take_report(struct wrapped *wrapped, struct launch_context *context)
{
	struct stage_report report = { 0 };

	if (recv(wrapped->socket[0], &report, sizeof(report), MSG_DONTWAIT) !=
	    sizeof(report))
		return false;
	report.what[sizeof(report.what) - 1] = '\0';
	memcpy(context->told, report.what, sizeof(context->told));
	context->program_executed = report.executed;
	context->step = report.step < STEP_COUNT ? report.step : STEP_WRAPPER;
	context->errnum = report.errnum;
	context->what = context->told;
	return true;
}

/* Whoever takes the plan out of the socket has it alone: if we still can, no
 * stage ever will, and nothing of the program has run or can run. */
static bool take_back(const struct wrapped *wrapped)
{
	char byte;

	return recv(wrapped->socket[1], &byte, 1, MSG_DONTWAIT) == 1;
}

int wrapped_await(struct wrapped *wrapped, int pidfd,
		  struct launch_context *context, struct pj_error *err)
{
	const struct wrapper *wrapper = context->plan->wrapper;
	const char *name = context->plan->name;
	struct pollfd fds[] = {
		{ .fd = wrapped->socket[0], .events = POLLIN },
		{ .fd = pidfd, .events = POLLIN },
	};
	char said[300];
	int n, errnum;

	do
		n = poll(fds, ARRAY_SIZE(fds), WRAPPER_MS);
	while (n < 0 && errno == EINTR);
	errnum = n < 0 ? errno : 0;
	if (take_report(wrapped, context))
		return context->program_executed ? 0 : -PJ_E_LAUNCH;
	if (!take_back(wrapped))
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, 0,
			    "%s: the jail ended before it told whether the "
			    "program runs",
			    name);
	if (n == 0)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_UNAVAILABLE, 0,
			    "%s: %s has not started the program after %d s",
			    name, wrapper->path, WRAPPER_MS / 1000);
	if (n < 0)
		return fail(err, PJ_STAGE_LAUNCH, PJ_E_LAUNCH, errnum,
			    "%s: waiting for %s", name, wrapper->path);
	complaint(wrapped, said, sizeof(said));
	return fail(err, PJ_STAGE_LAUNCH, PJ_E_UNAVAILABLE, 0,
		    "%s: %s could not make the jail on this host (%s); see "
		    "`procjail doctor`",
		    name, wrapper->path,
		    *said ? said : "it said nothing, and started nothing");
}

void wrapped_close(struct wrapped *wrapped)
{
	int *all = (int *)wrapped;

	for (size_t i = 0; i < sizeof(*wrapped) / sizeof(int); i++)
		if (all[i] >= 0)
			close(all[i]);
}

/* It ends by itself, with what it made, as nothing is left for it to do; one
 * that does not is killed, unless it gained privileges and is not ours to kill.
 */
void wrapped_end(int pidfd)
{
	struct pollfd gone = { .fd = pidfd, .events = POLLIN };

	if (poll(&gone, 1, END_MS) != 1) {
		pidfd_kill(pidfd);
		if (poll(&gone, 1, END_MS) != 1)
			return;
	}
	pidfd_kill_group(pidfd); /* what it left behind */
	pidfd_reap(pidfd);
}
