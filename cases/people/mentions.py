"""Where a patient's identity stands in words that people typed: told by its kind, covered in a copy, never shown.

A letter, a call and a narrative are free text; what is sent out of the house must not name the patient all the same. A
name counts also without its marks, spelled out (ü as ue) and in either order; a word of it alone counts where it is
written with a capital, and not as a month nor in front of a noun of medicine (Graves disease), since a report that lost
its diagnosis would harm. Names written without blanks between words count whole.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Final

from cases.people.identity import Identity, data_key, stored_identity
from cases.people.keys import KeyErased, KeyNotUsable, folded, spelled_out
from cases.people.patients import Patient, Purpose

NAME, BORN, CONTACT, RECORD = "name", "birth date", "contact", "record number"
_WORD: Final = re.compile(r"[^\W_]+")
_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_OF_MEDICINE: Final = re.compile(
    r"(?:['’]?s)?[\s-]+(?:an(?:a)?emia|bodies|body|catheter|cells?|class(?:ification)?|contracture|criteria|disease|grade"
    r"|lymphoma|o?esophagus|palsy|ph(?:a)?enomenon|reaction|sarcoma|scale|score|sign|stage|syndrome|test|thyroiditis"
    r"|tumou?r|ulcers?)\b",
    re.IGNORECASE,
)
_UNSPACED: Final = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_SHORTEST: Final = {NAME: 3, CONTACT: 6, RECORD: 4}  # letters or digits; what is shorter stands everywhere
_DIGITS: Final = 8  # of a telephone number, its last ones: what stands before them is written in many ways
_GAP: Final = re.compile(r"[\s,.'’-]{0,3}")  # between two words of one name

Span = tuple[int, int, str]


@dataclass(frozen=True)
class Mentions:
    """Finds one patient's identity in texts. Neither its repr nor what it answers shows anything of it."""

    names: tuple[tuple[frozenset[str], ...], ...] = field(default=(), repr=False)
    alone: frozenset[str] = field(default=frozenset(), repr=False)
    patterns: tuple[tuple[str, re.Pattern[str]], ...] = field(default=(), repr=False)

    def kinds_in(self, text: str) -> tuple[str, ...]:
        """What of the identity stands in the text: of name, birth date, contact, record number."""
        found = {kind for _, _, kind in self._spans(text)}
        return tuple(kind for kind in (NAME, BORN, CONTACT, RECORD) if kind in found)

    def covered(self, text: str) -> str:
        """The text with each of them replaced: ``[patient’s name]``."""
        parts, at = [], 0
        for begin, end, kind in _apart(self._spans(text)):
            parts += [text[at:begin], f"[patient’s {kind}]"]
            at = end
        return "".join([*parts, text[at:]])

    def _spans(self, text: str) -> list[Span]:
        found = [(hit.start(), hit.end(), kind) for kind, pattern in self.patterns for hit in pattern.finditer(text)]
        return [*found, *self._names_in(text)]

    def _names_in(self, text: str) -> Iterator[Span]:
        words = [(hit.start(), hit.end(), hit[0], _forms(hit[0])) for hit in _WORD.finditer(text)]
        for place, (begin, end, word, forms) in enumerate(words):
            for name in self.names:
                run = words[place : place + len(name)]
                near = all(_GAP.fullmatch(text, before[1], after[0]) for before, after in pairwise(run))
                if len(run) == len(name) and near and all(a & b[3] for a, b in zip(name, run, strict=True)):
                    yield begin, run[-1][1], NAME
            if forms & self.alone and _is_capital(word) and not _OF_MEDICINE.match(text, end):
                yield begin, end, NAME


def mentions_of(patient: Patient | None) -> Mentions | None:
    """What finds this patient in texts; None where the identity was erased or this server cannot open it.

    Of stock there is no patient, and nothing is found.
    """
    if patient is None:
        return Mentions()
    try:
        identity = stored_identity(patient, data_key(patient, Purpose.IDENTITY))
    except (KeyErased, KeyNotUsable):
        return None
    return mentions_in(identity)


def mentions_in(identity: Identity) -> Mentions:
    """The same of an identity at hand."""
    family, given = _WORD.findall(identity.family_name), _WORD.findall(identity.given_names)
    orders = [[*given, *family], [*family, *given], [*given[:1], *family], [*family, *given[:1]], family]
    names = {tuple(_forms(word) for word in order) for order in orders if len(order) > 1}
    alone = [word for word in (*family, *given) if len(word) >= _SHORTEST[NAME] and _is_capital(word)]
    alone = [word for word in alone if folded(word) not in _MONTHS]
    patterns = [(NAME, re.compile(re.escape(text))) for text in _unspaced(identity)]
    patterns += [(BORN, pattern) for pattern in (_birth_dates(identity.birth_date) if identity.birth_date else ())]
    patterns += [(CONTACT, pattern) for value in identity.contacts.values() for pattern in _contact(value)]
    if len(folded(identity.record_number)) >= _SHORTEST[RECORD]:
        bare = re.escape(identity.record_number.strip())
        patterns.append((RECORD, re.compile(rf"(?<!\w){bare}(?!\w)", re.IGNORECASE)))
    return Mentions(
        tuple(sorted(names, key=len, reverse=True)), frozenset().union(*map(_forms, alone)), tuple(patterns)
    )


def _is_capital(word: str) -> bool:
    """Whether it is written with a capital, or in a script that has none."""
    return word != word.lower() or word == word.upper()


def _forms(word: str) -> frozenset[str]:
    return frozenset({folded(word), folded(spelled_out(word))}) - {""}


def _unspaced(identity: Identity) -> list[str]:
    """The whole name of a script that puts no blank between words."""
    family, given = identity.family_name.strip(), identity.given_names.strip()
    if not _UNSPACED.search(family + given):
        return []
    whole = [family + given, f"{family} {given}", given + family, f"{given} {family}"] if given else []
    return [text for text in (*whole, family, given) if len(text) >= (2 if text in whole else _SHORTEST[NAME])]


def _birth_dates(born: date) -> list[re.Pattern[str]]:
    day, month, year = rf"0?{born.day}", rf"0?{born.month}", rf"(?:{born.year}|{born.year % 100:02d})"
    named, sep = _MONTHS[born.month - 1], r"[\s./-]{1,3}"
    named = rf"{named[:3]}(?:{named[3:]})?\.?"
    spelled = (
        rf"{born.year}{sep}{month}{sep}{day}",
        rf"{day}[./-]{month}[./-]{year}",
        rf"{month}[./-]{day}[./-]{year}",
        rf"{day}(?:st|nd|rd|th)?{sep}(?:of\s+)?{named},?\s*{born.year}",
        rf"{named}\s+{day}(?:st|nd|rd|th)?,?\s+{born.year}",
        f"{born:%Y%m%d}",
    )
    return [re.compile(rf"(?<!\d){one}(?!\d)", re.IGNORECASE) for one in spelled]


def _contact(value: str) -> list[re.Pattern[str]]:
    text, digits = value.strip(), re.sub(r"\D", "", value)
    if len(folded(text)) < _SHORTEST[CONTACT]:
        return []
    if re.search(r"[^\W\d]", text) is None and len(digits) >= _SHORTEST[CONTACT]:
        last = r"[\s().\-/]{0,3}".join(digits[-_DIGITS:])
        return [re.compile(rf"(?:\+?\d[\d().\-/ ]{{0,11}}?)?{last}(?!\d)")]
    return [re.compile(re.escape(text), re.IGNORECASE)]


def _apart(spans: list[Span]) -> Iterator[Span]:
    """In their order, the longest first where they overlap."""
    at = 0
    for begin, end, kind in sorted(spans, key=lambda span: (span[0], -span[1])):
        if begin >= at:
            yield begin, end, kind
            at = end
