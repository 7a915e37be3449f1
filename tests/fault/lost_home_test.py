#!/usr/bin/env python3
"""What docs/operations.md says of a lost agent home: enrol anew, amend, submit again.

    lost_home_test.py --bin build/dev/bin [-v]
"""
import csv
import json
import pathlib
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).resolve().parents[1] / "e2e")]
import small_world as world  # noqa: E402
from scenario import Scenario, main  # noqa: E402


class LostHome(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tallystick-fault-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.s = s = Scenario(self.folder / "run")
        self.addCleanup(s.kill)
        s.init()
        s.start()
        self.csun, self.lausd = s.enrol_institution("csun", "CSUN"), s.enrol_institution("lausd", "LAUSD")
        self.pgarcia = s.enrol_person("pgarcia")
        candidates, hr = world.world()
        self.candidates, self.hr = self.folder / "candidates.csv", self.folder / "hr.csv"
        world.write_csv(self.candidates, world.CANDIDATE_COLUMNS, candidates)
        world.write_csv(self.hr, world.HR_COLUMNS, hr)

    def replacement(self, stolen=False):
        """A new home of csun, with an invitation of its own."""
        if stolen:
            self.s.matcher.run("revoke-member", "csun")
            self.assertIn("revoked", self.csun.run("status", expect=77).err)
        agent = self.s.agent("csun")
        agent.home = self.s.folder / "agents-2" / "csun"
        code = self.s.invite("institution", "csun", "--name", "CSUN")
        agent.run("enrol", "--id", "csun", "--name", "CSUN", "--invitation", code)
        return agent

    def write(self, agent, version, replaces=None):
        """The agreement with the keys that the directory has now; as an amendment, where it replaces one."""
        text = world.agreement_text(self.s.key_tables(agent, ["lausd"], ["pgarcia"]))
        text = text.replace("version = 1\n", f"version = {version}\n" + (f'replaces = "sha256:{replaces}"\n' if replaces else ""))
        file = self.folder / f"agreement-{version}.toml"
        file.write_text(text, encoding="utf-8")
        return file

    def ask(self, name, output="hired", years=None):
        file = self.folder / f"{name}.toml"
        file.write_text(world.request_text(output, years=years), encoding="utf-8")
        return file

    def counts(self, folder):
        with open(folder / "table.csv", newline="", encoding="utf-8") as table:
            return {(r["pathway"], r["employed"]): int(r["count"]) for r in csv.DictReader(table)}

    def shown(self, agent, digest):
        return json.loads(agent.run("--output", "json", "agreement", "show", digest).out)

    def test_a_lost_home_is_replaced_by_a_new_one_and_an_amendment(self):
        s, lausd, pgarcia = self.s, self.lausd, self.pgarcia
        first = s.conclude(self.write(self.csun, 1), [self.csun, lausd])
        self.csun.run("submit", first, self.candidates)
        lausd.run("submit", first, self.hr)
        released = s.release(pgarcia, self.ask("before"), [self.csun, lausd], self.folder / "before")
        waiting = pgarcia.run("request", "submit", self.ask("waiting", "retention")).last_line()

        csun = self.replacement()
        # Whoever finds the lost home can do nothing with it: the matcher knows other keys now.
        self.assertIn("registered", self.csun.run("status", expect=77).err)
        # What was signed with the lost keys is of no use in the new home, and it says what to do.
        for words in (["submit", first, self.candidates], ["preview", first, self.candidates]):
            refused = csun.run(*words, expect=77)
            self.assertIn("amend", refused.err)
        digits = csun.run("agreement", "fingerprint", first).out.strip()
        self.assertIn("AGR-OWN-KEYS", csun.run("agreement", "sign", first, "--confirm-fingerprint", digits, expect=77).err)
        self.assertIn("amend", csun.run("doctor", expect=(0, 1)).out)
        for agent in (csun, lausd, csun, lausd):
            agent.run("run", "--once")
        pgarcia.run("request", "wait", waiting, "--timeout", "1s", expect=81)

        second = s.conclude(self.write(csun, 2, first), [csun, lausd])
        for agent in (csun, lausd):
            shown = self.shown(agent, second)
            self.assertEqual((shown["state"], shown["epoch"], shown["chain"]), ("active", "2", first))
            self.assertEqual(self.shown(agent, first)["state"], "superseded")
            agent.run("run", "--once")
        self.assertEqual([p.parent.name for p in lausd.home.glob("agreements/*/secret.key")], [second],
                         "the secret of the version before is not destroyed")
        self.assertIn("AGR-SUPERSEDED", pgarcia.run("request", "wait", waiting, "--timeout", "20s", expect=77).err)

        # Submissions of the first epoch count no more.
        self.assertIn("submission", pgarcia.run("request", "submit", self.ask("early"), expect=77).err)
        csun.run("submit", second, self.candidates)
        lausd.run("submit", second, self.hr)
        s.release(pgarcia, self.ask("after"), [csun, lausd], self.folder / "after")
        pgarcia.run("release", "verify", self.folder / "after")
        self.assertEqual(self.counts(self.folder / "after"), world.true_counts("hired"))

        pgarcia.run("release", "fetch", released, "--out", self.folder / "again")
        pgarcia.run("release", "verify", self.folder / "again")
        self.assertEqual(self.counts(self.folder / "again"), self.counts(self.folder / "before"))
        # Its labels were sealed to keys that are lost: the new home cannot read it, and says so.
        refused = csun.run("release", "fetch", released, "--out", self.folder / "unreadable", expect=77)
        self.assertIn("another recipient", refused.err)
        for program in (csun, lausd, pgarcia):
            program.run("log", "verify")
        s.stop()
        s.matcher.run("fsck")

    def test_a_home_lost_twice_reads_the_whole_history(self):
        """Nobody's memory is needed: the chain is in the bytes that each version's fingerprint covers."""
        first = self.s.conclude(self.write(self.csun, 1), [self.csun, self.lausd])
        second = self.s.conclude(self.write(self.csun, 2, first), [self.csun, self.lausd])
        csun = self.replacement(stolen=True)
        third = self.s.conclude(self.write(csun, 3, second), [csun, self.lausd])
        self.assertEqual((self.shown(csun, third)["epoch"], self.shown(csun, third)["chain"]), ("3", first))
        csun.run("submit", third, self.candidates)

    def test_the_new_home_rotates_instead_of_writing_the_amendment_by_hand(self):
        s, lausd = self.s, self.lausd
        file = self.write(self.csun, 1)
        first = s.conclude(file, [self.csun, lausd])
        csun = self.replacement()
        self.assertIn("agreement rotate csun-lausd-2026", csun.run("status").out)
        # The other side cannot: the text that it signed names keys that are no longer enrolled.
        self.assertIn("enrolled", lausd.run("agreement", "rotate", "csun-lausd-2026", expect=77).err)
        rotation = json.loads(csun.run("--output", "json", "agreement", "rotate", "csun-lausd-2026").out)
        # It is made from what the matcher shows, so a person compares it on this side too.
        self.assertEqual((rotation["version"], rotation["awaits_signature_of"]), ("2", "csun, lausd"))
        self.assertEqual(csun.run("agreement", "rotate", "csun-lausd-2026").last_line(), rotation["digest"])
        out = self.folder / "rotated.toml"
        csun.run("agreement", "export", rotation["digest"], "--out", out)
        self.assertEqual(s.conclude(out, [csun, lausd]), rotation["digest"])
        old, new = file.read_text(encoding="utf-8").splitlines(), out.read_text(encoding="utf-8").splitlines()
        self.assertEqual(sorted(line.split()[0] for line in set(new) - set(old)),
                         ["replaces", "sealing_key", "signing_key", "version"])
        for agent, data in ((csun, self.candidates), (lausd, self.hr)):
            agent.run("submit", "csun-lausd-2026", data)
        s.release(self.pgarcia, self.ask("after"), [csun, lausd], self.folder / "after")
        self.assertEqual(self.counts(self.folder / "after"), world.true_counts("hired"))

    def test_an_amendment_that_does_not_follow_or_names_lost_keys_is_refused(self):
        lost = self.write(self.csun, 1)
        first = self.s.conclude(lost, [self.csun, self.lausd])
        csun = self.replacement()
        for version, replaces in ((2, "0" * 64), (3, first)):
            csun.run("agreement", "propose", self.write(csun, version, replaces), expect=(65, 77))
        stale = self.folder / "stale.toml"
        stale.write_text(lost.read_text(encoding="utf-8").replace("version = 1\n", f'version = 2\nreplaces = "sha256:{first}"\n'),
                         encoding="utf-8")
        self.assertIn("keys", csun.run("agreement", "propose", stale, expect=77).err)
        self.assertEqual(self.shown(self.lausd, first)["state"], "active")


if __name__ == "__main__":
    main()
