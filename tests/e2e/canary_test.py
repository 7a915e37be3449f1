#!/usr/bin/env python3
"""P26, P27: made-up names, birth dates and SSNs planted in the input are found nowhere afterwards.

Looked at: every byte of the matcher's, the agents' and the researcher's homes, what the matcher could
decrypt (`dump --decrypted`), every log and message, temporary folders, and the traffic, which here
passes through a proxy. The positive control is an institution's name, which must be found.

    canary_test.py --bin build/dev/bin [-v]
"""
import base64
import hashlib
import os
import pathlib
import shutil
import socket
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import small_world as world  # noqa: E402
from scenario import Scenario, main  # noqa: E402

FIRST, LAST, PREVIOUS = "Zyxolanthe", "Quvrimbaldo", "Wexfrodini"
BORN, SSN = "1931-07-19", "587351946"
CONTROL = "Canary Control University"


class Tee:
    """A TCP proxy that keeps every byte of both directions."""

    def __init__(self):
        self.seen, self.upstream = bytearray(), None
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.upstream))
            except OSError:
                return
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self.pump, args=(source, sink), daemon=True).start()

    def pump(self, source, sink):
        try:
            while data := source.recv(65536):
                self.seen += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()


def forms(value):
    """The byte strings by which `value` would be recognised, unkeyed hashes included."""
    texts = {value, value.lower(), value.upper()}
    if value == BORN:
        year, month, day = value.split("-")
        texts |= {year + month + day, f"{month}/{day}/{year}", f"{day}/{month}/{year}"}
    if value == SSN:
        texts.add(f"{SSN[:3]}-{SSN[3:5]}-{SSN[5:]}")
    for text in sorted(texts):
        raw = text.encode()
        yield raw
        yield text.encode("utf-16-le")
        yield raw.hex().encode()
        yield base64.b64encode(raw)[:-4] or raw
        for algorithm in ("md5", "sha1", "sha256"):
            digest = hashlib.new(algorithm, raw)
            yield digest.digest()
            yield digest.hexdigest().encode()


NEEDLES = {needle: value for value in (FIRST, LAST, PREVIOUS, BORN, SSN) for needle in forms(value)}
for text in (f"{FIRST}{LAST}", f"{LAST}{FIRST}", f"{FIRST}|{LAST}|{BORN}", f"{FIRST} {LAST}"):
    NEEDLES[hashlib.sha256(text.lower().encode()).digest()] = "a hash of the name"


def found_in(data):
    return sorted({value for needle, value in NEEDLES.items() if needle in data})


class Canaries(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tallystick-e2e-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.input, self.temporary = self.folder / "input", self.folder / "tmp"
        self.input.mkdir()
        self.temporary.mkdir()

    def rows(self):
        """The small world with an SSN column, and one canary person on both sides."""
        candidates, hr = world.world()
        columns = [c if c != "ssn_last4" else "ssn" for c in world.CANDIDATE_COLUMNS]
        hr_columns = [c if c != "ssn_last4" else "ssn" for c in world.HR_COLUMNS]
        for row in candidates + hr:
            row["ssn"] = "521-36-" + row.pop("ssn_last4")
        person = {"first_name": FIRST, "last_name": f"{LAST}-{PREVIOUS}", "birth_date": BORN, "sex": "F", "ssn": SSN, "zip": "90001"}
        candidates.append(person | {"pathway": "intern", "completion_year": "2020"})
        hr.insert(0, person | {"employed": "yes", "retained_3y": "yes", "birth_date": "07/19/1931", "last_name": PREVIOUS.upper()})
        return (columns, candidates), (hr_columns, hr)

    def look(self, *folders):
        leaks = []
        for folder in folders:
            for file in folder.rglob("*"):
                if file.is_file() and not file.is_symlink():
                    leaks += [f"{value} in {file}" for value in found_in(file.read_bytes())]
                leaks += [f"{value} in the name of {file}" for value in found_in(os.fsencode(file.name))]
        return leaks

    def test_no_byte_of_a_planted_person_is_found_anywhere(self):
        # The search itself: it finds what is there, also as a hash.
        (self.temporary / "planted").write_bytes(b"\0" + hashlib.sha256(SSN.encode()).digest() + LAST.upper().encode())
        self.assertEqual(len(self.look(self.temporary)), 2)
        (self.temporary / "planted").unlink()

        os.environ["TMPDIR"] = str(self.temporary)
        self.addCleanup(os.environ.pop, "TMPDIR")
        tee = Tee()
        self.addCleanup(tee.close)
        s = Scenario(self.folder / "run")
        s.init("--public-url", f"https://127.0.0.1:{tee.port}")
        with s.running():
            tee.upstream = int(s.listen.rsplit(":", 1)[1])
            agents = [s.enrol_institution("csun", CONTROL), s.enrol_institution("lausd", "LAUSD")]
            pgarcia = s.enrol_person("pgarcia")
            file = self.input / "agreement.toml"
            file.write_text(world.agreement_text(s.key_tables(agents[0], ["lausd"], ["pgarcia"])).replace(
                'name = "ssn_last4"\n  kind = "ssn-last4"', 'name = "ssn"\n  kind = "ssn"'), encoding="utf-8")
            digest = s.conclude(file, agents)
            for agent, name, (columns, rows) in zip(agents, ("candidates.csv", "hr.csv"), self.rows()):
                table = self.input / name
                world.write_csv(table, columns, rows)
                agent.run("validate", digest[:8], table, "--report", s.folder / f"{name}.json")
                agent.run("preview", digest[:8], table)
                # a bad file first: its messages are searched too
                bad = self.input / f"bad-{name}"
                world.write_csv(bad, columns, rows + [rows[0] | {"zip": "90002", columns[-2]: FIRST, "birth_date": SSN}])
                agent.run("submit", digest[:8], bad, expect=65)
                agent.run("submit", digest[:8], table)
            request = self.input / "request.toml"
            request.write_text(world.request_text("hired"), encoding="utf-8")
            s.release(pgarcia, request, agents, s.folder / "release")
        s.matcher.run("dump", "--decrypted", "--out", s.folder / "dump")

        self.assertGreater(len(tee.seen), 100_000, "the traffic did not pass through the proxy")
        self.assertEqual(found_in(bytes(tee.seen)), [])
        self.assertEqual(self.look(s.folder, self.temporary), [])
        # Positive control: what the matcher may know is found, so the search looks in the right place.
        known = [f for folder in (s.folder / "dump", s.matcher.home) for f in folder.rglob("*")
                 if f.is_file() and CONTROL.encode() in f.read_bytes()]
        self.assertTrue(known, "not even the institution's name is found")


if __name__ == "__main__":
    main()
