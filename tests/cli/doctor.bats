# SPDX-License-Identifier: Apache-2.0
# procjail doctor: a table for people, an object for programs.
load helper

@test "doctor names each strategy" {
	pj doctor
	status_is 0
	for strategy in namespaces bubblewrap landlock firejail rlimits; do
		[[ $output == *"$strategy"* ]] || fail "no $strategy"
	done
}

@test "doctor --json" {
	pj doctor --json
	status_is 0
	json type object
}
