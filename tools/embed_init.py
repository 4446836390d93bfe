#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write an assembler file that holds the init program as bytes."""
import os
import sys

source, output = sys.argv[1:]
with open(output, "w", encoding="ascii") as out:
    out.write(
        "\t.section .rodata\n\t.balign 16\n"
        "\t.globl init_image\n\t.hidden init_image\n"
        "\t.globl init_image_end\n\t.hidden init_image_end\n"
        f'init_image:\n\t.incbin "{os.path.abspath(source)}"\n'
        "init_image_end:\n"
        '\t.section .note.GNU-stack,"",%progbits\n'
    )
