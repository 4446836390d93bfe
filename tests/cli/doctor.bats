# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154
# procjail doctor: a table for people, an object for programs; what it says of a
# strategy is what a run by it does.
load helper

STRATEGIES='namespaces bubblewrap landlock firejail rlimits'

@test "doctor names each strategy and each property" {
	pj doctor
	status_is 0
	for word in $STRATEGIES filesystem-read filesystem-write execute network kill-tree environment; do
		[[ $output == *"$word"* ]] || fail "no $word"
	done
}

@test "doctor --json keeps to its schema" {
	pj doctor --json
	status_is 0
	printf '%s' "$output" >doctor.json
	/usr/bin/python3 - "$SOURCE/schemas/doctor.schema.json" doctor.json <<-'EOF'
	import json, sys, jsonschema
	schema, document = (json.load(open(name, encoding="utf-8")) for name in sys.argv[1:])
	jsonschema.validate(document, schema)
	EOF
}

@test "doctor says what a run does" {
	local strategy available got
	pj doctor --json
	for strategy in $STRATEGIES; do
		available=$(jq ".strategies[\"$strategy\"].available" <<<"$output")
		got=$("$PROCJAIL" run --json --strategy "$strategy" -- /bin/true </dev/null | jq -r .error.code)
		[ "$available" = true ] || [ "$got" = containment-unavailable ] || fail "$strategy: $available, $got"
		[ "$available" = false ] || [ "$strategy" != namespaces ] || [ "$got" = null ] || fail "$strategy: $got"
	done
}

@test "what is not to be had has a reason and a remedy" {
	[ -n "$PJ_PROGRAMS" ] || skip "no test programs"
	run --separate-stderr "$PJ_PROGRAMS/host" container "$PROCJAIL" doctor --json
	status_is 0
	json '.strategies.namespaces | [.available, (.why | test("user namespaces")), (.remedy | length > 10)]' '[false,true,true]'
	json '.strategies.bubblewrap | [.available, (.why | test("bwrap")), (.remedy | length > 10)]' '[false,true,true]'
	json '.features["user-namespaces"].available' false
}

@test "of an older Landlock it says what holds each property" {
	[ -n "$PJ_PROGRAMS" ] || skip "no test programs"
	[ -z "$PJ_SANITIZED" ] || skip "it is traced, and so the sanitizer cannot look for leaks"
	run --separate-stderr "$PJ_PROGRAMS/host" abi=2 "$PROCJAIL" doctor --json
	[ "$status" -ne 77 ] || skip "no tracing here: not as an ordinary user"
	status_is 0
	json '.features.landlock.detail' 'ABI 2'
	json '.strategies.landlock | [.available, .missing, .enforced["kill-tree"]]' \
		'[true,[],"sweep by process groups, held by the broker"]'
	json '.strategies.rlimits.missing | contains(["kill-tree"])' true
}
