/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: any bytes give a request or an error that is one line. */
#include <procjail.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(const struct pj_request_text *text)
{
	const struct pj_request *request = pj_request_get(text);
	size_t total = strlen(request->program), len = 0;

	for (size_t i = 0; request->args[i]; i++)
		total += strlen(request->args[i]);
	for (size_t i = 0; request->env[i]; i++)
		if (!strchr(request->env[i], '='))
			abort();
	if (request->cwd)
		total += strlen(request->cwd);
	if (request->defect && !request->defect[0])
		abort();
	if (pj_request_stdin(text, &len))
		total += len;
	if (total > (size_t)1 << 30)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pj_request_text *request = NULL;
	struct pj_error err = { 0 };
	int r = pj_request_parse((const char *)data, size, "fuzz", &request,
				 &err);

	if ((r == 0) != (request != NULL))
		abort();
	if (r == 0)
		use(request);
	else if (!err.message[0] || strpbrk(err.message, "\n\r\033"))
		abort();
	pj_request_free(request);
	return 0;
}
