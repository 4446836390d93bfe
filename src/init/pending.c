/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether a thread has a signal to see to, by /proc/TID/status. A caller that
 * waits for us sees to none (only to what kills it), so who relies on alarm()
 * to end a wait would wait on.
 */
#include "init/pending.h"

#include <asm/fcntl.h>
#include <linux/fcntl.h>

#include "init/lib.h"

static uint64_t number(const char *at, unsigned int base)
{
	uint64_t value = 0;

	for (;; at++) {
		if (*at >= '0' && *at <= '9')
			value = value * base + (uint64_t)(*at - '0');
		else if (base == 16 && *at >= 'a' && *at <= 'f')
			value = value * base + (uint64_t)(*at - 'a' + 10);
		else
			return value;
	}
}

enum {
	FIELD_TGID,
	FIELD_PID,
	FIELD_OWN,
	FIELD_SHARED,
	FIELD_BLOCKED,
	FIELD_CAUGHT,
	FIELD_COUNT
};

static const struct {
	const char *start;
	unsigned int base;
} fields[FIELD_COUNT] = {
	[FIELD_TGID] = { "Tgid:\t", 10 },
	[FIELD_PID] = { "Pid:\t", 10 },
	[FIELD_OWN] = { "SigPnd:\t", 16 },
	[FIELD_SHARED] = { "ShdPnd:\t", 16 },
	[FIELD_BLOCKED] = { "SigBlk:\t", 16 },
	[FIELD_CAUGHT] = { "SigCgt:\t", 16 },
};

static void read_fields(const char *status, uint64_t values[FIELD_COUNT])
{
	while (*status) {
		for (int i = 0; i < FIELD_COUNT; i++)
			if (text_starts(status, fields[i].start))
				values[i] = number(
					status + text_len(fields[i].start),
					fields[i].base);
		while (*status && *status++ != '\n')
			;
	}
}

bool pending_signal(int tid)
{
	uint64_t values[FIELD_COUNT] = { 0 };
	char status[4096];
	struct line path;
	uint64_t pending;

	line_start(&path, "/proc/");
	line_add_number(&path, (uint64_t)tid);
	line_add(&path, "/status");
	if (file_read(AT_FDCWD, path.text, status, sizeof(status)) <= 0)
		return false;
	read_fields(status, values);
	/* One for the whole process is the first thread's, unless that blocks
	 * it (signal(7)). */
	pending = values[FIELD_OWN];
	if (values[FIELD_TGID] == values[FIELD_PID])
		pending |= values[FIELD_SHARED];
	return pending & ~values[FIELD_BLOCKED] & values[FIELD_CAUGHT];
}
