#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Print C tables of the errors and signals of Linux (the numbers are the same
on x86_64 and aarch64), as the C library of this machine names them in English.
C libraries differ in whether, and by which function, they give these names."""
import errno
import os
import signal


def rows(names):
    return "".join(f'\t[{number}] = {value},\n' for number, value in sorted(names.items()))


ERRORS = {number: f'{{ "{name}", "{os.strerror(number)}" }}'
          for number, name in errno.errorcode.items()}
# EAGAIN is EWOULDBLOCK: the name that POSIX lists first.
ERRORS[errno.EAGAIN] = f'{{ "EAGAIN", "{os.strerror(errno.EAGAIN)}" }}'
ERRORS[errno.EDEADLK] = f'{{ "EDEADLK", "{os.strerror(errno.EDEADLK)}" }}'
ERRORS[errno.EOPNOTSUPP] = f'{{ "EOPNOTSUPP", "{os.strerror(errno.EOPNOTSUPP)}" }}'
SIGNALS = {int(sig): f'"{sig.name[3:]}"' for sig in signal.Signals
           if not sig.name.startswith("SIGRT")}

print("/* Made by tools/embed_names.py. */")
print(f"static const struct {{\n\tconst char *name, *text;\n}} errors[] = {{\n{rows(ERRORS)}}};")
print(f"static const char *const signals[] = {{\n{rows(SIGNALS)}}};")
