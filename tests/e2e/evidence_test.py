#!/usr/bin/env python3
"""What is left to show afterwards: certificates of destruction, entries for refused requests, and
refusals that tell the rule, whose it is, the clause and what would pass."""
import json
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import small_world as world  # noqa: E402
from scenario import Scenario, main  # noqa: E402


class Evidence(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory(prefix="tallystick-e2e-")
        cls.folder = pathlib.Path(cls.directory.name)
        cls.s = Scenario(cls.folder)
        cls.s.init()
        cls.s.start()
        cls.csun, cls.lausd = (cls.s.enrol_institution(i, i.upper()) for i in ("csun", "lausd"))
        cls.pgarcia = cls.s.enrol_person("pgarcia")
        cls.mchen = cls.s.enrol_person("mchen", "compliance")
        cls.tables = {"csun": cls.folder / "candidates.csv", "lausd": cls.folder / "hr.csv"}
        candidates, hr = world.world()
        world.write_csv(cls.tables["csun"], world.CANDIDATE_COLUMNS, candidates)
        world.write_csv(cls.tables["lausd"], world.HR_COLUMNS, hr)
        cls.agreement = cls.conclude("csun-lausd-2026")

    @classmethod
    def tearDownClass(cls):
        cls.s.kill()
        cls.directory.cleanup()

    @classmethod
    def conclude(cls, identity):
        file = cls.folder / f"{identity}.toml"
        keys = cls.s.key_tables(cls.csun, ["lausd"], ["pgarcia"])
        file.write_text(world.agreement_text(keys, identity=identity), encoding="utf-8")
        return cls.s.conclude(file, [cls.csun, cls.lausd])

    def submit(self, agent, agreement):
        return agent.run("submit", agreement, self.tables[agent.home.name]).last_line()

    def question(self, name, **options):
        file = self.folder / f"{name}.toml"
        file.write_text(world.request_text("hired", **options), encoding="utf-8")
        return file

    def entries(self, event):
        shown = json.loads(self.pgarcia.run("log", "entries", "--since", "0", "--output", "json").out)
        return [entry for entry in shown if entry["event"] == event]

    def test_a_withdrawal_has_a_certificate_that_verifies_offline(self):
        digest = self.conclude("withdrawals-2026")
        submission = self.submit(self.csun, digest)
        first = self.csun.run("submissions", "withdraw", submission)
        path = self.csun.home / "certificates" / f"destruction-{submission}.txt"
        self.assertIn(str(path), first.out)
        text = path.read_text()
        self.assertIn(f"submission {submission}\n", text)
        self.assertIn("party csun\n", text)
        again = json.loads(self.csun.run("submissions", "withdraw", submission, "--output", "json").out)
        self.assertEqual(again["certificate"], str(path))
        self.assertEqual(again["certificate_text"], text)
        self.assertEqual(path.read_text(), text, "the same certificate")
        path.unlink()
        self.csun.run("submissions", "withdraw", submission)
        self.assertEqual(path.read_text(), text, "made anew by the matcher, byte for byte")
        self.assertEqual(len([e for e in self.entries("submission.destroyed") if e["subject"] == submission]), 1)
        self.s.stop()
        try:
            self.assertIn("verified", self.csun.run("submissions", "certificate", path).out)
            forged = self.folder / "forged.txt"
            forged.write_text(text.replace("party csun", "party ucla"))
            self.csun.run("submissions", "certificate", forged, expect=(65, 77, 82))
            # As a crash between the destruction of the data key and the removal of the chunks.
            left_behind = self.s.matcher.home / "data" / "chunks" / f"submission-{submission}"
            left_behind.mkdir(mode=0o700)
            (left_behind / ("0" * 64)).write_bytes(b"nobody can read this")
        finally:
            self.s.start()
        self.assertFalse(left_behind.exists(), "the start removes what a crash left")

    def test_a_revocation_certifies_what_it_destroyed_to_every_party(self):
        digest = self.conclude("revoked-2026")
        submissions = {agent: self.submit(agent, digest) for agent in (self.csun, self.lausd)}
        self.lausd.run("agreement", "revoke", digest, "--reason", "the study has ended")
        for agent, submission in submissions.items():
            path = agent.home / "certificates" / f"destruction-{submission}.txt"
            for _ in range(20):  # the matcher destroys within seconds
                if path.exists():
                    break
                agent.run("run", "--once", expect=(0, 75))
            self.assertIn("cause agreement-over\n", path.read_text())
            agent.run("submissions", "certificate", path)
            self.assertNotIn("certificate of destruction", agent.run("run", "--once").out, "collected once")
            self.assertEqual(len([e for e in self.entries("submission.destroyed") if e["subject"] == submission]), 1)

    def test_a_refused_request_has_one_entry_that_tells_the_rule(self):
        before = len(self.entries("request.refused"))
        file = self.question("years", years=["1999"])
        refused = self.pgarcia.run("request", "submit", file, "--output", "json", expect=77)
        error = json.loads((refused.out or refused.err).strip().splitlines()[-1])["error"]
        self.assertEqual(error["rule"], "AGR-FILTER-VALUE")
        self.assertRegex(error["clause"], r"^agreement csun-lausd-2026 line \d+$")
        entries = self.entries("request.refused")
        self.assertEqual(len(entries), before + 1)
        self.assertEqual(entries[-1]["actor"], "pgarcia")
        self.assertEqual(entries[-1]["rule"], "AGR-FILTER-VALUE")
        self.pgarcia.run("log", "verify")

    def test_a_denial_tells_whose_rule_it_is_and_the_persons_words(self):
        for agent in (self.csun, self.lausd):
            self.submit(agent, self.agreement)
        denied = self.pgarcia.run("request", "submit", self.question("denied")).last_line()
        self.lausd.run("requests", "deny", denied, "--reason", "ask again after the board has met")
        shown = json.loads(self.pgarcia.run("request", "show", denied, "--output", "json").out)
        self.assertEqual((shown["refused_by"], shown["rule"]), ("lausd", "AGR-DENIED"))
        self.assertEqual(shown["reason"], "ask again after the board has met")
        waited = self.pgarcia.run("request", "wait", denied, "--timeout", "2s", expect=77)
        self.assertIn("ask again after the board has met", waited.everything)
        self.assertIn("lausd", waited.everything)

        # A rule of the agent's own: it withdrew the submission, whatever the matcher knows of that.
        asked = self.pgarcia.run("request", "submit", self.question("own-rule")).last_line()
        for folder in (self.csun.home / "submissions").iterdir():
            (folder / "withdrawn").touch()
        self.csun.run("run", "--once")
        shown = json.loads(self.pgarcia.run("request", "show", asked, "--output", "json").out)
        self.assertEqual((shown["refused_by"], shown["rule"]), ("csun", "REL-OWN-ROOT"))
        self.assertRegex(shown["clause"], r"^agreement csun-lausd-2026 line [1-9]\d+$")
        self.assertIn("submission that this agent made", shown["would_pass"])
        self.assertIn("REL-OWN-ROOT",
                      self.pgarcia.run("request", "wait", asked, "--timeout", "2s", expect=(77, 80)).everything)

    def test_who_was_turned_away_is_in_the_log_when_the_matcher_stops(self):
        before = len(self.entries("service.refusals"))
        ucla = self.s.enrol_institution("ucla", "UCLA")
        self.s.matcher.run("revoke-member", "ucla")
        ucla.run("status", expect=77)
        self.s.stop()
        self.s.start()
        self.assertGreater(len(self.entries("service.refusals")), before, "a minute of refusals was lost")


if __name__ == "__main__":
    main()
