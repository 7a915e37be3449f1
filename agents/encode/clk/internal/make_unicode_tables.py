#!/usr/bin/env python3
"""Prints unicode_tables.inc: the character classes that clkhash takes from Python.

Run it with Python 3.11 (Unicode 14.0), the version the tables are frozen at.
"""
import sys
import unicodedata

assert unicodedata.unidata_version == "14.0.0", unicodedata.unidata_version
POINTS = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def runs(predicate):
    """Maximal runs (first, last, step) of code points with the property; step 1 or 2."""
    points = [ord(c) for c in POINTS if predicate(c)]
    out = []
    for point in points:
        if out:
            first, last, step = out[-1]
            gap = point - last
            if first == last and gap in (1, 2):
                out[-1] = (first, point, gap)
                continue
            if gap == step:
                out[-1] = (first, point, step)
                continue
        out.append((point, point, 1))
    return out


print("// Made by make_unicode_tables.py from Unicode 14.0 as Python 3.11 has it.")
for name, predicate in (
    ("kDigits", lambda c: c.isdecimal()),
    ("kSpaces", str.isspace),
    ("kAlphanumerics", str.isalnum),
    ("kChangesInUpperCase", lambda c: c.upper() != c),
    ("kChangesInLowerCase", lambda c: c.lower() != c),
):
    print(f"constexpr Run {name}[] = {{")
    line = "   "
    for first, last, step in runs(predicate):
        entry = f" {{0x{first:X}, 0x{last:X}, {step}}},"
        if len(line) + len(entry) > 100:
            print(line)
            line = "   "
        line += entry
    print(line)
    print("};")
sys.stdout.flush()
