/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The waiter in a shell that is executed already. A small object that the
 * dynamic linker loads before the shell's libraries (LD_PRELOAD) and that has
 * one name, __libc_start_main: what a program calls when it is linked and
 * nothing of its own has run. There the request is waited for; main() gets its
 * arguments and environment, and is in its directory with its streams, as if
 * the shell were executed now.
 *
 * What the start has read before must be what it would read now: no variable
 * that linker or C library look at then, the same program, C library and
 * linker's files. In all other cases, and for all other programs, the request
 * is executed, as by any waiter.
 *
 * The code has no libc of its own: raw system calls, as the filter allows.
 */
#include <asm/unistd.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <linux/mman.h>
#include <linux/stat.h>
#include <link.h>

#include "base/rawsys.h"
#include "init/lib.h"
#include "launch/waiter.h"

typedef int main_fn(int, char **, char **);
typedef void hook_fn(void);
typedef int start_fn(main_fn *main, int argc, char **argv, hook_fn *init,
		     hook_fn *fini, hook_fn *linker_fini, void *stack_end);

__attribute__((visibility("default"))) start_fn __libc_start_main;

/* Of the C library, or of none. */
#pragma weak dlsym
#pragma weak dladdr
#pragma weak dl_iterate_phdr
extern char **environ __attribute__((weak));
extern char *program_invocation_name __attribute__((weak));
extern char *program_invocation_short_name __attribute__((weak));

/* ---- what the start has read --------------------------------------------- */

struct file_state {
	long result;
	uint32_t major, minor;
	uint64_t inode, size;
	int64_t seconds;
	uint32_t nanoseconds;
};

enum { READ_PROGRAM, READ_LIBRARY, READ_CACHE, READ_PRELOAD, READ_COUNT };

static struct {
	const char *path;
	struct file_state then;
} reads[READ_COUNT] = {
	[READ_PROGRAM] = { .path = "/proc/self/exe" },
	[READ_CACHE] = { .path = "/etc/ld.so.cache" },
	[READ_PRELOAD] = { .path = "/etc/ld.so.preload" },
};

static struct file_state look(const char *path, int flags)
{
	struct file_state state = { 0 };
	struct statx now;

	state.result = raw(__NR_statx, AT_FDCWD, path, flags,
			   STATX_BASIC_STATS | AT_STATX_SYNC_AS_STAT, &now);
	if (state.result < 0)
		return state;
	state.major = now.stx_dev_major;
	state.minor = now.stx_dev_minor;
	state.inode = now.stx_ino;
	state.size = now.stx_size;
	state.seconds = now.stx_ctime.tv_sec;
	state.nanoseconds = now.stx_ctime.tv_nsec;
	return state;
}

static bool is_same(const struct file_state *a, const struct file_state *b)
{
	return a->result == b->result && a->major == b->major &&
	       a->minor == b->minor && a->inode == b->inode &&
	       a->size == b->size && a->seconds == b->seconds &&
	       a->nanoseconds == b->nanoseconds;
}

/* False: it is not known what a start would read. A list of objects to preload
 * makes it run what we do not know. */
static bool note_reads(start_fn *in_library)
{
	Dl_info library;

	if (!dladdr || !dladdr((void *)in_library, &library) ||
	    library.dli_fname[0] != '/')
		return false;
	reads[READ_LIBRARY].path = library.dli_fname;
	for (int i = 0; i < READ_COUNT; i++)
		reads[i].then = look(reads[i].path, 0);
	return reads[READ_PROGRAM].then.result >= 0 &&
	       reads[READ_LIBRARY].then.result >= 0 &&
	       reads[READ_PRELOAD].then.result == -ENOENT;
}

/* The program is looked at where the request has it. */
static bool reads_are_the_same(void)
{
	for (int i = 0; i < READ_COUNT; i++) {
		bool own = i == READ_PROGRAM;
		struct file_state now =
			look(own ? waiter.program : reads[i].path,
			     own ? AT_SYMLINK_NOFOLLOW : 0);

		if (!is_same(&now, &reads[i].then))
			return false;
	}
	return true;
}

/* As stat(2) has it. */
static uint64_t device_number(uint64_t major, uint64_t minor)
{
	return (minor & 0xff) | major << 8 | (minor & ~0xffULL) << 12;
}

/* The guard's file. */
static bool is_this_program(void)
{
	const struct handover *head = &waiter.message.head;
	const struct file_state *own = &reads[READ_PROGRAM].then;

	return head->program_inode == own->inode &&
	       head->program_device == device_number(own->major, own->minor);
}

static bool environment_is_late(void)
{
	static const char *const early[] = { "LD_", "GLIBC_", "MALLOC_" };
	const struct handover *head = &waiter.message.head;

	for (uint32_t v = 0; v < head->variable_count; v++)
		for (unsigned int i = 0; i < sizeof(early) / sizeof(*early);
		     i++)
			if (text_starts(waiter.variables[v], early[i]))
				return false;
	return true;
}

static bool suits(void)
{
	const uint32_t others = HANDOVER_IN_FILE | HANDOVER_SCRIPT;

	return !(waiter.message.head.flags & others) && is_this_program() &&
	       environment_is_late() && reads_are_the_same();
}

/* ---- where the kernel shows arguments and environment -------------------- */

struct area {
	char *start;
	size_t size;
};

static struct area arguments_shown, environment_shown;
static char name[16]; /* of the process, as exec has set it */

/* As exec lays them: one after the other. */
static struct area find_area(char **texts)
{
	struct area area = { .start = texts[0] };

	for (int i = 0; texts[i]; i++)
		area.size = (size_t)(texts[i] - area.start) +
			    text_len(texts[i]) + 1;
	return area;
}

/* What does not fit is cut; behind the end are zeros. */
static void show_arguments(void)
{
	const struct area *area = &arguments_shown;
	struct area own = find_area((char **)waiter.arguments);

	if (own.size > area->size)
		own.size = area->size - 1;
	memcpy(area->start, own.start, own.size);
	memset(area->start + own.size, 0, area->size - own.size);
	memset(environment_shown.start, 0, environment_shown.size);
}

/* ---- pages --------------------------------------------------------------- */

static void populate(uintptr_t from, uintptr_t to, int advice)
{
	from &= ~(uintptr_t)(PAGE - 1);
	to = (to + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
	if (from < to)
		raw(__NR_madvise, from, to - from, advice);
}

/* Have the shell's own pages there that it will need (Linux 5.14): those of its
 * file, and what it writes, behind what the linker has made read-only. Not
 * those of the libraries: what is mapped takes its time at the end. */
static int populate_shell(struct dl_phdr_info *object, size_t size, void *data)
{
	uintptr_t writable = 0;

	(void)size;
	(void)data;
	for (int i = object->dlpi_phnum - 1; i >= 0; i--) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];
		uintptr_t from = object->dlpi_addr + part->p_vaddr;
		uintptr_t to = from + part->p_memsz;

		if (part->p_type == PT_GNU_RELRO)
			writable = to;
		if (part->p_type != PT_LOAD)
			continue;
		if (!(part->p_flags & PF_W))
			populate(from, to, MADV_POPULATE_READ);
		else
			populate(from < writable ? writable : from, to,
				 MADV_POPULATE_WRITE);
	}
	return 1; /* the shell comes first */
}

/* ---- waiting ------------------------------------------------------------- */

static bool read_mounts(const char *text)
{
	if (text_len(text) < waiter.place_count * SHELL_DIGITS)
		return false;
	for (size_t i = 0; i < waiter.place_count; i++) {
		uint64_t number = 0;

		for (int digit = 0; digit < SHELL_DIGITS; digit++, text++)
			number = number << 4 |
				 (uint64_t)(*text <= '9' ? *text - '0'
							 : *text - 'a' + 10);
		waiter.mounts[i] = (long long)number;
	}
	return true;
}

static bool prepare(int argc, char **argv, start_fn *in_library)
{
	waiter.socket = waiter.answer_fd = HANDOVER_SHELL_SOCKET;
	raw(__NR_fcntl, HANDOVER_SHELL_SOCKET, F_SETFD, FD_CLOEXEC);
	raw(__NR_close, HANDOVER_SHELL_OBJECT);
	if (argc < SHELL_PLACES || !in_library || !note_reads(in_library) ||
	    !waiter_set_places((const char *const *)argv + SHELL_PLACES,
			       (size_t)argc - SHELL_PLACES) ||
	    !read_mounts(argv[SHELL_MOUNTS]) || !waiter_check_places() ||
	    !waiter_verify())
		return false;
	if (dl_iterate_phdr)
		dl_iterate_phdr(populate_shell, NULL);
	arguments_shown = find_area(argv);
	environment_shown = find_area(argv + argc + 1);
	raw(__NR_prctl, PR_GET_NAME, name, 0, 0, 0);
	raw(__NR_prctl, PR_SET_NAME, "procjail-wait", 0, 0, 0);
	waiter_answer(EXECUTES_NOTHING, STEP_START, 0);
	return true;
}

static void set_names(char *path)
{
	char *base = path;

	if (!&program_invocation_name || !&program_invocation_short_name)
		return;
	for (char *at = path; *at; at++)
		if (*at == '/')
			base = at + 1;
	program_invocation_name = path;
	program_invocation_short_name = base;
}

/* What exec would have done. */
static bool become_shell(void)
{
	if (!waiter_place_streams())
		return false;
	waiter_answer(EXECUTED_ALREADY, STEP_EXEC, 0);
	raw(__NR_prctl, PR_SET_NAME, name, 0, 0, 0);
	show_arguments();
	set_names((char *)waiter.arguments[0]);
	environ = (char **)waiter.variables;
	raw(__NR_close_range, HANDOVER_STREAMS, ~0U, 0);
	waiter_mask_signals(0);
	return true;
}

/* True: go on as the shell. */
static bool wait_and_become(void)
{
	int fd = -1;
	long n = waiter_receive();

	if (n < 0)
		return waiter_refuse(STEP_HANDOVER, n);
	if (n == 0 || !waiter_understand(n) || !waiter_check_places() ||
	    !waiter_enter_directory())
		return false;
	if (suits())
		return become_shell();
	if (waiter_open_program(&fd) && waiter_take_streams())
		waiter_execute(fd);
	return false;
}

int __libc_start_main(main_fn *main, int argc, char **argv, hook_fn *init,
		      hook_fn *fini, hook_fn *linker_fini, void *stack_end)
{
	start_fn *go_on =
		dlsym ? (start_fn *)dlsym(RTLD_NEXT, "__libc_start_main")
		      : NULL;

	if (!&environ || !prepare(argc, argv, go_on) || !wait_and_become())
		raw(__NR_exit_group, 127);
	return go_on(main, (int)waiter.message.head.argument_count,
		     (char **)waiter.arguments, init, fini, linker_fini,
		     stack_end);
}
