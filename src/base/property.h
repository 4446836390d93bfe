/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy can ask of a jail (DESIGN section 4). Names are API. */
#ifndef PJ_BASE_PROPERTY_H
#define PJ_BASE_PROPERTY_H

enum property {
	PROPERTY_FILESYSTEM_READ,
	PROPERTY_FILESYSTEM_WRITE,
	PROPERTY_EXECUTE,
	PROPERTY_NETWORK,
	PROPERTY_PROCESSES,
	PROPERTY_IPC,
	PROPERTY_DEVICES,
	PROPERTY_PRIVILEGES,
	PROPERTY_SYSCALLS,
	PROPERTY_TERMINAL,
	PROPERTY_KILL_TREE,
	PROPERTY_MEMORY,
	PROPERTY_CPU_TIME,
	PROPERTY_PROCESS_COUNT,
	PROPERTY_OPEN_FILES,
	PROPERTY_FILE_SIZE,
	PROPERTY_WALL_TIME,
	PROPERTY_OUTPUT,
	PROPERTY_ENVIRONMENT,
	PROPERTY_COUNT,
};

/* "filesystem-read" … */
const char *property_name(enum property property);
/* -1 when there is no such property. */
int property_from_name(const char *name);

#endif
