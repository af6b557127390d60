"""A reporting rule in words: its conditions, its clock, and what one version says otherwise than another."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from pharmacovigilance.library import rule_library
from pharmacovigilance.proposing import UNITS

UNIT_WORDS: Final = dict(UNITS)
_OPERATORS: Final = {"in": "is one of", "has_any": "holds any of", "has_none": "holds none of"}
_TRUTH: Final = {True: "yes", False: "no"}
# What a signature adds is told beside the version, not as a difference of its text.
_NOT_TOLD: Final = frozenset({"status", "reviewed_by", "reviewed_on"})


def conditions(expression: Mapping[str, Any]) -> list[str]:
    """Each condition that has to hold, as a sentence; alternatives stand in one."""
    if "all" in expression:
        return [sentence for part in expression["all"] for sentence in conditions(part)]
    if "any" in expression:
        return [", or ".join(" and ".join(conditions(part)) for part in expression["any"])]
    if not expression:
        return []
    value = expression["value"]
    name = expression["fact"].replace("_", " ")
    if expression["op"] == "is":
        return [f"{name} is {_word(value)}"]
    return [f"{name} {_OPERATORS[expression['op']]}: {', '.join(_word(one) for one in value)}"]


def clock_words(clock: Mapping[str, Any]) -> str:
    """The limit in words, and what stands in for it where the text names none."""
    if clock["kind"] == "no_duty":
        return "nothing need be sent"
    if clock["amount"] is not None:
        first = f"{clock['amount']} {UNIT_WORDS[clock['unit']]}"
    else:
        planning = clock["planning"] or {"amount": 15, "unit": "calendar_day"}
        words = (clock["urgency_words"] or "").replace("_", " ")
        said = f"“{words}” " if words and words != "unspecified" else ""
        first = f"{said}no number known; working figure {planning['amount']} {UNIT_WORDS[planning['unit']]}"
    second = clock["second_stage"]
    more = f", then {second['amount']} more {UNIT_WORDS[second['unit']]}" if second else ""
    return f"{first}{more}; counted from: {_word(clock['day0_basis'])}"


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """(field, was, is now) of every part that two texts of a rule say otherwise."""
    was, is_now = dict(_parts(old)), dict(_parts(new))
    names = [*was, *(name for name in is_now if name not in was)]
    return [
        (name, was.get(name, ""), is_now.get(name, "")) for name in names if was.get(name, "") != is_now.get(name, "")
    ]


def sources_of(text: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    known = rule_library().sources
    return [(name, known[name]) for name in text["source"] if name in known]


def _parts(text: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Every part of a text; when it applies stands as sentences, one part."""
    for name, value in _leaves(text):
        if not name.startswith("applies if"):
            yield name, value
    yield "applies if", "; ".join(conditions(text["applies_if"]))


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if name or key not in _NOT_TOLD:
                yield from _leaves(inner, f"{name}, {key}" if name else key)
    elif isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
        for number, one in enumerate(value, start=1):
            yield from _leaves(one, f"{name} {number}")
    elif isinstance(value, list):
        yield _spoken(name), ", ".join(_word(one) for one in value)
    else:
        yield _spoken(name), _word(value)


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _TRUTH[value]
    return str(value).replace("_", " ")
