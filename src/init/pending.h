/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a thread has a signal to see to. */
#ifndef PJ_INIT_PENDING_H
#define PJ_INIT_PENDING_H

#include <stdbool.h>

/* It would, outside, leave the call in which it sleeps: a signal is pending for
 * it that it neither blocks nor ignores and has a handler for. */
bool pending_signal(int tid);

#endif
