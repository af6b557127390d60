"""What a standing authority owes the authority for each period it stands, also when nothing was supplied under it.

Such a report is of the authorization and not of a case (facts/regulatory.md 6, rules 8 and 27): it hangs on the case
that the letter came to, is held by whom the letter names, and counts the patients of every case under it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from cases.deadlines.computation import COMPUTABLE_UNITS, Computation
from cases.deadlines.models import Deadline
from cases.deadlines.services import Ball
from cases.models import Case, CaseEvent
from regulatory.counted import FORCES, counted_from, house_target
from regulatory.models import Authorization
from regulatory.pathway import STANDING, local_day, profile_of
from regulatory.profiles import words
from regulatory.profiles.loader import Profile, load
from regulatory.profiles.periods import period_end, period_ends, period_start
from regulatory.records import Records, Wanted

State = Authorization.State
DONE = "regulatory.duty.discharged"
ENDED = tuple(f"regulatory.authorization.{past}" for past in ("revoked", "expired", "exhausted", "superseded"))
PERIODS = {"month": "month", "quarter": "quarter", "half_year": "half-year", "year": "year"}


def per_authorization(profile: Profile) -> Mapping[str, Mapping[str, Any]]:
    """The reports of the pathway that are owed for each authorization, by fact; none in most pathways."""
    asked = {fact for fact, reading in profile.readings.items() if reading.get("per") == "authorization"}
    return {str(one["id"]): one for one in profile.section("deadlines") if one["id"] in asked}


def of_an_authorization() -> frozenset[str]:
    """The facts of all pathways whose report is of an authorization, and so stands in no report over many cases."""
    return frozenset(fact for fact, reading in load().readings.items() if reading.get("per") == "authorization")


def of_standing_reports(records: Records) -> Iterator[Wanted]:
    """A date for every period from the first day of each standing authority up to the next one, or to its end."""
    asked = per_authorization(records.profile)
    for authorization in records.authorizations if asked else ():
        if authorization.level != STANDING:
            continue
        for fact in asked.values():
            for end in _ends(authorization, records, str(records.profile.readings[fact["id"]]["period"])):
                yield _wanted(authorization, fact, end, records)


def _ends(authorization: Authorization, records: Records, period: str) -> tuple[date, ...]:
    """The last days of its periods. The one after today's stands already: a quiet half-year opens it by no deed."""
    today = local_day(records.profile, records.now)
    until = period_end(period, period_end(period, today) + timedelta(days=1))
    for ends in (authorization.valid_until, _ended_on(authorization, records)):
        until = min(until, ends) if ends else until
    return period_ends(period, (), (authorization.valid_from,), max(until, authorization.valid_from))


def _ended_on(authorization: Authorization, records: Records) -> date | None:
    """The day on which it was ended before its time; None while it stands, or is only suspended."""
    if authorization.state in (State.IN_FORCE, State.SUSPENDED):
        return None
    varied = [one.decided_at for one in records.filings if one.varies_id == authorization.pk and one.decided_at]
    events = CaseEvent.objects.filter(case_id=authorization.case_id, subject=authorization.label, verb__in=ENDED)
    moments = [*varied, *events.values_list("happened_at", flat=True)]
    return local_day(records.profile, min(moments)) if moments else None


def _wanted(authorization: Authorization, fact: Mapping[str, Any], end: date, records: Records) -> Wanted:
    counted = fact["amount"] is not None and fact["unit"] in COMPUTABLE_UNITS
    period = str(records.profile.readings[fact["id"]]["period"])
    name = str(next(iter(records.profile.section("authority")), {"value": "the authority"})["value"])
    due: Any = (
        counted_from("period_ended", end, int(fact["amount"]), str(fact["unit"]), records)
        if counted
        else house_target("period_ended", datetime.combine(end, time(12), tzinfo=_zone(records)), 10, records)
    )
    return Wanted(
        key=f"regulatory.{fact['deadline_type']}:{fact['id']}@{end.isoformat()}:{authorization.label}",
        kind=f"regulatory.{fact['deadline_type']}",
        label=report_label(authorization, name, period, end) + _safe(due),
        due=due,
        ball=_holder(fact, authorization, records),
        subject=authorization.label,
        fact=str(fact["id"]),
        confidence=str(fact["confidence"]),
        force=str(FORCES.get(str(fact["force"]), "statutory")) if counted else "",
    )


def report_label(authorization: Authorization, authority: str, period: str, end: date) -> str:
    """How the duty is called: "Report of A-1 to TGA for the half-year to 30 Jun 2026, zero included"."""
    told = f"Report of {authorization.label} to {authority[:100]} for the {PERIODS[period]} to {end:%-d %b %Y}"
    return f"{told}, zero included"


def _safe(due: Any) -> str:
    """The day that needs no rolling, where the date has rolled: whether the rule rolls here is not settled."""
    rolled = isinstance(due, Computation) and due.target_on < due.due_on
    return f" (safe by every reading: {words.day(due.target_on)})" if rolled else ""


def _holder(fact: Mapping[str, Any], authorization: Authorization, records: Records) -> Ball:
    """The prescriber whom the letter names, who need not be the one of the case it came to."""
    if fact["holder_role"] == "treating_prescriber":
        return Ball(user=authorization.prescriber.user_id)
    if fact["holder_role"] == "coordinating_pharmacy":
        return Ball(user=records.case.coordinator_id)
    return Ball(party=words.role(str(fact["holder_role"])))


def _zone(records: Records) -> Any:
    return load().jurisdictions[records.profile.jurisdiction].tzinfo


# -- what such a report says


@dataclass(frozen=True, slots=True)
class Report:
    """One period of one authority: its duty, the figures that the authority asks for, and what shows that it went."""

    first: date
    last: date
    deadline: Deadline
    new_patients: int
    patients: int
    has_begun: bool
    is_over: bool
    is_cancelled: bool
    evidence: str
    received_on: datetime | None


def reports(authorization: Authorization, *, now: datetime) -> list[Report]:
    """Its reports, the newest period first; three queries, none where its pathway asks for none.

    One that was cancelled, because the authority ended before its period began, is among them: no source says that
    nothing is owed for it.
    """
    case = authorization.case
    profile = profile_of(case.profile_version)
    asked = per_authorization(profile)
    if authorization.level != STANDING or not asked:
        return []
    today, shown = local_day(profile, now), []
    treated = _treated(authorization, profile)
    proofs = _proofs(case)
    rows = case.deadlines.filter(subject=authorization.label, fact__in=asked)
    if authorization.state in (State.IN_FORCE, State.SUSPENDED):
        rows = rows.exclude(state=Deadline.State.CANCELLED)
    for row in rows:
        period = str(profile.readings[row.fact]["period"])
        last = date.fromisoformat(row.key.partition("@")[2][:10])
        first = period_start(period, last)
        new = sum(first <= days[0] <= last for days in treated.values())
        every = sum(any(first <= day <= last for day in days) for days in treated.values())
        evidence = proofs.get(row.label, ("", None)) if row.met_at else ("", None)
        is_cancelled = row.state == Deadline.State.CANCELLED
        shown.append(Report(first, last, row, new, every, first <= today, last < today, is_cancelled, *evidence))
    return sorted(shown, key=lambda one: one.last, reverse=True)


def _treated(authorization: Authorization, profile: Profile) -> dict[int, list[date]]:
    """On which days each patient was supplied under it, by patient, the first day first."""
    found: dict[int, list[date]] = {}
    rows = authorization.consignments.filter(dispensed_at__isnull=False)
    for patient, at in rows.order_by("dispensed_at").values_list("case__patient_id", "dispensed_at"):
        if at is not None:
            found.setdefault(patient, []).append(local_day(profile, at))
    return found


def _proofs(case: Case) -> dict[str, tuple[str, datetime]]:
    """By the duty's label: the paper that shows it, and when it was received."""
    rows = CaseEvent.objects.filter(case=case, verb=DONE).order_by("seq").values_list("facts", "happened_at")
    return {str(facts.get("deadline")): (str(facts.get("evidence", "")), at) for facts, at in rows}
