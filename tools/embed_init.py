#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write an assembler file that holds a program as bytes, named SYMBOL to SYMBOL_end."""
import os
import sys

source, output, symbol = sys.argv[1:]
with open(output, "w", encoding="ascii") as out:
    out.write(
        "\t.section .rodata\n\t.balign 16\n"
        f"\t.globl {symbol}\n\t.hidden {symbol}\n"
        f"\t.globl {symbol}_end\n\t.hidden {symbol}_end\n"
        f'{symbol}:\n\t.incbin "{os.path.abspath(source)}"\n'
        f"{symbol}_end:\n"
        '\t.section .note.GNU-stack,"",%progbits\n'
    )
