"""What a proposed version of a rule would change if it were approved now: for what is not locked, and for what is owed.

Approving moves no date that runs. What is not locked yet would be owed by the new text; what was locked before stays by
the version it was opened with, and is shown beside what the new text would have asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from cases.models import Case
from pharmacovigilance.knowledge import planned_for
from pharmacovigilance.library import SECOND_STAGE
from pharmacovigilance.models import CaseVersion, Obligation, ReportingRuleVersion
from pharmacovigilance.obligations import party_of, recipient_of
from pharmacovigilance.rulebook import Rulebook
from pharmacovigilance.rules import Planned
from pharmacovigilance.terms import OPEN_VERSION


@dataclass(frozen=True, slots=True)
class Change:
    """One duty of one version: by when as the rules stand, and by when with the proposal; none where none is owed."""

    version: CaseVersion
    rule: str
    who: str
    to: str
    was: date | None
    becomes: date | None


@dataclass(frozen=True, slots=True)
class Kept:
    """One obligation that is open by this rule: its date, which stays, and the date by the proposal."""

    obligation: Obligation
    due_on: date | None
    by_proposal: date | None


@dataclass(frozen=True, slots=True)
class Consequences:
    """``changes`` of what is not locked, ``missed``: what locked versions would owe besides, ``kept``: what stays."""

    changes: tuple[Change, ...]
    missed: tuple[Change, ...]
    kept: tuple[Kept, ...]
    looked_at: int


def consequences(row: ReportingRuleVersion, *, among: QuerySet[Case], book: Rulebook) -> Consequences:
    """For the newest version of every safety case of these cases whose day 0 the proposal counts for."""
    supposed = book.with_proposal(row)
    changes: list[Change] = []
    missed: list[Change] = []
    versions = list(_newest(row, among))
    for version in versions:
        found = list(_changes(version, book, supposed))
        if version.state in OPEN_VERSION:
            changes += found
        else:
            missed += [one for one in found if one.was is None]
    return Consequences(tuple(changes), tuple(missed), tuple(_kept(row, among, supposed)), len(versions))


def _newest(row: ReportingRuleVersion, among: QuerySet[Case]) -> QuerySet[CaseVersion]:
    """Of each safety case, save of what was taken back."""
    newest = CaseVersion.objects.filter(case__in=among).order_by("safety_case", "-version").distinct("safety_case")
    found = (
        CaseVersion.objects.filter(pk__in=newest.values("pk"), day0__gte=row.in_force_from)
        .exclude(kind=CaseVersion.Kind.NULLIFICATION)
        .select_related("case__profile_version", "case__institution", "case__pharmacy", "case__medicine", "safety_case")
        .prefetch_related("safety_case__events")
        .order_by("day0", "pk")
    )
    return found if row.in_force_until is None else found.filter(day0__lte=row.in_force_until)


def _changes(version: CaseVersion, book: Rulebook, supposed: Rulebook) -> Iterable[Change]:
    was, becomes = (_by_duty(version, one) for one in (book, supposed))
    for duty in dict.fromkeys([*was, *becomes]):
        before, after = was.get(duty), becomes.get(duty)
        first = after or before
        if first is None or (before and after and before.due.due_at == after.due.due_at):
            continue
        yield Change(
            version,
            rule=first.rule_id,
            who=party_of(first.rule),
            to=recipient_of(first, version.case),
            was=before.due.due_on if before else None,
            becomes=after.due.due_on if after else None,
        )


def _by_duty(version: CaseVersion, book: Rulebook) -> dict[tuple[str, str, str], Planned]:
    planned = planned_for(version, version.case, library=book.on(version.day0))
    return {(one.rule_id, party_of(one.rule), one.recipient): one for one in planned}


def _kept(row: ReportingRuleVersion, among: QuerySet[Case], supposed: Rulebook) -> Iterable[Kept]:
    opened = (
        Obligation.objects.filter(
            case__in=among, state=Obligation.State.OPEN, rule__in=[row.rule, f"{row.rule}{SECOND_STAGE}"]
        )
        .select_related(
            "deadline", "version__safety_case", "case__profile_version", "case__institution", "case__pharmacy",
            "case__medicine",
        )
        .order_by("deadline__due_at", "pk")
    )  # fmt: skip
    for one in opened:
        one.version.case = one.case
        by_proposal = [
            planned.due.due_on
            for planned in _by_duty(one.version, supposed).values()
            if (planned.rule_id, recipient_of(planned, one.case)) == (one.rule, one.recipient)
        ]
        yield Kept(one, one.deadline.due_on if one.deadline else None, min(by_proposal, default=None))
