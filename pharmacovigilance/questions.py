"""What a follow-up asks, as data: sets of questions with their answers, and what a report makes to be asked.

Sources: ICH E2D 5.1 (death, pregnancy), the minimum criteria of ICH E2D 4.1; facts: pharmacovigilance 3.3 and 9.1.
"""

from dataclasses import dataclass
from typing import Final

from pharmacovigilance.terms import NO_ICSR_WITHOUT_REACTION

GENERAL: Final = "general"
DEATH: Final = "death_details"
PREGNANCY: Final = "pregnancy_outcome"
CRITERION: Final = "missing_criterion"
INFORMATION: Final = "missing_information"

NOT_KNOWN: Final = ("not_known", "I don’t know")
YES_NO: Final = (("yes", "Yes"), ("no", "No"), NOT_KNOWN)


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a page: a ``day`` (as far as it is known), a ``choice`` of ``options``, or ``words``."""

    name: str
    label: str
    kind: str = "words"
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A page of questions; the answer to one about a report is always a report of its own (``tells_more``)."""

    code: str
    title: str
    questions: tuple[Question, ...]
    tells_more: bool = True


QUESTION_SETS: Final = {
    one.code: one
    for one in (
        QuestionSet(
            GENERAL,
            "How is the patient?",
            (
                Question("side_effect", "Was there any side effect?", "choice", YES_NO),
                Question("words", "What was noticed", hint="Also that nothing was, or that the patient was not seen."),
            ),
            tells_more=False,
        ),
        QuestionSet(
            DEATH,
            "About the death",
            (
                Question("died_on", "When did the patient die?", "day"),
                Question("cause", "Cause of death", hint="As far as it is known, also if it is another illness."),
                Question("autopsy", "Was there an autopsy?", "choice", YES_NO),
                Question("words", "Anything else"),
            ),
        ),
        QuestionSet(
            PREGNANCY,
            "How the pregnancy went",
            (
                Question(
                    "outcome",
                    "What became of the pregnancy?",
                    "choice",
                    (
                        ("goes_on", "It goes on"),
                        ("healthy_child", "A child was born and is well"),
                        ("child_ill", "A child was born and is ill or has an anomaly"),
                        ("miscarriage", "It ended early by itself"),
                        ("ended", "It was ended"),
                        ("stillbirth", "The child was born dead"),
                        NOT_KNOWN,
                    ),
                ),
                Question("happened_on", "When?", "day"),
                Question("words", "What was noticed in mother or child"),
            ),
        ),
        QuestionSet(CRITERION, "What a report leaves open", (Question("words", "Your answer"),)),
        QuestionSet(INFORMATION, "More about a report", (Question("words", "Your answer"),)),
    )
}

# After each dispensing and each dose, so many days later; house rule P-23, version 2.
FOLLOW_UP_DAYS: Final = (7, 30, 90)
# So many tries without an answer, and a question counts as lost; house rule P-24, version 1.
LOST_AFTER: Final = 3

MISSING: Final = {
    "reporter": "Who told of it: a physician, a pharmacist, another professional, or the patient’s side?",
    "patient": "Which patient does it concern, and is it the patient of this case?",
    "reaction": "What happened to the patient? Was there any reaction at all?",
    "product": "After which medicine did it happen, and from which pack or lot?",
}


@dataclass(frozen=True, slots=True)
class Trigger:
    """What is asked because of what a report says.

    :param on: codes of the verbs after which it is looked for.
    :param holds: fields of the report, each with values of which one must be there; any one field is enough.
    :param unless_reaction: only where it was said that there was no reaction.
    :param without: only where this field of the report is empty.
    :param days: so many days after ``anchor`` (a field of the report; a day or a moment).
    """

    code: str
    on: str
    holds: tuple[tuple[str, frozenset[str]], ...]
    question_set: str
    what: str
    days: tuple[int, ...]
    rule: str
    anchor: str = "received_at"
    unless_reaction: bool = False
    without: str = ""


_RECEIVED: Final = "pharmacovigilance.report.receive"
_PREGNANT: Final = (("situations", frozenset({"pregnancy_exposure"})),)
TRIGGERS: Final = (
    Trigger(
        "death",
        _RECEIVED,
        (("outcome", frozenset({"5"})), ("criteria", frozenset({"death"})), ("seriousness", frozenset({"death"}))),
        DEATH,
        "When and of what did the patient die, and was there an autopsy?",
        (2,),
        "a death was reported; house rule P-25, version 1 (ICH E2D)",
    ),
    Trigger(
        "pregnancy",
        _RECEIVED,
        _PREGNANT,
        PREGNANCY,
        "How does the pregnancy go?",
        (90,),
        "exposure in pregnancy was reported; house rule P-26, version 1",
    ),
    Trigger(
        "birth",
        _RECEIVED,
        _PREGNANT,
        PREGNANCY,
        "What became of the pregnancy, and how is the child?",
        (28,),
        "28 days after the expected day of birth; house rule P-26, version 1",
        anchor="pregnancy_due_on",
    ),
    Trigger(
        "birth_at_the_latest",
        _RECEIVED,
        _PREGNANT,
        PREGNANCY,
        "What became of the pregnancy, and how is the child?",
        (308,),
        "the expected day of birth is not known, so after 40 weeks and 28 days; house rule P-26, version 1",
        without="pregnancy_due_on",
    ),
    Trigger(
        "no_reaction_yet",
        "pharmacovigilance.report.keep_as_information",
        (("situations", NO_ICSR_WITHOUT_REACTION),),
        INFORMATION,
        "Has any reaction shown itself since?",
        (7, 30),
        "no reaction was seen, so it is kept and followed; house rule P-27, version 1",
        unless_reaction=True,
    ),
    *(
        Trigger(
            f"missing_{criterion}",
            "pharmacovigilance.report.judge_not_valid",
            (("missing_criterion", frozenset({criterion})),),
            CRITERION,
            what,
            (3,),
            f"the report names no {criterion}; house rule P-28, version 1",
        )
        for criterion, what in MISSING.items()
    ),
)
