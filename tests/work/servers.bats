# SPDX-License-Identifier: Apache-2.0
# Real servers and real clients on a filtered network: what they do is what they
# do outside, byte for byte, and what no rule allows they do not reach.
load helper
load ../escape/world
load servers

setup_file() {
	world_start
	nginx_start
	ssh_start
	postgres_start
}

teardown_file() {
	servers_stop
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
	run --separate-stderr in_host "$PROCJAIL" run ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} --network filtered --timeout 300s "${options[@]}" "${JAIL_OPTIONS[@]}" -- "$@" </dev/null
	cd ..
}

good() {
	[ "$status" -eq 0 ] && [ "$output" = "$1" ] || fail "wanted '$1'" "status $status" "$output" "$stderr"
}

needs_server() {
	[ -e "$BATS_FILE_TMPDIR/$1.pid" ] || skip "$1 is not installed"
	[ ! -e "$BATS_FILE_TMPDIR/cert.pem" ] || cp "$BATS_FILE_TMPDIR/cert.pem" work/
}

@test "curl: HTTP, TLS, HTTP/2, 64 MiB each way" {
	needs curl
	needs_server nginx
	net a.test:80 a.test:443 -- /bin/sh -ec '
		curl -sS http://a.test/
		curl -sS --cacert cert.pem https://a.test/
		curl -sS --cacert cert.pem --http2 -o /dev/null -w "%{http_version}\n" https://a.test/
		curl -sS --cacert cert.pem -o large https://a.test/large
		curl -sS -T large -o /dev/null -w "%{http_code}\n" http://a.test/up/large'
	good $'hello from nginx\nhello from nginx\n2\n201'
	cmp work/large "$BATS_FILE_TMPDIR/www/large"
	cmp "$BATS_FILE_TMPDIR/up/large" "$BATS_FILE_TMPDIR/www/large"
}

@test "curl: proxy variables are no way around, and none is needed" {
	needs curl
	needs_server nginx
	# A proxy that no rule allows; then one that may be used, and does
	# what it is asked to: what it reaches is its own affair.
	net a.test:80 -- /usr/bin/env http_proxy=http://10.99.0.2:8080 curl -sS http://a.test/
	[ "$status" -eq 7 ] || fail "status $status" "$stderr"
	net b.test:8080 -- /usr/bin/env http_proxy=http://b.test:8080 curl -sS http://a.test/through
	good "hello http://a.test/through"
}

@test "wget" {
	needs wget
	needs_server nginx
	net a.test:80 a.test:443 -- /bin/sh -ec 'wget -qO- http://a.test/; wget -qO- --ca-certificate=cert.pem https://a.test/; wget -q --tries=1 http://b.test/ || echo $?'
	good $'hello from nginx\nhello from nginx\n4'
}

@test "git: smart HTTP, clone, push and fetch" {
	needs git
	needs_server nginx
	git init -q --bare "$BATS_FILE_TMPDIR/git/one.git"
	git -C "$BATS_FILE_TMPDIR/git/one.git" config http.receivepack true
	net a.test:80 a.test:443 -- /bin/bash -ec '
		exec 2>&1
		git -c init.defaultBranch=main init -q "${TMPDIR:=/tmp}/one" && cd "$TMPDIR/one"
		seq 100000 >file && git add file && git -c user.name=n -c user.email=e commit -qm first
		git push -q http://a.test/git/one.git HEAD:main
		git -c http.sslCAInfo="$OLDPWD/cert.pem" clone -q -b main https://a.test/git/one.git "$TMPDIR/two"
		cmp "$TMPDIR/one/file" "$TMPDIR/two/file" && git -C "$TMPDIR/two" log --format=%s'
	good first
}

@test "psql" {
	needs psql
	needs_server postgres
	net a.test:5432 -- /bin/sh -ec '
		export PGCONNECT_TIMEOUT=100
		psql -qAt -h a.test -U test postgres -c "create table t (n int)" -c "insert into t select generate_series(1, 100000)" -c "select sum(n) from t"
		psql -qAt -h a.test -U test postgres -c "copy t to stdout" | tail -n 1'
	good $'5000050000\n100000'
	net a.test:5433 -- /bin/sh -c 'psql -h a.test -U test postgres -c "select 1"'
	[ "$status" -eq 2 ] && [[ $stderr == *"Permission denied"* ]] || fail "status $status" "$stderr"
}

@test "ssh" {
	needs ssh
	needs_server dropbear
	cp "$BATS_FILE_TMPDIR/key" work/
	head -c 8000000 /dev/urandom >work/data
	net a.test:2222 -- /bin/sh -ec '
		ssh -F none -i key -p 2222 -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=known tester@a.test "cat; echo \$SSH_CONNECTION >&2" <data >back
		cmp data back && echo same'
	good same
	[[ $stderr == *"10.99.0.1 2222"* ]] || fail "$stderr"
}

@test "node: fetch by TLS, and http2" {
	needs node
	needs_server nginx
	net a.test:443 -- /usr/bin/env NODE_EXTRA_CA_CERTS=cert.pem node -e '
const http2 = require("http2");
(async () => {
  console.log((await (await fetch("https://a.test/")).text()).trim());
  const large = await (await fetch("https://a.test/large")).arrayBuffer();
  console.log(require("fs").writeFileSync("large", Buffer.from(large)) ?? large.byteLength);
  const session = http2.connect("https://a.test");
  const texts = await Promise.all([...Array(20)].map(() => new Promise((done, bad) => {
    const stream = session.request({ ":path": "/" }); let text = "";
    stream.setEncoding("utf8").on("data", (d) => text += d).on("end", () => done(text.trim())).on("error", bad);
  })));
  console.log(texts.length, new Set(texts).size, texts[0]);
  session.close();
})();'
	good $'hello from nginx\n67108864\n20 1 hello from nginx'
	cmp work/large "$BATS_FILE_TMPDIR/www/large"
}

@test "python: TLS by urllib, asyncio and threads at once" {
	needs_server nginx
	net a.test:80 a.test:443 -- /usr/bin/python3 -c '
import asyncio, concurrent.futures, hashlib, ssl, urllib.request
tls = ssl.create_default_context(cafile="cert.pem")
def get(path): return urllib.request.urlopen("https://a.test/" + path, context=tls, timeout=100).read()
with concurrent.futures.ThreadPoolExecutor(16) as pool: print(set(pool.map(get, [""] * 100)))
print(len(get("large")))
async def one():
    r, w = await asyncio.open_connection("a.test", 443, ssl=tls)
    w.write(b"GET / HTTP/1.0\r\nHost: a.test\r\n\r\n"); text = (await r.read()).split(b"\r\n\r\n")[1]; w.close(); return text
async def all(): return set(await asyncio.gather(*(one() for _ in range(50))))
print(asyncio.run(all()))'
	good $'{b\'hello from nginx\\n\'}\n67108864\n{b\'hello from nginx\\n\'}'
}

@test "java: HttpClient" {
	needs java
	needs_server nginx
	cp "$BATS_TEST_DIRNAME/Fetch.java" work/
	net a.test:80 -- java -Xshare:auto -XX:TieredStopAtLevel=1 -XX:+UseSerialGC Fetch.java http://a.test/ http://a.test/ http://b.test/
	good "hello from nginx hello from nginx ConnectException"
}

# bats test_tags=not-landlock
@test "a static program with a resolver of its own" {
	cp "$PJ_PROGRAMS/dial" work/
	net a.test:8081 -- ./dial a.test 8081 echo
	good echo
	net a.test:8082 -- ./dial a.test 8081 echo
	[ "$status" -eq 2 ] && [ "$output" = "Permission denied" ] || fail "status $status" "$output"
	net a.test:8081 -- ./dial b.test 8081 echo
	[ "$status" -eq 1 ] && [ "$output" = "no such name" ] || fail "status $status" "$output"
}
