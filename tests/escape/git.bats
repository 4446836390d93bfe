# SPDX-License-Identifier: Apache-2.0
# What makes git run code or look elsewhere: in repositories that are there, at
# any depth, and in those that an attacker would plant.
load helper

repository() {
	git init -q "$1"
	git -C "$1" -c user.name=a -c user.email=a@b commit -q --allow-empty -m first
}

@test "a repository that is there, at any depth" {
	needs_jail
	repository deep/er/repo
	cd deep/er/repo || return 1
	cp .git/config config.before
	cd - || return 1
	G=deep/er/repo/.git
	mkdir -p $G/hooks $G/info
	echo text >file && ln -s $G gitlink && mkdir evil
	attempts <<-EOF
	ok read $G/config
	ok open $G/index.lock w,creat,excl
	ok unlink $G/index.lock
	ok creat $G/COMMIT_EDITMSG
	ok mkdir $G/objects/zz
	ok creat $G/refs/heads/new
	EACCES write $G/config
	EACCES open $G/config r,trunc
	EACCES truncate $G/config
	EACCES chmod $G/config 666
	EACCES fchmod $G/config 666
	EACCES utimes $G/config
	EACCES reopen $G/config
	EACCES write gitlink/config
	EACCES openat $G config w
	EACCES write deep/er//repo/../repo/./.git/config
	EACCES unlink $G/config
	EACCES rename $G/config moved
	EACCES rename file $G/config
	EACCES exchange file $G/config
	EACCES link $G/config second
	EACCES link-fd $G/config second
	any open $G/config.lock w,creat,excl
	no rename $G/config.lock $G/config
	EACCES creat $G/config.worktree
	EACCES creat $G/commondir
	EACCES creat $G/gitdir
	EACCES creat $G/hooks/pre-commit
	EACCES symlink ../../evil $G/hooks/post-commit
	EACCES rename $G/hooks hooks
	EACCES rename evil $G/hooks
	EACCES exchange evil $G/hooks
	EACCES rmdir $G/hooks
	EACCES chmod $G/hooks 777
	EACCES creat $G/info/attributes
	EACCES rename $G/info info
	EACCES creat $G/objects/info/alternates
	EACCES creat $G/objects/info/http-alternates
	EACCES rename file $G/objects/info/alternates
	EACCES rename evil $G/objects/info
	EACCES rename $G/objects objects
	EACCES mkdir $G/modules
	EACCES mkdir $G/branches/evil
	EACCES creat $G/remotes
	EACCES rename $G other
	EACCES rename $G/refs refs
	EACCES symlink ../evil $G/objects/link
	EACCES symlink ../evil $G/rebase-merge
	ok rename deep moved
	EACCES write moved/er/repo/.git/config
	ok rename moved deep
	EOF
	cmp deep/er/repo/config.before $G/config
}

@test "a link that moves in is a link that is made" {
	needs_jail
	repository .
	mkdir evil && echo /tmp >evil/alternates
	rm -rf .git/objects/info .git/rebase-merge
	attempts <<-EOF
	ok symlink ../../evil link
	EACCES rename link .git/objects/info
	EACCES link link .git/objects/info
	EACCES rename link .git/rebase-merge
	ok creat .git/rebase-merge
	EACCES exchange link .git/rebase-merge
	EACCES exchange .git/rebase-merge link
	EOF
	[ ! -e .git/objects/info ]
}

@test "planting a repository in a working tree" {
	needs_jail
	mkdir -p prepared/hooks sub
	echo evil >prepared/config
	echo 'gitdir: ../prepared' >pointer
	attempts <<-EOF
	EACCES mkdir .git
	EACCES mkdir sub/.git
	EACCES mkdir sub/.GIT
	EACCES mkdir sub/.Git/
	EACCES creat sub/.git
	EACCES creat sub/.gIt
	EACCES open sub/.git r,creat
	EACCES mkfifo sub/.git
	EACCES symlink ../prepared sub/.git
	EACCES rename prepared sub/.git
	EACCES rename prepared .git
	EACCES rename pointer sub/.git
	EACCES link pointer sub/.git
	EACCES link-fd pointer sub/.git
	EACCES link-unnamed . sub/.git
	EACCES bind sub/.git
	$MOVED rename prepared sub/git
	ok creat sub/.gitignore
	EACCES creat sub/.gitmodules
	EOF
	[ ! -e .git ] && [ ! -e sub/.git ]
}

@test "planting a bare repository, its parts in any order" {
	needs_jail
	mkdir parts && echo 'ref: refs/heads/x' >parts/HEAD && mkdir parts/o parts/r
	attempts <<-EOF
	ok mkdir a
	ok creat a/config
	ok creat a/HEAD
	ok mkdir a/refs
	EACCES mkdir a/objects
	EACCES mkdir a/OBJECTS
	EACCES symlink ../parts/o a/objects
	EACCES rename parts/o a/objects
	ok mkdir b
	ok mkdir b/objects
	ok mkdir b/refs
	EACCES creat b/HEAD
	EACCES creat b/head
	EACCES symlink refs/heads/x b/HEAD
	EACCES rename parts/HEAD b/HEAD
	EACCES link parts/HEAD b/HEAD
	EACCES link-unnamed . b/HEAD
	ok creat b/HEAD.lock
	EACCES rename b/HEAD.lock b/HEAD
	ok mkdir c
	ok creat c/HEAD
	ok mkdir c/objects
	EACCES mkdir c/refs
	EACCES creat c/commondir
	ok mkdir d
	ok creat d/commondir
	EACCES creat d/HEAD
	EOF
	attempts <<-EOF
	# Links whose ends are made last.
	ok mkdir e
	ok symlink ../later/o e/objects
	ok symlink ../later/r e/refs
	EACCES creat e/HEAD
	ok mkdir f
	ok symlink ../later/h f/HEAD
	ok symlink ../later/o f/objects
	EACCES symlink ../later/r f/refs
	EOF
}

@test "a bare repository prepared inside a git directory, and one too deep to look at" {
	needs_jail
	repository .
	attempts <<-EOF
	ok mkdir .git/objects/zz
	ok creat .git/objects/zz/config
	ok mkdir .git/objects/zz/objects
	ok mkdir .git/objects/zz/refs
	EACCES creat .git/objects/zz/HEAD
	ok mkdir .git/refs/heads/zz
	ok creat .git/refs/heads/zz/HEAD
	EACCES creat .git/refs/heads/zz/commondir
	ok creat .git/HEAD
	ok mkdir .git/logs/refs/zz
	ok creat .git/logs/refs/zz/HEAD
	EACCES mkdir .git/objects/zz/.git
	EACCES creat .git/refs/.git
	EOF
	attempts <<-EOF
	no deep-repository x
	EOF
	jail /bin/sh -c 'rm -rf .git/objects/zz .git/refs/heads/zz; cd "$(dirname "$(pwd)")" 2>/dev/null; :'
	rm -rf x*
}

# both RACE... -- RACE...: two jails on this workspace at once (see race.c).
both() {
	local first=() pid
	while [ "$1" != -- ]; do
		first+=("$1")
		shift
	done
	shift
	policy
	head -c 64 /dev/zero >meeting
	"$PROCJAIL" run -p ../p.json ${PJ_TEST_STRATEGY:+--strategy "$PJ_TEST_STRATEGY"} --read "$PJ_PROGRAMS" -- "$PJ_PROGRAMS/race" "${first[@]}" </dev/null >../first 2>&1 &
	pid=$!
	jail "$PJ_PROGRAMS/race" "$@" </dev/null
	wait "$pid" || fail "the first: $(cat ../first)"
	status_is 0
	output_is "done"
}

@test "two jails that make one part each at the same moment" {
	needs_jail
	local i complete=0
	for i in $(seq 0 299); do
		mkdir -p "$i/objects"
	done
	both parts HEAD 300 -- parts refs 300
	for i in $(seq 0 299); do
		[ ! -e "$i/HEAD" ] || [ ! -e "$i/refs" ] || complete=$((complete + 1))
	done
	[ "$complete" = 0 ] || fail "$complete of 300 are complete"
	# Neither kept the other from making any.
	[ -e 0/HEAD ] || [ -e 0/refs ]
}

@test "a repository that one jail moves while another one looks" {
	needs_jail
	mkdir -p top/bare/objects top/bare/refs
	git init -q --bare top/store
	cp top/store/config before
	ls -l top/store >listed
	both move top other -- store 3000
	cmp before top/store/config
	ls -l top/store | diff listed -
	[ -e top/store/HEAD ] && [ ! -e top/store/hooks/post-commit ] && [ ! -e top/bare/HEAD ]
}

@test "a directory that somebody holds locked gets no part" {
	needs_jail
	mkdir held
	exec 7<held
	flock -n 7
	attempts <<-EOF
	EACCES mkdir held/objects
	EACCES creat held/HEAD
	ok creat held/other
	EOF
	exec 7<&-
	attempts <<-EOF
	ok mkdir held/objects
	ok mkdir held/again
	ok rename held/objects held/refs
	EOF
}

@test "bare repositories that are there keep what git obeys" {
	needs_jail
	git init -q --bare store
	attempts <<-EOF
	ok creat store/HEAD.lock
	ok rename store/HEAD.lock store/HEAD
	ok mkdir store/refs/heads/x
	EACCES write store/config
	EACCES creat store/hooks/pre-receive
	EACCES rename store/hooks hooks
	EACCES creat store/config.worktree
	EACCES creat store/objects/info/alternates
	EACCES unlink store/HEAD
	EACCES rename store/HEAD HEAD
	EACCES rename store/refs refs
	ok rename store shop
	EACCES write shop/config
	EOF
}

@test "a worktree's pointers say only what git would have written" {
	needs_jail
	repository .
	mkdir -p evil/objects evil/refs other
	echo '[core] evil = true' >evil/config
	attempts <<-EOF
	ok mkdir .git/worktrees
	ok mkdir .git/worktrees/w
	ok creat .git/worktrees/w/HEAD
	EACCES creat .git/worktrees/w/config.worktree
	EACCES creat .git/worktrees/w/config
	EACCES mkdir .git/worktrees/w/hooks
	EACCES rename evil .git/worktrees/v
	EACCES symlink ../../evil .git/worktrees/v
	EACCES rename .git/worktrees/w w
	EACCES creat other/.git
	EOF
	# The pointer is written for it, whatever it writes; the scratch file that
	# it gets instead does not execute where execution is listed.
	jail /bin/sh -c 'printf "%s/other/.git\n" "$PWD" >.git/worktrees/w/gitdir &&
		echo "gitdir: $PWD/evil" >other/.git; echo ../../../evil >.git/worktrees/w/commondir; :'
	status_is 0
	if [ -e other/.git ]; then
		[ "$(cat other/.git)" = "gitdir: $PWD/.git/worktrees/w" ] || fail "$(cat other/.git)"
	fi
	if [ -e .git/worktrees/w/commondir ]; then
		[ "$(cat .git/worktrees/w/commondir)" = ../.. ] || fail "commondir"
	fi
	attempts <<-EOF
	EACCES write other/.git
	EACCES write .git/worktrees/w/commondir
	EOF
}

@test "a pointer that is a FIFO stalls nobody" {
	needs_jail
	repository .
	mkdir other
	attempts <<-EOF
	ok mkdir .git/worktrees
	ok mkdir .git/worktrees/w
	ok creat .git/worktrees/w/gitdir
	ok unlink .git/worktrees/w/gitdir
	any mkfifo .git/worktrees/w/gitdir
	EACCES creat other/.git
	ok creat after
	EOF
}

@test "work goes on: add, commit, worktree, stash, gc" {
	needs_jail
	repository .
	jail /bin/sh -ec '
		export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
		echo one >file; git add file; git commit -qm one
		echo two >file; git stash -q; git stash pop -q; git commit -qam two
		git worktree add -q ../work/tree 2>&1; echo three >tree/three; git -C tree add three; git -C tree commit -qm three
		git worktree remove --force tree; git gc -q; git fsck' </dev/null
	status_is 0
}
