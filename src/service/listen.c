/* SPDX-License-Identifier: Apache-2.0 */
/* A socket of systemd's, or our own. Who holds the lock beside it is the one
 * service of its path, so that a socket left by a killed one can be replaced
 * without a doubt whether somebody still listens. */
#include "service/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/error.h"

enum { ACTIVATED_FD = 3, BACKLOG = 1024 };

static int option_of(int fd, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &len) < 0 ? -1
								    : value;
}

/* sd_listen_fds(3). The variables are for us alone. */
static bool is_activated(bool *ret_more)
{
	const char *pid = getenv("LISTEN_PID");
	const char *count = getenv("LISTEN_FDS");
	bool ours = pid && count && strtol(pid, NULL, 10) == (long)getpid() &&
		    strcmp(count, "0") != 0;

	*ret_more = ours && strcmp(count, "1") != 0;
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	return ours;
}

/* The path that descriptor 3 is bound to. False: to none that can be held. */
static bool find_address(struct sockaddr_un *address)
{
	socklen_t len = sizeof(*address);

	return getsockname(ACTIVATED_FD, (struct sockaddr *)address, &len) ==
		       0 &&
	       address->sun_path[0] == '/' &&
	       memchr(address->sun_path, '\0', sizeof(address->sun_path));
}

static int take_activated(struct listener *listener, struct pj_error *err)
{
	if (option_of(ACTIVATED_FD, SO_DOMAIN) != AF_UNIX ||
	    option_of(ACTIVATED_FD, SO_TYPE) != SOCK_SEQPACKET ||
	    option_of(ACTIVATED_FD, SO_ACCEPTCONN) != 1 ||
	    !find_address(&listener->address))
		return fail(err, PJ_STAGE_NONE, PJ_E_ARGUMENT, 0,
			    "descriptor 3 is no listening path socket of type "
			    "SOCK_SEQPACKET (ListenSequentialPacket=)");
	if (fcntl(ACTIVATED_FD, F_SETFD, FD_CLOEXEC) < 0 ||
	    fcntl(ACTIVATED_FD, F_SETFL, O_NONBLOCK) < 0)
		return fail_system(err, PJ_STAGE_NONE, errno, "descriptor 3");
	listener->fd = ACTIVATED_FD;
	return 0;
}

/* $XDG_RUNTIME_DIR/procjail/pool.sock; makes its directory. */
static int usual_path(char *path, size_t size, struct pj_error *err)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	int len;

	if (!runtime || runtime[0] != '/')
		return fail(err, PJ_STAGE_NONE, PJ_E_ARGUMENT, 0,
			    "XDG_RUNTIME_DIR is not set; give --socket PATH");
	len = snprintf(path, size, "%s/procjail", runtime);
	if (len < 0 || (size_t)len + sizeof("/pool.sock") > size)
		return fail(err, PJ_STAGE_NONE, PJ_E_ARGUMENT, 0,
			    "XDG_RUNTIME_DIR is too long");
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return fail_system(err, PJ_STAGE_NONE, errno, "make %s", path);
	strcat(path, "/pool.sock");
	return 0;
}

static int lock(struct listener *listener, struct pj_error *err)
{
	char path[sizeof(listener->address.sun_path) + sizeof(".lock")];

	snprintf(path, sizeof(path), "%s.lock", listener->address.sun_path);
	listener->lock_fd =
		open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (listener->lock_fd < 0)
		return fail_system(err, PJ_STAGE_NONE, errno, "open %s", path);
	if (flock(listener->lock_fd, LOCK_EX | LOCK_NB) < 0)
		return fail(err, PJ_STAGE_NONE, PJ_E_ARGUMENT, 0,
			    "a pool listens at %s already",
			    listener->address.sun_path);
	return 0;
}

/* Mode 0600 from its birth; the umask is what jails will have, so it is
 * restored. No thread runs yet. */
static int bind_private(const struct listener *listener)
{
	mode_t before = umask(0177);
	int r = bind(listener->fd, (const struct sockaddr *)&listener->address,
		     sizeof(listener->address));

	umask(before);
	return r;
}

static int make_own(struct listener *listener, struct pj_error *err)
{
	const char *path = listener->address.sun_path;
	struct stat st;
	int r = lock(listener, err);

	if (r < 0)
		return r;
	if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
		unlink(path);
	listener->fd = socket(AF_UNIX,
			      SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (listener->fd < 0 || bind_private(listener) < 0 ||
	    listen(listener->fd, BACKLOG) < 0)
		return fail_system(err, PJ_STAGE_NONE, errno, "listen at %s",
				   path);
	return 0;
}

int listener_open(const char *path, struct listener *ret_listener,
		  struct pj_error *err)
{
	struct listener listener = { .fd = -1,
				     .lock_fd = -1,
				     .address.sun_family = AF_UNIX };
	char usual[PATH_MAX];
	bool more = false;
	int r = 0;

	if (is_activated(&more)) {
		if (more)
			return fail(err, PJ_STAGE_NONE, PJ_E_ARGUMENT, 0,
				    "more than one socket was passed");
		r = take_activated(&listener, err);
		if (r == 0)
			*ret_listener = listener;
		return r;
	}
	if (!path) {
		r = usual_path(usual, sizeof(usual), err);
		path = usual;
	}
	if (r < 0)
		return r;
	if (strlen(path) >= sizeof(listener.address.sun_path))
		return fail(err, PJ_STAGE_NONE, PJ_E_ARGUMENT, 0,
			    "%s: longer than a socket's path may be", path);
	memcpy(listener.address.sun_path, path, strlen(path));
	r = make_own(&listener, err);
	if (r == 0)
		*ret_listener = listener;
	return r;
}

void listener_stop(const struct listener *listener)
{
	if (listener->lock_fd >= 0)
		shutdown(listener->fd, SHUT_RDWR);
}

void listener_close(struct listener *listener)
{
	/* Before the lock goes: what is there then is another's. */
	if (listener->lock_fd >= 0)
		unlink(listener->address.sun_path);
	close(listener->fd);
	if (listener->lock_fd >= 0)
		close(listener->lock_fd);
}
