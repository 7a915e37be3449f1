#!/usr/bin/env python3
"""Linkage quality of tallystick-lab on files with known truth.

    linkage_quality_test.py --bin build/release/bin [-v] [Laepp | Febrl]
"""
import csv
import json
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import scenario  # noqa: E402
from scenario import ROOT, main  # noqa: E402


def pairs_of(path):
    with open(path, newline="", encoding="utf-8") as file:
        return {(row["left_id"], row["right_id"]) for row in csv.DictReader(file)}


class Lab(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tallystick-lab-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.scenario = scenario.Scenario(self.folder)

    def lab(self, *words):
        outcome = self.scenario.execute([str(scenario.BIN / "tallystick-lab"), *map(str, words)])
        self.assertEqual(outcome.code, 0, outcome)
        return outcome

    def link(self, agreement, left, right, column, *words, pairs="pairs.csv"):
        self.lab("link", "--agreement", agreement, "--left", left, "--right", right, "--id", column,
                 "--ignore-extra", "--pairs", self.folder / pairs, *words)
        return self.folder / pairs

    def judge(self, pairs, truth):
        """Returns (right, found, true) and checks the program's own arithmetic against it."""
        found, true = pairs_of(pairs), pairs_of(truth)
        said = json.loads(self.lab("evaluate", "--pairs", pairs, "--truth", truth, "--output", "json").out)
        self.assertAlmostEqual(said["precision"], len(found & true) / len(found), places=3)
        self.assertAlmostEqual(said["recall"], len(found & true) / len(true), places=3)
        return len(found & true), len(found), len(true)


class Laepp(Lab):
    def test_default_ladder_reaches_precision_99_and_recall_90_on_laepp_data(self):
        made = self.scenario.execute([sys.executable, str(ROOT / "examples/laepp/generate.py"),
                                      "--out", str(self.folder / "data")])
        self.assertEqual(made.code, 0, made)
        data = self.folder / "data"
        right = found = true = 0
        for truth in sorted((data / "truth").glob("*.csv")):
            pairs = self.link(data / "lab/agreement.toml", data / "lab" / truth.name, data / "lab/hr.csv", "row_id",
                              pairs=truth.name)
            counts = self.judge(pairs, truth)
            right, found, true = right + counts[0], found + counts[1], true + counts[2]
        print(f"LAEPP: precision {right / found:.4f}, recall {right / true:.4f}")
        self.assertGreaterEqual(right / found, 0.99)
        self.assertGreaterEqual(right / true, 0.90)

    def test_pairs_are_the_same_bytes_for_any_number_of_threads(self):
        self.scenario.execute([sys.executable, str(ROOT / "examples/laepp/generate.py"), "--out", str(self.folder / "data"),
                               "--completers", "1200", "--staff", "5000"])
        data = self.folder / "data"
        words = (data / "lab/agreement.toml", data / "lab/csun.csv", data / "lab/hr.csv", "row_id")
        one = self.link(*words, "--threads", "1", pairs="one.csv").read_bytes()
        self.assertGreater(one.count(b"\n"), 100)
        self.assertEqual(one, self.link(*words, "--threads", "2", pairs="two.csv").read_bytes())
        self.assertEqual(one, self.link(*words, "--threads", "7", pairs="seven.csv").read_bytes())


class Febrl(Lab):
    def test_example_ladder_reaches_precision_99_and_recall_88_on_half_overlapping_febrl4(self):
        data = pathlib.Path(os.environ.get("TALLYSTICK_TEST_DATA", ROOT.parent / "shared" / "data")) / "febrl4-half"
        if not data.is_dir():
            self.skipTest(f"{data} is not there")
        pairs = self.link(ROOT / "examples/febrl/agreement.toml", data / "a.csv", data / "b.csv", "rec_id")
        right, found, true = self.judge(pairs, data / "truth.csv")
        print(f"FEBRL 4, half overlap: precision {right / found:.4f}, recall {right / true:.4f}")
        self.assertGreaterEqual(right / found, 0.99)
        self.assertGreaterEqual(right / true, 0.88)


if __name__ == "__main__":
    main()
