# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# What the attacks share. A test makes its own canaries and markers below its
# own directory; no attack has a payload that would hurt the machine.
load ../cli/helper

: "${PJ_PROGRAMS:?the directory of the attack programs}"
ATTACK=$PJ_PROGRAMS/attack

# A directory of the jail's own memory, or what stands for one.
PRIVATE=/tmp
[ "$PJ_TEST_STRATEGY" != landlock ] || PRIVATE=/dev/shm

# Of Landlock: pretended, or a virtual machine's kernel's own.
ABI=${PJ_TEST_ABI:-${PJ_KERNEL_ABI:-7}}
# From one directory to another; before ABI 2 none is allowed to.
MOVED=ok
[ "$ABI" -ge 2 ] || MOVED=EXDEV

# policy [MEMBER...]: write p.json with these members beside the usual ones,
# for jail(). The time is for what hangs: nothing slow shall come near it.
policy() {
	local member
	case "$*" in
	*'"limits"'*) ;;
	*) set -- "$@" '"limits": { "wall_time": "300s" }' ;;
	esac
	{
		echo '{ "version": 1, "extends": "workspace-write", "risky_programs": "allow", "commands": { "*": "any-arguments" }'
		for member; do
			echo ", $member"
		done
		echo '}'
	} >"$BATS_TEST_TMPDIR/p.json"
}

# jail PROGRAM ARGUMENT...: run it under p.json (made when there is none) with
# this directory as workspace; standard input is ours.
jail() {
	[ -e "$BATS_TEST_TMPDIR/p.json" ] || policy
	run --separate-stderr "$PROCJAIL" run -p "$BATS_TEST_TMPDIR/p.json" ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} --read "$PJ_PROGRAMS" "${JAIL_OPTIONS[@]}" -- "$@"
}

# attempts: the lines of standard input (see attack.c), made in a jail; each must
# end as the line says, and all of them must have been made.
attempts() {
	cat >"$BATS_TEST_TMPDIR/attempts"
	jail "$ATTACK" <"$BATS_TEST_TMPDIR/attempts"
	judge
}

judge() {
	local made
	made=$(grep -vc -e '^#' -e '^$' "$BATS_TEST_TMPDIR/attempts")
	[ "$status" -eq 0 ] && [ "$output" = "$made attempts, 0 otherwise" ] || fail "not as wanted"
}

# hidden: a directory beside the workspace with a canary in it.
hidden() {
	mkdir -p ../hidden
	echo canary >../hidden/canary
	HIDDEN=$(cd ../hidden && pwd -P)
}
