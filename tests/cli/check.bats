# SPDX-License-Identifier: Apache-2.0
# Decisions: check runs nothing, exits 0 or 126, and says why not.
load helper

@test "without a policy the caller's command is allowed" {
	pj check -- /bin/true
	status_is 0
	output_is allowed
}

@test "each profile allows what the caller typed" {
	for profile in strict read-only workspace-write build untrusted; do
		pj check --profile "$profile" -- /bin/sh -c 'exit 0'
		status_is 0
		output_is allowed
	done
}

@test "a policy allows what it lists" {
	search_policy
	pj check -p search.json -- /usr/bin/grep -n -m 3 foo
	status_is 0
	pj check --policy=search.json /usr/bin/grep -n -m 3 foo
	status_is 0
	pj check -psearch.json -- grep -i foo
	status_is 0
}

@test "a policy without commands allows none" {
	echo '{ "version": 1 }' >none.json
	pj check -p none.json -- /bin/true
	status_is 126
	[[ $output == "denied: program-not-allowed: "* ]] || fail "no reason"
}

@test "violations and their codes" {
	search_policy
	while read -r code arguments; do
		# shellcheck disable=SC2086
		pj check -p search.json -- $arguments
		status_is 126
		[[ $output == "denied: $code: "* ]] || fail "$arguments: wanted $code"
		[ "${#lines[@]}" -eq 1 ] || fail "$arguments: more than the first"
	done <<-'EOT'
	program-not-allowed /bin/true
	flag-not-allowed /usr/bin/grep -x foo
	too-many-flags /usr/bin/grep -n -i -n foo
	option-value-invalid /usr/bin/grep -m 10 foo
	option-value-missing /usr/bin/grep -m
	too-few-positionals /usr/bin/grep -n
	too-many-positionals /usr/bin/grep a b c d
	program-risky /usr/bin/env
	program-not-found /nonexistent/grep
	program-not-found ./nonexistent
	program-not-found no-such-program-anywhere
	program-is-directory /usr/bin
	EOT
}

@test "a name that is nowhere is told with the directories" {
	pj check -- no-such-program-anywhere
	status_is 126
	[[ $output == "denied: program-not-found: "*"'no-such-program-anywhere'"*PATH* ]] || fail "no directories"
}

@test "--all tells all of them" {
	search_policy
	pj check --all -p search.json -- /usr/bin/grep -x -m 10 a b c d
	status_is 126
	[ "${#lines[@]}" -ge 3 ] || fail "less than three"
	[[ $output == *flag-not-allowed* ]]
	[[ $output == *option-value-invalid* ]]
	[[ $output == *too-many-positionals* ]]
}

@test "--json, allowed" {
	search_policy
	pj check --json -p search.json -- grep -n foo
	status_is 0
	json .verdict allowed
	json .violations '[]'
	json '.command.argv' '["grep","-n","foo"]'
	json '.command.cwd' "$(pwd -P)"
	json '.command.program | endswith("/grep")' true
	json '.command.env | type' object
	json 'keys_unsorted' '["verdict","violations","warnings","command"]'
}

@test "--json, denied" {
	search_policy
	pj check --json -p search.json -- grep -x foo
	status_is 126
	json .verdict denied
	json .command null
	json '.violations | length' 1
	json '.violations[0].code' flag-not-allowed
	json '.violations[0].item' -x
	json '.violations[0].index' 0
}

@test "--request from a file and from standard input" {
	search_policy
	echo '{"program": "/usr/bin/grep", "args": ["-n", "foo"]}' >request.json
	pj check -p search.json --request request.json
	status_is 0
	run --separate-stderr "$PROCJAIL" check -p search.json --request - <request.json
	status_is 0
	output_is allowed
	echo '{"program": "grep", "args": []}' >request.json
	pj check -p search.json --request request.json
	status_is 126
	[[ $output == "denied: program-not-absolute: "* ]] || fail "looked up"
	echo '{"program": "/usr/bin/grep", "args": ["a"], "cwd": "/nonexistent"}' >request.json
	pj check -p search.json --request request.json
	status_is 126
	[[ $output == "denied: cwd-not-found: "* ]] || fail "no cwd-not-found"
}

@test "a request that is none is a failure, not a denial" {
	echo 'hello' >request.json
	pj check --request request.json
	status_is 125
	says "request: " "request.json"
	pj check --request missing.json
	status_is 125
	says "missing.json" "No such file"
	echo '{"program": "/bin/true", "user": "root"}' >request.json
	pj check --request request.json
	status_is 125
	says "user"
}

@test "a policy that is broken is a failure that names the place" {
	printf '{\n  "version": 1,\n  "filesystm": {}\n}\n' >broken.json
	pj check -p broken.json -- /bin/true
	status_is 125
	says "broken.json:3" "filesystm"
	pj check -p broken.json --deny /x -- /bin/true
	status_is 125
	says "broken.json:3" "filesystm"
}

@test "values of options are those of the policy" {
	for option in --timeout=30 --timeout=1fortnight --memory=lots --network=some \
		--strategy=magic --may-lack=everything --deny=@nothing; do
		pj check "$option" -- /bin/true
		status_is 125
		says "policy: "
	done
	pj check --timeout 30s --memory 256MiB --network loopback --deny @secrets \
		--may-lack memory --read /usr --write . --env LANG --env FOO=bar \
		--strategy auto -- /bin/true
	status_is 0
}

@test "--env sets and passes, and nothing else is inherited" {
	export SECRET_TOKEN=hunter2 LANG=C WANTED=yes
	pj check --json --env FOO=bar=baz --env WANTED -- /bin/true
	status_is 0
	json .command.env.FOO bar=baz
	json .command.env.WANTED yes
	json .command.env.SECRET_TOKEN null
	[[ $output != *hunter2* ]] || fail "inherited"
}

@test "--chdir, relative to where the caller stands" {
	mkdir sub
	pj check --json --chdir sub -- /bin/true
	status_is 0
	json .command.cwd "$(pwd -P)/sub"
	pj check --chdir missing -- /bin/true
	status_is 126
	[[ $output == "denied: cwd-not-found: "* ]] || fail "no cwd-not-found"
}

@test "--workspace: a caller below it stays where it is" {
	mkdir -p sub/sub
	cd sub/sub
	pj check --json --workspace .. -- /bin/true
	status_is 0
	json .command.cwd "$(pwd -P)"
	cd /
	pj check --json --workspace "$BATS_TEST_TMPDIR/work/sub" -- /bin/true
	status_is 0
	json .command.cwd "$(realpath "$BATS_TEST_TMPDIR/work/sub")"
}

@test "a PROGRAM with a slash is below the directory it starts in" {
	mkdir sub
	cp /bin/true sub/tool
	pj check --json -- ./sub/tool
	status_is 0
	json .command.program "$(pwd -P)/sub/tool"
	json '.command.argv[0]' ./sub/tool
	pj check --json --chdir sub -- ./tool
	status_is 0
	json .command.program "$(pwd -P)/sub/tool"
}

@test "a PROGRAM without one is looked up in the policy's PATH alone" {
	cp /bin/true here-only
	PATH=.:$PATH pj check -- here-only
	status_is 126
	[[ $output == "denied: program-not-found: "* ]] || fail "found"
	mkdir bin
	cp /bin/true bin/mine
	pj check --json --env "PATH=$PWD/bin:/usr/bin:/bin" -- mine
	status_is 0
	json .command.program "$(pwd -P)/bin/mine"
	pj check --json --env "PATH=.:$PWD/bin" -- here-only
	status_is 126
}

@test "a file of the workspace called strict is no profile" {
	echo '{ "version": 1 }' >strict
	pj check -p strict -- /bin/true
	status_is 126
	pj check -p strict --deny /x -- /bin/true
	status_is 126
}

@test "a path that the caller names and that is not there is told, without -v too" {
	local reason="is not granted: No such file or directory"
	pj check --read /nonexistent/tree -- /bin/true
	status_is 0
	output_is allowed
	says "procjail: warning: --read: /nonexistent/tree $reason"
	echo '{ "version": 1, "extends": "read-only", "commands": { "/bin/true": {} },
		"filesystem": { "read": ["@toolchains", "/nonexistent/tree"], "deny": ["/nonexistent/denied"] } }' >p.json
	pj check -p p.json -- /bin/true
	status_is 0
	says "procjail: warning: filesystem.read[1]: /nonexistent/tree $reason"
	pj check -p p.json --write /nonexistent/other -- /bin/true
	[ "${#stderr_lines[@]}" = 2 ] || fail "not both"
	[[ ${stderr_lines[0]} == "procjail: warning: "*"/p.json: filesystem.read[1]: /nonexistent/tree $reason" ]] || fail "the policy's"
	[ "${stderr_lines[1]}" = "procjail: warning: --write: /nonexistent/other $reason" ] || fail "the option's"
}

@test "--json tells the warnings of the policy and of the guard" {
	pj check --json --read /nonexistent/tree -- /bin/true
	status_is 0
	json .warnings '["filesystem.read[0]: /nonexistent/tree is not granted: No such file or directory"]'
	echo '{ "version": 1, "commands": { "/bin/sh": {}, "/nonexistent/program": {} }, "risky_programs": "warn" }' >p.json
	pj check --json -p p.json -- /bin/sh
	status_is 0
	[ -z "$stderr" ] || fail "unasked"
	json '.warnings | map(sub("[(].*"; ""))' '["commands[\"/nonexistent/program\"]: there is no such program","program /bin/sh is risky "]'
	pj check --json -p p.json -- /bin/sh x
	status_is 126
	json '.warnings | length' 2
}

@test "what profiles and named sets list and this machine has not is no warning" {
	local profile
	for profile in strict read-only workspace-write build untrusted; do
		HOME=/nonexistent pj check --json --profile "$profile" -- /bin/true
		json .warnings '[]'
		[ -z "$stderr" ] || fail "$profile"
	done
}

@test "a current directory that was removed hinders only who needs it" {
	local place=$PWD words
	mkdir gone sub
	cd gone
	rmdir ../gone
	for words in "--workspace $place" "--chdir $place/sub" "--workspace $place --chdir $place/sub"; do
		# shellcheck disable=SC2086
		pj check $words -- true
		status_is 0
	done
	for words in "" "--chdir sub" "--workspace ." "--workspace $place -p p.json"; do
		# shellcheck disable=SC2086
		pj check $words -- true
		status_is 125
		says "the current directory: No such file or directory"
	done
	pj check --workspace "$place" -- ./true
	status_is 125
	says "the current directory"
	echo '{ "version": 1 }' >"$place/p.json"
	pj policy lint --workspace "$place" "$place/p.json"
	status_is 0
	pj policy lint "$place/p.json"
	status_is 125
	says "workspace (none is named, so it is the current directory)"
	cd "$place"
}

@test "other warnings are told on request" {
	echo '{ "version": 1, "commands": { "/bin/true": {}, "/nonexistent/program": {} } }' >p.json
	pj check -p p.json -- /bin/true
	status_is 0
	[ -z "$stderr" ] || fail "unasked"
	pj check -v -p p.json -- /bin/true
	status_is 0
	says "procjail: warning: " "/nonexistent/program"
}

@test "--plan prints what would be launched" {
	needs_jail
	pj check --plan -- /bin/true
	status_is 0
	json type object
	search_policy
	pj check --plan -p search.json -- grep -x foo
	status_is 126
	output_is "$("$PROCJAIL" check -p search.json -- grep -x foo)"
}

@test "a bounded repetition in a repeated group lets nothing else pass" {
	echo '{ "version": 1, "commands": { "/bin/true": { "options": {
		"-a": { "type": "string", "pattern": "^((/[a-z]{1,3})*/?)?$" },
		"-b": { "type": "string", "pattern": "^((a{2})*b)*$" } } } } }' >bounds.json
	pj check -p bounds.json -- /bin/true -a /usr/bin/ -b aabb
	status_is 0
	pj check -p bounds.json -- /bin/true -a x
	status_is 126
	pj check -p bounds.json -- /bin/true -b ab
	status_is 126
}
