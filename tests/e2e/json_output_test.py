#!/usr/bin/env python3
"""Every verb of every program with `--output json`: one JSON value on stdout, also where it refuses.

    json_output_test.py --bin build/dev/bin [-v]

Verbs are found in `--help`, so that a verb that this test does not walk fails it.
"""
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import scenario  # noqa: E402
import small_world as world  # noqa: E402
from scenario import Scenario, main  # noqa: E402

PROGRAMS = ("tallystick-matcher", "tallystick-agent", "tallystick", "tallystick-lab")


def verbs_of(program, prefix=()):
    """Every verb with its subverbs, as tuples of words."""
    said = subprocess.run([str(scenario.BIN / program), *prefix, "--help"], capture_output=True, text=True, check=True).stdout
    _, found, listed = said.partition("Subcommands:\n")
    if not found:
        return {prefix}
    verbs = set()
    for name in re.findall(r"^  ([a-z][a-z-]*)", listed, re.M):
        verbs |= verbs_of(program, (*prefix, name))
    return verbs


class Json(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tallystick-e2e-"))
        cls.scenario = Scenario(cls.folder)
        cls.walked = {program: set() for program in PROGRAMS}

    @classmethod
    def tearDownClass(cls):
        cls.scenario.kill()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def call(self, program, *words, expect=0):
        """Runs the verb; returns what its JSON says, which must be all there is on stdout."""
        words = [str(w) for w in words]
        self.walked[program.name] |= {tuple(words[:1]), tuple(words[:2])}
        outcome = program.run(*words, "--output", "json", expect=expect)
        try:
            said = json.loads(outcome.out)
        except ValueError:
            self.fail(f"not one JSON value on stdout:\n{outcome}")
        if expect and isinstance(expect, int) and expect not in (81,):
            self.assertIn("error", said, outcome)
            self.assertTrue(said["error"]["id"] and said["error"]["message"], outcome)
        return said

    def test_every_verb_speaks_json(self):
        s, folder = self.scenario, self.folder
        matcher, csun, lausd = s.matcher, s.agent("csun"), s.agent("lausd")
        pgarcia = s.person("pgarcia")
        self.call(matcher, "init", "--name", "UNITE-LA")
        self.call(matcher, "init", "--name", "UNITE-LA", expect=65)
        self.walk_broken_settings(matcher)
        self.start_in_json(s)
        self.call(matcher, "fsck", expect=75)
        self.call(matcher, "dump", "--decrypted", "--out", folder / "dump", expect=75)
        for agent in (csun, lausd):
            code = self.call(matcher, "invite", "institution", agent.home.name)["invitation"]
            self.assertEqual(self.call(agent, "enrol", "--id", agent.home.name, "--name", "X", "--invitation", code)["id"],
                             agent.home.name)
        code = self.call(matcher, "invite", "researcher", "pgarcia")["invitation"]
        self.call(pgarcia, "enrol", "--id", "pgarcia", "--invitation", code)
        self.call(pgarcia, "enrol", "--id", "pgarcia", "--invitation", "ts1-nonsense", expect=65)
        self.call(csun, "enrol", "--id", "csun", "--invitation", "ts1-nonsense", expect=65)

        digest = self.walk_agreement(csun, lausd, pgarcia)
        submission = self.walk_data(csun, lausd, digest)
        self.walk_requests(csun, lausd, pgarcia, digest)
        for program in (csun, pgarcia):
            self.assertEqual(self.call(program, "log", "verify")["result"], "verified")
            self.call(program, "log", "accept-restore", expect=77)
        self.call(pgarcia, "log", "entries")
        self.call(pgarcia, "report", digest, "--out", folder / "report")
        self.call(csun, "status")
        self.call(csun, "doctor", expect=(0, 1))
        self.assertEqual(self.call(csun, "requests", "accept-ledger")["accepted"], "no")
        withdrawn = self.call(csun, "submissions", "withdraw", submission)
        self.assertEqual(withdrawn["submission"], submission)
        certified = self.call(csun, "submissions", "certificate", withdrawn["certificate"])
        self.assertEqual((certified["submission"], certified["result"]), (submission, "verified"))
        self.call(csun, "submissions", "certificate", folder / "nothing", expect=66)
        self.call(csun, "submissions", "withdraw", "nonsense", expect=2)
        self.assertEqual(self.call(csun, "agreement", "rotate", digest)["awaits_signature_of"], "lausd")
        self.assertEqual(self.call(csun, "agreement", "revoke", digest, "--reason", "over")["state"], "revoked")

        self.assertTrue(self.call(matcher, "status")["serving"])
        self.call(matcher, "backup", "--to", folder / "backup")
        self.call(matcher, "backup", "--to", folder / "backup", expect=73)
        self.assertEqual(self.call(matcher, "revoke-member", "pgarcia")["revoked"], "pgarcia")
        self.call(matcher, "revoke-member", "nobody", expect=66)
        self.call(pgarcia, "agreements", expect=77)
        s.stop()
        self.call(csun, "status", expect=69)
        self.call(matcher, "fsck")
        self.call(matcher, "dump", "--decrypted", "--out", folder / "dump")
        self.call(matcher, "restore", "--from", folder / "backup", expect=77)
        restored = scenario.Program(s, "tallystick-matcher", folder / "restored")
        restored.home.mkdir(mode=0o700)
        for part in ("keys", "keystore"):
            shutil.copytree(matcher.home / part, restored.home / part)
        shutil.copy(matcher.home / "matcher.toml", restored.home)
        self.call(restored, "restore", "--from", folder / "backup")
        self.walk_lab()
        for program in PROGRAMS:
            with self.subTest(program=program):
                missed = {verb for verb in verbs_of(program) if verb not in self.walked[program]}
                self.assertEqual(missed, set(), "verbs that this test does not walk")

    def walk_broken_settings(self, matcher):
        file = matcher.home / "matcher.toml"
        good = file.read_text(encoding="utf-8")
        file.write_text(good.replace("header_fields ", "header_field  "), encoding="utf-8")
        line = 1 + good.splitlines().index(next(x for x in good.splitlines() if x.startswith("header_fields")))
        for words in (["status"], ["invite", "institution", "x-y"], ["serve"], ["fsck"]):
            outcome = matcher.run(*words, "--output", "json", expect=78)
            self.assertEqual(json.loads(outcome.out)["error"]["line"], line)
            self.assertIn(f"matcher.toml:{line}:", outcome.err)
            self.assertIn("did you mean `header_fields`?", outcome.err)
        file.write_text(good, encoding="utf-8")

    def start_in_json(self, s):
        self.walked["tallystick-matcher"].add(("serve",))
        server = s.matcher.spawn("serve", "--listen", "127.0.0.1:0", "--output", "json", out=subprocess.PIPE)
        try:
            ready = json.loads(server.stdout.readline())["ready"]
            self.assertRegex(ready, r"https://127\.0\.0\.1:\d+")
        finally:
            server.kill()
            server.wait()
            server.stdout.close()
            server.stderr.close()
        s.start()

    def walk_agreement(self, csun, lausd, pgarcia):
        folder = self.folder
        self.call(csun, "agreement", "new", "--with", "lausd", "--person", "pgarcia", "--out", folder / "new.toml")
        self.call(csun, "agreement", "new", "--with", "nobody", "--out", folder / "other.toml", expect=66)
        file = folder / "agreement.toml"
        file.write_text(world.agreement_text(self.scenario.key_tables(csun, ["lausd"], ["pgarcia"]), approval="manual"),
                        encoding="utf-8")
        bad = folder / "bad.toml"
        bad.write_bytes(b"\xff\xfe")
        said = self.call(csun, "agreement", "lint", bad, expect=(65,))
        self.assertEqual(said[0]["severity"], "error")
        self.call(csun, "agreement", "lint", file)
        digest = self.call(csun, "agreement", "propose", file)["digest"]
        self.call(csun, "agreement", "propose", bad, expect=65)
        self.call(csun, "agreement", "export", digest, "--out", folder / "exported.toml")
        for agent in (csun, lausd):
            fingerprint = self.call(agent, "agreement", "fingerprint", digest)["fingerprint"]
            self.assertEqual(len(fingerprint.replace(" ", "")), 48)
            self.call(agent, "agreement", "sign", digest, "--confirm-fingerprint", "0" * 48, expect=(65, 77))
            self.call(agent, "agreement", "sign", digest, "--confirm-fingerprint", fingerprint)
        for _ in range(3):
            for agent in (csun, lausd):
                self.assertEqual(self.call(agent, "run", "--once")["failed"], 0)
        self.assertEqual(self.call(csun, "agreement", "list")[0]["state"], "active")
        self.call(csun, "agreement", "show", digest)
        self.call(csun, "agreement", "show", "no-such-agreement", expect=77)
        self.assertEqual(self.call(csun, "agreement", "suspend", digest)["state"], "suspended")
        self.assertEqual(self.call(csun, "agreement", "resume", digest)["state"], "active")
        self.call(pgarcia, "agreements")
        self.call(pgarcia, "agreement", "show", digest)
        self.call(pgarcia, "rules", digest)
        return digest

    def walk_data(self, csun, lausd, digest):
        candidates, hr = world.world()
        files = {csun: self.folder / "candidates.csv", lausd: self.folder / "hr.csv"}
        world.write_csv(files[csun], world.CANDIDATE_COLUMNS, candidates)
        world.write_csv(files[lausd], world.HR_COLUMNS, hr)
        self.call(csun, "template", digest, "--out", self.folder / "template")
        self.call(csun, "template", digest, "--out", self.folder / "template", expect=73)
        self.call(csun, "validate", digest, files[csun])
        self.call(csun, "validate", digest, self.folder / "absent.csv", expect=66)
        self.call(csun, "validate", digest, files[lausd], expect=(65,))
        self.call(csun, "preview", digest, files[csun])
        self.assertEqual(self.call(csun, "submit", digest, files[csun], "--dry-run")["state"], "prepared")
        for agent in (csun, lausd):
            submission = self.call(agent, "submit", digest, files[agent])["submission"]
        self.call(csun, "submit", digest, files[lausd], expect=65)
        listed = self.call(csun, "submissions", "list", digest)
        return next(row["submission"] for row in listed if row["party"] == "csun") or submission

    def walk_requests(self, csun, lausd, pgarcia, digest):
        file = self.folder / "request.toml"
        file.write_text(world.request_text("hired"), encoding="utf-8")
        self.call(pgarcia, "request", "check", file)
        request = self.call(pgarcia, "request", "submit", file)["request"]
        denied = self.call(pgarcia, "request", "submit", file)["request"]
        self.call(pgarcia, "request", "check", self.folder / "absent.toml", expect=66)
        self.call(pgarcia, "request", "list")
        self.call(pgarcia, "request", "show", request)
        self.call(pgarcia, "request", "wait", request, "--timeout", "1s", expect=81)
        self.call(pgarcia, "release", "fetch", request, "--out", self.folder / "release", expect=81)
        self.call(csun, "requests", "list")
        self.call(csun, "requests", "show", request)
        self.call(csun, "requests", "deny", denied, "--reason", "no")
        self.call(pgarcia, "request", "wait", denied, expect=77)
        for agent in (csun, lausd):
            self.assertEqual(self.call(agent, "requests", "approve", request)["verdict"], "approved")
        for _ in range(12):
            for agent in (csun, lausd):
                self.call(agent, "run", "--once")
            if self.call(pgarcia, "request", "wait", request, "--timeout", "2s", expect=(0, 81))["state"] == "released":
                break
        for program, out in ((pgarcia, "release"), (csun, "release-csun")):
            self.assertEqual(self.call(program, "release", "list")[0]["request"], request)
            self.call(program, "release", "fetch", request, "--out", self.folder / out)
        self.assertTrue(self.call(pgarcia, "release", "verify", self.folder / "release")["verified"])
        table = self.folder / "release" / "table.csv"
        table.write_bytes(table.read_bytes() + b"\r\n")
        self.call(pgarcia, "release", "verify", self.folder / "release", expect=1)

    def walk_lab(self):
        class Lab:
            name = "tallystick-lab"

            def run(_, *words, expect):
                outcome = self.scenario.execute([str(scenario.BIN / "tallystick-lab"), *words])
                self.assertIn(outcome.code, (expect,) if isinstance(expect, int) else expect, outcome)
                return outcome
        truth = self.folder / "truth.csv"
        for name, ending in (("candidates", "c"), ("hr", "h")):
            rows = (self.folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()
            numbered = [rows[0] + ",row_id"] + [f"{row},{ending}{n}" for n, row in enumerate(rows[1:])]
            (self.folder / f"lab-{name}.csv").write_text("\r\n".join(numbered) + "\r\n", encoding="utf-8")
        pairs = self.folder / "pairs.csv"
        linked = self.call(Lab(), "link", "--agreement", self.folder / "agreement.toml", "--left",
                           self.folder / "lab-candidates.csv", "--right", self.folder / "lab-hr.csv", "--id", "row_id",
                           "--pairs", pairs)
        self.assertEqual(linked["linked"], 270)
        truth.write_text("left_id,right_id\nc0,h0\n", encoding="utf-8")
        self.assertEqual(self.call(Lab(), "evaluate", "--pairs", pairs, "--truth", truth)["f1"] >= 0, True)
        self.call(Lab(), "evaluate", "--pairs", pairs, "--truth", self.folder / "absent.csv", expect=66)

    def test_arguments_that_are_not_understood_are_an_error_object_too(self):
        for program in PROGRAMS:
            for words in ((), ("no-such-verb",), ("--no-such-option",)):
                with self.subTest(program=program, words=words):
                    outcome = self.scenario.execute([str(scenario.BIN / program), "--output", "json", *words])
                    self.assertEqual(outcome.code, 2, outcome)
                    self.assertEqual(json.loads(outcome.out)["error"]["id"], "usage.arguments", outcome)
                    self.assertTrue(outcome.err.strip(), outcome)


if __name__ == "__main__":
    main()
