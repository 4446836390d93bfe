# SPDX-License-Identifier: Apache-2.0
# Git in a repository that was there before: all that works on its data works,
# nothing that makes git run code or look elsewhere does. The repositories are
# made outside of the jail.
load helper

repository() {
	needs git
	export GIT_CONFIG_NOSYSTEM=1
	git config --global user.name "A Person"
	git config --global user.email person@example.org
	git config --global init.defaultBranch main
	git config --global advice.detachedHead false
	git config --global protocol.file.allow always
	git -C "${1:-work}" init -q
	(
		cd "${1:-work}" || exit
		echo one >one
		mkdir dir
		seq 50 >dir/two
		git add . && git commit -qm first
	)
}

# The identity is the host's ~/.gitconfig, which the jail may read.
g() {
	works "set -e; $1" "${@:2}"
}

# What git obeys: to compare before and after.
obeyed() {
	find work -name hooks -o -name config -o -name commondir -o -name .gitmodules -o -name 'config.worktree' \
		-o -path '*/info/attributes' -o -path '*/info/exclude' -o -name 'alternates' -o -name 'http-alternates' | sort | while read -r f; do
		[ -f "$f" ] && sha256sum "$f" || echo "$f"
	done
}

@test "status, add, commit, amend, log, diff" {
	repository
	g 'git status --porcelain' ''
	g 'echo 2 >>one; git status --porcelain' ' M one'
	g 'git add one; git commit -qm second; git log --format=%s | head -1' second
	g 'echo 3 >new; git add -A; git commit -q --amend -m amended; git log --format=%s | head -1' amended
	g 'echo 4 >>new; git diff --stat | tail -1' ' 1 file changed, 1 insertion(+)'
	g 'git commit -qam fourth; git diff HEAD~1 --name-only; git show --stat HEAD >/dev/null; git blame new | wc -l' 2
	g 'git rm -q new; git mv one uno; git commit -qm moved; ls' uno
	git -C work fsck
	[ "$(git -C work log --format=%s | head -1)" = moved ]
}

@test "branch, switch, checkout, restore, tag, reset" {
	repository
	g 'git branch b; git switch -q b; git checkout -q -b c; git branch --show-current' c
	g 'echo x >one; git restore one; cat one' one
	g 'echo x >one; git commit -qam x; git tag t; git tag -a -m annotated u; git tag' u
	g 'git reset -q --hard HEAD~1; cat one; git checkout -q u; cat one' x
	g 'git switch -q main; git branch -D b c; git tag -d t; git branch -m trunk; git branch --show-current' trunk
	g 'git checkout -q --orphan new; git rm -rqf .; echo z >z; git add z; git commit -qm z; git rev-list HEAD | wc -l' 1
	g 'git switch -q trunk; git clean -n; git mv one deux; git stash list; git reflog | wc -l'
	git -C work fsck
}

@test "merge, conflict, cherry-pick, revert, rebase" {
	repository
	g 'git switch -qc side; echo side >s; git add s; git commit -qm side; git switch -q main; echo m >m; git add m; git commit -qm m'
	g 'git merge -q --no-edit side; git log --merges --format=%s' "Merge branch 'side'"
	g 'git switch -qc left HEAD~1; echo left >one; git commit -qam left; git switch -q main; echo right >one; git commit -qam right'
	g 'git merge -q left || git merge --abort; cat one' right
	g 'git merge -q left || { echo both >one; git add one; git commit -q --no-edit; }; cat one' both
	g 'git switch -qc pick HEAD~2; git cherry-pick left >/dev/null; cat one' left
	g 'git revert --no-edit HEAD >/dev/null; cat one' one
	g 'git switch -qc topic side; echo 1 >t; git add t; git commit -qm t1; echo 2 >t; git commit -qam t2; git rebase -q main; cat t' 2
	g 'git rebase -q -f --committer-date-is-author-date HEAD~2; git log --format=%s -1' t2
	g 'GIT_SEQUENCE_EDITOR="sed -i 2s/pick/squash/" GIT_EDITOR=true git rebase -q -i HEAD~2; git log --format=%s -1' t1
	g 'git switch -qc clash HEAD~1; echo clash >t; git add t; git commit -qm clash; git rebase -q topic || git rebase --abort; cat t' clash
	g 'git rebase -q topic || { echo solved >t; git add t; GIT_EDITOR=true git rebase --continue >/dev/null; }; cat t' solved
	g 'git format-patch -q -1 -o ../work/p; git reset -q --hard HEAD~1; git am -q p/*.patch; cat t' solved
	git -C work fsck
}

@test "stash, bisect, notes, apply, archive, bundle" {
	repository
	g 'echo dirty >one; echo new >new; git stash push -qu; cat one; git stash list | wc -l' 1
	g 'git stash pop -q; cat one' dirty
	g 'git stash -q; git stash apply -q; git stash drop -q; git diff >d; git checkout -q one; git apply d; cat one' dirty
	g 'for i in 1 2 3 4; do echo $i >n; git add n; git commit -qm $i; done; git bisect start HEAD HEAD~4 >/dev/null; git bisect run sh -c "[ \$(cat n) -lt 3 ]" >log; git bisect reset >/dev/null 2>&1; grep -c "is the first bad" log' 1
	g 'git notes add -m note; git notes show' note
	g 'git archive -o a.tar HEAD; tar tf a.tar | wc -l' 4
	g 'git bundle create -q b HEAD; git bundle verify -q b; git ls-files | wc -l' 3
	git -C work fsck
}

@test "gc, repack, prune, fsck" {
	repository
	g 'for i in $(seq 5); do echo $i >one; git commit -qam $i; done; git gc -q; git count-objects' '0 objects, 0 kilobytes'
	g 'git repack -qad; git prune; git pack-refs --all; git reflog expire --expire=now --all; git gc -q --aggressive --prune=now; git fsck' ''
	git -C work fsck
	[ "$(git -C work rev-list --count HEAD)" = 6 ]
}

@test "worktrees: add, commit, list, move back, remove" {
	repository
	g 'git worktree add -q wt -b side; cd wt; echo w >w; git add w; git commit -qm w; git status --porcelain' ''
	g 'git worktree list | wc -l' 2
	g 'git -C wt log --format=%s | head -1; git log --format=%s side | head -1' w
	[ "$(git -C work/wt log --format=%s | head -1)" = w ]
	git -C work fsck
	g 'git worktree lock wt; git worktree unlock wt; git worktree remove wt; git worktree list | wc -l' 1
	g 'git worktree prune; git branch -d side 2>/dev/null || git branch -D side; ls -A .git | grep -c worktrees || :' 0
}

@test "the workspace is a linked worktree of a repository outside" {
	mkdir outer
	repository outer
	rmdir work
	git -C outer worktree add -q ../work -b linked
	(cd outer && find . -type f \( -path './.git/hooks/*' -o -name config -o -name one \) | sort | xargs sha256sum) >before
	g 'echo x >one; git status --porcelain' ' M one'
	g 'git commit -qam here; git log --format=%s -1' here
	g 'echo y >one; git stash -q; git stash pop -q; git commit -qam y; git switch -qc other; git rebase -q linked; git gc -q; cat one' y
	for evil in 'git config x.y z' 'echo x >>../outer/.git/config' 'echo x >../outer/.git/hooks/pre-commit'; do
		run jail "$evil"
		[ "$status" -ne 0 ] || fail "it worked: $evil"
	done
	# The rest of that directory is not there: just memory of the jail.
	run jail 'cat ../outer/one; rm -rf ../outer/one; echo x >../outer/one; echo x >../outer/new'
	(cd outer && find . -type f \( -path './.git/hooks/*' -o -name config -o -name one \) | sort | xargs sha256sum) >after
	diff before after
	[ ! -e outer/new ] && [ ! -e outer/.git/hooks/pre-commit ]
	[ "$(git -C outer log --format=%s -1 linked)" = y ]
	git -C outer fsck
}

@test "a submodule that is there: status, commit, update" {
	mkdir library
	repository library
	repository
	(cd work && git submodule --quiet add "$PWD/../library" sub && git commit -qm submodule)
	obeyed >before
	g 'git submodule status | grep -c sub' 1
	g 'cd sub; echo s >s; git add s; git commit -qm insub; git status --porcelain' ''
	g 'git add sub; git commit -qm bump; git submodule status | cut -c1' ' '
	g 'git -C sub checkout -q HEAD~1; git status --porcelain' ' M sub'
	g 'git submodule --quiet update; git -C sub log --format=%s -1' insub
	g 'git submodule foreach -q git gc -q'
	obeyed >after
	diff before after
	git -C work fsck
	git -C work/sub fsck
}

# refused COMMAND: fails, and nothing that git obeys has changed.
refused() {
	obeyed >before
	run jail "$1"
	[ "$status" -ne 0 ] || fail "it worked: $1" "$output"
	obeyed >after
	diff before after || fail "changed by: $1"
	[ -z "$(find work -name '*.lock')" ] || fail "a lock is left by: $1"
}

@test "the other side: config, hooks, remotes, attributes" {
	repository
	refused 'git config core.pager "sh -c evil"'
	refused 'git config --local --add alias.x "!evil"'
	refused 'git config --global core.pager evil'
	refused 'git remote add evil ext::evil'
	refused 'echo x >>.git/config'
	refused 'echo x >.git/hooks/pre-commit'
	refused 'mkdir .git/hooks2 && ln -s hooks2 .git/hooks'
	refused 'mv .git/hooks h'
	refused 'mv .git g'
	refused 'rm -rf .git/config'
	refused 'chmod +x .git/hooks/*.sample .git/hooks'
	refused 'echo "* filter=x" >.git/info/attributes'
	refused 'echo /evil >.git/objects/info/alternates'
	refused 'git config extensions.worktreeConfig true'
	refused 'echo x >.git/config.worktree'
	refused 'git branch --edit-description'
	# Git itself ends well here, with a message.
	obeyed >before
	run jail 'git branch up && git branch -q --set-upstream-to=main up'
	[[ $output == *"could not write config file .git/config: Permission denied"* ]] || fail "$output"
	obeyed >after
	diff before after
	g 'git status --porcelain' ''
	git -C work fsck
}

@test "the other side: init, clone, submodule add" {
	repository
	mkdir outer
	repository outer
	refused 'git init -q new'
	refused 'git submodule add ../outer sub'
	refused 'git clone -q . copy'
	for half in 'git init -q --bare new.git' 'cp -a .git new.git' 'cp -a .git/[!or]* new.git; cp -a .git/o* .git/r* new.git'; do
		run jail "mkdir -p new.git; $half"
		[ "$status" -ne 0 ] || fail "it worked: $half" "$output"
		jail 'mkdir -p new.git/objects new.git/refs; cp .git/HEAD new.git' 2>/dev/null || :
		run env GIT_CEILING_DIRECTORIES="$PWD/work" git -C work/new.git rev-parse --git-dir
		[ "$status" -ne 0 ] || fail "a repository: $half" "$output"
		rm -rf work/new.git
	done
	refused 'echo "gitdir: ../evil" >dir/.git'
	g 'rm -rf new new.git copy bare sub; git status --porcelain' ''
	git -C work fsck
}
