#!/usr/bin/env python3
"""Prints python_vectors.json: what int, float, strptime and re of CPython 3.11 make of odd text."""
import itertools
import json
import random
import re
from datetime import datetime

random.seed(20)


def attempt(call):
    try:
        return call()
    except (ValueError, OverflowError):
        return None


def integer(text):
    return attempt(lambda: str(int(text)))


def date(form, text):
    return attempt(lambda: datetime.strptime(text, form).strftime("%Y%m%d"))


NUMBERS = ["7", "007", " 65 ", "+65", "-0", "6_5", "6__5", "_6", "6_", "\u0663", "\u0663_\u0663", "1.0", "",
           "0x10", "+ 5", "\x1c5", "\u2003 5", "5\u00a0", "5\x00", "\u22125", "--5", "+", "-", "1e5", "1e", ".5",
           "5.", ".", "inf", "-Infinity", "nan", "1_0.5", "1_.5", "1._5", "1e+1_0", "1e400", "1e-400", "\t5\n",
           "\u00b2", "9" * 40, "-" + "9" * 40, "\U0001d7d8\U0001d7d9", "0" * 50, "5\u3000", "1 2"]
FORMATS = ["%Y-%m-%d", "%d/%m/%y", "%Y%m%d", "%d%m%Y", "%m %d %Y", "%d %b %Y", "%B %d, %Y", "%Y %j", "%Y", "%m/%d",
           "%a %d %b %y", "%Y-%m-%d %H:%M:%S", "%I:%M %p %Y", "%f %Y", "%%%Y", "%y%m%d", "%d.%m.%Y"]
DATES = ["1963-12-13", "1963-2-3", "0123-01-12", "123-01-12", "1963-02-30", " 1963-12-13", "", "01/02/68",
         "01/02/69", "1963123", "196311", "1121963", "2 29 2000", "2 29 1900", "02  29\t2000", "3 MAY 1963",
         "3 may 63", "September 1, 1999", "Sept 1, 1999", "2001 366", "2000 366", "2000 0", "2000 60", "0000",
         "0001", "2/29", " 1/2/63", "Mon 03 Feb 70", "fri  3 Feb 70", "1999-1-1 23:59:59", "1999-1-1 24:0:0",
         "1999-1-1 23:59:61", "1999-1-1 1:2:3", "12:30 PM 1999", "13:30 pm 1999", "123456 1999", "1234567 1999",
         "%1963", "1963-1\u0663-1\u0663", "1963-12-1\u0663", "\u0661963-12-13", "1963-12-13 ", "1963-12-13\n",
         "1.1.1", "31.12.9999", "9999 366", "196302", "991231", "000229", "19630229"]
PATTERNS = ["[a-z]+", "a|b|", "(ab)*c?", "a{2,3}", "a{2}", "a{,2}", "a{2,}", "a{", "a{x}", "[^a-c]+", r"\d+",
            r"\w+", r"\s*\S", ".", ".*", "^a$", "a$\n", r"\Aab\Z", "(?:a|ab)(?:c|bcd)(?:d*)", "[]a]+", "[a-]+",
            r"[\d\-x]+", "a*?b+?", "[^\\n]*", "", "()", "(a|b)*abb", "[A-Z][a-z]*( [A-Z][a-z]*)*", r"\.", "é+",
            r"[\w ]+", "(a*)*b", "a{0}", "}", "]", "[^]]"]
TEXTS = ["", "a", "b", "ab", "abc", "aa", "aaa", "aaaa", "a{", "a{x}", "abb", "aabb", "ababc", "abcd", "c", "xyz", "A",
         "a\n", "\n", "\u0663", "é", "éé", "_", " x", "]", "a]", "a-", "1-x", "Ann Lee", "Ann  Lee", ".", "}", "ß", "²",
         "\u2003a", "aab", "b\n"]
ALPHABET = "ab12-/ \u0663"

numbers = NUMBERS + ["".join(random.choice("0123456789+-_. e") for _ in range(random.randrange(1, 7)))
                     for _ in range(200)]
dates = [(f, t) for f, t in itertools.product(FORMATS, DATES) if date(f, t) is not None]
dates += [(f, t) for f, t in random.sample(list(itertools.product(FORMATS, DATES)), 150)]
for _ in range(200):
    form = random.choice(FORMATS)
    text = datetime(random.randrange(1, 9999), random.randrange(1, 13), random.randrange(1, 29)).strftime(form)
    at = random.randrange(len(text) + 1)
    dates.append((form, text[:at] + random.choice(["", "1", "0", " "]) + text[at + random.randrange(2):]))

print(json.dumps({
    "integer": [[t, integer(t)] for t in numbers],
    "float": [[t, None if (v := attempt(lambda: float(t))) is None else repr(v)] for t in numbers],
    "date": [[f, t, date(f, t)] for f, t in dates],
    "pattern": [[p, t, re.compile(p).fullmatch(t) is not None] for p, t in itertools.product(PATTERNS, TEXTS)],
}, indent=0))
