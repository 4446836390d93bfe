/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces for a process of the bench, which stays the same user. */
#ifndef PJ_BENCH_NAMESPACES_H
#define PJ_BENCH_NAMESPACES_H

/* A user namespace and those of `flags` besides. 0, or -1 with errno. */
int enter_namespaces(int flags);

#endif
