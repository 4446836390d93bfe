# SPDX-License-Identifier: Apache-2.0
# Debian's own kernel, 6.1: Landlock ABI 2, so no scopes and no TCP rules.
load ../escape/helper

@test "what doctor finds" {
	pj doctor --json
	json .features.landlock.detail 'ABI 2'
	json '.features["seccomp-notify"].available' true
	json .strategies.namespaces.available true
}

@test "no network is an empty namespace where abstract names have no scope" {
	needs_jail
	JAIL_OPTIONS=(--json)
	jail /bin/true </dev/null
	status_is 0
	json '.containment | [.strategy, .enforced.network]' '["namespaces","empty network namespace"]'
}

@test "the host's network: its abstract sockets are held off by the broker" {
	JAIL_OPTIONS=(--network host --json)
	jail /bin/true </dev/null
	status_is 0
	json '.containment | [.strategy, .enforced.ipc]' '["namespaces","ipc namespace, socket broker"]'
}

@test "strict, untrusted and the rest start" {
	for profile in strict untrusted read-only; do
		pj run --profile $profile -- /bin/true
		status_is 0
	done
}

@test "strategy landlock holds all that is asked, without scopes" {
	JAIL_OPTIONS=(--json --strategy landlock)
	jail /bin/true </dev/null
	status_is 0
	json .containment.lacking '[]'
	json '.containment.enforced["kill-tree"]' 'sweep by process groups, held by the broker'
}
