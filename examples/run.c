/* SPDX-License-Identifier: Apache-2.0 */
/* Run one command under a profile and print what became of it. */
#include <procjail.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
	const char *const args[] = { "-c", "echo hello from the jail; id -u",
				     NULL };
	struct pj_result *result = NULL;
	struct pj_error err = { 0 };
	size_t len;

	if (pj_quick_run("workspace-write", "/bin/sh", args, &result, &err) <
	    0) {
		fprintf(stderr, "example: %s\n", err.message);
		return 1;
	}
	printf("%s, exit code %d\n%s",
	       pj_outcome_name(pj_result_outcome(result)),
	       pj_result_exit_code(result), pj_result_stdout(result, &len));
	pj_result_free(result);
	return 0;
}
