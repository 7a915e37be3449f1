"""Writes the scenario's agreements: agreement.toml.in with keys, dates and names filled in."""
import datetime
import json
import pathlib
import tomllib

TEMPLATE = pathlib.Path(__file__).with_name("agreement.toml.in")
NAMES = {
    "csun": "California State University, Northridge",
    "calstatela": "California State University, Los Angeles",
    "csudh": "California State University, Dominguez Hills",
    "ucla": "University of California, Los Angeles",
    "usc": "University of Southern California",
    "lmu": "Loyola Marymount University",
    "lausd": "Los Angeles Unified School District",
}
# name of the column, kind, CEDS id. Only a surname must be there: all else has gaps in practice.
IDENTIFIERS = (
    ("first_name", "given-name", "000115"), ("last_name", "family-name", "000172"),
    ("previous_last_name", "previous-family-name", ""), ("birth_date", "birth-date", "000033"),
    ("sex", "sex", "000255"), ("ssn_last4", "ssn-last4", ""), ("zip", "zip", "000214"))


def identifier_tables():
    lines = []
    for name, kind, ceds in IDENTIFIERS:
        lines += ["  [[dataset.identifier]]", f'  name = "{name}"', f'  kind = "{kind}"']
        lines += [f'  ceds = "{ceds}"'] if ceds else []
        lines += ["  required = true"] if kind == "family-name" else []
    return "\n".join(lines)


def key_tables(matcher, parties, persons):
    """The [matcher], [[party]] and [[person]] tables; strings, dates and nothing else stand in them."""
    lines = []
    for header, table in ([("[matcher]", matcher)] + [("[[party]]", p) for p in parties]
                          + [("[[person]]", p) for p in persons]):
        lines.append(header)
        lines += [f"{key} = {value.isoformat() if isinstance(value, datetime.date) else json.dumps(value, ensure_ascii=False)}"
                  for key, value in table.items()]
        lines.append("")
    return "\n".join(lines)


def fill(university, keys, recipients, today):
    text = TEMPLATE.read_text(encoding="utf-8")
    for mark, value in {
            "SYNTHETIC": "SYNTHETIC: made up for trying Tallystick.",
            "UNIVERSITY": university, "NAME": NAMES[university], "KEYS": keys.rstrip(),
            "IDENTIFIERS": identifier_tables(),
            "RECIPIENTS": ", ".join(json.dumps(r) for r in recipients),
            "EFFECTIVE": today - datetime.timedelta(days=30), "REVIEW": today + datetime.timedelta(days=335),
            "EXPIRES": today + datetime.timedelta(days=700),
            "RELEASES_UNTIL": today + datetime.timedelta(days=2500)}.items():
        text = text.replace(f"@{mark}@", str(value))
    return text


def keys_of(skeleton, today):
    """The key tables of `skeleton` (text of `tallystick-agent agreement new`), persons valid for a year."""
    keys = tomllib.loads(skeleton)
    persons = [dict(p, irb=p.get("irb") or "IRB-FY26-0117", valid_from=today - datetime.timedelta(days=1),
                    valid_to=today + datetime.timedelta(days=365))
               for p in keys.get("person", [])]
    return key_tables(keys["matcher"], keys["party"], persons)


def from_skeleton(skeleton, university, person, today):
    return fill(university, keys_of(skeleton, today), [university, "lausd", person], today)


def for_lab():
    """An agreement for tallystick-lab, which needs neither keys nor persons nor the right dates."""
    keys = key_tables({"id": "unite-la", "url": "https://match.example.org"},
                      [{"id": p, "name": NAMES[p]} for p in ("csun", "lausd")], [])
    return fill("csun", keys, ["csun", "lausd"], datetime.date(2026, 1, 31))
