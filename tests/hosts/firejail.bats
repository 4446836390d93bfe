# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2154
# Strategy firejail, where it is installed and lets this user in: small claims,
# each tried; what it cannot hold is refused by name.
load ../escape/helper

# with_firejail ARGUMENT...: under f.json, which gives up what it lacks.
with_firejail() {
	jq -n '{ version: 1, extends: "workspace-write", risky_programs: "allow",
		commands: { "/bin/sh": "any-arguments", "/bin/true": {} },
		containment: { strategy: "firejail", may_lack: ["filesystem-read", "filesystem-write", "process-count"] } }' >../f.json
	run --separate-stderr "$PROCJAIL" run -p ../f.json "$@" </dev/null
}

teardown() {
	[ -z "$VAR_TMP" ] || rm -r "$VAR_TMP"
}

needs_firejail() {
	[ -e /usr/bin/firejail ] || skip "firejail is not installed"
	with_firejail -- /bin/true
	[ "$status" -eq 0 ] || skip "firejail does not work here: $stderr"
}

@test "absent or closed to this user, it is refused with the remedy" {
	with_firejail -- /bin/true
	[ "$status" -eq 0 ] && skip "firejail is here, and works"
	status_is 125
	says "containment-unavailable: " "firejail"
}

@test "what it cannot hold is refused by name" {
	[ -e /usr/bin/firejail ] || skip "firejail is not installed"
	pj run --strategy firejail -- /bin/true
	status_is 125
	says "containment-unavailable: filesystem-write: " "firejail walls off no files"
}

@test "a firejail in PATH or in the workspace is never run" {
	needs_firejail
	printf '#!/bin/sh\ntouch %s\n' "$PWD/ran" >firejail
	chmod 755 firejail
	PATH=$PWD:$PATH with_firejail -- /bin/true
	status_is 0
	[ ! -e ran ] || fail "it ran"
}

@test "a firejail that others may write is never run" {
	[ "$(id -u)" = 0 ] || skip "needs root"
	[ -e /usr/bin/firejail ] || skip "firejail is not installed"
	printf '#!/bin/sh\ntouch %s\n' "$PWD/ran" >firejail
	chmod 777 firejail
	with_firejail -- /bin/true
	run --separate-stderr unshare -m sh -c 'mount --bind firejail /usr/bin/firejail && exec "$@"' sh \
		"$PROCJAIL" run -p ../f.json -- /bin/true </dev/null
	status_is 125
	says "root's alone"
	[ ! -e ran ] || fail "it ran"
}

@test "repositories keep their shape" {
	needs_firejail
	with_firejail -- /bin/sh -c "echo mine >here; mkdir .git; :"
	status_is 0
	[ "$(cat here)" = mine ] && [ ! -e .git ]
}

@test "files granted in /var/tmp are there" {
	needs_firejail
	VAR_TMP=$(mktemp -d /var/tmp/procjail-test.XXXXXX)
	echo text >"$VAR_TMP/granted"
	with_firejail --read "$VAR_TMP" -- /bin/sh -c "cat $VAR_TMP/granted"
	output_is text
}

@test "other processes, privileges, network" {
	needs_firejail
	with_firejail -- /bin/sh -c "kill -0 $$ 2>/dev/null && echo reached; ls -d /proc/$$ 2>/dev/null; grep -E '^(NoNewPrivs|CapEff)' /proc/self/status; cat </dev/tcp/127.0.0.1/1"
	output_is $'CapEff:\t0000000000000000\nNoNewPrivs:\t1'
}

@test "the init cannot be stopped, and the time limit holds" {
	needs_firejail
	with_firejail --timeout 2s -- /bin/sh -c 'kill -STOP $PPID && echo stopped; exec sleep 1000'
	status_is 124
	output_is ""
}

@test "the jail ends with its supervisor" {
	needs_firejail
	local line rest
	exec 7< <(exec "$PROCJAIL" run -p ../f.json -- /bin/sh -c 'echo up; sleep 1000 & sleep 1000')
	local supervisor=$!
	read -r line <&7
	[ "$line" = up ]
	kill -KILL "$supervisor"
	rest=$(timeout 300 cat <&7)
	[ -z "$rest" ]
}
