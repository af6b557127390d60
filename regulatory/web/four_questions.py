"""The four questions of an enquiry (triage.md E1) as a pharmacist asks them, and the answers as they are read again.

Which questions there are, and what may be answered, stands in the rule table of triage; here are their words. An answer
that is not known yet is left out: it never counts as no.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms

from regulatory.triage.table import Input, load

UNKNOWN = ("", "Not known yet")
# The inputs of the table that the first talk asks, under their question; the rest is asked where triage needs it.
QUESTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Q1", "The medicine", ("class", "storage", "administration", "packs", "local_status")),
    ("Q2", "The destination", ("prescription",)),
    ("Q3", "Custody and receiving", ("custody", "prescriber", "institution")),
    ("Q4", "Once, or again and again", ("recurrence", "cycles", "stability")),
)
WORDS: dict[str, dict[str, str]] = {
    "class": {
        "small_molecule_oral": "tablet or capsule, small molecule",
        "other_small_molecule": "another small molecule",
        "biologic": "biologic: antibody, enzyme, hormone from cells",
        "vaccine": "vaccine",
        "gene_cell": "gene or cell therapy",
        "blood_product": "blood product",
    },
    "storage": {"ambient": "room temperature", "2-8": "2 to 8 °C", "frozen": "frozen", "cryo": "colder than frozen"},
    "administration": {"home": "at home", "institution": "in an institution"},
    "local_status": {
        "never_registered": "never registered there",
        "registered_elsewhere_only": "registered elsewhere only",
        "withdrawn_or_lapsed": "registration withdrawn or lapsed",
        "registered_but_short": "registered, but short",
        "registered_and_available": "registered and available",
    },
    "recurrence": {"one_off": "once", "recurring": "again and again"},
    "stability": {"stable": "stable on it", "new": "new to it"},
}


@dataclass(frozen=True, slots=True)
class Answered:
    """One question and what is known of its answer."""

    text: str
    answer: str
    known: bool


def fields_of_questions() -> Iterator[tuple[str, forms.Field]]:
    """A field for each question that is asked at the first talk, named as the table names it; none must be answered."""
    for name in asked():
        question = _inputs()[name]
        if question.values:
            choices = [UNKNOWN, *((value, _word(name, value).capitalize()) for value in question.values)]
            yield name, forms.ChoiceField(label=question.text, choices=choices, required=False)
        else:
            yield (
                name,
                forms.IntegerField(
                    label=question.text,
                    required=False,
                    min_value=int(question.least or 1),
                    max_value=int(question.most or 10_000),
                    help_text="Leave it empty while it is not known.",
                ),
            )


def asked() -> tuple[str, ...]:
    """The names of the questions asked, in their order."""
    return tuple(name for _, _, names in QUESTIONS for name in names)


def given_answers(cleaned: Mapping[str, Any]) -> dict[str, Any]:
    """What was answered, as triage reads it; what is not known is left out."""
    return {name: cleaned[name] for name in asked() if cleaned.get(name) not in (None, "")}


def answered(answers: Mapping[str, Any]) -> list[tuple[str, list[Answered]]]:
    """The four questions with their answers in words; an answer that is missing is said to be not known yet."""
    return [
        (
            title,
            [
                Answered(_inputs()[name].text, _word(name, str(answers[name])), known=True)
                if name in answers
                else Answered(_inputs()[name].text, UNKNOWN[1].lower(), known=False)
                for name in names
            ],
        )
        for _, title, names in QUESTIONS
    ]


def _word(name: str, value: str) -> str:
    return WORDS.get(name, {}).get(value, value.replace("_", " "))


def _inputs() -> Mapping[str, Input]:
    return load().inputs
