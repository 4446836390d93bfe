/* SPDX-License-Identifier: Apache-2.0 */
#ifndef PJ_CLI_STARTER_POLICY_H
#define PJ_CLI_STARTER_POLICY_H

/* What `procjail policy init` prints: a policy to start from. */
extern const char starter_policy[];

#endif
