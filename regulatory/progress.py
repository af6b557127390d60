"""How far something long is while it is done, told across connections without writing a row.

A pack is made in the transaction of its verb, and a publication reaches its cases in one: nothing outside the database
may happen there and no row is seen before the end. What a session calls itself is seen at once by the others
(``pg_stat_activity``), and set for the transaction alone it is gone with it, whether that ends well or not.
"""

import re
from typing import Final

from django.db import connection

from regulatory.models import Filing, Publication

Long = Filing | Publication
_READ: Final = re.compile(r"npp \w+ \d+ (\d+)/(\d+)")


def report(record: Long, done: int, steps: int) -> None:
    """Say that so many of the steps are done; must run in the transaction that does them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('application_name', %s, true)", [f"{_name(record)} {done}/{steps}"])


def progress_of(record: Long) -> tuple[int, int] | None:
    """(steps done, steps in all) of what is being done for the record now; None when nothing is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name LIKE %s",
            [f"{_name(record)} %"],
        )
        row = cursor.fetchone()
    found = _READ.fullmatch(row[0]) if row else None
    return (int(found[1]), int(found[2])) if found else None


def _name(record: Long) -> str:
    return f"npp {record._meta.model_name} {record.pk}"
