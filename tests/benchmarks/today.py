"""Today over many open cases, as a person gets it (bar: the whole page in three times what its queries need).

``python -m tests.benchmarks today [--cases N] [--rounds N]`` lays N open cases with three dates each into a database of
its own and asks, shuffled per round, through the whole stack in one process:

- *today*: the page as it opens;
- *statutory*, *later*: the page narrowed to statutory dates, and one from its middle (by key, not by number);
- *preview*: the pane beside it;
- *case*: the page of one case;
- *database*: only what the database needs for the page's queries, asked again one after the other.

Exit status 1 below the bar, 2 when the database's own interquartile spread exceeds 1.5 times.
"""

import argparse
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

BAR, TOO_NOISY = 3.0, 1.5


def main(arguments: list[str]) -> int:
    """Measure, print one line of JSON, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks today")
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=60)
    options = parser.parse_args(arguments)
    os.environ.setdefault("NPP_ENVIRONMENT", "test")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django

    django.setup()
    from tests.benchmarks.sweep import own_database

    with own_database() as database:
        found = measure(database, options)
    print(json.dumps(found))
    if found["database_spread"] > TOO_NOISY:
        return 2
    return int(found["ratio"] > BAR)


def measure(database: Any, options: argparse.Namespace) -> dict[str, Any]:
    """All readings, in milliseconds."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from tests.cases.web.crowd import crowd
    from tests.factories import build_house

    settings.ALLOWED_HOSTS = ["testserver"]
    house = build_house(now=datetime.now(UTC))
    case = crowd(house, database, cases=options.cases)
    client = Client()
    client.force_login(house.coordinator, backend="allauth.account.auth_backends.AuthenticationBackend")
    date = case.deadlines.get().pk
    far = f"{house.now:%Y-%m-%d}~0~{house.now:%Y-%m-%dT%H:%M:%S}+00:00~1"
    pages: dict[str, Callable[[], Any]] = {
        "today": lambda: client.get("/today/"),
        "statutory": lambda: client.get("/today/?show=statutory&within=all"),
        "later": lambda: client.get("/today/", {"within": "all", "after": far}),
        "preview": lambda: client.get(f"/today/{case.reference}/?date={date}", headers={"HX-Request": "true"}),
        "case": lambda: client.get(f"/cases/{case.reference}/"),
    }
    for ask in pages.values():
        assert ask().status_code == 200
    with CaptureQueriesContext(connection) as captured:
        answer = client.get("/today/")
    asked = [query["sql"] for query in captured.captured_queries]

    def database_alone() -> None:
        with connection.cursor() as cursor:
            for statement in asked:
                cursor.execute(statement.replace("%", "%%"), [])
                cursor.fetchall()

    works = pages | {"database": database_alone}
    times: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(options.rounds):
        for name in random.sample(list(works), len(works)):
            began = time.perf_counter()
            works[name]()
            times[name].append((time.perf_counter() - began) * 1000)
    low, _, high = statistics.quantiles(times["database"], n=4)
    return {
        "cases": options.cases,
        "dates": options.cases * 3,
        "queries": len(asked),
        "bytes": len(answer.content),
        **{f"{name}_p50_ms": round(statistics.median(values), 1) for name, values in times.items()},
        **{f"{name}_p95_ms": round(statistics.quantiles(values, n=20)[-1], 1) for name, values in times.items()},
        "ratio": round(statistics.median(times["today"]) / statistics.median(times["database"]), 2),
        "bar": BAR,
        "database_spread": round(high / low, 2),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
