"""One date of a case, as it is counted: a clock of its pathway, or so many working days that the house sets itself."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from cases.deadlines.arithmetic import Computation, Rule, compute
from cases.deadlines.calendars import installed
from cases.deadlines.computation import Anchor
from cases.deadlines.dates import Due
from cases.deadlines.models import Force
from cases.deadlines.services import Ball
from regulatory.profiles import words
from regulatory.profiles.duty import Duty
from regulatory.profiles.loader import Profile
from regulatory.records import Records, Wanted

FORCES = {
    "statutory": Force.STATUTORY,
    "condition_of_approval": Force.STATUTORY,
    "guideline": Force.GUIDELINE,
    "professional": Force.GUIDELINE,
}
KIND_FORCES = {"waiting_window": Force.WAITING_WINDOW, "expiry": Force.EXPIRY}


def of_duty(
    duty: Duty, records: Records, subject: str, *, met_on: datetime | None = None, ended: str = ""
) -> Iterator[Wanted]:
    """A clock of the pathway as a date of the case; one that cannot be counted needs a house target to be one."""
    due = duty.due
    if due is None or (not isinstance(due, Computation) and due.house_target is None):
        return
    if duty.applies is False:
        ended = ended or f"Not so here: {duty.applies_if}."
    elif duty.state == "ended" and not ended:
        ended = "What it waited for has come."
    is_law = isinstance(due, Computation)
    yield Wanted(
        key=f"regulatory.{duty.deadline_type}:{duty.key}:{subject or 'case'}",
        kind=f"regulatory.{duty.deadline_type}",
        label=_label(duty, records.profile),
        due=due,
        ball=_ball(duty, records),
        subject=subject,
        fact=duty.fact,
        confidence=duty.confidence,
        force=str(KIND_FORCES.get(duty.kind, FORCES.get(duty.force, Force.STATUTORY))) if is_law else "",
        met_on=met_on,
        ended=ended,
    )


def _label(duty: Duty, profile: Profile) -> str:
    authority = str(next(iter(profile.section("authority")), {"value": "the authority"})["value"])
    told = {
        "objection_window": f"{authority} may object until then",
        "post_supply_notification": f"Notice to {authority} after the supply",
        "post_receipt_notification": f"Notice to {authority} after the receipt",
        "pre_import_notice_lead": f"Notice to {authority} before the planned import",
        "authorization_expiry": "Usual end of the authorization; its letter names none",
    }.get(duty.deadline_type, words.capital(words.spaced(duty.deadline_type)))
    earlier = duty.target_on
    if duty.also and earlier and duty.due_on and earlier < duty.due_on and duty.kind == "duty":
        told += f"; safe by every reading: {words.day(earlier)}"
    if duty.applies is None and duty.applies_if:
        told += f" (if {duty.applies_if})"
    return told[:200]


def _ball(duty: Duty, records: Records) -> Ball:
    """Who has it: our coordinator, the case's prescriber, or an outside party by its role."""
    if duty.holder == "coordinating_pharmacy":
        return Ball(user=records.case.coordinator_id)
    if duty.holder == "treating_prescriber":
        return Ball(user=records.case.prescriber.user_id)
    if duty.holder == "regulator":
        authority: Any = next(iter(records.profile.section("authority")), {"value": "the authority"})
        return Ball(party=str(authority["value"])[:120])
    return Ball(party=words.role(duty.holder))


def house_target(event: str, at: datetime, working_days: int, records: Records) -> Due:
    """So many working days of the authority's country: the house's own target, no law."""
    calendar = installed()[records.profile.jurisdiction]
    rule = Rule(
        event=event,
        amount=working_days,
        unit="working_day",
        calendar=calendar.code,
        zone=calendar.zone,
        rule_version="house rule R-07, version 1",
    )
    return compute(rule, anchor=at, calendar=calendar)


def counted_from(event: str, at: Anchor, amount: int, unit: str, records: Records) -> Due:
    """A time that the pathway states, counted from an event of a filing in the days of the authority's country.

    :param unit: calendar_day, working_day, week, month or year.
    """
    calendar = installed()[records.profile.jurisdiction]
    rule = Rule(
        event=event,
        amount=amount,
        unit=unit,
        calendar=calendar.code,
        zone=calendar.zone,
        rule_version=records.profile.version,
    )
    return compute(rule, anchor=at, calendar=calendar)
