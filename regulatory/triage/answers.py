"""What was answered, read with care: an id or value that is not of the table is refused by name, nothing is guessed.

"Not known" is an answer of its own (``unknown``, ``not asked``, an empty value): it never counts as no. Spelling is
lenient in case, blanks, hyphens, underscores and slashes only ("gene/cell" is ``gene_cell``).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from regulatory.triage.space import Space
from regulatory.triage.table import Input, Table
from regulatory.triage.terms import CHOSEN, NUMBERS, UNKNOWN

_NOT_KNOWN = frozenset({"", "unknown", "not_known", "not_asked", "dont_know"})
_LONGEST = 120
_COUNTRY = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True, slots=True)
class AnswerProblem:
    """One answer that cannot be used: its question, what was given, what is wrong, what to do."""

    field: str
    value: str
    sentence: str
    remedy: str

    def __str__(self) -> str:
        given = f" {self.value!r}" if self.value else ""
        return f"{self.field}:{given} {self.sentence}. {self.remedy}"


class AnswersInvalid(ValueError):
    """Answers that cannot be used; ``problems`` is the whole list and nothing was evaluated."""

    def __init__(self, problems: list[AnswerProblem]) -> None:
        super().__init__("\n".join(str(one) for one in problems))
        self.problems = problems


@dataclass(frozen=True)
class Answers:
    """Answers in their canonical spelling; what is not known is not among them."""

    given: Mapping[str, str] = field(default_factory=dict)

    def get(self, name: str) -> str | None:
        """The answer to one question; None when it is not known."""
        return self.given.get(name)

    def number(self, name: str) -> Fraction | None:
        """A number that was answered, exact; None when it is not known."""
        text = self.given.get(name)
        return Fraction(text) if text is not None else None

    def to_json(self) -> dict[str, str]:
        """As it is kept on record."""
        return dict(self.given)


def read_answers(raw: Any, table: Table) -> Answers:
    """Answers from a JSON object or a form.

    :raises AnswersInvalid: naming each field, its value and the remedy.
    """
    if not isinstance(raw, Mapping):
        raise AnswersInvalid(
            [AnswerProblem("answers", type(raw).__name__, "is not an object", 'Send one, as {"storage": "ambient"}.')]
        )
    problems: list[AnswerProblem] = []
    given: dict[str, str] = {}
    for name, value in raw.items():
        question = table.inputs.get(str(name))
        if question is None:
            problems.append(
                AnswerProblem(_shown(name), _shown(value), "is no question", f"Known: {', '.join(table.inputs)}.")
            )
            continue
        try:
            read = _read(question, value)
        except ValueError as wrong:
            sentence, remedy = wrong.args
            problems.append(AnswerProblem(question.id, _shown(value), sentence, remedy))
        else:
            if read is not None and not (question.id in given and given[question.id] == read):
                given[question.id] = read
    answers = Answers({name: given[name] for name in table.inputs if name in given})
    problems += contradictions(answers, table)
    if problems:
        raise AnswersInvalid(problems)
    return answers


def contradictions(answers: Answers, table: Table) -> list[AnswerProblem]:
    """Answers that cannot both be true; what is not known contradicts nothing."""
    return list(_contradictions(answers, table))


def _contradictions(answers: Answers, table: Table) -> Iterator[AnswerProblem]:
    for one in table.contradictions.values():
        names = table.facts_in(one.when)
        if all(name in answers.given for name in names):
            space = Space(table, {name: (answers.given[name],) for name in names})
            if space.holds(one.when):
                yield _contradiction(one.inputs, answers, one.sentence, one.remedy)
    cycles = answers.number("cycles")
    if cycles is not None and cycles > 1 and answers.get("regimen") == "maintenance":
        yield _contradiction(
            ("cycles", "regimen"),
            answers,
            "several cycles are no maintenance supply",
            "Answer cycles for the regimen, or leave the number of cycles out.",
        )


def _contradiction(names: tuple[str, ...], answers: Answers, sentence: str, remedy: str) -> AnswerProblem:
    return AnswerProblem(
        " and ".join(names),
        ", ".join(answers.given[name] for name in names),
        f"contradict each other: {sentence}",
        remedy,
    )


def folded(text: str) -> str:
    """A spelling without case and without the signs that people write differently."""
    return re.sub(r"[\s\-_/]+", "_", text.replace("'", "").replace("’", "").strip().casefold()).strip("_")


def _read(question: Input, value: Any) -> str | None:
    """One answer in its canonical spelling; None for "not known".

    :raises ValueError: with (sentence, remedy).
    """
    if value is None:
        return None
    if isinstance(value, bool) and question.values == ("yes", "no"):
        return "yes" if value else "no"
    if isinstance(value, bool | list | dict):
        raise ValueError("is no single value", _remedy(question))
    text = str(value).strip()
    if folded(text) in _NOT_KNOWN:
        return None
    if question.kind in CHOSEN:
        return _chosen(question, text)
    if question.kind in NUMBERS:
        return _number(question, text)
    if question.kind == "country":
        if not _COUNTRY.fullmatch(text):
            raise ValueError("is no country code", "Send its two letters, as GB.")
        return text.upper()
    if len(text) > _LONGEST or "\x00" in text:
        raise ValueError("is too long or holds a character that cannot be kept", f"Send at most {_LONGEST} characters.")
    return text


def _chosen(question: Input, text: str) -> str:
    for value in question.values:
        if folded(value) == folded(text):
            return value
    raise ValueError("is not one of its values", _remedy(question))


def _number(question: Input, text: str) -> str:
    try:
        # A plain decimal, so that no power, fraction or "infinity" slips in.
        found = Fraction(text) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", text) else None
    except ValueError:
        found = None
    least, most = question.least or Fraction(0), question.most or Fraction(0)
    whole = question.kind != "count" or (found is not None and found.denominator == 1)
    if found is None or not least <= found <= most or not whole:
        raise ValueError("is no number in its range", _remedy(question))
    return str(found.numerator) if found.denominator == 1 else text


def _remedy(question: Input) -> str:
    if question.kind in CHOSEN:
        known = ", ".join(question.values)
        return f"Send one of: {known}" + ("." if question.kind == "flag" else f", or {UNKNOWN}.")
    if question.kind in NUMBERS:
        what = "a whole number" if question.kind == "count" else "a number"
        return f"Send {what} from {_plain(question.least)} to {_plain(question.most)}, or {UNKNOWN}."
    return "Send a text."


def _plain(number: Fraction | None) -> str:
    value = number if number is not None else Fraction(0)
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"


def _shown(value: Any) -> str:
    text = "".join(letter if letter.isprintable() else "?" for letter in str(value))
    return f"{text[:60]}…" if len(text) > 60 else text
