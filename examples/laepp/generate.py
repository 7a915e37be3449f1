#!/usr/bin/env python3
"""Makes the LAEPP scenario's data: SYNTHETIC people of six universities and one school district.

    generate.py --out DIR [--seed 2026] [--completers 12000] [--staff 40000] [--rate-typo 0.06 …]

Writes DIR/<university>/candidates.csv, DIR/lausd/hr.csv (what an institution would have: no row
id), DIR/lab/<university>.csv, DIR/lab/hr.csv (the same rows with a `row_id`), DIR/truth/
<university>.csv (left_id,right_id) and DIR/lab/agreement.toml for tallystick-lab. The same seed and
options give the same bytes. Every rate is applied to both sides independently, so a person who is
on both sides may be spoilt twice.
"""
import argparse
import calendar
import csv
import datetime
import itertools
import pathlib
import random
import string
import unicodedata

import agreement
import names

# id: share of the completers, shares of traditional, intern, residency; how dates are written
UNIVERSITIES = {
    "csun": (0.25, (0.52, 0.32, 0.16), "iso"),
    "calstatela": (0.21, (0.52, 0.30, 0.18), "us"),
    "csudh": (0.20, (0.36, 0.46, 0.18), "us"),
    "ucla": (0.13, (0.58, 0.16, 0.26), "compact"),
    "usc": (0.11, (0.60, 0.24, 0.16), "iso"),
    "lmu": (0.10, (0.50, 0.28, 0.22), "us"),
}
YEARS = range(2018, 2024)
OBSERVED_UNTIL = 2021  # three years after completion must have passed by the end of 2024
PATHWAYS = ("traditional", "intern", "residency")
# What the tables are about: residents are hired more often and stay longer.
HIRED = {"traditional": 0.36, "intern": 0.52, "residency": 0.68}
RETAINED = {"traditional": 0.70, "intern": 0.64, "residency": 0.86}
HOURS = {"traditional": 600, "intern": 420, "residency": 1050}
SALARY = {"elementary": 71000, "middle": 73500, "high": 76000, "other": 82000}
SCORE = {"traditional": 2.9, "intern": 2.8, "residency": 3.1, None: 3.0}
SUBJECTS = ("multiple subject", "stem", "humanities", "special education")
LEVELS = ("elementary", "middle", "high", "other")
LEVEL_OF_SUBJECT = {"multiple subject": (78, 10, 4, 8), "stem": (4, 38, 54, 4),
                    "humanities": (4, 34, 56, 6), "special education": (40, 24, 28, 8)}

RATES = {"nickname": 0.04, "surname-change": 0.08, "typo": 0.06, "missing-ssn4": 0.25,
         "transposed-date": 0.01, "placeholder": 0.01, "moved": 0.30, "twins": 0.004,
         "hyphenated": 0.03, "double-surname": 0.45}

# ZIP areas of Los Angeles County by first three digits, commonest first.
ZIPS = [f"{zip3}{suffix:02d}" for zip3, suffixes in (
    ("900", (11, 3, 44, 1, 22, 37, 26, 6, 19, 2, 18, 4, 23, 63, 33, 31, 16, 32, 42, 65, 62, 43, 8, 7, 5,
             34, 25, 29, 27, 28, 36, 45, 47, 59, 61, 64, 66, 68, 12, 15, 17, 20, 24, 35, 38, 39, 41, 48, 49)),
    ("913", (31, 35, 43, 42, 44, 2, 6, 40, 45, 4, 52, 56, 11, 24, 25, 26, 64, 67)),
    ("914", (1, 2, 5, 6, 11, 23, 36)), ("916", (1, 5, 6, 7)), ("915", (5, 6)), ("912", (5, 6, 1, 4)),
    ("902", (80, 47, 50, 1, 62, 41, 55, 70, 20, 21, 42, 48, 60, 4, 10)), ("907", (31, 44, 45, 10, 17)),
    ("908", (5, 6, 13, 4)), ("911", (3, 4, 7)), ("917", (1, 6, 44, 66, 70)), ("918", (1, 3)))
    for suffix in suffixes]


def fold(text):
    """The letters and digits of `text`, lower case, without marks: enough to see two rows collide."""
    bare = unicodedata.normalize("NFKD", text.replace("Đ", "D").replace("đ", "d"))
    return "".join(c for c in bare if c.isascii() and c.isalnum()).lower()


def without_marks(text):
    bare = unicodedata.normalize("NFD", text.replace("Đ", "D").replace("đ", "d"))
    return "".join(c for c in bare if not unicodedata.combining(c))


def falling(count):
    """Cumulative weights: the nth of a list is about 1/n as common as the first."""
    return list(itertools.accumulate(1.0 / (n + 3) for n in range(count)))


class People:
    """Draws true persons; keeps (given name, surname, birth date) unique so that truth is one to one."""

    def __init__(self, rng, rates):
        self.rng, self.rates = rng, rates
        self.origins = list(names.GROUPS)
        self.origin_weights = list(itertools.accumulate(g[0] for g in names.GROUPS.values()))
        self.weights = {n: falling(n) for n in range(1, 400)}
        self.taken = set()

    def pick(self, items):
        return self.rng.choices(items, cum_weights=self.weights[len(items)])[0]

    def given_name(self, origin, sex):
        rng = self.rng
        _, women, men, _ = names.GROUPS[origin]
        female = sex == "f" or (sex == "x" and rng.random() < 0.5)
        if origin in names.SYLLABLES:
            if rng.random() < (0.25 if origin == "korean" else 0.4):
                return self.pick(names.ENGLISH_WOMEN if female else names.ENGLISH_MEN)
            first, second = names.SYLLABLES[origin]
            joint = rng.choice(("-", " ", "")) if origin == "korean" else rng.choice(("", "-"))
            return self.pick(first) + joint + self.pick(second)
        given = self.pick(women if female else men)
        if origin == "hispanic" and rng.random() < 0.12:
            second = self.pick(women if female else men)
            if second != given:
                return f"{given} {second}"
        return given

    def surname(self, origin):
        rng = self.rng
        surnames = names.GROUPS[origin][3]
        first = self.pick(surnames)
        if origin == "hispanic" and rng.random() < self.rates["double-surname"]:
            second = self.pick(surnames)
            if second != first and " " not in first + second:
                return first + rng.choice("- ") + second
        elif origin in ("anglo", "black") and rng.random() < self.rates["hyphenated"]:
            return first + "-" + self.pick(surnames)
        return first

    def birth_date(self, youngest, oldest):
        year = 2024 - int(self.rng.triangular(youngest, oldest, youngest + 5))
        month = self.rng.randint(1, 12)
        return datetime.date(year, month, self.rng.randint(1, calendar.monthrange(year, month)[1]))

    def draw(self, youngest, oldest, twin_of=None):
        rng = self.rng
        while True:
            sex = rng.choices("fmx", cum_weights=(0.72, 0.993, 1.0))[0]
            origin = rng.choices(self.origins, cum_weights=self.origin_weights)[0]
            person = {"origin": origin, "sex": sex, "surname": self.surname(origin),
                      "birth": self.birth_date(youngest, oldest), "zip": self.pick(ZIPS)}
            if twin_of:
                person.update((k, twin_of[k]) for k in ("origin", "surname", "birth", "zip"))
            person["given"] = self.given_name(person["origin"], sex)
            person["ssn4"] = f"{rng.randint(1, 9999):04d}"
            key = (fold(person["given"]), fold(person["surname"]), person["birth"])
            if key not in self.taken and not (twin_of and fold(twin_of["given"]) == key[0]):
                self.taken.add(key)
                return person


class Recorder:
    """Writes a person down as one institution's system would, errors included.

    No two rows of one file agree on a whole name and birth date, nor on the next best thing where a
    name is missing: a file with such rows would be refused as holding one person twice.
    """

    def __init__(self, rng, people, rates, marks):
        self.rng, self.people, self.rates, self.marks = rng, people, rates, marks
        self.seen = {}  # (surname, birth date) -> given name, SSN-4 of the rows written

    def happens(self, what):
        return self.rng.random() < self.rates[what]

    def nickname(self, person):
        given = person["given"]
        for name in (given, given.split(" ")[0]):
            if name in names.NICKNAMES:
                return self.rng.choice(names.NICKNAMES[name])
        if person["origin"] in ("korean", "chinese", "vietnamese", "japanese"):
            return self.people.pick(names.ENGLISH_WOMEN if person["sex"] == "f" else names.ENGLISH_MEN)
        return given.split(" ")[0][:4] if " " not in given else given.split(" ")[0]

    def typo(self, name):
        rng = self.rng
        at = rng.randrange(1, len(name))
        kind = rng.randrange(4) if len(name) > 2 else 3
        letter = rng.choice("aeiou" if name[at].lower() in "aeiou" else string.ascii_lowercase)
        if kind == 0:
            return name[:at] + letter + name[at + 1:]
        if kind == 1 and len(name) > 3:
            return name[:at] + name[at + 1:]
        if kind == 2 and at + 1 < len(name):
            return name[:at] + name[at + 1] + name[at] + name[at + 2:]
        return name[:at] + letter + name[at:]

    def transposed(self, date):
        """Day and month swapped where that is a date, else two digits of the day or year."""
        text = date.isoformat()
        year, month, day = text.split("-")
        for other in ((year, day, month), (year, month, day[::-1]), (year[:2] + year[:1:-1], month, day)):
            try:
                swapped = datetime.date(*map(int, other))
            except ValueError:
                continue
            if swapped != date and swapped.year < 2010:
                return swapped
        return date

    def once(self, person):
        rng = self.rng
        first, last, previous = person["given"], person["surname"], ""
        if self.happens("nickname"):
            first = self.nickname(person)
        # Women change names far more often; the factors keep the stated rate over everybody.
        if rng.random() < self.rates["surname-change"] * (1.3 if person["sex"] == "f" else 0.23):
            new = self.people.surname(person["origin"] if rng.random() < 0.7 else "anglo")
            previous = last if rng.random() < 0.5 else ""
            last = f"{last}-{new}" if rng.random() < 0.25 and " " not in last else new
        elif person["origin"] == "hispanic" and rng.random() < 0.08:
            parts = last.replace("-", " ").split(" ")
            last = parts[0] if len(parts) == 2 and len(parts[0]) > 3 else last
        first = self.typo(first) if self.happens("typo") else first
        last = self.typo(last) if self.happens("typo") else last
        if rng.random() > self.marks:
            first, last, previous = map(without_marks, (first, last, previous))
        birth = self.transposed(person["birth"]) if self.happens("transposed-date") else person["birth"]
        row = {"first_name": first, "last_name": last, "previous_last_name": previous,
               "birth_date": birth, "sex": person["sex"],
               "ssn_last4": "" if self.happens("missing-ssn4") else person["ssn4"],
               "zip": self.moved_from(person["zip"]) if self.happens("moved") else person["zip"]}
        if self.happens("placeholder"):
            field, value = rng.choice((("first_name", "Unknown"), ("first_name", "TEST"), ("zip", "00000"),
                                       ("birth_date", datetime.date(1900, 1, 1)), ("ssn_last4", "0000")))
            row[field] = value
        return row

    def moved_from(self, zip5):
        near = [z for z in ZIPS if z[:3] == zip5[:3] and z != zip5]
        return self.rng.choice(near) if self.rng.random() < 0.5 and near else self.people.pick(ZIPS)

    def record(self, person):
        while True:
            row = self.once(person)
            first, last = fold(row["first_name"]), fold(row["last_name"])
            first = "" if first in ("unknown", "test") else first
            ssn4 = row["ssn_last4"]
            same = self.seen.setdefault((last, row["birth_date"]), [])
            if not any(not first or not f or f == first or (ssn4 and s == ssn4) for f, s in same):
                same.append((first, ssn4))
                return row


DATES = {"iso": "%Y-%m-%d", "us": "%m/%d/%Y", "compact": "%Y%m%d"}
SEXES = {"iso": {"f": "F", "m": "M", "x": "X"}, "us": {"f": "Female", "m": "Male", "x": "Nonbinary"},
         "compact": {"f": "f", "m": "m", "x": "x"}}


def write(path, rows, columns, style="iso", with_id=False):
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as out:
        writer = csv.writer(out, lineterminator="\r\n")
        writer.writerow((["row_id"] if with_id else []) + columns)
        for row in rows:
            values = [row[c] for c in columns]
            if "birth_date" in columns:
                at = columns.index("birth_date")
                values[at] = values[at].strftime(DATES[style])
                values[at + 1] = SEXES[style][values[at + 1]]
            if style == "compact":  # as an export from a Mac has it: letter and mark apart
                values = [unicodedata.normalize("NFD", str(v)) for v in values]
            writer.writerow(([row["row_id"]] if with_id else []) + values)


IDENTIFIERS = ["first_name", "last_name", "previous_last_name", "birth_date", "sex", "ssn_last4", "zip"]
CANDIDATE_COLUMNS = IDENTIFIERS + ["pathway", "completion_year", "subject", "clinical_hours"]
HR_COLUMNS = IDENTIFIERS + ["employed", "school_level", "retained_3y", "salary", "evaluation_score"]


def employment(rng, subject=None, pathway=None, year=None):
    level = rng.choices(LEVELS, LEVEL_OF_SUBJECT[subject] if subject else (46, 20, 28, 6))[0]
    if year and year > OBSERVED_UNTIL or not year and rng.random() < 0.15:
        kept = "not observed"
    else:
        likely = (RETAINED[pathway] if pathway else 0.78) - (0.10 if level == "middle" else 0.0)
        kept = "yes" if rng.random() < likely else "no"
    return {"employed": "yes", "school_level": level, "retained_3y": kept}


def measure(seed, hr, candidates):
    """Adds the measures, from a stream of their own: identities do not depend on them. Clinical hours
    lack in 8 % of rows and evaluations in 12 %; everybody has a salary."""
    rng = random.Random(f"measures {seed}")
    pathway_of = {}
    for rows in candidates.values():
        for row in rows:
            hours = round(min(2000, max(0, rng.gauss(HOURS[row["pathway"]], 120))))
            stayed = row["hired"] and row["hired"]["retained_3y"] == "yes"
            row["clinical_hours"] = "" if rng.random() < 0.08 else hours + (60 if stayed and hours < 1900 else 0)
            if row["hired"]:
                pathway_of[row["hired"]["person"]] = row["pathway"]
    for row in hr:
        salary = rng.gauss(SALARY[row["school_level"]], 9000) + (2500 if row["retained_3y"] == "yes" else 0)
        row["salary"] = round(min(200000, max(30000, salary)))
        score = rng.gauss(SCORE[pathway_of.get(row["person"])], 0.45)
        row["evaluation_score"] = "" if rng.random() < 0.12 else f"{min(4, max(1, score)):.2f}"


def generate(options, out):
    """Writes the whole scenario below `out` and returns {university: number of true links}."""
    rng = random.Random(options.seed)
    rates = {name: getattr(options, "rate_" + name.replace("-", "_")) for name in RATES}
    people = People(rng, rates)
    district = Recorder(rng, people, rates, marks=0.4)
    hr, candidates, truth = [], {}, {}
    # The stated share is hired whatever the pathways' mix: a common factor over all universities.
    mean = sum(share * sum(s * HIRED[p] for s, p in zip(mix, PATHWAYS)) for share, mix, _ in UNIVERSITIES.values())

    def employ(person, **about):
        row = district.record(person) | employment(rng, **about)
        row["person"] = len(hr)
        hr.append(row)
        return row

    for university, (share, mix, _) in UNIVERSITIES.items():
        registrar = Recorder(rng, people, rates, marks=0.7)
        rows = candidates[university] = []
        for _ in range(round(options.completers * share)):
            person = people.draw(23, 45)
            pathway = rng.choices(PATHWAYS, mix)[0]
            year, subject = rng.choice(YEARS), rng.choices(SUBJECTS, (48, 18, 18, 16))[0]
            row = registrar.record(person) | {"pathway": pathway, "completion_year": year, "subject": subject}
            row["hired"] = None
            if rng.random() < HIRED[pathway] * options.hired / mean * (0.94 + 0.024 * (year - YEARS[0])):
                row["hired"] = employ(person, subject=subject, pathway=pathway, year=year)
            rows.append(row)
            if rng.random() < rates["twins"]:  # a twin works for the district or finished here too
                twin = people.draw(23, 45, twin_of=person)
                if rng.random() < 0.5:
                    employ(twin)
                elif len(rows) < options.completers * share:
                    rows.append(registrar.record(twin) | {"pathway": pathway, "completion_year": year,
                                                          "subject": subject, "hired": None})
    while len(hr) < options.staff:
        person = people.draw(22, 67)
        employ(person)
        if rng.random() < rates["twins"] and len(hr) < options.staff:
            employ(people.draw(22, 67, twin_of=person))

    measure(options.seed, hr, candidates)
    rng.shuffle(hr)
    for number, row in enumerate(hr, 1):
        row["row_id"] = f"hr-{number:05d}"
    write(out / "lausd/hr.csv", hr, HR_COLUMNS, "us")
    write(out / "lab/hr.csv", hr, HR_COLUMNS, "us", with_id=True)
    for university, rows in candidates.items():
        rng.shuffle(rows)
        for number, row in enumerate(rows, 1):
            row["row_id"] = f"{university}-{number:05d}"
        style = UNIVERSITIES[university][2]
        write(out / university / "candidates.csv", rows, CANDIDATE_COLUMNS, style)
        write(out / f"lab/{university}.csv", rows, CANDIDATE_COLUMNS, style, with_id=True)
        links = [{"left_id": r["row_id"], "right_id": r["hired"]["row_id"]} for r in rows if r["hired"]]
        write(out / f"truth/{university}.csv", links, ["left_id", "right_id"])
        truth[university] = len(links)
    (out / "lab/agreement.toml").write_text(agreement.for_lab(), encoding="utf-8")
    (out / "SYNTHETIC.txt").write_text(
        "SYNTHETIC: every person in these files was made up by examples/laepp/generate.py "
        f"(seed {options.seed}).\n", encoding="utf-8")
    return truth


def parser():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--seed", type=int, default=2026)
    options.add_argument("--completers", type=int, default=12000, help="of all six universities together")
    options.add_argument("--staff", type=int, default=40000, help="rows of the district's file")
    options.add_argument("--hired", type=float, default=0.45, help="share of completers the district hired")
    for name, rate in RATES.items():
        options.add_argument(f"--rate-{name}", type=float, default=rate, metavar="R", help=f"default {rate}")
    return options


def main():
    options = parser()
    options.add_argument("--out", type=pathlib.Path, required=True)
    options = options.parse_args()
    truth = generate(options, options.out)
    for university, links in truth.items():
        print(f"{university}: {links} completers hired by the district")
    print(f"SYNTHETIC data in {options.out}")


if __name__ == "__main__":
    main()
