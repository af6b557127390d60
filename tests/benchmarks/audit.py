"""What capture costs and how fast the evidence is verified (facts of the house: bars and floors below).

``python -m tests.benchmarks audit [--cases N] [--rounds N]`` writes a hundred entries a case through the triggers into
a database of its own (ten thousand cases are a million entries) and measures, on one line of JSON:

- *verify*: everything, in seconds for a million entries; *one case*, in milliseconds;
- *save*: `save()` of a row under capture against the same with the trigger off, interleaved in blocks;
- *bulk*: one `UPDATE` of 10,000 rows after twenty single saves in the same session, in seconds, beside the same with
  the trigger off.

Exit status 1 above a floor. Other work on the machine shows in every figure: trust the ratio of saves first.
"""

# ruff: noqa: S608 - statements are put together from column names of our own models

import argparse
import json
import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.benchmarks.sweep import own_database

# Bar and floor of each figure.
BARS = {
    "verify_s_per_million": (3.0, 12.0),
    "save_ratio": (1.6, 2.0),
    "bulk_s": (0.7, 1.5),
    "one_case_ms": (50.0, 250.0),
}
NOTES, DATES, MOVES = 40, 6, 14
BLOCK, BULK = 500, 10_000
ACT = "SELECT set_config('npp.actor', 'BENCH', true), set_config('npp.verb', 'tests.bench.written', true)"


def main(arguments: list[str]) -> int:
    """Measure, print one line of JSON, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks audit")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    os.environ.setdefault("NPP_ENVIRONMENT", "test")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django

    django.setup()
    with own_database() as database:
        load(database, options.cases)
        found = measure(database, options.rounds)
    print(json.dumps(found | {"bars": BARS}))
    return int(any(found[name] > floor for name, (_, floor) in BARS.items()))


def measure(database: Any, rounds: int) -> dict[str, Any]:
    """All figures of one loaded database; medians."""
    from cases.audit.verify import verify
    from cases.models import Case

    whole = [verify() for _ in range(rounds)]
    keys = Case.objects.order_by("pk").values_list("pk", flat=True)[:20]
    ones = [verify(chain=f"case:{key}").seconds * 1_000 for key in keys]
    assert all(report.ok for report in whole), whole[0].findings[:3]
    saves = {True: [], False: []}  # type: dict[bool, list[float]]
    bulk = {True: [], False: []}  # type: dict[bool, list[float]]
    for _ in range(rounds):
        for captured in random.sample((True, False), 2):
            with capturing(database, captured):
                saves[captured].append(timed(save_a_block))
                bulk[captured].append(timed(update_many))
    entries = whole[0].entries
    return {
        "entries": entries,
        "rows": whole[0].rows,
        "verify_s": round(statistics.median(report.seconds for report in whole), 2),
        "verify_s_per_million": round(statistics.median(report.seconds for report in whole) / entries * 1e6, 2),
        "one_case_ms": round(statistics.median(ones), 1),
        "save_us": round(statistics.median(saves[True]) / BLOCK * 1e6),
        "save_ratio": round(statistics.median(saves[True]) / statistics.median(saves[False]), 2),
        "bulk_s": round(statistics.median(bulk[True]), 2),
        "bulk_without_capture_s": round(statistics.median(bulk[False]), 2),
    }


def load(database: Any, cases: int) -> None:
    """A hundred entries a case, as the triggers write them."""
    import psycopg

    from cases.deadlines.models import Deadline
    from cases.models import Case
    from tests.cases.deadlines.ground import ROUTINE, START, lay_ground

    ground = lay_ground()
    ground.promise(START.date(), kind=ROUTINE.code)
    of_case = columns_of(Case, but=("id", "reference", "enquiry"))
    of_date = columns_of(Deadline, but=("id", "case", "key"))
    statements = [
        f"INSERT INTO cases_case (reference, {of_case}) SELECT 'NP-B' || i, {of_case}"
        f" FROM cases_case, generate_series(1, {cases}) i",
        f"INSERT INTO deadlines_deadline (case_id, key, {of_date}) SELECT c.id, 'bench:' || i, {prefixed('d', of_date)}"
        f" FROM deadlines_deadline d, generate_series(1, {DATES}) i, cases_case c WHERE c.reference LIKE 'NP-B%'",
        "INSERT INTO cases_note (case_id, text, audience, written_by_id, written_at)"
        f" SELECT c.id, repeat('word ', 100) || i, 'house', {ground.pic.pk}, now()"
        f" FROM cases_case c, generate_series(1, {NOTES}) i WHERE c.reference LIKE 'NP-B%'",
        *["UPDATE cases_case SET event_seq = event_seq + 1 WHERE reference LIKE 'NP-B%'"] * MOVES,
        "UPDATE deadlines_deadline SET version = version + 1 WHERE key LIKE 'bench:%'",
        f"UPDATE cases_note SET text = text || '!' WHERE id % {NOTES} < 33",
    ]
    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        for statement in statements:
            with connection.transaction():
                connection.execute(ACT)
                connection.execute(statement)  # type: ignore[call-overload]
        connection.execute("VACUUM ANALYZE")


def columns_of(model: Any, *, but: tuple[str, ...]) -> str:
    return ", ".join(field.column for field in model._meta.concrete_fields if field.name not in but)


def prefixed(alias: str, columns: str) -> str:
    return ", ".join(f"{alias}.{column}" for column in columns.split(", "))


@contextmanager
def capturing(database: Any, captured: bool) -> Iterator[None]:
    """The notes with their capture trigger, or without."""
    import psycopg

    with psycopg.connect(database.superuser_url, autocommit=True) as connection:
        if not captured:
            connection.execute("ALTER TABLE cases_note DISABLE TRIGGER audit_capture")
        yield
        connection.execute("ALTER TABLE cases_note ENABLE ALWAYS TRIGGER audit_capture")


def save_a_block() -> None:
    """Save one note after another, each in a transaction of its own."""
    from cases.audit.context import acting
    from cases.models import Note
    from cases.people.models import User

    by = User.objects.service("setup")
    for note in random.sample(list(Note.objects.order_by("pk")[:5_000]), BLOCK):
        with acting(by=by, verb="tests.bench.saved"):
            note.text += "."
            note.save()


def update_many() -> None:
    """Many rows in one statement, in a session whose plans were made for single rows."""
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ACT)
        for _ in range(20):
            cursor.execute("UPDATE cases_note SET text = text || '.' WHERE id = (SELECT min(id) FROM cases_note)")
        cursor.execute(
            "UPDATE cases_note SET text = text || '?' WHERE id IN (SELECT id FROM cases_note ORDER BY id LIMIT %s)",
            [BULK],
        )


def timed(work: Callable[[], Any]) -> float:
    """Seconds that it took."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
