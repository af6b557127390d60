"""The branch's kinds of deadline, and what every verb brings about: dates follow, people hear of it, holds are placed.

After each verb the dates of the case are read anew from its records (:mod:`regulatory.dates`) and the deadlines are
brought in line: opened, moved, met by the time of the fact, or cancelled with the reason. Nothing else writes them.
"""

from collections.abc import Iterable
from datetime import datetime

from cases.custody.models import Consignment
from cases.deadlines.arithmetic import Computation, NotComputable
from cases.deadlines.clocks import USUAL_LADDER, WINDOW_LADDER, DeadlineKind, declare, ladder
from cases.deadlines.dates import Due
from cases.deadlines.models import Deadline, Force, Harm
from cases.deadlines.services import cancel, hand_over, meet, open_deadline, pause, reinstate, resume
from cases.lifecycle.verbs import Situation, after, next_number
from cases.models import Case, CaseEvent, Hold, HoldKind
from cases.notices.services import plan_notice
from cases.people.models import User
from regulatory.dates import wanted_dates
from regulatory.former import begun_under_former
from regulatory.models import Authorization, Filing, Review
from regulatory.pathway import profile_of, silence_clears
from regulatory.profiles.loader import load
from regulatory.profiles.stops import awaited_events, said
from regulatory.records import Wanted
from regulatory.requirements.common import pharmacists_in_charge
from regulatory.requirements.supply import window_told

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

ASKED_AGAIN_AFTER = (
    "regulatory.review.request",
    "regulatory.review.pass",
    "regulatory.review.send_back",
    "regulatory.review.decline",
    "regulatory.decline.send",
    "regulatory.filing.open",
    "regulatory.filing.renew",
    "regulatory.filing.vary",
    "regulatory.filing.submit",
    "regulatory.filing.acknowledge",
    "regulatory.filing.correct_acknowledgement",
    "regulatory.filing.receive_question",
    "regulatory.filing.answer_question",
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


def bring_in_line(case: Case, *, by: User, now: datetime, reason: str = "") -> None:
    """Open, move, meet or cancel what the records ask for; again changes nothing. Must run inside ``acting``."""
    rows = {row.key: row for row in Deadline.objects.filter(case_id=case.pk, kind__startswith=PREFIX)}
    wanted = {one.key: one for one in wanted_dates(case, now=now)}
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
        if row is not None and row.is_open and wanted.ball.user == case.coordinator != row.holder:
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


# -- holds that nobody has to remember to place


@after("regulatory.filing.receive_question")
def hold_while_the_clock_is_not_known(situation: Situation, event: CaseEvent) -> None:
    """Where silence clears, and the data do not say whether a question restarts the clock, a person decides."""
    filing = situation.subject
    if not isinstance(filing, Filing):
        return
    profile = profile_of(filing.profile_version)
    told = all(said(profile, name) for name in awaited_events(profile))
    if silence_clears(profile) and not told:
        _hold(
            situation,
            reason=f"{filing.authority} asked a question on {filing.label}. The pathway does not say whether that "
            "restarts the waiting window.",
            until="the pharmacist in charge has the authority's word on the window",
        )


@after("regulatory.filing.record_objection")
def hold_after_an_objection(situation: Situation, event: CaseEvent) -> None:
    """Also a consignment that is under way may not be given."""
    filing = situation.subject
    label = getattr(filing, "label", "the filing")
    _hold(situation, reason=f"The authority objected to {label}.", until="it is settled what becomes of the supply")


@after("regulatory.authorization.suspend", "regulatory.authorization.revoke")
def hold_without_an_authorization(situation: Situation, event: CaseEvent) -> None:
    """Everything that travels under it stops at once (edge case 30)."""
    authorization = situation.subject
    if isinstance(authorization, Authorization):
        _hold(
            situation,
            reason=f"{authorization.label} is {authorization.get_state_display()}: {situation.reason}",
            until="it is settled what becomes of the consignments under it",
        )


@after("regulatory.authorization.expire")
def hold_what_is_under_way_at_the_lapse(situation: Situation, event: CaseEvent) -> None:
    """An authorization that ends while goods travel under it: carrier, consignee and authority are to be told."""
    authorization = situation.subject
    if not isinstance(authorization, Authorization):
        return
    moving = authorization.consignments.filter(state__in=("released", "in_transit")).order_by("number")
    if boxes := ", ".join(one.label for one in moving):
        _hold(
            situation,
            reason=f"{authorization.label} ended while {boxes} was under way. Tell the carrier, the consignee and the "
            "authority.",
            until="it is extended, the consignment comes back, or it waits in bond for another authorization",
        )
        told = [situation.case.coordinator, *pharmacists_in_charge(situation.case)]
        _tell(told, "regulatory.authorization_stopped", situation, event)


@after("custody.consignment.report_delay")
def hold_what_would_arrive_too_late(situation: Situation, event: CaseEvent) -> None:
    """A delay past the end of the authorization: carrier, consignee and authority are to be told (edge case 4)."""
    box = situation.subject
    if not isinstance(box, Consignment) or box.authorization is None:
        return
    covered, told = window_told(box.authorization, box.planned_arrival_on)
    if covered:
        return
    _hold(
        situation,
        reason=f"{box.label} is delayed. {told} Tell the carrier, the consignee and the authority.",
        until="the authorization is extended, the consignment comes back, or it waits in bond for another one",
    )
    _tell(
        [situation.case.coordinator, *pharmacists_in_charge(situation.case)],
        "regulatory.authorization_stopped",
        situation,
        event,
    )


def _hold(situation: Situation, *, reason: str, until: str) -> None:
    case = situation.case
    if case.holds.filter(kind=HoldKind.REGULATORY, reason=reason, lifted_at__isnull=True).exists():
        return
    Hold.objects.create(
        case=case,
        number=next_number(case.holds.all()),
        kind=HoldKind.REGULATORY,
        reason=reason,
        until=until,
        placed_by=situation.by,
        placed_at=situation.now,
    )
    case.__dict__.pop("standing_holds", None)


# -- who hears of it

TOLD = {
    "regulatory.filing.receive_question": "regulatory.question_received",
    "regulatory.filing.grant": "regulatory.decision_recorded",
    "regulatory.filing.refuse": "regulatory.decision_recorded",
    "regulatory.filing.record_silent_refusal": "regulatory.decision_recorded",
    "regulatory.filing.record_objection": "regulatory.objection_recorded",
    "regulatory.filing.lapse": "regulatory.decision_recorded",
    "regulatory.filing.waive_window": "regulatory.decision_recorded",
    "regulatory.authorization.suspend": "regulatory.authorization_stopped",
    "regulatory.authorization.revoke": "regulatory.authorization_stopped",
    "regulatory.review.pass": "regulatory.review_decided",
    "regulatory.review.send_back": "regulatory.review_decided",
    "regulatory.review.decline": "regulatory.review_decided",
}
TOLD_AT_ONCE = frozenset({"regulatory.objection_recorded", "regulatory.authorization_stopped"})


@after(*TOLD)
def tell_the_coordinator(situation: Situation, event: CaseEvent) -> None:
    """One message to the coordinator, unless the coordinator did it; what stops a supply goes to the PIC as well."""
    kind = TOLD[situation.verb.code]
    urgent = kind in TOLD_AT_ONCE
    _tell(
        [situation.case.coordinator, *(pharmacists_in_charge(situation.case) if urgent else ())], kind, situation, event
    )


@after("regulatory.review.request")
def tell_who_decides(situation: Situation, event: CaseEvent) -> None:
    """Every pharmacist in charge hears that a review waits."""
    _tell(pharmacists_in_charge(situation.case), "regulatory.review_requested", situation, event)


@after("regulatory.decline.send")
def tell_of_the_letter(situation: Situation, event: CaseEvent) -> None:
    """The prescriber finds the letter on the page of the case; the mail says only that one is there."""
    people = [situation.case.prescriber.user, situation.case.coordinator]
    _tell(people, "regulatory.decline_sent", situation, event)


@after("regulatory.review.send_back")
def tell_who_must_act(situation: Situation, event: CaseEvent) -> None:
    """A prescriber who has to put something right hears of it; what it is stands on the page of the case."""
    review = situation.subject
    if isinstance(review, Review) and review.answers.filter(answer="no", acts="prescriber").exists():
        _tell([situation.case.prescriber.user], "regulatory.review_decided", situation, event)


def _tell(people: Iterable[User], kind: str, situation: Situation, event: CaseEvent) -> None:
    for person in {person.pk: person for person in people if person.pk != situation.by.pk}.values():
        plan_notice(
            key=f"{kind}:{situation.case.reference}:{event.seq}:{person.code}",
            kind=kind,
            by=situation.by,
            now=situation.now,
            recipient=person,
            case=situation.case,
            facts={"subject_label": event.subject, "what": situation.verb.past.replace("_", " ")},
            is_urgent=kind in TOLD_AT_ONCE,
        )
