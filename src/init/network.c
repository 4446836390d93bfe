/* SPDX-License-Identifier: Apache-2.0 */
/* Starts what stands between the jail and the host's network. All of it, or
 * the jail does not run. */
#include "init/network.h"

#include <asm/unistd.h>
#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/seccomp.h>

#include "base/kernel.h"
#include "init/broker_inet.h"
#include "init/jail_sockets.h"
#include "init/lib.h"
#include "init/names.h"

bool network_start(const struct init_config *config)
{
	/* A caller that waits is woken on our own processor (Linux 6.6); where
	 * that is not known it is woken anyhow. */
	raw(__NR_ioctl, INIT_FD_LISTENER, KERNEL_SECCOMP_SET_FLAGS,
	    KERNEL_SECCOMP_FD_SYNC_WAKE_UP);
	return inet_start() && names_start(config) && jail_sockets_start();
}
