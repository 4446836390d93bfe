# SPDX-License-Identifier: Apache-2.0
# A cgroup that is nobody's to divide: limits are held as they are without.
load ../escape/helper

@test "doctor tells what is missing, and how to get it" {
	pj doctor --json
	json '.features["cgroup-v2"] | [.available, .detail]' '[false,"none is delegated to this process"]'
	json '.features["cgroup-v2"].remedy | test("systemd-run --user --scope -p Delegate=yes")' true
}

@test "limits hold all the same, and the result says how" {
	policy '"limits": { "memory": "48MiB", "cpu_time": "700ms", "processes": 20, "wall_time": "100s" }'
	JAIL_OPTIONS=(--json)
	jail "$PJ_PROGRAMS/bomb" cpu </dev/null
	json .outcome cpu-limit
	json .containment.enforced.memory 'RLIMIT_DATA (per process), sampled over the tree every 10 ms'
	json '.containment.enforced["cpu-time"]' 'RLIMIT_CPU (per process), sampled over the tree every 10 ms'
	json '.containment.enforced["process-count"] | test("RLIMIT_NPROC")' true
	before=$(find /sys/fs/cgroup -type d)
	jail "$PJ_PROGRAMS/bomb" memfd </dev/null
	json '.stdout | test("memfd 0 ")' true
	[ "$(find /sys/fs/cgroup -type d)" = "$before" ]
}
