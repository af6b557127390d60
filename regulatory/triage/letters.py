"""The letter: plain words of reading age twelve, in the reader's language, from the reasons that fired; no promise.

Pure. Words stand in ``data/words/<language>.json``, each with its template version and review state; every language has
exactly the same keys, checked on load. What a letter says is composed once; then its text is kept, byte for byte.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from regulatory.triage.evaluator import ASKED_AT_ONCE, INSUFFICIENT
from regulatory.triage.table import DATA, load
from regulatory.triage.terms import WITHIN_CAP

LANGUAGES = ("en", "fr", "es", "ar")
PERSONAL = "PERSONAL_MAY_SUFFICE"
# First strong isolate and its end: a Latin name inside an Arabic line keeps its own direction.
_ISOLATE, _POP = "\N{FIRST STRONG ISOLATE}", "\N{POP DIRECTIONAL ISOLATE}"

# Which reasons a letter tells, by what was decided; where none fired, the sentence of the deciding rule.
_TOLD: Mapping[str, tuple[str, ...]] = {
    "NPP_RECOMMENDED": ("S-", "W-"),
    "NPP_POSSIBLE": ("S-", "W-", "T-13"),
    "NPP_BLOCKED_NO_PRESCRIBER": ("T-9", "S-", "W-"),
    PERSONAL: ("P-",),
    "HUMAN_DECIDES": ("S-", "W-", "P-", "T-8"),
    "NO_CLEAR_ROUTE": ("T-7", "S-"),
}
# Two to four reasons: more than four are not read (triage.md E4).
_MOST_REASONS = 4


class WordsError(ValueError):
    """The words of a language that lack a key, or have one too many; names each."""


@dataclass(frozen=True)
class Words:
    """The words of one language."""

    language: str
    name: str
    direction: str
    version: str
    status: str
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def letter(self) -> Mapping[str, Any]:
        return self.raw["letter"]  # type: ignore[no-any-return]

    @property
    def wizard(self) -> Mapping[str, Any]:
        return self.raw["wizard"]  # type: ignore[no-any-return]

    @property
    def is_reviewed(self) -> bool:
        """Whether a translator has checked the words; until then the preview says draft."""
        return self.status != "draft_unreviewed"

    def day(self, on: date) -> str:
        """``Friday 4 December 2026``, in this language."""
        return str(self.raw["date"]).format(
            weekday=self.raw["weekdays"][on.weekday()], day=on.day, month=self.raw["months"][on.month - 1], year=on.year
        )

    def country(self, code: str) -> str:
        """A country by its two letters; one without a name here by its letters."""
        return str(self.raw["countries"].get(code, code))

    def question(self, name: str) -> str:
        """What a question is called; the supply speaks for the limit that is reckoned from it."""
        asked = "supply_months" if name == WITHIN_CAP else name
        known = self.raw["questions"].get(asked)
        return str(known["label"]) if known else ""

    def value(self, name: str, value: str) -> str:
        """An answer in words: a choice by its label, everything else as it was given."""
        if name == "country":
            return self.country(value)
        own = self.raw["questions"].get(name, {}).get("values", {})
        return str(own.get(value) or self.raw["values"].get(value) or value)


@dataclass(frozen=True)
class Told:
    """What one letter is about.

    :param fired: ids of the rules and reasons that hold.
    :param open_questions: ids of the questions that can change the outcome, the most decisive first.
    :param checked_on: the day on which the country's rules were last reviewed; None when nobody did.
    :param contact: telephone and hours, as the pharmacist gives them.
    :param added: a paragraph of the pharmacist's own, in the letter's language.
    """

    reference: str
    outcome: str
    product: str
    country: str
    recurrence: str
    fired: Sequence[str]
    open_questions: Sequence[str]
    checked_on: date | None
    next_on: date | None
    name: str
    pharmacy: str
    contact: str
    added: str = ""


@dataclass(frozen=True)
class Letter:
    """One letter, composed: its sections for a page, and the exact text that is kept and sent."""

    language: str
    direction: str
    template: str
    version: str
    is_reviewed: bool
    title: str
    sections: tuple[tuple[str, str], ...]

    @property
    def text(self) -> str:
        """The exact text: title, then heading and body of each section, blank lines between."""
        return text_of(self.title, self.sections)

    @property
    def sha256(self) -> str:
        return fingerprint_of(self.text)


def text_of(title: str, sections: Iterable[tuple[str, str]]) -> str:
    """A letter as plain text; `sections_of` reads it back."""
    return "\n\n".join((title, *(f"{heading}\n{body}" for heading, body in sections))) + "\n"


def fingerprint_of(text: str) -> str:
    """SHA-256 over the text's UTF-8 bytes, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def sections_of(text: str) -> tuple[str, list[tuple[str, str]]]:
    """The title and the sections of a kept text, for a page: nothing is composed anew."""
    title, *blocks = text.rstrip("\n").split("\n\n")
    parts = [block.partition("\n") for block in blocks]
    return title, [(heading, body) for heading, _, body in parts]


def compose(told: Told, language: str) -> Letter:
    """The letter in one language.

    :raises KeyError: for a language that has no words.
    """
    words = all_words()[language]
    said = words.letter
    values = {
        "product": _isolated(told.product, words),
        "country": words.country(told.country),
        "name": _isolated(told.name, words),
        "pharmacy": _isolated(told.pharmacy, words),
        "contact": _isolated(told.contact, words),
    }
    bodies: dict[str, str] = {
        "looked_at": said["looked_at"][told.recurrence or "unknown"].format(**values),
        "points_to": said["points_to"][told.outcome].format(**values),
        "why": " ".join(_reasons(told, words)),
        "asks": "\n".join(_asked(told, words)),
        "is_not": said["is_not"],
        "could_change": said["could_change"]["checked"].format(date=words.day(told.checked_on))
        if told.checked_on
        else said["could_change"]["unchecked"],
        "next": " ".join(
            part
            for part in (
                said["next"][told.outcome].format(**values),
                said["write_again"].format(date=words.day(told.next_on)) if told.next_on else "",
            )
            if part
        ),
        "added": " ".join(told.added.split()),
        "talk_first": said["talk_first"],
        "questions": said["contact"].format(**values),
    }
    return Letter(
        language=language,
        direction=words.direction,
        template=told.outcome.lower().replace("_", "-"),
        version=words.version,
        is_reviewed=words.is_reviewed,
        title=f"{said['title']} ({_isolated(told.reference, words)})",
        sections=tuple((said["headings"][name], body) for name, body in bodies.items() if body),
    )


def _reasons(told: Told, words: Words) -> Iterator[str]:
    wanted = _TOLD.get(told.outcome, ())
    why = words.letter["why"]
    found = [name for start in wanted for name in told.fired if name.startswith(start) and name in why]
    if told.outcome == INSUFFICIENT:
        found = []
    elif not found:
        found = [name for name in told.fired if name.startswith("T-") and name in why]
    yield from (why[name] for name in found[:_MOST_REASONS])
    if told.outcome == PERSONAL:
        yield words.letter["fragile"]


def _asked(told: Told, words: Words) -> Iterator[str]:
    """The one to three questions of an answer that is not possible yet."""
    if told.outcome != INSUFFICIENT:
        return
    named = [label for name in told.open_questions if (label := words.question(name))]
    yield from named[:ASKED_AT_ONCE] or [words.letter["our_own_check"]]


def _isolated(text: str, words: Words) -> str:
    return f"{_ISOLATE}{text}{_POP}" if words.direction == "rtl" and text else text


@cache
def all_words() -> Mapping[str, Words]:
    """The words of every language.

    :raises WordsError: when a language lacks a key that another has, or an outcome or a question has no words.
    """
    read = {
        language: json.loads((DATA / "words" / f"{language}.json").read_text(encoding="utf-8"))
        for language in LANGUAGES
    }
    keys = {language: set(_keys(raw)) for language, raw in read.items()}
    wrong = [
        f"{language} and {LANGUAGES[0]} differ in {', '.join(sorted(keys[language] ^ keys[LANGUAGES[0]]))}."
        for language in LANGUAGES
        if keys[language] != keys[LANGUAGES[0]]
    ]
    wrong += _wordless(read[LANGUAGES[0]])
    if wrong:
        raise WordsError("The words of triage cannot be used: " + " ".join(wrong))
    return {
        language: Words(
            language=language,
            name=raw["name"],
            direction=raw["direction"],
            version=raw["template_version"],
            status=raw["status"],
            raw=raw,
        )
        for language, raw in read.items()
    }


def _wordless(raw: Mapping[str, Any]) -> Iterator[str]:
    """Outcomes, reasons, rules and answers of the table that have no words."""
    table = load()
    for part in ("points_to", "next"):
        yield from (f"{part} says nothing for {one}." for one in table.outcomes if one not in raw["letter"][part])
    told = {rule.id.removesuffix("b") if rule.id != "T-4b" else rule.id for rule in table.rules.values()}
    silent = {"T-6", "T-10", "T-11", "T-12"}  # these decide by reasons that have words of their own
    yield from (
        f"why says nothing for {one}." for one in (*table.reasons, *(told - silent)) if one not in raw["letter"]["why"]
    )
    for name, question in raw["questions"].items():
        values = question.get("values") or raw["values"]
        missing = set(table.inputs[name].values) - set(values) if table.inputs[name].values else set()
        yield from (f"{name} has no words for {value}." for value in sorted(missing))


def _keys(raw: Any, path: str = "") -> Iterator[str]:
    if isinstance(raw, dict):
        for name, value in raw.items():
            yield from _keys(value, f"{path}/{name}")
    elif isinstance(raw, list):
        yield f"{path}[{len(raw)}]"
    else:
        yield path
