#!/usr/bin/env python3
"""The command sequence of the contract, as users type it, from `init` to `release verify`.

    contract_sequence_test.py --bin build/dev/bin [-v] [TestClass.test_name]
"""
import csv
import json
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import small_world as world  # noqa: E402
from scenario import Scenario, main  # noqa: E402

def read_table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


class Road(unittest.TestCase):
    """Walks the whole road once; the tests look at what it left behind, in order of their names."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tallystick-e2e-"))
        cls.scenario = s = Scenario(cls.folder)
        try:
            cls.walk(s)
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.scenario.kill()
        shutil.rmtree(cls.folder, ignore_errors=True)

    @classmethod
    def walk(cls, s):
        s.init()
        s.start()
        cls.csun = s.enrol_institution("csun", "California State University, Northridge")
        cls.lausd = s.enrol_institution("lausd", "Los Angeles Unified School District")
        cls.pgarcia = s.enrol_person("pgarcia")
        cls.stranger = s.enrol_person("stranger")
        cls.agents = [cls.csun, cls.lausd]

        cls.file = cls.folder / "agreement.toml"
        cls.file.write_text(world.agreement_text(s.key_tables(cls.csun, ["lausd"], ["pgarcia"])), encoding="utf-8")
        cls.digest = s.conclude(cls.file, cls.agents)

        candidates, hr = world.world()
        cls.candidates, cls.hr = cls.folder / "candidates.csv", cls.folder / "hr.csv"
        world.write_csv(cls.candidates, world.CANDIDATE_COLUMNS, candidates)
        world.write_csv(cls.hr, world.HR_COLUMNS, hr)
        cls.csun.run("template", cls.digest[:12], "--out", cls.folder / "template")
        cls.submissions = []
        for agent, file in ((cls.csun, cls.candidates), (cls.lausd, cls.hr)):
            agent.run("validate", cls.digest[:8], file, "--report", cls.folder / "report.json")
            cls.preview = agent.run("preview", "csun-lausd-2026", file)
            cls.submissions.append(agent.run("submit", "csun-lausd-2026", file).last_line())

        cls.requests, cls.tables = {}, {}
        for output in ("retention", "hired"):
            file = cls.folder / f"{output}.toml"
            file.write_text(world.request_text(output), encoding="utf-8")
            cls.pgarcia.run("request", "check", file)
            if output == "retention":  # nobody has approved yet
                cls.waiting = cls.pgarcia.run("request", "submit", file).last_line()
                cls.pgarcia.run("request", "wait", cls.waiting, "--timeout", "1s", expect=81)
            cls.requests[output] = s.release(cls.pgarcia, file, cls.agents, cls.folder / f"release-{output}")
            cls.pgarcia.run("release", "verify", cls.folder / f"release-{output}")
            cls.tables[output] = read_table(cls.folder / f"release-{output}" / "table.csv")

    # -- what the researcher gets -------------------------------------------------------------

    def test_table_has_a_row_for_every_combination_and_margin(self):
        for output, dimensions in (("retention", ["pathway", "retained_3y"]), ("hired", ["pathway", "employed"])):
            with self.subTest(output):
                header, *rows = self.tables[output]
                self.assertEqual(header, dimensions + ["count", "count_status"])
                self.assertEqual(len(rows), len({tuple(r[:2]) for r in rows}), "a combination stands twice")
                self.assertEqual({tuple(r[:2]) for r in rows}, set(world.true_counts(output)))

    def test_published_counts_are_the_true_ones_and_never_1_to_10(self):
        for output, table in self.tables.items():
            truth = world.true_counts(output)
            for row in table[1:]:
                with self.subTest(output=output, row=row):
                    self.assertIn(row[3], "FS")
                    if row[3] == "S":
                        self.assertEqual(row[2], "")
                    else:
                        self.assertEqual(int(row[2]), truth[row[0], row[1]])
                        self.assertNotIn(int(row[2]), range(1, 11))

    def test_the_small_cell_is_suppressed_and_not_alone_and_the_zero_is_shown(self):
        status = {(r[0], r[1]): (r[2], r[3]) for r in self.tables["retention"][1:]}
        self.assertEqual(status["intern", "not observed"], ("", "S"))
        self.assertEqual(status["residency", "no"], ("0", "F"))
        self.assertGreaterEqual(sum(s == "S" for _, s in status.values()), 4)
        self.assertTrue(all(r[3] == "F" for r in self.tables["hired"][1:]), "nothing in it is small")

    def test_no_suppressed_number_can_be_bounded_closely_from_the_published_ones(self):
        for output, table in self.tables.items():
            truth = world.true_counts(output)
            suppressed = {(r[0], r[1]) for r in table[1:] if r[3] == "S"}
            for cell in sorted(suppressed):
                low, high = world.bounds_of(cell, truth, suppressed)
                with self.subTest(output=output, cell=cell, low=low, high=high):
                    self.assertGreaterEqual(high, 11)
                    self.assertGreaterEqual(high - low, 10)
                    if truth[cell] < 11:
                        self.assertLessEqual(low, 1)

    def test_release_directory_holds_what_the_contract_lists(self):
        folder = self.folder / "release-retention"
        for name in ("README.md", "table.csv", "datapackage.json", "codebook.csv", "quality.json", "disclosure.json",
                     "release.json", "agreement.toml", "log-policy.txt", "receipt.tlog-proof", "manifest.sha256"):
            self.assertTrue((folder / name).is_file(), name)
        self.assertEqual((folder / "agreement.toml").read_bytes(), self.file.read_bytes())
        for name in ("datapackage.json", "quality.json", "disclosure.json", "release.json"):
            json.loads((folder / name).read_text(encoding="utf-8"))
        self.assertIn("Does a residency keep teachers longer?", (folder / "README.md").read_text(encoding="utf-8"))

    def test_manifest_hashes_are_those_of_the_files(self):
        done = self.scenario.execute(["sha256sum", "--check", "--strict",
                                      str(self.folder / "release-retention" / "manifest.sha256")])
        if done.code:  # names in it are relative to the release
            done = self.scenario.execute(["sh", "-c", "cd release-retention && sha256sum --check --strict manifest.sha256"])
        self.assertEqual(done.code, 0, done)

    def test_verify_works_offline_and_by_anybody(self):
        self.scenario.stop()
        try:
            self.pgarcia.run("release", "verify", self.folder / "release-hired")
            self.scenario.person("nobody").run("release", "verify", self.folder / "release-hired")
        finally:
            self.scenario.start()

    def test_a_tampered_release_fails_verification(self):
        for name, change in (("table.csv", lambda b: b.replace(b"115", b"116", 1)),
                             ("table.csv", lambda b: b + b"x,y,12,F\r\n"),
                             ("agreement.toml", lambda b: b.replace(b"min_cell = 11", b"min_cell = 12")),
                             ("release.json", lambda b: re.sub(rb"[0-9a-f]{64}", b"0" * 64, b, 1)),
                             # Labels twice in one party's name: only one set would be checked.
                             ("release.json", lambda b: re.sub(rb'("labels": \[\s*)(\{[^}]*\})', rb"\1\2, \2", b)),
                             ("receipt.tlog-proof", lambda b: b[:-20] + b"AAAA" + b[-16:]),
                             ("manifest.sha256", lambda b: b"")):
            with self.subTest(name):
                copy = self.folder / "tampered"
                shutil.rmtree(copy, ignore_errors=True)
                shutil.copytree(self.folder / "release-hired", copy)
                before = (copy / name).read_bytes()
                (copy / name).write_bytes(change(before))
                self.assertNotEqual((copy / name).read_bytes(), before, "the test must change a byte")
                self.pgarcia.run("release", "verify", copy, expect=1)

    def test_a_tampered_table_with_a_mended_manifest_still_fails(self):
        copy = self.folder / "mended"
        shutil.copytree(self.folder / "release-hired", copy)
        table = copy / "table.csv"
        table.write_bytes(table.read_bytes().replace(b"115", b"116", 1))
        digest = self.scenario.execute(["sha256sum", str(table)]).out[:64]
        manifest = copy / "manifest.sha256"
        manifest.write_text(re.sub(r"[0-9a-f]{64}(?=[ *]+(?:\./)?table\.csv)", digest, manifest.read_text()))
        self.pgarcia.run("release", "verify", copy, expect=1)

    def test_the_same_request_gives_the_same_release(self):
        again = self.folder / "again"
        self.scenario.release(self.pgarcia, self.folder / "hired.toml", self.agents, again)
        self.assertEqual((again / "table.csv").read_bytes(), (self.folder / "release-hired" / "table.csv").read_bytes())
        self.assertEqual(json.loads((again / "release.json").read_text()),
                         json.loads((self.folder / "release-hired" / "release.json").read_text()))

    def test_an_institution_named_as_recipient_reads_its_release(self):
        out = self.folder / "for-lausd"
        self.lausd.run("release", "fetch", self.requests["hired"], "--out", out)
        self.assertEqual(read_table(out / "table.csv"), self.tables["hired"])
        self.assertIn(self.requests["hired"], self.lausd.run("release", "list").out)

    # -- lists, log, template -----------------------------------------------------------------

    def test_everything_can_be_listed(self):
        self.assertIn(self.requests["hired"], self.pgarcia.run("request", "list").out)
        self.assertIn(self.requests["hired"], self.pgarcia.run("release", "list").out)
        self.assertIn(self.requests["hired"], self.csun.run("requests", "list").out)
        self.assertIn(self.submissions[0], self.csun.run("submissions", "list", self.digest[:8]).out)
        self.assertIn("csun-lausd-2026", self.csun.run("agreement", "list").out)
        self.assertIn("csun-lausd-2026", self.pgarcia.run("agreements").out)
        self.assertIn("hired", self.pgarcia.run("rules", "csun-lausd-2026").out)
        self.pgarcia.run("agreement", "show", "csun-lausd-2026")
        for program in (self.csun, self.scenario.matcher):
            program.run("status")
            json.loads(program.run("status", "--output", "json").out)

    def test_the_log_verifies(self):
        for program in (self.csun, self.lausd, self.pgarcia):
            program.run("log", "verify")
        self.assertTrue(self.pgarcia.run("log", "entries", "--since", "0").out.strip())

    def test_template_has_the_header_of_the_dataset(self):
        headers = [f.read_text(encoding="utf-8-sig").splitlines()[0] for f in (self.folder / "template").rglob("*.csv")]
        self.assertTrue(any(set(world.CANDIDATE_COLUMNS) <= set(h.split(",")) for h in headers), headers)

    def test_preview_says_what_each_party_learns_of_non_matches(self):
        self.assertIn("learn", self.preview.out.lower())
        self.assertNotIn("Zoraida", self.preview.everything)

    def test_exported_agreement_has_the_exact_bytes(self):
        out = self.folder / "exported.toml"
        self.lausd.run("agreement", "export", self.digest[:8], "--out", out)
        self.assertEqual(out.read_bytes(), self.file.read_bytes())

    # -- refusals -----------------------------------------------------------------------------

    def test_usage_errors_exit_2(self):
        for program, words in ((self.csun, ["frobnicate"]), (self.csun, []), (self.csun, ["submit"]),
                               (self.pgarcia, ["request", "wait"]), (self.pgarcia, ["release", "fetch", "x"]),
                               (self.scenario.matcher, ["invite", "emperor", "nero"]),
                               (self.csun, ["agreement", "revoke", self.digest])):
            with self.subTest(words=words):
                program.run(*words, expect=2)

    def test_missing_input_exits_66(self):
        nowhere = self.folder / "nowhere"
        for program, words in ((self.csun, ["validate", self.digest[:8], nowhere]), (self.csun, ["submit", self.digest[:8], nowhere]),
                               (self.csun, ["agreement", "lint", nowhere]), (self.csun, ["agreement", "propose", nowhere]),
                               (self.pgarcia, ["request", "check", nowhere]), (self.pgarcia, ["release", "verify", nowhere])):
            with self.subTest(words=words):
                program.run(*words, expect=66)

    def test_output_that_cannot_be_created_exits_73(self):
        self.pgarcia.run("release", "fetch", self.requests["hired"], "--out", self.candidates / "below-a-file", expect=73)

    def test_an_unreachable_matcher_exits_69(self):
        self.scenario.stop()
        try:
            self.csun.run("submit", self.digest[:8], self.candidates, expect=69)
            self.pgarcia.run("request", "submit", self.folder / "hired.toml", expect=69)
        finally:
            self.scenario.start()

    def test_what_the_agreement_does_not_permit_exits_77(self):
        file = self.folder / "forbidden.toml"
        for text in (world.request_text("salaries"), world.request_text("hired").replace("completion_year", "pathway") +
                     '[filter]\n"candidates.pathway" = ["intern"]\n'):
            file.write_text(text, encoding="utf-8")
            with self.subTest(text):
                outcome = self.pgarcia.run("--output", "json", "request", "check", file, expect=77)
                error = json.loads(outcome.out or outcome.err)["error"]
                self.assertTrue(error["id"] and error["message"] and error["rule"], error)
        self.stranger.run("request", "submit", self.folder / "hired.toml", expect=77)
        self.stranger.run("release", "fetch", self.requests["hired"], "--out", self.folder / "stolen", expect=77)
        self.assertFalse((self.folder / "stolen" / "table.csv").exists())

    def test_an_invitation_works_once_and_for_its_own_id(self):
        code = self.scenario.invite("researcher", "mchen")
        self.scenario.person("other").run("enrol", "--id", "other", "--invitation", code, expect=77)
        self.scenario.person("mchen").run("enrol", "--id", "mchen", "--invitation", "-", stdin=code + "\n")
        self.scenario.person("thief").run("enrol", "--id", "mchen", "--invitation", code, expect=77)

    def test_a_wrong_fingerprint_does_not_sign(self):
        self.csun.run("agreement", "sign", self.digest[:8], "--confirm-fingerprint", "1" * 48, expect=(1, 77))

    def test_a_changed_agreement_is_another_one(self):
        changed = self.folder / "changed.toml"
        changed.write_bytes(self.file.read_bytes().replace(b"min_cell = 11", b"min_cell = 12"))
        self.assertNotEqual(self.csun.run("agreement", "propose", changed).find(r"\b[0-9a-f]{64}\b"), self.digest)

    def test_version_and_help_everywhere(self):
        for program in (self.csun, self.pgarcia, self.scenario.matcher):
            for words in (["--version"], ["--help"], ["status", "--help"]):
                if words[0] == "status" and program is self.pgarcia:
                    words = ["request", "submit", "--help"]
                with self.subTest(program=program.name, words=words):
                    self.assertTrue(program.run(*words).out.strip())

    def test_nothing_of_a_person_is_with_the_matcher_or_in_a_log(self):
        needles = [n.encode() for n in ("Zoraida", "zoraida", "Bracamontes", "BRACAMONTES", "bracamontes", "Quetzalli", "1970-01-02")]
        for folder in (self.folder / "matcher", self.folder / "agents", self.folder / "people"):
            for file in folder.rglob("*"):
                if file.is_file() and not file.is_symlink():
                    data = file.read_bytes()
                    for needle in needles:
                        self.assertNotIn(needle, data, f"{needle!r} in {file}")
        log = (self.folder / "matcher.log").read_bytes()
        self.assertFalse([n for n in needles if n in log])


class Suspension(unittest.TestCase):
    """A road of its own, because it ends the agreement."""

    def test_suspended_resumed_and_revoked_agreements(self):
        with tempfile.TemporaryDirectory(prefix="tallystick-e2e-") as folder:
            folder = pathlib.Path(folder)
            s = Scenario(folder)
            s.init()
            with s.running():
                csun, lausd = s.enrol_institution("csun", "CSUN"), s.enrol_institution("lausd", "LAUSD")
                pgarcia = s.enrol_person("pgarcia")
                file = folder / "agreement.toml"
                file.write_text(world.agreement_text(s.key_tables(csun, ["lausd"], ["pgarcia"])), encoding="utf-8")
                digest = s.conclude(file, [csun, lausd])
                candidates, _ = world.world()
                table = folder / "candidates.csv"
                world.write_csv(table, world.CANDIDATE_COLUMNS, candidates)
                csun.run("agreement", "suspend", digest[:8])
                csun.run("submit", digest[:8], table, expect=77)
                lausd.run("agreement", "resume", digest[:8], expect=77)  # only who suspended resumes
                csun.run("agreement", "resume", digest[:8])
                csun.run("submit", digest[:8], table)
                request = folder / "hired.toml"
                request.write_text(world.request_text("hired"), encoding="utf-8")
                lausd.run("agreement", "revoke", digest[:8], "--reason", "the study has ended")
                csun.run("run", "--once")
                csun.run("submit", digest[:8], table, expect=77)
                pgarcia.run("request", "submit", request, expect=77)


if __name__ == "__main__":
    main()
