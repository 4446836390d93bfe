# SPDX-License-Identifier: Apache-2.0
# What takes more than it is given, and what does not want to end.
load helper

BOMB=$PJ_PROGRAMS/bomb

# limits MEMBERS: a policy with these limits.
limits() {
	policy "\"limits\": { $1 }"
}

# bomb ARGUMENT...: run it with a result object.
bomb() {
	JAIL_OPTIONS=(--json)
	jail "$BOMB" "$@" </dev/null
}

# Nobody holds the lock: whoever did is gone, or goes soon.
lock_is_free() {
	flock -w 100 "$1" true || fail "something of the jail still lives"
}

@test "forks, one after the other" {
	needs_jail
	# The init's threads take none of them, however many it has.
	for network in none filtered; do
		[ "$network" = none ] || [ "$PJ_TEST_STRATEGY" != bubblewrap ] || continue
		policy '"limits": { "processes": 20, "wall_time": "300s" }' '"network": { "mode": "'"$network"'" }'
		bomb forks # does not end before it is ended or refused a child
		# Counted: the kernel exempts root, and has no count of a jail's own
		# without a user namespace.
		if [ "$(jq -r .outcome <<<"$output")" = signaled ]; then
			[ "$(id -u)" -eq 0 ] || [ "$PJ_TEST_STRATEGY" = landlock ]
			status_is 137
		else
			json .stdout "forks 19 EAGAIN"
		fi
	done
}

# It asks the init for nothing, which then has not needed all of its threads yet.
@test "forks of a program that the init does nothing for" {
	needs_jail
	[ -x /usr/bin/python3 ] || skip "no python3"
	cat >p.json <<-'POLICY'
	{ "version": 1, "extends": "read-only", "commands": { "*": "any-arguments" }, "risky_programs": "allow",
	  "limits": { "processes": 20, "wall_time": "300s" } }
	POLICY
	run "$PROCJAIL" run -p p.json ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} --json -- /usr/bin/python3 -c '
import os, signal
for count in range(1, 1000):
    try:
        if not os.fork(): signal.pause()
    except OSError: break
print(count)
while count > 100: signal.pause()' </dev/null
	if [ "$(jq -r .outcome <<<"$output")" = signaled ]; then
		[ "$(id -u)" -eq 0 ] || [ "$PJ_TEST_STRATEGY" = landlock ]
	else
		json .stdout 20
	fi
}

@test "a fork bomb" {
	needs_jail
	limits '"processes": 20, "wall_time": "1s"'
	bomb tree
	[ "$status" -ne 0 ] || fail "no limit"
	json '.outcome == "timed-out" or .outcome == "signaled"' true
	policy
	jail /bin/true
	status_is 0
}

@test "memory: of one process, shared, of many children" {
	needs_jail
	limits '"memory": "64MiB", "wall_time": "300s"'
	for kind in heap shared headless children; do
		bomb $kind
		case $output in
		*'"memory-limit"'*) status_is 137 ;;
		*) json '.stdout | test("ENOMEM")' true ;;
		esac
	done
	bomb daemon "$PWD/lock"
	status_is 0
}

@test "memory that no process maps" {
	needs_jail
	limits '"memory": "64MiB", "wall_time": "300s"'
	bomb memfd
	json '.stdout | test("memfd 0 ")' true
	bomb secret
	json '.stdout | test("secret 0 ")' true
	bomb sysv
	[ "$status" -eq 137 ] || json '.stdout | test("sysv [0-9]+ E")' true
	# Elsewhere no memory is there to be filled, but the host's disk.
	[ "$PJ_TEST_STRATEGY" != landlock ] || return 0
	for place in /dev/shm /tmp; do
		bomb disk $place/file
		json '.stdout | test("disk 6[0-9] ENOSPC")' true
	done
}

# bats test_tags=not-bubblewrap,not-landlock
@test "the size of /tmp and /dev/shm, and how many files" {
	needs_jail
	limits '"tmp_size": "8MiB", "wall_time": "300s"'
	for place in /dev/shm /tmp; do
		bomb disk $place/file
		json .stdout "disk 8 ENOSPC"
	done
	bomb files /tmp
	json '.stdout | test("files [0-9]{1,5} ENOSPC")' true
	bomb disk "$PWD/file"
	json '.stdout | test("disk 512")' true
	rm -f file
}

@test "file size and open files" {
	needs_jail
	limits '"file_size": "2MiB", "open_files": 32, "wall_time": "300s"'
	bomb disk file
	json .stdout "disk 2 EFBIG"
	bomb open
	json .stdout "open 29 EMFILE"
	# The broker's own hand is bound as well.
	touch small
	jail /bin/sh -c 'truncate -s 100M small || echo refused' </dev/null
	[ "$(stat -c %s small)" -le 2097152 ]
}

@test "CPU time over the whole tree" {
	needs_jail
	limits '"cpu_time": "500ms", "wall_time": "300s"'
	bomb cpu
	json .outcome cpu-limit
	bomb cpu-forgotten
	json .outcome cpu-limit
	# Tenths of a second.
	json '.stdout | length | . > 1 and . < 60' true
}

@test "an output flood" {
	needs_jail
	limits '"stdout": "1MiB", "wall_time": "300s"'
	bomb flood
	status_is 137
	json '[.outcome, .stdout_truncated, (.stdout | length)]' '["output-limit",true,1048576]'
	limits '"stdout": "1MiB", "overflow": "truncate", "wall_time": "300s"'
	bomb flood
	status_is 0
	json '[.outcome, .stdout_truncated, (.stdout | length)]' '["exited",true,1048576]'
}

@test "who ignores signals or stops itself" {
	needs_jail
	limits '"wall_time": "300ms"'
	for kind in ignore stop; do
		bomb $kind
		status_is 124
		json .outcome timed-out
		json '.usage.wall_ms < 30000' true
	done
}

@test "a daemon does not outlive its program, nor the limit, nor procjail" {
	needs_jail
	limits '"wall_time": "300s"'
	bomb daemon lock
	status_is 0
	json .stdout "daemon runs"
	lock_is_free lock
	limits '"wall_time": "300ms"'
	bomb daemon lock stay
	json .outcome timed-out
	lock_is_free lock
}

@test "kill -9 of procjail: nothing is left" {
	needs_jail
	before=$(cut -d' ' -f5- /proc/self/mountinfo)
	policy '"filesystem": { "deny": ["./absent", "./deep/absent"] }'
	mkfifo ready
	"$PROCJAIL" run -p ../p.json --read "$PJ_PROGRAMS" ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} -- "$BOMB" daemon lock stay >ready </dev/null 3>&- &
	jail=$!
	exec 9<ready
	read -r -t 100 -u 9 line
	[ "$line" = "daemon runs" ]
	kill -KILL "$jail"
	wait "$jail" || :
	lock_is_free lock
	# End of file: the program itself is gone too.
	run ! read -r -t 100 -u 9 line
	exec 9<&-
	[ "$(cut -d' ' -f5- /proc/self/mountinfo)" = "$before" ]
	[ "$(ls)" = "$(printf 'lock\nready')" ]
}

# bats test_tags=not-bubblewrap,not-landlock
@test "few open files: the launch itself needs none of them, or says so" {
	limits '"open_files": 5'
	jail /bin/sh -c 'ulimit -n' </dev/null
	status_is 0
	[ "$output" = 5 ] || fail "another limit"
	policy '"limits": { "open_files": 5 }, "filesystem": { "execute": ["/usr"] }'
	jail /bin/true </dev/null
	status_is 125
	[[ "$stderr" == *"limits.open_files leaves no room"* ]] || fail "another reason"
	# The caller's own limit is not the policy's.
	policy '"filesystem": { "execute": ["/usr"] }'
	for own in {12..40}; do
		run --separate-stderr bash -c "ulimit -n $own; exec \"\$0\" run -p ../p.json -- /bin/true" "$PROCJAIL" </dev/null
		[ "$status" -eq 0 ] && break
		[[ $status == 125 && $stderr != *limits.open_files* ]] || fail "with $own descriptors"
	done
	status_is 0
}
