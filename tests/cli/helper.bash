# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# What the tests of the command line share. Each test has a directory of its
# own, in which it stands and which is its workspace.
bats_require_minimum_version 1.5.0

setup() {
	: "${PROCJAIL:?the procjail to test}"
	SOURCE=${PJ_SOURCE_DIR:-$BATS_TEST_DIRNAME/../..}
	mkdir -p "$BATS_TEST_TMPDIR/work"
	[ -z "$PJ_TEST_ABI" ] || older_landlock
	cd "$BATS_TEST_TMPDIR/work" || return 1
}

# From now on procjail runs on a kernel whose Landlock is of this ABI.
older_landlock() {
	local procjail=$BATS_TEST_TMPDIR/procjail
	"$PJ_PROGRAMS/host" "abi=$PJ_TEST_ABI" /bin/true || skip "no tracing here: not as an ordinary user"
	printf '#!/bin/sh\nexec "%s" "abi=%s" "%s" "$@"\n' "$PJ_PROGRAMS/host" "$PJ_TEST_ABI" "$PROCJAIL" >"$procjail"
	chmod +x "$procjail"
	PROCJAIL=$procjail
}

# pj ARGUMENT...: run procjail; $status, $output and $stderr tell.
pj() {
	run --separate-stderr "$PROCJAIL" "$@" </dev/null
}

# The same where 127 is wanted: bats asks to be told.
pj_127() {
	run -127 --separate-stderr "$PROCJAIL" "$@" </dev/null
}

fail() {
	printf '# %s\n# status %s\n# stdout %s\n# stderr %s\n' "$1" "$status" "$output" "$stderr"
	return 1
}

status_is() {
	[ "$status" -eq "$1" ] || fail "wanted status $1"
}

output_is() {
	[ "$output" = "$1" ] || fail "wanted output '$1'"
}

# One line on standard error, with the prefix and each of these texts.
says() {
	local text
	case $stderr in
	*$'\n'*) fail "more than one line on standard error" ;;
	"procjail: "*) ;;
	*) fail "no message with the prefix" ;;
	esac
	for text; do
		[[ $stderr == *"$text"* ]] || fail "wanted a message with '$text'"
	done
}

# json FILTER WANTED: what jq makes of the output.
json() {
	local got
	got=$(jq -rc "$1" <<<"$output") || fail "no JSON"
	[ "$got" = "$2" ] || fail "$1 is $got, wanted $2"
}

# Skip where no strategy of this host enforces what workspace-write asks for.
needs_jail() {
	pj run -- /bin/true
	[ "$status" -eq 125 ] || return 0
	skip "no containment here: $stderr"
}

# search.json: a policy with rules for two programs.
search_policy() {
	cat >search.json <<-'POLICY'
	{
	  "version": 1,
	  "extends": "read-only",
	  "commands": {
	    "/usr/bin/grep": {
	      "flags": ["-n", "-i"],
	      "options": { "-m": { "type": "integer", "min": 1, "max": 9 } },
	      "max_flags": 2,
	      "positionals": { "min": 1, "max": 3 }
	    },
	    "/usr/bin/env": {}
	  },
	  "risky_programs": "deny"
	}
	POLICY
}

# start SCRIPT: run it in the background, with START_OPTIONS, and wait until it
# says "ready". Descriptor 8 may be a service's, and is nothing of the jail's.
start() {
	mkfifo ready
	"$PROCJAIL" run "${START_OPTIONS[@]}" -- /bin/sh -c "$1" >ready 2>err </dev/null 3>&- 8<&- &
	jail=$!
	exec 9<ready
	read -r -t 100 -u 9 line
	[ "$line" = ready ]
}

# The status of what was started.
ended() {
	status=0
	wait "$jail" || status=$?
	exec 9<&-
	stderr=$(cat err)
	output=
}

# End of file on what was started: nobody holds its stream any more.
is_gone() {
	status=0
	read -r -t 100 -u 9 line || status=$?
	exec 9<&-
	[ "$status" -eq 1 ] || fail "no end of file: the program is still there"
}
