#!/usr/bin/env python3
"""Times the whole road through the real programs on loopback: encode, upload and commit, release.

    benchmarks/end_to_end.py [--bin build/release/bin] [--rows 1000000] [--out build/end_to_end]

Two institutions submit as many rows each, half of them the same people, under the default ladder
with padding. Prints wall seconds, rates and the peak of resident memory of agent and matcher.
"""
import argparse
import os
import pathlib
import random
import resource
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import scenario  # noqa: E402
import small_world  # noqa: E402
from wide_world import SYLLABLES  # noqa: E402

STEMS = [a + b for a in SYLLABLES for b in SYLLABLES]


def write_side(path, numbers, columns, own):
    """One CSV row per number; a number is a person, the same on both sides."""
    with open(path, "w", encoding="utf-8") as out:
        out.write(",".join(columns) + "\n")
        for n in numbers:
            stem, other = STEMS[n % 400], STEMS[n // 400 % 400]
            born = f"{1945 + n * 7 % 60}-{1 + n // 60 % 12:02d}-{1 + n // 720 % 28:02d}"
            out.write(f"{STEMS[n // 7 % 400].title()},{(stem + other).title()},{born},{'FM'[n % 2]},"
                      f"{1000 + n % 8999},9{n % 9973:04d},{own(n)}\n")


def peak_mib(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def processor_seconds(pid):
    """User and system time of a running process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def timed(command, env):
    """Wall seconds, processor seconds and standard output of one finished command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
    out, err = process.communicate()
    seconds = time.monotonic() - begun
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{err.decode()}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, busy, out.decode().strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=ROOT / "build/release/bin", type=pathlib.Path)
    parser.add_argument("--rows", default=1_000_000, type=int)
    parser.add_argument("--out", default=ROOT / "build/end_to_end", type=pathlib.Path)
    options = parser.parse_args()
    scenario.BIN = options.bin.resolve()
    out = options.out.resolve()
    if out.exists():
        shutil.rmtree(out)
    s = scenario.Scenario(out)
    rows, rng = options.rows, random.Random(1)
    left = list(range(rows))
    right = list(range(rows // 2, rows + rows // 2))
    rng.shuffle(left)
    rng.shuffle(right)
    files = {"csun": out / "candidates.csv", "lausd": out / "hr.csv"}
    write_side(files["csun"], left, small_world.CANDIDATE_COLUMNS,
               lambda n: f"{small_world.PATHWAYS[n % 3]},{small_world.YEARS[n // 3 % 3]}")
    write_side(files["lausd"], right, small_world.HR_COLUMNS,
               lambda n: f"yes,{small_world.RETAINED[n // 5 % 3]}")

    s.init()
    s.start()
    try:
        agents = [s.enrol_institution("csun", "CSUN"), s.enrol_institution("lausd", "LAUSD")]
        researcher = s.enrol_person("pgarcia")
        file = out / "agreement.toml"
        file.write_text(small_world.agreement_text(s.key_tables(agents[0], ["lausd"], ["pgarcia"])))
        digest = s.conclude(file, agents)
        for agent in agents:
            name = agent.home.name
            encode, _, _ = timed(agent.command(["submit", digest, files[name], "--dry-run"]), s.environment())
            chunks = next((agent.home / "submissions").glob("*/chunks"))
            size = sum(chunk.stat().st_size for chunk in chunks.iterdir())
            before = processor_seconds(s.server.pid)
            upload, busy, _ = timed(agent.command(["submit", digest, files[name]]), s.environment())
            matcher_busy = processor_seconds(s.server.pid) - before
            print(f"{name}: {rows:,} rows encoded in {encode:.2f} s ({rows / encode:,.0f} rows/s); "
                  f"{size / 1e6:,.0f} MB uploaded and committed in {upload:.2f} s ({size / 1e6 / upload:,.0f} MB/s; "
                  f"processor: agent {busy:.2f} s, matcher {matcher_busy:.2f} s)")
        children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"peak resident memory: agent {children:,.0f} MiB, matcher {peak_mib(s.server.pid):,.0f} MiB")
        request = out / "request.toml"
        request.write_text('agreement = "csun-lausd-2026"\noutput = "retention"\n'
                           'question = "How long does it take?"\n[filter]\n')
        begun = time.monotonic()
        s.release(researcher, request, agents, out / "release")
        print(f"asked, approved, linked, tallied, protected, signed and fetched in {time.monotonic() - begun:.2f} s; "
              f"matcher {peak_mib(s.server.pid):,.0f} MiB at its peak")
        s.stop()
    finally:
        s.kill()


if __name__ == "__main__":
    main()
