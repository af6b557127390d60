"""The letter of a decline: composed from words and facts, set as PDF. Pure: the same facts give the same bytes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final

from cases.print.typeset import NotPrintable, spoken, typeset
from regulatory.triage.letters import all_words, fingerprint_of, text_of

HERE: Final = Path(__file__).parent
TEMPLATE: Final = HERE / "letter.typ"
_ISOLATE, _POP = "\u2068", "\u2069"


class LetterRefused(ValueError):
    """The letter cannot be printed; the message names the letters and what to do."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one letter says. ``patient`` is initials; nothing more of the patient stands in it.

    :param of_an_enquiry: it answers a question that never became a case: no patient, no prescriber, no institution.
    """

    reference: str
    kind: str
    ground: str
    explanation: str
    fact: str
    steps: Sequence[str]
    referral: str
    addressee: str
    language: str
    contact: str
    medicine: str
    country: str
    pharmacy: str
    name: str
    checked_on: date | None
    printed_on: date
    patient: str = ""
    prescriber: str = ""
    institution: str = ""
    of_an_enquiry: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, composed: a title, who it is to, and sections of paragraphs."""

    language: str
    rtl: bool
    version: str
    remark: str
    title: str
    head: tuple[tuple[str, str], ...]
    opening: tuple[str, ...]
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    foot: str
    page_of: str = field(repr=False)
    printed_on: date
    own: frozenset[str] = frozenset()  # lines that a person wrote: each keeps its own direction

    @property
    def text(self) -> str:
        """The letter as plain text, for whoever is no party of a case and gets no paper of one."""
        looked_at = all_words()[self.language].letter["headings"]["looked_at"]
        parts = [*self.head, (looked_at, self.opening), *self.sections, *([(self.remark, ())] if self.remark else [])]
        return text_of(self.title, ((heading, _lines(said)) for heading, said in parts))

    @property
    def sha256(self) -> str:
        return fingerprint_of(self.text)


@cache
def words_of(language: str) -> Mapping[str, Any]:
    """The words of one language."""
    found: dict[str, Any] = json.loads((HERE / "words" / f"{language}.json").read_text("utf-8"))
    return found


def compose(told: Told) -> Letter:
    """The letter in its language."""
    words = words_of(told.language)
    if told.of_an_enquiry:
        words = {**words, **words["enquiry"]}
    speaks = all_words()[told.language]
    day = speaks.day(told.printed_on)
    fill = {
        "medicine": told.medicine,
        "country": speaks.country(told.country),
        "patient": told.patient,
        "prescriber": told.prescriber,
        "institution": told.institution,
        "pharmacy": told.pharmacy,
        "name": told.name,
        "contact": told.contact,
    }

    def say(sentence: str, **more: str) -> str:
        return _filled(sentence, {**fill, **more}, rtl=words["rtl"])

    headings = words["headings"]
    sections = (
        (headings["why"], (words["grounds"][told.ground], *_paragraphs(told.explanation))),
        (headings["fact"], tuple(say(line, **more) for line, more in _found(told, words, speaks))),
        (
            headings["next"],
            (
                *(words["steps"][step] for step in words["steps"] if step in told.steps),
                *((say(words["referral"], text=told.referral.strip()),) if told.referral.strip() else ()),
            ),
        ),
        (headings["again"], (say(words["again"]),)),
        (headings["later"], (say(words["later"][told.kind]),)),
        (headings["is_not"], (words["is_not"],)),
        (headings["questions"], (say(words["questions"]), words["signed"])),
    )
    return Letter(
        language=told.language,
        rtl=bool(words["rtl"]),
        version=words["version"],
        remark=words["unreviewed_words"],
        title=words["title"],
        head=(
            (words["to"], say(words["addressees"][told.addressee])),
            (words["date"], day),
            (words["reference"], told.reference),
        ),
        opening=(say(words["opening"]), say(words["decided"][told.kind])),
        sections=tuple((heading, lines) for heading, lines in sections if lines),
        foot=told.reference,
        page_of=words["page_of"],
        printed_on=told.printed_on,
        own=frozenset(_paragraphs(told.explanation)),
    )


def set_letter(letter: Letter, *, pharmacy: str) -> bytes:
    """The letter as a tagged PDF.

    :raises LetterRefused: when a sign is in none of the house's fonts.
    """
    data = {
        "title": letter.title,
        "lang": letter.language,
        "rtl": letter.rtl,
        "printed_on": letter.printed_on.isoformat(),
        "foot": letter.foot,
        "page_of": letter.page_of,
        "pharmacy": pharmacy,
        "remark": letter.remark,
        "head": [{"label": label, "value": spoken(value)} for label, value in letter.head],
        "opening": list(letter.opening),
        "sections": [
            {"heading": heading, "lines": [{"own": line in letter.own, "value": spoken(line)} for line in lines]}
            for heading, lines in letter.sections
        ],
        "pages": 1,
    }
    from cases.print.bind import page_count

    try:
        once = typeset(TEMPLATE, data)
        pages = page_count(once)
        return once if pages == 1 else typeset(TEMPLATE, {**data, "pages": pages})
    except NotPrintable as fault:
        raise LetterRefused(f"{fault} Write it in letters that the language of the letter has.") from fault


def _found(told: Told, words: Mapping[str, Any], speaks: Any) -> Iterator[tuple[str, dict[str, str]]]:
    facts = words["facts"]
    if told.kind == "clinical":
        yield facts["would_change"], {"text": told.fact.strip()}
    elif told.kind == "supply":
        yield facts["tried"], {"text": told.fact.strip()}
    else:
        yield facts[f"route_{told.fact}"], {}
        if told.checked_on is not None:
            yield facts["checked"], {"day": speaks.day(told.checked_on)}
        else:
            yield facts["unchecked"], {}


def _lines(said: str | Sequence[str]) -> str:
    """One line a sentence and no empty one: an empty line would end the section."""
    return "\n".join(" ".join(line.split()) for line in ([said] if isinstance(said, str) else said))


def _paragraphs(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.splitlines() if part.strip())


def _filled(sentence: str, values: Mapping[str, str], *, rtl: bool) -> str:
    """A sentence with its gaps filled; a value is never a pattern itself, and keeps its own direction."""
    for name, text in values.items():
        sentence = sentence.replace("{" + name + "}", f"{_ISOLATE}{text}{_POP}" if rtl and text else text)
    return sentence
