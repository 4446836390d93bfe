# SPDX-License-Identifier: Apache-2.0
# fish completion for procjail(1)

# Whether PROGRAM is still to come: run or check, and no operand yet.
function __procjail_before_program
    __fish_seen_subcommand_from run check; or return 1
    set -l tokens (commandline -opc)
    set -l takes -p --policy --profile --workspace --read --write --deny --env --chdir --network \
        --allow-host --deny-host --listen --unix-socket --timeout --memory --strategy --may-lack --request --stdin --audit --pool
    set -l skip 0
    for token in $tokens[3..-1]
        if test $skip -eq 1
            set skip 0
        else if test "$token" = --
            return 1
        else if contains -- $token $takes
            set skip 1
        else if not string match -q -- '-*' $token
            return 1
        end
    end
    return 0
end

function __procjail_member
    set -l tokens (commandline -opc)
    test (count $tokens) -ge 3; and test "$tokens[2]" = $argv[1]; and test "$tokens[3]" = $argv[2]
end

function __procjail_no_member
    set -l tokens (commandline -opc)
    test (count $tokens) -eq 2; and test "$tokens[2]" = $argv[1]
end

function __procjail_profiles
    printf '%s\t%s\n' strict 'nothing but the libraries of the system' \
        read-only 'reads the system and the workspace' \
        workspace-write 'writes only the workspace, no network' \
        build 'with the package registries' \
        untrusted 'an empty root with just the runtime'
end

complete -c procjail -f
complete -c procjail -n __fish_use_subcommand -s V -l version -d 'Print the version'
complete -c procjail -s h -l help -d 'Print the help'
complete -c procjail -n __fish_use_subcommand -a run -d 'Run a program held to a policy'
complete -c procjail -n __fish_use_subcommand -a check -d 'Say whether a program may run'
complete -c procjail -n __fish_use_subcommand -a pool -d 'Keep jails waiting for run --pool'
complete -c procjail -n __fish_use_subcommand -a doctor -d 'Say what this host can enforce'
complete -c procjail -n __fish_use_subcommand -a policy -d 'Check, show and start policies'
complete -c procjail -n __fish_use_subcommand -a audit -d 'Check and read an audit log'

# run and check
set -l jail __procjail_before_program
complete -c procjail -n $jail -s p -l policy -rF -d 'Hold the program to the policy in FILE'
complete -c procjail -n $jail -l profile -xa '(__procjail_profiles)' -d 'Or to a built-in profile'
complete -c procjail -n $jail -l workspace -xa '(__fish_complete_directories)' -d 'What relative paths start from'
complete -c procjail -n $jail -l read -rF -d 'Let it read PATH'
complete -c procjail -n $jail -l write -rF -d 'Let it write there too'
complete -c procjail -n $jail -l deny -rF -d 'Hide PATH from it'
complete -c procjail -n $jail -l env -xa '(set -nx)' -d 'Pass a variable, or set it'
complete -c procjail -n $jail -l chdir -xa '(__fish_complete_directories)' -d 'Start it in DIR'
complete -c procjail -n $jail -l network -xa 'none loopback filtered host' -d 'What network it has'
complete -c procjail -n $jail -l allow-host -x -d 'Let filtered network reach HOST[:PORT]'
complete -c procjail -n $jail -l deny-host -x -d 'But not this one'
complete -c procjail -n $jail -l listen -x -d 'Publish this port at the loopback of the host'
complete -c procjail -n $jail -l unix-socket -r -F -d 'Let it connect to this path socket'
complete -c procjail -n $jail -l timeout -x -d 'End it after TIME'
complete -c procjail -n $jail -l memory -x -d 'Let it have SIZE of memory'
complete -c procjail -n $jail -l strategy -xa 'auto namespaces bubblewrap landlock firejail rlimits none' \
    -d 'Contain it in this way'
complete -c procjail -n $jail -l may-lack -xa 'filesystem-read filesystem-write execute network processes ipc \
    devices privileges syscalls terminal kill-tree memory cpu-time process-count open-files file-size wall-time \
    output environment' -d 'Go on where this cannot be enforced'
complete -c procjail -n $jail -l request -rF -d 'Take the request from FILE'
complete -c procjail -n $jail -l stdin -rF -d 'Give it FILE to read'
complete -c procjail -n $jail -l audit -rF -d 'Append a record to the log FILE'
complete -c procjail -n $jail -l json -d 'Print one JSON object'
complete -c procjail -n $jail -s v -l verbose -d 'Tell warnings and what contains the program'
complete -c procjail -n "$jail; and __fish_seen_subcommand_from run" -l pool -rF -d 'By the service at SOCKET'
complete -c procjail -n "$jail; and __fish_seen_subcommand_from check" -l all -d 'Tell all that is wrong'
complete -c procjail -n "$jail; and __fish_seen_subcommand_from check" -l plan -d 'Print what would be launched'
complete -c procjail -n $jail -a '(__fish_complete_command)'
complete -c procjail -n '__fish_seen_subcommand_from run check; and not __procjail_before_program' -F

# pool, doctor, policy, audit
set -l pool '__fish_seen_subcommand_from pool; and not __fish_seen_subcommand_from run check'
complete -c procjail -n $pool -l socket -rF -d 'Listen there'
complete -c procjail -n $pool -l policies -xa '(__fish_complete_directories)' -d 'Where the policies are'
complete -c procjail -n $pool -l jails -x -d 'How many wait'
complete -c procjail -n $pool -l idle -x -d 'Give them up after TIME'
complete -c procjail -n $pool -l audit -rF -d 'Append a record of each run'
complete -c procjail -n '__fish_seen_subcommand_from doctor' -l json -d 'Print one JSON object'
complete -c procjail -n '__procjail_no_member policy' -a lint -d 'Check a policy'
complete -c procjail -n '__procjail_no_member policy' -a show -d 'Print a policy as it holds here'
complete -c procjail -n '__procjail_no_member policy' -a schema -d 'Print the JSON Schema'
complete -c procjail -n '__procjail_no_member policy' -a list -d 'Print the built-in profiles'
complete -c procjail -n '__procjail_no_member policy' -a init -d 'Print a policy to start from'
complete -c procjail -n '__procjail_member policy lint' -F
complete -c procjail -n '__procjail_member policy show' -F -a '(__procjail_profiles)'
complete -c procjail -n '__procjail_member policy lint; or __procjail_member policy show' -l workspace \
    -xa '(__fish_complete_directories)' -d 'What relative paths start from'
complete -c procjail -n '__procjail_member policy schema' -l result -d 'Of what run --json prints'
complete -c procjail -n '__procjail_no_member audit' -a verify -d 'Say whether the log was cut or changed'
complete -c procjail -n '__procjail_no_member audit' -a show -d 'Print the log'
complete -c procjail -n '__procjail_member audit verify; or __procjail_member audit show' -F
complete -c procjail -n '__procjail_member audit show' -l json -d 'Print the records as they are'
