"""Credentials that end, or whose check no longer counts, before a consignment leaves: dates of its case.

A date stands while a consignment that has not left needs the credential and would not have it on its planned day of
dispatch. It is met when the credential was renewed or checked again, and cancelled when nothing needs it any more.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cases.custody.models import Consignment, Partner
from cases.custody.partners.holdings import judged
from cases.custody.partners.rules import BUY, CARRY, SHIP_TO, Deed, Judged, table
from cases.deadlines.clocks import DeadlineKind, declare, ladder
from cases.deadlines.models import OPEN_STATES, Deadline, Force, Harm
from cases.deadlines.services import Ball, Promise, cancel, meet, open_deadline
from cases.lifecycle.verbs import Situation, after
from cases.models import Case, CaseEvent
from cases.people.models import User

EXPIRY = declare(
    DeadlineKind(
        "custody.credential_expiry",
        "A partner's credential ends",
        Force.EXPIRY,
        ladder("-30d", "-14d", "-7d", "-1d:holder+coordinator", "+0d:coordinator+pic"),
        harm=Harm.LICENCE,
    )
)
CHECK = declare(
    DeadlineKind(
        "custody.credential_check",
        "A partner's credential to be checked",
        Force.HOUSE_TARGET,
        ladder("-3d", "+0d:holder+coordinator", "+2d:coordinator+pic"),
        harm=Harm.LICENCE,
    )
)
KINDS = (EXPIRY.code, CHECK.code)
State = Consignment.State
NOT_LEFT = (State.PLANNED, State.ORDERED, State.ALLOCATED, State.RELEASED)
STEPS = tuple(
    f"custody.consignment.{word}"
    for word in ("plan", "replan", "order", "pack", "release", "take_back", "dispatch", "destroy", "cancel")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Wanted:
    kind: str
    due_on: date
    label: str
    because: str
    subject: str
    fact: str
    confidence: str


def partners_of(consignment: Consignment) -> Iterator[tuple[Partner, str]]:
    """Whom a consignment is bought from, carried by and shipped to, as far as they are named: (partner, act)."""
    if consignment.supplier is not None:
        yield consignment.supplier, BUY
    if consignment.carrier is not None:
        yield consignment.carrier, CARRY
    there = receiver_of(consignment)
    if there is not None:
        yield there, SHIP_TO


def receiver_of(consignment: Consignment) -> Partner | None:
    """The receiving institution as a partner of the case's pharmacy; ``None`` where nobody entered it."""
    rows = Partner.objects.filter(
        pharmacy_id=consignment.case.pharmacy_id, institution_id=consignment.institution_id
    ).select_related("pharmacy")
    return rows.first()


def deed_of(consignment: Consignment, act: str, on: date) -> Deed:
    """The deed that a consignment is to a partner; a purchase stands under the rules of the day it was made."""
    case = consignment.case
    ordered = consignment.ordered_at
    begun = ordered.astimezone(ZoneInfo(case.pharmacy.time_zone)).date() if act == BUY and ordered else None
    return Deed(act, on, is_controlled=case.medicine.is_controlled, storage=case.medicine.storage, begun_on=begun)


@after(*STEPS)
def dates_of_partners_follow(situation: Situation, event: CaseEvent) -> None:
    follow_case(situation.case, by=situation.by, now=situation.now)


def follow_partner(partner: Partner, *, by: User, now: datetime) -> None:
    """Bring the dates of every open case in line that needs this partner. Must run inside ``acting``."""
    named = Consignment.objects.filter(state__in=NOT_LEFT, case__pharmacy_id=partner.pharmacy_id)
    if partner.institution_id is not None:
        named = named.filter(institution_id=partner.institution_id)
    else:
        named = named.filter(supplier=partner) | named.filter(carrier=partner)
    for case in Case.objects.filter(pk__in=named.values("case_id")).exclude(stage="closed").order_by("pk"):
        follow_case(case, by=by, now=now)


def follow_case(case: Case, *, by: User, now: datetime) -> None:
    """Open what is wanted, meet what was brought, cancel what nothing needs any more. Again changes nothing."""
    boxes = case.consignments.filter(state__in=NOT_LEFT).select_related(
        "supplier__pharmacy", "carrier__pharmacy", "case__pharmacy", "case__medicine"
    )
    today = now.astimezone(ZoneInfo(case.pharmacy.time_zone)).date()
    had: set[str] = set()
    lacking: set[str] = set()
    wanted: dict[str, _Wanted] = {}
    for box in boxes.order_by("number"):
        for partner, act in partners_of(box):
            leaves = max(box.planned_dispatch_on, today)
            for one in judged(partner, deed_of(box, act, leaves)):
                named = f"{partner.pk}:{one.rule.credential}"
                (had if one.met else lacking).add(named)
                if not one.met:
                    due = _wanted(box, partner, one)
                    wanted.setdefault(f"{due.kind}:{named}:{due.due_on}", due)
    for row in Deadline.objects.filter(case_id=case.pk, kind__in=KINDS, state__in=OPEN_STATES).order_by("id"):
        named = row.key.removeprefix(f"{row.kind}:").rpartition(":")[0]
        if row.key in wanted:
            continue
        if named in had - lacking:
            meet(deadline=row, on=now, by=by, now=now, reason="It was renewed or checked again.")
        else:
            why = "Another date stands for it." if named in lacking else "No consignment that has not left needs it."
            cancel(deadline=row, reason=why, by=by, now=now)
    for key, due in wanted.items():
        if not Deadline.objects.filter(case_id=case.pk, key=key, state__in=("met", "met_late")).exists():
            _open(case, key, due, by=by, now=now)


def _wanted(box: Consignment, partner: Partner, one: Judged) -> _Wanted:
    """The last day on which the credential counts, or the planned day of dispatch where it never did."""
    leaves = box.planned_dispatch_on
    due_on = min(one.since - timedelta(days=1), leaves) if one.since is not None else leaves
    expires = _ends_by_expiry(one)
    named = f" {one.held.number}" if one.held else ""
    what = f"ends on {due_on}, before {box.label} leaves" if expires else f"to be checked before {box.label} leaves"
    return _Wanted(
        kind=EXPIRY.code if expires else CHECK.code,
        due_on=due_on,
        label=f"{table().title_of(one.rule)}{named} of {partner} {what}"[:200],
        because=f"{one.fact} {box.label} is planned to leave on {leaves}. {table().cited(one.rule)}",
        subject=box.label,
        fact=one.rule.id,
        confidence=one.rule.confidence,
    )


def _ends_by_expiry(one: Judged) -> bool:
    """Whether the credential itself is over by then; otherwise its check is what is missing."""
    return one.met is False and one.held is not None and one.since is not None


def _open(case: Case, key: str, one: _Wanted, *, by: User, now: datetime) -> None:
    open_deadline(
        case=case,
        key=key,
        kind=one.kind,
        due=Promise(one.due_on, case.pharmacy.time_zone, one.because),
        ball=Ball(user=case.coordinator_id),
        by=by,
        now=now,
        label=one.label,
        subject=one.subject,
        fact=one.fact,
        confidence=one.confidence,
    )
