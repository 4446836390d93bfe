/* SPDX-License-Identifier: Apache-2.0 */
/* Errors and signals by name, the same under every C library and locale. */
#ifndef PJ_BASE_NAMES_H
#define PJ_BASE_NAMES_H

/* "ENOENT"; NULL for a number that is none. */
const char *errno_name(int errnum);
/* "No such file or directory". */
const char *errno_text(int errnum);
/* "TERM"; "?" for a real-time signal and for a number that is none. */
const char *signal_name(int number);

#endif
