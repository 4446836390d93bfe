#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""usage: embed_syscalls.py FILTER_PROGRAMS.H > SYSCALL_NAMES.C

The names of all system calls, out of the table that the filters are made with:
a policy is checked against the names that its filter will know. One text, since
a table of pointers would have to be relocated whenever procjail starts."""
import re
import sys

with open(sys.argv[1], encoding="ascii") as header:
    NAMES = re.findall(r'^\t\{ "([a-z0-9_]+)", -?\d+, \d+ \},$', header.read(), re.MULTILINE)
if "io_uring_setup" not in NAMES or "read" not in NAMES:
    sys.exit(f"{sys.argv[0]}: {sys.argv[1]}: no table of calls")

print("/* Made by tools/embed_syscalls.py. */")
print('#include "policy/syscalls.h"\n')
print("const char known_syscalls[] =")
print("\n".join(f'\t"{name}\\0"' for name in NAMES) + ";")
