"""What a pharmacist supposes of a report on the page "who must be told": its questions, and their answers as facts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.http import QueryDict

from pharmacovigilance.terms import (
    CIRCUMSTANCES,
    CRITERIA,
    PRODUCT_CLASSES,
    SPECIAL_SITUATIONS,
    YES_NO_NOT_KNOWN,
)

NOT_KNOWN: Final = ("", "not known")
_TRUTH: Final = {"yes": True, "no": False}
CIRCUMSTANCE: Final = "circumstances"


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the form. ``usual`` is answered where the address says nothing of it."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    is_several: bool = False
    usual: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what was answered; ``wrong`` holds words that are no answer to it."""

    question: Question
    said: tuple[str, ...]
    wrong: tuple[str, ...]

    @property
    def words(self) -> list[str]:
        return [label for value, label in self.question.options if value and value in self.said]


def _yes_no(name: str, label: str, hint: str = "") -> Question:
    return Question(name, label, (NOT_KNOWN, *YES_NO_NOT_KNOWN[:2]), hint=hint)


WHAT: Final = (
    Question(
        "event_kind",
        "What happened",
        (
            ("adverse_reaction", "a suspected adverse reaction"),
            ("adverse_event", "an adverse event, not suspected"),
            ("quality_defect", "a quality defect"),
        ),
        usual="adverse_reaction",
    ),
    _yes_no("serious", "Serious"),
    Question("criteria", "Because of", CRITERIA, is_several=True),
    _yes_no("unexpected", "Unexpected", "Not in the reference safety information of that day."),
    _yes_no("related", "Related", "Suspected by the reporter or by the assessor."),
    Question("special", "Special situation", SPECIAL_SITUATIONS, is_several=True),
)
WHICH: Final = (
    Question(
        "report_stage",
        "Which report",
        (
            ("initial", "the first one"),
            ("follow_up_significant", "significant new information"),
            ("follow_up_minor", "a correction"),
        ),
        usual="initial",
    ),
    _yes_no("biological", "Biological medicine"),
    Question("product_class", "Kind of product", (NOT_KNOWN, *PRODUCT_CLASSES[:-1])),
    Question(
        "defect_class",
        "Class of the defect",
        (
            NOT_KNOWN,
            ("critical", "critical"),
            ("non_critical", "not critical"),
            ("level_1", "level 1"),
            ("level_2", "level 2"),
            ("level_3", "level 3"),
        ),
    ),
    Question(
        "agreement_class",
        "Clock of the agreement with the manufacturer",
        (
            ("not_entered", "not entered"),
            ("24h", "24 hours"),
            ("1bd", "1 business day"),
            ("2cd", "2 calendar days"),
            ("4d", "4 days"),
            ("5cd", "5 calendar days"),
            ("7cd", "7 calendar days"),
            ("no_clock", "it has none"),
        ),
        usual="not_entered",
    ),
    Question(CIRCUMSTANCE, "Also true", CIRCUMSTANCES, is_several=True),
)
QUESTIONS: Final = (*WHAT, *WHICH)


def asked(words: QueryDict, questions: Iterable[Question] = QUESTIONS) -> Iterator[Asked]:
    """Each question with what an address answers to it."""
    for question in questions:
        said = [word for word in words.getlist(question.name) if word]
        known = {value for value, _ in question.options}
        good = tuple(word for word in said if word in known)
        if not question.is_several:
            good = good[-1:] or ((question.usual,) if question.usual and not said else ())
        yield Asked(question, good, tuple(word for word in said if word not in known))


def facts_of(answers: Iterable[Asked]) -> dict[str, Any]:
    """The facts for the rules; ``None`` where nothing was answered.

    As for a version of a case: the medicine is not authorized at the destination, and the event happened there.
    """
    facts: dict[str, Any] = {
        "reaction_present": True,
        "origin": "domestic",
        "product_status_here": "not_authorised",
        "solicited": True,
        "agreement_in_force": None,
        "period_ended": False,
        "treatment_used": False,
        "treatment_ended": False,
    }
    for one in answers:
        name = one.question.name
        if name == CIRCUMSTANCE:
            facts |= {code: code in one.said for code, _ in CIRCUMSTANCES}
        elif one.question.is_several:
            facts[name] = list(one.said)
        else:
            value = one.said[0] if one.said else None
            facts[name] = _TRUTH.get(value or "", value)
    return facts
