#!/usr/bin/env python3
"""Checks the layering of docs and style guide: who may include whom, and what a file may look like.

Prints one line per violation and exits 1, so that a refusal names the file and the rule.
"""
import pathlib
import re
import sys

root = pathlib.Path(sys.argv[1]).resolve()
below = {}  # folder -> the folders it may include besides itself
stack = ["base", "crypto", "proto", "storage", "agreements", "client"]
for depth, name in enumerate(stack):
    below[name] = set(stack[:depth])
below["agents"] = set(stack)
below["matcher"] = set(stack) - {"client"}
below["benchmarks"] = set(below) | {"tests"}
below["tests"] = set(below)

# library -> where it may be included; nothing of it may stand in a public header
homes = {r"openssl/": r"crypto/([^/]+\.cc|internal/.+)", r"curl/": r"client/(.+\.cc|internal/.+)",
         r"rocksdb/": r"storage/([^/]+\.cc|internal/.+)",
         r"boost/beast": r"matcher/service/([^/]+\.cc|internal/.+)"}
bad_name = re.compile(r"\b(?:class|struct) (\w+(?:Manager|Helpers?|Utils?|Data|Info))\b[^;]*\{")
bad_file = re.compile(r"(manager|helpers?|utils?|info|misc|common)\.(h|cc)$")
problems = []

for path in sorted(p for folder in below for p in (root / folder).rglob("*.*")):
    name = path.relative_to(root).as_posix()
    folder = name.split("/")[0]
    if path.suffix not in (".h", ".cc"):
        continue
    text = path.read_text(encoding="utf-8")
    say = lambda what: problems.append(f"{name}: {what}")
    mine = {folder} | below[folder]
    for included in re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', text, re.M):
        top = included.split("/")[0]
        if top in below and top not in mine:
            say(f"{folder}/ may not include {included}")
        if "/internal/" in included and top in below and top != folder and folder != "tests":
            say(f"{included} is private to {top}/")
        for library, home in homes.items():
            if (re.match(library, included) and folder not in ("tests", "benchmarks")
                    and not re.fullmatch(home, name)):
                say(f"<{included}> belongs in {home}")
    if path.suffix == ".h" and "#pragma once" not in text:
        say("a header starts with #pragma once")
    for found in bad_name.findall(text) + bad_file.findall(name)[:1]:
        say(f"a name that says nothing: {found}")
    if re.search(r"namespace tallystick::\w+::\w+ *\{", text):
        say("namespaces are at most tallystick::folder")
    if text.count("\n") > 600:
        say(f"{text.count(chr(10))} lines, split it")

print("\n".join(problems) or "structure: every include and name follows the rules")
sys.exit(1 if problems else 0)
