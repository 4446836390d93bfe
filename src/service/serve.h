/* SPDX-License-Identifier: Apache-2.0 */
/* One request, from its bytes to its reply. */
#ifndef PJ_SERVICE_SERVE_H
#define PJ_SERVICE_SERVE_H

#include <procjail.h>
#include <stdbool.h>

#include "service/policies.h"
#include "service/wire.h"

struct serving {
	struct policies *policies;
	const char *audit_file;
	struct pj_audit *audit; /* this thread's, once it is needed */
	int socket;		/* the client's */
	int signal_fd;		/* of it: signal numbers */
	/* Whether the client has sent any, or is gone. */
	bool (*is_signalled)(void *data);
	void *data;
};

void serve_request(struct serving *serving, const char *data, size_t len,
		   const struct wire_fds *streams);

/* Refuse: one line, whatever was asked. Never waits. */
void serve_refusal(int socket, const char *reason);

#endif
