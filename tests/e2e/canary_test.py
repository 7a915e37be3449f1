#!/usr/bin/env python3
"""P26, P27: made-up names, birth dates and SSNs planted in the input are found nowhere afterwards.

Looked at: every byte of the matcher's, the agents' and the researcher's homes, what the matcher could
decrypt (`dump --decrypted`), its live memory, every log and message, temporary folders, and the traffic,
which here passes through a proxy; in plain, other cases and encodings, and as unkeyed hashes. Positive
controls: an institution's name, which must be found, and leaks, which must be caught.

    canary_test.py --bin build/dev/bin [-v]
"""
import base64
import hashlib
import itertools
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
        self.seen, self.upstream, self.sockets = bytearray(), None, []
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
            self.sockets += [client, server]
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
        for each in [self.listener, *self.sockets]:
            each.close()


def base64_of(raw):
    """What of a base64 text is the same wherever `raw` stands in it, for each of the three places."""
    for skipped in range(3):
        text = base64.b64encode(b"\0" * skipped + raw)
        inner = text[skipped and skipped + 1:(len(raw) + skipped) // 3 * 4]
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


def hashes_of(raw):
    """Unkeyed digests. Tokens have 16 bytes, so the first 16 of a longer digest count."""
    for algorithm in ("md5", "sha1", "sha256"):
        digest = hashlib.new(algorithm, raw).digest()
        yield digest[:16]
        yield digest.hex()[:32].encode()
        yield base64.b64encode(digest)[:20]


def spellings(value):
    texts = {value, value.lower(), value.upper()}
    if value == BORN:
        year, month, day = value.split("-")
        texts |= {year + month + day, f"{month}/{day}/{year}", f"{day}/{month}/{year}", f"{year}-{day}-{month}"}
    if value == SSN:
        texts.add(f"{SSN[:3]}-{SSN[3:5]}-{SSN[5:]}")
    return sorted(texts)


def forms(value):
    """The byte strings by which `value` would be recognised."""
    for text in spellings(value):
        raw = text.encode()
        yield from (raw, raw[::-1], raw.hex().encode(), raw.hex().upper().encode())
        yield from (text.encode("utf-16-le"), text.encode("utf-16-be"))
        yield from base64_of(raw)
        yield from hashes_of(raw)


def lp(raw):
    return len(raw).to_bytes(4, "big") + raw


def combined():
    """Digests of what match keys are made of: tokens must be keyed. Parts as linkage.md puts them."""
    parts = (FIRST, LAST, PREVIOUS, BORN, SSN, SSN[-4:], "f", "90001", "900", FIRST[:3])
    for case, count in itertools.product((str.lower, str.upper), (1, 2, 3)):
        for chosen in itertools.permutations([case(part).encode() for part in parts], count):
            for message in (b"".join(chosen), b" ".join(chosen), b"|".join(chosen), b"".join(map(lp, chosen)),
                            lp(b"normaliser 1") + b"".join(map(lp, chosen))):
                yield from hashes_of(message)


NEEDLES = {needle: "a hash of the person" for needle in combined()}
NEEDLES |= {needle: value for value in (FIRST, LAST, PREVIOUS, BORN, SSN) for needle in forms(value)}
# Some ten thousand needles are sought in one pass, by their first bytes.
WINDOW, BLOCK = 8, 1 << 20
BY_START = {}
for each, meaning in NEEDLES.items():
    assert len(each) >= WINDOW, each
    BY_START.setdefault(each[:WINDOW], []).append((each, meaning))
PLAIN = {text.encode(): value for value in (FIRST, LAST, PREVIOUS, BORN, SSN) for text in spellings(value)}


def found_in(data):
    found = set()
    for begin in range(0, len(data), BLOCK):
        block = data[begin:begin + BLOCK + WINDOW - 1]
        for start in BY_START.keys() & {block[i:i + WINDOW] for i in range(len(block) - WINDOW + 1)}:
            found |= {value for needle, value in BY_START[start] if needle in data}
    return sorted(found)


def memory_of(process):
    """The writable memory of a running process, in pieces; needs root."""
    with open(f"/proc/{process}/maps", encoding="utf-8") as maps, open(f"/proc/{process}/mem", "rb", buffering=0) as memory:
        for line in maps:
            begin, end = (int(part, 16) for part in line.split()[0].split("-"))
            if "rw" not in line.split()[1] or "[v" in line:
                continue
            for at in range(begin, end, 1 << 24):
                try:
                    memory.seek(at)
                    yield memory.read(min(1 << 24, end - at))
                except OSError:
                    break


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

    def look_into_memory(self, process):
        """The matcher's live memory, where the plain text would be if it ever came that far."""
        if os.geteuid() != 0:
            return
        known, leaks = False, set()
        for piece in memory_of(process):
            known = known or CONTROL.encode() in piece
            leaks |= {value for needle, value in PLAIN.items() if needle in piece}
        self.assertEqual(leaks, set(), "in the matcher's memory")
        self.assertTrue(known, "not even the institution's name is found in memory")
        for name in ("cmdline", "environ"):
            self.assertEqual(found_in(pathlib.Path(f"/proc/{process}/{name}").read_bytes()), [], name)

    def test_the_search_finds_what_leaks(self):
        """Every form in which a careless program would write a canary down."""
        person = lp(b"normaliser 1") + lp(SSN[-4:].encode()) + lp(BORN.encode()) + lp(LAST.lower().encode())
        leaks = {
            "as it is": FIRST.encode(), "lower case": LAST.lower().encode(), "digits": b"19310719", "dashes": b"587-35-1946",
            "hex": SSN.encode().hex().encode(), "reversed": FIRST[::-1].encode(), "UTF-16": PREVIOUS.encode("utf-16"),
            "base64 of a record": base64.b64encode(f"1,{FIRST},{LAST}".encode()),
            "base64url at another place": base64.urlsafe_b64encode(f"12,{FIRST},{LAST}".encode()),
            "a hash of the SSN": hashlib.sha256(SSN.encode()).digest(), "in hex": hashlib.md5(SSN.encode()).hexdigest().encode(),
            "an unkeyed token": hashlib.sha256(person).digest()[:16],
        }
        for name, leak in leaks.items():
            for before in (b"", b"\0" * (BLOCK - 5)):  # also across a border of the search's blocks
                with self.subTest(name, before=len(before)):
                    (self.temporary / "leak").write_bytes(before + b"{" + leak + b"}")
                    self.assertTrue(self.look(self.temporary))
        (self.temporary / "leak").write_bytes(hashlib.sha256(b"another person").digest())
        self.assertEqual(self.look(self.temporary), [])

    def test_no_byte_of_a_planted_person_is_found_anywhere(self):
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
            self.look_into_memory(s.server.pid)
        s.matcher.run("dump", "--decrypted", "--out", s.folder / "dump")

        chunks = [f.read_bytes() for f in (s.folder / "dump" / "chunks").rglob("*") if f.is_file()]
        self.assertGreater(len(chunks), 20)
        self.assertTrue(all(chunk.startswith(b"TSC1") for chunk in chunks), "the dump is not decrypted")

        self.assertGreater(len(tee.seen), 100_000, "the traffic did not pass through the proxy")
        self.assertEqual(found_in(bytes(tee.seen)), [])
        self.assertEqual(self.look(s.folder, self.temporary), [])
        # Positive controls: what the matcher may know is found, and a program that keeps the file is caught.
        for folder in (s.folder / "dump", s.matcher.home):
            known = [f for f in folder.rglob("*") if f.is_file() and CONTROL.encode() in f.read_bytes()]
            self.assertTrue(known, f"not even the institution's name is found in {folder}")
        shutil.copy(self.input / "hr.csv", s.matcher.home / "data" / "kept-for-debugging")
        self.assertTrue(self.look(s.matcher.home))


if __name__ == "__main__":
    main()
