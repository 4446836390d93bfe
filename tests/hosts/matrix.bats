# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2016,SC2154,SC2086
# Hosts of every kind. Under each, for each strategy: what the result says is
# enforced is tried from inside, and holds; or the run is refused, by the name of
# a property or strategy and with a remedy. Never weaker, no hang, nothing left.
load ../escape/helper

HOST=$PJ_PROGRAMS/host
PROPERTIES='filesystem-read filesystem-write execute network processes ipc devices privileges syscalls terminal kill-tree memory cpu-time process-count open-files file-size wall-time output environment'

# The probe: prints "held P" or "broken P" for each property that it tries.
# A name that nothing else has tells what is left of it.
probe() {
	hidden
	MARK=left$$x$BATS_TEST_NUMBER
	cp /bin/sleep "$MARK"
	{
		echo "A=$ATTACK H=$HIDDEN OUTER=$$ MARK=$PWD/$MARK"
		cat <<-'EOF'
		try() {
			p=$1
			shift
			if printf '%s\n' "$@" | "$A" >/dev/null 2>&1; then echo "held $p"; else echo "broken $p"; fi
		}
		try filesystem-read "no read $H/canary"
		try filesystem-write "no write $H/canary" "no creat $H/new" "no unlink $H/canary" "no mkdir .git" "no creat .mcp.json" "ok creat mine"
		try network "no own-tcp" "no udp 127.0.0.1:9"
		try processes "no kill $OUTER 0" "no ptrace $OUTER" "no vm-read $OUTER" "no read /proc/$OUTER/environ"
		try ipc "no connect $H/socket" "no connect @procjail-matrix"
		try devices "no open /dev/mem r" "no open /dev/kmsg r" "no mkdevice node block"
		try syscalls "no unshare user" "no mount ." "no fsopen tmpfs" "no chroot ."
		try terminal "no tiocsti /dev/tty"
		[ -z "$SECRET" ] && echo held environment || echo broken environment
		caps=
		if [ -r /proc/self/status ]; then
			while read -r key value; do
				case $key in NoNewPrivs:) caps=$caps$value ;; CapEff:) caps=$caps$value ;; esac
			done </proc/self/status
			[ "$caps" = 00000000000000001 ] && echo held privileges || echo broken privileges
		fi
		"$MARK" 600 &
		EOF
	} >probe.sh
	jq -n --arg properties "$PROPERTIES" '{ version: 1, extends: "workspace-write", risky_programs: "allow",
		commands: { "/bin/sh": "any-arguments" }, containment: { may_lack: ($properties | split(" ")) } }' >lacking.json
	jq 'del(.containment)' lacking.json >whole.json
}

left() {
	pgrep -x "$MARK" >/dev/null
}

# What one run ended with: see above.
judge_run() {
	local property why="$1: status $status: $output $stderr"
	case $status in
	125)
		jq -e --arg p "${PROPERTIES// /|}|namespaces|bubblewrap|landlock|firejail|rlimits" \
			'.error.code == "containment-unavailable" and (.error.message | test("^(strategy )?(" + $p + ")\\b") and
			test("doctor|may_lack|apt-get|sysctl|chown|grant|use "))' <<<"$output" >/dev/null || fail "$why"
		;;
	0)
		if [[ $output == *"broken "* ]]; then
			for property in $(jq -r '.stdout | split("\n")[] | select(startswith("broken ")) | .[7:]' <<<"$output"); do
				jq -e --arg p "$property" '.containment.enforced[$p] == null' <<<"$output" >/dev/null ||
					fail "$property is broken, $why"
			done
		fi
		jq -e '.stdout | test("held environment")' <<<"$output" >/dev/null || fail "$why"
		;;
	*) fail "$why" ;;
	esac
	if [ -e "$HIDDEN/new" ] || [ -e .git ] || [ "$(cat "$HIDDEN/canary")" != canary ]; then
		! jq -e '.containment.enforced["filesystem-write"]' <<<"$output" >/dev/null || fail "written, $why"
		rm -rf "$HIDDEN/new" .git
		echo canary >"$HIDDEN/canary"
	fi
	if left; then
		pkill -KILL -x "$MARK"
		! jq -e '.containment.enforced["kill-tree"]' <<<"$output" >/dev/null || fail "left behind, $why"
	fi
}

# on WORD...: put before procjail, they make the host. First `auto` with all that
# the policy asks for, then each strategy with all given up that it lacks.
on() {
	local strategy
	export SECRET=value
	run --separate-stderr timeout 300 "$@" "$PROCJAIL" run --json -p whole.json --read "$PJ_PROGRAMS" -- /bin/sh ./probe.sh </dev/null
	[ "$status" -ne 77 ] || skip "no tracing here: not as an ordinary user"
	judge_run auto
	[ "$status" -ne 0 ] || json '[.containment.lacking, (.stdout | test("broken"))]' '[[],false]'
	AUTO=$(jq -r '.containment.strategy' <<<"$output")
	for strategy in namespaces bubblewrap landlock firejail rlimits; do
		run --separate-stderr timeout 300 "$@" "$PROCJAIL" run --json -p lacking.json --read "$PJ_PROGRAMS" \
			--strategy $strategy -- /bin/sh ./probe.sh </dev/null
		judge_run $strategy
	done
}

# A Landlock of ABI N: strategy landlock holds all that is asked, by whatever
# there is, and its escape tests hold.
abi() {
	local tree='sweep by process groups, held by the broker'
	[ "$1" -lt 6 ] || tree='one signal to the whole Landlock domain'
	probe
	on "$HOST" "abi=$1"
	run --separate-stderr timeout 300 "$HOST" "abi=$1" "$PROCJAIL" run --json -p whole.json --read "$PJ_PROGRAMS" \
		--strategy landlock -- /bin/sh ./probe.sh </dev/null
	judge_run landlock
	status_is 0
	json '[.containment.lacking, (.stdout | test("broken"))]' '[[],false]'
	json '.containment.enforced["kill-tree"]' "$tree"
	setsid sleep 300 3>&- &
	NEIGHBOUR=$!
	jq '.commands = { "*": "any-arguments" }' whole.json >any.json
	run --separate-stderr "$HOST" "abi=$1" "$PROCJAIL" run -p any.json --read "$PJ_PROGRAMS" --strategy landlock -- \
		"$PJ_PROGRAMS/signals" reach "$NEIGHBOUR" </dev/null
	status_is 0
	[[ $output == *" checks, 0 otherwise" ]] || fail "not as wanted"
	kill "$NEIGHBOUR"
	run --separate-stderr "$HOST" "abi=$1" "$PROCJAIL" run -p any.json --read "$PJ_PROGRAMS" --strategy landlock -- \
		"$PJ_PROGRAMS/leavers" lock orphans stopped undead storm </dev/null
	output_is "all there"
	flock -w 20 lock true
	jq '.syscalls.profile = "none" | .containment.may_lack = ["filesystem-write", "syscalls", "network", "devices", "terminal", "execute", "ipc", "processes"]' \
		any.json >unfiltered.json
	run --separate-stderr "$HOST" "abi=$1" "$PROCJAIL" run -p unfiltered.json --strategy landlock -- /bin/true </dev/null
	if [ "$1" -lt 6 ]; then
		status_is 125
		says containment-unavailable "kill-tree: strategy landlock"
	else
		status_is 0
	fi
}

# Mounts of our own around it: as root in a mount namespace, else in a user
# namespace as well. The first argument runs there before.
around() {
	local options=-m before=$1
	shift
	[ "$(id -u)" = 0 ] || options=-Urm
	unshare $options true 2>/dev/null || skip "needs root or user namespaces"
	on unshare $options "$@" sh -c "$before"' && exec "$@"' sh
}

@test "this one" {
	probe
	on env
}

@test "user namespaces off" {
	probe
	unshare -Ur true 2>/dev/null || skip "needs root or user namespaces"
	on unshare -Ur sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh
	[ "$AUTO" != namespaces ]
}

@test "user namespaces without capabilities" {
	probe
	on "$HOST" no-mounts
	[ "$AUTO" != namespaces ]
}

@test "a container's default filter" {
	probe
	on "$HOST" container
	[ "$AUTO" != namespaces ]
}

@test "no Landlock" {
	probe
	on "$HOST" no-landlock
}

@test "Landlock ABI 1" {
	abi 1
}

@test "Landlock ABI 2" {
	abi 2
}

@test "Landlock ABI 3" {
	abi 3
}

@test "Landlock ABI 4" {
	abi 4
}

@test "Landlock ABI 5" {
	abi 5
}

@test "Landlock ABI 6" {
	abi 6
}

@test "Landlock ABI 7" {
	abi 7
}

@test "a filter with a listener is in force" {
	probe
	on "$HOST" listener
}

@test "/proc masked, so that none can be mounted" {
	probe
	around 'mount -t tmpfs none /proc/irq && mount -t tmpfs -o ro none /proc/fs' -pf --mount-proc
}

@test "no /proc" {
	probe
	around 'mount -t tmpfs -o ro none /proc'
}

@test "a read-only root" {
	probe
	around "mount --bind '$PWD' '$PWD' && mount -o remount,bind,ro / && cd '$PWD'"
}

@test "/tmp noexec" {
	probe
	local own
	own=$(dirname "$PROCJAIL")
	# Where we lie in /tmp ourselves, that stays executable.
	around "mount --bind '$own' '$own' && mount --bind '$PJ_PROGRAMS' '$PJ_PROGRAMS' &&
		mount --rbind /tmp /tmp && mount -o remount,bind,noexec /tmp && cd '$PWD'"
}

@test "HOME unset" {
	probe
	on env -u HOME
	[ -n "$AUTO" ]
}

@test "the working directory is deleted" {
	mkdir gone
	cd gone
	rmdir ../gone
	pj run -- /bin/true
	status_is 125
	says "current directory"
}
