"""The Naranjo scale: ten questions about one event and one product, each answered yes, no or not known.

Source: Naranjo and others, Clinical Pharmacology and Therapeutics 30 (1981) 239; points and ranges as in facts,
pharmacovigilance 4. The wording of the questions is ours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

METHOD: Final = "Naranjo"  # G.k.9.i.2.r.2
YES, NO, NOT_KNOWN = "yes", "no", "not_known"
ANSWERS: Final = ((YES, "yes"), (NO, "no"), (NOT_KNOWN, "not known"))


@dataclass(frozen=True, slots=True)
class Question:
    """One question and its points; what is not known gives none."""

    code: str
    text: str
    yes: int
    no: int

    def points(self, answer: str) -> int:
        return {YES: self.yes, NO: self.no}.get(answer, 0)


QUESTIONS: Final = (
    Question("known_before", "Have conclusive reports of this reaction been published before?", 1, 0),
    Question("after_product", "Did the event begin after the suspected product was given?", 2, -1),
    Question(
        "better_on_stopping", "Did it get better when the product was stopped, or after a specific antidote?", 1, 0
    ),
    Question("came_back", "Did it come back when the product was given again?", 2, -1),
    Question("other_cause", "Could something other than the product, alone, have caused it?", -1, 2),
    Question("on_placebo", "Did it come back when a placebo was given?", -1, 1),
    Question("toxic_level", "Was the product found in blood or another fluid at a level known to be toxic?", 1, 0),
    Question("followed_dose", "Did it get worse with a higher dose, or milder with a lower one?", 1, 0),
    Question("similar_before", "Has the patient reacted like this to the same or a similar product before?", 1, 0),
    Question("objective", "Was the event established by objective evidence, for example a test?", 1, 0),
)
# The least score of each result, the highest first; below the last stands DOUBTFUL.
RESULTS: Final = ((9, "definite"), (5, "probable"), (1, "possible"))
DOUBTFUL: Final = "doubtful"
LOWEST: Final = sum(min(question.yes, question.no, 0) for question in QUESTIONS)
HIGHEST: Final = sum(max(question.yes, question.no, 0) for question in QUESTIONS)


@dataclass(frozen=True, slots=True)
class Judged:
    """The sum of the points, from -4 to 13, and the word it stands for."""

    score: int
    result: str


def judge(answers: Mapping[str, str]) -> Judged:
    """The score of ten answers by the codes of their questions.

    :raises ValueError: names each question that is unknown, unanswered, or answered with another word.
    """
    if faults := list(_faults(answers)):
        raise ValueError(" ".join(faults))
    score = sum(question.points(answers[question.code]) for question in QUESTIONS)
    return Judged(score, next((word for least, word in RESULTS if score >= least), DOUBTFUL))


def _faults(answers: Mapping[str, str]) -> Iterator[str]:
    words = [code for code, _ in ANSWERS]
    for question in QUESTIONS:
        answer = answers.get(question.code, "")
        if answer not in words:
            said = f"{answer!r} is no answer" if answer else "it has no answer"
            yield f"Question {question.code}: {said}; give one of {', '.join(words)}."
    for code in sorted(set(answers) - {question.code for question in QUESTIONS}):
        yield f"There is no question {code}."
