#!/usr/bin/env python3
"""New keys for an agreement with measures, and a home that has lost its share of the joint key.

    rotation_test.py --bin build/dev/bin [-v] [TestClass.test_name]
"""
import json
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from measures_test import World, read  # noqa: E402
from scenario import main  # noqa: E402

KEYS = ("secret.key", "share.key")
AGREEMENT = "csun-lausd-2026"


class Case(unittest.TestCase):
    def setUp(self):
        self.w = w = World()
        self.addCleanup(w.close)
        self.s, self.csun, self.lausd, self.pgarcia = w.scenario, w.csun, w.lausd, w.pgarcia

    def rotate(self, agent, name=AGREEMENT):
        return json.loads(agent.run("--output", "json", "agreement", "rotate", name).out)

    def shown(self, agent, digest):
        return json.loads(agent.run("--output", "json", "agreement", "show", digest).out)

    def status(self, agent):
        """All that status has to say besides numbers, which it says to people too."""
        facts = json.loads(agent.run("--output", "json", "status").out)
        notices = [text for name, text in facts.items() if name.startswith(f"notice.{AGREEMENT}")]
        said = agent.run("status").out
        for notice in notices:
            self.assertIn(notice, said)
        return "\n".join(notices)

    def sign(self, agent, rotation):
        agent.run("agreement", "sign", rotation["digest"][:8], "--confirm-fingerprint", rotation["fingerprint"])

    def rounds(self, count=3):
        for _ in range(count):
            for agent in self.w.agents:
                agent.run("run", "--once")

    def activate(self, rotation, by):
        self.sign(by, rotation)
        self.rounds()
        for agent in self.w.agents:
            self.assertEqual(self.shown(agent, rotation["digest"])["state"], "active")

    def keys(self, agent, digest):
        folder = agent.home / "agreements" / digest
        return [folder / name for name in KEYS + ("ceremony.key",) if (folder / name).exists()]

    def refused(self, outcome, rule):
        error = json.loads(outcome.out or outcome.err)["error"]
        self.assertEqual(error["rule"], rule, outcome)
        self.assertTrue(error["would_pass"], outcome)
        return error

    def ask(self, output, expect, question):
        """Asks for an output in other words, so that it is another request."""
        return self.pgarcia.run("--output", "json", "request", "submit", self.w.request(output, question=question), expect=expect)

    def release(self, output, name, question):
        out = self.w.folder / name
        self.s.release(self.pgarcia, self.w.request(output, question=question), self.w.agents, out)
        self.pgarcia.run("release", "verify", out)
        return read(out / "table.csv")


class Rotation(Case):
    def test_new_keys_end_what_was_submitted_under_the_old(self):
        first = self.w.digest
        before = self.release("hours_of_all", "before", "Before?")
        # A second name for each key file, to see that the bytes are gone and not the name alone.
        old = {}
        for agent in self.w.agents:
            for path in self.keys(agent, first):
                old[path] = self.w.folder / f"{agent.home.name}-{path.name}"
                os.link(path, old[path])
        self.assertEqual(len(old), 4)

        rotation = self.rotate(self.csun)
        self.assertEqual((rotation["version"], rotation["awaits_signature_of"]), ("2", "lausd"))
        for word in ("candidates (csun)", "hr (lausd)"):
            self.assertIn(word, rotation["then_submit_again"])
        exported = self.w.folder / "second.toml"
        self.csun.run("agreement", "export", rotation["digest"], "--out", exported)
        self.assertEqual(exported.read_text(encoding="utf-8"), self.w.file.read_text(encoding="utf-8").replace(
            "version = 1\n", f'version = 2\nreplaces = "sha256:{first}"\n'))

        # Again, in words this time: nothing happens, and the same is told.
        size = len(self.pgarcia.run("log", "entries").out.splitlines())
        again = self.csun.run("agreement", "rotate", AGREEMENT)
        self.assertEqual(again.last_line(), rotation["digest"])
        self.assertEqual(self.rotate(self.csun), rotation)
        self.assertEqual(len(self.pgarcia.run("log", "entries").out.splitlines()), size)

        # One signature changes nothing; the other side is told what waits for it.
        self.rounds(1)
        self.assertEqual(self.shown(self.csun, first)["state"], "active")
        self.assertIn("waits for this institution", self.status(self.lausd))
        self.assertIn(rotation["digest"][:8], self.lausd.run("agreement", "list").out)
        self.lausd.run("agreement", "sign", rotation["digest"][:8], "--confirm-fingerprint", "1" * 48, expect=(1, 77))
        self.activate(rotation, self.lausd)
        self.assertEqual(self.shown(self.csun, rotation["digest"])["epoch"], "2")
        self.assertEqual(self.shown(self.csun, first)["state"], "superseded")

        self.rounds(1)
        for agent in self.w.agents:
            self.assertEqual(self.keys(agent, first), [], "old keys are not destroyed")
            self.assertEqual([p.name for p in self.keys(agent, rotation["digest"])], list(KEYS))
        for path, copy in old.items():
            self.assertEqual(copy.read_bytes().strip(b"\0"), b"", f"{path} was removed and not overwritten")

        # Old submissions are not counted, and both are told.
        self.assertIn("submit again: candidates", self.status(self.csun))
        self.assertIn("submit again: hr", self.status(self.lausd))
        self.refused(self.ask("hours_of_all", 77, "Of the old ones?"), "AGR-NO-SUBMISSION")
        listed = json.loads(self.csun.run("--output", "json", "submissions", "list", AGREEMENT).out)
        self.assertEqual([row["state"] for row in listed], ["of-another-version"] * 2)
        self.csun.run("submit", AGREEMENT, self.w.files[0])
        self.assertEqual(self.status(self.csun), "")
        self.refused(self.ask("hours_of_all", 77, "Of one new one?"), "AGR-NO-SUBMISSION")
        self.lausd.run("submit", AGREEMENT, self.w.files[1])
        self.assertEqual(self.release("hours_of_all", "after", "After?"), before)

        self.refused(self.csun.run("--output", "json", "agreement", "rotate", first, expect=77), "AGR-SUPERSEDED")
        third = self.rotate(self.lausd)
        self.assertEqual((third["version"], third["awaits_signature_of"]), ("3", "csun"))
        for program in (self.csun, self.lausd, self.pgarcia):
            program.run("log", "verify")

    def test_rivals_are_named_and_what_cannot_be_rotated_is_refused(self):
        other = self.w.folder / "other.toml"
        other.write_text(self.w.file.read_text(encoding="utf-8").replace("min_cell = 11", "min_cell = 12").replace(
            "version = 1\n", f'version = 2\nreplaces = "sha256:{self.w.digest}"\n'), encoding="utf-8")
        rival = self.lausd.run("agreement", "propose", other).find(r"\b[0-9a-f]{64}\b")
        self.assertIn(rival, self.rotate(self.csun)["other_amendments"])
        # Turned down, it is proposed again, and is another one.
        turned_down = self.rotate(self.csun)["digest"]
        self.lausd.run("agreement", "revoke", turned_down, "--reason", "not yet")
        again = self.rotate(self.csun)
        self.assertEqual((again["version"], again["state"], again["awaits_signature_of"]), ("2", "proposed", "lausd"))
        self.assertNotEqual(again["digest"], turned_down)
        self.assertEqual(self.rotate(self.csun), again)
        self.csun.run("agreement", "rotate", "no-such-agreement", expect=(66, 77))
        self.csun.run("agreement", "rotate", expect=2)
        self.lausd.run("agreement", "revoke", self.w.digest, "--reason", "the study has ended")
        self.refused(self.csun.run("--output", "json", "agreement", "rotate", self.w.digest, expect=77), "AGR-REVOKED")


class LostShare(Case):
    def lose(self, agent, digest):
        (agent.home / "agreements" / digest / "share.key").unlink()

    def test_a_home_without_its_share_says_so_and_a_rotation_mends_it(self):
        self.assertEqual(self.status(self.csun), "")
        waiting = self.pgarcia.run("request", "submit", self.w.request("scores")).last_line()
        self.lose(self.csun, self.w.digest)
        told = self.status(self.csun)
        for words in ("cannot be opened any more", "agreement rotate " + AGREEMENT, "submit every dataset again"):
            self.assertIn(words, told)
        self.assertIn("has lost its share", self.csun.run("doctor", expect=1).out)
        self.assertIn("cannot be opened any more", self.csun.run("requests", "show", waiting).out)
        error = self.refused(self.csun.run("--output", "json", "requests", "approve", waiting, expect=77), "AGR-SHARE-LOST")
        self.assertIn("submitted again", error["would_pass"])
        # Who asked reads why.
        self.assertIn("AGR-SHARE-LOST", self.pgarcia.run("request", "wait", waiting, "--timeout", "20s", expect=77).err)
        # A table without measures needs no share.
        self.release("hired", "hired", "Counts alone?")

        rotation = self.rotate(self.csun)
        self.activate(rotation, self.lausd)
        self.assertIn("submit again: candidates", self.status(self.csun))
        self.w.submit()
        self.assertEqual([self.status(agent) for agent in self.w.agents], ["", ""])
        self.csun.run("doctor")
        table = self.release("hours_of_all", "hours_of_all", "And now?")
        self.assertTrue(any(row["clinical_hours_mean_status"] == "F" for row in table))

    def test_a_home_without_any_key_of_the_agreement_says_so_and_a_rotation_mends_it(self):
        for path in self.keys(self.csun, self.w.digest):
            path.unlink()
        told = self.status(self.csun)
        for words in ("its keys are not here", "agreement rotate " + AGREEMENT, "submit every dataset again"):
            self.assertIn(words, told)
        self.assertIn("agreement rotate", self.csun.run("submit", AGREEMENT, self.w.files[0], expect=(77, 78)).err)
        self.csun.run("run", "--once")
        self.activate(self.rotate(self.csun), self.lausd)
        self.w.submit()
        self.assertEqual(self.status(self.csun), "")
        self.release("hours_of_all", "hours", "With new keys?")

    def test_a_share_lost_after_the_approval_refuses_the_release_and_the_other_side_may_rotate(self):
        request = self.pgarcia.run("request", "submit", self.w.request("hours_of_all")).last_line()
        for agent in self.w.agents:
            agent.run("run", "--once")
        for _ in range(60):
            if "protected" in self.pgarcia.run("request", "show", request).out:
                break
            self.pgarcia.run("request", "wait", request, "--timeout", "1s", expect=81)
        else:
            self.fail("the table was never protected")
        self.lose(self.csun, self.w.digest)
        for agent in (self.lausd, self.csun):
            agent.run("run", "--once")
        self.assertIn("AGR-SHARE-LOST", self.pgarcia.run("request", "wait", request, "--timeout", "20s", expect=(77, 80)).err)

        self.activate(self.rotate(self.lausd), self.csun)
        self.w.submit()
        self.release("hours_of_all", "hours_of_all", "With new keys?")


if __name__ == "__main__":
    main()
