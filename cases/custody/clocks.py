"""What a consignment's verbs bring about: arrival is watched, quarantine ends soon, the run-out day is kept."""

from datetime import datetime

from django.db.models import Min

from cases.custody.models import Consignment, ExposureAssessment, SuspectProduct
from cases.custody.verbs.common import consignment_of
from cases.deadlines.arithmetic import HouseTarget, Rule, compute
from cases.deadlines.calendars import installed
from cases.deadlines.clocks import DeadlineKind, declare, ladder
from cases.deadlines.models import OPEN_STATES, Deadline, Force, Harm
from cases.deadlines.services import Ball, Due, Promise, cancel, hand_over, meet, open_deadline
from cases.lifecycle.verbs import Situation, after
from cases.models import Case, CaseEvent
from cases.notices.services import plan_notice
from cases.people.roles import Role

ARRIVAL = declare(
    DeadlineKind(
        "custody.planned_arrival",
        "Consignment to arrive",
        Force.HOUSE_TARGET,
        ladder("+0d:coordinator", "+1d:coordinator+pic", "+3d:coordinator+pic"),
        harm=Harm.ROUTINE,
    )
)
QUARANTINE = declare(
    DeadlineKind(
        "custody.quarantine_decision",
        "Decision on the consignment in quarantine",
        Force.HOUSE_TARGET,
        ladder("-4h", "+0d:holder+coordinator", "+1d:pic+coordinator"),
        harm=Harm.ROUTINE,
        is_urgent=True,
    )
)
SHELF_LIFE = declare(
    DeadlineKind(
        "custody.shelf_life",
        "Shelf life ends",
        Force.EXPIRY,
        ladder("-30d:coordinator", "-7d:coordinator", "-1d:holder+coordinator"),
        harm=Harm.ROUTINE,
    )
)
EXCEPTION = declare(
    DeadlineKind(
        "custody.exception",
        "Difference between papers and packs",
        Force.HOUSE_TARGET,
        ladder("+0d:coordinator", "+2d:coordinator+pic"),
        harm=Harm.ROUTINE,
    )
)
SUSPECT = declare(
    DeadlineKind(
        "custody.suspect_decision",
        "Decision on a suspect pack",
        Force.HOUSE_TARGET,
        ladder("+0d:holder+coordinator", "+1d:pic+coordinator"),
        harm=Harm.ROUTINE,
        is_urgent=True,
    )
)
ILLEGITIMATE = declare(
    DeadlineKind(
        "custody.illegitimate_notice",
        "Illegitimate product: FDA and partners to be told",
        Force.STATUTORY,
        ladder("-20h:holder+pic", "-4h:holder+pic", "-1h:holder+coordinator+pic", "+0d:holder+coordinator+pic"),
        harm=Harm.REPORT,
        is_urgent=True,
        never_stops=True,
    )
)
ENDED = tuple(
    f"custody.consignment.{word}"
    for word in ("dispense", "give_back", "destroy", "lose", "reject", "cancel", "put_back")
)


@after(
    "custody.consignment.order",
    "custody.consignment.release",
    "custody.consignment.dispatch",
    "custody.consignment.replan",
    "custody.consignment.report_delay",
)
def arrival_is_watched(situation: Situation, event: CaseEvent) -> None:
    """The planned day of arrival is a house target from the order on, and moves with the plan."""
    consignment = consignment_of(situation)
    if consignment.state == Consignment.State.PLANNED:
        return
    institution = consignment.institution
    watched = _open(
        situation,
        consignment,
        ARRIVAL.code,
        Promise(
            consignment.planned_arrival_on, institution.time_zone, "planned day of arrival; house rule C-30, version 1"
        ),
        Ball(user=situation.case.coordinator_id),
        label=f"{consignment.label} to arrive at {institution}"[:200],
    )
    carrier = consignment.carrier
    if consignment.state == Consignment.State.IN_TRANSIT and carrier is not None and watched.is_open:
        hand_over(
            deadline=watched,
            ball=Ball(party=carrier.name),
            by=situation.by,
            now=situation.now,
            reason=f"{carrier.name} took {consignment.label}.",
        )


@after("custody.consignment.arrive")
def it_has_arrived(situation: Situation, event: CaseEvent) -> None:
    """The arrival is met or met late; a decision is due within one working day; the shelf life is watched."""
    consignment = consignment_of(situation)
    arrived_at: datetime = situation.facts["arrived_at"]
    for deadline in _standing(consignment, ARRIVAL.code):
        meet(deadline=deadline, on=arrived_at, by=situation.by, now=situation.now)
    institution = consignment.institution
    _open(
        situation,
        consignment,
        QUARANTINE.code,
        _one_working_day(arrived_at, country=institution.country, zone=institution.time_zone),
        Ball(role=Role.PHARMACIST_IN_CHARGE),
        label=f"Decision on {consignment.label} in quarantine",
    )
    shelf_life_is_watched(situation, consignment)


def shelf_life_is_watched(situation: Situation, consignment: Consignment) -> None:
    """The first expiry of its packs is a date from the day they are there."""
    first = consignment.units.aggregate(first=Min("lot__expires_on"))["first"]
    if first is not None:
        _open(
            situation,
            consignment,
            SHELF_LIFE.code,
            Promise(first, consignment.institution.time_zone, "expiry printed on the lot"),
            Ball(user=situation.case.coordinator_id),
            label=f"Shelf life of {consignment.label} ends",
        )


@after("custody.consignment.accept", "custody.consignment.reject")
def quarantine_has_ended(situation: Situation, event: CaseEvent) -> None:
    for deadline in _standing(consignment_of(situation), QUARANTINE.code):
        meet(deadline=deadline, on=situation.now, by=situation.by, now=situation.now)


@after(*ENDED)
def its_dates_end(situation: Situation, event: CaseEvent) -> None:
    """What is dispensed, rejected, returned, destroyed, lost or put back is not waited for any more."""
    dates_end(situation, consignment_of(situation))


def dates_end(situation: Situation, consignment: Consignment) -> None:
    for deadline in _standing(consignment, ARRIVAL.code, QUARANTINE.code, SHELF_LIFE.code):
        cancel(
            deadline=deadline,
            reason=f"{consignment.label} is {consignment.get_state_display()}.",
            by=situation.by,
            now=situation.now,
        )


@after("custody.consignment.record_temperature")
def excursion_is_told(situation: Situation, event: CaseEvent) -> None:
    """The pharmacy hears of an excursion at once; accepted units that return to quarantine need a new decision."""
    if situation.facts["finding"] == ExposureAssessment.Finding.IN_RANGE:
        return
    consignment, case = consignment_of(situation), situation.case
    if consignment.state == Consignment.State.ACCEPTED:
        institution = consignment.institution
        open_deadline(
            case=case,
            key=f"{QUARANTINE.code}:{consignment.label}:{event.seq}",
            kind=QUARANTINE.code,
            due=_one_working_day(situation.now, country=institution.country, zone=institution.time_zone),
            ball=Ball(role=Role.PHARMACIST_IN_CHARGE),
            by=situation.by,
            now=situation.now,
            label=f"Decision on {consignment.label}, back in quarantine",
            subject=consignment.label,
        )
    _tell(situation, event, "custody.excursion")


@after("custody.consignment.decide_disposition")
def decision_on_accepted_units(situation: Situation, event: CaseEvent) -> None:
    consignment = consignment_of(situation)
    if consignment.state == Consignment.State.ACCEPTED and situation.facts["decision"] != "quarantine":
        for deadline in _standing(consignment, QUARANTINE.code):
            meet(deadline=deadline, on=situation.now, by=situation.by, now=situation.now)


@after("custody.consignment.lose")
def loss_is_told(situation: Situation, event: CaseEvent) -> None:
    _tell(situation, event, "custody.loss")


def _open(situation: Situation, consignment: Consignment, kind: str, due: Due, ball: Ball, *, label: str) -> Deadline:
    return open_deadline(
        case=situation.case,
        key=f"{kind}:{consignment.label}",
        kind=kind,
        due=due,
        ball=ball,
        by=situation.by,
        now=situation.now,
        label=label,
        subject=consignment.label,
    )


def _one_working_day(since: datetime, *, country: str, zone: str) -> Due:
    calendars = installed()
    code = country if country in calendars else "US"
    rule = Rule(
        event="arrival",
        amount=None,
        unit="working_day",
        calendar=code,
        zone=zone,
        rule_version="house rule C-31, version 1",
    )
    target = HouseTarget(1, "working_day", "the house decides on a consignment within one working day of its arrival")
    return compute(rule, anchor=since, calendar=calendars[code], house_target=target)


def _standing(consignment: Consignment, *kinds: str) -> list[Deadline]:
    return list(
        Deadline.objects.filter(
            case_id=consignment.case_id, kind__in=kinds, subject=consignment.label, state__in=OPEN_STATES
        ).order_by("id")
    )


def _tell(situation: Situation, event: CaseEvent, kind: str) -> None:
    case = situation.case
    plan_notice(
        key=f"{kind}:{case.reference}:{event.seq}",
        kind=kind,
        by=situation.by,
        now=situation.now,
        recipient=case.coordinator,
        case=case,
        facts={"record": consignment_of(situation).label},
        is_urgent=True,
    )


@after("custody.consignment.record_papers", "custody.consignment.inspect")
def each_difference_has_its_day(situation: Situation, event: CaseEvent) -> None:
    """Who acts next on a difference that was found now, and by when: within two working days, a house target."""
    consignment = consignment_of(situation)
    for one in consignment.supply_exceptions.filter(state="open", opened_at=situation.now).order_by("number"):
        open_deadline(
            case=situation.case,
            key=f"{EXCEPTION.code}:{one.label}",
            kind=EXCEPTION.code,
            subject=one.label,
            label=f"{one.label}: {one.get_kind_display()}"[:200],
            due=working_days(2, situation.now, situation.case, "a difference is answered"),
            ball=Ball(party=one.acts_next),
            by=situation.by,
            now=situation.now,
        )


@after("custody.exception.resolve")
def the_difference_is_gone(situation: Situation, event: CaseEvent) -> None:
    _end(situation, EXCEPTION.code, situation.subject_label)


@after("custody.consignment.suspect")
def a_suspicion_is_told_and_has_its_day(situation: Situation, event: CaseEvent) -> None:
    """The pharmacy hears of it at once, also from the far end; it is decided on within one working day."""
    suspect = situation.case.suspect_products.order_by("-number")[0]
    open_deadline(
        case=situation.case,
        key=f"{SUSPECT.code}:{suspect.label}",
        kind=SUSPECT.code,
        subject=suspect.label,
        label=f"{suspect.label}: decision on a suspect pack",
        due=working_days(1, situation.now, situation.case, "a suspicion is decided on"),
        ball=Ball(role=Role.PHARMACIST_IN_CHARGE),
        by=situation.by,
        now=situation.now,
    )
    _tell(situation, event, "custody.suspect")


@after("custody.suspect.clear", "custody.suspect.determine")
def the_suspicion_is_decided_on(situation: Situation, event: CaseEvent) -> None:
    _end(situation, SUSPECT.code, situation.subject_label)


@after("custody.suspect.determine")
def all_are_told_within_a_day(situation: Situation, event: CaseEvent) -> None:
    """21 USC 360eee-1(d)(4)(B)(i): FDA and all immediate trading partners within 24 hours of the determination."""
    suspect = situation.record(SuspectProduct)
    rule = Rule(
        event="determination",
        amount=24,
        unit="hour",
        calendar="US",
        zone=situation.case.pharmacy.time_zone,
        rule_version="21 USC 360eee-1(d)(4)(B), version 1",
    )
    open_deadline(
        case=situation.case,
        key=f"{ILLEGITIMATE.code}:{suspect.label}",
        kind=ILLEGITIMATE.code,
        subject=suspect.label,
        label=f"{suspect.label}: FDA and trading partners to be told",
        due=compute(rule, anchor=situation.now, calendar=installed()["US"]),
        ball=Ball(user=situation.by.pk),
        by=situation.by,
        now=situation.now,
    )


@after("custody.suspect.tell")
def all_were_told(situation: Situation, event: CaseEvent) -> None:
    """The clock is met by the later of the two moments."""
    suspect = situation.record(SuspectProduct)
    if suspect.fda_told_at and suspect.partners_told_at:
        _end(situation, ILLEGITIMATE.code, suspect.label, on=max(suspect.fda_told_at, suspect.partners_told_at))


def _end(situation: Situation, kind: str, subject: str, on: datetime | None = None) -> None:
    for deadline in Deadline.objects.filter(case=situation.case, kind=kind, subject=subject, state__in=OPEN_STATES):
        meet(deadline=deadline, on=on or situation.now, by=situation.by, now=situation.now)


def working_days(number: int, since: datetime, case: Case, because: str) -> Due:
    rule = Rule(
        event="difference",
        amount=None,
        unit="working_day",
        calendar="US",
        zone=case.pharmacy.time_zone,
        rule_version="house rule C-35, version 1",
    )
    target = HouseTarget(number, "working_day", f"the house asks that {because} within {number} working days")
    return compute(rule, anchor=since, calendar=installed()["US"], house_target=target)
