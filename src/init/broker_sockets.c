/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bind, listen and connect. A path socket may be reached when it lies in the
 * jail's own memory, was bound in this run, or is one that the policy names:
 * whatever listens on the host's path sockets acts with the rights of the host.
 * The kernel gets our copy of the address; a path is handed to it as a
 * descriptor.
 */
#include <asm/errno.h>
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/stat.h>
#include <linux/un.h>

#include "init/abstract_names.h"
#include "init/address.h"
#include "init/broker_allow.h"
#include "init/broker_call.h"
#include "init/broker_caller.h"
#include "init/broker_inet.h"
#include "init/broker_place.h"
#include "init/broker_shape.h"
#include "init/broker_sockets.h"

enum { SOCKETS_MAX = 256 };

/* What was bound in this run, outside the jail's own memory. Held, so that its
 * number does not become that of a socket of the host's. */
static struct {
	uint64_t device, inode;
	int fd; /* O_PATH, where there is an inode */
} bound[SOCKETS_MAX];
static unsigned int bound_next;

static long address_take(struct call_request *request)
{
	uint64_t len = request->args[2];

	if (len > sizeof(request->address))
		return -EINVAL;
	request->address_len = (uint32_t)len;
	return caller_bytes(request, request->args[1], request->address, len);
}

/* What the program was given as a stream may be a socket of the host's network,
 * or of a kind that it cannot make: that is joined to what it is joined to. */
static long family_allows(const struct call_request *request)
{
	unsigned int flags = request->config->flags;

	if (request->family == FAMILY_UNIX || request->family == FAMILY_NETLINK)
		return 0;
	if ((request->family != FAMILY_INET &&
	     request->family != FAMILY_INET6) ||
	    flags & INIT_OFFLINE ||
	    (flags & INIT_LOOPBACK && !inet_is_here(request->fd)))
		return -EACCES;
	return 0;
}

/* The caller's socket in request->fd; `borrow`: it is still to be asked for. */
static long socket_take(struct call_request *request, bool borrow)
{
	int number = (int)request->args[0];
	long fd = borrow ? caller_fd_borrow(request, number)
			 : caller_fd_take(request, number);
	long family;

	if (fd < 0)
		return fd;
	request->fd = (int)fd;
	family = socket_option(request->fd, 39 /* SO_DOMAIN */);
	request->family = (int)family;
	return family < 0 ? family : family_allows(request);
}

/* And the address in request->address. */
static long arguments_take(struct call_request *request)
{
	long status = socket_take(request, true);

	return status < 0 ? status : address_take(request);
}

/* Whether it is one that broker_inet.c answers for. */
static bool is_guarded(const struct call_request *request)
{
	return request->config->flags & INIT_NETWORK &&
	       (request->family == FAMILY_INET ||
		request->family == FAMILY_INET6);
}

/* The path of a path socket's address, terminated; NULL for any other. */
static const char *address_path(const struct call_request *request, char *text,
				size_t size)
{
	size_t n = request->address_len;
	uint16_t family;

	if (n <= sizeof(family) || n > sizeof(struct sockaddr_un) ||
	    n - sizeof(family) >= size)
		return NULL;
	memcpy(&family, request->address, sizeof(family));
	if (family != FAMILY_UNIX || !request->address[sizeof(family)])
		return NULL;
	memcpy(text, request->address + sizeof(family), n - sizeof(family));
	text[n - sizeof(family)] = '\0';
	return text;
}

static uint32_t address_set(struct sockaddr_un *address, const char *folder,
			    const char *name)
{
	struct line path;

	line_start(&path, folder);
	if (*name)
		line_add(&path, "/");
	line_add(&path, name);
	if (path.len >= sizeof(address->sun_path))
		return 0;
	memset(address, 0, sizeof(*address));
	address->sun_family = FAMILY_UNIX;
	memcpy(address->sun_path, path.text, path.len);
	return (uint32_t)(offsetof(struct sockaddr_un, sun_path) + path.len +
			  1);
}

static void remember_socket(const struct place *place)
{
	struct stat stat;
	long fd;

	if (place->private)
		return;
	fd = raw(__NR_openat, place->parent, place->name,
		 O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	if (raw(__NR_fstat, fd, &stat) < 0) {
		raw(__NR_close, fd);
		return;
	}
	if (bound[bound_next].inode)
		raw(__NR_close, bound[bound_next].fd);
	bound[bound_next].device = stat.st_dev;
	bound[bound_next].inode = stat.st_ino;
	bound[bound_next].fd = (int)fd;
	bound_next = (bound_next + 1) % SOCKETS_MAX;
}

/* With the caller's words, from where it stands: they are what the socket tells
 * of itself later. bind follows no last link and overwrites nothing; our copy
 * of the words was checked, and no call of the jail is served in between. */
static long bind_as_named(const struct call_request *request, int fd)
{
	int cwd = caller_directory(request, AT_FDCWD);
	long status;

	if (cwd < 0)
		return cwd;
	status = raw(__NR_fchdir, cwd);
	raw(__NR_close, cwd);
	if (status == 0)
		status = raw(__NR_bind, fd, request->address,
			     request->address_len);
	raw(__NR_chdir, "/");
	return status;
}

/* Where these words would lead us elsewhere; or another jail could lead them
 * to make a git directory whole. */
static bool must_be_here(const struct place *place, const char *text)
{
	return shape_needs_name(place) || text_starts(text, "/proc/") ||
	       text_starts(text, "/dev/fd/") || text_starts(text, "/dev/shm/");
}

static long bind_path(struct call_request *request, int fd, const char *text)
{
	AUTO_PLACE struct place place;
	struct sockaddr_un address;
	uint32_t len;
	long status =
		place_find_text(request, AT_FDCWD, text, FOLLOW_NEVER, &place);

	if (status < 0)
		return status;
	if (place.exists)
		return -EADDRINUSE;
	status = place_allows(request, &place, ACT_CREATE, false);
	if (status == 0)
		status = caller_umask_take(request);
	if (status < 0)
		return status;
	len = address_set(&address, fd_path(place.parent).text, place.name);
	if (!must_be_here(&place, text))
		status = bind_as_named(request, fd);
	else
		status =
			len ? raw(__NR_bind, fd, &address, len) : -ENAMETOOLONG;
	if (status == 0)
		remember_socket(&place);
	return status;
}

long call_bind(struct call_request *request)
{
	char text[sizeof(request->address) + 1];
	const char *path;
	long status = arguments_take(request);

	if (status < 0)
		return status;
	path = address_path(request, text, sizeof(text));
	if (path)
		return bind_path(request, request->fd, path);
	if (is_guarded(request))
		return inet_bind(request);
	if (request->family == FAMILY_UNIX)
		status = abstract_name_choose(request->address,
					      &request->address_len);
	if (status < 0)
		return status;
	return raw(__NR_bind, request->fd, request->address,
		   request->address_len);
}

/* By what it is, not by its name: another socket in its place is another. */
static bool is_granted(const struct init_config *config,
		       const struct place *place)
{
	const struct init_socket *sockets =
		(const struct init_socket *)((const char *)config +
					     config->sockets);

	for (uint32_t i = 0; i < config->socket_count; i++)
		if (sockets[i].inode &&
		    sockets[i].inode == place->stat.st_ino &&
		    sockets[i].device == place->stat.st_dev)
			return true;
	return false;
}

static bool may_reach(const struct call_request *request,
		      const struct place *place)
{
	if (place->private || is_granted(request->config, place))
		return true;
	if (request->config->flags & INIT_HOST_ROOT &&
	    place_allows(request, place, ACT_READ, false) < 0)
		return false;
	for (int i = 0; i < SOCKETS_MAX; i++)
		if (bound[i].inode && bound[i].inode == place->stat.st_ino &&
		    bound[i].device == place->stat.st_dev)
			return true;
	return false;
}

/* May wait for the other side. */
long call_connect_finish(struct call_request *request)
{
	return raw(__NR_connect, request->fd, request->address,
		   request->address_len);
}

/* Replace the path by the descriptor of what was checked; it stays open until
 * the worker has connected or sent. */
static long reach_path(struct call_request *request, const char *text)
{
	AUTO_PLACE struct place place;
	struct sockaddr_un address;
	long status =
		place_find_text(request, AT_FDCWD, text, FOLLOW_LINK, &place);

	if (status < 0)
		return status;
	if (!place.exists)
		return -ENOENT;
	if (place.trailing_slash && (place.stat.st_mode & S_IFMT) != S_IFDIR)
		return -ENOTDIR;
	if ((place.stat.st_mode & S_IFMT) != S_IFSOCK)
		return -ECONNREFUSED;
	if (!may_reach(request, &place))
		return -EACCES;
	request->address_len =
		address_set(&address, fd_path(place.node).text, "");
	memcpy(request->address, &address, request->address_len);
	request->second_fd = place.node;
	place.node = -1;
	return 0;
}

long sockets_reach(struct call_request *request)
{
	char text[sizeof(request->address) + 1];
	const char *path = address_path(request, text, sizeof(text));

	return path ? reach_path(request, path)
		    : abstract_name_settle(request->address,
					   &request->address_len);
}

long call_connect(struct call_request *request)
{
	long status = arguments_take(request);

	if (status < 0)
		return status;
	if (is_guarded(request))
		return inet_connect(request);
	status = sockets_reach(request);
	if (status < 0)
		return status;
	request->later = call_connect_finish;
	return 0;
}

/* The kernel may have chosen an abstract name by itself (SO_PASSCRED): the host
 * could meet that one. Without a name nobody listens; and none may come between
 * this look and the act, from a connect that waits in a worker. */
static long unix_may_listen(int fd)
{
	struct sockaddr_un name;
	uint32_t len = sizeof(name);
	long status = raw(__NR_getsockname, fd, &name, &len);

	if (status < 0)
		return status;
	if (len <= sizeof(uint16_t))
		return -EINVAL;
	return name.sun_path[0] || abstract_name_is_own(
					   (const unsigned char *)&name, len)
		       ? 0
		       : -EACCES;
}

long call_listen(struct call_request *request)
{
	long status = socket_take(request, false);

	if (status < 0)
		return status;
	if (is_guarded(request))
		return inet_listen(request);
	if (request->family == FAMILY_UNIX)
		status = unix_may_listen(request->fd);
	if (status < 0)
		return status;
	return raw(__NR_listen, request->fd, (int)request->args[1]);
}
