/* SPDX-License-Identifier: Apache-2.0 */
/* A client's message, checked: every key is known and has its type. */
#ifndef PJ_SERVICE_REQUEST_H
#define PJ_SERVICE_REQUEST_H

#include <jansson.h>
#include <procjail.h>

struct service_request {
	json_t *document;
	struct pj_request_text *text;
	/* Borrowed of these two: */
	const char *policy, *profile; /* one of them */
	const char *workspace, *caller_cwd, *chdir;
	const char **caller_env;
	bool look_up, input, json, verbose;
};

int service_request_parse(const char *data, size_t len,
			  struct service_request *request,
			  struct pj_error *err);
void service_request_clear(struct service_request *request);

#endif
