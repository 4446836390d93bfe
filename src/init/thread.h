/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of the init: they share its memory, descriptors and children. Being
 * of pid 1, no signal of the jail reaches them. */
#ifndef PJ_INIT_THREAD_H
#define PJ_INIT_THREAD_H

#include <stdint.h>

/* Calls run(), which must not return, on a stack that ends at `stack_top`. 0,
 * or a negative errno. */
long thread_start(void *stack_top, void (*run)(void));

/* For what never waits for anybody. */
void lock_take(uint32_t *lock);
void lock_give(uint32_t *lock);

#endif
