#!/usr/bin/env python3
"""The LAEPP generator: deterministic, as spoilt as it says, and truth that is one to one."""
import argparse
import contextlib
import csv
import io
import pathlib
import sys
import tempfile
import tomllib
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "laepp"))
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import generate  # noqa: E402
import statistics_check  # noqa: E402
from scenario import main  # noqa: E402


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def make(folder, *words):
    options = generate.parser().parse_args(words)
    with contextlib.redirect_stdout(io.StringIO()):
        return generate.generate(options, pathlib.Path(folder))


class Generator(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="tallystick-laepp-")
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.links = make(cls.folder / "a")
        cls.hr = {r["row_id"]: r for r in read(cls.folder / "a/lab/hr.csv")}
        cls.pairs = []
        for university in generate.UNIVERSITIES:
            rows = {r["row_id"]: r for r in read(cls.folder / f"a/lab/{university}.csv")}
            cls.pairs += [(rows[t["left_id"]], cls.hr[t["right_id"]])
                          for t in read(cls.folder / f"a/truth/{university}.csv")]

    @classmethod
    def tearDownClass(cls):
        cls.temporary.cleanup()

    def files(self, name):
        return {p.relative_to(self.folder / name): p.read_bytes()
                for p in (self.folder / name).rglob("*") if p.is_file()}

    def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(self):
        small = ("--completers", "600", "--staff", "2000")
        make(self.folder / "b", *small)
        make(self.folder / "c", *small)
        make(self.folder / "d", *small, "--seed", "7")
        self.assertEqual(self.files("b"), self.files("c"))
        self.assertNotEqual(self.files("b"), self.files("d"))

    def test_measures_are_in_range_and_as_often_missing_as_it_says(self):
        hr = list(self.hr.values())
        candidates = [r for u in generate.UNIVERSITIES for r in read(self.folder / f"a/{u}/candidates.csv")]
        for rows, name, least, most, missing in ((hr, "salary", 30000, 200000, 0), (hr, "evaluation_score", 1, 4, 0.12),
                                                 (candidates, "clinical_hours", 0, 2000, 0.08)):
            values = [float(r[name]) for r in rows if r[name]]
            self.assertGreaterEqual(min(values), least)
            self.assertLessEqual(max(values), most)
            self.assertAlmostEqual(1 - len(values) / len(rows), missing, delta=0.01)

    def test_a_statistic_that_is_off_is_noticed(self):
        rows = [{"pathway": "intern", "salary": str(50000 + 100 * n)} for n in range(40)]
        numbers = statistics_check.values(rows, "pathway", "intern", "salary")
        mean = statistics_check.statistic("mean", numbers, 30000)
        self.assertEqual(mean, 52000)
        table = [{"pathway": "intern", "salary_n": "40", "salary_n_status": "F", "salary_mean": "52000", "salary_mean_status": "F"}]
        self.assertEqual(statistics_check.compare(table, "pathway", "salary", ("mean",), rows), 1)
        with self.assertRaises(AssertionError):
            statistics_check.compare(table, "pathway", "salary", ("mean",), rows[:39])
        table[0]["salary_mean"] = "53000"
        with self.assertRaises(AssertionError):
            statistics_check.compare(table, "pathway", "salary", ("mean",), rows)

    def test_sizes_and_share_hired_are_those_of_the_scenario(self):
        completers = sum(len(read(self.folder / f"a/{u}/candidates.csv")) for u in generate.UNIVERSITIES)
        self.assertAlmostEqual(completers, 12_000, delta=100)
        self.assertEqual(len(read(self.folder / "a/lausd/hr.csv")), 40_000)
        self.assertAlmostEqual(sum(self.links.values()) / completers, 0.45, delta=0.02)
        for university in generate.UNIVERSITIES:
            years = {r["completion_year"] for r in read(self.folder / f"a/{university}/candidates.csv")}
            self.assertEqual(len(years), 6)

    def test_truth_is_one_to_one(self):
        for university in generate.UNIVERSITIES:
            truth = read(self.folder / f"a/truth/{university}.csv")
            for side in ("left_id", "right_id"):
                self.assertEqual(len(truth), len({t[side] for t in truth}))

    def test_rates_are_the_stated_ones_on_both_sides_independently(self):
        def share(condition):
            return sum(map(condition, self.pairs)) / len(self.pairs)
        for side in (0, 1):
            self.assertAlmostEqual(share(lambda p: p[side]["ssn_last4"] == ""), 0.25, delta=0.03)
        self.assertAlmostEqual(share(lambda p: not p[0]["ssn_last4"] and not p[1]["ssn_last4"]), 0.0625, delta=0.02)
        self.assertAlmostEqual(share(lambda p: p[0]["zip"] == p[1]["zip"]), 0.7 * 0.7, delta=0.04)
        fold = generate.fold
        self.assertAlmostEqual(share(lambda p: fold(p[0]["first_name"]) != fold(p[1]["first_name"])),
                               1 - (0.96 * 0.94) ** 2, delta=0.04)
        self.assertGreater(share(lambda p: fold(p[0]["last_name"]) != fold(p[1]["last_name"])), 0.2)
        for side, name in enumerate(("candidates", "hr")):
            self.assertAlmostEqual(share(lambda p: p[side]["previous_last_name"] != ""), 0.04, delta=0.015, msg=name)

    def test_rates_are_options(self):
        rates = [w for name in generate.RATES for w in (f"--rate-{name}", "0")]
        make(self.folder / "clean", "--completers", "600", "--staff", "2000", *rates)
        rows = read(self.folder / "clean/lausd/hr.csv")
        self.assertTrue(all(r["ssn_last4"] and not r["previous_last_name"] and "1900" not in r["birth_date"] for r in rows))

    def test_names_are_those_of_los_angeles(self):
        surnames = " ".join(r["last_name"] for r in self.hr.values())
        for sample in ("García", "Garcia", "-", "de la Cruz", "Nguyễn", "Nguyen", "Kim", "yan", "dela Cruz", "O'Brien", "Washington"):
            self.assertIn(sample, surnames)

    def test_institutions_files_hold_no_row_id_and_the_lab_agreement_names_their_columns(self):
        with open(self.folder / "a/lab/agreement.toml", "rb") as file:
            agreement = tomllib.load(file)
        for dataset, name in zip(agreement["dataset"], ("csun/candidates.csv", "lausd/hr.csv")):
            columns = set(read(self.folder / "a" / name)[0])
            self.assertNotIn("row_id", columns)
            self.assertEqual(columns, {e["name"] for e in dataset["identifier"] + dataset["category"] + dataset["measure"]})
            rows = read(self.folder / "a" / name)
            for category in dataset["category"]:
                self.assertLessEqual({r[category["name"]] for r in rows}, set(category["values"]))


if __name__ == "__main__":
    main()
