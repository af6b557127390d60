"""Any number of a pathway's file, written wrong in any way, is refused with its place: none is counted with."""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from regulatory.profiles.loader import load, validate_profile

PROFILES = sorted(load().profiles)
# What may be a fraction: an amount of money, and what is measured rather than counted.
MEASURED = {"fees", "quantity_limits", "shelf_life_remaining", "retention"}


def numbers(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a number stands."""
    if isinstance(node, dict):
        for name, inner in node.items():
            yield from numbers(inner, (*path, name))
    elif isinstance(node, list):
        for place, inner in enumerate(node):
            yield from numbers(inner, (*path, place))
    elif isinstance(node, int | float) and not isinstance(node, bool):
        yield path


def with_value(raw: dict[str, Any], path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    changed = deepcopy(raw)
    node: Any = changed
    for name in path[:-1]:
        node = node[name]
    node[path[-1]] = value
    return changed


@pytest.mark.parametrize("key", PROFILES)
def test_every_number_is_refused_when_it_cannot_be_one(key: str) -> None:
    library = load()
    raw = json.loads(json.dumps(library.profiles[key].raw))
    assert validate_profile(raw, library=library) == []
    taken: list[tuple[str, Any]] = []
    for path in numbers(raw):
        wrong: list[Any] = [-28, 10**9, "28", True, "a month"]
        if not MEASURED & set(path):
            wrong.append(2.5)
        if path[0] == "fees":
            wrong.remove(10**9)
        place = "/" + "/".join(map(str, path))
        for value in wrong:
            problems = validate_profile(with_value(raw, path, value), library=library)
            if place not in {problem.path for problem in problems}:
                taken.append((place, value))
    assert taken == []


@pytest.mark.parametrize(
    ("section", "fields", "path", "message"),
    [
        ("documents", {"max_age": 6}, "max_age_unit", "an age without its unit"),
        ("documents", {"max_age": 6, "max_age_unit": "zzz", "max_age_from": "issue"}, "max_age_unit", '"zzz" is not'),
        ("documents", {"max_age": 6, "max_age_unit": "month", "max_age_from": "zzz"}, "max_age_from", '"zzz" is not'),
        ("decision_times", {"min": 50, "max": 2}, "max", "the shortest time, 50, is longer than the longest"),
        ("authority", {"value": ""}, "value", '"" is shorter than 1 character'),
        ("legal_basis", {"value": 7}, "value", '7 is not of type "string"'),
    ],
)
def test_what_hangs_together_is_asked_for_together(
    section: str, fields: dict[str, Any], path: str, message: str
) -> None:
    library = load()
    raw = json.loads(json.dumps(library.profiles["UK-SPECIALS"].raw))
    raw[section][0] |= fields

    problems = validate_profile(raw, library=library)

    told = next(problem for problem in problems if problem.path == f"/{section}/0/{path}")
    assert told.message.startswith(message)
    assert told.remedy
