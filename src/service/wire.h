/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What goes over the service's socket (SOCK_SEQPACKET: a message is there whole
 * or not at all).
 *
 *   client                                                        service
 *     {"version": 1, "policy": NAME | "profile": NAME,
 *      "workspace": DIR, "caller_cwd": DIR, "caller_env": {…},
 *      "request": {program, args, env, cwd, stdin} | its text,
 *      …}                                     and three descriptors ─▶
 *     one byte: a signal number ────────────────────────────────────▶
 *     ◀── {"version": 1, "status": N, "messages": [LINE, …]}
 *         and, with "json", one descriptor: a file with the object
 *
 * A connection is for one request; its end ends the jail.
 */
#ifndef PJ_SERVICE_WIRE_H
#define PJ_SERVICE_WIRE_H

#include <stddef.h>
#include <sys/types.h>

enum {
	WIRE_VERSION = 1,
	WIRE_REQUEST_MAX = 192 * 1024,
	WIRE_REPLY_MAX = 96 * 1024,
	WIRE_STREAMS = 3,
};

/* The names of a request's keys, which both ends use. */
#define WIRE_POLICY	"policy"
#define WIRE_PROFILE	"profile"
#define WIRE_WORKSPACE	"workspace" /* where one was named; absolute */
#define WIRE_CALLER_CWD "caller_cwd"
#define WIRE_CALLER_ENV "caller_env" /* a list of "NAME=value" */
#define WIRE_REQUEST	"request"
#define WIRE_LOOK_UP	"look_up" /* `program` was typed: PATH, "./" */
#define WIRE_CHDIR	"chdir"	  /* wins over the request's `cwd` */
#define WIRE_INPUT	"input"	  /* true: not the request's `stdin` */
#define WIRE_JSON	"json"
#define WIRE_VERBOSE	"verbose"

/* The descriptors that came with a message: as many as were asked for, or none.
 */
struct wire_fds {
	int fds[WIRE_STREAMS];
	size_t count;
	int excess; /* 1: there were more; all are closed */
};

/* One message, whole: 0, or -1 and errno. */
int wire_send(int socket, const void *data, size_t len, const int *fds,
	      size_t count, int flags);

/* One message: its length (0: the other end is gone), or -1 and errno. One
 * longer than `size` is -1 and EMSGSIZE. Descriptors are close-on-exec; those
 * beyond WIRE_STREAMS are closed, and so are all of a message that is too long.
 */
ssize_t wire_receive(int socket, void *data, size_t size, int flags,
		     struct wire_fds *ret_fds);

void wire_close(struct wire_fds *fds);

#endif
