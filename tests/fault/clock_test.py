#!/usr/bin/env python3
"""Certificates and agreements whose time comes: renewal, expiry, and what the messages say.

Whole programs run under a shifted clock (libfaketime), the matcher too.

    clock_test.py --bin build/dev/bin [-v]
"""
import contextlib
import datetime
import json
import pathlib
import re
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).resolve().parents[1] / "e2e")]
import small_world as world  # noqa: E402
from scenario import Scenario, main  # noqa: E402

FAKETIME = next((p for arch in ("x86_64", "aarch64") for p in [
    pathlib.Path(f"/usr/lib/{arch}-linux-gnu/faketime/libfaketimeMT.so.1")] if p.exists()), None)
MISSING = "EXPIRY NOT TESTED: libfaketime is not installed (package faketime)"


def clock(days):
    """The environment in which it is `days` later. Time that passes is left alone: it only shifts the date."""
    return {"LD_PRELOAD": str(FAKETIME), "FAKETIME": f"+{days}d", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "NO_FAKE_STAT": "1"}


class Shifted(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tallystick-fault-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.s = Scenario(self.folder / "run")
        self.addCleanup(self.s.kill)
        self.s.init()
        self.today = datetime.datetime.now(datetime.timezone.utc).date()

    @contextlib.contextmanager
    def later(self, days):
        self.s.stop()
        self.s.added_environment = clock(days)
        self.s.start()
        yield
        self.s.stop()


@unittest.skipIf(FAKETIME is None, MISSING)
class Certificates(Shifted):
    def until(self, agent):
        text = json.loads(agent.run("--output", "json", "status").out)["certificate_until"]
        return (datetime.date.fromisoformat(text[:10]) - self.today).days

    def expired(self, program, *words):
        outcome = program.run(*words, expect=78)
        self.assertIn("certificate has expired", outcome.err)
        self.assertIn("invitation", outcome.err)
        self.assertIn("enrol", outcome.err)

    def test_certificates_are_renewed_at_two_thirds_of_their_life_or_expire_with_advice(self):
        s = self.s
        s.start()
        csun, lausd = s.enrol_institution("csun", "CSUN"), s.enrol_institution("lausd", "LAUSD")
        pgarcia, mchen = s.enrol_person("pgarcia"), s.enrol_person("mchen")
        file = self.folder / "agreement.toml"
        file.write_text(world.agreement_text(s.key_tables(csun, ["lausd"], ["pgarcia"])), encoding="utf-8")
        digest = s.conclude(file, [csun, lausd])
        _, hr = world.world()
        table = self.folder / "hr.csv"
        world.write_csv(table, world.HR_COLUMNS, hr)
        self.assertEqual(self.until(csun), 90)

        with self.later(59):
            csun.run("run", "--once")
            self.assertEqual(self.until(csun), 90)
        with self.later(61):
            csun.run("run", "--once")
            self.assertEqual(self.until(csun), 61 + 90)
            csun.run("run", "--once")
            self.assertEqual(self.until(csun), 61 + 90)
            pgarcia.run("agreements")
            self.assertEqual(self.until(lausd), 90)

        with self.later(100):
            csun.run("run", "--once")
            pgarcia.run("agreements")
            self.expired(lausd, "run", "--once")
            self.expired(lausd, "submit", digest, table)
            self.expired(mchen, "agreements")
            self.assertIn("expired", lausd.run("doctor", expect=1).out)
            # Clocks differ: what still looks good to the member does not to the matcher.
            refused = lausd.run("run", "--once", expect=69, env=clock(89))
            self.assertIn("certificate", refused.err)

            code = s.invite("institution", "lausd", "--name", "LAUSD")
            lausd.run("enrol", "--id", "lausd", "--name", "LAUSD", "--invitation", code)
            self.assertEqual(self.until(lausd), 100 + 90)
            lausd.run("submit", digest, table)  # the same keys: the agreement goes on

        with self.later(400):  # the matcher's own certificate is long over, too
            self.expired(csun, "status")
            code = s.invite("institution", "csun", "--name", "CSUN")
            csun.run("enrol", "--id", "csun", "--name", "CSUN", "--invitation", code)
            csun.run("log", "verify")

    def test_the_matcher_renews_its_own_certificate_and_makes_another_when_a_crash_left_half(self):
        s = self.s
        s.start()
        csun = s.enrol_institution("csun", "CSUN")
        pem = (s.matcher.home / "keys" / "server.pem").read_bytes()
        with self.later(61):
            self.assertNotEqual((s.matcher.home / "keys" / "server.pem").read_bytes(), pem)
            csun.run("status")
        # A crash between key and certificate leaves two that do not fit.
        (s.matcher.home / "keys" / "server.pem").write_bytes(pem)
        s.added_environment = {}
        s.start()
        csun.run("status")


@unittest.skipIf(FAKETIME is None, MISSING)
class AgreementTerm(Shifted):
    def agreement(self, identity):
        text = world.agreement_text(self.keys, identity=identity)
        for name, days in (("expires  ", 30), ("review   ", 20), ("submissions_until", 25)):
            text, count = re.subn(rf"(?m)^({name} = )\S+", rf"\g<1>{self.today + datetime.timedelta(days=days)}", text)
            self.assertEqual(count, 1)
        file = self.folder / f"{identity}.toml"
        file.write_text(text, encoding="utf-8")
        return file

    def refused(self, program, *words, rule):
        """Exit 77, the rule, and the line of the agreement that decides."""
        said = program.run(*words, expect=77).err
        self.assertIn(rule, said)
        self.assertRegex(said, r"agreement \S+ line \d+")
        self.assertIn("would pass", said)

    def test_an_agreement_ends_by_its_dates(self):
        s = self.s
        s.start()
        csun, lausd = agents = [s.enrol_institution("csun", "CSUN"), s.enrol_institution("lausd", "LAUSD")]
        pgarcia = s.enrol_person("pgarcia")
        self.keys = s.key_tables(csun, ["lausd"], ["pgarcia"])
        digest = s.conclude(self.agreement("short"), agents)
        unsigned = csun.run("agreement", "propose", self.agreement("unsigned")).last_line()
        digits = csun.run("agreement", "fingerprint", unsigned).out.strip()
        candidates, hr = world.world()
        tables = {csun: self.folder / "candidates.csv", lausd: self.folder / "hr.csv"}
        world.write_csv(tables[csun], world.CANDIDATE_COLUMNS, candidates)
        world.write_csv(tables[lausd], world.HR_COLUMNS, hr)
        for agent in agents:
            agent.run("submit", digest, tables[agent])
        request = self.folder / "hired.toml"
        request.write_text(world.request_text("hired", agreement="short"), encoding="utf-8")
        before = s.release(pgarcia, request, agents, self.folder / "release")

        with self.later(27):  # the last submissions were due two days ago; requests go on
            self.refused(csun, "submit", digest, tables[csun], rule="AGR-SUBMISSIONS-CLOSED")
            again = self.folder / "again.toml"
            again.write_text(world.request_text("retention", agreement="short"), encoding="utf-8")
            s.release(pgarcia, again, agents, self.folder / "release-27")
            waiting = pgarcia.run("request", "submit", self.filtered()).last_line()
        with self.later(30):  # dates are inclusive
            pgarcia.run("request", "check", request)
            self.assertRegex(csun.run("agreement", "show", digest).out, r"\bactive\b")

        with self.later(31):
            self.assertRegex(csun.run("agreement", "show", digest).out, r"\bexpired\b")
            self.refused(csun, "submit", digest, tables[csun], rule="AGR-TERM-EXPIRED")
            self.refused(csun, "agreement", "sign", unsigned, "--confirm-fingerprint", digits, rule="AGR-TERM-EXPIRED")
            self.refused(csun, "agreement", "propose", self.agreement("too-late"), rule="AGR-TERM-EXPIRED")
            self.refused(pgarcia, "request", "check", request, rule="AGR-TERM-EXPIRED")
            self.refused(pgarcia, "request", "submit", request, rule="AGR-TERM-EXPIRED")
            self.refused(pgarcia, "request", "wait", waiting, "--timeout", "20s", rule="AGR-TERM-EXPIRED")
            error = json.loads(csun.run("--output", "json", "submit", digest, tables[csun], expect=77).out)["error"]
            self.assertEqual(error["rule"], "AGR-TERM-EXPIRED")
            self.assertRegex(error["clause"], r"^agreement short line \d+$")
            for agent in agents:
                agent.run("run", "--once")
                self.assertFalse(list(agent.home.glob("agreements/*/secret.key")), "the secret outlives the agreement")
            # What was released stays, until [retention] releases_until.
            pgarcia.run("release", "fetch", before, "--out", self.folder / "still")
            pgarcia.run("release", "verify", self.folder / "still")
            self.assertEqual([d for d in (s.matcher.home / "data" / "chunks").iterdir() if any(d.iterdir())], [],
                             "the data outlive the agreement")

    def filtered(self):
        request = self.folder / "filtered.toml"
        request.write_text(world.request_text("hired", agreement="short", years=("2019", "2020")), encoding="utf-8")
        return request


if __name__ == "__main__":
    main()
