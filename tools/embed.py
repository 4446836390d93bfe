#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Turn profiles/*.json, profiles/sets.json and the policy schema into C tables.

usage: embed.py OUTPUT SCHEMA SETS PROFILE...

Nothing is parsed at run time that could be checked here: a set with an unknown
key, a path of no known form, or an entry without a reason fails the build.
"""
import json
import pathlib
import sys


def c_string(text):
    """A C string literal, one source line for each line of the text."""
    lines = text.splitlines(keepends=True) or [""]
    out = []
    for line in lines:
        body = ""
        for byte in line.encode():
            char = chr(byte)
            if char in '"\\':
                body += "\\" + char
            elif char == "\n":
                body += "\\n"
            elif 32 <= byte < 127 and char != "?":
                body += char
            else:
                body += "\\%03o" % byte
        out.append('\t"%s"' % body)
    return "\n".join(out)


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


def check(condition, message):
    if not condition:
        sys.exit("embed.py: sets.json: " + message)


def expand_except(entry):
    """`except` at the match itself and at each place of `except_at`."""
    patterns = []
    for place in entry.get("except_at", [""]):
        for pattern in entry.get("except", []):
            taken_back = pattern.startswith("!")
            patterns.append("!" * taken_back + place + pattern[taken_back:])
    return patterns + entry.get("except_more", [])


def check_entry(name, entry):
    path = entry.get("path", "")
    known = {"path", "reason", "except", "except_at", "except_more",
             "git_directory"}
    check(set(entry) <= known, f"{name}: {path}: unknown key")
    check(entry.get("reason"), f"{name}: {path}: needs a reason")
    check(path.startswith(("~/", "/", "**/")) and not path.endswith("/"),
          f"{name}: {path}: must start with ~/, / or **/ and not end with /")
    check(len(path.encode()) < 128, f"{name}: {path}: SET_PATH_MAX")
    rest = path[3:] if path.startswith("**/") else path
    check("**" not in rest and ".." not in rest.split("/"),
          f"{name}: {path}: ** and .. cannot stand there")
    check(path.startswith("**/") or "*" not in path,
          f"{name}: {path}: a wildcard needs **/ in front")
    check(path.startswith("**/") or not set(entry) & (known - {"path", "reason"}),
          f"{name}: {path}: except and git_directory need **/ in front")


class Text:
    """All strings of the sets in one, each once, found by where they begin."""

    def __init__(self):
        self.places, self.size = {}, 0

    def place(self, string):
        if string not in self.places:
            self.places[string] = self.size
            self.size += len(string.encode()) + 1
        return self.places[string]

    def c_lines(self):
        # The end is spelt in full: a digit may follow.
        rows = [c_string(string)[:-1] + '\\000"' for string in self.places]
        return ["const char embedded_text[] ="] + rows + [";\n"]


class Directories:
    """The directories of the sets' paths, numbered; names at any depth have
    none, which is 0."""

    def __init__(self, text):
        self.text, self.numbers = text, {"": 0}

    def of(self, path):
        """Its number, and where the name begins behind it."""
        if path.startswith("**/"):
            return 0, 0
        name_at = path.rindex("/") + 1
        directory = path[:name_at - 1] or "/"
        return self.numbers.setdefault(directory, len(self.numbers)), name_at

    def c_lines(self):
        check(len(self.numbers) < 128, "SET_DIRECTORIES_MAX")
        rows = [f"\t{self.text.place(name)}," for name in self.numbers]
        return ["const unsigned int embedded_directories[] = {"] + rows + [
            "};\n"]


def sets_c(path):
    sets = json.loads(pathlib.Path(path).read_text())
    check(sets.get("version") == 1, "version must be 1")
    out, table, text, excepts = [], [], Text(), ["NULL"]
    directories = Directories(text)
    for n, (name, group) in enumerate(sets["sets"].items()):
        rows = []
        ranks = {path: rank for rank, path in enumerate(
            sorted(entry["path"] for entry in group["entries"]))}
        for i, entry in enumerate(group["entries"]):
            check_entry(name, entry)
            patterns = expand_except(entry)
            if patterns:
                out.append(f"static const char *const except_{n}_{i}[] = {{")
                out += [c_string(pattern) + "," for pattern in patterns]
                out.append("\tNULL,\n};\n")
                excepts.append(f"except_{n}_{i}")
            rows.append("\t{ %d, %d, %d, %d, %d, %d, %s }," % (
                text.place(entry["path"]), text.place(entry["reason"]),
                *directories.of(entry["path"]), ranks[entry["path"]],
                len(excepts) - 1 if patterns else 0,
                "true" if entry.get("git_directory") else "false"))
        out.append(f"static const struct set_entry entries_{n}[] = {{")
        out += rows + ["};\n"]
        any_depth = any(e["path"].startswith("**/") for e in group["entries"])
        table.append("\t{\n%s,\n%s,\n\tentries_%d,\n\tsizeof(entries_%d) / "
                     "sizeof(*entries_%d), %s },\n" % (
                         c_string(name), c_string(group["description"]),
                         n, n, n, "true" if any_depth else "false"))
    out += directories.c_lines()
    out += text.c_lines()
    out.append("const char *const *const embedded_excepts[] = {")
    out += [f"\t{name}," for name in excepts] + ["};"]
    out.append("const struct named_set embedded_sets[] = {")
    out += table + ["};"]
    out.append("const size_t embedded_set_count = sizeof(embedded_sets) / "
               "sizeof(*embedded_sets);\n")
    return out


def profiles_c(paths):
    out = ["const struct embedded_profile embedded_profiles[] = {"]
    for path in paths:
        text = pathlib.Path(path).read_text()
        document = json.loads(strip_comments(text))
        out.append("\t{\n%s,\n%s,\n%s },\n" % (
            c_string(pathlib.Path(path).stem),
            c_string(document["description"]), c_string(text)))
    out += ["};", "const size_t embedded_profile_count = "
            "sizeof(embedded_profiles) / sizeof(*embedded_profiles);\n"]
    return out


def main(output, schema, sets, *profiles):
    out = ["/* Made by tools/embed.py; do not edit. */",
           '#include "policy/profiles.h"\n']
    out += sets_c(sets) + profiles_c(profiles)
    out += ["const char embedded_policy_schema[] =",
            c_string(pathlib.Path(schema).read_text()) + ";"]
    pathlib.Path(output).write_text("\n".join(out) + "\n")


main(*sys.argv[1:])
