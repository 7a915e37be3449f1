#!/usr/bin/env python3
"""What the documents say is run and looked up: every command, the example's tokens and table, names.

Blocks of README.md and docs/operations.md that are marked `sh` are one shell session, in that order.

    readme_examples_test.py --bin build/dev/bin [-v] [Documents | Examples]
"""
import contextlib
import hashlib
import hmac
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import scenario  # noqa: E402
from scenario import ROOT, main  # noqa: E402

DOCUMENTS = [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]
TEST_KEY = bytes(range(32))  # the token key of tests/conformance/vectors/tokens.txt
FILLER = "·" * 8


def blocks(path, kind):
    return re.findall(rf"^```{kind}\n(.*?)^```$", path.read_text(encoding="utf-8"), re.M | re.S)


def is_set_up(block):
    """Whether a block builds the programs, which this test is given instead."""
    return block.startswith("./dev ")


def lp(text):
    data = text.encode()
    return len(data).to_bytes(4, "big") + data


def token(*parts):
    message = b"".join(map(lp, ("normaliser 1", *parts)))
    return hmac.new(TEST_KEY, message, hashlib.sha256).hexdigest()[:8]


def code(dataset, label):
    return hmac.new(TEST_KEY, lp(dataset) + lp("group") + lp(label), hashlib.sha256).hexdigest()[:8]


class Documents(unittest.TestCase):
    """Needs no programs."""

    def missing(self, pattern, is_there):
        """What `pattern` finds in the documents and `is_there(path, what)` denies; and how many it finds."""
        found = [(path, what) for path in DOCUMENTS for what in re.findall(pattern, path.read_text(encoding="utf-8"), re.M)]
        return [f"{path.relative_to(ROOT)}: {what}" for path, what in found if not is_there(path, what)], len(found)

    def test_links_lead_somewhere(self):
        missing, count = self.missing(r"\]\(([^)#:]+)[^)]*\)", lambda path, target: (path.parent / target).exists())
        self.assertEqual(missing, [])
        self.assertGreater(count, 10)

    def test_files_that_are_named_exist(self):
        folders = "agents|agreements|base|benchmarks|client|crypto|docs|examples|matcher|proto|storage|tests"
        missing, count = self.missing(rf"`((?:{folders})/[\w./*-]+)`", lambda _, name: list(ROOT.glob(name)))
        self.assertEqual(missing, [])
        self.assertGreater(count, 50)

    def test_tests_that_are_named_exist(self):
        sources = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "tests").rglob("*.cc"))
        known = {".".join(name) for name in
                 re.findall(r"^(?:TEST|TEST_F|TEST_P|TYPED_TEST)\((\w+), (\w+)\)", sources, re.M)}
        missing, count = self.missing(r"`([A-Z]\w+\.[A-Z]\w{8,})`", lambda _, name: name in known)
        self.assertEqual(missing, [])
        self.assertGreater(count, 40)
        scripts = {p.name for p in (ROOT / "tests").rglob("*.py")}
        self.assertEqual(self.missing(r"`(\w+_test\.py)`", lambda _, name: name in scripts)[0], [])

    def test_dev_knows_the_commands_that_are_named(self):
        script = (ROOT / "dev").read_text(encoding="utf-8")
        self.assertEqual(self.missing(r"\./dev (\w+)", lambda _, verb: re.search(rf"(?m)^  {verb}\)", script))[0], [])

    def test_tokens_and_codes_of_the_example_are_the_real_ones(self):
        text = (ROOT / "README.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| row \d \| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$", text, re.M)
        # SSN-4 and birth date (None: no SSN-4), canonical given name, variants of the family name, label
        people = [("csun-records", None, "1991-07-04", "talar", ["hakobyan"], "residency"),
                  ("csun-records", "7310", "1989-05-21", "grace", ["okafor"], "traditional"),
                  ("csun-records", "8765", "1990-02-13", "anna", ["garcialopez", "garcia", "lopez"], "residency"),
                  ("csun-records", "4021", "1988-11-30", "william", ["nguyen"], "traditional"),
                  ("lausd-records", "5512", "1975-01-15", "marcus", ["reyes"], "yes"),
                  ("lausd-records", "8765", "1990-02-13", "anna", ["garcia"], "yes"),
                  ("lausd-records", None, "1988-11-30", "william", ["nguyen"], "no"),
                  ("lausd-records", "7310", "1989-05-21", "grace", ["adeyemi", "okafor"], "yes")]
        self.assertEqual(len(rows), len(people))
        for row, (dataset, ssn4, born, given, family, label) in zip(rows, people):
            by_number = [token(ssn4, born, name) for name in family] if ssn4 else []
            by_nickname = [token(given, name, born) for name in family]
            for shown, tokens in zip(row, (by_number, by_nickname)):
                self.assertEqual(shown.split(), (tokens + [FILLER] * 4)[:4])
            self.assertEqual(row[2], code(dataset, label))

    def test_sizes_are_those_of_the_default_ladder(self):
        text = (ROOT / "docs" / "encoding.md").read_text(encoding="utf-8")
        entries = sum(int(n) for n in re.findall(r"^\| \d+ \| `[\w-]+` \| [^|]+ \| (\d) \|$", text, re.M))
        self.assertIn(f"has {entries} token entries: {entries * 20} bytes, and {entries * 20 + 4 * 2 + 16} with", text)


def free_port():
    """A port that is free now and that the system gives to no other program's connection meanwhile."""
    lowest = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        port = random.randrange(lowest // 2, lowest)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Examples(unittest.TestCase):
    """Runs the session once; the tests look at what it left behind."""

    @classmethod
    def setUpClass(cls):
        if not all((scenario.BIN / name).exists() for name in ("tallystick", "tallystick-agent", "tallystick-matcher")):
            raise unittest.SkipTest("the programs are not built")
        temporary = tempfile.TemporaryDirectory(prefix="tallystick-e2e-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        port = free_port()
        session = [b for path in (ROOT / "README.md", ROOT / "docs/operations.md")
                   for b in blocks(path, "sh") if not is_set_up(b)]
        script = "set -euo pipefail\n" + "".join(session)
        init = 'matcher init --name "UNITE-LA"'
        assert script.count(init) == 1, "the session makes one matcher"
        script = script.replace(init, init + f" --listen 127.0.0.1:{port}")
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        environment |= {"PATH": f"{scenario.BIN}:{environment['PATH']}", "NO_COLOR": "1"}
        with open(cls.folder / "transcript.txt", "wb") as transcript:
            process = subprocess.Popen(["bash", "-x", "-c", script], cwd=cls.folder, env=environment,
                                       stdin=subprocess.DEVNULL, stdout=transcript, stderr=subprocess.STDOUT,
                                       start_new_session=True)
        try:
            cls.code = process.wait(200)
        except subprocess.TimeoutExpired:
            cls.code = "none: it does not end"
        finally:
            os.killpg(process.pid, signal.SIGKILL)  # the session leaves a matcher running
            process.wait()
        cls.transcript = (cls.folder / "transcript.txt").read_text(errors="replace")

    def test_every_command_succeeds(self):
        self.assertEqual(self.code, 0, self.transcript[-6000:])

    def test_the_released_table_is_the_one_in_the_readme(self):
        self.assertEqual((self.folder / "release" / "table.csv").read_text(encoding="utf-8"),
                         blocks(ROOT / "README.md", "text")[0])

    def test_settings_are_those_that_init_writes(self):
        written = (self.folder / "matcher" / "matcher.toml").read_text(encoding="utf-8")
        names = set(re.findall(r"^(\w+) *=", written, re.M))
        table = (ROOT / "docs/operations.md").read_text(encoding="utf-8").split("### Settings")[1].split("###")[0]
        described = {name.split(".")[-1] for row in re.findall(r"^\| (`[^|]+) \|", table, re.M)
                     for name in re.findall(r"`([\w.]+)`", row)}
        self.assertEqual(described, names)

    def test_nothing_of_the_four_people_is_with_the_matcher(self):
        for file in (self.folder / "matcher").rglob("*"):
            if file.is_file():
                data = file.read_bytes().lower()
                found = [name for name in (b"hakobyan", b"adeyemi", b"nguyen", b"1988-11-30") if name in data]
                self.assertEqual(found, [], file)


if __name__ == "__main__":
    main()
