/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The waiter: what a jail made in advance runs until a request comes. It is
 * executed like any program of its plan: its session, limits, filter and
 * Landlock domain are in force, it has no capability, and stays what it is when
 * it executes the program that it is told. Each call here is one that the
 * filter allows without asking anybody.
 *
 * While it waits the host goes on. What is renamed over a denied file there,
 * say, takes the mount away that hides it, in every namespace. So each place
 * that a mount of ours covers in a tree of the host is looked at twice: the
 * mount that is there must still be the one that was there at the start.
 */
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
#include "base/start.h"
#include "init/lib.h"
#include "launch/context.h"
#include "launch/handover.h"

enum { SOCKET = 0, ABOVE = 16, CLOSE_RANGE_CLOEXEC_FLAG = 4 };

enum { PAGE = 4096, PLACES_USUAL = 32, STRINGS_USUAL = 96, NAMES_USUAL = 1024 };

struct message {
	struct handover head;
	char text[HANDOVER_TEXT_MAX];
};

/* What a usual request needs lies in one page, which is there before it comes:
 * a page that is touched for the first time takes longer than a system call. */
static struct {
	const char *const *places;
	size_t place_count;
	/* A place's mount by number, or the error that looking gave. */
	long long *mounts, usual_mounts[PLACES_USUAL];
	int answer_fd;
	int received[HANDOVER_STREAMS + 1];
	size_t received_count;
	const char *program, *directory;
	const char **arguments, **variables;
	const char *usual_texts[STRINGS_USUAL];
	/* The places, when they are few. */
	const char *usual_places[PLACES_USUAL];
	char names[NAMES_USUAL];
	struct message message;
} waiter __attribute__((aligned(PAGE)));

static long long more_mounts[HANDOVER_PLACES_MAX];
static const char *more_texts[HANDOVER_STRINGS_MAX];
static unsigned char stack[2 * PAGE] __attribute__((aligned(PAGE)));

static void answer(bool executes, enum launch_step step, long result)
{
	const struct handover_answer told = {
		.executes = executes,
		.step = step,
		.errnum = (int32_t)-result,
	};

	raw(__NR_sendto, waiter.answer_fd, &told, sizeof(told), MSG_NOSIGNAL, 0,
	    0);
}

/* Always false. */
static bool refuse(enum launch_step step, long result)
{
	answer(false, step, result);
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

/* False: this jail cannot be waited in. */
static bool note_places(void)
{
	if (waiter.place_count > HANDOVER_PLACES_MAX)
		return false;
	waiter.mounts = waiter.place_count > PLACES_USUAL ? more_mounts
							  : waiter.usual_mounts;
	for (size_t i = 0; i < waiter.place_count; i++) {
		waiter.mounts[i] = mount_at(waiter.places[i]);
		if (waiter.mounts[i] == -EOPNOTSUPP ||
		    waiter.mounts[i] == -ESTALE)
			return false;
	}
	return true;
}

static bool check_places(void)
{
	for (size_t i = 0; i < waiter.place_count; i++)
		if (mount_at(waiter.places[i]) != waiter.mounts[i])
			return refuse(STEP_SOURCE_CHANGED, -ESTALE);
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
static long receive(void)
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
	long n = raw(__NR_recvmsg, SOCKET, &header, MSG_CMSG_CLOEXEC);

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
	long at;

	if (!(head->flags & HANDOVER_IN_FILE))
		return waiter.received_count == HANDOVER_STREAMS &&
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

static bool understand(long n)
{
	const struct handover *head = &waiter.message.head;
	size_t count = (size_t)head->argument_count + head->variable_count;
	const char *text = NULL, *end, *ways[2];

	if (n >= (long)sizeof(*head) && head->size == sizeof(*head) &&
	    head->text_size && head->argument_count &&
	    count + 2 <= HANDOVER_STRINGS_MAX)
		text = find_text((size_t)n - sizeof(*head));
	if (!text || text[head->text_size - 1])
		return refuse(STEP_HANDOVER, -EINVAL);
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
		return refuse(STEP_HANDOVER, -EINVAL);
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

static bool enter_directory(void)
{
	const struct handover *head = &waiter.message.head;
	struct stat now;
	long fd = open_path(waiter.directory, O_DIRECTORY, &now);
	long result = fd;

	if (fd >= 0)
		result = raw(__NR_fchdir, fd);
	if (result < 0)
		return refuse(STEP_DIRECTORY, result);
	if (!(head->flags & HANDOVER_OWN_DIRECTORY) &&
	    (now.st_dev != head->directory_device ||
	     now.st_ino != head->directory_inode))
		return refuse(STEP_DIRECTORY_CHANGED, -ESTALE);
	return true;
}

static bool open_program(int *ret_fd)
{
	const struct handover *head = &waiter.message.head;
	struct stat now;
	long fd = open_path(waiter.program, 0, &now);

	if (fd < 0)
		return refuse(STEP_PROGRAM, fd);
	if (now.st_dev != head->program_device ||
	    now.st_ino != head->program_inode)
		return refuse(STEP_PROGRAM_CHANGED, -ESTALE);
	*ret_fd = (int)fd;
	return true;
}

static bool take_streams(void)
{
	long result = 0;

	for (int i = 0; i < HANDOVER_STREAMS && result >= 0; i++)
		result = raw(__NR_dup3, waiter.received[i], i, 0);
	if (result >= 0)
		result = raw(__NR_close_range, HANDOVER_STREAMS, ~0U,
			     CLOSE_RANGE_CLOEXEC_FLAG);
	return result >= 0 || refuse(STEP_STREAMS, result);
}

/* Once more, what was found before the waiter itself was executed. */
static bool verify(void)
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
		return refuse(STEP_VERIFY, 0);
	return true;
}

static void mask_signals(uint64_t signals)
{
	raw(__NR_rt_sigprocmask, SIG_SETMASK, &signals, 0, 8);
}

static void execute(int fd)
{
	long result;

	/* From here on it is the program that a signal ends. */
	answer(true, STEP_EXEC, 0);
	mask_signals(0);
	if (waiter.message.head.flags & HANDOVER_SCRIPT)
		result = raw(__NR_execve, waiter.program, waiter.arguments,
			     waiter.variables);
	else
		result = raw(__NR_execveat, fd, "", waiter.arguments,
			     waiter.variables, AT_EMPTY_PATH);
	refuse(STEP_EXEC, result);
}

static bool prepare(const long *arguments)
{
	waiter.place_count = (size_t)arguments[0] - 1;
	waiter.places = (const char *const *)(arguments + 2);
	mask_signals(~0ULL);
	raw(__NR_prctl, PR_SET_NAME, "procjail-wait", 0, 0, 0);
	waiter.answer_fd = (int)raw(__NR_fcntl, SOCKET, F_DUPFD_CLOEXEC, ABOVE);
	if (waiter.answer_fd < 0 || !note_places())
		return false;
	answer(false, STEP_START, 0);
	return true;
}

static void wait_and_become(void)
{
	int fd = -1;
	long n = receive();

	if (n < 0)
		refuse(STEP_HANDOVER, n);
	else if (n > 0 && understand(n) && check_places() &&
		 enter_directory() && open_program(&fd) && take_streams() &&
		 verify())
		execute(fd);
	raw(__NR_exit_group, 127);
}

/* The arguments away from the kernel's stack; false: they are too many. */
static bool move_places(void)
{
	size_t used = 0;

	if (waiter.place_count > PLACES_USUAL)
		return false;
	for (size_t i = 0; i < waiter.place_count; i++) {
		size_t size = text_len(waiter.places[i]) + 1;

		if (size > sizeof(waiter.names) - used)
			return false;
		memcpy(waiter.names + used, waiter.places[i], size);
		waiter.usual_places[i] = waiter.names + used;
		used += size;
	}
	waiter.places = waiter.usual_places;
	return true;
}

static void wait_small(void)
{
	start_drop_above();
	wait_and_become();
}

__attribute__((used)) void waiter_entry(const long *arguments);
void waiter_entry(const long *arguments)
{
	if (!prepare(arguments))
		raw(__NR_exit_group, 127);
	if (move_places())
		start_over(stack + sizeof(stack), wait_small);
	wait_and_become();
	__builtin_unreachable();
}

START_AT(waiter_entry);
