#!/usr/bin/env python3
"""Runs the LAEPP scenario through the real programs on loopback and prints the released tables.

    run_demo.py [--bin build/release/bin] [--out build/demo] [--seed 2026]

One matcher, seven agents, one researcher, six agreements, thirty requests. Everything is SYNTHETIC.
What a true link is, only the generator knows; how many were found is judged with tallystick-lab on
the same files, because the matcher never reveals a link. The means and deviations that the
institutions opened together are computed again from the lab's pairs and must be the same digits.
"""
import argparse
import concurrent.futures
import csv
import datetime
import json
import pathlib
import shutil
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import agreement  # noqa: E402
import generate  # noqa: E402
import scenario  # noqa: E402
import statistics_check as statistics  # noqa: E402

UNIVERSITIES = list(generate.UNIVERSITIES)
OUTPUTS = {"hired_by_pathway": "Which pathways lead to being hired?",
           "retention": "Which pathways and school levels keep teachers three years?",
           "evaluation": "Which pathways lead to good evaluations?",
           "salary": "What do teachers earn at which school level?",
           "clinical_hours": "Had teachers who stayed more clinical hours?"}
TITLES = {"evaluation": "Evaluation score by pathway", "salary": "Salary by school level",
          "clinical_hours": "Clinical hours by three-year retention"}
SUPPRESSED = "··"


class Demo:
    def __init__(self, out, seed):
        self.out, self.seed, self.began = out, seed, time.monotonic()
        self.scenario = scenario.Scenario(out)
        self.pool = concurrent.futures.ThreadPoolExecutor(2)

    def say(self, text):
        print(f"[{time.monotonic() - self.began:5.1f} s] {text}", flush=True)

    def each_agent_runs_once(self):
        """The seven agents side by side, as on seven premises; one round."""
        list(self.pool.map(lambda agent: agent.run("run", "--once"), self.agents.values()))

    def enrol(self):
        s = self.scenario
        self.agents = {i: s.enrol_institution(i, agreement.NAMES[i]) for i in [*UNIVERSITIES, "lausd"]}
        self.researcher = s.enrol_person("pgarcia")

    def conclude_agreements(self):
        lausd = self.agents["lausd"]
        (self.out / "agreements").mkdir()
        for university in UNIVERSITIES:
            agent = self.agents[university]
            skeleton = self.out / "agreements" / f"{university}.skeleton.toml"
            agent.run("agreement", "new", "--with", "lausd", "--person", "pgarcia", "--out", skeleton)
            file = self.out / "agreements" / f"{university}.toml"
            file.write_text(agreement.from_skeleton(skeleton.read_text(encoding="utf-8"), university, "pgarcia",
                                                    datetime.date.today()), encoding="utf-8")
            skeleton.unlink()
            agent.run("agreement", "lint", file)
            digest = agent.run("agreement", "propose", file).find(r"\b[0-9a-f]{64}\b")
            for party in (agent, lausd):
                digits = party.run("agreement", "fingerprint", digest).out.strip()
                party.run("agreement", "sign", digest, "--confirm-fingerprint", digits)
        for _ in range(3):
            self.each_agent_runs_once()

    def submit(self):
        def candidates(university):
            file = self.out / "data" / university / "candidates.csv"
            self.agents[university].run("submit", f"{university}-lausd-2026", file)

        def personnel():
            for university in UNIVERSITIES:  # one file, six agreements: six different encodings
                self.agents["lausd"].run("submit", f"{university}-lausd-2026", self.out / "data/lausd/hr.csv")
        district = self.pool.submit(personnel)
        for university in UNIVERSITIES:
            candidates(university)
        district.result()

    def ask(self):
        """Submits the thirty requests and returns {(university, output): directory of the release}."""
        (self.out / "requests").mkdir()
        waiting, releases = {}, {}
        for university in UNIVERSITIES:
            for output, question in OUTPUTS.items():
                file = self.out / "requests" / f"{university}-{output}.toml"
                file.write_text(f'agreement = "{university}-lausd-2026"\noutput = "{output}"\n'
                                f'question = "{question}"\n', encoding="utf-8")
                self.researcher.run("request", "check", file)
                waiting[university, output] = self.researcher.run("request", "submit", file).last_line()
        for _ in range(20):
            self.each_agent_runs_once()
            for key, request in list(waiting.items()):
                outcome = self.researcher.run("request", "wait", request, "--timeout", "1s", expect=(0, 77, 80, 81))
                if outcome.code == 81:
                    break  # the agents have not come so far; the others will not be ready either
                del waiting[key]
                releases[key] = None
                if outcome.code == 0:
                    releases[key] = self.out / "releases" / "-".join(key)
                    releases[key].parent.mkdir(exist_ok=True)
                    self.researcher.run("release", "fetch", request, "--out", releases[key])
                    self.researcher.run("release", "verify", releases[key])
                else:
                    print(f"refused: {key}: {outcome.everything.strip()}")
            if not waiting:
                return releases
        raise AssertionError(f"not released: {sorted(waiting)}")

    def judge(self, university):
        """Links the same files in the lab: (found and true, found, true), and the pairs."""
        data = self.out / "data"
        pairs = data / "lab" / f"{university}.pairs.csv"
        lab = str(scenario.BIN / "tallystick-lab")
        for command in ([lab, "link", "--agreement", data / "lab/agreement.toml", "--left", data / f"lab/{university}.csv",
                         "--right", data / "lab/hr.csv", "--id", "row_id", "--pairs", pairs, "--ignore-extra"],
                        [lab, "evaluate", "--pairs", pairs, "--truth", data / f"truth/{university}.csv", "--output", "json"]):
            outcome = self.scenario.execute([str(word) for word in command])
            assert outcome.code == 0, outcome
        said = json.loads(outcome.out)
        found = read(pairs)
        true = self.truth[university]
        return (round(said["recall"] * true), len(found), true), found

    def check_measures(self, releases, pairs):
        """Compares every released statistic with the same one over the lab's pairs and the true ones."""
        data = self.out / "data"
        staff = {row["row_id"]: row for row in read(data / "lab/hr.csv")}
        compared = 0
        for university in UNIVERSITIES:
            candidates = {row["row_id"]: row for row in read(data / f"lab/{university}.csv")}
            linked = {kind: [candidates[p["left_id"]] | staff[p["right_id"]] for p in given] for kind, given in
                      (("found", pairs[university]), ("true", read(data / f"truth/{university}.csv")))}
            print(f"\n=== {agreement.NAMES[university]} and the district: SYNTHETIC ===")
            for output, (dimension, name, stats) in statistics.OUTPUTS.items():
                if releases[university, output]:
                    table = read(releases[university, output] / "table.csv")
                    compared += statistics.compare(table, dimension, name, stats, linked["found"])
                    show_measure(output, table, dimension, name, stats, linked["true"])
        return compared

    def run(self):
        s = self.scenario
        self.truth = generate.generate(generate.parser().parse_args(["--seed", str(self.seed)]), self.out / "data")
        self.say(f"SYNTHETIC data made: {sum(self.truth.values())} of the completers were really hired")
        s.init()
        s.start()
        try:
            self.enrol()
            self.say(f"matcher at {s.url}; seven institutions and one researcher enrolled")
            self.conclude_agreements()
            self.say("six agreements signed by both sides and active")
            self.submit()
            self.say("twelve submissions committed: 12,000 completers, and 40,000 staff under six agreements, "
                     "three measures encrypted")
            releases = self.ask()
            self.say(f"{sum(r is not None for r in releases.values())} of {len(releases)} requests released; each verified offline")
            s.stop()
        finally:
            s.kill()
        lab = dict(zip(UNIVERSITIES, self.pool.map(self.judge, UNIVERSITIES)))
        judged = {university: counts for university, (counts, _) in lab.items()}
        for university in UNIVERSITIES:
            print(f"\n=== {agreement.NAMES[university]} and the district: SYNTHETIC ===")
            for output, show in (("hired_by_pathway", show_hired), ("retention", show_retention)):
                if releases[university, output]:
                    show(read(releases[university, output] / "table.csv"))
        print(f"\n{SUPPRESSED} suppressed: a count below 11, or one that would give such a count away.")
        compared = self.check_measures(releases, {university: pairs for university, (_, pairs) in lab.items()})
        print(f"\n{compared} released means and deviations are, digit for digit, those of the linked rows.\n")
        show_links(judged)
        print(f"\nEverything is in {self.out}: data/ (SYNTHETIC), agreements/, requests/, releases/, the homes of the\n"
              "matcher, the agents and the researcher, and transcript.txt with every command and what it printed.")
        self.say("done")


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def number(row):
    return int(row["count"]) if row["count_status"] == "F" else None


def ratio(part, whole):
    """`part/whole percent`; what is suppressed stays a mark."""
    if part is None or whole is None:
        return f"{SUPPRESSED if part is None else part}/{SUPPRESSED if whole is None else whole}"
    return f"{part}/{whole} {100 * part / whole:3.0f} %" if whole else "0/0"


def grid(title, rows, columns, cell):
    width = max(13, *(len(cell(r, c)) + 2 for r in rows for c in columns))
    print(f"\n{title}\n" + " " * 14 + "".join(f"{'all' if c == 'ALL' else c:>{width}}" for c in columns))
    for row in rows:
        print(f"  {'all' if row == 'ALL' else row:<12}" + "".join(f"{cell(row, c):>{width}}" for c in columns))


def show_hired(table):
    counts = {(r["pathway"], r["completion_year"], r["employed"]): number(r) for r in table}
    grid("Hired by the district / completers, by pathway and completion year", (*generate.PATHWAYS, "ALL"),
         (*map(str, generate.YEARS), "ALL"), lambda p, y: ratio(counts[p, y, "yes"], counts[p, y, "ALL"]))


def show_retention(table):
    counts = {(r["school_level"], r["retained_3y"], r["pathway"]): number(r) for r in table}

    def cell(pathway, level):
        yes, no = counts[level, "yes", pathway], counts[level, "no", pathway]
        return ratio(yes, None if yes is None or no is None else yes + no)
    grid("Still there after three years / hired and observed, by pathway and school level", (*generate.PATHWAYS, "ALL"),
         (*generate.LEVELS, "ALL"), cell)


def show_measure(output, table, dimension, name, stats, true_rows):
    print(f"\n{TITLES[output]}; beside it the mean of everybody truly on both sides")
    for row in table:
        value = row[dimension]
        shown = "  ".join(f"{s} {row[f'{name}_{s}'] if row[f'{name}_{s}_status'] == 'F' else SUPPRESSED:>7}" for s in stats)
        truth = statistics.values(true_rows, dimension, value, name)
        known = f"{float(sum(truth) / len(truth)):10.2f}" if truth else ""
        print(f"  {'all' if value == 'ALL' else value:<14} n {row[f'{name}_n'] or SUPPRESSED:>5}  {shown}   true mean {known}")


def show_links(judged):
    print("Links, judged in the lab against the generator's truth")
    print(f"{'':<14}{'true':>8}{'found':>8}{'missed':>8}{'wrong':>8}{'precision':>11}{'recall':>9}")
    total = [sum(column) for column in zip(*judged.values())]
    for name, (right, found, true) in [*judged.items(), ("all", total)]:
        print(f"  {name:<12}{true:>8}{right:>8}{true - right:>8}{found - right:>8}"
              f"{right / found:>11.4f}{right / true:>9.4f}")


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--bin", type=pathlib.Path, default=ROOT / "build/release/bin")
    options.add_argument("--out", type=pathlib.Path, default=ROOT / "build/demo")
    options.add_argument("--seed", type=int, default=2026)
    options = options.parse_args()
    scenario.BIN = options.bin.resolve()
    out = options.out.resolve()
    if out.exists():
        if not (out / "SYNTHETIC.txt").exists():
            sys.exit(f"{out} exists and is not a demo's; choose another --out")
        shutil.rmtree(out)
    out.mkdir(parents=True)
    (out / "SYNTHETIC.txt").write_text("SYNTHETIC: a run of examples/laepp/run_demo.py; made again by the next.\n")
    try:
        Demo(out, options.seed).run()
    except AssertionError as problem:
        sys.exit(f"the demo stopped:\n{problem}\nEvery command is in {out}/transcript.txt, "
                 f"the matcher's log in {out}/matcher.log")


if __name__ == "__main__":
    main()
