"""What somebody typed or sent of an event, read as far as it can be read; the rest is kept as it came, with the reason.

Intake refuses nothing (facts: pharmacovigilance 9.3, invariant 12): what cannot be read never costs the report.
Pure: no database and no clock.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from cases.lifecycle.typed_days import NotADay, read_day, read_known_part, read_moment
from pharmacovigilance.terms import CRITERION_CODES, NOT_SERIOUS

NOT_KNOWN: Final = "not_known"
# Longer words than anybody types; what is longer still is kept beside them.
LONGEST: Final = 200_000
LONGEST_LINE: Final = 200
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,4})?")


class NotRead(ValueError):
    """Raised inside with why an answer cannot be read."""


@dataclass
class Said:
    """The facts of a report as its verb takes them, and what could not be read, a line each."""

    facts: dict[str, Any] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    def keep_unread(self, label: str, typed: str, why: str) -> None:
        self.unread.append(f"{label}: “{typed}” was not read. {why}")


@dataclass(frozen=True, slots=True)
class Asked:
    """What may be answered where only some answers exist: the codes of each list, by name of the answer."""

    codes: Mapping[str, frozenset[str]]
    zone: ZoneInfo
    now: datetime


LABELS: Final = {
    "verbatim": "What happened",
    "language": "Language",
    "began": "When it began",
    "criteria": "How bad it is",
    "after": "After which dose or pack",
    "lot_said": "Pack or lot, as said",
    "outcome": "How the patient is",
    "had_reaction": "Was there a reaction",
    "situations": "Kind of report",
    "pregnancy_due_on": "Expected day of birth",
    "qualification": "Who said it",
    "channel": "How it reached us",
    "received_at": "When we first heard of it",
    "papers": "Papers with it",
}


def read(typed: Mapping[str, str | list[str]], asked: Asked) -> Said:
    """Every answer by the name it has in `LABELS`; one that is not there was not given, which is always allowed."""
    said = Said()
    for name, reader in _READERS.items():
        for value in _values(typed.get(name, "")):
            try:
                reader(said, name, _keepable(said, name, value), asked)
            except (NotADay, NotRead) as why:
                said.keep_unread(LABELS[name], value.replace("\x00", "\ufffd"), str(why))
    _settle(said)
    return said


def day_of_parts(day: str, month: str, year: str) -> str:
    """Day, month and year from three boxes as one text: what was left empty is not known."""
    return " ".join(part for part in (day.strip(), month.strip(), year.strip()) if part)


def _values(value: str | list[str]) -> Iterable[str]:
    return [one for one in ([value] if isinstance(value, str) else value) if one.strip()]


def _keepable(said: Said, name: str, value: str) -> str:
    if "\x00" not in value:
        return value
    said.unread.append(f"{LABELS[name]}: NUL characters cannot be kept and are shown as \ufffd.")
    return value.replace("\x00", "\ufffd")


def _words(said: Said, name: str, value: str, asked: Asked, *, longest: int = LONGEST) -> None:
    said.facts[name] = value[:longest]
    if len(value) > longest:
        said.unread.append(f"{LABELS[name]}, from character {longest + 1} on: {value[longest:]}")


def _line(said: Said, name: str, value: str, asked: Asked) -> None:
    _words(said, name, " ".join(value.split()), asked, longest=LONGEST_LINE)


def _language(said: Said, name: str, value: str, asked: Asked) -> None:
    if not _LANGUAGE.fullmatch(value.strip()):
        raise NotRead("Write two letters, for example en.")
    said.facts[name] = value.strip()[:8]


def _known_part(said: Said, name: str, value: str, asked: Asked) -> None:
    if value != NOT_KNOWN:
        said.facts[name] = read_known_part(value)


def _day(said: Said, name: str, value: str, asked: Asked) -> None:
    said.facts[name] = read_day(value).isoformat()


def _moment(said: Said, name: str, value: str, asked: Asked) -> None:
    given = read_moment(value, zone=asked.zone).astimezone(UTC)
    if given > asked.now:
        raise NotRead("It is still to come; the time of sending was kept.")
    said.facts[name] = given.isoformat()


def _code(said: Said, name: str, value: str, asked: Asked) -> None:
    if value not in asked.codes[name]:
        raise NotRead("There is no such answer.")
    said.facts[name] = value


def _codes(said: Said, name: str, value: str, asked: Asked) -> None:
    if value not in asked.codes[name]:
        raise NotRead("There is no such answer.")
    said.facts.setdefault(name, []).append(value)


def _after(said: Said, name: str, value: str, asked: Asked) -> None:
    """``dose:12`` or ``pack:45`` of those that were offered; ``other`` and ``not_known`` name none."""
    if value not in asked.codes[name]:
        raise NotRead("It was not supplied to this patient.")
    kind, _, key = value.partition(":")
    if key:
        said.facts[kind] = key


def _settle(said: Said) -> None:
    """One word of seriousness for the lists: the first criterion in their order, else what was said instead of one."""
    answers = said.facts.pop("criteria", [])
    criteria = [one for one in answers if one in CRITERION_CODES]
    if criteria:
        said.facts["criteria"] = criteria
        if NOT_SERIOUS in answers:
            said.unread.append("How bad it is: “not serious” was ticked beside a criterion of seriousness.")
    worst = criteria or [one for one in answers if one == NOT_SERIOUS] or answers
    if worst:
        said.facts["seriousness"] = worst[0]


_READERS: Final[dict[str, Callable[[Said, str, str, Asked], None]]] = {
    "verbatim": _words,
    "language": _language,
    "began": _known_part,
    "criteria": _codes,
    "after": _after,
    "lot_said": _line,
    "outcome": _code,
    "had_reaction": _code,
    "situations": _codes,
    "pregnancy_due_on": _day,
    "qualification": _code,
    "channel": _code,
    "received_at": _moment,
    "papers": _codes,
}
