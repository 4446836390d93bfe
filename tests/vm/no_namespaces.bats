# SPDX-License-Identifier: Apache-2.0
# User namespaces are switched off by a sysctl.
load ../escape/helper

@test "strategy namespaces is refused by name" {
	JAIL_OPTIONS=(--strategy namespaces)
	jail /bin/true </dev/null
	status_is 125
	says containment-unavailable "namespaces: user namespaces are not to be had here"
}

@test "doctor says how to get them" {
	pj doctor --json
	json '.features["user-namespaces"].available' false
	json '.features["user-namespaces"].remedy | test("sysctl -w user.max_user_namespaces")' true
}

@test "auto takes another strategy that holds all, or none: never less" {
	JAIL_OPTIONS=(--json)
	jail /bin/true </dev/null
	case $status in
	0) json '.containment | [.strategy != "namespaces", .lacking]' '[true,[]]' ;;
	125) json .error.code containment-unavailable ;;
	*) fail "neither" ;;
	esac
}
