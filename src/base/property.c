/* SPDX-License-Identifier: Apache-2.0 */
/* The names of the properties, in one table. */
#include "base/property.h"

#include <string.h>

static const char *const names[] = {
	[PROPERTY_FILESYSTEM_READ] = "filesystem-read",
	[PROPERTY_FILESYSTEM_WRITE] = "filesystem-write",
	[PROPERTY_EXECUTE] = "execute",
	[PROPERTY_NETWORK] = "network",
	[PROPERTY_PROCESSES] = "processes",
	[PROPERTY_IPC] = "ipc",
	[PROPERTY_DEVICES] = "devices",
	[PROPERTY_PRIVILEGES] = "privileges",
	[PROPERTY_SYSCALLS] = "syscalls",
	[PROPERTY_TERMINAL] = "terminal",
	[PROPERTY_KILL_TREE] = "kill-tree",
	[PROPERTY_MEMORY] = "memory",
	[PROPERTY_CPU_TIME] = "cpu-time",
	[PROPERTY_PROCESS_COUNT] = "process-count",
	[PROPERTY_OPEN_FILES] = "open-files",
	[PROPERTY_FILE_SIZE] = "file-size",
	[PROPERTY_WALL_TIME] = "wall-time",
	[PROPERTY_OUTPUT] = "output",
	[PROPERTY_ENVIRONMENT] = "environment",
};
_Static_assert(sizeof(names) / sizeof(*names) == PROPERTY_COUNT,
	       "a name for each property");

const char *property_name(enum property property)
{
	return (unsigned int)property < PROPERTY_COUNT ? names[property]
						       : "unknown";
}

int property_from_name(const char *name)
{
	for (int i = 0; i < PROPERTY_COUNT; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	return -1;
}
