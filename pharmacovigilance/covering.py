"""The patient's identity in the free texts of a version: covered in its snapshot, so that no report of it names one.

What was said stays word for word with the report (and in the record of the version); only what leaves is covered.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cases.people.mentions import Mentions

Place = tuple[str, dict[str, Any], str]


def covered(snapshot: dict[str, Any], mentions: Mentions | None) -> dict[str, Any]:
    """The same snapshot, its free texts without identity; as it is where nobody can tell the identity any more."""
    for _, holder, name in _texts(snapshot) if mentions else ():
        holder[name] = mentions.covered(holder[name])  # type: ignore[union-attr]  # nothing is gone through without
    return snapshot


def named_in(snapshot: Mapping[str, Any], mentions: Mentions) -> list[str]:
    """Each free text that holds something of the identity, with what: ``S-1 as reported: name, birth date``."""
    found = ((words, mentions.kinds_in(holder[name])) for words, holder, name in _texts(snapshot))
    return [f"{words}: {', '.join(kinds)}" for words, kinds in found if kinds]


def _texts(snapshot: Mapping[str, Any]) -> Iterator[Place]:
    """Every text of it that a person typed, with its words and its place."""
    every: list[tuple[str, Any, str]] = [
        ("narrative", snapshot["judged"], "narrative"),
        ("what the version is for", snapshot, "reason"),
        ("other diseases", snapshot["patient"], "history"),
    ]
    for event in snapshot["events"]:
        label = f"AE-{event['number']}"
        every += [(f"words of {label}", event, "verbatim"), (f"tests of {label}", event, "tests")]
    for product in snapshot["products"]:
        label = f"MP-{product['number']}"
        every.append((f"what {label} was given for", product, "indication"))
        for line in product["lines"]:
            every += [
                (f"lot of {label}", line, "lot_said"),
                (f"why no lot of {label}", line, "reason"),
                (f"amount of {label}", line, "amount"),
            ]
    every += [(f"{report['label']} as reported", report, "verbatim") for report in snapshot["reports"]]
    yield from (place for place in every if place[1].get(place[2]))
