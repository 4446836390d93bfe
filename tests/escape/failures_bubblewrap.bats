# SPDX-License-Identifier: Apache-2.0
# The same behind bwrap (see inject.bash).
load inject

# Of the launcher's processes what is ours: the stage, up to the init. What bwrap
# does before is compared by the stage with what was planned, and not tried call
# by call: some that it does not check leave it waiting for itself, until our
# patience ends after a minute. procjail's own calls and the broker's are those
# of the other strategies: each third.
@test "calls of procjail itself" {
	EXECUTE=
	place bubblewrap
	fails 0 1 0 3
}

@test "calls of the stage and the init" {
	EXECUTE=
	place bubblewrap
	fails 2 -160 0 1
}

@test "calls of the program's process, up to its execution" {
	EXECUTE=
	place bubblewrap
	fails 3 1 0 1
}

@test "calls of the broker" {
	EXECUTE=
	place bubblewrap
	fails 4 1 0 3
}
