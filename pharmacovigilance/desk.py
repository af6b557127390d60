"""Everything about safety that somebody still has to do, by time left; and how often each recipient was told in time.

Queries only: no state changes here.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Count, F, Max, Q

from cases.deadlines.models import OPEN_STATES
from cases.models import Case
from cases.people.models import User
from pharmacovigilance.knowledge import planned_for
from pharmacovigilance.models import CaseVersion, FollowUp, Obligation, SafetyReport
from pharmacovigilance.rulebook import rulebook
from pharmacovigilance.rules import Planned

# So many rows of each kind are listed; the counts beside them are of all.
LISTED = 200
OPEN_QUESTIONS = (FollowUp.State.PLANNED, FollowUp.State.ASKED)
TOLD_IN_TIME, TOLD_LATE, WAIVED = Obligation.State.DONE, Obligation.State.DONE_LATE, Obligation.State.WAIVED


@dataclass(frozen=True, slots=True)
class Unlocked:
    """A version that nobody has locked, and the first thing that would be owed if it were locked as it stands."""

    version: CaseVersion
    first: Planned


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits: lists of at most ``LISTED`` rows, and how many there are of each."""

    reports: list[SafetyReport]
    owed: list[Obligation]
    unlocked: list[Unlocked]
    questions: list[FollowUp]
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class OnTime:
    """One party and recipient: reports told in time and late, duties waived, open, and open past their date."""

    party: str
    recipient: str
    in_time: int
    late: int
    waived: int
    open: int
    overdue: int
    last: datetime | None

    @property
    def share(self) -> str:
        """The part of what was told that was told in time; nothing where nothing was told."""
        told = self.in_time + self.late
        return f"{100 * self.in_time // told} %" if told else ""


def today_of(user: User, *, now: datetime) -> date:
    """The day at the person's pharmacy, as a day 0 is counted; for people without one where they are."""
    return now.astimezone(ZoneInfo(user.pharmacy.time_zone if user.pharmacy else user.time_zone)).date()


def inbox(user: User, *, now: datetime) -> Inbox:
    """Reports nobody has triaged, versions nobody has locked, what is owed by time left, questions that are due."""
    cases = Case.objects.visible_to(user, at=now)
    reports = SafetyReport.objects.filter(
        case__in=cases, state__in=[SafetyReport.State.RECEIVED, SafetyReport.State.TRIAGED]
    )
    owed = Obligation.objects.filter(case__in=cases, state=Obligation.State.OPEN)
    unlocked = CaseVersion.objects.filter(
        case__in=cases, state__in=[CaseVersion.State.DRAFT, CaseVersion.State.ASSESSED]
    )
    questions = FollowUp.objects.filter(case__in=cases, state__in=OPEN_QUESTIONS, due_on__lte=today_of(user, now=now))
    return Inbox(
        reports=list(reports.select_related("case").order_by("received_at", "id")[:LISTED]),
        owed=list(
            owed.select_related("case", "deadline", "version").order_by(
                F("deadline__due_at").asc(nulls_first=True), "id"
            )[:LISTED]
        ),
        unlocked=_by_first_date(
            unlocked.select_related(
                "case__profile_version", "case__institution", "case__pharmacy", "safety_case"
            ).order_by("aware_at", "id")[:LISTED]
        ),
        questions=list(
            questions.select_related("case", "consignment", "report")
            .annotate(tries=Count("attempts"))
            .order_by("due_on", "id")[:LISTED]
        ),
        counts={
            "reports": reports.count(),
            "owed": owed.count(),
            "unlocked": unlocked.count(),
            "questions": questions.count(),
        },
    )


def _by_first_date(versions: Iterable[CaseVersion]) -> list[Unlocked]:
    """The law's clocks run before anybody locks a version; so the one with the earliest date comes first."""
    book = rulebook()
    found = [
        Unlocked(version, planned_for(version, version.case, library=book.on(version.day0))[0]) for version in versions
    ]
    return sorted(found, key=lambda one: one.first.due.due_at)


def on_time(user: User, *, now: datetime) -> list[OnTime]:
    """By party and recipient, the ones with something late or overdue first; one query."""
    overdue = Q(state=Obligation.State.OPEN, deadline__state__in=OPEN_STATES, deadline__due_at__lt=now)
    rows = (
        Obligation.objects.filter(case__in=Case.objects.visible_to(user, at=now))
        .exclude(state__in=[Obligation.State.SUPERSEDED, Obligation.State.NOT_REQUIRED])
        .values_list("responsible_party", "recipient")
        .annotate(
            in_time=Count("pk", filter=Q(state=TOLD_IN_TIME)),
            late=Count("pk", filter=Q(state=TOLD_LATE)),
            waived=Count("pk", filter=Q(state=WAIVED)),
            open=Count("pk", filter=Q(state=Obligation.State.OPEN)),
            overdue=Count("pk", filter=overdue),
            last=Max("discharged_at"),
        )
        .order_by("-overdue", "-late", "recipient", "responsible_party")
    )
    return [OnTime(*row) for row in rows]
