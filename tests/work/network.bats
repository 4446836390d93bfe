# SPDX-License-Identifier: Apache-2.0
# Real clients on a filtered network: they work by name as outside, and say so
# where they may not.
load helper
load ../escape/world

setup_file() {
	local tool
	for tool in git curl; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
	world_start
	cd "$BATS_FILE_TMPDIR" || return 1
	git init -q source
	(cd source && echo text >file && git add file &&
		git -c user.name=n -c user.email=e commit -qm first && git init -q --bare ../repository.git && git push -q ../repository.git HEAD)
	in_machine git daemon --reuseaddr --export-all --base-path="$BATS_FILE_TMPDIR" --pid-file="$BATS_FILE_TMPDIR/git" \
		--listen=10.99.0.1 3>&- </dev/null >git.log 2>&1 &
	wait_for_file git
}

teardown_file() {
	[ ! -s "$BATS_FILE_TMPDIR/git" ] || kill "$(cat "$BATS_FILE_TMPDIR/git")" || :
	world_stop
}

# net HOST... -- COMMAND: run it in the workspace, where these hosts are allowed.
net() {
	local options=()
	while [ "$1" != -- ]; do
		options+=(--allow-host "$1")
		shift
	done
	shift
	cd work || return 1
	run --separate-stderr in_host "$PROCJAIL" run ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} --network filtered --timeout 300s "${options[@]}" -- "$@" </dev/null
	cd ..
}

good() {
	[ "$status" -eq 0 ] && [ "$output" = "$1" ] || fail "wanted '$1'" "status $status" "$output" "$stderr"
}

@test "curl, with and without proxy variables" {
	net a.test:8080 -- curl -sS http://a.test:8080/x
	good "hello /x"
	net a.test:8080 -- /usr/bin/env http_proxy=http://10.99.0.2:3128 curl -sS --noproxy '*' http://a.test:8080/y
	good "hello /y"
	net both.test:8080 -- curl -sS -6 http://both.test:8080/six
	good "hello /six"
	net a.test:8080 -- curl -sS http://b.test:8080/
	[ "$status" -eq 6 ] || fail "status $status" "$stderr"
	[[ $stderr == *"procjail: network: refused (dns): no rule allows b.test; --allow-host b.test would"* ]] || fail "$stderr"
	net a.test:8080 -- curl -sS http://10.99.0.2:8080/
	[ "$status" -eq 7 ] || fail "status $status" "$stderr"
	[[ $stderr == *"procjail: network: refused (tcp): no rule allows 10.99.0.2:8080; --allow-host 10.99.0.2:8080 would"* ]] || fail "$stderr"
}

@test "git clone and fetch" {
	net a.test:9418 -- /bin/sh -ec 'git clone -q git://a.test/repository.git "${TMPDIR:=/tmp}/copy"; cat "$TMPDIR/copy/file"; git -C "$TMPDIR/copy" fetch'
	good text
	net b.test -- git clone git://a.test/repository.git /tmp/other
	[ "$status" -eq 128 ] || fail "status $status" "$stderr"
}

@test "node: fetch, http, a server of its own" {
	needs node
	net a.test:8080 -- node -e '
const http = require("http");
(async () => {
  console.log((await (await fetch("http://a.test:8080/f")).text()).trim());
  console.log(await new Promise((done) => http.get("http://a.test:8080/h", (r) => r.on("data", (d) => done(String(d).trim())))));
  try { await fetch("http://b.test:8080/"); } catch (e) { console.log(e.cause.code); }
  if (process.env.TMPDIR) process.exit(0); // strategy landlock: no loopback of its own
  const s = http.createServer((q, r) => r.end("own")).listen(0, "127.0.0.1", async () => {
    console.log(await (await fetch("http://127.0.0.1:" + s.address().port)).text());
    s.close(); process.exit(0);
  });
})();'
	good $'hello /f\nhello /h\nENOTFOUND'"$([ "$PJ_TEST_STRATEGY" = landlock ] || printf '\nown')"
}

@test "python: urllib, threads, asyncio, multiprocessing" {
	net a.test:8080 -- /usr/bin/python3 -c '
import asyncio, concurrent.futures, multiprocessing, urllib.request
def get(path): return urllib.request.urlopen("http://a.test:8080/" + path).read().decode().strip()
print(get("u"))
with concurrent.futures.ThreadPoolExecutor(8) as pool: print(len(set(pool.map(get, map(str, range(50))))))
async def one():
    r, w = await asyncio.open_connection("a.test", 8080); w.write(b"GET /a HTTP/1.0\r\n\r\n"); return (await r.read()).split()[-1].decode()
print(asyncio.run(one()))
with multiprocessing.Pool(2) as pool: print(len(pool.map(get, ["p", "q"])))
try: get("x".replace("x", "x")) and urllib.request.urlopen("http://b.test:8080/")
except OSError as e: print(e.reason.errno)'
	good $'hello /u\n50\n/a\n2\n-2'
}

@test "the profile build" {
	cd work
	run "$PROCJAIL" run --profile build -- /usr/bin/python3 -c 'import socket
try: socket.getaddrinfo("not-a-registry.example", 443)
except OSError as e: print(e.errno)' </dev/null
	[[ $output == "-2"* ]] || fail "$output"
}
