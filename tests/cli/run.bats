# SPDX-License-Identifier: Apache-2.0
# Running: exit statuses, streams, messages, the result object.
load helper

@test "the program's own status" {
	needs_jail
	pj run -- /bin/true
	status_is 0
	[ -z "$output$stderr" ] || fail "said something"
	pj run -- /bin/sh -c 'exit 77'
	status_is 77
	[ -z "$stderr" ] || fail "said something"
}

@test "126: denied, one line each" {
	search_policy
	pj run -p search.json -- grep -x foo
	status_is 126
	says "procjail: denied: flag-not-allowed: "
	[ -z "$output" ] || fail "output"
}

@test "127: no such program" {
	pj_127 run -- no-such-program-anywhere
	says "denied: program-not-found: " "no-such-program-anywhere" "PATH"
	pj_127 run -- /nonexistent/program
	says "denied: program-not-found: "
}

@test "126: there, but not to be executed" {
	mkdir bin
	echo hello >bin/text
	pj run --env "PATH=$PWD/bin" -- text
	status_is 126
	says "denied: program-not-executable: "
}

@test "125: a policy that is none" {
	pj run -p missing.json -- /bin/true
	status_is 125
	says "policy: " "missing.json"
}

@test "125: containment that is not to be had" {
	echo '{ "version": 1, "extends": "strict", "commands": { "/bin/true": {} } }' >p.json
	pj run -p p.json --strategy rlimits -- /bin/true
	status_is 125
	says "containment-unavailable: " "rlimits" "nor filesystem-write, " "may_lack"
	# What the policy itself leaves out is told as the cause.
	echo '{ "version": 1, "extends": "strict", "commands": { "/bin/true": {} },
		"syscalls": { "profile": "none" } }' >n.json
	pj run -p n.json --strategy rlimits -- /bin/true
	status_is 125
	says "containment-unavailable: " "syscalls.profile"
	# Held by the jail alone needs a jail.
	pj run --strategy none -- /bin/true
	status_is 125
	says "containment-unavailable: "
}

@test "125: a working directory in the host's /proc" {
	needs_jail
	cd /proc
	pj run -- /bin/true
	status_is 125
	says "containment-unavailable: " "/proc" "--chdir"
}

@test "strategy none, said explicitly, runs and tells what it lacks" {
	echo '{ "version": 1, "extends": "strict", "commands": { "/bin/true": {} } }' >p.json
	pj run --json -p p.json --strategy none -- /bin/true
	status_is 0
	json .containment.strategy none
	json '.containment.lacking | contains(["filesystem-read", "filesystem-write", "network"])' true
}

@test "124: timed out" {
	needs_jail
	pj run --timeout 1s -- /bin/sh -c 'echo before; sleep 1000'
	status_is 124
	output_is before
	says "time limit"
}

@test "128+N: a signal" {
	needs_jail
	pj run -- /bin/sh -c 'kill -TERM $$'
	status_is 143
	says "signal 15 (SIGTERM)"
	pj run -- /bin/sh -c 'kill -SEGV $$'
	status_is 139
}

@test "137: the output limit" {
	needs_jail
	echo '{ "version": 1, "extends": "workspace-write", "commands": { "*": "any-arguments" },
		"risky_programs": "allow", "limits": { "stdout": "64KiB" } }' >p.json
	pj run -p p.json -- /usr/bin/head -c 1000000 /dev/zero
	status_is 137
	says "output limit"
}

@test "137: the memory limit" {
	needs_jail
	# 16 bytes doubled 24 times; where the limit is an rlimit, the shell is
	# refused the memory and says so itself.
	pj run --memory 64MiB -- /bin/sh -c \
		'x=0123456789abcdef; for i in 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4; do x=$x$x; done; echo done'
	[ "$status" -ne 0 ] || fail "no limit"
	[ -z "$output" ] || fail "it had the memory"
}

# With a limit, output is copied, and the copy can fail.
@test "125: output that cannot be written" {
	[ -w /dev/full ] || skip "no /dev/full"
	local strategy to tried=0
	echo '{ "version": 1, "extends": "strict", "commands": { "/bin/sh": "any-arguments" }, "risky_programs": "allow",
		"limits": { "stdout": "10MiB", "stderr": "10MiB" } }' >p.json
	for strategy in namespaces landlock bubblewrap rlimits none; do
		pj run --strategy "$strategy" -p p.json -- /bin/sh -c :
		[ "$status" -ne 125 ] || continue
		tried=$((tried + 1))
		for to in 'exit 0' 'exit 3' 'while :; do echo a; done'; do
			run --separate-stderr bash -c '"$PROCJAIL" run --strategy "$1" -p p.json -- \
				/bin/sh -c "echo a; $2" >/dev/full' - "$strategy" "$to"
			status_is 125
			[ "$stderr" = "procjail: write to standard output: No space left on device" ] || fail "$strategy"
			run bash -c '"$PROCJAIL" run --strategy "$1" -p p.json -- \
				/bin/sh -c "exec >&2; echo a; $2" 2>/dev/full' - "$strategy" "$to"
			status_is 125
		done
	done
	[ "$tried" -gt 0 ] || skip "no containment here: $stderr"
}

@test "a reader that has gone ends the program as without procjail" {
	needs_jail
	echo '{ "version": 1, "extends": "workspace-write", "commands": { "*": "any-arguments" },
		"risky_programs": "allow", "limits": { "stdout": "1GiB" } }' >p.json
	run --separate-stderr bash -c '"$PROCJAIL" run -p p.json -- /bin/sh -c "while :; do echo a; done" | head -n 1
		exit "${PIPESTATUS[0]}"'
	status_is 141
	[ -z "$stderr" ] || fail "said something"
}

@test "a closed standard output: what is written to it fails" {
	needs_jail
	run --separate-stderr bash -c '"$PROCJAIL" run -- /bin/echo a </dev/null >&-'
	status_is 1
	[[ $stderr == *"Bad file descriptor"* ]] || fail "it could write"
	run --separate-stderr bash -c '"$PROCJAIL" run --json -- /bin/true </dev/null >&-'
	status_is 125
	says "write to standard output: Bad file descriptor"
	echo '{ "version": 1, "extends": "workspace-write", "commands": { "*": "any-arguments" },
		"risky_programs": "allow", "limits": { "stdout": "10MiB" } }' >p.json
	run --separate-stderr bash -c '"$PROCJAIL" run -p p.json -- /bin/echo a </dev/null >&-'
	status_is 125
	says "write to standard output: Bad file descriptor"
}

@test "streams pass through" {
	needs_jail
	run --separate-stderr "$PROCJAIL" run -- /bin/sh -c 'cat; echo oops >&2' <<<"hello"
	status_is 0
	output_is hello
	[ "$stderr" = oops ] || fail "standard error"
}

@test "--stdin FILE" {
	needs_jail
	echo "from the file" >input
	pj run --stdin input -- /bin/cat
	status_is 0
	output_is "from the file"
	pj run --stdin missing -- /bin/cat
	status_is 125
	says "missing"
}

@test "--json: exited" {
	needs_jail
	pj run --json -- /bin/sh -c 'printf out; printf err >&2; exit 3'
	status_is 3
	[ -z "$stderr" ] || fail "standard error"
	json .outcome exited
	json .exit_code 3
	json .signal null
	json .stdout out
	json .stderr err
	json '[.stdout_bytes, .stdout_truncated, .stderr_bytes, .stderr_truncated]' '[3,false,3,false]'
	json '.usage.wall_ms > 0' true
	json '.containment.strategy | type' string
	json '.containment.lacking' '[]'
	json '.containment.enforced | has("network")' true
	json .violations '[]'
	json .error null
	json .command.cwd "$(pwd -P)"
	json 'keys_unsorted' '["outcome","exit_code","signal","stdout","stderr","stdout_bytes","stdout_truncated","stderr_bytes","stderr_truncated","usage","containment","violations","refused","refused_more","error","command"]'
}

@test "--json: signaled, timed out, output that is no text" {
	needs_jail
	pj run --json -- /bin/sh -c 'kill -KILL $$'
	status_is 137
	json '[.outcome, .exit_code, .signal]' '["signaled",null,9]'
	pj run --json --timeout 300ms -- /bin/sleep 1000
	status_is 124
	json .outcome timed-out
	pj run --json -- /bin/sh -c 'printf "\377\376"'
	status_is 0
	json '[.stdout_base64, has("stdout")]' '["//4=",false]'
	pj run --json -- /bin/sh -c 'printf "a\000b"'
	json '.stdout | length' 3
}

@test "--json: denied and failed" {
	search_policy
	pj run --json -p search.json -- grep -x foo
	status_is 126
	json '[.outcome, .violations[0].code, .error, .command]' '["denied","flag-not-allowed",null,null]'
	pj_127 run --json -- no-such-program-anywhere
	json '.violations[0].code' program-not-found
	pj run --json --strategy none -- /bin/true
	status_is 125
	json '[.outcome, .error.code, (.command.program | type)]' '["failed","containment-unavailable","string"]'
	pj run --json -p missing.json -- /bin/true
	status_is 125
	json '[.outcome, .error.stage]' '["failed","policy"]'
}

@test "--json reads nothing unless told" {
	needs_jail
	run --separate-stderr "$PROCJAIL" run --json -- /bin/cat <<<"hello"
	status_is 0
	json .stdout ""
	run --separate-stderr "$PROCJAIL" run --json --stdin - -- /bin/cat <<<"hello"
	json .stdout 'hello'
}

@test "--request brings its input" {
	needs_jail
	echo '{"program": "/bin/cat", "args": [], "stdin": "from the request"}' >request.json
	pj run --json --request request.json
	status_is 0
	json .stdout "from the request"
	run --separate-stderr "$PROCJAIL" run --request - <request.json
	status_is 0
	output_is "from the request"
}

@test "-v tells what contains it" {
	needs_jail
	pj run -v -- /bin/true
	status_is 0
	grep -q '^procjail: strategy: ' <<<"$stderr" || fail "no strategy"
	grep -q '^procjail: enforced: network: ' <<<"$stderr" || fail "no network"
	! grep -qv '^procjail: ' <<<"$stderr" || fail "a line without the prefix"
}

@test "--allow-host in a mode that asks for no hosts says so, without -v too" {
	needs_jail
	pj run --allow-host a.test -- /bin/true
	status_is 0
	[ "$stderr" = 'procjail: warning: network.allow has no effect, because network.mode is not "filtered"' ] || fail "$stderr"
	pj check --allow-host a.test --network filtered -- /bin/true
	[ -z "$stderr" ] || fail "$stderr"
}

@test "a path that is named and is not there is told; the program's own streams stay as they are" {
	needs_jail
	pj run --read ./none -- /bin/echo out
	status_is 0
	output_is out
	says "procjail: warning: --read: " "/none is not granted: No such file or directory"
}

@test "from a current directory that was removed" {
	needs_jail
	local place=$PWD
	mkdir gone
	cd gone
	rmdir ../gone
	pj run --workspace "$place" -- /bin/pwd
	cd "$place"
	status_is 0
	output_is "$place"
}

@test "the default is workspace-write" {
	needs_jail
	pj run -- /bin/sh -c 'echo x >made'
	status_is 0
	[ "$(cat made)" = x ]
	pj run -- /bin/sh -c 'echo x >../made'
	[ ! -e ../made ] || fail "wrote outside"
}

@test "a second procjail in the jail fails closed or works, never hangs" {
	needs_jail
	# The leak sanitizer, where it is built in, needs ptrace, which jails refuse.
	pj run --timeout 20s --read "$(dirname "$PROCJAIL")" --env ASAN_OPTIONS=detect_leaks=0 -- "$PROCJAIL" --version
	status_is 0
}

@test "what --json prints is what the schema says" {
	local python=python3
	[ ! -x /usr/bin/python3 ] || python=/usr/bin/python3
	"$python" -c 'import jsonschema' 2>/dev/null || skip "no python3-jsonschema"
	search_policy
	"$PROCJAIL" policy schema --result >schema.json
	for arguments in "-- /bin/sh -c 'exit 3'" "-- /bin/sh -c 'kill -9 \$\$'" "--timeout 200ms -- /bin/sleep 1000" \
		"-- /usr/bin/printf '\\377'" "-p search.json -- grep -x foo" "-p missing.json -- true"; do
		eval "\"\$PROCJAIL\" run --json $arguments" </dev/null >result.json || :
		"$python" - <<-'PYTHON' || fail "$arguments: $(cat result.json)"
		import json, jsonschema
		schema = json.load(open("schema.json"))
		jsonschema.Draft202012Validator.check_schema(schema)
		jsonschema.Draft202012Validator(schema).validate(json.load(open("result.json")))
		PYTHON
	done
}
