"""From a lot to its cases among very many packs (bar: 3 times the raw SQL, and at most twice as long for tenfold data).

``python -m tests.benchmarks recall [--units N] [--rounds N]`` lays a hundredth, a tenth and all of N packs into a
database of its own, in lots of a hundred over ten cases each, and traces lots in turn, shuffled per round, the best of
three each:

- *ours*: the product's trace, as the command, the page and the API use it;
- *limit*: one hand-written statement with the same joins and columns, its rows fetched and nothing made of them.

Exit status 1 above a bar or when both do not find the same packs and cases; 2 when the limit's interquartile spread
exceeds 1.5 times.
"""

# ruff: noqa: S608 - statements are put together from column names of our own models

import argparse
import itertools
import json
import os
import random
import statistics
import sys
from typing import Any

from tests.benchmarks.sweep import own_database, peak_memory, timed

BAR, GROWTH_BAR, TOO_NOISY = 3.0, 2.0, 1.5
A_LOT, A_CASE, STEPS = 100, 10, (100, 10, 1)
LIMIT = """
    SELECT u.id, u.gtin, l.number, u.serial, l.expires_on, u.state, u.place, u.holder, e.event_at, u.case_id,
        c.reference, s.number, p.name, i.name, m.name, m.strength,
        (SELECT count(*) FROM custody_doseadministered d WHERE d.unit_id = u.id)
    FROM custody_lot l JOIN custody_unit u ON u.lot_id = l.id JOIN cases_case c ON c.id = u.case_id
        JOIN custody_consignment s ON s.id = u.consignment_id JOIN people_institution i ON i.id = s.institution_id
        JOIN custody_partner p ON p.id = l.supplier_id JOIN cases_medicine m ON m.id = l.medicine_id
        LEFT JOIN custody_custodyevent e ON e.id = u.last_event_id
    WHERE l.gtin = %s AND l.number = %s ORDER BY c.reference, s.number, u.serial
"""


def main(arguments: list[str]) -> int:
    """Measure, print one line of JSON, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks recall")
    parser.add_argument("--units", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args(arguments)
    os.environ.setdefault("NPP_ENVIRONMENT", "test")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django

    django.setup()
    with own_database() as database:
        found = measure(database, options)
    print(json.dumps(found))
    if found["limit_spread"] > TOO_NOISY:
        return 2
    return int(found["ratio"] > BAR or max(found["growth"]) > GROWTH_BAR or not found["same"])


def measure(database: Any, options: argparse.Namespace) -> dict[str, Any]:
    """All readings, in milliseconds; the last size is the one that is judged against the limit."""
    from django.db import connection

    from cases.custody.tracing import cases_of, trace_lot
    from tests.cases.custody.builders import GTIN, build_supply

    supply = build_supply()
    supply.bring_to("accepted")
    same, there, ours, limit = True, 0, [], []
    for share in STEPS:
        lots = options.units // share // A_LOT
        lay(database, supply.case.pk, there, lots)
        there = lots

        def raw(number: str) -> list[Any]:
            with connection.cursor() as cursor:
                cursor.execute(LIMIT, [GTIN, number])
                return cursor.fetchall()

        times: dict[str, list[float]] = {"ours": [], "limit": []}
        for name in ("ours", "limit"):
            trace_lot(GTIN, "B1") if name == "ours" else raw("B1")
        for _ in range(options.rounds):
            number = f"B{random.randint(1, lots)}"
            for name in random.sample(("ours", "limit"), 2):
                work = trace_lot if name == "ours" else lambda _, lot: raw(lot)
                times[name].append(min(timed(lambda work=work, lot=number: work(GTIN, lot)) for _ in range(3)))  # type: ignore[misc]
            units, rows = trace_lot(GTIN, number), raw(number)
            same &= len(units) == A_LOT and [one.unit for one in units] == [row[0] for row in rows]
            same &= cases_of(units) == sorted({row[10] for row in rows})
        ours.append(statistics.median(times["ours"]))
        limit.append(statistics.median(times["limit"]))
    low, _, high = statistics.quantiles(times["limit"], n=4)
    return {
        "units": options.units,
        "lots": there,
        "cases": there * A_LOT // A_CASE,
        "ours_ms": round(ours[-1], 2),
        "limit_ms": round(limit[-1], 2),
        "ratio": round(ours[-1] / limit[-1], 2),
        "bar": BAR,
        "ours_ms_by_size": [round(value, 2) for value in ours],
        "growth": [round(after / before, 2) for before, after in itertools.pairwise(ours)],
        "growth_bar": GROWTH_BAR,
        "limit_spread": round(high / low, 2),
        "memory_mb": round(peak_memory(), 1),
        "same": same,
    }


def lay(database: Any, model: int, there: int, lots: int) -> None:
    """Further lots up to this number, their packs over cases of their own; laid past the triggers, to be read only."""
    import psycopg

    from tests.benchmarks.cases_under_way import columns

    tables = ("cases_case", "custody_consignment", "custody_lot", "custody_unit")
    per = A_LOT // A_CASE
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        for table in tables:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        span = f"generate_series({there * per + 1}, {lots * per}) i"
        same = {
            name: ", ".join(columns(connection, name, own))
            for name, own in (
                ("cases_case", {"reference": "", "enquiry_id": ""}),
                ("custody_consignment", {"case_id": ""}),
                ("custody_lot", {"number": ""}),
                ("custody_unit", {"case_id": "", "consignment_id": "", "lot_id": "", "serial": ""}),
            )
        }
        for statement in (
            f"INSERT INTO cases_case (reference, {same['cases_case']}) SELECT 'NP-B' || i, {same['cases_case']}"
            f" FROM cases_case, {span} WHERE id = {model}",
            f"INSERT INTO custody_consignment (case_id, {same['custody_consignment']}) SELECT c.id, "
            + ", ".join(f"t.{name}" for name in same["custody_consignment"].split(", "))
            + f" FROM custody_consignment t, cases_case c, {span} WHERE t.case_id = {model}"
            " AND c.reference = 'NP-B' || i",
            f"INSERT INTO custody_lot (number, {same['custody_lot']}) SELECT 'B' || i, {same['custody_lot']}"
            f" FROM custody_lot, generate_series({there + 1}, {lots}) i WHERE number NOT LIKE 'B%'",
            "INSERT INTO custody_unit (case_id, consignment_id, lot_id, serial, "
            + same["custody_unit"]
            + ") SELECT c.id, s.id, l.id, 'B' || i || '-' || n, "
            + ", ".join(f"t.{name}" for name in same["custody_unit"].split(", "))
            + f" FROM {span} JOIN cases_case c ON c.reference = 'NP-B' || i JOIN custody_consignment s"
            f" ON s.case_id = c.id JOIN custody_lot l ON l.number = 'B' || ((i - 1) / {per} + 1),"
            f" generate_series(1, {A_CASE}) n,"
            f" (SELECT * FROM custody_unit WHERE case_id = {model} ORDER BY id LIMIT 1) t",
        ):
            connection.execute(statement)  # type: ignore[call-overload]
        connection.execute("VACUUM ANALYZE cases_case, custody_consignment, custody_lot, custody_unit")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
