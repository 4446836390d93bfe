#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn a text file into a C string.

usage: embed_text.py OUTPUT SYMBOL INPUT
"""
import pathlib
import sys

ESCAPES = {ord('"'): '\\"', ord("\\"): "\\\\", ord("\n"): "\\n"}


def c_line(line):
    """One source line; what is not plain ASCII (and ?, for trigraphs) in octal."""
    plain = range(32, 127)
    return '\t"%s"' % "".join(
        ESCAPES.get(byte) or (chr(byte) if byte in plain and byte != ord("?") else "\\%03o" % byte)
        for byte in line)


def main():
    output, symbol, source = sys.argv[1:]
    lines = pathlib.Path(source).read_bytes().splitlines(keepends=True) or [b""]
    text = "/* Made by tools/embed_text.py from %s. */\n" % pathlib.Path(source).name
    text += "extern const char %s[];\nconst char %s[] =\n" % (symbol, symbol)
    text += "\n".join(c_line(line) for line in lines) + ";\n"
    pathlib.Path(output).write_text(text)


if __name__ == "__main__":
    main()
