"""Runs the real programs as their users would: one matcher, agents, researchers, on loopback.

A test makes one `Scenario` on a temporary folder, starts the matcher, enrols members and calls the
programs by the verbs of the command-line contract. Nothing here knows a format that a user could
not see. Every command and what it printed go to `transcript.txt` in the folder.
"""
import contextlib
import datetime
import os
import pathlib
import re
import select
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples" / "laepp"))
import agreement as laepp  # noqa: E402  key_tables(): keys of a skeleton into an agreement of one's own

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = 77  # exit code by which ctest shows a test as skipped
BIN = None  # folder of the programs, set by main()


class Outcome:
    """What a finished command printed, and its exit code."""

    def __init__(self, command, code, out, err):
        self.command, self.code, self.out, self.err = command, code, out, err

    def __str__(self):
        return f"$ {self.command}\n[exit {self.code}]\n{self.out}{self.err}"

    @property
    def everything(self):
        return self.out + self.err

    def last_line(self):
        lines = self.out.strip().splitlines()
        assert lines, f"nothing on stdout:\n{self}"
        return lines[-1].strip()

    def find(self, pattern):
        found = re.search(pattern, self.out)
        assert found, f"no {pattern!r} on stdout:\n{self}"
        return found.group(0)


class Program:
    """One program with one home. `run(*words)` expects exit 0 unless told another code."""

    def __init__(self, scenario, name, home):
        self.scenario, self.name, self.home = scenario, name, pathlib.Path(home)

    def command(self, words):
        return [str(self.scenario.bin / self.name), "--home", str(self.home), *map(str, words)]

    def run(self, *words, expect=0, stdin="", timeout=120, env=None):
        outcome = self.scenario.execute(self.command(words), stdin, timeout, env)
        allowed = (expect,) if isinstance(expect, int) else expect
        assert allowed is None or outcome.code in allowed, f"expected exit {expect}:\n{outcome}"
        return outcome

    def spawn(self, *words, out=subprocess.DEVNULL):
        """Starts the program in the background, its output to `out`; the caller waits for it."""
        return subprocess.Popen(self.command(words), cwd=self.scenario.folder, stdin=subprocess.DEVNULL,
                                stdout=out, stderr=out, env=self.scenario.environment())


class Scenario:
    def __init__(self, folder):
        self.bin, self.folder = BIN, pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.matcher = Program(self, "tallystick-matcher", self.folder / "matcher")
        self.server, self.url, self.listen = None, None, "127.0.0.1:0"
        self.added_environment = {}  # for every program from now on, the matcher too

    # -- commands ------------------------------------------------------------------------------

    def environment(self, added=None):
        environment = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        return environment | self.added_environment | (added or {}) | {"NO_COLOR": "1"}

    def execute(self, command, stdin="", timeout=120, env=None):
        done = subprocess.run(command, input=stdin.encode(), capture_output=True, timeout=timeout,
                              env=self.environment(env), cwd=self.folder)
        outcome = Outcome(" ".join(command), done.returncode,
                          done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace"))
        with open(self.folder / "transcript.txt", "a", encoding="utf-8") as transcript:
            transcript.write(str(outcome) + "\n")
        return outcome

    def agent(self, institution):
        return Program(self, "tallystick-agent", self.folder / "agents" / institution)

    def person(self, person):
        return Program(self, "tallystick", self.folder / "people" / person)

    # -- matcher -------------------------------------------------------------------------------

    def init(self, *words):
        self.matcher.run("init", "--name", "UNITE-LA", *words)

    def start(self, env=None):
        """Starts the matcher and waits for its ready line; a restart keeps the port."""
        with open(self.folder / "matcher.log", "ab") as log:
            self.server = subprocess.Popen(
                self.matcher.command(["serve", "--listen", self.listen]), stdout=subprocess.PIPE,
                stderr=log, cwd=self.folder, env=self.environment(env))
        deadline = time.monotonic() + 30
        line = b""
        while not line.endswith(b"\n") and time.monotonic() < deadline and self.server.poll() is None:
            if select.select([self.server.stdout], [], [], 0.2)[0]:
                got = os.read(self.server.stdout.fileno(), 1)
                if not got:
                    break
                line += got
        found = re.fullmatch(rb"ready (https://(\S+:\d+))/?\r?\n", line)
        if not found:
            self.kill()
            log = (self.folder / "matcher.log").read_text(errors="replace")
            raise AssertionError(f"no ready line from serve, but {line!r}:\n{log[-4000:]}")
        self.url, self.listen = found.group(1).decode(), found.group(2).decode()

    def stop(self, expect=0):
        """Ends the matcher as systemd would; it must drain and exit 0."""
        if self.server is None:
            return
        self.server.send_signal(signal.SIGTERM)
        try:
            code = self.server.wait(30)
        finally:
            self.kill()
        assert code == expect, f"SIGTERM: expected exit {expect}, got {code}"

    def kill(self):
        if self.server is not None:
            self.server.kill()
            self.server.wait()
            self.server.stdout.close()
            self.server = None

    @contextlib.contextmanager
    def running(self, env=None):
        self.start(env)
        try:
            yield self
        finally:
            self.kill()

    # -- members -------------------------------------------------------------------------------

    def invite(self, role, member, *words):
        return self.matcher.run("invite", role, member, *words).last_line()

    def enrol_institution(self, institution, name):
        agent = self.agent(institution)
        code = self.invite("institution", institution, "--name", name)
        agent.run("enrol", "--id", institution, "--name", name, "--invitation", code)
        return agent

    def enrol_person(self, person, role="researcher"):
        program = self.person(person)
        program.run("enrol", "--id", person, "--invitation", self.invite(role, person))
        return program

    # -- agreements ----------------------------------------------------------------------------

    def key_tables(self, agent, others, persons):
        """The tables with public keys for an agreement of `agent` with `others`, persons valid today."""
        skeleton = self.folder / f"skeleton-{agent.home.name}-{'-'.join(others)}.toml"
        skeleton.unlink(missing_ok=True)
        words = [w for o in others for w in ("--with", o)] + [w for p in persons for w in ("--person", p)]
        agent.run("agreement", "new", *words, "--out", skeleton)
        return laepp.keys_of(skeleton.read_text(encoding="utf-8"), datetime.date.today())

    def conclude(self, file, agents):
        """Proposes `file`, lets every agent sign it and runs the ceremony until all see it active.

        Returns the digest. Commit, reveal and confirm need at most three alternating rounds.
        """
        agents[0].run("agreement", "lint", file)
        digest = agents[0].run("agreement", "propose", file).find(r"\b[0-9a-f]{64}\b")
        for agent in agents:
            digits = agent.run("agreement", "fingerprint", digest).out
            assert len(re.sub(r"\s", "", digits)) == 48, f"48 digits: {digits!r}"
            agent.run("agreement", "sign", digest, "--confirm-fingerprint", digits.strip())
        for _ in range(3):
            for agent in agents:
                agent.run("run", "--once")
        for agent in agents:
            shown = agent.run("agreement", "show", digest)
            assert re.search(r"\bactive\b", shown.out), f"not active after three rounds:\n{shown}"
        return digest

    def release(self, researcher, request, agents, out, rounds=12):
        """Submits a request file and runs the agents until it is released; returns its id."""
        identifier = researcher.run("request", "submit", request).last_line()
        for _ in range(rounds):
            for agent in agents:
                agent.run("run", "--once")
            if researcher.run("request", "wait", identifier, "--timeout", "2s", expect=(0, 81)).code == 0:
                researcher.run("release", "fetch", identifier, "--out", out)
                return identifier
        raise AssertionError(f"not released after {rounds} rounds: "
                             f"{researcher.run('request', 'show', identifier, expect=None)}")


def main():
    """Runs the calling script's tests: `SCRIPT --bin build/dev/bin [unittest's own options]`."""
    global BIN
    arguments = sys.argv[1:]
    if "--bin" in arguments:
        at = arguments.index("--bin")
        BIN = pathlib.Path(arguments[at + 1]).resolve()
        del arguments[at:at + 2]
    else:
        BIN = ROOT / "build" / "dev" / "bin"
    # The script is __main__ and this module is imported once as `scenario`: BIN is shared.
    program = unittest.main("__main__", argv=sys.argv[:1] + arguments, exit=False)
    result = program.result
    for reason in sorted({reason for _, reason in result.skipped}):
        print(f"SKIPPED: {reason}", file=sys.stderr)
    if not result.wasSuccessful():
        sys.exit(1)
    sys.exit(SKIPPED if result.testsRun and len(result.skipped) >= result.testsRun else 0)
