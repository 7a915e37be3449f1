"""A world of some thousand people, for tests that need submissions worth interrupting.

Same columns and agreement as small_world; every person has a name and a birth date of their own, so
the true counts are known and no table has a small cell.
"""
import datetime
import itertools

from small_world import PATHWAYS, RETAINED, YEARS

SYLLABLES = ("ba", "chel", "dor", "fim", "gu", "hal", "jo", "kes", "lum", "mir", "nov", "pra", "qui", "rost", "sve", "tam",
             "vul", "wex", "yar", "zin")
DAYS = 20_000  # birth dates from 1945 on; a person number below it has a date of their own


def person(number):
    a, b, c = number % 20, number // 20 % 20, number // 400 % 20
    d = number // 8000 % 20
    born = datetime.date(1945, 1, 1) + datetime.timedelta(days=number * 7919 % DAYS)
    return {"first_name": (SYLLABLES[c] + SYLLABLES[(a + 7 * b) % 20]).title(),
            "last_name": (SYLLABLES[a] + SYLLABLES[b] + SYLLABLES[c] + SYLLABLES[d]).title(),
            "birth_date": born.isoformat(), "sex": "FM"[number % 2], "ssn_last4": f"{1000 + number % 8999}",
            "zip": f"9{number % 9973:04d}"}


def world(linked, only_candidates, only_staff):
    """The rows of both sides: (candidates, hr)."""
    assert linked + only_candidates + only_staff <= DAYS
    candidates, hr = [], []
    for number in range(linked + only_candidates):
        candidates.append(person(number) | {"pathway": PATHWAYS[number % 7 % 3], "completion_year": YEARS[number % 5 % 3]})
    for number in itertools.chain(range(linked), range(linked + only_candidates, linked + only_candidates + only_staff)):
        hr.append(person(number) | {"employed": "yes", "retained_3y": RETAINED[number % 11 % 3]})
    return candidates, hr[::-1]


def true_counts(output, candidates, hr, years=YEARS):
    """Every combination of values that occurs, and ALL, to its true count, as in small_world."""
    retained = {(r["last_name"], r["birth_date"]): r["retained_3y"] for r in hr}
    counts = {}
    for row in candidates:
        if row["completion_year"] not in years:
            continue
        found = retained.get((row["last_name"], row["birth_date"]))
        if output == "retention" and found is None:
            continue
        other = found if output == "retention" else "yes" if found else "not linked"
        for key in itertools.product((row["pathway"], "ALL"), (other, "ALL")):
            counts[key] = counts.get(key, 0) + 1
    return counts
