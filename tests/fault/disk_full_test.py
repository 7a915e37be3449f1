#!/usr/bin/env python3
"""P8: full disks of matcher and agent give clear errors, break nothing, and heal by themselves.

The matcher's data and audit directories, and an agent's home, are small ext4 file systems that a
ballast file fills.

    disk_full_test.py --bin build/dev/bin [-v]
"""
import json
import pathlib
import re
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).resolve().parents[1] / "e2e")]
import small_world as world  # noqa: E402
from loop_file_system import LoopFileSystem, missing  # noqa: E402
from scenario import Scenario, main  # noqa: E402

MIB = 1 << 20
UPLOAD_FLOOR = 128 * MIB  # of 256; the log's is 64, the view's 32


@unittest.skipIf(missing(), f"FULL DISKS NOT TESTED: {missing()}")
class MatcherDiskFull(unittest.TestCase):
    """Each test fills a disk and frees it; the matcher is the same process all the time."""

    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="tallystick-fault-")
        cls.addClassCleanup(temporary.cleanup)
        cls.folder = pathlib.Path(temporary.name)
        cls.data, cls.audit = LoopFileSystem(cls.folder, 256, "data"), LoopFileSystem(cls.folder, 256, "audit")
        for disk in (cls.data, cls.audit):
            disk.mount()
            cls.addClassCleanup(disk.unmount)
        cls.s = s = Scenario(cls.folder / "run")
        cls.addClassCleanup(s.kill)
        s.init()
        settings = s.matcher.home / "matcher.toml"
        text = settings.read_text(encoding="utf-8")
        for name, value in (("data_dir", f'"{cls.data.root}/d"'), ("audit_dir", f'"{cls.audit.root}/a"'),
                            ("upload_floor_mib", UPLOAD_FLOOR // MIB)):
            text, count = re.subn(rf"(?m)^({name} *=) [^ \n]+", rf"\1 {value}", text)
            assert count == 1, name
        settings.write_text(text, encoding="utf-8")
        s.start()
        cls.csun, cls.lausd = s.enrol_institution("csun", "CSUN"), s.enrol_institution("lausd", "LAUSD")
        cls.agents, cls.pgarcia = [cls.csun, cls.lausd], s.enrol_person("pgarcia")
        file = cls.folder / "agreement.toml"
        file.write_text(world.agreement_text(s.key_tables(cls.csun, ["lausd"], ["pgarcia"])).replace(
            "max_submissions   = 12", "max_submissions   = 500"), encoding="utf-8")
        cls.digest = s.conclude(file, cls.agents)
        candidates, hr = world.world()
        cls.tables = {cls.csun: cls.folder / "candidates.csv", cls.lausd: cls.folder / "hr.csv"}
        world.write_csv(cls.tables[cls.csun], world.CANDIDATE_COLUMNS, candidates)
        world.write_csv(cls.tables[cls.lausd], world.HR_COLUMNS, hr)
        for agent, table in cls.tables.items():
            agent.run("submit", cls.digest, table)
        cls.request = cls.folder / "hired.toml"
        cls.request.write_text(world.request_text("hired"), encoding="utf-8")
        cls.released = s.release(cls.pgarcia, cls.request, cls.agents, cls.folder / "release")
        cls.process = s.server.pid
        cls.count = 0

    def setUp(self):
        for disk in (self.data, self.audit):
            (disk.root / "ballast").unlink(missing_ok=True)

    def tearDown(self):
        """Healed: the same process takes everything again, and the store is whole."""
        self.setUp()
        self.assertIsNone(self.s.server.poll(), "the matcher ended")
        self.assertEqual(self.s.server.pid, self.process)
        for agent, table in self.tables.items():
            agent.run("submit", self.digest, table)
            agent.run("log", "verify")
        self.reads()

    def reads(self):
        for agent in self.agents:
            agent.run("log", "verify")
            agent.run("submissions", "list", self.digest)
            agent.run("status")
        type(self).count += 1
        out = self.folder / f"fetched-{self.count}"
        self.pgarcia.run("release", "fetch", self.released, "--out", out)
        self.pgarcia.run("release", "verify", out)
        self.s.matcher.run("status")

    def refused(self, program, *words):
        """Exit 75, and a message that says whose disk it is."""
        outcome = program.run(*words, expect=75)
        self.assertIn("the matcher has too little free disk space", outcome.err)
        return outcome

    def test_below_the_upload_floor_uploads_are_refused_and_all_else_works(self):
        self.data.fill(UPLOAD_FLOOR - 8 * MIB)
        before = self.csun.run("submissions", "list", self.digest).out
        self.refused(self.csun, "submit", self.digest, self.tables[self.csun])
        mine = json.loads(self.csun.run("--output", "json", "submissions", "list", self.digest).out)
        self.assertEqual(sum(row["state"] == "committed" for row in mine if row["party"] == "csun"), 1)
        self.assertNotIn("open", self.lausd.run("submissions", "list", self.digest).out)
        self.reads()
        self.lausd.run("agreement", "suspend", self.digest, "--reason", "the disk of the matcher is full")
        self.lausd.run("agreement", "resume", self.digest)
        withdrawn = next(row["submission"] for row in mine if row["party"] == "csun" and row["state"] != "open")
        self.csun.run("submissions", "withdraw", withdrawn)
        self.s.matcher.run("invite", "researcher", f"someone-{self.count}")
        self.data.free()
        resumed = self.csun.run("submit", self.digest, self.tables[self.csun])
        self.assertIn("resuming submission", resumed.err)
        self.assertNotIn(resumed.last_line(), before)

    def test_a_revocation_works_below_the_upload_floor(self):
        """Under an agreement of its own, because it ends it."""
        file = self.folder / "another.toml"
        text = world.agreement_text(self.s.key_tables(self.csun, ["lausd"], ["pgarcia"]), identity="another")
        file.write_text(text, encoding="utf-8")
        digest = self.s.conclude(file, self.agents)
        for agent, table in self.tables.items():
            agent.run("submit", digest, table)
        chunks = self.data.root / "d" / "chunks"
        spaces = len(list(chunks.iterdir()))
        self.data.fill(UPLOAD_FLOOR - 8 * MIB)
        self.csun.run("agreement", "revoke", digest, "--reason", "the study has ended")
        self.lausd.run("submit", digest, self.tables[self.lausd], expect=77)
        for _ in range(50):  # the data go with it
            if len(list(chunks.iterdir())) == spaces - 2:
                break
            self.s.matcher.run("status")
        self.assertEqual(len(list(chunks.iterdir())), spaces - 2)

    def test_below_the_floor_of_the_log_nothing_is_recorded_and_reads_work(self):
        self.audit.fill(40 * MIB)
        self.refused(self.csun, "submit", self.digest, self.tables[self.csun])
        self.refused(self.pgarcia, "request", "submit", self.request)
        self.refused(self.csun, "agreement", "suspend", self.digest, "--reason", "no room")
        self.s.matcher.run("invite", "researcher", "nobody", expect=94)
        self.reads()
        self.assertRegex(self.csun.run("agreement", "show", self.digest).out, r"\bactive\b")

    def test_a_data_disk_that_is_all_but_full_does_not_end_the_matcher(self):
        """Below what the view needs: the log must not run ahead of it."""
        self.data.fill(20 * MIB)
        self.refused(self.csun, "submit", self.digest, self.tables[self.csun])
        self.refused(self.pgarcia, "request", "submit", self.request)
        self.reads()

    def test_both_disks_filled_to_the_last_byte(self):
        for disk in (self.data, self.audit):
            disk.fill_to_the_last_byte()
        self.refused(self.csun, "submit", self.digest, self.tables[self.csun])
        self.refused(self.pgarcia, "request", "submit", self.request)
        for agent in self.agents:
            agent.run("run", "--once")
        self.reads()

    def test_uploads_that_fill_the_disk_stop_at_the_floor(self):
        self.data.fill(UPLOAD_FLOOR + MIB)
        for _ in range(40):
            outcome = self.csun.run("submit", self.digest, self.tables[self.csun], expect=(0, 75))
            if outcome.code:
                break
        self.assertEqual(outcome.code, 75, "the floor was never met")
        self.assertIn("the matcher has too little free disk space", outcome.err)
        self.reads()

    def test_zz_a_start_without_space_says_so_and_succeeds_with_it(self):
        self.s.stop()
        self.data.fill(20 * MIB)
        outcome = self.s.matcher.run("serve", "--listen", "127.0.0.1:0", expect=94, timeout=20)
        self.assertIn("too little free disk space", outcome.err)
        self.data.free()
        self.s.matcher.run("fsck")
        self.s.start()
        type(self).process = self.s.server.pid


@unittest.skipIf(missing(), f"FULL DISKS NOT TESTED: {missing()}")
class AgentDiskFull(unittest.TestCase):
    def test_an_agent_whose_disk_is_full_says_so_leaves_nothing_half_done_and_goes_on_later(self):
        with tempfile.TemporaryDirectory(prefix="tallystick-fault-") as folder, \
                LoopFileSystem(folder, 16, "small") as disk:
            folder = pathlib.Path(folder)
            s = Scenario(folder / "run")
            s.init()
            with s.running():
                self.walk(s, disk, folder)

    def walk(self, s, disk, folder):
        def files():
            return sorted(str(f.relative_to(csun.home)) for f in csun.home.rglob("*") if f.name != "lock")

        def full(*words):
            before = files()
            disk.fill_to_the_last_byte()
            outcome = csun.run(*words, expect=74)
            self.assertIn("no space is left", outcome.err)
            self.assertEqual(files(), before, f"{words} left something behind")
            disk.free()

        lausd = s.enrol_institution("lausd", "LAUSD")
        csun = s.agent("csun")
        csun.home = disk.root / "csun"
        enrol = ["enrol", "--id", "csun", "--name", "CSUN", "--invitation", s.invite("institution", "csun", "--name", "CSUN")]
        disk.fill_to_the_last_byte()
        outcome = csun.run(*enrol, expect=74)
        self.assertIn("no space is left", outcome.err)
        disk.free()
        csun.run(*enrol)

        file = folder / "agreement.toml"
        file.write_text(world.agreement_text(s.key_tables(csun, ["lausd"], []), recipients=("csun", "lausd")), encoding="utf-8")
        digest = csun.run("agreement", "propose", file).find(r"\b[0-9a-f]{64}\b")
        digits = csun.run("agreement", "fingerprint", digest).out.strip()
        full("agreement", "sign", digest, "--confirm-fingerprint", digits)
        self.assertIn('"signed_by":""', csun.run("--output", "json", "agreement", "show", digest).out.replace(" ", ""))
        self.assertEqual(s.conclude(file, [csun, lausd]), digest)

        candidates, _ = world.world()
        table = folder / "candidates.csv"
        world.write_csv(table, world.CANDIDATE_COLUMNS, candidates)
        full("submit", digest, table)
        full("preview", digest, table)
        self.assertNotIn("csun ", csun.run("submissions", "list", digest).out)
        csun.run("log", "verify")
        csun.run("agreement", "suspend", digest, "--reason", "a new entry, so that the log has moved on")
        csun.run("agreement", "resume", digest)
        full("run", "--once")
        csun.run("run", "--once")
        self.fill_to_every_point(csun, disk, digest, table, files)
        own = [row for row in json.loads(csun.run("--output", "json", "submissions", "list", digest).out)]
        self.assertEqual([row["state"] for row in own], ["committed"], own)
        self.assertIn(own[0]["submission"], lausd.run("submissions", "list", digest).out)

    def fill_to_every_point(self, csun, disk, digest, table, files):
        """A little more room each time, so that the disk runs full in the middle of each thing written."""
        (csun.home / "submissions").mkdir(mode=0o700, exist_ok=True)
        before, published = files(), False
        for kibibytes in range(16, 4096, 48):
            disk.fill(kibibytes << 10)
            outcome = csun.run("submit", digest, table, expect=(0, 74))
            disk.free()
            if outcome.code == 0:
                break
            self.assertIn("no space is left", outcome.err)
            if published:
                self.assertIn("resuming submission", outcome.err)
            published = published or files() != before
            if published:  # there is all that it takes to go on
                self.assertEqual(len(list((csun.home / "submissions").glob("*/pending"))), 1)
                self.assertEqual([f for f in files() if ".building" in f], [])
        self.assertEqual(outcome.code, 0)
        self.assertGreater(kibibytes, 300, "it never ran full")


if __name__ == "__main__":
    main()
