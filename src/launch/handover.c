/* SPDX-License-Identifier: Apache-2.0 */
/* The pool's side of a hand-over: one message to the waiter, and what it
 * answers. */
#include "launch/handover.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "launch/context.h"
#include "launch/memory_file.h"

static size_t list_size(const struct strv *list)
{
	size_t size = 0;

	for (size_t i = 0; i < list->count; i++)
		size += strlen(list->items[i]) + 1;
	return size;
}

static char *put(char *at, const char *text)
{
	return stpcpy(at, text) + 1;
}

static void put_texts(char *at, const struct pj_command *command)
{
	const struct strv *lists[] = { &command->argv, &command->envp };

	at = put(at, command->program);
	at = put(at, command->cwd);
	for (unsigned int l = 0; l < ARRAY_SIZE(lists); l++)
		for (size_t i = 0; i < lists[l]->count; i++)
			at = put(at, lists[l]->items[i]);
}

static struct handover describe(const struct pj_command *command,
				bool own_directory)
{
	return (struct handover){
		.size = sizeof(struct handover),
		.flags = (command->interpreter ? HANDOVER_SCRIPT : 0U) |
			 (own_directory ? HANDOVER_OWN_DIRECTORY : 0U),
		.argument_count = (uint32_t)command->argv.count,
		.variable_count = (uint32_t)command->envp.count,
		.text_size = strlen(command->program) + strlen(command->cwd) +
			     2 + list_size(&command->argv) +
			     list_size(&command->envp),
		.program_device = command->program_stat.st_dev,
		.program_inode = command->program_stat.st_ino,
		.directory_device = command->cwd_stat.st_dev,
		.directory_inode = command->cwd_stat.st_ino,
	};
}

/* Never waits: the socket is empty, as the waiter gets one message only. C
 * libraries differ in the types of the lengths: all are constants. */
static int send_parts(int socket, struct iovec parts[2],
		      const int fds[HANDOVER_STREAMS + 1])
{
	enum {
		USUAL = HANDOVER_STREAMS * sizeof(int),
		WITH_FILE = USUAL + sizeof(int)
	};
	bool with_file = fds[HANDOVER_STREAMS] >= 0;
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(WITH_FILE)];
	} control = { 0 };
	struct msghdr message = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = &control,
		.msg_controllen =
			with_file ? CMSG_SPACE(WITH_FILE) : CMSG_SPACE(USUAL),
	};

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len =
		with_file ? CMSG_LEN(WITH_FILE) : CMSG_LEN(USUAL);
	memcpy(CMSG_DATA(&control.head), fds, with_file ? WITH_FILE : USUAL);
	return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT) < 0
		       ? -errno
		       : 0;
}

int handover_send(int socket, const struct pj_command *command,
		  bool own_directory, const int streams[HANDOVER_STREAMS])
{
	struct handover head = describe(command, own_directory);
	int fds[HANDOVER_STREAMS + 1] = { streams[0], streams[1], streams[2],
					  -1 };
	char small[HANDOVER_TEXT_MAX];
	auto_free char *large = NULL;
	auto_fd int file = -1;
	struct iovec parts[] = {
		{ .iov_base = &head, .iov_len = sizeof(head) },
		{ .iov_base = small, .iov_len = head.text_size },
	};

	if (command->argv.count + command->envp.count + 2 >
		    HANDOVER_STRINGS_MAX ||
	    head.text_size > HANDOVER_FILE_MAX)
		return -E2BIG;
	if (head.text_size <= sizeof(small)) {
		put_texts(small, command);
		return send_parts(socket, parts, fds);
	}
	large = malloc(head.text_size);
	if (!large)
		return -ENOMEM;
	put_texts(large, command);
	file = memory_file("procjail-request", large, head.text_size);
	if (file < 0)
		return -errno;
	fds[HANDOVER_STREAMS] = file;
	head.flags |= HANDOVER_IN_FILE;
	parts[1].iov_len = 0;
	return send_parts(socket, parts, fds);
}

/* ---- a shell that waits -------------------------------------------------- */

static int list_arguments(struct strv *list, char *const *places)
{
	char mounts[HANDOVER_PLACES_MAX * SHELL_DIGITS + 1];
	size_t count = 0, len = SHELL_MOUNTS_LEAST;
	int status;

	while (places[count])
		count++;
	if (count > HANDOVER_PLACES_MAX)
		return -E2BIG;
	if (len < count * SHELL_DIGITS)
		len = count * SHELL_DIGITS;
	memset(mounts, '0', len);
	mounts[len] = '\0';
	status = strv_push(list, "sh");
	if (status == 0)
		status = strv_push(list, "-c");
	if (status == 0)
		status = strv_push(list, ":");
	if (status == 0)
		status = strv_push(list, mounts);
	for (size_t i = 0; i < count && status == 0; i++)
		status = strv_push(list, places[i]);
	return status < 0 ? -ENOMEM : 0;
}

int handover_send_shell(int socket, const char *program,
			const struct stat *program_stat, char *const *places,
			int object, int null)
{
	struct pj_command command = { .program = (char *)program,
				      .program_stat = *program_stat,
				      .cwd = (char *)"/" };
	const int fds[] = { null, null, null, object };
	struct handover head;
	char text[HANDOVER_TEXT_MAX];
	struct iovec parts[] = {
		{ .iov_base = &head, .iov_len = sizeof(head) },
		{ .iov_base = text },
	};
	int status = list_arguments(&command.argv, places);

	if (status == 0 &&
	    (strv_push(&command.envp, HANDOVER_SHELL_PRELOAD) < 0 ||
	     strv_push(&command.envp, HANDOVER_SHELL_BIND) < 0))
		status = -ENOMEM;
	head = describe(&command, true);
	head.flags |= HANDOVER_SHELL;
	if (status == 0 && head.text_size > sizeof(text))
		status = -E2BIG;
	if (status == 0) {
		put_texts(text, &command);
		parts[1].iov_len = head.text_size;
		status = send_parts(socket, parts, fds);
	}
	strv_clear(&command.argv);
	strv_clear(&command.envp);
	return status;
}

/* ---- what it answers ----------------------------------------------------- */

int handover_pair(int pair[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0
		       ? -errno
		       : 0;
}

int handover_await(int socket)
{
	struct handover_answer told;
	ssize_t n;

	do
		n = recv(socket, &told, sizeof(told), 0);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	return n == sizeof(told) && told.executes == EXECUTES_NOTHING &&
			       told.step == STEP_START
		       ? 0
		       : -ECHILD;
}

bool handover_executed(int socket, bool wait, struct handover_answer *ret_told)
{
	bool executed = false;

	*ret_told = (struct handover_answer){ .step = STEP_HANDOVER };
	for (;;) {
		struct handover_answer told;
		ssize_t n = recv(socket, &told, sizeof(told),
				 wait ? 0 : MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		/* Nothing more, or end of file: it has become the program, or
		 * is gone. */
		if (n != sizeof(told) || told.step >= STEP_COUNT)
			return executed;
		*ret_told = told;
		executed = told.executes != EXECUTES_NOTHING;
		if (!executed)
			return false;
	}
}
