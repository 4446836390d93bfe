/* SPDX-License-Identifier: Apache-2.0 */
/* The names of system calls that a policy may use. Generated from the table of
 * the filters (src/meson.build), which stands right of here. */
#ifndef PJ_POLICY_SYSCALLS_H
#define PJ_POLICY_SYSCALLS_H

/* Each name ends with a NUL byte, the last one with two. */
extern const char known_syscalls[];

#endif
