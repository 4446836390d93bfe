/* SPDX-License-Identifier: Apache-2.0 */
/* One call under mediation: where its arguments are, and what was learned. */
#ifndef PJ_INIT_BROKER_CALL_H
#define PJ_INIT_BROKER_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include "init/protocol.h"

struct call_request;

/* Which argument is what; NO_ARGUMENT: the call has none. */
enum { NO_ARGUMENT = -1 };

struct call {
	int nr;
	/* The call's result, or a negative errno. */
	long (*run)(struct call_request *request);
	signed char dir, path;	 /* directory descriptor, path */
	signed char dir2, path2; /* of the second name */
	signed char mode, flags;
	unsigned int fixed_flags; /* where the call has no flags of its own */
};

struct call_request {
	const struct init_config *config;
	const struct call *call;
	uint64_t id;
	int tid; /* the calling thread, in our pid namespace */
	uint64_t args[6];
	bool goes_on;	   /* the kernel carries the call out */
	bool unanswered;   /* the caller waits for its end */
	bool gives_fd;	   /* the result is a descriptor of ours to hand over */
	bool gives_socket; /* which we may hold a moment longer */
	int fd_flags;
	/* Set when the rest may block: runs in a process of its own. */
	long (*later)(struct call_request *request);
	bool later_gives_fd;
	int fd; /* for `later`; closed by the broker */
	int second_fd;
	const int *more_fds; /* the same */
	unsigned int more_fd_count;
	uint32_t open_flags;
	int family; /* of the socket in `fd` */
	unsigned char address[128];
	uint32_t address_len;
};

/* Ends with an entry whose run is NULL. */
extern const struct call calls[];

/* An argument, or 0 where the call has none; its flags with its fixed ones. */
uint64_t call_argument(const struct call_request *request, int index);
uint32_t call_flags(const struct call_request *request);

/* A number that tells of a socket of ours (socket(7)), or a negative errno. */
long socket_option(int fd, int option);

long call_open(struct call_request *request);
long call_open_finish(struct call_request *request);
long call_mkdir(struct call_request *request);
long call_mknod(struct call_request *request);
long call_unlink(struct call_request *request);
long call_rename(struct call_request *request);
long call_link(struct call_request *request);
long call_symlink(struct call_request *request);
long call_truncate(struct call_request *request);
long call_chmod(struct call_request *request);
long call_chown(struct call_request *request);
long call_setxattr(struct call_request *request);
long call_removexattr(struct call_request *request);
long call_utimensat(struct call_request *request);
long call_utime(struct call_request *request);
long call_utimes(struct call_request *request);
long call_bind(struct call_request *request);
long call_connect(struct call_request *request);
long call_connect_finish(struct call_request *request);
long call_listen(struct call_request *request);
long call_share_port(struct call_request *request);
long call_socketpair(struct call_request *request);
long call_sendto(struct call_request *request);
long call_sendmsg(struct call_request *request);
long call_sendmmsg(struct call_request *request);
long call_socket(struct call_request *request);
long call_watch(struct call_request *request);
long call_kill(struct call_request *request);
long call_tkill(struct call_request *request);
long call_tgkill(struct call_request *request);
long call_sigqueue(struct call_request *request);
long call_tgsigqueue(struct call_request *request);
long call_pidfd_signal(struct call_request *request);
long call_group(struct call_request *request);

#endif
