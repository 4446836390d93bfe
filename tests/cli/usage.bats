# SPDX-License-Identifier: Apache-2.0
# Wrong usage: status 125, one line that says what to do. Right usage: --help
# fits a screen.
load helper

@test "--help of each command fits a screen and exits 0" {
	for words in "" run check pool doctor policy audit "policy lint" "policy show" \
		"policy schema" "policy list" "policy init" "audit verify" "audit show"; do
		# shellcheck disable=SC2086
		pj $words --help
		status_is 0
		[ -z "$stderr" ] || fail "$words: standard error"
		[[ $output == "usage: procjail"* ]] || fail "$words: no usage"
		[ "${#lines[@]}" -le 24 ] || fail "$words: more than 24 lines"
		for line in "${lines[@]}"; do
			[ "${#line}" -le 80 ] || fail "$words: a line over 80 columns"
		done
	done
}

@test "--version" {
	pj --version
	status_is 0
	[[ $output =~ ^procjail\ [0-9]+\.[0-9]+\.[0-9]+$ ]] || fail "no version"
}

@test "no command" {
	pj
	status_is 125
	says "no command" "--help"
}

@test "an unknown command names the nearest" {
	pj chekc
	status_is 125
	says "'chekc'" "'check'"
	pj policy lnit
	status_is 125
	says "'lnit'" "'lint'"
	pj xyzzyxyzzy
	status_is 125
	says "unknown command"
	[[ $stderr != *"did you mean"* ]] || fail "a guess out of nothing"
}

@test "an unknown option names the nearest" {
	pj run --tiemout 3s -- true
	status_is 125
	says "'--tiemout'" "'--timeout'" "procjail run --help"
	pj check --plam -- true
	status_is 125
	says "'--plan'"
	pj run -x -- true
	status_is 125
	says "'-x'"
	pj doctor --jsn
	status_is 125
	says "'--json'"
}

@test "an option of check is none of run" {
	pj run --plan -- true
	status_is 125
	says "unknown option '--plan'"
}

@test "options that lack their value, or have one too much" {
	pj run --timeout
	status_is 125
	says "'--timeout'" "TIME"
	pj run -p
	status_is 125
	says "'-p'" "FILE"
	pj run --json=yes -- true
	status_is 125
	says "takes no value"
	pj run -vx -- true
	status_is 125
	says "unknown option '-vx'"
}

@test "no PROGRAM" {
	pj run
	status_is 125
	says "no PROGRAM"
	pj check --json --
	status_is 125
	says "no PROGRAM"
}

@test "options that exclude each other" {
	pj run -p a --profile strict -- true
	status_is 125
	says "--policy" "--profile"
	pj run --request r.json -- true
	status_is 125
	says "--request"
	pj run --request - --stdin -
	status_is 125
	says "standard input"
	pj run --chdir a --chdir b -- true
	status_is 125
	says "'--chdir' is given twice"
}

@test "an unknown profile lists them" {
	pj run --profile workspace-wirte -- true
	status_is 125
	says "workspace-wirte" "workspace-write" "strict" "untrusted"
}

@test "operands that are too few or too many" {
	pj policy lint
	status_is 125
	says "missing argument"
	pj policy list now
	status_is 125
	says "'now'"
	pj audit verify a b
	status_is 125
	says "'b'"
	pj doctor x
	status_is 125
	says "'x'"
}

@test "a message stays one line whatever was typed" {
	pj $'ru\nn'
	status_is 125
	says 'ru\nn'
	pj run $'--a\nb\e[31m'
	status_is 125
	says '--a\nb\x1b[31m'
}

@test "a closed standard output is an error, not silence" {
	[ -w /dev/full ] || skip "no /dev/full"
	run --separate-stderr bash -c '"$PROCJAIL" --help >/dev/full'
	status_is 125
	says "standard output"
}

@test "standard descriptors that are closed do no harm" {
	run --separate-stderr bash -c '"$PROCJAIL" policy list <&- >&- 2>&-'
	status_is 125
	run --separate-stderr bash -c '"$PROCJAIL" check --audit log -- /bin/true <&- >&- 2>&-
		echo $?
		"$PROCJAIL" audit verify log'
	status_is 0
	output_is $'125\nlog: 1 record, the chain holds'
}

@test "what is printed to a closed standard output is an error" {
	local command
	for command in --help --version 'policy list' 'policy schema' 'policy show strict' doctor \
		'check -- /bin/true' 'check --json -- /bin/true'; do
		# shellcheck disable=SC2086
		run --separate-stderr bash -c '"$PROCJAIL" "$@" </dev/null >&-' - $command
		status_is 125
		says "write to standard output: Bad file descriptor"
	done
}
