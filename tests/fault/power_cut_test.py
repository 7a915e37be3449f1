#!/usr/bin/env python3
"""P1, P2, P4: ten power cuts of the matcher lose nothing that was acknowledged.

The matcher's home is an ext4 file system of its own, which is shut down with its journal unwritten
while two agents and a researcher are busy; so whatever was not synced is gone. Every exit 0 was an
acknowledgement, and must hold after the remount. The positive control is the same walk without
fsync (libeatmydata), which must lose something. TALLYSTICK_SEED repeats the delays.

    power_cut_test.py --bin build/dev/bin [-v]
"""
import json
import os
import pathlib
import random
import re
import sys
import tempfile
import threading
import time
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).resolve().parents[1] / "e2e")]
import loop_file_system  # noqa: E402
import small_world as world  # noqa: E402
from scenario import Scenario, main  # noqa: E402

CUTS = 10
FSYNC_FAILED, LOG_NOT_WRITABLE = 90, 93
EATMYDATA = next((p for p in map(pathlib.Path, (
    "/usr/lib/x86_64-linux-gnu/libeatmydata.so", "/usr/lib/aarch64-linux-gnu/libeatmydata.so")) if p.exists()), None)


class Lost(AssertionError):
    """Something acknowledged is not there any more, or the matcher noticed that itself."""


class Busy:
    """One member at work until told to stop; remembers what was acknowledged."""

    def __init__(self, work):
        self.work, self.going, self.problem = work, True, None
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self):
        try:
            while self.going:
                self.work(self)
        except BaseException as problem:  # noqa: BLE001  reported by stop()
            self.problem = problem

    def stop(self):
        self.going = False
        self.thread.join(120)
        if self.problem is not None:
            raise self.problem


@unittest.skipIf(loop_file_system.missing(), f"POWER CUTS NOT TESTED: {loop_file_system.missing()}")
class PowerCut(unittest.TestCase):
    def setUp(self):
        self.seed = int(os.environ.get("TALLYSTICK_SEED", "0")) or random.randrange(1, 1 << 30)
        print(f"TALLYSTICK_SEED={self.seed}", flush=True)
        self.rng = random.Random(self.seed)
        temporary = tempfile.TemporaryDirectory(prefix="tallystick-fault-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.disk = loop_file_system.LoopFileSystem(self.folder, 512)
        self.disk.mount()
        self.addCleanup(self.disk.unmount)
        self.s = Scenario(self.folder / "run")
        self.addCleanup(self.s.kill)
        self.s.matcher.home = self.disk.root / "matcher"
        self.submitted, self.proposed, self.signed, self.asked, self.released = {}, [], [], [], []
        self.lives = 0

    # -- the members -----------------------------------------------------------------------------

    def begin(self):
        """Signed and active before the first cut; that much is synced by unmounting."""
        s = self.s
        s.init()
        settings = s.matcher.home / "matcher.toml"
        text, count = re.subn(r"(?m)^(upload_floor_mib +=) \d+", r"\1 80", settings.read_text(encoding="utf-8"))
        self.assertEqual(count, 1)
        settings.write_text(text, encoding="utf-8")
        s.start()
        self.csun, self.lausd = s.enrol_institution("csun", "CSUN"), s.enrol_institution("lausd", "LAUSD")
        self.agents, self.pgarcia = [self.csun, self.lausd], s.enrol_person("pgarcia")
        self.file = file = self.folder / "agreement.toml"
        file.write_text(world.agreement_text(s.key_tables(self.csun, ["lausd"], ["pgarcia"])).replace(
            "max_submissions   = 12", "max_submissions   = 1000"), encoding="utf-8")
        self.digest = s.conclude(file, self.agents)
        candidates, hr = world.world()
        world.write_csv(self.folder / "candidates.csv", world.CANDIDATE_COLUMNS, candidates)
        world.write_csv(self.folder / "hr.csv", world.HR_COLUMNS, hr)
        self.request = self.folder / "hired.toml"
        self.request.write_text(world.request_text("hired"), encoding="utf-8")
        for agent, table in ((self.csun, "candidates.csv"), (self.lausd, "hr.csv")):
            self.submitted[agent] = [agent.run("submit", self.digest, self.folder / table).last_line()]
        s.stop()
        self.disk.unmount()
        self.disk.mount()

    def submitting(self, agent, table):
        def work(busy):
            outcome = agent.run("submit", self.digest, self.folder / table, expect=None)
            if outcome.code == 0:
                self.submitted[agent].append(outcome.last_line())
            self.check_code(outcome, busy)
        return work

    def signing(self, busy):
        """Proposes one agreement after the other, and signs it."""
        number = len(self.proposed) + len(self.signed) + self.rng.randrange(1 << 30)
        file = self.folder / "another.toml"
        file.write_text(self.file.read_text(encoding="utf-8").replace('"csun-lausd-2026"', f'"another-{number}"'), encoding="utf-8")
        outcome = self.csun.run("agreement", "propose", file, expect=None)
        self.check_code(outcome, busy)
        if outcome.code:
            return
        digest = outcome.last_line()
        self.proposed.append(digest)
        digits = self.csun.run("agreement", "fingerprint", digest, expect=None).out.strip()
        outcome = self.csun.run("agreement", "sign", digest, "--confirm-fingerprint", digits or "0" * 48, expect=None)
        if digits:
            self.check_code(outcome, busy)
        if outcome.code == 0:
            self.signed.append(digest)

    def asking(self, busy):
        outcome = self.pgarcia.run("request", "submit", self.request, expect=None)
        if outcome.code == 0:
            self.asked.append(outcome.last_line())
            if self.pgarcia.run("request", "wait", self.asked[-1], "--timeout", "5s", expect=None).code == 0:
                self.released.append(self.asked[-1])
        self.check_code(outcome, busy)

    def approving(self, busy):
        for agent in self.agents:
            self.check_code(agent.run("run", "--once", expect=None), busy)
        time.sleep(0.05)

    def check_code(self, outcome, busy):
        """A failure is one of the network, of a matcher that stops, or of a race; never an inconsistency."""
        if outcome.code in (0, 69, 74, 75, 77, 81) or not busy.going:
            return
        raise Lost(str(outcome))

    # -- the walk --------------------------------------------------------------------------------

    def begin_life(self, env):
        self.lives += 1
        checked = self.s.matcher.run("fsck", expect=None)
        if checked.code:
            raise Lost(f"fsck: {checked}")
        try:
            self.s.start(env)
        except AssertionError as refused:
            raise Lost(f"the matcher does not start again: {refused}") from refused
        self.check()

    def cycle(self, env):
        """One life of the matcher: busy members, then no power."""
        self.begin_life(env)
        work = [Busy(self.submitting(self.csun, "candidates.csv")), Busy(self.submitting(self.lausd, "hr.csv")),
                Busy(self.signing), Busy(self.asking), Busy(self.approving)]
        time.sleep(self.rng.uniform(0.5, 2.5))
        if self.lives > CUTS // 2:
            self.await_a_release()
        self.disk.shut_down()
        self.ended(env)
        for each in work:
            each.going = False
        self.s.kill()
        for each in work:
            each.stop()
        self.disk.unmount()
        self.disk.mount()

    def await_a_release(self):
        """On a busy machine lives are too short for one: the later ones last until there is one to lose."""
        deadline = time.monotonic() + 20
        while not (self.signed and self.released) and time.monotonic() < deadline:
            time.sleep(0.05)

    def ended(self, env):
        """P7: a service whose disk fails stops by itself, with an exit code of its own."""
        if env:
            time.sleep(0.2)  # without fsync it need not notice
            return
        deadline = time.monotonic() + 10
        while self.s.server.poll() is None and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertIn(self.s.server.poll(), (FSYNC_FAILED, LOG_NOT_WRITABLE), "the disk failed and the matcher goes on")

    def check(self):
        """Everything acknowledged before is there."""
        lost = []

        def expect(what, there):
            if not there:
                lost.append(what)

        for agent in self.agents:
            verified = agent.run("log", "verify", expect=None)
            expect(f"log of {agent.home.name}: exit {verified.code} {verified.err}", verified.code == 0)
            table = json.loads(agent.run("--output", "json", "submissions", "list", self.digest).out)
            states = {row["submission"]: row["state"] for row in table if row["party"] == agent.home.name}
            for identifier in self.submitted[agent]:
                expect(f"submission {identifier}", states.get(identifier) in ("committed", "superseded"))
            self.assertLessEqual(sum(state == "committed" for state in states.values()), 1, "half visible")
        agreements = self.csun.run("agreement", "list").out
        for digest in self.proposed:
            expect(f"proposal {digest}", digest in agreements)
        for digest in self.signed[-4:]:
            shown = self.csun.run("--output", "json", "agreement", "show", digest, expect=None)
            expect(f"signature {digest}", shown.code == 0 and "csun" in json.loads(shown.out)["signed_by"])
        listed = self.pgarcia.run("request", "list").out
        for identifier in self.asked:
            expect(f"request {identifier}", identifier in listed)
        for agent in self.agents:
            listed = agent.run("release", "list").out
            for identifier in self.released:
                expect(f"release {identifier}", identifier in listed)
        if self.released:
            out = self.folder / f"release-{self.lives}"
            fetched = self.pgarcia.run("release", "fetch", self.released[-1], "--out", out, expect=None)
            expect(f"release to fetch: {fetched}", fetched.code == 0)
            if fetched.code == 0:
                self.pgarcia.run("release", "verify", out)
        if lost:
            raise Lost("\n".join(lost))

    def test_10_power_cuts_lose_nothing_acknowledged(self):
        self.begin()
        for _ in range(CUTS):
            self.cycle(None)
        self.begin_life(None)
        self.s.stop()
        self.s.matcher.run("fsck")
        print(f"{CUTS} cuts; acknowledged and kept: {sum(map(len, self.submitted.values()))} submissions, "
              f"{len(self.proposed)} proposals, {len(self.signed)} signatures, {len(self.asked)} requests, {len(self.released)} releases")
        self.assertGreater(sum(map(len, self.submitted.values())), CUTS, "hardly anything was acknowledged")
        self.assertTrue(self.signed and self.released)

    @unittest.skipIf(EATMYDATA is None, "POSITIVE CONTROL NOT RUN: libeatmydata is not installed (package libeatmydata1)")
    def test_without_fsync_the_same_cuts_lose_something(self):
        self.begin()
        with self.assertRaises(Lost) as lost:
            for _ in range(CUTS):
                self.cycle({"LD_PRELOAD": str(EATMYDATA)})
            self.begin_life(None)
        what = str(lost.exception)
        print(f"without fsync, lost in life {self.lives}: {what.splitlines()[0]} … {len(what.splitlines())} in all")


if __name__ == "__main__":
    main()
