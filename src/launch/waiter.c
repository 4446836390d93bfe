/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The waiter's steps, from the request to exec. While it waits the host goes
 * on. What is renamed over a denied file there, say, takes the mount away that
 * hides it, in every namespace. So each place that a mount of ours covers in a
 * tree of the host is looked at twice: the mount that is there must still be
 * the one that was there at the start.
 */
#include "launch/waiter.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <linux/stat.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "base/rawsys.h"
#include "init/lib.h"

enum { ABOVE = 16 };

struct waiter waiter;

static long long more_mounts[HANDOVER_PLACES_MAX];
static const char *more_texts[HANDOVER_STRINGS_MAX];

void waiter_answer(enum handover_executes executes, enum launch_step step,
		   long result)
{
	const struct handover_answer told = {
		.executes = executes,
		.step = step,
		.errnum = (int32_t)-result,
	};

	raw(__NR_sendto, waiter.answer_fd, &told, sizeof(told), MSG_NOSIGNAL, 0,
	    0);
}

bool waiter_refuse(enum launch_step step, long result)
{
	waiter_answer(EXECUTES_NOTHING, step, result);
	return false;
}

/* ---- the places ---------------------------------------------------------- */

static long long mount_at(const char *path)
{
	struct statx now;
	long result = raw(__NR_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW,
			  STATX_MNT_ID | STATX_NLINK, &now);

	if (result < 0)
		return result;
	if (!(now.stx_mask & STATX_MNT_ID))
		return -EOPNOTSUPP;
	/* Deleted on the host: what is written there is lost. */
	return now.stx_nlink ? (long long)now.stx_mnt_id : -ESTALE;
}

bool waiter_set_places(const char *const *places, size_t count)
{
	if (count > HANDOVER_PLACES_MAX)
		return false;
	waiter.places = places;
	waiter.place_count = count;
	waiter.mounts =
		count > PLACES_USUAL ? more_mounts : waiter.usual_mounts;
	return true;
}

bool waiter_note_places(void)
{
	for (size_t i = 0; i < waiter.place_count; i++) {
		waiter.mounts[i] = mount_at(waiter.places[i]);
		if (waiter.mounts[i] == -EOPNOTSUPP ||
		    waiter.mounts[i] == -ESTALE)
			return false;
	}
	return true;
}

bool waiter_check_places(void)
{
	for (size_t i = 0; i < waiter.place_count; i++)
		if (mount_at(waiter.places[i]) != waiter.mounts[i])
			return waiter_refuse(STEP_SOURCE_CHANGED, -ESTALE);
	return true;
}

/* ---- the request --------------------------------------------------------- */

static bool take_descriptors(const struct msghdr *header)
{
	const struct cmsghdr *control = header->msg_control;
	size_t size = header->msg_controllen;

	if (size < sizeof(*control) || control->cmsg_level != SOL_SOCKET ||
	    control->cmsg_type != SCM_RIGHTS || control->cmsg_len > size)
		return false;
	waiter.received_count =
		(control->cmsg_len - CMSG_LEN(0)) / sizeof(*waiter.received);
	if (waiter.received_count > HANDOVER_STREAMS + 1)
		return false;
	memcpy(waiter.received, CMSG_DATA(control),
	       waiter.received_count * sizeof(*waiter.received));
	return true;
}

/* Its length; 0: nobody is there any more. */
long waiter_receive(void)
{
	union {
		struct cmsghdr head;
		char bytes[CMSG_SPACE(sizeof(waiter.received))];
	} control = { 0 };
	struct iovec data = { .iov_base = &waiter.message,
			      .iov_len = sizeof(waiter.message) };
	struct msghdr header = {
		.msg_iov = &data,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	long n = raw(__NR_recvmsg, waiter.socket, &header, MSG_CMSG_CLOEXEC);

	if (n <= 0)
		return n;
	if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC) ||
	    !take_descriptors(&header))
		return -EMSGSIZE;
	return n;
}

/* Where the texts are; NULL: not where the message says. */
static const char *find_text(size_t in_message)
{
	const struct handover *head = &waiter.message.head;
	size_t usual =
		HANDOVER_STREAMS + (head->flags & HANDOVER_SHELL ? 1 : 0);
	long at;

	if (!(head->flags & HANDOVER_IN_FILE))
		return waiter.received_count == usual &&
				       head->text_size == in_message
			       ? waiter.message.text
			       : NULL;
	if (waiter.received_count != HANDOVER_STREAMS + 1 || in_message ||
	    head->text_size > HANDOVER_FILE_MAX)
		return NULL;
	at = raw(__NR_mmap, 0, head->text_size, PROT_READ, MAP_PRIVATE,
		 waiter.received[HANDOVER_STREAMS], 0);
	return at < 0 ? NULL : (const char *)at;
}

/* `count` strings, of a text that ends in NUL. */
static const char *split(const char *text, const char *end, size_t count,
			 const char **strings)
{
	for (size_t i = 0; i < count; i++) {
		if (text == end)
			return NULL;
		strings[i] = text;
		text += text_len(text) + 1;
	}
	return text;
}

bool waiter_understand(long n)
{
	const struct handover *head = &waiter.message.head;
	size_t count = (size_t)head->argument_count + head->variable_count;
	const char *text = NULL, *end, *ways[2];

	if (n >= (long)sizeof(*head) && head->size == sizeof(*head) &&
	    head->text_size && head->argument_count &&
	    count + 2 <= HANDOVER_STRINGS_MAX)
		text = find_text((size_t)n - sizeof(*head));
	if (!text || text[head->text_size - 1])
		return waiter_refuse(STEP_HANDOVER, -EINVAL);
	end = text + head->text_size;
	waiter.arguments =
		count + 2 > STRINGS_USUAL ? more_texts : waiter.usual_texts;
	waiter.variables = waiter.arguments + head->argument_count + 1;
	text = split(text, end, 2, ways);
	if (text)
		text = split(text, end, head->argument_count, waiter.arguments);
	if (text)
		text = split(text, end, head->variable_count, waiter.variables);
	if (text != end)
		return waiter_refuse(STEP_HANDOVER, -EINVAL);
	waiter.program = ways[0];
	waiter.directory = ways[1];
	return true;
}

/* ---- becoming the program ------------------------------------------------ */

static long open_path(const char *path, long flags, struct stat *ret_stat)
{
	long fd = raw(__NR_openat, AT_FDCWD, path,
		      O_PATH | O_CLOEXEC | O_NOFOLLOW | flags);
	long result = fd;

	if (fd >= 0)
		result = raw(__NR_fstat, fd, ret_stat);
	return result < 0 ? result : fd;
}

bool waiter_enter_directory(void)
{
	const struct handover *head = &waiter.message.head;
	struct stat now;
	long fd = open_path(waiter.directory, O_DIRECTORY, &now);
	long result = fd;

	if (fd >= 0)
		result = raw(__NR_fchdir, fd);
	if (result < 0)
		return waiter_refuse(STEP_DIRECTORY, result);
	if (!(head->flags & HANDOVER_OWN_DIRECTORY) &&
	    (now.st_dev != head->directory_device ||
	     now.st_ino != head->directory_inode))
		return waiter_refuse(STEP_DIRECTORY_CHANGED, -ESTALE);
	return true;
}

bool waiter_open_program(int *ret_fd)
{
	const struct handover *head = &waiter.message.head;
	struct stat now;
	long fd = open_path(waiter.program, 0, &now);

	if (fd < 0)
		return waiter_refuse(STEP_PROGRAM, fd);
	if (now.st_dev != head->program_device ||
	    now.st_ino != head->program_inode)
		return waiter_refuse(STEP_PROGRAM_CHANGED, -ESTALE);
	*ret_fd = (int)fd;
	return true;
}

/* Ours, too, for a shell, which waits again. */
static long keep_for_shell(void)
{
	long object = raw(__NR_fcntl, waiter.received[HANDOVER_STREAMS],
			  F_DUPFD_CLOEXEC, ABOVE);
	long result = object;

	if (result >= 0)
		result = raw(__NR_dup3, waiter.answer_fd, HANDOVER_SHELL_SOCKET,
			     0);
	if (result >= 0)
		result = raw(__NR_dup3, object, HANDOVER_SHELL_OBJECT, 0);
	return result;
}

bool waiter_place_streams(void)
{
	long result = 0;

	for (int i = 0; i < HANDOVER_STREAMS && result >= 0; i++)
		result = raw(__NR_dup3, waiter.received[i], i, 0);
	return result >= 0 || waiter_refuse(STEP_STREAMS, result);
}

bool waiter_take_streams(void)
{
	bool shell = waiter.message.head.flags & HANDOVER_SHELL;
	unsigned int kept =
		shell ? HANDOVER_SHELL_OBJECT + 1 : HANDOVER_STREAMS;
	long result = 0;

	if (!waiter_place_streams())
		return false;
	if (shell)
		result = keep_for_shell();
	if (result >= 0)
		result = raw(__NR_close_range, kept, ~0U,
			     CLOSE_RANGE_CLOEXEC_FLAG);
	return result >= 0 || waiter_refuse(STEP_STREAMS, result);
}

/* Once more, what was found before the waiter itself was executed. */
bool waiter_verify(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	if (raw(__NR_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1 ||
	    raw(__NR_prctl, PR_GET_SECCOMP, 0, 0, 0, 0) !=
		    SECCOMP_MODE_FILTER ||
	    raw(__NR_capget, &head, data) < 0 || data[0].effective ||
	    data[0].permitted || data[0].inheritable || data[1].effective ||
	    data[1].permitted || data[1].inheritable)
		return waiter_refuse(STEP_VERIFY, 0);
	return true;
}

void waiter_mask_signals(uint64_t signals)
{
	raw(__NR_rt_sigprocmask, SIG_SETMASK, &signals, 0, 8);
}

static void note_mounts(void)
{
	static const char digits[] = "0123456789abcdef";
	/* Of our own memory. */
	char *text = (char *)waiter.arguments[SHELL_MOUNTS];

	for (size_t i = 0; i < waiter.place_count; i++)
		for (int bit = 60; bit >= 0; bit -= 4)
			*text++ =
				digits[(uint64_t)waiter.mounts[i] >> bit & 15];
}

static bool mounts_fit(void)
{
	return waiter.message.head.argument_count > SHELL_MOUNTS &&
	       text_len(waiter.arguments[SHELL_MOUNTS]) >=
		       waiter.place_count * SHELL_DIGITS;
}

void waiter_execute(int fd)
{
	const struct handover *head = &waiter.message.head;
	long result = -EINVAL;

	if (!(head->flags & HANDOVER_SHELL)) {
		/* From here on it is the program that a signal ends. */
		waiter_answer(EXECUTES_PROGRAM, STEP_EXEC, 0);
		waiter_mask_signals(0);
	} else if (mounts_fit()) {
		note_mounts();
	} else {
		waiter_refuse(STEP_EXEC, result);
		return;
	}
	if (head->flags & HANDOVER_SCRIPT)
		result = raw(__NR_execve, waiter.program, waiter.arguments,
			     waiter.variables);
	else
		result = raw(__NR_execveat, fd, "", waiter.arguments,
			     waiter.variables, AT_EMPTY_PATH);
	waiter_refuse(STEP_EXEC, result);
}
