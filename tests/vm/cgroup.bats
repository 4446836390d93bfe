# SPDX-License-Identifier: Apache-2.0
# Limits by cgroup v2, in a cgroup that was delegated to whoever runs this.
load ../escape/helper

BOMB=$PJ_PROGRAMS/bomb
SAMPLED='RLIMIT_DATA (per process), sampled over the tree every 10 ms'

setup() {
	: "${PROCJAIL:?the procjail to test}"
	mkdir -p "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return 1
	OWN=/sys/fs/cgroup$(sed 's/^0:://' /proc/self/cgroup)
	PARENT=${OWN%/*}
}

# What a test has made; a test that fails shall not fail those after it.
teardown() {
	find "$PARENT" -mindepth 1 -depth -type d -path '*scope*' -exec rmdir {} \;
}

limits() {
	policy "\"limits\": { $1 }"
}

bomb() {
	JAIL_OPTIONS=(--json)
	jail "$BOMB" "$@" </dev/null
}

leaves() {
	find "$PARENT" -mindepth 1 -maxdepth 1 -name 'procjail-*'
}

nothing_is_left() {
	[ -z "$(leaves)" ] || fail "left: $(leaves)"
}

mark_as_delegated() {
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.delegate", b"1")' "$1"
}

@test "doctor names the delegated directory" {
	pj doctor --json
	json '.features["cgroup-v2"] | [.available, .detail]' "[true,\"$PARENT\"]"
	nothing_is_left
}

@test "memory: every kind of it is held, and the jail ends whole" {
	limits '"memory": "48MiB"'
	for kind in heap headless children sysv memfd 'disk /dev/shm/file'; do
		bomb $kind
		status_is 137
		json '[.outcome, .containment.enforced.memory]' '["memory-limit","cgroup memory.max (hard)"]'
	done
	json '.usage.peak_memory_bytes | . > 30000000 and . <= 50331648' true
	bomb daemon "$PWD/lock"
	status_is 0
	nothing_is_left
}

@test "memory: large reservations are free, a limit too small is told" {
	limits '"memory": "48MiB"'
	jail /usr/bin/python3 -c 'import mmap; m = mmap.mmap(-1, 1 << 29); print("reserved")' </dev/null
	output_is reserved
	limits '"memory": "64KiB"'
	jail /bin/true </dev/null
	[ "$status" -eq 125 ] || [ "$status" -eq 137 ] || fail "started in 64 KiB"
	nothing_is_left
}

@test "processes: root is bound as well" {
	limits '"memory": "256MiB", "processes": 20'
	bomb forks
	json .stdout 'forks 19 EAGAIN'
	json '.containment.enforced["process-count"]' 'cgroup pids.max (hard)'
	limits '"memory": "256MiB", "processes": 20, "wall_time": "2s"'
	bomb tree
	status_is 124
	nothing_is_left
}

@test "CPU time: exact, over the tree, forgotten children too" {
	limits '"cpu_time": "700ms"'
	for kind in cpu cpu-forgotten; do
		bomb $kind
		json '.outcome' cpu-limit
	done
	json '.containment.enforced["cpu-time"]' 'RLIMIT_CPU (per process), cgroup cpu.stat (read every 10 ms)'
	json '.usage.cpu_ms >= 690' true
	nothing_is_left
}

@test "the jail sees no cgroup but its own, and can change none" {
	limits '"memory": "64MiB"'
	jail /bin/sh -c 'cat /proc/self/cgroup; ls -d /sys/fs/cgroup 2>&1; for f in memory.max cgroup.procs; do echo max >/sys/fs/cgroup/$f; done' </dev/null
	[[ $output == '0::/'* ]] || fail "another root"
	[[ $stderr != *procjail-* ]]
	attempts <<-EOF2
	no write $OWN/cgroup.procs
	no write $PARENT/cgroup.procs
	no write $PARENT/memory.max
	no creat $PARENT/new
	EOF2
}

@test "a policy that opens the cgroups to the program gets no limits by them" {
	for place in / /sys /sys/fs/cgroup "$PARENT"; do
		policy '"limits": { "memory": "64MiB" }' "\"filesystem\": { \"write\": [\"$place\"] }"
		JAIL_OPTIONS=(--json)
		jail /bin/true </dev/null
		[ "$status" -eq 125 ] ||
			json .containment.enforced.memory "$SAMPLED"
	done
}

@test "strategy none, without a wall of files, uses none" {
	limits '"memory": "64MiB"'
	sed -i 's|"commands": .*any-arguments" }|"commands": { "/bin/true": {} }, "containment": { "strategy": "none" }|' ../p.json
	JAIL_OPTIONS=(--json)
	jail /bin/true </dev/null
	json .containment.enforced.memory 'RLIMIT_DATA (per process), sampled over the tree every 10 ms'
}

@test "a jail that bwrap makes is in a cgroup as well" {
	limits '"memory": "48MiB", "processes": 20'
	JAIL_OPTIONS=(--json --strategy bubblewrap)
	jail "$BOMB" forks </dev/null
	json .stdout 'forks 19 EAGAIN'
	jail "$BOMB" memfd </dev/null
	json '[.outcome, .containment.enforced.memory]' '["memory-limit","cgroup memory.max (hard)"]'
	limits '"memory": "48MiB", "cpu_time": "700ms"'
	jail "$BOMB" cpu-forgotten </dev/null
	json .outcome cpu-limit
	jail /bin/cat /proc/self/cgroup </dev/null
	json .stdout '0::/'
	nothing_is_left
}

@test "jails beside each other" {
	limits '"memory": "64MiB"'
	for i in 1 2 3; do
		"$PROCJAIL" run -p ../p.json -- /bin/sh -c "sleep 0.$i; echo $i" >"$i" </dev/null &
	done
	wait
	[ "$(cat 1 2 3)" = $'1\n2\n3' ]
	nothing_is_left
}

@test "kill -9 of procjail: the jail ends, the next one removes its cgroup" {
	limits '"memory": "64MiB"'
	mkfifo ready
	for _ in 1 2; do
		"$PROCJAIL" run -p ../p.json --read "$PJ_PROGRAMS" -- "$BOMB" daemon lock stay >ready </dev/null 3>&- &
		jail=$!
		read -r -t 100 line <ready
		[ "$line" = "daemon runs" ]
		[ -n "$(leaves)" ]
		kill -KILL "$jail"
		wait "$jail" || :
		flock -w 100 lock true
	done
	jail /bin/true </dev/null
	status_is 0
	# A process that is still ending holds its cgroup once more.
	for _ in $(seq 100); do
		[ -n "$(leaves)" ] || break
		jail /bin/true </dev/null
	done
	nothing_is_left
}

@test "what somebody holds is left alone, what nobody holds is ended" {
	limits '"memory": "64MiB"'
	mkdir "$PARENT/procjail-held"
	exec 8<"$PARENT/procjail-held"
	flock -n 8
	sleep 1000 3>&- 8<&- &
	echo $! >"$PARENT/procjail-held/cgroup.procs"
	jail /bin/true </dev/null 8<&-
	kill -0 $!
	exec 8<&-
	jail /bin/true </dev/null
	run ! wait $!
	jail /bin/true </dev/null
	nothing_is_left
}

@test "alone in a delegated cgroup: procjail makes room for its jails" {
	limits '"memory": "64MiB"'
	mkdir "$PARENT/scope"
	mark_as_delegated "$PARENT/scope"
	run --separate-stderr bash -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' - "$PARENT/scope" \
		"$PROCJAIL" run --json -p ../p.json -- /bin/true </dev/null
	json .containment.enforced.memory 'cgroup memory.max (hard)'
	[ "$(ls -d "$PARENT"/scope/*/)" = "$PARENT/scope/supervisor/" ]
}

@test "not alone, or not delegated: nothing is moved" {
	limits '"memory": "64MiB"'
	# Below one that is ours, but was given to nobody.
	mkdir "$PARENT/scopes"
	echo '+memory +pids' >"$PARENT/scopes/cgroup.subtree_control"
	mkdir "$PARENT/scopes/scope" "$PARENT/scopes/plain"
	mark_as_delegated "$PARENT/scopes/scope"
	run --separate-stderr bash -c 'echo $$ >"$1/cgroup.procs"; shift; "$@"; :' - "$PARENT/scopes/scope" \
		"$PROCJAIL" run --json -p ../p.json -- /bin/true </dev/null
	json .containment.enforced.memory "$SAMPLED"
	run --separate-stderr bash -c 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"' - "$PARENT/scopes/plain" \
		"$PROCJAIL" run --json -p ../p.json -- /bin/true </dev/null
	json .containment.enforced.memory "$SAMPLED"
	[ "$(find "$PARENT/scopes" -type d | wc -l)" -eq 3 ]
}

@test "in a container's own cgroup root" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	limits '"memory": "64MiB"'
	mkdir "$PARENT/scope"
	run --separate-stderr bash -c 'echo $$ >"$1/cgroup.procs"; shift; exec unshare -Cm "$@"' - "$PARENT/scope" \
		sh -c 'umount -l /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && exec "$@"' - \
		"$PROCJAIL" run --json -p ../p.json -- /bin/true </dev/null
	json .containment.enforced.memory 'cgroup memory.max (hard)'
	[ -d "$PARENT/scope/supervisor" ]
}
