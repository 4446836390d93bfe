/* SPDX-License-Identifier: Apache-2.0 */
/* Each part begins with its length, its own header included, and the next one
 * at a multiple of eight. */
#include "init/control_message.h"

#include <asm/errno.h>

#include "init/lib.h"
#include "init/socket.h"

enum { TYPE_DESCRIPTORS = 1, TYPE_CREDENTIALS = 2 };

struct part {
	uint64_t len;
	int level, type;
};

static int find_descriptors(struct control *control, size_t at, size_t len)
{
	for (size_t i = 0; i < len / sizeof(int); i++) {
		if (control->count == CONTROL_DESCRIPTORS_MAX)
			return -EINVAL;
		control->at[control->count++] =
			(uint16_t)(at + i * sizeof(int));
	}
	return 0;
}

int control_read(struct control *control)
{
	size_t at = 0, kept = 0;
	int status = 0;

	control->count = 0;
	if (control->len > sizeof(control->bytes))
		return -ENOBUFS;
	/* Less than one header is none, but a rest behind a part is wrong. */
	if (control->len < sizeof(struct part))
		control->len = 0;
	while (status == 0 && at < control->len) {
		size_t left = control->len - at, step;
		struct part part;

		if (left < sizeof(part))
			return -EINVAL;
		memcpy(&part, control->bytes + at, sizeof(part));
		if (part.len < sizeof(part) || part.len > left)
			return -EINVAL;
		step = (part.len + 7) & ~(size_t)7;
		if (step > left)
			step = left;
		if (part.level != LEVEL_SOCKET ||
		    part.type != TYPE_CREDENTIALS) {
			memcpy(control->bytes + kept, control->bytes + at,
			       step);
			if (part.level == LEVEL_SOCKET &&
			    part.type == TYPE_DESCRIPTORS)
				status = find_descriptors(
					control, kept + sizeof(part),
					part.len - sizeof(part));
			kept += step;
		}
		at += step;
	}
	control->len = kept;
	return status;
}
