/* SPDX-License-Identifier: Apache-2.0 */
/* The socket that the service listens on. */
#ifndef PJ_SERVICE_LISTEN_H
#define PJ_SERVICE_LISTEN_H

#include <procjail.h>
#include <sys/un.h>

struct listener {
	int fd;
	int lock_fd;		    /* -1: systemd's */
	struct sockaddr_un address; /* a path that ends with a NUL byte */
};

/* systemd's (LISTEN_FDS), else a new one at `path`, else at the usual place. */
int listener_open(const char *path, struct listener *ret_listener,
		  struct pj_error *err);
/* Nobody waits for us in vain: who comes is refused by the kernel, or, at
 * systemd's socket, waits for the next service. */
void listener_stop(const struct listener *listener);
void listener_close(struct listener *listener);

#endif
