#!/usr/bin/env python3
"""A matcher is restored from a backup that is older than what the institutions have seen.

    restore_test.py --bin build/dev/bin [-v]
"""
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import small_world as world  # noqa: E402
from scenario import Scenario, main  # noqa: E402


class Restore(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tallystick-e2e-"))
        self.scenario = s = Scenario(self.folder)
        s.init()
        s.start()
        self.csun, self.lausd = s.enrol_institution("csun", "CSUN"), s.enrol_institution("lausd", "LAUSD")
        self.pgarcia = s.enrol_person("pgarcia")
        file = self.folder / "agreement.toml"
        file.write_text(world.agreement_text(s.key_tables(self.csun, ["lausd"], ["pgarcia"])), encoding="utf-8")
        self.digest = s.conclude(file, [self.csun, self.lausd])
        candidates, hr = world.world()
        self.files = {}
        for agent, columns, rows in ((self.csun, world.CANDIDATE_COLUMNS, candidates), (self.lausd, world.HR_COLUMNS, hr)):
            self.files[agent] = self.folder / f"{agent.home.name}.csv"
            world.write_csv(self.files[agent], columns, rows)
        self.kept = self.submit(self.csun)
        for program in (self.csun, self.lausd, self.pgarcia):
            program.run("log", "verify")

    def tearDown(self):
        self.scenario.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def submit(self, agent):
        return agent.run("submit", self.digest, self.files[agent]).last_line()

    def restore(self, backup):
        """Puts the backup in the place of the matcher; returns the checkpoint that it prints."""
        s, home = self.scenario, self.scenario.matcher.home
        s.stop()
        old = self.folder / f"old-{backup.name}"
        home.rename(old)
        home.mkdir(mode=0o700)
        shutil.copy(old / "matcher.toml", home)
        for part in ("keys", "keystore"):
            shutil.copytree(old / part, home / part)
        left = home / "audit" / "log.restoring"  # of a restore that was interrupted
        left.mkdir(parents=True, mode=0o700)
        (left / "half-a-segment").write_bytes(b"half")
        said = s.matcher.run("restore", "--from", backup)
        self.assertFalse(left.exists())
        s.matcher.run("fsck", expect=(0, 91))
        s.start()
        return said.last_line()

    def accept(self, program, checkpoint):
        report = program.run("log", "accept-restore", expect=82)
        self.assertIn(checkpoint, report.out)
        program.run("log", "accept-restore", "--checkpoint", checkpoint)
        program.run("log", "verify")
        return report

    def test_agents_stop_say_what_is_lost_and_follow_after_a_person_consents(self):
        backup = self.folder / "backup"
        self.scenario.matcher.run("backup", "--to", backup)
        lost = self.submit(self.lausd)
        for program in (self.csun, self.lausd, self.pgarcia):
            program.run("log", "verify")
        self.csun.run("log", "accept-restore", expect=77)  # there is nothing to accept
        checkpoint = self.restore(backup)
        self.assertRegex(checkpoint, r"^\d+:[0-9a-f]{64}$")

        for agent in (self.csun, self.lausd):
            stopped = agent.run("run", "--once", expect=82)
            self.assertIn("log.verify-restored", stopped.err)
            self.assertIn("accept-restore", stopped.err)
        self.pgarcia.run("log", "verify", expect=82)

        size, root = checkpoint.split(":")
        for wrong in (f"{int(size) - 1}:{root}", f"{size}:{'0' * 64}", "yes"):
            refused = self.lausd.run("log", "accept-restore", "--checkpoint", wrong, expect=82)
            self.assertIn("log.verify-confirmation", refused.err)
        self.lausd.run("run", "--once", expect=82)

        self.assertNotIn(self.kept, self.accept(self.csun, checkpoint).out)
        report = self.accept(self.lausd, checkpoint)
        self.assertIn(lost, report.out, "the receipt that is no longer covered")
        self.assertRegex(report.out, r"lost_entries +[1-9]")
        self.assertRegex(report.out, r"states_compared +[1-9]")
        self.accept(self.pgarcia, checkpoint)
        evidence = (self.lausd.home / "checkpoint-before-restore-1").read_text(encoding="utf-8")
        self.assertNotIn("restored-1", evidence)

        # What was lost is sent again, and work goes on.
        self.assertNotIn(lost, self.lausd.run("submissions", "list", self.digest).out)
        again = self.submit(self.lausd)
        self.assertNotEqual(again, lost)
        request = self.folder / "request.toml"
        request.write_text(world.request_text("hired"), encoding="utf-8")
        self.scenario.release(self.pgarcia, request, [self.csun, self.lausd], self.folder / "release")
        self.pgarcia.run("release", "verify", self.folder / "release")

        # And once more: the second restore names the first.
        second = self.folder / "second"
        self.scenario.matcher.run("backup", "--to", second)
        checkpoint = self.restore(second)
        for program in (self.csun, self.lausd, self.pgarcia):
            self.assertRegex(self.accept(program, checkpoint).out, r"lost_entries +0")
        self.assertIn("restored-2-at-" + checkpoint.split(":")[0], self.csun.run("log", "verify").out)

    def test_another_history_is_refused_whatever_a_person_says(self):
        backup = self.folder / "backup"
        self.scenario.matcher.run("backup", "--to", backup)
        old = self.folder / "before"
        shutil.copytree(self.csun.home, old)
        # What csun remembers is bent: the restored log is another history than that.
        seen = self.csun.home / "checkpoints"
        lines = seen.read_text(encoding="utf-8").splitlines()
        self.assertGreater(len(lines), 1)
        size, _ = lines[0].split(" ")
        seen.write_text("\n".join([f"{size} {'1' * 64}", *lines[1:]]) + "\n", encoding="utf-8")
        checkpoint = self.restore(backup)
        for words in ([], ["--checkpoint", checkpoint]):
            refused = self.csun.run("log", "accept-restore", *words, expect=82)
            self.assertIn("log.verify-fork", refused.err)
        self.csun.run("run", "--once", expect=82)


if __name__ == "__main__":
    main()
