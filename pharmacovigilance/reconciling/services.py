"""Comparing a partner's list with ours, and settling what differs."""

import hashlib
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet

from cases.audit.context import acting
from cases.lifecycle.errors import FactsInvalid, NotPermitted
from cases.people.models import AuditScope, Pharmacy, User
from cases.people.roles import PHARMACISTS, Role
from pharmacovigilance.models import (
    Obligation,
    OtherIdentifier,
    ReconciledCase,
    ReconciliationRun,
    SafetyCase,
    SafetyReport,
    Transmission,
)
from pharmacovigilance.reconciling.columns import ACKNOWLEDGED, OUR_NUMBER, RECEIVED_ON, SENT_ON, THEIR_NUMBER
from pharmacovigilance.reconciling.matching import Ours, Result, match
from pharmacovigilance.reconciling.reading import read_list

_ANSWERED = {Transmission.State.ACCEPTED: "accepted", Transmission.State.REJECTED: "rejected"}


def runs_of(person: User, *, now: datetime) -> QuerySet[ReconciliationRun]:
    """The comparisons this person may read: of the own pharmacy, for an auditor of those in scope."""
    rows = ReconciliationRun.objects.select_related("made_by", "pharmacy")
    if person.role == Role.AUDITOR:
        running = AuditScope.objects.filter(auditor_id=person.pk, valid_from__lte=now, valid_until__gt=now)
        return rows.filter(pharmacy__in=running.values("pharmacy_id"))
    return rows.filter(pharmacy=person.pharmacy_id) if person.pharmacy_id else rows.none()


def partners_of(pharmacy: Pharmacy) -> list[str]:
    """Whom this pharmacy's safety cases are reported to, by name."""
    rows = Obligation.objects.filter(case__pharmacy=pharmacy).values_list("recipient", flat=True)
    return list(rows.distinct().order_by("recipient"))


def reconcile(
    content: bytes, *, partner: str, from_on: date, until_on: date, by: User, now: datetime
) -> ReconciliationRun:
    """Compare a partner's list with ours. The same list with the same outcome is not kept twice.

    :raises NotPermitted, FactsInvalid, ListRefused: nothing was kept.
    """
    pharmacy = by.pharmacy
    if pharmacy is None or by.role not in PHARMACISTS:
        raise NotPermitted(f"{by.display_name} may not reconcile lists. Nothing was kept. Pharmacists may.")
    if from_on > until_on:
        raise FactsInvalid(
            "Nothing was compared.", {"until_on": [f"{until_on} is before {from_on}. Change one of both."]}
        )
    zone = ZoneInfo(pharmacy.time_zone)
    read = read_list(content, today=now.astimezone(zone).date())
    results = match(read.lines, ours_of(pharmacy, partner, from_on, until_on))
    sha256 = hashlib.sha256(content).hexdigest()
    if (there := _the_same(pharmacy, partner, from_on, until_on, sha256, results)) is not None:
        return there
    with acting(by=by, verb="pharmacovigilance.list.reconciled", business_at=now):
        run = ReconciliationRun.objects.create(
            pharmacy=pharmacy, partner=partner, from_on=from_on, until_on=until_on, sha256=sha256,
            lines=len(read.lines), made_by=by, made_at=now,
        )  # fmt: skip
        ReconciledCase.objects.bulk_create(
            ReconciledCase(pharmacy=pharmacy, run=run, number=number, **_columns(result))
            for number, result in enumerate(results, start=1)
        )
        return run


def resolve(case: ReconciledCase, *, resolution: str, by: User, now: datetime) -> ReconciledCase:
    """Say what became of a gap; a later sentence takes the place of the earlier, and the trail keeps both.

    :raises NotPermitted, FactsInvalid: nothing was changed.
    """
    if by.role not in PHARMACISTS or by.pharmacy_id != case.pharmacy_id:
        raise NotPermitted(f"{by.display_name} may not settle gaps. Nothing was changed. Pharmacists may.")
    if case.result == ReconciledCase.Result.MATCHED:
        raise FactsInvalid(
            "Nothing was changed.", {"resolution": [f"{case.named} matches; there is nothing to settle."]}
        )
    if not resolution.strip():
        raise FactsInvalid(
            "Nothing was changed.", {"resolution": ["Nothing was given. Say in a sentence what became of it."]}
        )
    with acting(by=by, verb="pharmacovigilance.gap.settled", reason=resolution, business_at=now):
        held = ReconciledCase.objects.select_for_update(of=("self",)).get(pk=case.pk)
        held.resolution, held.resolved_by, held.resolved_at = resolution.strip(), by, now
        held.save()
        return held


def ours_of(pharmacy: Pharmacy, partner: str, from_on: date, until_on: date) -> list[Ours]:
    """Our cases as a list to that partner would have them: four queries.

    All are looked at, so that a case of another period is found by its number; due are those that were received or
    sent within the period and are reported to this partner.
    """
    zone = ZoneInfo(pharmacy.time_zone)
    rows: QuerySet[SafetyCase] = (
        SafetyCase.objects.filter(case__pharmacy=pharmacy)
        .prefetch_related(
            Prefetch("reports", SafetyReport.objects.order_by("received_at")),
            Prefetch("other_identifiers", OtherIdentifier.objects.order_by("number")),
            Prefetch("versions__obligations", Obligation.objects.filter(recipient=partner).order_by("number")),
            Prefetch("versions__obligations__transmissions", Transmission.objects.order_by("sent_at", "number")),
        )
        .order_by("pk")
    )
    return [_ours(row, partner, zone, from_on, until_on) for row in rows]


def _ours(row: SafetyCase, partner: str, zone: ZoneInfo, from_on: date, until_on: date) -> Ours:
    obligations = [one for version in row.versions.all() for one in version.obligations.all()]
    sent = sorted(
        (one for each in obligations for one in each.transmissions.all() if one.sent_at is not None),
        key=lambda one: (one.sent_at, one.number),
    )
    received = [report.received_at.astimezone(zone).date() for report in row.reports.all()][:1]
    sent_on = [one.sent_at.astimezone(zone).date() for one in sent if one.sent_at]
    theirs = [one.identifier for one in row.other_identifiers.all() if one.source == partner]
    return Ours(
        key=row.pk,
        cells={
            OUR_NUMBER: row.worldwide_id,
            THEIR_NUMBER: theirs[0] if theirs else "",
            RECEIVED_ON: received[0].isoformat() if received else "",
            SENT_ON: sent_on[0].isoformat() if sent_on else "",
            ACKNOWLEDGED: _ANSWERED.get(Transmission.State(sent[-1].state), "none") if sent else "none",
        },
        numbers=frozenset(one.identifier for one in row.other_identifiers.all()),
        is_due=bool(obligations) and any(from_on <= day <= until_on for day in (*received, *sent_on)),
    )


def _columns(result: Result) -> dict[str, object]:
    return {
        "result": result.result,
        "safety_case_id": result.ours.key if result.ours else None,
        "line": result.theirs.number if result.theirs else None,
        "ours": dict(result.ours.cells) if result.ours else {},
        "theirs": dict(result.theirs.cells) if result.theirs else {},
        "differs": list(result.differs),
    }


def _the_same(
    pharmacy: Pharmacy, partner: str, from_on: date, until_on: date, sha256: str, results: list[Result]
) -> ReconciliationRun | None:
    """The last comparison of this very list, when nothing of ours has changed since."""
    last = (
        ReconciliationRun.objects.filter(
            pharmacy=pharmacy, partner=partner, from_on=from_on, until_on=until_on, sha256=sha256
        )
        .order_by("pk")
        .last()
    )
    if last is None:
        return None
    names = ("result", "safety_case_id", "line", "ours", "theirs", "differs")
    kept = [dict(row) for row in last.cases.order_by("number").values(*names)]
    return last if kept == [_columns(result) for result in results] else None
