/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/wrapper.h"

#include <stdlib.h>
#include <unistd.h>

struct wrapper *wrapper_free(struct wrapper *wrapper)
{
	if (!wrapper)
		return NULL;
	if (wrapper->fd >= 0)
		close(wrapper->fd);
	strv_clear(&wrapper->argv);
	strv_clear(&wrapper->options);
	free(wrapper->path);
	free(wrapper);
	return NULL;
}
