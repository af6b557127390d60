"""Every pathway asked once (bar: 50 ms for all 48; issue 3).

``python -m tests.benchmarks pathway [--rounds N]`` asks each of the product's pathways what `manage.py pathway` asks,
with every event and paper of its own, an authorization and its statements: gates, clocks with their ledgers, as JSON.
The data are loaded before. Median and slowest of the rounds; exit status 1 when the median is above the bar.
"""

import argparse
import json
import os
import statistics
import time
import warnings

BAR_MS = 50.0


def main(arguments: list[str]) -> int:
    """Measure, print one line of JSON, judge."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks pathway")
    parser.add_argument("--rounds", type=int, default=21)
    options = parser.parse_args(arguments)
    os.environ.setdefault("NPP_ENVIRONMENT", "test")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
    import django

    django.setup()
    # The package of holidays says on its own channel which years it does not know; the product flags them itself.
    warnings.simplefilter("ignore", UserWarning)
    found = measure(options.rounds)
    print(json.dumps(found))
    return int(found["median_ms"] > BAR_MS)


def measure(rounds: int) -> dict[str, float]:
    """Milliseconds for all pathways together."""
    from regulatory.profiles.loader import load
    from regulatory.profiles.looks_at import attested_facts, documents_of, events_of
    from regulatory.profiles.what_if import Asked, answer, read

    library = load()
    questions = [
        (
            profile,
            Asked(
                at="2026-06-02",
                event=[f"{name}=2026-06-01" for name in events_of(profile)],
                document=[f"{name}={','.join(states)}@2026-06-01" for name, states in documents_of(profile).items()],
                authorization=["2026-01-01..2026-12-31/10"],
                attest=list(attested_facts(profile)),
            ),
        )
        for profile in library.profiles.values()
    ]

    def ask_all() -> float:
        began = time.perf_counter()
        for profile, asked in questions:
            answer(read(profile, asked, library=library), library=library).to_json()
        return (time.perf_counter() - began) * 1000

    ask_all()
    times = [ask_all() for _ in range(rounds)]
    return {
        "pathways": len(questions),
        "bar_ms": BAR_MS,
        "median_ms": round(statistics.median(times), 1),
        "slowest_ms": round(max(times), 1),
    }
