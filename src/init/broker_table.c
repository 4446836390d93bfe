/* SPDX-License-Identifier: Apache-2.0 */
/* Which calls are mediated, and where each has its arguments. The filter of
 * plan/filter sends exactly these. */
#include <asm/fcntl.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>

#include "init/broker_call.h"

#define NONE NO_ARGUMENT
/* clang-format off */
#define CALL(name, function, dir_, path_, dir2_, path2_, mode_, flags_, fixed) \
	{ .nr = __NR_##name, .run = (function), .dir = (dir_), .path = (path_), \
	  .dir2 = (dir2_), .path2 = (path2_), .mode = (mode_), \
	  .flags = (flags_), .fixed_flags = (fixed) }

const struct call calls[] = {
	/*   name          function          dir   path  dir2  path2 mode  flags fixed */
	CALL(openat,       call_open,        0,    1,    NONE, NONE, 3,    2,    0),
	CALL(mkdirat,      call_mkdir,       0,    1,    NONE, NONE, 2,    NONE, 0),
	CALL(mknodat,      call_mknod,       0,    1,    NONE, NONE, 2,    NONE, 0),
	CALL(unlinkat,     call_unlink,      0,    1,    NONE, NONE, NONE, 2,    0),
	CALL(renameat2,    call_rename,      0,    1,    2,    3,    NONE, 4,    0),
	CALL(renameat,     call_rename,      0,    1,    2,    3,    NONE, NONE, 0),
	CALL(linkat,       call_link,        0,    1,    2,    3,    NONE, 4,    0),
	CALL(symlinkat,    call_symlink,     1,    2,    NONE, NONE, NONE, NONE, 0),
	CALL(truncate,     call_truncate,    NONE, 0,    NONE, NONE, NONE, NONE, 0),
	CALL(fchmodat,     call_chmod,       0,    1,    NONE, NONE, 2,    NONE, 0),
	CALL(fchmod,       call_chmod,       0,    NONE, NONE, NONE, 1,    NONE, 0),
	CALL(fchownat,     call_chown,       0,    1,    NONE, NONE, 2,    4,    0),
	CALL(fchown,       call_chown,       0,    NONE, NONE, NONE, 1,    NONE, 0),
	CALL(setxattr,     call_setxattr,    NONE, 0,    NONE, NONE, NONE, NONE, 0),
	CALL(lsetxattr,    call_setxattr,    NONE, 0,    NONE, NONE, NONE, NONE, AT_SYMLINK_NOFOLLOW),
	CALL(fsetxattr,    call_setxattr,    0,    NONE, NONE, NONE, NONE, NONE, 0),
	CALL(removexattr,  call_removexattr, NONE, 0,    NONE, NONE, NONE, NONE, 0),
	CALL(lremovexattr, call_removexattr, NONE, 0,    NONE, NONE, NONE, NONE, AT_SYMLINK_NOFOLLOW),
	CALL(fremovexattr, call_removexattr, 0,    NONE, NONE, NONE, NONE, NONE, 0),
	CALL(utimensat,    call_utimensat,   0,    1,    NONE, NONE, NONE, 3,    0),
	CALL(bind,         call_bind,        0,    NONE, NONE, NONE, NONE, NONE, 0),
	CALL(connect,      call_connect,     0,    NONE, NONE, NONE, NONE, NONE, 0),
	CALL(listen,       call_listen,      0,    NONE, NONE, NONE, NONE, NONE, 0),
	CALL(sendto,       call_sendto,      0,    NONE, NONE, NONE, NONE, NONE, 0),
	CALL(sendmsg,      call_sendmsg,     0,    NONE, NONE, NONE, NONE, NONE, 0),
	CALL(sendmmsg,     call_sendmmsg,    0,    NONE, NONE, NONE, NONE, NONE, 0),
	CALL(socketpair,   call_socketpair,  NONE, NONE, NONE, NONE, NONE, NONE, 0),
	CALL(setsockopt,   call_share_port,  0,    NONE, NONE, NONE, NONE, NONE, 0),
	CALL(socket,       call_socket,      NONE, NONE, NONE, NONE, NONE, 1,    0),
	CALL(inotify_add_watch, call_watch,  NONE, 1,    NONE, NONE, NONE, NONE, 0),
	/* Where no scope keeps signals in. Their arguments are all in place. */
	CALL(kill,         call_kill,        NONE, NONE, NONE, NONE, NONE, NONE, 0),
	CALL(tkill,        call_tkill,       NONE, NONE, NONE, NONE, NONE, NONE, 0),
	CALL(tgkill,       call_tgkill,      NONE, NONE, NONE, NONE, NONE, NONE, 0),
	CALL(rt_sigqueueinfo, call_sigqueue, NONE, NONE, NONE, NONE, NONE, NONE, 0),
	CALL(rt_tgsigqueueinfo, call_tgsigqueue, NONE, NONE, NONE, NONE, NONE, NONE, 0),
	CALL(pidfd_send_signal, call_pidfd_signal, NONE, NONE, NONE, NONE, NONE, NONE, 0),
	CALL(setsid,       call_group,       NONE, NONE, NONE, NONE, NONE, NONE, 0),
	CALL(setpgid,      call_group,       NONE, NONE, NONE, NONE, NONE, NONE, 0),
#ifdef __NR_open /* the calls of architectures older than the generic table */
	CALL(open,         call_open,        NONE, 0,    NONE, NONE, 2,    1,    0),
	CALL(creat,        call_open,        NONE, 0,    NONE, NONE, 1,    NONE, O_CREAT | O_WRONLY | O_TRUNC),
	CALL(mkdir,        call_mkdir,       NONE, 0,    NONE, NONE, 1,    NONE, 0),
	CALL(mknod,        call_mknod,       NONE, 0,    NONE, NONE, 1,    NONE, 0),
	CALL(unlink,       call_unlink,      NONE, 0,    NONE, NONE, NONE, NONE, 0),
	CALL(rmdir,        call_unlink,      NONE, 0,    NONE, NONE, NONE, NONE, AT_REMOVEDIR),
	CALL(rename,       call_rename,      NONE, 0,    NONE, 1,    NONE, NONE, 0),
	CALL(link,         call_link,        NONE, 0,    NONE, 1,    NONE, NONE, 0),
	CALL(symlink,      call_symlink,     NONE, 1,    NONE, NONE, NONE, NONE, 0),
	CALL(chmod,        call_chmod,       NONE, 0,    NONE, NONE, 1,    NONE, 0),
	CALL(chown,        call_chown,       NONE, 0,    NONE, NONE, 1,    NONE, 0),
	CALL(lchown,       call_chown,       NONE, 0,    NONE, NONE, 1,    NONE, AT_SYMLINK_NOFOLLOW),
	CALL(utime,        call_utime,       NONE, 0,    NONE, NONE, 1,    NONE, 0),
	CALL(utimes,       call_utimes,      NONE, 0,    NONE, NONE, 1,    NONE, 0),
	CALL(futimesat,    call_utimes,      0,    1,    NONE, NONE, 2,    NONE, 0),
#endif
	{ .run = 0 },
};
/* clang-format on */
