"""What a recall waits for, and by when: the answer to each letter, and that every pack of a case is accounted for.

House targets by the class of the recall. A drill opens none: their reminders would leave the house.
"""

from datetime import datetime

from cases.custody.models import RecalledCase, RecallLetter
from cases.custody.recalls.standing import packs_of
from cases.deadlines.arithmetic import HouseTarget, Rule, compute
from cases.deadlines.calendars import installed
from cases.deadlines.clocks import DeadlineKind, declare, ladder
from cases.deadlines.dates import dated_of
from cases.deadlines.models import OPEN_STATES, Deadline, Force, Harm
from cases.deadlines.services import Ball, Due, cancel, meet, open_deadline
from cases.lifecycle.verbs import Situation, after
from cases.models import Case, CaseEvent
from cases.people.models import User
from cases.people.roles import Role

LADDER = ladder("-4h:holder+coordinator", "+0d:holder+coordinator", "+1d:coordinator+pic", "+3d:coordinator+pic")
ANSWER = declare(
    DeadlineKind(
        "custody.recall_answer", "Answer to a recall", Force.HOUSE_TARGET, LADDER, harm=Harm.PATIENT, is_urgent=True
    )
)
PACKS = declare(
    DeadlineKind(
        "custody.recall_packs", "Packs of a recall to be accounted for", Force.HOUSE_TARGET, LADDER, harm=Harm.PATIENT,
        is_urgent=True,
    )
)  # fmt: skip
# Until when an answer is asked for, by the class of the recall; house rule C-56. Where serious harm is likely, or
# nobody knows yet, hours count through the weekend: a patient takes the medicine on Sunday too.
ANSWERED_WITHIN = {
    "class_1": (24, "hour"),
    "class_2": (3, "working_day"),
    "class_3": (5, "working_day"),
    "none": (24, "hour"),
}


RULE = "house rule C-56, version 2"
DUE_SAID = (
    f"Answers are due by {RULE}, which no pharmacist has reviewed: within 24 hours for class I and while the class is "
    "not set, 3 working days for class II, 5 for class III."
)


def answer_due(case: Case, recall_class: str, since: datetime) -> Due:
    """By when an answer is expected, counted where the medicine is used: 24 hours for class I, else working days."""
    institution = case.institution
    calendars = installed()
    code = institution.country if institution.country in calendars else "US"
    amount, unit = ANSWERED_WITHIN[recall_class]
    rule = Rule(
        event="letter of a recall",
        amount=None,
        unit=unit,
        calendar=code,
        zone=institution.time_zone,
        rule_version=RULE,
    )
    target = HouseTarget(
        amount,
        unit,
        "the house asks for an answer by the class of the recall, soonest for class I",
    )
    return compute(rule, anchor=since, calendar=calendars[code], house_target=target)


def answer_due_at(case: Case, recall_class: str, since: datetime) -> datetime:
    """The last instant that is in time."""
    return dated_of(answer_due(case, recall_class, since), ANSWER.code)[0].due_at


def reader_of(letter: RecallLetter, case: Case) -> User | None:
    """Who reads the letter with an account here: the prescriber, or a receiving pharmacist; nobody for a supplier."""
    if letter.role in (RecallLetter.Role.PRESCRIBER, RecallLetter.Role.PATIENT):
        return case.prescriber.user
    if letter.role == RecallLetter.Role.INSTITUTION:
        readers = User.objects.filter(role=Role.RECEIVING_PHARMACIST, institution=case.institution_id, is_active=True)
        return readers.order_by("pk").first()
    return None


@after("custody.recall.stop")
def packs_are_to_be_accounted_for(situation: Situation, event: CaseEvent) -> None:
    part = situation.record(RecalledCase)
    if part.is_drill:
        return
    open_deadline(
        case=situation.case,
        key=f"{PACKS.code}:{part.label}",
        kind=PACKS.code,
        subject=part.label,
        label=f"{part.label}: every pack accounted for",
        due=answer_due(situation.case, part.recall.recall_class, situation.now),
        ball=Ball(user=situation.case.coordinator_id),
        by=situation.by,
        now=situation.now,
    )


@after("custody.recall.tell")
def each_letter_is_to_be_answered(situation: Situation, event: CaseEvent) -> None:
    part, case = situation.record(RecalledCase), situation.case
    if part.is_drill:
        return
    for letter in part.letters.filter(state=RecallLetter.State.WAITING).order_by("number"):
        reader = reader_of(letter, case)
        open_deadline(
            case=case,
            key=f"{ANSWER.code}:{letter.label}",
            kind=ANSWER.code,
            subject=letter.label,
            label=f"{letter.label}: answer of {letter.addressee}"[:200],
            due=answer_due(case, part.recall.recall_class, situation.now),
            ball=Ball(user=reader.pk) if reader else Ball(party=letter.addressee),
            by=situation.by,
            now=situation.now,
        )


@after("custody.recall.locate")
def they_are_accounted_for(situation: Situation, event: CaseEvent) -> None:
    part = situation.record(RecalledCase)
    if all(pack.became for _, pack in packs_of(part)):
        _meet(situation, PACKS.code, part.label, situation.now)


@after("custody.recall_letter.answer")
def it_was_answered(situation: Situation, event: CaseEvent) -> None:
    letter = situation.record(RecallLetter)
    _meet(situation, ANSWER.code, letter.label, letter.answered_at or situation.now)


@after("custody.recall_letter.give_up")
def nobody_waits_for_it(situation: Situation, event: CaseEvent) -> None:
    _cancel(situation, [situation.subject_label], "It was given up without an answer.")


@after("custody.recall.end", "custody.recall.withdraw")
def its_dates_have_no_use(situation: Situation, event: CaseEvent) -> None:
    part = situation.record(RecalledCase)
    labels = [part.label, *(letter.label for letter in part.letters.all())]
    _cancel(situation, labels, f"{part.label} is {part.get_state_display()} in this case.")


def _meet(situation: Situation, kind: str, subject: str, on: datetime) -> None:
    for deadline in Deadline.objects.filter(case=situation.case, kind=kind, subject=subject, state__in=OPEN_STATES):
        meet(deadline=deadline, on=on, by=situation.by, now=situation.now)


def _cancel(situation: Situation, subjects: list[str], reason: str) -> None:
    kinds = (ANSWER.code, PACKS.code)
    for deadline in Deadline.objects.filter(
        case=situation.case, kind__in=kinds, subject__in=subjects, state__in=OPEN_STATES
    ):
        cancel(deadline=deadline, reason=reason, by=situation.by, now=situation.now)
