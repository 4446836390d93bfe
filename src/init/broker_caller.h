/* SPDX-License-Identifier: Apache-2.0 */
/* The caller of a call under mediation: its memory and its status. */
#ifndef PJ_INIT_BROKER_CALLER_H
#define PJ_INIT_BROKER_CALLER_H

#include <linux/uio.h>

#include "init/broker_call.h"
#include "init/lib.h"

/* A string, or exactly n bytes, of the caller's memory; the length, or a
 * negative errno. */
long caller_string(const struct call_request *request, uint64_t address,
		   char *buffer, size_t size);
long caller_bytes(const struct call_request *request, uint64_t address,
		  void *buffer, size_t n);
/* The n bytes that these pieces of its memory have in all. */
long caller_gather(const struct call_request *request,
		   const struct iovec *pieces, size_t count, void *buffer,
		   size_t n);
/* Into the caller's memory; 0, or a negative errno. */
long caller_write(const struct call_request *request, uint64_t address,
		  const void *bytes, size_t n);
/* Fields of the caller's /proc status, or a negative errno. */
long caller_status(const struct call_request *request, const char *field,
		   int base);
/* A descriptor of the caller as one of ours: the same open file. */
long caller_fd_take(const struct call_request *request, int fd);
/* The same, unchecked: what is done before the caller is asked for again (by
 * caller_bytes, for one) must not matter to anybody else. */
long caller_fd_borrow(const struct call_request *request, int fd);
/* Make our umask the caller's. */
int caller_umask_take(const struct call_request *request);
/* "/proc/TID" + rest */
void caller_proc_path(struct line *line, const struct call_request *request,
		      const char *rest);

#endif
