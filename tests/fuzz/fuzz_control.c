/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the ancillary data of a message: what is found lies within, and
 * what the C library finds afterwards are the same descriptors, and no
 * credentials. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "init/control_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(int holds)
{
	if (!holds)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct control control;
	struct msghdr message = { .msg_control = control.bytes };
	unsigned int found = 0;

	memset(&control, 0xff, sizeof(control));
	control.len = size;
	if (size <= sizeof(control.bytes) && size)
		memcpy(control.bytes, data, size);
	if (control_read(&control) < 0)
		return 0;
	check(control.len <= size && control.len <= sizeof(control.bytes));
	check(control.count <= CONTROL_DESCRIPTORS_MAX);
	message.msg_controllen = control.len;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part;
	     part = CMSG_NXTHDR(&message, part)) {
		size_t at = (size_t)(CMSG_DATA(part) - control.bytes);

		check(part->cmsg_len >= sizeof(*part));
		check(at + part->cmsg_len - sizeof(*part) <= control.len);
		if (part->cmsg_level != SOL_SOCKET)
			continue;
		check(part->cmsg_type != SCM_CREDENTIALS);
		if (part->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t n = (part->cmsg_len - sizeof(*part)) / sizeof(int);
		     n--; at += sizeof(int))
			check(found < control.count &&
			      control.at[found++] == at);
	}
	check(found == control.count);
	return 0;
}
