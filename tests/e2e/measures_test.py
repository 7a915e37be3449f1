#!/usr/bin/env python3
"""Measures, as users meet them: encrypted, summed, opened by both institutions, published rounded.

    measures_test.py --bin build/dev/bin [-v] [TestClass.test_name]
"""
import csv
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "laepp"))
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import small_world as world  # noqa: E402
import statistics_check as statistics  # noqa: E402
from scenario import Scenario, main  # noqa: E402

HOURS = """  [[dataset.measure]]
  name = "clinical_hours"
  min = 0
  max = 2000
"""
STAFF = """  [[dataset.measure]]
  name = "salary"
  min = 30000
  max = 200000
  scale = 0.01
  [[dataset.measure]]
  name = "evaluation_score"
  min = 1
  max = 4
  scale = 100
"""
OUTPUTS = """[[output]]
id = "pay"
title = "Salary and hours by pathway"
cohort = "linked"
dimensions = ["candidates.pathway"]
measures = ["hr.salary:sum", "hr.salary:mean", "hr.salary:sd", "candidates.clinical_hours:mean"]
filters = ["candidates.completion_year"]
recipients = ["csun", "lausd", "pgarcia"]

[[output]]
id = "scores"
title = "Evaluation by retention"
cohort = "linked"
dimensions = ["hr.retained_3y"]
measures = ["hr.evaluation_score:mean", "hr.evaluation_score:sd"]
recipients = ["csun", "lausd", "pgarcia"]

[[output]]
id = "hours_of_all"
title = "Hours of everybody, hired or not"
cohort = "left"
dimensions = ["candidates.pathway", "hr.employed"]
measures = ["candidates.clinical_hours:mean"]
recipients = ["csun", "lausd", "pgarcia"]

"""
CANDIDATE_COLUMNS = world.CANDIDATE_COLUMNS + ("clinical_hours",)
HR_COLUMNS = world.HR_COLUMNS + ("salary", "evaluation_score")


def agreement_text(keys, **options):
    text = world.agreement_text(keys, **options)
    return (text.replace('[[dataset]]\nid = "hr"', HOURS + '[[dataset]]\nid = "hr"')
            .replace("[linkage]", STAFF + "[linkage]").replace("[disclosure]", OUTPUTS + "[disclosure]"))


def with_measures():
    """The small world's rows with numbers that differ for every person: (candidates, hr)."""
    candidates, hr = world.world()
    for n, row in enumerate(candidates):
        # Complete: that few of a group without it are linked would be told, so means were withheld.
        row["clinical_hours"] = 300 + 3 * n
    for n, row in enumerate(hr):
        row["salary"] = 48000 + 97 * n
        row["evaluation_score"] = "" if n % 5 == 0 else f"{1 + n % 301 / 100:.2f}"
    return candidates, hr


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


class World:
    """Two institutions and a researcher with an active agreement and committed files."""

    def __init__(self, **options):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tallystick-measures-"))
        self.scenario = s = Scenario(self.folder)
        s.init()
        s.start()
        self.csun = s.enrol_institution("csun", "CSUN")
        self.lausd = s.enrol_institution("lausd", "LAUSD")
        self.agents = [self.csun, self.lausd]
        self.pgarcia = s.enrol_person("pgarcia")
        self.file = self.folder / "agreement.toml"
        self.file.write_text(agreement_text(s.key_tables(self.csun, ["lausd"], ["pgarcia"]), **options),
                             encoding="utf-8")
        self.digest = s.conclude(self.file, self.agents)
        self.rows = with_measures()
        self.files = (self.folder / "candidates.csv", self.folder / "hr.csv")
        self.submit()

    def submit(self):
        for file, columns, rows, agent in zip(self.files, (CANDIDATE_COLUMNS, HR_COLUMNS), self.rows, self.agents):
            world.write_csv(file, columns, rows)
            agent.run("submit", "csun-lausd-2026", file)

    def request(self, output, **options):
        file = self.folder / f"{output}{'-'.join(['', *options.get('years', ())])}.toml"
        file.write_text(world.request_text(output, **options), encoding="utf-8")
        return file

    def linked(self):
        """The joined rows of the people on both sides: birth dates are unique."""
        hr = {r["ssn_last4"]: r for r in self.rows[1]}
        return [c | hr[c["ssn_last4"]] | {"last_name": ""} for c in self.rows[0] if c["ssn_last4"] in hr]

    def close(self):
        self.scenario.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Measures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.w = World()
        s = cls.w.scenario
        cls.requests, cls.tables = {}, {}
        try:
            for output in ("pay", "scores", "hours_of_all"):
                out = cls.w.folder / f"release-{output}"
                cls.requests[output] = s.release(cls.w.pgarcia, cls.w.request(output), cls.w.agents, out)
                cls.w.pgarcia.run("release", "verify", out)
                cls.tables[output] = read(out / "table.csv")
        except BaseException:
            cls.w.close()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.w.close()

    def test_statistics_are_those_of_the_linked_rows(self):
        linked = self.w.linked()
        self.assertEqual(len(linked), 270)
        for output, dimension, name, stats, least in (("pay", "pathway", "salary", ("mean", "sd"), 3),
                                                      ("pay", "pathway", "clinical_hours", ("mean",), 3),
                                                      ("scores", "retained_3y", "evaluation_score", ("mean", "sd"), 4)):
            compared = statistics.compare(self.tables[output], dimension, name, stats, linked)
            self.assertGreaterEqual(compared, least, (output, name, self.tables[output]))

    def test_a_sum_is_its_mean_times_the_number_observed_up_to_rounding(self):
        shown = 0
        for row in self.tables["pay"]:
            if row["salary_sum_status"] == "F":
                self.assertAlmostEqual(float(row["salary_sum"]) / int(row["salary_n"]) / float(row["salary_mean"]), 1, delta=0.1)
                shown += 1
        self.assertGreater(shown, 0)

    def test_people_who_are_not_linked_have_their_own_sides_measure(self):
        everybody = self.w.rows[0]
        hired = {r["ssn_last4"] for r in self.w.rows[1]}
        for row in self.tables["hours_of_all"]:
            people = [c for c in everybody if row["pathway"] in (c["pathway"], "ALL")
                      and (row["employed"] == "ALL" or (c["ssn_last4"] in hired) == (row["employed"] == "yes"))]
            numbers = statistics.values(people, "pathway", "ALL", "clinical_hours")
            if row["clinical_hours_n_status"] == "F":
                self.assertEqual(int(row["clinical_hours_n"]), len(numbers))
            if row["clinical_hours_mean_status"] == "F":
                self.assertEqual(statistics.Fraction(row["clinical_hours_mean"]), statistics.statistic("mean", numbers, 0))
        self.assertGreater(sum(r["clinical_hours_mean_status"] == "F" for r in self.tables["hours_of_all"]), 3)

    def test_no_statistic_is_of_fewer_than_the_minimum(self):
        for output, table in self.tables.items():
            for row in table:
                for column in row:
                    if column.endswith("_n") and row[column]:
                        name = column[:-2]
                        for stat in ("sum", "mean", "sd"):
                            if int(row[column]) < 20:
                                self.assertNotEqual(row.get(f"{name}_{stat}_status"), "F", (output, row))

    def test_the_codebook_and_the_package_describe_every_column(self):
        for output, table in self.tables.items():
            folder = self.w.folder / f"release-{output}"
            described = {r["variable"] for r in read(folder / "codebook.csv")}
            package = (folder / "datapackage.json").read_text(encoding="utf-8")
            for column in table[0]:
                self.assertIn(column, described)
                self.assertIn(f'"{column}"', package)

    def test_a_changed_statistic_fails_verification(self):
        copy = self.w.folder / "tampered"
        shutil.copytree(self.w.folder / "release-pay", copy)
        table = copy / "table.csv"
        mean = next(r["salary_mean"] for r in self.tables["pay"] if r["salary_mean"])
        text = table.read_text(encoding="utf-8")
        table.write_text(text.replace(mean, str(int(mean) + 1000)), encoding="utf-8")
        self.w.pgarcia.run("release", "verify", copy, expect=1)

    def test_the_same_request_gives_the_same_release_and_opens_nothing_again(self):
        ledgers = [sorted((a.home / "ledger").rglob("*")) for a in self.w.agents]
        before = [{p: p.read_bytes() for p in ledger if p.is_file()} for ledger in ledgers]
        again = self.w.folder / "again"
        self.w.scenario.release(self.w.pgarcia, self.w.folder / "pay.toml", self.w.agents, again)
        self.assertEqual((again / "table.csv").read_bytes(), (self.w.folder / "release-pay" / "table.csv").read_bytes())
        after = [{p: p.read_bytes() for p in ledger if p.is_file()} for ledger in ledgers]
        self.assertEqual(before, after)

    def test_an_agent_that_is_away_delays_a_release_and_is_named(self):
        request = self.w.pgarcia.run("request", "submit", self.w.request("pay", years=["2019", "2020"])).last_line()
        for agent in (self.w.csun, self.w.lausd, self.w.csun, self.w.csun):
            agent.run("run", "--once")
            self.w.pgarcia.run("request", "wait", request, "--timeout", "1s", expect=81)
        self.assertIn("lausd", self.w.pgarcia.run("request", "show", request).out)
        for _ in range(4):
            for agent in self.w.agents:
                agent.run("run", "--once")
        self.w.pgarcia.run("request", "wait", request, "--timeout", "2s")

    def test_a_number_outside_the_range_is_refused_by_row_and_column(self):
        rows = [dict(r) for r in self.w.rows[1]]
        rows[6]["salary"] = 200001
        bad = self.w.folder / "bad.csv"
        world.write_csv(bad, HR_COLUMNS, rows)
        outcome = self.w.lausd.run("validate", "csun-lausd-2026", bad, expect=65)
        self.assertIn("salary", outcome.everything)
        self.assertNotIn("200001", outcome.everything)

    def test_what_leaves_is_said_before_it_leaves(self):
        shown = self.w.lausd.run("preview", "csun-lausd-2026", self.w.files[1]).out
        self.assertIn("salary", shown)
        self.assertIn("encrypted", shown)


class Killed(unittest.TestCase):
    """Agents that die again and again while they open a table open each sum once."""

    def test_no_kill_opens_a_sum_twice_or_loses_the_release(self):
        seed = int(os.environ.get("TALLYSTICK_SEED", "0")) or random.randrange(1, 1 << 30)
        print(f"TALLYSTICK_SEED={seed}", flush=True)
        rng, w = random.Random(seed), World()
        try:
            request = w.pgarcia.run("request", "submit", w.request("pay")).last_line()
            kills = 0
            for _ in range(60):
                for agent in w.agents:
                    process = agent.spawn("run", "--once")
                    try:
                        process.wait(rng.uniform(0, 0.25))
                    except subprocess.TimeoutExpired:
                        process.kill()
                        process.wait()
                        kills += 1
                if w.pgarcia.run("request", "wait", request, "--timeout", "1s", expect=(0, 81)).code == 0:
                    break
            else:
                for _ in range(6):
                    for agent in w.agents:
                        agent.run("run", "--once")
            out = w.folder / "release"
            w.pgarcia.run("release", "fetch", request, "--out", out)
            w.pgarcia.run("release", "verify", out)
            for name, stats in (("salary", ("mean", "sd")), ("clinical_hours", ("mean",))):
                self.assertGreater(statistics.compare(read(out / "table.csv"), "pathway", name, stats, w.linked()), 0)
            self.assertGreater(kills, 3)
            entries = w.pgarcia.run("log", "entries").out
            self.assertEqual(entries.count("request.opening"), 2, entries)  # one for each party
            for agent in w.agents:
                agent.run("doctor")
        finally:
            w.close()


if __name__ == "__main__":
    main()
