#!/usr/bin/env python3
"""P1-P4: kill -9 of matcher or agent at random moments of uploads, ceremonies and releases.

After every kill the programs start again, what was acknowledged is still there, what was interrupted
goes on, and in the end every release is the true table. TALLYSTICK_SEED chooses the moments.
(A kill alone proves little of durability; the power-cut tests do that.)

    kill_test.py --bin build/dev/bin [-v]
"""
import csv
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import small_world as world  # noqa: E402
from scenario import Scenario, main  # noqa: E402

MOMENTS = 30


class Kill(unittest.TestCase):
    def test_30_kills_at_random_moments_lose_nothing_acknowledged(self):
        seed = int(os.environ.get("TALLYSTICK_SEED", "0")) or random.randrange(1, 1 << 30)
        print(f"TALLYSTICK_SEED={seed}")
        self.rng = random.Random(seed)
        with tempfile.TemporaryDirectory(prefix="tallystick-e2e-") as folder:
            self.s = Scenario(folder)
            try:
                self.walk(pathlib.Path(folder))
            finally:
                self.s.kill()

    def interrupted(self, program, words, longest):
        """Runs `words` and kills the program or the matcher after a random time; both live again after it."""
        victim = self.rng.choice(("matcher", "program"))
        process = program.spawn(*words)
        time.sleep(self.rng.uniform(0, longest))
        if victim == "matcher":
            self.s.kill()
            try:
                process.wait(15)  # it may be patient; what it started must not be lost
            except subprocess.TimeoutExpired:
                process.kill()
            process.wait()
            self.s.start()
        else:
            process.kill()
            process.wait()

    def timed(self, program, words):
        began = time.monotonic()
        outcome = program.run(*words)
        return outcome, time.monotonic() - began

    def walk(self, folder):
        s = self.s
        s.init()
        s.start()
        agents = [csun, lausd] = [s.enrol_institution("csun", "CSUN"), s.enrol_institution("lausd", "LAUSD")]
        pgarcia = s.enrol_person("pgarcia")
        file = folder / "agreement.toml"
        file.write_text(world.agreement_text(s.key_tables(csun, ["lausd"], ["pgarcia"])).replace(
            "max_submissions   = 12", "max_submissions   = 500"), encoding="utf-8")
        candidates, hr = world.world()
        world.write_csv(folder / "candidates.csv", world.CANDIDATE_COLUMNS, candidates)
        world.write_csv(folder / "hr.csv", world.HR_COLUMNS, hr)
        request = folder / "hired.toml"
        request.write_text(world.request_text("hired"), encoding="utf-8")

        # The ceremony, killed while it runs; conclude() finishes it.
        digest = csun.run("agreement", "propose", file).find(r"\b[0-9a-f]{64}\b")
        for agent in agents:
            self.interrupted(agent, ["run", "--once"], 0.2)
            digits = agent.run("agreement", "fingerprint", digest).out.strip()
            self.interrupted(agent, ["agreement", "sign", digest, "--confirm-fingerprint", digits], 0.2)
            agent.run("agreement", "sign", digest, "--confirm-fingerprint", digits)
            self.interrupted(agent, ["run", "--once"], 0.2)
        for _ in range(4):
            for agent in agents:
                agent.run("run", "--once")
        self.assertRegex(csun.run("agreement", "show", digest).out, r"\bactive\b")

        # Uploads: what was acknowledged stays, what was interrupted goes on.
        acknowledged = {csun: [], lausd: []}
        longest = 0.0
        for turn in range(MOMENTS - 12):
            agent, table = ((csun, "candidates.csv"), (lausd, "hr.csv"))[turn % 2]
            words = ["submit", digest[:8], str(folder / table)]
            if longest:
                self.interrupted(agent, words, longest * 1.1)
            outcome, took = self.timed(agent, words)
            longest = max(longest, min(took, 3.0))
            acknowledged[agent].append(outcome.last_line())
            listed = agent.run("submissions", "list", digest[:8]).out
            for submission in acknowledged[agent]:
                self.assertIn(submission, listed, f"turn {turn}: acknowledged and lost")

        # Releases: the same request, again and again, interrupted at each step.
        for turn in range(6):
            agent = agents[turn % 2]
            identifier = pgarcia.run("request", "submit", request).last_line()
            self.interrupted(agent, ["run", "--once"], 0.5)
            released = False
            for _ in range(12):
                for each in agents:
                    each.run("run", "--once")
                released = pgarcia.run("request", "wait", identifier, "--timeout", "2s", expect=(0, 81)).code == 0
                if released:
                    break
            self.assertTrue(released, f"turn {turn}: not released")
            out = folder / f"release-{turn}"
            pgarcia.run("release", "fetch", identifier, "--out", out)
            pgarcia.run("release", "verify", out)
            with open(out / "table.csv", newline="", encoding="utf-8") as table:
                counts = {(r["pathway"], r["employed"]): int(r["count"]) for r in csv.DictReader(table)}
            self.assertEqual(counts, world.true_counts("hired"))
            self.assertEqual((out / "table.csv").read_bytes(), (folder / "release-0" / "table.csv").read_bytes())

        for agent in agents:
            agent.run("log", "verify")
        s.stop()
        s.matcher.run("fsck")


if __name__ == "__main__":
    main()
