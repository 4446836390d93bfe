/* SPDX-License-Identifier: Apache-2.0 */
/* Ancillary data (cmsg(3)) of a message that goes through us. Pure. */
#ifndef PJ_INIT_CONTROL_MESSAGE_H
#define PJ_INIT_CONTROL_MESSAGE_H

#include <stddef.h>
#include <stdint.h>

enum {
	CONTROL_BYTES = 4096,
	CONTROL_DESCRIPTORS_MAX = 253, /* as the kernel has it (unix(7)) */
};

struct control {
	size_t len;
	unsigned char bytes[CONTROL_BYTES] __attribute__((aligned(8)));
	/* Where in `bytes` there is a descriptor's number (an int). */
	unsigned int count;
	uint16_t at[CONTROL_DESCRIPTORS_MAX];
};

/* Check control->len bytes as sendmsg does, find the descriptors, and take out
 * what says who sends: that the kernel adds by itself. 0, or a negative errno.
 */
int control_read(struct control *control);

#endif
