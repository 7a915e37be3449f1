#!/usr/bin/env python3
"""P15, P16: a matcher whose log shrank, forked or was rewritten is found by every member within one
round, and gets nothing from them.

The attack is the simplest one there is: the matcher's whole home is exchanged for an older copy,
which is consistent in itself, and goes on with other entries, properly signed. Only members who
remember can tell; a member without memory (the control) sees nothing wrong.

    log_history_test.py --bin build/dev/bin [-v]
"""
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import small_world as world  # noqa: E402
from scenario import Scenario, main  # noqa: E402

LOG_NOT_VERIFIED = 82


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


class LogHistory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tallystick-e2e-"))
        cls.s = Scenario(cls.folder)
        try:
            cls.walk()
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.s.kill()
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def walk(cls):
        """A request waits for its approvals; then a copy is put aside, and everybody sees more of the log."""
        s = cls.s
        s.init()
        s.start()
        cls.csun, cls.lausd = s.enrol_institution("csun", "CSUN"), s.enrol_institution("lausd", "LAUSD")
        cls.agents, cls.pgarcia = [cls.csun, cls.lausd], s.enrol_person("pgarcia")
        file = cls.folder / "agreement.toml"
        file.write_text(world.agreement_text(s.key_tables(cls.csun, ["lausd"], ["pgarcia"])), encoding="utf-8")
        cls.digest = s.conclude(file, cls.agents)
        candidates, hr = world.world()
        cls.candidates, cls.hr = cls.folder / "candidates.csv", cls.folder / "hr.csv"
        world.write_csv(cls.candidates, world.CANDIDATE_COLUMNS, candidates)
        world.write_csv(cls.hr, world.HR_COLUMNS, hr)
        cls.csun.run("submit", cls.digest, cls.candidates)
        cls.lausd.run("submit", cls.digest, cls.hr)
        cls.question, cls.another = cls.folder / "hired.toml", cls.folder / "retention.toml"
        cls.question.write_text(world.request_text("hired"), encoding="utf-8")
        cls.another.write_text(world.request_text("retention"), encoding="utf-8")
        cls.waiting = cls.pgarcia.run("request", "submit", cls.question).last_line()

        # A member without memory: pgarcia's keys, and no checkpoint.
        cls.forgetful = s.person("forgetful")
        s.stop()
        cls.older = cls.folder / "matcher-older"
        shutil.copytree(s.matcher.home, cls.older, symlinks=True)
        s.start()
        for number in range(3):
            s.invite("researcher", f"guest-{number}")
        for member in (*cls.agents, cls.pgarcia):
            member.run("log", "verify")
        cls.remembered = cls.size_of(cls.pgarcia)
        s.stop()
        cls.newest = cls.folder / "matcher-newest"
        shutil.copytree(s.matcher.home, cls.newest, symlinks=True)

    @staticmethod
    def size_of(member):
        return int(json.loads(member.run("--output", "json", "log", "verify").out)["entries"])

    def tearDown(self):
        self.s.kill()

    # -- the attack ----------------------------------------------------------------------------

    def put_back(self, copy):
        shutil.rmtree(self.s.matcher.home)
        shutil.copytree(copy, self.s.matcher.home, symlinks=True)

    def forget(self):
        shutil.rmtree(self.forgetful.home, ignore_errors=True)
        shutil.copytree(self.pgarcia.home, self.forgetful.home)
        (self.forgetful.home / "checkpoint").unlink()

    def without_memory(self, *words):
        self.forget()
        return json.loads(self.forgetful.run("--output", "json", *words).out)

    def attack(self, size):
        """The older copy, with other entries until the log has `size` (None: with no others)."""
        self.put_back(self.older)
        self.s.start()
        number = 0
        while size is not None and int(self.without_memory("log", "verify")["entries"]) < size:
            self.s.invite("researcher", f"other-{number}")
            number += 1
        return int(self.without_memory("log", "verify")["entries"])

    def refused(self, member, *words, how):
        """Ends with 82 and the reason, and leaves the member's memory as it was."""
        checkpoint = (member.home / "checkpoint").read_bytes()
        outcome = member.run(*words, expect=LOG_NOT_VERIFIED)
        self.assertIn(how, outcome.err)
        self.assertEqual((member.home / "checkpoint").read_bytes(), checkpoint, "a refused log is remembered")
        return outcome

    def check_everybody_refuses(self, how):
        before = self.without_memory("log", "verify")["entries"]
        for agent, file in ((self.csun, self.candidates), (self.lausd, self.hr)):
            prepared = files_of(agent.home / "submissions")
            self.refused(agent, "run", "--once", how=how)
            self.refused(agent, "submit", self.digest, file, how=how)
            self.refused(agent, "requests", "approve", self.waiting, how=how)
            self.refused(agent, "log", "verify", how=how)
            self.assertEqual(files_of(agent.home / "submissions"), prepared, "a file was encoded for a forked log")
            self.assertIn(how, agent.run("doctor", expect=1).out)
        self.refused(self.pgarcia, "request", "submit", self.another, how=how)
        self.refused(self.pgarcia, "log", "verify", how=how)
        self.refused(self.pgarcia, "report", self.digest, "--out", self.folder / "report", how=how)
        # The log itself is flawless, and nothing came into it: no approval, no submission, no request.
        self.assertEqual(self.without_memory("log", "verify")["entries"], before)
        shown = self.without_memory("request", "show", self.waiting)
        self.assertEqual(shown["state"], "submitted", shown)

    # -- what is found ---------------------------------------------------------------------------

    def test_a_log_that_shrank_ends_with_82(self):
        size = self.attack(None)
        self.assertLess(size, self.remembered)
        self.check_everybody_refuses("log.verify-shrank")

    def test_a_log_rewritten_to_the_same_size_ends_with_82(self):
        self.assertEqual(self.attack(self.remembered), self.remembered)
        self.check_everybody_refuses("log.verify-fork")

    def test_a_log_that_forked_and_grew_ends_with_82(self):
        self.assertGreater(self.attack(self.remembered + 3), self.remembered)
        self.check_everybody_refuses("log.verify-fork")

    def test_the_log_that_goes_on_is_followed_and_the_request_released(self):
        """The same members, the same commands, the right log: what the attacks above hold back."""
        self.put_back(self.newest)
        self.s.start()
        for agent in self.agents * 3:
            agent.run("run", "--once")
        self.pgarcia.run("request", "wait", self.waiting, "--timeout", "20s", expect=(0, 81))
        for agent in self.agents * 2:
            agent.run("run", "--once")
        self.pgarcia.run("request", "wait", self.waiting, "--timeout", "20s")
        for member in (*self.agents, self.pgarcia):
            member.run("log", "verify")


if __name__ == "__main__":
    main()
