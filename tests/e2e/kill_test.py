#!/usr/bin/env python3
"""P1-P5: kill -9 of matcher or agent at 30 random moments of ceremonies, uploads, commits, linkage, releases.

After every kill the programs start again: what was acknowledged is there, nothing is half visible, an
upload goes on where it was, and in the end every release is the one an undisturbed run gave.
TALLYSTICK_SEED repeats the choice of victims and delays. (A kill proves little of durability: the
page cache survives it. fault/power_cut_test.py is about that.)

    kill_test.py --bin build/dev/bin [-v]
"""
import csv
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import small_world  # noqa: E402
import wide_world  # noqa: E402
from scenario import Scenario, main  # noqa: E402

CEREMONY_KILLS, UPLOAD_KILLS, RELEASE_KILLS = 6, 18, 6  # 30
# (output, years of the filter): different questions, so that none is answered by the one before.
QUESTIONS = (("hired", None), ("retention", None), ("hired", ("2019",)), ("retention", ("2020", "2021")),
             ("hired", ("2020", "2021")), ("retention", ("2019",)))


def fates(chunk_directory):
    """Finished chunk files by name, and what changes when one is written again."""
    if chunk_directory is None or not chunk_directory.is_dir():
        return {}
    return {f.name: (f.stat().st_ino, f.stat().st_mtime_ns) for f in chunk_directory.iterdir() if ".tmp" not in f.name}


class Kill(unittest.TestCase):
    def test_30_kills_at_random_moments_lose_nothing_acknowledged(self):
        seed = int(os.environ.get("TALLYSTICK_SEED", "0")) or random.randrange(1, 1 << 30)
        print(f"TALLYSTICK_SEED={seed}", flush=True)
        self.rng, self.kills, self.resumed = random.Random(seed), [], 0
        with tempfile.TemporaryDirectory(prefix="tallystick-e2e-") as folder:
            self.folder, self.s = pathlib.Path(folder), Scenario(folder)
            try:
                self.prepare()
                self.ceremony()
                self.undisturbed()
                self.uploads()
                self.releases()
                for agent in self.agents:
                    agent.run("log", "verify")
                self.s.stop()
                self.s.matcher.run("fsck")
            finally:
                self.s.kill()
        print(f"killed: {' '.join(self.kills)}; {self.resumed} of {UPLOAD_KILLS} uploads resumed in the middle")
        self.assertEqual(len(self.kills), CEREMONY_KILLS + UPLOAD_KILLS + RELEASE_KILLS)
        self.assertGreaterEqual(self.resumed, 3, "the kills hit hardly any upload in the middle")

    # -- interrupting --------------------------------------------------------------------------

    def interrupt(self, program, words, moment):
        """Runs `words`; when `moment(process)` returns, kills the program or the matcher.

        Both can be used again afterwards. Returns the exit code, or None where the program was
        killed, and what it printed. A program that outlives the matcher may finish by itself.
        """
        if not self.victims:
            self.victims = self.rng.sample(("matcher", "program") * 3, 6)
        victim = self.victims.pop()
        self.kills.append(f"{words[0]}/{victim}")
        with open(self.folder / "interrupted.txt", "w+b") as out:
            process = program.spawn(*words, out=out)
            try:
                moment(process)
                if victim == "matcher":
                    self.s.kill()
                    if self.rng.random() < 0.5:
                        self.s.start()  # soon enough for the program to go on by itself
                    code = process.wait(60)
                    if self.s.server is None:
                        self.s.start()
                else:
                    process.kill()
                    code = process.wait()
                    code = None if code < 0 else code
            finally:
                process.kill()
                process.wait()
            out.seek(0)
            printed = out.read().decode("utf-8", "replace")
        self.assertIn(code, (None, 0, 69, 75), f"{words}: {printed}")
        return code, printed

    def after(self, longest):
        delay = self.rng.uniform(0, longest)
        return lambda process: time.sleep(delay)

    # -- the walk ------------------------------------------------------------------------------

    def prepare(self):
        s = self.s
        s.init()
        s.start()
        self.csun, self.lausd = s.enrol_institution("csun", "CSUN"), s.enrol_institution("lausd", "LAUSD")
        self.agents, self.pgarcia = [self.csun, self.lausd], s.enrol_person("pgarcia")
        self.file = self.folder / "agreement.toml"
        text = small_world.agreement_text(s.key_tables(self.csun, ["lausd"], ["pgarcia"]))
        self.file.write_text(text.replace("max_submissions   = 12", "max_submissions   = 500"), encoding="utf-8")
        self.candidates, self.hr = wide_world.world(9000, 5000, 6000)
        self.tables = {self.csun: self.folder / "candidates.csv", self.lausd: self.folder / "hr.csv"}
        small_world.write_csv(self.tables[self.csun], small_world.CANDIDATE_COLUMNS, self.candidates)
        small_world.write_csv(self.tables[self.lausd], small_world.HR_COLUMNS, self.hr)
        self.requests = []
        for number, (output, years) in enumerate(QUESTIONS):
            self.requests.append(self.folder / f"request-{number}.toml")
            self.requests[-1].write_text(small_world.request_text(output, years=years), encoding="utf-8")
        self.acknowledged, self.victims = {agent: [] for agent in self.agents}, []

    def ceremony(self):
        self.digest = digest = self.csun.run("agreement", "propose", self.file).find(r"\b[0-9a-f]{64}\b")
        for agent in self.agents:
            digits = agent.run("agreement", "fingerprint", digest).out.strip()
            sign = ["agreement", "sign", digest, "--confirm-fingerprint", digits]
            self.interrupt(agent, sign, self.after(0.15))
            agent.run(*sign)
        for agent in self.agents * 2:
            self.interrupt(agent, ["run", "--once"], self.after(0.15))
        for agent in self.agents * 3:
            agent.run("run", "--once")
        for agent in self.agents:
            self.assertRegex(agent.run("agreement", "show", digest).out, r"\bactive\b")

    def undisturbed(self):
        """What everything later is compared with, and how long it takes."""
        self.longest = 0.0
        for agent in self.agents:
            began = time.monotonic()
            self.acknowledged[agent].append(agent.run("submit", self.digest, self.tables[agent]).last_line())
            self.longest = max(self.longest, time.monotonic() - began)
        identifiers = [self.pgarcia.run("request", "submit", request).last_line() for request in self.requests]
        began = time.monotonic()
        self.expected = [self.fetch(identifier, f"undisturbed-{n}") for n, identifier in enumerate(identifiers)]
        self.linking = min(1.0, (time.monotonic() - began) / 4)
        for (output, years), table in zip(QUESTIONS, self.expected):
            counts = {tuple(row[:2]): int(row[2] or 0) for row in list(csv.reader(table.decode().splitlines()))[1:]}
            truth = wide_world.true_counts(output, self.candidates, self.hr, years or small_world.YEARS)
            self.assertEqual({k: n for k, n in counts.items() if n}, truth)

    def fetch(self, identifier, name):
        for _ in range(12):
            for agent in self.agents:
                agent.run("run", "--once")
            if self.pgarcia.run("request", "wait", identifier, "--timeout", "2s", expect=(0, 81)).code == 0:
                break
        else:
            self.fail(f"not released: {self.pgarcia.run('request', 'show', identifier, expect=None)}")
        out = self.folder / name
        self.pgarcia.run("release", "fetch", identifier, "--out", out)
        self.pgarcia.run("release", "verify", out)
        return (out / "table.csv").read_bytes()

    # -- uploads -------------------------------------------------------------------------------

    def space(self, known):
        """The chunk directory of the submission that is under way, if it has one already."""
        chunks = self.s.matcher.home / "data" / "chunks"
        fresh = [d for d in chunks.iterdir() if d.name.removeprefix("submission-") not in known] if chunks.is_dir() else []
        self.assertLessEqual(len(fresh), 1, "an interrupted submission left its chunks behind")
        return fresh[0] if fresh else None

    def when_chunks_are_there(self, known):
        wanted = self.rng.randrange(1, 15)

        def moment(process):
            while process.poll() is None and len(fates(self.space(known))) < wanted:
                time.sleep(0.001)
        return moment

    def submissions(self, reader):
        table = json.loads(reader.run("--output", "json", "submissions", "list", self.digest).out)
        return {row["submission"]: row for row in table}

    def look(self, owner):
        """Nothing acknowledged is lost, nothing is half visible."""
        own = {k: v for k, v in self.submissions(owner).items() if v["party"] == owner.home.name}
        for identifier in self.acknowledged[owner]:
            self.assertIn(own.get(identifier, {}).get("state"), ("committed", "superseded"), "acknowledged and lost")
        self.assertEqual(sum(v["state"] == "committed" for v in own.values()), 1, own)
        self.assertLessEqual(sum(v["state"] == "open" for v in own.values()), 1, own)
        other = next(a for a in self.agents if a is not owner)
        for identifier, row in self.submissions(other).items():
            if row["party"] == owner.home.name:
                self.assertNotEqual(row["state"], "open", "the other side sees what is not committed")
        return own

    def uploads(self):
        for turn in range(UPLOAD_KILLS):
            agent = self.agents[turn % 2]
            words = ["submit", self.digest, str(self.tables[agent])]
            known = {i for a in self.agents for i in self.acknowledged[a]}
            moment = self.when_chunks_are_there(known) if turn % 3 else self.after(self.longest)
            code, printed = self.interrupt(agent, words, moment)
            if code == 0:  # finished all the same: acknowledged
                self.acknowledged[agent].append(printed.strip().splitlines()[-1])
                known.add(self.acknowledged[agent][-1])
            own = self.look(agent)
            interrupted = [i for i, row in own.items() if i not in known]
            self.assertLessEqual(len(interrupted), 1, own)
            before = fates(self.space(known))

            outcome = agent.run(*words)
            identifier = outcome.last_line()
            if interrupted:
                self.assertEqual(identifier, interrupted[0], "not the interrupted submission, but another one")
                self.assertIn(f"resuming submission {identifier}", outcome.err)
            chunks = self.s.matcher.home / "data" / "chunks" / f"submission-{identifier}"
            now = fates(chunks)
            self.assertEqual({k: v for k, v in now.items() if k in before}, before, "a chunk was written twice")
            first = re.search(r"sent (\d+) of (\d+) chunks", outcome.err)
            self.resumed += bool(before and first)
            sent = int(first.group(2)) - int(first.group(1)) + 1 if first else 0
            self.assertEqual(sent, len(now) - len(before), "chunks were sent again")
            self.acknowledged[agent].append(identifier)
            own = self.look(agent)
            self.assertEqual(set(own), set(self.acknowledged[agent]), "something else than what was acknowledged")
            self.assertEqual(sorted(int(row["sequence"]) for row in own.values()), list(range(1, len(own) + 1)))
            spool = agent.home / "submissions"
            left = [f.relative_to(spool) for f in spool.rglob("*") if f.name == "chunks" or f.name.startswith(".building")]
            self.assertEqual(left, [], "an interrupted submission left files behind")

    # -- releases ------------------------------------------------------------------------------

    def releases(self):
        for turn in range(RELEASE_KILLS):
            identifier = self.pgarcia.run("request", "submit", self.requests[turn]).last_line()
            first, second = self.rng.sample(self.agents, 2)
            step = ("approve", "link", "release")[turn % 3]
            if step == "approve":
                self.interrupt(first, ["run", "--once"], self.after(0.2))
            else:
                for agent in (first, second):
                    agent.run("run", "--once")  # approved: the matcher links now
                if step == "release":
                    time.sleep(self.linking)
                self.interrupt(first, ["run", "--once"], self.after(self.linking if step == "link" else 0.2))
            self.assertEqual(self.fetch(identifier, f"release-{turn}"), self.expected[turn])
            again = self.pgarcia.run("request", "submit", self.requests[turn]).last_line()
            self.assertEqual(self.pgarcia.run("request", "wait", again, "--timeout", "0s").code, 0, "released twice?")


class Overtaken(unittest.TestCase):
    def test_a_prepared_submission_that_another_overtook_does_not_block_its_file(self):
        with tempfile.TemporaryDirectory(prefix="tallystick-e2e-") as folder:
            folder = pathlib.Path(folder)
            s = Scenario(folder)
            s.init()
            with s.running():
                csun, lausd = s.enrol_institution("csun", "CSUN"), s.enrol_institution("lausd", "LAUSD")
                file = folder / "agreement.toml"
                file.write_text(small_world.agreement_text(s.key_tables(csun, ["lausd"], []), recipients=("csun", "lausd")),
                                encoding="utf-8")
                digest = s.conclude(file, [csun, lausd])
                candidates, _ = small_world.world()
                first, second = folder / "first.csv", folder / "second.csv"
                small_world.write_csv(first, small_world.CANDIDATE_COLUMNS, candidates)
                small_world.write_csv(second, small_world.CANDIDATE_COLUMNS, candidates[:-1])
                csun.run("submit", digest, first, "--dry-run")
                overtaken = [d.name for d in (csun.home / "submissions").iterdir()]
                later = csun.run("submit", digest, second).last_line()
                self.assertEqual([d.name for d in (csun.home / "submissions").iterdir()], [later])
                again = csun.run("submit", digest, first).last_line()
                self.assertNotIn(again, overtaken + [later])
                listed = json.loads(csun.run("--output", "json", "submissions", "list", digest).out)
                self.assertEqual({row["submission"]: row["state"] for row in listed}, {later: "superseded", again: "committed"})


if __name__ == "__main__":
    main()
