"""The branch's kinds of deadline, and what every verb brings about: dates follow, and people hear of it.

After each verb the dates of the case are read anew from its records (:mod:`regulatory.dates`) and the deadlines are
brought in line: opened, moved, met by the time of the fact, or cancelled with the reason. Nothing else writes them.
"""

from collections.abc import Iterable
from datetime import datetime

from cases.deadlines.arithmetic import Computation, NotComputable
from cases.deadlines.clocks import USUAL_LADDER, WINDOW_LADDER, DeadlineKind, declare, ladder
from cases.deadlines.dates import Due
from cases.deadlines.models import Deadline, Force, Harm
from cases.deadlines.services import cancel, hand_over, meet, open_deadline, pause, recompute, reinstate, resume
from cases.lifecycle.verbs import Situation, after
from cases.models import Case, CaseEvent
from cases.people.models import User
from regulatory.dates import OF_REVIEWS, dates_of_reviews, wanted_dates
from regulatory.former import begun_under_former
from regulatory.models import Authorization, Review
from regulatory.notifying import TOLD_AT_ONCE, became, called, tell
from regulatory.profiles.loader import load
from regulatory.records import Wanted
from regulatory.requirements.common import pharmacists_in_charge

PREFIX = "regulatory."
# Dates that outlive a closed case: what is still owed to an authority.
SURVIVES_CLOSING = frozenset({Force.STATUTORY, Force.GUIDELINE})
LATE_LADDER = ladder("-1d", "+0d:holder+coordinator", "+2d:holder+coordinator+pic")
RENEWAL_LADDER = ladder("-14d", "-7d", "-1d:holder+coordinator", "+0d:holder+coordinator", "+1d:coordinator+pic")
EXPIRY_LADDER = ladder("-60d", "-30d", "-14d:holder+coordinator", "-3d:holder+coordinator+pic", "+0d:coordinator+pic")

_SHAPES = {
    "objection_window": (Force.WAITING_WINDOW, WINDOW_LADDER, Harm.ROUTINE),
    "decision_clock": (Force.WAITING_WINDOW, WINDOW_LADDER, Harm.ROUTINE),
    "renewal_lead": (Force.STATUTORY, RENEWAL_LADDER, Harm.LICENCE),
    "pre_import_notice_lead": (Force.STATUTORY, RENEWAL_LADDER, Harm.SHIPMENT),
    "pre_export_notice_lead": (Force.STATUTORY, RENEWAL_LADDER, Harm.SHIPMENT),
    "document_expiry": (Force.EXPIRY, EXPIRY_LADDER, Harm.LICENCE),
    "import_window": (Force.EXPIRY, EXPIRY_LADDER, Harm.SHIPMENT),
    "transition_wind_down": (Force.EXPIRY, EXPIRY_LADDER, Harm.LICENCE),
    "authorization_expiry": (Force.EXPIRY, EXPIRY_LADDER, Harm.SHIPMENT),
}
_OWN = (
    ("acknowledgement", "Acknowledgement expected", LATE_LADDER, Harm.ROUTINE),
    (
        "question",
        "Answer to the authority",
        ladder("-3d", "-1d:holder+pic", "+0d:holder+coordinator+pic"),
        Harm.QUESTION,
    ),
    ("paper_again", "A paper to be asked for again", LATE_LADDER, Harm.ROUTINE),
    ("appeal", "Decision on an appeal", LATE_LADDER, Harm.QUESTION),
    ("decision_letter", "Written confirmation", LATE_LADDER, Harm.LICENCE),
    ("grant_condition", "Condition of an authorization", RENEWAL_LADDER, Harm.LICENCE),
    ("review", "Review to be decided", LATE_LADDER, Harm.ROUTINE),
    (
        "wrong_paper",
        "An authority to be told of a paper of another patient",
        ladder("-1d:holder+coordinator+pic", "+0d:holder+coordinator+pic", "+1d:holder+coordinator+pic"),
        Harm.REPORT,
    ),
    ("decline_letter", "Letter that tells a decline", LATE_LADDER, Harm.QUESTION),
)
for _type in (*load().vocabularies["deadline_type"], "decision_clock", "authorization_expiry"):
    _force, _ladder, _harm = _SHAPES.get(_type, (Force.STATUTORY, USUAL_LADDER, Harm.REPORT))
    declare(DeadlineKind(f"{PREFIX}{_type}", _type.replace("_", " ").capitalize(), _force, _ladder, harm=_harm))
for _type, _label, _ladder, _harm in _OWN:
    declare(DeadlineKind(f"{PREFIX}{_type}", _label, Force.HOUSE_TARGET, _ladder, harm=_harm))

# What moves the dates of reviews and no other.
REVIEWED_BY = (
    "regulatory.review.request",
    "regulatory.review.pass",
    "regulatory.review.send_back",
    "regulatory.review.decline",
    "regulatory.decline.send",
)
ASKED_AGAIN_AFTER = (
    "regulatory.filing.open",
    "regulatory.filing.renew",
    "regulatory.filing.vary",
    "regulatory.filing.submit",
    "regulatory.filing.acknowledge",
    "regulatory.filing.correct_acknowledgement",
    "regulatory.filing.receive_question",
    "regulatory.filing.answer_question",
    "regulatory.filing.record_clock_word",
    "regulatory.filing.record_deemed_withdrawal",
    "regulatory.filing.grant",
    "regulatory.filing.refuse",
    "regulatory.filing.record_silent_refusal",
    "regulatory.filing.record_objection",
    "regulatory.filing.waive_window",
    "regulatory.filing.lapse",
    "regulatory.filing.appeal",
    "regulatory.filing.withdraw",
    "regulatory.grant_condition.sort",
    "regulatory.grant_condition.meet",
    "regulatory.grant_condition.lift",
    "regulatory.authorization.attach_letter",
    "regulatory.authorization.suspend",
    "regulatory.authorization.reinstate",
    "regulatory.authorization.revoke",
    "regulatory.authorization.expire",
    "regulatory.authorization.exhaust",
    "regulatory.authorization.supersede",
    "regulatory.pathway_event.record",
    "regulatory.pathway_event.withdraw",
    "regulatory.condition.answer",
    "regulatory.duty.discharge",
    "custody.consignment.plan",
    "custody.consignment.replan",
    "custody.consignment.order",
    "custody.consignment.release",
    "custody.consignment.dispatch",
    "custody.consignment.arrive",
    "custody.consignment.dispense",
    "custody.consignment.record_dose",
    "custody.consignment.give_back",
    "custody.consignment.destroy",
    "custody.consignment.cancel",
    "custody.consignment.report_delay",
    "custody.consignment.correct_event",
    "custody.consignment.lose",
    "cases.case.reopen",
    "documents.document.accept",
    "documents.document.describe",
    "documents.document.find_of_another_patient",
    "regulatory.filing.make_ready",
    "regulatory.filing.take_back",
)


@after(*ASKED_AGAIN_AFTER)
def dates_follow(situation: Situation, event: CaseEvent) -> None:
    """Bring the case's regulatory deadlines in line with its records."""
    bring_in_line(situation.case, by=situation.by, now=situation.now, reason=situation.reason)


@after(*REVIEWED_BY)
def dates_of_reviews_follow(situation: Situation, event: CaseEvent) -> None:
    """The same for the reviews, which no other date hangs on."""
    case, now = situation.case, situation.now
    rows = Deadline.objects.filter(case_id=case.pk, kind__in=OF_REVIEWS)
    _bring(case, rows, dates_of_reviews(case, now=now), by=situation.by, now=now, reason=situation.reason)


def bring_in_line(case: Case, *, by: User, now: datetime, reason: str = "") -> None:
    """Open, move, meet or cancel what the records ask for; again changes nothing. Must run inside ``acting``."""
    rows = Deadline.objects.filter(case_id=case.pk, kind__startswith=PREFIX)
    _bring(case, rows, wanted_dates(case, now=now), by=by, now=now, reason=reason)


def _bring(
    case: Case, there: Iterable[Deadline], asked: Iterable[Wanted], *, by: User, now: datetime, reason: str
) -> None:
    rows = {row.key: row for row in there}
    wanted = {one.key: one for one in asked}
    wanted |= begun_under_former(case, rows.values(), now=now)
    for key, one in wanted.items():
        _settle(case, one, rows.pop(key, None), by=by, now=now, reason=reason)
    for row in rows.values():
        if row.is_open:
            cancel(deadline=row, reason=reason or "What it counted from no longer stands.", by=by, now=now)


@after("cases.case.reassign")
def dates_go_to_the_new_coordinator(situation: Situation, event: CaseEvent) -> None:
    """What the coordinator held goes to the colleague; what somebody else was given stays there."""
    case = situation.case
    rows = {row.key: row for row in Deadline.objects.filter(case_id=case.pk, kind__startswith=PREFIX)}
    for wanted in wanted_dates(case, now=situation.now):
        row = rows.get(wanted.key)
        if row is not None and row.is_open and wanted.ball.user == case.coordinator_id != row.holder_id:
            hand_over(deadline=row, ball=wanted.ball, by=situation.by, now=situation.now, reason=situation.reason)


def _settle(case: Case, wanted: Wanted, row: Deadline | None, *, by: User, now: datetime, reason: str) -> None:
    if wanted.ended:
        if row is not None and row.is_open:
            cancel(deadline=row, reason=reason or wanted.ended, by=by, now=now)
        return
    if case.stage == "closed" and (row is None or not row.is_open) and wanted.force not in SURVIVES_CLOSING:
        return
    if row is not None and row.state in (Deadline.State.MET, Deadline.State.MET_LATE):
        _reconsider(row, wanted, by=by, now=now, reason=reason)
        return
    if row is not None and isinstance(wanted.due, Computation):
        row = _stopped_or_running(row, wanted.due, by=by, now=now)
        if row.state == Deadline.State.PAUSED:
            return
        row = _counted_as_read(row, wanted.due, by=by, now=now, reason=reason)
    if row is None or not row.is_open or row.due_at != _due_at(wanted.due):
        row = _open(case, wanted, by=by, now=now, reason=reason)
    if wanted.met_on is not None and row.is_open:
        meet(deadline=row, on=min(wanted.met_on, now), by=by, now=now)


def _stopped_or_running(row: Deadline, due: Computation, *, by: User, now: datetime) -> Deadline:
    """Stop the clock of a row while a question of the authority stops its count, and start it with the last answer."""
    if due.flags.provisional and row.state == Deadline.State.RUNNING:
        return pause(deadline=row, at=now, because="A question of the authority is open.", by=by, now=now)
    if not due.flags.provisional and row.state == Deadline.State.PAUSED:
        return resume(deadline=row, at=now, by=by, now=now, reason="Every question of the authority is answered.")
    return row


def _counted_as_read(row: Deadline, due: Computation, *, by: User, now: datetime, reason: str) -> Deadline:
    """A window whose clock stood still, by the count that its pathway or the authority's own word gives it."""
    is_plain = row.is_open and row.pauses and not row.extensions and row.force == Force.WAITING_WINDOW
    if not is_plain or row.due_at == due.due_at:
        return row
    return recompute(deadline=row, because=reason or "Counted by what a question does to it.", by=by, now=now, due=due)


def _open(case: Case, wanted: Wanted, *, by: User, now: datetime, reason: str) -> Deadline:
    return open_deadline(
        case=case,
        key=wanted.key,
        kind=wanted.kind,
        due=wanted.due,
        ball=wanted.ball,
        by=by,
        now=now,
        label=wanted.label,
        subject=wanted.subject,
        fact=wanted.fact,
        confidence=wanted.confidence,
        force=wanted.force,
        reason=reason,
    )


def _due_at(due: Due) -> datetime | None:
    """The instant a due stands for; that of its house target where it cannot be counted."""
    if isinstance(due, NotComputable):
        return due.house_target.due_at if due.house_target else None
    return due.due_at


def _reconsider(row: Deadline, wanted: Wanted, *, by: User, now: datetime, reason: str) -> None:
    """A window or a notice lead whose day has moved is judged anew; a duty that was done stays done."""
    due = wanted.due
    moves = row.force == Force.WAITING_WINDOW or row.rule.get("kind") == "notice_lead"
    if isinstance(due, NotComputable) or not moves or due.due_at == row.due_at:
        return
    why = reason or "The day it counts from has moved."
    row = reinstate(deadline=row, due=due, reason=why, by=by, now=now)
    if wanted.met_on is not None:
        meet(deadline=row, on=min(wanted.met_on, now), by=by, now=now)


# -- who hears of it

TOLD = {
    "regulatory.filing.receive_question": "regulatory.question_received",
    "regulatory.filing.grant": "regulatory.decision_recorded",
    "regulatory.filing.refuse": "regulatory.decision_recorded",
    "regulatory.filing.record_silent_refusal": "regulatory.decision_recorded",
    "regulatory.filing.record_deemed_withdrawal": "regulatory.decision_recorded",
    "regulatory.filing.record_objection": "regulatory.objection_recorded",
    "regulatory.filing.lapse": "regulatory.decision_recorded",
    "regulatory.filing.waive_window": "regulatory.decision_recorded",
    "regulatory.authorization.suspend": "regulatory.authorization_stopped",
    "regulatory.authorization.revoke": "regulatory.authorization_stopped",
    "regulatory.authorization.exhaust": "regulatory.decision_recorded",
    "regulatory.review.pass": "regulatory.review_decided",
    "regulatory.review.send_back": "regulatory.review_decided",
    "regulatory.review.decline": "regulatory.review_decided",
}


@after(*TOLD)
def tell_the_coordinator(situation: Situation, event: CaseEvent) -> None:
    """One message to the coordinator, unless the coordinator did it; what stops a supply goes to the PIC as well."""
    kind = TOLD[situation.verb.code]
    urgent, held, about = kind in TOLD_AT_ONCE, situation.subject, ("", "")
    if isinstance(held, Authorization):
        about = (called(held, situation.case), became(held))
    people = [situation.case.coordinator, *(pharmacists_in_charge(situation.case) if urgent else ())]
    tell(people, kind, situation, event, subject=about[0], what=about[1])


@after("regulatory.review.request")
def tell_who_decides(situation: Situation, event: CaseEvent) -> None:
    """Every pharmacist in charge hears that a review waits."""
    tell(pharmacists_in_charge(situation.case), "regulatory.review_requested", situation, event)


@after("regulatory.decline.send")
def tell_of_the_letter(situation: Situation, event: CaseEvent) -> None:
    """The prescriber finds the letter on the page of the case; the mail says only that one is there."""
    people = [situation.case.prescriber.user, situation.case.coordinator]
    tell(people, "regulatory.decline_sent", situation, event)


@after("regulatory.review.send_back")
def tell_who_must_act(situation: Situation, event: CaseEvent) -> None:
    """A prescriber who has to put something right hears of it; what it is stands on the page of the case."""
    review = situation.subject
    if isinstance(review, Review) and review.answers.filter(answer="no", acts="prescriber").exists():
        tell([situation.case.prescriber.user], "regulatory.review_decided", situation, event)
