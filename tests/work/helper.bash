# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# Real work under the default profile. Each test stands in a directory of its
# own; `work` in it is the workspace.
bats_require_minimum_version 1.5.0

# Of a make that runs us: its job server is not ours.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES MAKE_TERMOUT MAKE_TERMERR

setup() {
	: "${PROCJAIL:?the procjail to test}"
	umask 022
	cd "$BATS_TEST_TMPDIR" || return 1
	mkdir work home
	export HOME=$PWD/home LC_ALL=C PATH=/usr/local/bin:/usr/bin:/bin
	unset XDG_CONFIG_HOME
	"$PROCJAIL" run ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} -- /bin/true </dev/null 2>refused || skip "no containment here: $(cat refused)"
}

needs() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
}

fail() {
	printf '# %s\n' "$@"
	return 1
}

# An ordinary user's view of the host: root without its capabilities, since
# there are none in the jail.
plainly() {
	if [ "$(id -u)" = 0 ]; then
		setpriv --inh-caps=-all --bounding-set=-all -- "$@"
	else
		"$@"
	fi
}

# jail SCRIPT [ARGUMENT...]: bash runs the script in the jail, in the workspace.
jail() {
	local script=$1
	shift
	(cd work && "$PROCJAIL" run ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} --timeout 300s -- /bin/bash -c "$script" bash "$@" </dev/null)
}

# works SCRIPT [LAST-LINE]: it must end well, and print this in the end.
works() {
	run jail "$1"
	[ "$status" -eq 0 ] || fail "$1" "status $status" "$output"
	[ $# = 1 ] || [ "${output##*$'\n'}" = "$2" ] || fail "$1" "wanted: $2" "got: $output"
}

# Everything about the files below a directory but their times and inodes.
listing() {
	(cd "$1" && find . -printf '%P %y %m %n %s %u %g -> %l\n' | sort &&
		find . -type f -readable -exec sha256sum {} + | sort -k 2)
}

# same SCRIPT...: each does in the jail what it does outside: the same output,
# messages, status and files. `prepare`, if there is one, fills the workspace.
same() {
	local script side
	for script; do
		for side in outside inside; do
			chmod -R u+rwx work && rm -rf work && mkdir work
			if declare -F prepare >/dev/null; then
				(cd work && prepare) || return 1
			fi
			run_side $side "$script"
		done
		diff outside inside >difference ||
			fail "not the same: $script" "< outside, > in the jail" "$(sed 's/^/# /' difference)"
	done
}

run_side() {
	local status=0
	(
		cd work || exit
		if [ "$1" = outside ]; then
			plainly /bin/bash -c "$2" bash
		else
			"$PROCJAIL" run ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} --timeout 300s -- /bin/bash -c "$2" bash
		fi
	) >stdout 2>stderr </dev/null || status=$?
	{
		echo "status $status"
		cat stdout stderr
		listing work
	} >"$1"
}
