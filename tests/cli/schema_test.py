#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The schema and the parser accept the same policies.

usage: schema_test.py PROCJAIL [POLICIES-DIRECTORY]

Feeds every file of tests/policies/good and bad to `procjail policy lint` and
to python3-jsonschema with the schema that `procjail policy schema` prints.
Files of bad/ whose name starts with p- are wrong in a way that no schema can
say; the parser alone must refuse them. Prints TAP; without jsonschema it skips.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True


def strip_comments(text):
    """JSON with comments to JSON."""
    out, i, in_string = [], 0, False
    while i < len(text):
        if in_string:
            step = 2 if text[i] == "\\" else 1
            in_string = text[i] != '"'
            out.append(text[i:i + step])
            i += step
        elif text.startswith("//", i):
            end = text.find("\n", i)
            i = len(text) if end < 0 else end
        elif text.startswith("/*", i):
            i = text.index("*/", i) + 2
        else:
            in_string = text[i] == '"'
            out.append(text[i])
            i += 1
    return "".join(out)


def main(procjail, directory):
    try:
        import jsonschema
        validator_class = jsonschema.Draft202012Validator
    except (ImportError, AttributeError):
        print("1..0 # SKIP python3-jsonschema (4.0 or later) is not installed")
        return 0
    procjail = str(pathlib.Path(procjail).resolve())
    schema = json.loads(subprocess.run([procjail, "policy", "schema"], check=True,
                                       capture_output=True).stdout)
    validator_class.check_schema(schema)
    validator = validator_class(schema)
    files = sorted(directory.glob("good/*")) + sorted(directory.glob("bad/*"))
    failed = 0
    print(f"1..{len(files)}")
    with tempfile.TemporaryDirectory() as workspace:
        for number, file in enumerate(files, 1):
            wanted = file.parent.name == "good"
            lint = subprocess.run([procjail, "policy", "lint", str(file)], cwd=workspace,
                                  capture_output=True, text=True, check=False)
            problems = []
            if (lint.returncode == 0) != wanted:
                problems.append(f"parser, status {lint.returncode}: {lint.stderr.strip()}")
            if not wanted and f"{file.parent}/" not in lint.stderr:
                problems.append(f"the parser's message names no file: {lint.stderr.strip()}")
            if not file.name.startswith("p-"):
                document = json.loads(strip_comments(file.read_text()))
                if validator.is_valid(document) != wanted:
                    problems.append("schema: " + ("refuses it" if wanted else "accepts it"))
            for problem in problems:
                print("# " + problem.replace("\n", "\n# "))
            name = f"{file.parent.name}/{file.name}"
            print(f"{'not ok' if problems else 'ok'} {number} - {name}")
            failed += bool(problems)
    return int(failed > 0)


sys.exit(main(sys.argv[1], pathlib.Path(
    sys.argv[2] if len(sys.argv) > 2
    else pathlib.Path(__file__).resolve().parent.parent / "policies")))
