#!/usr/bin/env python3
"""Bad files given to the programs: the right exit code, every problem by row and column, never a value.

    bad_input_test.py --bin build/dev/bin [-v]
"""
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import small_world as world  # noqa: E402
from scenario import Scenario, main  # noqa: E402

HEADER = ",".join(world.CANDIDATE_COLUMNS)
# Made-up values that must never be printed; each good row holds all of them.
CANARIES = ("Canarylda", "Secretovich", "1987-03-14", "8642", "97531")


def row(number, **changed):
    values = dict(zip(world.CANDIDATE_COLUMNS,
                      (f"Canarylda{'abcdefghij'[number % 10]}{number}", f"Secretovich{number}", "1987-03-14", "F", "8642",
                       "97531", "intern", "2020")))
    values["ssn_last4"] = f"{1000 + number}" if number else "8642"
    values["birth_date"] = f"19{60 + number % 40}-03-14"
    values.update(changed)
    return ",".join(values[c] for c in world.CANDIDATE_COLUMNS)


def lines(*rows, header=HEADER):
    return ("\r\n".join([header, *rows]) + "\r\n").encode("utf-8")


GOOD = [row(n) for n in range(1, 30)]
# name -> (bytes of the file, [words that the report must hold, among them row and column])
BAD = {
    "a column is missing": (lines(*[r.split(",", 1)[1] for r in GOOD], header=HEADER.split(",", 1)[1]), ["first_name"]),
    "a column too many": (lines(*[r + ",1" for r in GOOD], header=HEADER + ",salary"), ["row 1", "column number 9"]),
    "a column twice": (lines(*[r + ",1" for r in GOOD], header=HEADER + ",zip"), ["row=1", "column=9"]),
    "no header": (lines(*GOOD[1:], header=GOOD[0]), ["header"]),
    "an empty file": (b"", []),
    "Latin-1": (lines(*GOOD[:3]) + row(40, first_name="Canarylda").encode().replace(b"Canary", b"Can\xe1ry") + b"\r\n", ["5"]),
    "UTF-16": (lines(*GOOD).decode().encode("utf-16"), ["UTF-16"]),
    "an unclosed quote": (lines(*GOOD[:3]) + b'"Canarylda,' + row(41).encode() + b"\r\n" + lines(*GOOD[5:]), ["5"]),
    "a quote inside a field": (lines(*GOOD[:3]) + row(42, first_name='Cana"rylda').encode() + b"\r\n", ["5"]),
    "NUL bytes": (lines(*GOOD[:3]) + row(43, first_name="Canary\0lda").encode() + b"\r\n", ["5"]),
    "a field of 10 MB": (lines(*GOOD[:3]) + row(44, first_name="Canarylda" * 1_200_000).encode() + b"\r\n", ["5"]),
    "too few fields": (lines(*GOOD[:3], "Canarylda,Secretovich"), ["5"]),
    "too many fields": (lines(*GOOD[:3], row(45) + ",Canarylda"), ["5"]),
    "a label outside the list": (lines(*GOOD[:3], row(46, pathway="Canarylda")), ["5", "pathway"]),
    "an empty category": (lines(*GOOD[:3], row(47, pathway="")), ["5", "pathway"]),
    "a required date that is none": (lines(*GOOD[:3], row(48, birth_date="1987-02-31")), ["5", "birth_date"]),
    "a required name that is empty": (lines(*GOOD[:3], row(49, last_name="")), ["5", "last_name"]),
    "a person twice": (lines(*GOOD, GOOD[4]), ["31"]),
    "two problems in one file": (lines(*GOOD[:3], row(50, pathway="Canarylda"), row(51), row(52, completion_year="Canarylda")),
                                 ["5", "pathway", "7", "completion_year"]),
}


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="tallystick-e2e-"))
        cls.scenario = s = Scenario(cls.folder)
        try:
            s.init()
            s.start()
            cls.csun, cls.lausd = s.enrol_institution("csun", "CSUN"), s.enrol_institution("lausd", "LAUSD")
            cls.pgarcia = s.enrol_person("pgarcia")
            file = cls.folder / "agreement.toml"
            file.write_text(world.agreement_text(s.key_tables(cls.csun, ["lausd"], ["pgarcia"])), encoding="utf-8")
            cls.file, cls.digest = file, s.conclude(file, [cls.csun, cls.lausd])
        except BaseException:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.scenario.kill()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def check_silent(self, text):
        for canary in CANARIES:
            self.assertNotIn(canary.lower(), text.lower(), "a value was printed")

    def test_every_bad_table_is_refused_with_row_and_column_and_without_a_value(self):
        table, report = self.folder / "bad.csv", self.folder / "report.json"
        for name, (data, words) in BAD.items():
            table.write_bytes(data)
            with self.subTest(name):
                report.unlink(missing_ok=True)
                validated = self.csun.run("validate", self.digest[:8], table, "--report", report, expect=65)
                self.check_silent(validated.everything)
                said = validated.everything
                if report.exists():
                    self.check_silent(report.read_text(encoding="utf-8"))
                    json.loads(report.read_text(encoding="utf-8"))
                for word in words:
                    self.assertIn(word.lower(), said.lower())
                submitted = self.csun.run("submit", self.digest[:8], table, expect=65)
                self.check_silent(submitted.everything)
        self.assertNotIn("committed", self.csun.run("submissions", "list", self.digest[:8]).out)

    def test_what_the_options_forgive_is_forgiven(self):
        table = self.folder / "good.csv"
        for name, data, options in (("a BOM", b"\xef\xbb\xbf" + lines(*GOOD), []),
                                    ("line feeds", lines(*GOOD).replace(b"\r\n", b"\n"), []),
                                    ("an extra column", lines(*[r + ",1" for r in GOOD], header=HEADER + ",salary"), ["--ignore-extra"]),
                                    ("a person twice", lines(*GOOD, GOOD[4]), ["--dedupe", "first"]),
                                    ("one bad row", lines(*GOOD, row(60, pathway="Canarylda")), ["--max-errors", "1"]),
                                    ("quotes", lines(*GOOD).replace(b"intern", b'"intern"'), [])):
            table.write_bytes(data)
            with self.subTest(name):
                outcome = self.csun.run("submit", self.digest[:8], table, *options)
                self.check_silent(outcome.everything)

    def test_a_mapping_file_renames_columns_and_its_problems_have_lines(self):
        table, mapping = self.folder / "renamed.csv", self.folder / "mapping.toml"
        renamed = HEADER.replace("first_name", "Given Name").replace("pathway", "Program")
        table.write_bytes(lines(*GOOD, header=renamed))
        template = self.folder / "template"
        self.csun.run("template", self.digest, "--out", template)
        self.csun.run("validate", self.digest, table, expect=65)
        as_written = template / "candidates-mapping.toml"
        good = (as_written.read_text(encoding="utf-8").replace('"first_name"', '"Given Name"')
                .replace('"pathway"', '"Program"'))
        mapping.write_text(good, encoding="utf-8")
        self.csun.run("validate", self.digest, table, "--mapping", as_written, expect=65)
        for words in (["validate"], ["preview"], ["submit", "--dry-run"]):
            self.check_silent(self.csun.run(*words, self.digest, table, "--mapping", mapping).everything)
        line = 1 + good.splitlines().index('zip = "zip"')
        for bad, words in ((good.replace('zip = "zip"', 'zap = "zip"'), ["did you mean `zip`?"]),
                           (good.replace('zip = "zip"', 'zip = "Program"'), ["`Program`", "already"]),
                           (good.replace('zip = "zip"', "zip = 5"), [])) :
            mapping.write_text(bad, encoding="utf-8")
            for verb in ("validate", "preview", "submit"):
                outcome = self.csun.run(verb, self.digest, table, "--mapping", mapping, expect=65)
                # Either line of the two that name one column.
                self.assertRegex(outcome.err, rf"mapping\.toml:({line}|{line + 1}):1: error: ")
                for word in words:
                    self.assertIn(word, outcome.err)
        self.csun.run("validate", self.digest, table, "--mapping", self.folder / "none.toml", expect=66)

    def test_bad_agreements_name_the_line_and_what_was_meant(self):
        text = self.file.read_text(encoding="utf-8")
        for name, changed, words in (
                ("unknown key", text.replace("min_cell =", "min_cel ="), ["min_cell"]),
                ("not TOML", text.replace("[term]", "[term"), []),
                ("unknown party", text.replace('party = "lausd"', 'party = "laus"'), ["laus"]),
                ("unknown element", text.replace('"hr.employed"]', '"hr.employedd"]'), ["employedd"]),
                ("expires before it begins", text.replace("effective = ", "effective = 2999-01-01 # "), []),
                ("not UTF-8", None, [])):
            file = self.folder / "bad.toml"
            file.write_bytes(changed.encode() if changed is not None else text.encode().replace(b"retention by", b"ret\xe9ntion"))
            with self.subTest(name):
                outcome = self.csun.run("agreement", "lint", file, expect=(1, 65, 78))
                self.assertRegex(outcome.everything, r":\d+")
                for word in words:
                    self.assertIn(word, outcome.everything)
                self.csun.run("agreement", "propose", file, expect=(1, 65, 78))

    def test_bad_requests_are_refused(self):
        for text in ("", "agreement = 1\n", world.request_text("hired") + "colour = 1\n", "[filter\n",
                     world.request_text("hired", years=["1066"]), world.request_text("hired", agreement="no-such-agreement")):
            file = self.folder / "bad-request.toml"
            file.write_text(text, encoding="utf-8")
            with self.subTest(text):
                self.pgarcia.run("request", "check", file, expect=(65, 77, 78))

    def test_an_unknown_configuration_key_stops_the_matcher_with_file_and_line(self):
        s = Scenario(self.folder / "second")
        s.init()
        file = s.matcher.home / "matcher.toml"
        file.write_text('lisen = "127.0.0.1:1"\n' + file.read_text(encoding="utf-8"), encoding="utf-8")
        outcome = s.matcher.run("serve", "--listen", "127.0.0.1:0", expect=78, timeout=20)
        self.assertIn("matcher.toml:1", outcome.everything)
        self.assertIn("listen", outcome.everything)

    def test_first_run_messages_say_what_to_do(self):
        for program, words in ((self.scenario.agent("fresh"), ["status"]), (self.scenario.agent("fresh"), ["run", "--once"]),
                               (self.scenario.person("fresh"), ["agreements"])):
            with self.subTest(program=program.name, words=words):
                outcome = program.run(*words, expect=(66, 78))
                self.assertIn("enrol", outcome.everything)


if __name__ == "__main__":
    main()
