/* SPDX-License-Identifier: Apache-2.0 */
/* What the peers want to find in files. */
#ifndef PJ_BENCH_BUNDLE_H
#define PJ_BENCH_BUNDLE_H

/* DIRECTORY/bundle: what crun runs, and the settings of srt. 0, or -1 with a
 * message printed. */
int bundle_prepare(const char *directory);

#endif
