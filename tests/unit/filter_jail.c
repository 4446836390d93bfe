/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A broker that says BROKER_ERRNO to all. The child installs the filter and
 * sends the listener over a socket pair; the parent answers until the last
 * process of the jail has ended, which hangs the listener up.
 */
#include "filter_jail.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

union control {
	struct cmsghdr head;
	char room[CMSG_SPACE(sizeof(int))];
};

static void send_fd(int over, int fd)
{
	union control control = { 0 };
	struct iovec data = { "", 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	CHECK(sendmsg(over, &message, 0) == 1);
}

static int receive_fd(int over)
{
	union control control = { 0 };
	char byte;
	struct iovec data = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	int fd;

	CHECK(recvmsg(over, &message, MSG_CMSG_CLOEXEC) == 1);
	CHECK(message.msg_controllen == sizeof(control));
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

static void answer_all(int listener)
{
	struct pollfd wait = { .fd = listener, .events = POLLIN };

	while (poll(&wait, 1, -1) == 1 && !(wait.revents & POLLHUP)) {
		struct seccomp_notif asked = { 0 };
		struct seccomp_notif_resp answer = { 0 };

		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0)
			continue;
		answer.id = asked.id;
		answer.error = -BROKER_ERRNO;
		ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
	}
}

int run_brokered(struct jail jail, void (*body)(struct jail jail))
{
	struct filter_program program = jail_program(jail);
	int pair[2], listener;
	pid_t pid;

	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		listener = install(program.code, program.len,
				   SECCOMP_FILTER_FLAG_NEW_LISTENER);
		send_fd(pair[1], listener);
		close(listener);
		body(jail);
		fflush(stdout);
		_exit(0);
	}
	close(pair[1]);
	listener = receive_fd(pair[0]);
	answer_all(listener);
	close(listener);
	close(pair[0]);
	return wait_for(pid);
}
