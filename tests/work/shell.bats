# SPDX-License-Identifier: Apache-2.0
# Shells and the core utilities.
load helper

@test "redirection" {
	same 'echo a >f; echo b >>f; cat <f; ls missing 2>e; cat e; ls missing f >both 2>&1; cat both' \
		'set -C; echo a >f; echo b >f; echo $?; echo c >|f; cat f' \
		$'cat <<END >f\nhere\nEND\ncat f <<<"string"' \
		'exec 3>f; echo three >&3; exec 3>&-; cat f; exec 4<>f; read -u 4 x; echo $x; echo four >&4; cat f' \
		'{ echo out; echo err >&2; } &>both; cat both; echo x >missing/f; echo x >.; : >f; wc -c <f' \
		'echo x >/dev/stdout; echo y >/dev/stderr; echo z | cat /dev/stdin; echo w >/dev/fd/1; echo n >/dev/null' \
		'echo a | tee /dev/stderr f | tee -a g >/dev/null; cat f g; echo full >/dev/full; echo $?'
}

@test "pipes, process substitution, coprocesses" {
	same 'seq 1000 | sort -rn | head -3; set -o pipefail; false | true; echo $?' \
		'diff <(seq 3) <(seq 4); echo $?; mkfifo p; seq 5 > >(wc -l >p); cat p' \
		'coproc cat; echo hello >&"${COPROC[1]}"; read -r x <&"${COPROC[0]}"; echo "$x"' \
		'yes | head -c 1000000 | wc -c; echo "${PIPESTATUS[@]}"'
}

@test "jobs, signals, traps, locks" {
	same 'true & wait $!; echo $?; (exit 3) & wait $!; echo $?' \
		'set -m; mkfifo p; cat p & kill %1; wait %1; echo $?' \
		'trap "echo term" TERM; kill -TERM $$; echo after; trap "echo exit" EXIT' \
		'(bash -c "kill -KILL \$\$"; echo $?) 2>/dev/null' \
		'exec 9>lock; flock 9; flock -n lock true; echo $?; flock -u 9; flock -n lock echo free'
}

@test "modes and umask" {
	same 'for m in 000 002 022 027 077 177 777; do umask $m; >f$m; mkdir d$m; mkfifo p$m; ln -s x l$m; done' \
		'umask 0; touch f; mkdir d; stat -c %a f d; umask u=rwx,g=rx,o=; touch g; stat -c %a g' \
		'echo "echo ran \$0" >s; ./s; echo $?; chmod +x s; ./s; chmod a-x s; ./s; echo $?; chmod 000 s; cat s' \
		'printf "#!/bin/sh\necho shebang \$*\n" >s; chmod 755 s; ./s a b; printf "#!/missing/x\n" >t; chmod +x t; ./t; echo $?' \
		'touch f; chmod 400 f; echo x >f; chmod 200 f; cat f; mkdir d; chmod 500 d; touch d/x; chmod 300 d; ls d; touch d/x' \
		'mkdir d; chmod 1777 d; stat -c %A d; install -d -m 750 e/f; install -m 640 /dev/null e/g; install -D e/g h/i/j; stat -c %a e/f e/g h/i/j' \
		'cp /bin/true t; ./t; echo $?; chmod 600 t; ./t; echo $?'
}

@test "temporary files" {
	same 'f=$(mktemp) && echo x >"$f" && stat -c "%a %s" "$f" && rm "$f"' \
		'd=$(mktemp -d) && touch "$d/x" && stat -c %a "$d" && rm -r "$d"' \
		'f=$(mktemp -p . t.XXXXXX) && stat -c %a "$f" && rm "$f"; TMPDIR=$PWD mktemp -u | wc -l' \
		'f=/tmp/pj-work.$PPID.$$; echo x >$f; cat $f; rm $f; f=/dev/shm/pj-work.$PPID.$$; echo y >$f; cat $f; rm $f'
}

@test "copy, move, link, remove" {
	prepare() { mkdir -p a/b && echo one >a/one && echo two >a/b/two && ln -s one a/link && ln a/one a/hard && chmod 640 a/b/two && touch -d 2001-01-01 a/b/two; }
	same 'cp -a a c; stat -c %Y c/b/two; cp -r a d; cp -al a e; cp -rs "$PWD/a" f; cp --sparse=always a/one g; cp --reflink=auto a/one h' \
		'cp a c; echo $?; cp a/one a/b; cp -n a/one a/b/two; cat a/b/two; cp -u a/one new; cp a/one a/one; cp missing x; cp a/one missing/x' \
		'mv a z; mv z/one z/b/; mv -n z/hard z/b/one; mv -T z/b z/link; mv z/b/../b y; mv y y/y; mv missing x; mv z/hard missing/' \
		'ln a/one h; ln a/one h; ln -f a/one h; ln a x; ln -s t s; ln -s t s; ln -sf u s; ln -sfn v s; readlink s; ln a/link k; stat -c %h a/one' \
		'rm a; rm -r a/b; rm a/one a/missing; rm -f a/missing; rmdir a; rm -rf a; ls -A' \
		'mkdir x; mkdir x; mkdir -p x/y/z x/y; rmdir x; rmdir -p x/y/z; mkdir missing/x; mkdir a/one; mkdir a/one/x; rm -r .; rm -rf ..' \
		'cp -a --preserve=all a/one p; rm -rf --one-file-system a; unlink p; unlink p; link q r' \
		'mkdir big; for i in $(seq 300); do echo $i >big/$i; done; rm -rf big; ls'
}

@test "names and errors" {
	prepare() { echo x >file && mkdir dir dir/sub && ln -s nowhere dangling && ln -s dir dirlink && ln -s loop loop && echo y >dir/y; }
	same 'echo z >dangling; cat nowhere; rm dangling; echo z >dirlink/z; ls dir' \
		'echo z >loop; cat loop; rm loop; echo z >file/x; cat file/; echo z >dir; echo z >new/; mv file new/; mv dir new/; ls' \
		'touch "a b" "$(printf "n\nl")" -- "-dash" é; ls -A | od -c | head; rm -- -dash "a b"' \
		'rm dirlink/; rmdir dirlink/; rmdir dirlink; rmdir dir; rmdir file; rmdir dir/.; rmdir dir/sub/..' \
		'cd dir && echo up >../up && cd ../dirlink && pwd -P && echo here >here && cd -P .. && ls' \
		'mkdir gone && cd gone && rmdir ../gone && echo x >f; echo $?; cd ..; ls' \
		'n=$(printf "n%.0s" $(seq 255)); >$n; >n$n; rm $n; ls'
}

@test "times" {
	prepare() { echo x >f && ln -s f l && mkdir d; }
	same 'touch -d "2001-02-03 04:05:06.789" f; stat -c "%x %y" f; touch -a -d 1999-01-01Z f; touch -m -d @5 f; stat -c "%X %Y" f' \
		'touch -d @3 f; touch -h -d @7 l; stat -c %Y l; touch -h -r l d; stat -c %Y d; touch -r l d; stat -c %Y f; touch -c missing; touch -d @9 d; stat -c %Y d; touch missing/x' \
		'cp -p f g; cp --preserve=timestamps f h; touch -d @11 f; cp -u f g; find . -newer g -name h; touch new; test new -nt f && echo newer'
}

@test "edit and search in place" {
	needs perl
	prepare() { seq 20 >n && mkdir d && echo text >d/t; }
	same 'sed -i s/1/x/ n; cat n; sed -i.bak s/x/y/ n; diff n n.bak | head -2; perl -pi -e "s/y/z/" n; md5sum n' \
		'sort -rn -o n n; head -2 n; sort -n n | uniq | tee a b >c; cmp a c; split -l 7 n part.; ls part.*' \
		'truncate -s 3 n; truncate -s +5 n; od -c n; truncate -s 1M sparse; fallocate -l 4096 full; stat -c %s sparse full; dd if=n of=o bs=2 count=2 status=none; dd if=n of=o bs=1 seek=9 conv=notrunc status=none; wc -c o' \
		'find . -type f -exec chmod 600 {} +; find . -name t -delete; find . -empty; find . -perm 600 | sort; find . -type f -print0 | sort -z | xargs -0 wc -l' \
		'awk "{ print > \"out-\" (\$1 % 3) }" n; wc -l out-*; awk "BEGIN { print \"x\" | \"cat >viapipe\" }"; cat viapipe; gzip -n n; zcat n.gz | tail -1; gunzip n.gz' \
		'paste n n | head -2; comm -12 n n 2>/dev/null | wc -l; cut -c1 n | sort -u | tr -d "\n"; csplit -s n 5; ls xx*; shred -u n; ls; sync d; realpath d/../d'
}

@test "FIFOs, with either side first" {
	same 'mkfifo p; echo through >p & cat p; wait' \
		'mkfifo p; cat p & echo through >p; wait' \
		'mkfifo p q; (cat p >q) & (cat q >out) & echo long >p; wait; cat out' \
		'mkfifo p; exec 3<>p; echo both >&3; read -r x <&3; echo $x'
}

@test "many at once" {
	same 'for i in $(seq 20); do (for j in 1 2 3 4 5; do echo $i.$j >f$i.$j; mv f$i.$j g$i.$j; done) & done; wait; ls | wc -l' \
		'for i in $(seq 20); do echo $i >>log & done; wait; sort -n log | tail -1; sort -n -o log log' \
		'for i in $(seq 20); do mkdir lock 2>/dev/null && echo won & done; wait'
}

@test "a program runs as soon as it is written" {
	works 'for i in $(seq 150); do cp /bin/true t && ./t || exit; done' ''
}

@test "who and where" {
	same 'tty; echo $?; test -t 0; echo $?' \
		'id -u; id -g; pwd; test -w . && echo writable; test -O . && echo mine'
}

@test "perl" {
	needs perl
	same 'perl -e "use File::Temp; my (\$h,\$f)=File::Temp::tempfile(DIR=>\".\",UNLINK=>1); print \$h 1; mkdir \"m\", 0700; rename \"m\", \"n\"; print -d \"n\", \"\n\""' \
		'perl -e "my \$p=open(my \$f,\"|-\",\"cat >made\"); print \$f \"x\n\"; close \$f; if (!fork) { exit 4 } wait; print \$?>>8, \"\n\"; utime 5, 6, \"made\"; print +(stat \"made\")[9], \"\n\"; chmod 0751, \"made\"; truncate \"made\", 1; symlink \"a\",\"b\"; link \"made\",\"c\"; unlink \"made\""'
}

# Everything with times and inodes, but what the test itself keeps.
inventory() {
	find work home -printf '%p %y %m %n %s %l %T@ %C@ %i\n' | sort
}

@test "a run that changes nothing leaves nothing" {
	mkdir -p work/sub/deep work/.git work/.vscode
	echo x >work/file
	ln -s file work/link
	touch -d 2001-01-01 work/sub/deep work/sub work
	inventory >before
	jail true
	jail 'cat file; ls -lR; echo x >.mcp.json; mkdir -p .claude/hooks; ln -s x CLAUDE.md; echo x >.git/config; rmdir .git; :' >said 2>&1
	rmdir work/.claude
	touch -d 2001-01-01 work
	inventory >after
	# The directory in which .claude came and went.
	diff <(sed 's/^work d .*/work/' before) <(sed 's/^work d .*/work/' after)
	ls -A "$BATS_TEST_TMPDIR" >names
	diff names - <<<$'after\nbefore\nhome\nnames\nrefused\nsaid\nwork'
	jail 'echo x >/tmp/pj-phantom-$PPID; echo x >/dev/shm/pj-phantom-$PPID'
	run ls -d /tmp/pj-phantom-* /dev/shm/pj-phantom-*
	[ "$status" -ne 0 ] || fail "a file in the host's memory" "$output"
}
