# SPDX-License-Identifier: Apache-2.0
# tar, zip and friends; curl, which has no network.
load helper

prepare_tree() {
	mkdir -p a/b && echo one >a/one && echo two >a/b/two && ln -s one a/link && ln a/one a/hard &&
		chmod 640 a/b/two && chmod 751 a/b && mkfifo a/fifo && touch -d 2001-02-03 a/b/two a/b
}

@test "tar keeps times, modes and links" {
	prepare() { prepare_tree; }
	same 'tar cf t.tar a && rm -rf a && tar xpf t.tar && stat -c "%n %Y" a/b a/b/two && stat -c %h a/one; rm t.tar' \
		'umask 077; tar czf t.tgz a && mkdir o && tar xzf t.tgz -C o && ls -lR --time-style=+ o | grep -v total; rm t.tgz' \
		'umask 022; tar cf - a | (mkdir p; cd p; tar xf -); tar cf t a; tar xf t; tar xkf t; echo $?; tar xUf t; tar df t; rm t' \
		'touch -d @100 a/one; tar cf t a/one; echo three >>a/one; touch -d @200 a/one; tar uf t a/one; tar rf t a/b; tar tf t; tar --delete -f t a/b/two; tar tf t; tar xf missing; echo $?; rm t' \
		'tar cf - a | xz -c 2>/dev/null | wc -c | grep -c .; (cd a && find . -depth | cpio -pdm --quiet ../c) 2>/dev/null || cp -a a c; ls c'
}

@test "zip and unzip" {
	needs zip unzip
	prepare() { prepare_tree && rm a/fifo; }
	same 'zip -qry z.zip a && rm -rf a && unzip -q z.zip && stat -c "%n %a %Y" a/b/two && readlink a/link; rm z.zip' \
		'zip -q z.zip a/one; zip -q z.zip a/b/two; zip -qd z.zip a/one; unzip -Z1 z.zip; unzip -qo z.zip; rm z.zip'
}

@test "curl and others fail cleanly and at once" {
	needs curl
	# Who waited for an answer to a name would not end within the jail's time.
	run jail 'export RES_OPTIONS="timeout:30 attempts:5"; curl -sS http://192.0.2.1/; echo "curl $?"; curl -sS http://example.org/; echo "curl $?"; curl -sS http://127.0.0.1:9/; echo "curl $?"'
	[ "$status" -eq 0 ] || fail "$output"
	# 6: no host, 7: no connection.
	[ "$(grep -c -E '^curl [67]$' <<<"$output")" = 3 ] || fail "$output"
	[ "$(grep -c '^curl: (' <<<"$output")" = 3 ] || fail "no message" "$output"
	run jail 'exec 3<>/dev/tcp/127.0.0.1/22'
	[ "$status" -ne 0 ] || fail "$output"
	run jail 'getent hosts example.org; echo $?; getent hosts localhost >/dev/null; echo $?; getent passwd root | cut -d: -f1'
	[ "${lines[0]}" = 2 ] || fail "$output"
	[ "${lines[-1]}" = root ] || fail "$output"
	works 'echo file >f; curl -sS "file://$PWD/f"' file
}
