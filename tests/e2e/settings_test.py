#!/usr/bin/env python3
"""Settings of matcher.toml take effect in the running service, as a client on the network sees it.

    settings_test.py --bin build/dev/bin [-v]
"""
import pathlib
import re
import resource
import shutil
import socket
import ssl
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from scenario import Scenario, main  # noqa: E402


class Settings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # So that a program that forbids nothing is told from one that inherits it.
        _, hard = resource.getrlimit(resource.RLIMIT_CORE)
        cls.core = hard
        if hard == 0:
            return
        resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tallystick-e2e-"))
        self.scenario = Scenario(self.folder)
        self.scenario.init()

    def tearDown(self):
        self.scenario.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self, **settings):
        file = self.scenario.matcher.home / "matcher.toml"
        text = file.read_text(encoding="utf-8")
        for name, value in settings.items():
            text, count = re.subn(rf"(?m)^{name}( *)= \d+", rf"{name}\1= {value}", text)
            self.assertEqual(count, 1, name)
        file.write_text(text, encoding="utf-8")
        self.scenario.start()

    def connect(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["http/1.1"])
        host, port = self.scenario.listen.rsplit(":", 1)
        return context.wrap_socket(socket.create_connection((host, int(port)), timeout=30))

    def status_of(self, target="/v1/status", fields=()):
        lines = [f"GET {target} HTTP/1.1", f"Host: {self.scenario.listen}", *fields, "", ""]
        with self.connect() as connection:
            connection.sendall("\r\n".join(lines).encode())
            return int(connection.recv(4096).split(b" ")[1])

    def many_fields(self, count):
        return [f"X-{n}: 1" for n in range(count - 1)]  # Host is one too

    def test_limits_of_a_header_as_written_and_as_changed(self):
        refused, passed = 431, (401, 403)
        self.start()
        self.assertIn(self.status_of(fields=self.many_fields(32)), passed)
        self.assertEqual(self.status_of(fields=self.many_fields(33)), refused)
        self.assertIn(self.status_of(fields=["X: " + "a" * 6000]), passed)
        self.assertEqual(self.status_of(target="/v1/" + "a" * 600), 414)
        self.scenario.stop()
        self.start(header_fields=8, header_bytes=2048, target_bytes=1024)
        self.assertIn(self.status_of(fields=self.many_fields(8)), passed)
        self.assertEqual(self.status_of(fields=self.many_fields(9)), refused)
        self.assertEqual(self.status_of(fields=["X: " + "a" * 6000]), refused)
        self.assertNotEqual(self.status_of(target="/v1/" + "a" * 600), 414)

    def test_a_header_that_trickles_is_cut_off_when_the_setting_says(self):
        self.start(header=1)
        with self.connect() as connection:
            connection.sendall(b"GET /v1/st")
            began = time.monotonic()
            while connection.recv(4096):  # an answer, perhaps, and then the end
                pass
            self.assertLess(time.monotonic() - began, 8, "the default is 10 s")

    def test_no_program_may_dump_core(self):
        if self.core == 0:
            self.skipTest("core dumps are forbidden here for every process")
        self.start()
        agent = self.scenario.enrol_institution("csun", "CSUN")
        daemon = agent.spawn("run")
        try:
            for process in (self.scenario.server, daemon):
                limits = pathlib.Path(f"/proc/{process.pid}/limits")
                deadline = time.monotonic() + 20
                while True:  # until it has come as far as main()
                    found = re.search(r"Max core file size +(\S+) +(\S+)", limits.read_text())
                    if found.groups() == ("0", "0"):
                        break
                    self.assertLess(time.monotonic(), deadline, found.group(0))
                    time.sleep(0.02)
        finally:
            daemon.kill()
            daemon.wait()

    def test_what_is_out_of_range_stops_every_verb_with_file_and_line(self):
        file = self.scenario.matcher.home / "matcher.toml"
        text = file.read_text(encoding="utf-8")
        line = next(n for n, found in enumerate(text.splitlines(), 1) if found.startswith("header_bytes"))
        file.write_text(re.sub(r"(?m)^header_bytes( *)= \d+", r"header_bytes\1= 100", text), encoding="utf-8")
        for words in (["serve"], ["status"], ["fsck"]):
            outcome = self.scenario.matcher.run(*words, expect=78)
            self.assertIn(f"matcher.toml:{line}:1: `header_bytes` must be a whole number from 1024 to 65536", outcome.err)

    def test_a_floor_of_free_space_above_what_the_disk_has(self):
        matcher = self.scenario.matcher
        self.start(record_floor_mib=1_000_000)
        matcher.run("status")
        matcher.run("invite", "institution", "csun", expect=94)
        self.scenario.stop()
        self.start(record_floor_mib=64)
        matcher.run("invite", "institution", "csun")
        self.scenario.stop()
        file = matcher.home / "matcher.toml"
        text = file.read_text(encoding="utf-8")
        file.write_text(re.sub(r"(?m)^view_floor_mib( *)= \d+", r"view_floor_mib\1= 1000000", text), encoding="utf-8")
        for words in (["serve"], ["status"]):
            self.assertIn("storage.disk-floor", matcher.run(*words, expect=94).err)

    def test_a_key_store_that_is_missing_is_not_made_anew(self):
        matcher, keystore = self.scenario.matcher, self.scenario.matcher.home / "keystore"
        self.start()
        self.scenario.invite("institution", "csun")
        self.scenario.stop()
        shutil.move(keystore, self.folder / "elsewhere")
        keystore.mkdir(mode=0o700)  # a mount point without its file system
        for words in (["serve"], ["status"], ["fsck"]):
            outcome = matcher.run(*words, expect=91)
            self.assertIn("storage.keystore-missing", outcome.err)
            self.assertIn(str(keystore), outcome.err)
        self.assertEqual(list(keystore.iterdir()), [])
        matcher.run("fsck", "--new-keystore")
        matcher.run("fsck", "--new-keystore", expect=77)
        matcher.run("status")


if __name__ == "__main__":
    main()
