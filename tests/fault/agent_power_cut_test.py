#!/usr/bin/env python3
"""P1-P3: power cuts of an agent while it signs, reveals, submits, approves and signs releases.

The agent's home is an ext4 file system of its own, which is shut down with its journal unwritten; so
whatever was not synced is gone. After each cut the same command is given again, as its user would:
the ceremony goes on, the upload resumes, the approval is given once, and no receipt that the agent
had acknowledged is lost. The positive control is the same walk without fsync (libeatmydata), which
must lose something. TALLYSTICK_SEED repeats the delays.

    agent_power_cut_test.py --bin build/dev/bin [-v]
"""
import json
import os
import pathlib
import random
import re
import sys
import tempfile
import time
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).resolve().parents[1] / "e2e")]
import loop_file_system  # noqa: E402
import small_world as world  # noqa: E402
from power_cut_test import EATMYDATA, Lost  # noqa: E402
from scenario import Scenario, main  # noqa: E402

CEREMONIES, SUBMISSIONS, QUESTIONS = 3, 6, 4
IO, AGAIN = 74, 75  # a round ends with 75 when one thing of it failed


@unittest.skipIf(loop_file_system.missing(), f"POWER CUTS OF AN AGENT NOT TESTED: {loop_file_system.missing()}")
class AgentPowerCut(unittest.TestCase):
    def setUp(self):
        self.seed = int(os.environ.get("TALLYSTICK_SEED", "0")) or random.randrange(1, 1 << 30)
        print(f"TALLYSTICK_SEED={self.seed}", flush=True)
        self.rng = random.Random(self.seed)
        temporary = tempfile.TemporaryDirectory(prefix="tallystick-fault-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.disk = loop_file_system.LoopFileSystem(self.folder, 64)
        self.disk.mount()
        self.addCleanup(self.disk.unmount)
        self.s = s = Scenario(self.folder / "run")
        self.addCleanup(s.kill)
        s.init()
        s.start()
        self.lausd, self.pgarcia = s.enrol_institution("lausd", "LAUSD"), s.enrol_person("pgarcia")
        self.csun = csun = s.agent("csun")
        csun.home = self.disk.root / "csun"
        csun.run("enrol", "--id", "csun", "--name", "CSUN", "--invitation", s.invite("institution", "csun", "--name", "CSUN"))
        self.agents = [csun, self.lausd]
        candidates, hr = world.world()
        self.candidates, self.hr = self.folder / "candidates.csv", self.folder / "hr.csv"
        self.rows, self.resumed = candidates, 0
        world.write_csv(self.hr, world.HR_COLUMNS, hr)
        self.text = world.agreement_text(s.key_tables(csun, ["lausd"], ["pgarcia"])).replace(
            "max_submissions   = 12", "max_submissions   = 100")
        self.cuts, self.acknowledged, self.receipts, self.longest = {}, {}, {}, {}

    # -- cutting -----------------------------------------------------------------------------------

    def lose_power(self):
        self.disk.shut_down()
        self.disk.unmount()
        self.disk.mount()

    def cut(self, name, *words):
        """Runs `words` of csun's until the power is gone, at some moment, and returns what was printed
        if the command had ended well before that, else None."""
        longest = self.longest.setdefault(name, 0.15)
        with open(self.folder / "cut.txt", "w+b") as out:
            process = self.csun.spawn(*words, out=out)
            try:
                deadline = time.monotonic() + self.rng.uniform(0, 1.2 * longest)
                while process.poll() is None and time.monotonic() < deadline:
                    time.sleep(0.002)
                # Acknowledged is what the user saw before.
                ended = process.poll()
                self.disk.shut_down()
                code = process.wait(60)
            finally:
                process.kill()
                process.wait()
            out.seek(0)
            printed = out.read().decode("utf-8", "replace")
        self.disk.unmount()
        self.disk.mount()
        self.cuts[name] = self.cuts.get(name, 0) + 1
        # It may have had nothing left to write; otherwise it says what its disk did. Never a crash.
        if code not in (0, IO, AGAIN):
            raise Lost(f"{name}: exit {code} when its disk failed: {printed}")
        self.acknowledged[name] = self.acknowledged.get(name, 0) + (ended == 0)
        return printed if ended == 0 else None

    def again(self, name, *words, expect=0):
        """What the user does after the cut; also tells how long it takes."""
        begin = time.monotonic()
        outcome = self.csun.run(*words, expect=None)
        self.longest[name] = time.monotonic() - begin
        if outcome.code not in ((expect,) if isinstance(expect, int) else expect):
            raise Lost(f"{name} after a power cut: {outcome}")
        return outcome

    # -- what is cut -------------------------------------------------------------------------------

    def ceremony(self, number):
        """Signing, committing, revealing, confirming, each with a cut; returns the digest once active."""
        file = self.folder / f"agreement-{number}.toml"
        file.write_text(self.text.replace('"csun-lausd-2026"', f'"cut-{number}"'), encoding="utf-8")
        digest = self.csun.run("agreement", "propose", file).find(r"\b[0-9a-f]{64}\b")
        digits = self.csun.run("agreement", "fingerprint", digest).out.strip()
        sign = ["agreement", "sign", digest, "--confirm-fingerprint", digits]
        signed = self.cut("sign", *sign)
        shown = self.show(digest)
        if signed is not None and "csun" not in shown["signed_by"]:
            raise Lost(f"a signature: {shown}")
        if "csun" in shown["signed_by"] and not (self.csun.home / "agreements" / digest / "agreement.toml").exists():
            raise Lost("the bytes that were signed")
        self.again("sign", *sign)
        self.lausd.run("agreement", "sign", digest, "--confirm-fingerprint", digits)
        for _ in range(3):
            self.cut("ceremony", "run", "--once")
            self.again("ceremony", "run", "--once")
            self.lausd.run("run", "--once")
        for agent in self.agents * 2:
            agent.run("run", "--once")
        if self.show(digest)["state"] != "active":
            raise Lost(f"a ceremony does not go on after the cuts: {self.show(digest)}")
        # Both sides hold the same secret: the confirmations said so, and csun's is on its disk.
        if not (self.csun.home / "agreements" / digest / "secret.key").exists():
            raise Lost("the agreement's secret")
        return digest

    def show(self, digest):
        return json.loads(self.again("show", "--output", "json", "agreement", "show", digest).out)

    def submission(self, digest, number):
        # The same file again would be the same submission.
        world.write_csv(self.candidates, world.CANDIDATE_COLUMNS, self.rows[:len(self.rows) - number])
        printed = self.cut("submit", "submit", digest, self.candidates)
        if printed is not None:
            self.keep_receipt(printed.strip().splitlines()[-1].strip())
        self.check_receipts(digest)
        outcome = self.again("submit", "submit", digest, self.candidates)
        self.resumed += "resuming" in outcome.err
        self.keep_receipt(outcome.last_line())
        self.lose_power()  # long after: what was acknowledged is not even touched
        self.check_receipts(digest)

    def keep_receipt(self, identifier):
        self.assertRegex(identifier, r"^[0-9a-f]{32}$")
        path = self.csun.home / "submissions" / identifier / "receipt.tlog-proof"
        if not path.exists():
            raise Lost(f"the receipt of {identifier}")
        self.receipts[identifier] = path.read_bytes()

    def check_receipts(self, digest):
        listed = json.loads(self.again("list", "--output", "json", "submissions", "list", digest).out)
        states = {row["submission"]: row["state"] for row in listed if row["party"] == "csun"}
        self.assertLessEqual(sum(state == "committed" for state in states.values()), 1, states)
        for identifier, receipt in self.receipts.items():
            path = self.csun.home / "submissions" / identifier / "receipt.tlog-proof"
            # Fetched anew, it may prove the same entry to a later checkpoint.
            there = path.read_bytes() if path.exists() else b"nothing"
            if there.splitlines()[:3] != receipt.splitlines()[:3]:
                raise Lost(f"the receipt of {identifier}: {receipt.decode()} is now {there.decode(errors='replace')}")
            if states.get(identifier) not in ("committed", "superseded"):
                raise Lost(f"submission {identifier} is {states.get(identifier)}")

    def question(self, number):
        """An approval and a signature on the release, each with a cut."""
        file = self.folder / f"question-{number}.toml"
        output, years = (("hired", None), ("retention", None), ("hired", ("2019", "2020")), ("hired", ("2020", "2021")))[number]
        file.write_text(world.request_text(output, years=years, agreement="cut-0"), encoding="utf-8")
        identifier = self.pgarcia.run("request", "submit", file).last_line()
        approve = ["requests", "approve", identifier]
        approved = self.cut("approve", *approve)
        awaiting = json.loads(self.pgarcia.run("--output", "json", "request", "show", identifier).out)["waits_for"]
        if approved is not None and "csun" in awaiting:
            raise Lost(f"the approval of {identifier}")
        self.again("approve", *approve)  # given twice it is given once
        self.lausd.run("run", "--once")
        self.released_after(identifier)

    def released_after(self, identifier):
        for _ in range(8):
            self.cut("release", "run", "--once")
            self.again("release", "run", "--once")
            self.lausd.run("run", "--once")
            if self.pgarcia.run("request", "wait", identifier, "--timeout", "2s", expect=(0, 81)).code == 0:
                break
        out = self.folder / f"release-{identifier}"
        self.pgarcia.run("release", "fetch", identifier, "--out", out)
        self.pgarcia.run("release", "verify", out)
        ledger = self.csun.home / "ledger" / identifier
        if not ledger.exists():
            raise Lost(f"the ledger's entry for {identifier}, which was signed")

    # -- the walk ----------------------------------------------------------------------------------

    def walk(self):
        digests = [self.ceremony(number) for number in range(CEREMONIES)]
        self.lausd.run("submit", digests[0], self.hr)
        for number in range(SUBMISSIONS):
            self.submission(digests[0], number)
        self.assertGreaterEqual(len(self.receipts), SUBMISSIONS)
        for number in range(QUESTIONS):
            self.question(number)
        for agent in (*self.agents, self.pgarcia):
            agent.run("log", "verify")
        # All is well but, perhaps, the small disk.
        checks = self.again("doctor", "doctor", expect=(0, 1)).out
        self.assertEqual([line.split()[0] for line in checks.splitlines()[1:] if "  fail " in line and "disk.space" not in line], [], checks)

    def test_an_agent_goes_on_after_every_cut_and_loses_no_receipt(self):
        self.walk()
        self.s.stop()
        self.s.matcher.run("fsck")
        print("cuts: " + ", ".join(f"{count} of {name} ({self.acknowledged[name]} after it had ended)"
                                   for name, count in self.cuts.items()) + f"; {self.resumed} uploads resumed")
        self.assertGreater(sum(self.cuts.values()), 25)
        self.assertLess(sum(self.acknowledged.values()), sum(self.cuts.values()) * 3 // 4, "hardly any cut was in the middle")

    @unittest.skipIf(EATMYDATA is None, "POSITIVE CONTROL NOT RUN: libeatmydata is not installed (package libeatmydata1)")
    def test_without_fsync_the_same_cuts_lose_something(self):
        self.s.added_environment = {"LD_PRELOAD": str(EATMYDATA)}
        with self.assertRaises(Lost) as lost:
            self.walk()
        print(f"without fsync, lost: {str(lost.exception).splitlines()[0]}")


if __name__ == "__main__":
    main()
