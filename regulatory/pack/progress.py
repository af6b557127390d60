"""How far a pack is while it is made, told across connections without writing a row.

A pack is made in the transaction of its verb, where nothing outside the database may happen and no row is seen before
the end. What a session calls itself is seen at once by the others (``pg_stat_activity``), and set for the transaction
alone it is gone with it, whether that ends well or not.
"""

import re
from typing import Final

from django.db import connection

from regulatory.models import Filing

_NAME: Final = "npp pack {filing} {done}/{steps}"
_READ: Final = re.compile(r"npp pack \d+ (\d+)/(\d+)")


def report(filing: Filing, done: int, steps: int) -> None:
    """Say that so many of the steps are done; must run in the transaction that makes the pack."""
    with connection.cursor() as cursor:
        name = _NAME.format(filing=filing.pk, done=done, steps=steps)
        cursor.execute("SELECT set_config('application_name', %s, true)", [name])


def progress_of(filing: Filing) -> tuple[int, int] | None:
    """(steps done, steps in all) of the pack that is being made for the filing now; None when none is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT application_name FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name LIKE %s",
            [f"npp pack {filing.pk} %"],
        )
        row = cursor.fetchone()
    found = _READ.fullmatch(row[0]) if row else None
    return (int(found[1]), int(found[2])) if found else None
