# SPDX-License-Identifier: Apache-2.0
# A kernel that was started without Landlock.
load ../escape/helper

@test "doctor says so, and how to get it" {
	pj doctor --json
	json .features.landlock.available false
	json '.features.landlock.remedy | test("lsm=landlock")' true
}

@test "namespaces hold what they can" {
	needs_jail
	JAIL_OPTIONS=(--json)
	jail /bin/true </dev/null
	status_is 0
	json '.containment | [.strategy, .enforced.network]' '["namespaces","empty network namespace"]'
}

@test "a list of what may be executed is refused by name" {
	policy '"filesystem": { "execute": ["/usr"] }'
	jail /bin/true </dev/null
	status_is 125
	says containment-unavailable "execute"
}

@test "strategy landlock is refused by name" {
	JAIL_OPTIONS=(--strategy landlock)
	jail /bin/true </dev/null
	status_is 125
	says containment-unavailable landlock
}
