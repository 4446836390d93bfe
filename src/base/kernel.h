/* SPDX-License-Identifier: Apache-2.0 */
/* Kernel constants and structures that are newer than the oldest headers that
 * procjail builds with. Nowhere else. Usable without libc. */
#ifndef PJ_BASE_KERNEL_H
#define PJ_BASE_KERNEL_H

#include <linux/types.h>

/* What getdents64 gives, include/linux/dirent.h; in no header for programs. */
struct kernel_entry {
	__u64 inode;
	__s64 offset;
	__u16 len;
	unsigned char type;
	char name[];
};

/* include/uapi/linux/landlock.h; ABI 6 is Linux 6.12. Our own struct: the
 * installed header may know fewer members. */
struct kernel_landlock_ruleset {
	__u64 handled_access_fs;
	__u64 handled_access_net; /* ABI 4 */
	__u64 scoped;		  /* ABI 6 */
};
struct kernel_landlock_path {
	__u64 allowed_access;
	__s32 parent_fd;
} __attribute__((packed));
enum {
	KERNEL_LANDLOCK_VERSION = 1,
	KERNEL_LANDLOCK_RULE_PATH = 1,
	KERNEL_LANDLOCK_SCOPE_ABSTRACT_UNIX = 1,
	KERNEL_LANDLOCK_SCOPE_SIGNAL = 2,
};
#define KERNEL_LANDLOCK_FS_EXECUTE     (1ULL << 0)
#define KERNEL_LANDLOCK_FS_WRITE_FILE  (1ULL << 1)
#define KERNEL_LANDLOCK_FS_READ_FILE   (1ULL << 2)
#define KERNEL_LANDLOCK_FS_READ_DIR    (1ULL << 3)
#define KERNEL_LANDLOCK_FS_REMOVE_DIR  (1ULL << 4)
#define KERNEL_LANDLOCK_FS_REMOVE_FILE (1ULL << 5)
#define KERNEL_LANDLOCK_FS_MAKE_CHAR   (1ULL << 6)
#define KERNEL_LANDLOCK_FS_MAKE_DIR    (1ULL << 7)
#define KERNEL_LANDLOCK_FS_MAKE_REG    (1ULL << 8)
#define KERNEL_LANDLOCK_FS_MAKE_SOCK   (1ULL << 9)
#define KERNEL_LANDLOCK_FS_MAKE_FIFO   (1ULL << 10)
#define KERNEL_LANDLOCK_FS_MAKE_BLOCK  (1ULL << 11)
#define KERNEL_LANDLOCK_FS_MAKE_SYM    (1ULL << 12)
#define KERNEL_LANDLOCK_FS_REFER       (1ULL << 13) /* ABI 2 */
#define KERNEL_LANDLOCK_FS_TRUNCATE    (1ULL << 14) /* ABI 3 */
#define KERNEL_LANDLOCK_FS_IOCTL_DEV   (1ULL << 15) /* ABI 5 */
#define KERNEL_LANDLOCK_NET_TCP	       3ULL	    /* bind, connect; ABI 4 */

/* include/linux/errno.h: the kernel's own, with which a call that a signal
 * interrupts ends: in EINTR or, after a handler with SA_RESTART, made again. */
#define KERNEL_ERESTARTSYS 512

/* include/uapi/linux/seccomp.h; Linux 5.19 and 6.6. */
#define KERNEL_SECCOMP_WAIT_KILLABLE_RECV (1UL << 5)
#define KERNEL_SECCOMP_FD_SYNC_WAKE_UP	  1UL
#define KERNEL_SECCOMP_SET_FLAGS	  0x40082104UL /* _IOW('!', 4, u64) */

/* include/uapi/linux/pidfd.h; Linux 6.9. */
#define KERNEL_PIDFD_THREAD 00000200U

/* include/uapi/linux/memfd.h; Linux 6.3. */
#define KERNEL_MFD_NOEXEC_SEAL 0x0008U
#define KERNEL_MFD_EXEC	       0x0010U

#endif
