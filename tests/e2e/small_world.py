"""A small world for end-to-end tests: 390 candidates, 600 employees, 270 of them the same people.

Birth dates and SSN-4 are unique to a person, so linkage must find exactly the true pairs and every
published count can be compared with the truth.
"""
import csv
import datetime
import itertools

PATHWAYS = ("traditional", "intern", "residency")
RETAINED = ("yes", "no", "not observed")
YEARS = ("2019", "2020", "2021")
# One small cell (5) and one true zero, so that suppression has something to do.
LINKED = {("traditional", "yes"): 60, ("traditional", "no"): 30, ("traditional", "not observed"): 25,
          ("intern", "yes"): 45, ("intern", "no"): 25, ("intern", "not observed"): 5,
          ("residency", "yes"): 50, ("residency", "no"): 0, ("residency", "not observed"): 30}
UNLINKED = {"traditional": 60, "intern": 40, "residency": 20}
ONLY_STAFF = {"yes": 150, "no": 100, "not observed": 80}
CANDIDATE_COLUMNS = ("first_name", "last_name", "birth_date", "sex", "ssn_last4", "zip", "pathway", "completion_year")
HR_COLUMNS = ("first_name", "last_name", "birth_date", "sex", "ssn_last4", "zip", "employed", "retained_3y")

FIRST = ("Zoraida", "Íñigo", "Quetzalli", "Thủy", "Anoush", "Ji-woo", "Marisol", "Déborah", "Xochitl", "Hrant", "Ligaya",
         "Obadiah", "Philippa", "Wenceslao", "Bartholomew", "Candelaria", "Dionisio", "Evangelista", "Florencia", "Gumersindo")
LAST = ("Abascal", "Bracamontes-Ruelas", "Cholakian", "Dzib Canul", "Echeverría", "Fukunaga", "Goyeneche", "Hovanessian",
        "Iturralde", "Jeongsan", "Kuizon", "Lopetegui", "Macapagal", "Nguyễn-Hoàng", "Olazábal", "Pangilinan", "Quiñónez",
        "Ruvalcaba", "Sarafyan", "Tejeda Lomelí")


def people():
    """Endless distinct persons: (name pair, birth date, SSN-4) never repeat."""
    for number, (last, first) in enumerate(itertools.product(LAST, FIRST * 3)):
        born = datetime.date(1970, 1, 2) + datetime.timedelta(days=9 * number)
        yield {"first_name": first, "last_name": last, "birth_date": born.isoformat(), "sex": "FM"[number % 2],
               "ssn_last4": f"{1000 + number}", "zip": f"9{number % 90:02d}{number % 77:02d}"}


def world():
    """The rows of both sides: (candidates, hr), each in an order of its own."""
    candidates, hr, person = [], [], people()
    def candidate(row, pathway):
        candidates.append(row | {"pathway": pathway, "completion_year": YEARS[len(candidates) % 3]})
    for (pathway, retained), count in LINKED.items():
        for _ in range(count):
            row = next(person)
            candidate(row, pathway)
            hr.append(row | {"last_name": row["last_name"].upper(), "employed": "yes", "retained_3y": retained,
                             "birth_date": datetime.date.fromisoformat(row["birth_date"]).strftime("%m/%d/%Y")})
    for pathway, count in UNLINKED.items():
        for _ in range(count):
            candidate(next(person), pathway)
    for retained, count in ONLY_STAFF.items():
        hr += [next(person) | {"employed": "yes", "retained_3y": retained} for _ in range(count)]
    return candidates, hr[::-1]


def write_csv(path, columns, rows):
    with open(path, "w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, columns, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)


def agreement_text(key_tables, university="csun", district="lausd", recipients=("csun", "lausd", "pgarcia"), **options):
    """An agreement over the small world; `options`: approval, identity, extra (more TOML at the end)."""
    def identifiers():
        return "".join(f'  [[dataset.identifier]]\n  name = "{name}"\n  kind = "{kind}"\n  required = {required}\n'
                       for name, kind, required in (
                           ("first_name", "given-name", "true"), ("last_name", "family-name", "true"),
                           ("birth_date", "birth-date", "true"), ("sex", "sex", "false"),
                           ("ssn_last4", "ssn-last4", "false"), ("zip", "zip", "false")))

    def category(name, values):
        return f'  [[dataset.category]]\n  name = "{name}"\n  values = {list(values)}\n'.replace("'", '"')
    today = datetime.date.today()
    day = datetime.timedelta(days=1)
    to = str(list(recipients)).replace("'", '"')
    return f'''schema  = "tallystick/agreement/1"
id      = "{options.get("identity", "csun-lausd-2026")}"
version = 1
title   = "Teacher preparation to employment outcomes"

{key_tables}
[purpose]
code      = "improve-instruction"
statement = "How preparation pathways relate to hiring and retention."
scope     = "Completers 2019 to 2021"

[term]
effective = {today - 10 * day}
expires   = {today + 700 * day}
review    = {today + 300 * day}

[[dataset]]
id = "candidates"
party = "{university}"
unit = "teacher candidate"
population = "all program completers, matched or not"
legal_basis = "ferpa.studies"
{identifiers()}{category("pathway", PATHWAYS)}{category("completion_year", YEARS)}
[[dataset]]
id = "hr"
party = "{district}"
unit = "employee"
population = "all staff, matched or not"
legal_basis = "state law"
{identifiers()}{category("employed", ["yes"])}{category("retained_3y", RETAINED)}
[linkage]
protocol = "exact"

[[output]]
id = "retention"
title = "Three-year retention by pathway"
cohort = "linked"
dimensions = ["candidates.pathway", "hr.retained_3y"]
filters = ["candidates.completion_year"]
recipients = {to}

[[output]]
id = "hired"
title = "Hired or not by pathway"
cohort = "left"
dimensions = ["candidates.pathway", "hr.employed"]
filters = ["candidates.completion_year"]
recipients = {to}

[disclosure]
min_cell = 11
min_denominator = 20
complementary = "optimal"

[retention]
submissions_until = {today + 300 * day}
max_submissions   = 12
releases_until    = {today + 2000 * day}
destroy_within_days = 30

[governance]
approval = "{options.get("approval", "automatic")}"
breach_notice_hours = 24
reidentification = "prohibited"
redisclosure = "prohibited"
{options.get("extra", "")}'''


def request_text(output, question="Does a residency keep teachers longer?", years=None, agreement="csun-lausd-2026"):
    text = f'agreement = "{agreement}"\noutput = "{output}"\nquestion = "{question}"\n'
    if years:
        text += '[filter]\n"candidates.completion_year" = ' + str(list(years)).replace("'", '"') + "\n"
    return text


def true_counts(output):
    """Every combination of declared values and ALL to its true count, dimensions in the output's order."""
    if output == "retention":
        leaves = dict(LINKED)
    else:
        hired = {p: sum(LINKED[p, r] for r in RETAINED) for p in PATHWAYS}
        leaves = {(p, e): hired[p] if e == "yes" else UNLINKED[p] for p in PATHWAYS for e in ("yes", "not linked")}
    counts = {}
    for (a, b), n in leaves.items():
        for key in ((a, b), ("ALL", b), (a, "ALL"), ("ALL", "ALL")):
            counts[key] = counts.get(key, 0) + n
    return counts


def bounds_of(key, counts, suppressed):
    """The exact least and greatest value that the published numbers leave for the number at `key`.

    The table with its margins is a circulation: row -> column for a leaf, source -> row and column ->
    sink for margins, sink -> source for the total. A suppressed number's arc may change, down to 1
    because zeros are shown; the true table is one circulation, so the extremes are the true value
    and the greatest flow that residual arcs carry around it.
    """
    free = 10_000

    def arc(cell):
        row, column = cell
        return ("sink" if cell == ("ALL", "ALL") else "source" if column == "ALL" else
                ("column", column) if row == "ALL" else ("row", row),
                "source" if cell == ("ALL", "ALL") else ("row", row) if column == "ALL" else
                "sink" if row == "ALL" else ("column", column))

    def greatest(tail, head):
        residual = {}
        for k in suppressed:
            if k == key:
                continue
            u, v = arc(k)
            residual[u, v] = residual.get((u, v), 0) + free
            residual[v, u] = residual.get((v, u), 0) + max(counts[k] - 1, 0)
        flow = 0
        while True:
            came, frontier = {tail: None}, [tail]
            while frontier and head not in came:
                at = frontier.pop()
                for (u, v), capacity in residual.items():
                    if u == at and capacity > 0 and v not in came:
                        came[v] = u
                        frontier.append(v)
            if head not in came:
                return flow
            path, at = [], head
            while came[at] is not None:
                path.append((came[at], at))
                at = came[at]
            step = min(residual[e] for e in path)
            for u, v in path:
                residual[u, v] -= step
                residual[v, u] = residual.get((v, u), 0) + step
            flow += step
            if flow >= free:
                return flow
    tail, head = arc(key)
    up = greatest(head, tail)
    down = min(greatest(tail, head), max(counts[key] - 1, 0))
    return counts[key] - down, counts[key] + up
