"""Numbers of a pathway that say something only together with another field, and spans that end before they begin."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

# Section, field, the other that it needs, and what is wrong without it.
TOGETHER: Final = (
    ("documents", "max_age", "max_age_unit", "an age without its unit"),
    ("documents", "max_age", "max_age_from", "an age that counts from nothing"),
    ("renewal", "lead_amount", "lead_unit", "a lead time without its unit"),
    ("decision_times", "appeal_within", "appeal_unit", "a time for an appeal without its unit"),
    ("fees", "amount", "currency", "an amount without its currency"),
)


def incomplete(data: Mapping[str, Any]) -> Iterator[tuple[str, Any, str, str]]:
    """(path, value found, what is wrong, remedy) of each."""
    for section, field, other, message in TOGETHER:
        for path, fact in _facts_in(data, section):
            if fact.get(field) is not None and fact.get(other) is None:
                yield f"{path}/{other}", None, message, f"write {other}, or leave {field} out"
    for path, fact in _facts_in(data, "decision_times"):
        least, most = fact.get("min"), fact.get("max")
        if isinstance(least, int) and isinstance(most, int) and least > most:
            message = f"the shortest time, {least}, is longer than the longest"
            yield f"{path}/max", most, message, "change the two over, or correct one"


def _facts_in(data: Mapping[str, Any], section: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    entries = data.get(section)
    for place, fact in enumerate(entries if isinstance(entries, list) else []):
        if isinstance(fact, Mapping):
            yield f"/{section}/{place}", fact
