/* SPDX-License-Identifier: Apache-2.0 */
/* Reading an audit log that anybody may have written: verify and read it, and
 * append to it. What opens can be continued, and what verified still verifies
 * with one record more. */
#include <procjail.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int look(const char *line, size_t len, void *data)
{
	size_t *total = data;

	*total += len + (size_t)line[0];
	return 0;
}

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* One record behind whatever is there. */
static bool append(const char *path)
{
	static const struct pj_request request = { .size = sizeof(request),
						   .program = "/bin/true" };
	struct pj_audit *audit = NULL;
	bool written = false;

	if (pj_audit_open(path, false, &audit, NULL) == 0)
		written = pj_audit_write(audit, &request, NULL, NULL, NULL,
					 NULL, NULL) == 0;
	pj_audit_free(audit);
	return written;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[] = "/tmp/pj-fuzz-audit-XXXXXX";
	uint64_t before = 0, after = 0;
	size_t total = 0;
	int fd = mkstemp(path);
	bool good;

	if (fd < 0)
		return 0;
	if (write(fd, data, size) == (ssize_t)size) {
		good = pj_audit_verify(path, &before, NULL) == 0;
		pj_audit_read(path, look, &total, NULL);
		if (good) {
			expect(append(path));
			expect(pj_audit_verify(path, &after, NULL) == 0);
			expect(after == before + 1);
		} else {
			append(path);
			expect(pj_audit_verify(path, &after, NULL) != 0);
		}
	}
	close(fd);
	unlink(path);
	return 0;
}
