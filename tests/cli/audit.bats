# SPDX-License-Identifier: Apache-2.0
# The audit log as the command writes and checks it.
load helper

# three: log.jsonl with three records of checks.
three() {
	search_policy
	"$PROCJAIL" check -p search.json --audit log.jsonl -- grep -n foo
	"$PROCJAIL" check -p search.json --audit log.jsonl -- grep -x foo || :
	"$PROCJAIL" check -p search.json --audit log.jsonl -- /bin/true || :
}

@test "each check is a record, and the chain holds" {
	three
	[ "$(wc -l <log.jsonl)" -eq 3 ]
	[ "$(stat -c %a log.jsonl)" = 600 ]
	[ "$(jq -rc .verdict log.jsonl | tr '\n' ' ')" = "allowed denied denied " ]
	[ "$(jq -rc 'select(.verdict == "denied") | .violations[0].code' log.jsonl | tr '\n' ' ')" \
		= "flag-not-allowed program-not-allowed " ]
	[ "$(jq -rs 'map(.id) | unique | length' log.jsonl)" -eq 3 ]
	pj audit verify log.jsonl
	status_is 0
	output_is "log.jsonl: 3 records, the chain holds"
}

@test "each record holds the SHA-256 of the line before" {
	three
	for number in 1 2; do
		want=$(sed -n "${number}p" log.jsonl | tr -d '\n' | sha256sum | cut -d' ' -f1)
		[ "$(sed -n "$((number + 1))p" log.jsonl | jq -r .previous)" = "$want" ]
	done
	[ "$(head -n1 log.jsonl | jq -r .previous)" = "$(printf '0%.0s' {1..64})" ]
}

@test "a failure is a record" {
	pj check -p missing.json --audit log.jsonl -- /bin/true
	status_is 125
	[ "$(jq -rc '[.verdict, .outcome, .error.code == null]' log.jsonl)" = '[null,"failed",false]' ]
}

@test "values of variables are not in it" {
	echo '{"program": "/bin/true", "env": {"FOO": "hunter2"}}' >request.json
	pj check --audit log.jsonl --env BAR=hunter3 --request request.json
	[ "$(jq -rc .request.env log.jsonl)" = '["FOO","BAR"]' ]
	! grep -q hunter log.jsonl
	rm log.jsonl
	PASSED=hunter4 pj check --audit log.jsonl --env BAR=hunter3=x --env PASSED --env 'LC_*' -- /bin/true
	status_is 0
	[ "$(jq -rc .request.env log.jsonl)" = '["BAR","PASSED","LC_*"]' ]
	! grep -q hunter log.jsonl
}

@test "a cut beginning, a gap, a changed byte, a cut end" {
	three
	cp log.jsonl good.jsonl
	sed 1d good.jsonl >log.jsonl
	pj audit verify log.jsonl
	status_is 125
	says "log.jsonl:1:" "does not follow"
	sed 2d good.jsonl >log.jsonl
	pj audit verify log.jsonl
	status_is 125
	says "log.jsonl:2:" "record 2 does not follow"
	sed '2s/-x/-y/' good.jsonl >log.jsonl
	pj audit verify log.jsonl
	status_is 125
	says "log.jsonl:3:" "record 3"
	head -c -5 good.jsonl >log.jsonl
	pj audit verify log.jsonl
	status_is 125
	says "log.jsonl:3:" "cut"
	echo '{}' >>good.jsonl
	pj audit verify good.jsonl
	status_is 125
	says "good.jsonl:4:"
}

@test "a log that cannot be continued stops the run before it starts" {
	three
	head -c -5 log.jsonl >cut.jsonl
	pj run --audit cut.jsonl -- /usr/bin/touch ran
	status_is 125
	says "audit: " "cut.jsonl" "cut"
	[ ! -e ran ]
}

@test "links, directories, FIFOs and missing places are refused" {
	ln -s target link
	pj check --audit link -- /bin/true
	status_is 125
	says "symbolic link"
	[ ! -e target ]
	pj check --audit . -- /bin/true
	status_is 125
	mkfifo fifo
	pj check --audit fifo -- /bin/true
	status_is 125
	says "regular file"
	pj check --audit missing/log -- /bin/true
	status_is 125
	says "missing/log"
	pj audit verify missing
	status_is 125
	says "missing"
}

@test "many at once keep the chain" {
	search_policy
	for i in 1 2 3 4 5 6 7 8; do
		"$PROCJAIL" check -p search.json --audit log.jsonl -- grep "$i" >/dev/null &
	done
	wait
	pj audit verify log.jsonl
	status_is 0
	output_is "log.jsonl: 8 records, the chain holds"
}

@test "show: a line for each record, and the records as they are" {
	three
	pj audit show log.jsonl
	status_is 0
	[ "${#lines[@]}" -eq 3 ]
	[[ ${lines[0]} == *" allowed "*"grep -n foo" ]] || fail "first line"
	[[ ${lines[1]} == *" denied denied flag-not-allowed "*"grep -x foo" ]] || fail "second line"
	pj audit show --json log.jsonl
	status_is 0
	output_is "$(cat log.jsonl)"
	pj audit show log.jsonl --json
	status_is 0
}

@test "show: what was logged cannot steer a terminal" {
	pj check --audit log.jsonl -- /bin/true $'a\e[31m\nb'
	pj audit show log.jsonl
	status_is 0
	[ "${#lines[@]}" -eq 1 ]
	[[ $output == *'a\x1b[31m\nb'* ]] || fail "not escaped"
}

@test "show: a file that is no log, one that was changed, an empty one" {
	local option
	search_policy
	jq -c . search.json >compact.json
	printf 'one\ntwo\n' >text
	printf '\n' >blank
	for option in "" --json; do
		for file in search.json compact.json text blank; do
			pj audit show $option "$file"
			status_is 125
			output_is ""
			says "procjail: $file is no audit log"
		done
	done
	three
	sed -i '2s/.*/changed/' log.jsonl
	pj audit show log.jsonl
	status_is 125
	[ "${#lines[@]}" -eq 3 ]
	[ "${lines[1]}" = "(no record)" ]
	says "procjail: log.jsonl:2: this is no record"
	: >empty
	pj audit show empty
	status_is 0
	output_is ""
	pj audit verify empty
	status_is 0
}

@test "show: a reader that leaves early" {
	three
	run bash -c '"$PROCJAIL" audit show log.jsonl | head -n1'
	status_is 0
}

@test "a run is recorded with its outcome" {
	needs_jail
	pj run --audit log.jsonl -- /bin/sh -c 'exit 3'
	status_is 3
	[ "$(jq -rc '[.verdict, .outcome, .exit_code, .signal]' log.jsonl)" = '["allowed","exited",3,null]' ]
	[ "$(jq -r '.usage.wall_ms > 0' log.jsonl)" = true ]
	[ "$(jq -r '.strategy | length > 0' log.jsonl)" = true ]
}

@test "the program in the jail cannot change the log in its workspace" {
	needs_jail
	pj run --audit log.jsonl -- /bin/true
	status_is 0
	cp log.jsonl before.jsonl
	pj run --audit log.jsonl -- /bin/sh -c \
		'echo x >>log.jsonl; rm -f log.jsonl; mv log.jsonl y; cat log.jsonl; : >log.jsonl'
	[ "$(head -n1 log.jsonl)" = "$(cat before.jsonl)" ]
	[[ $output != *previous* ]] || fail "it could read the log"
	pj audit verify log.jsonl
	status_is 0
	output_is "log.jsonl: 2 records, the chain holds"
}
