"""What the regulatory dates of a case are read from (at most eleven queries), and the shape of a date that stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cases.custody.models import Consignment
from cases.deadlines.calendars import installed
from cases.deadlines.dates import Due
from cases.deadlines.services import Ball
from cases.models import Case
from regulatory.conditions import conditions_of
from regulatory.facts import documents_of
from regulatory.models import Authorization, Decline, Filing, GrantCondition, PathwayEvent, ProfileVersion, Review
from regulatory.pathway import STANDING, profile_of
from regulatory.profiles.duties import duties
from regulatory.profiles.duty import Duty
from regulatory.profiles.facts import AuthorizationHeld, DocumentHeld, Event, Facts
from regulatory.profiles.loader import Profile, load
from regulatory.profiles.stops import Question, pauses_of
from regulatory.standing_authority import covering

# Clocks that are kept elsewhere: safety reports by pharmacovigilance, retention with the records, usual answering times
# of an authority as a forecast on the page.
ELSEWHERE = frozenset({"ae_serious", "ae_serious_fatal", "record_retention"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """One date that should stand. ``met_on`` when what was due has happened, ``ended`` why it no longer matters."""

    key: str
    kind: str
    label: str
    due: Due
    ball: Ball
    subject: str = ""
    fact: str = ""
    confidence: str = ""
    force: str = ""
    met_on: datetime | None = None
    ended: str = ""


@dataclass(frozen=True)
class Records:
    """Everything the dates are read from, in five to eleven queries."""

    case: Case
    now: datetime
    profile: Profile
    filings: list[Filing]
    consignments: list[Consignment]
    authorizations: list[Authorization]
    grant_conditions: list[GrantCondition]
    reviews: list[Review]
    declines: list[Decline]
    events: list[PathwayEvent]
    conditions: dict[str, bool]
    papers: tuple[DocumentHeld, ...] = ()
    standing: tuple[Authorization, ...] = ()

    def events_of(self, *, filing: Filing | None = None, consignment: Consignment | None = None) -> list[PathwayEvent]:
        """Events of that record alone; of the case alone when neither is given."""
        return [
            event
            for event in self.events
            if event.filing_id == (filing.pk if filing else None)
            and event.consignment_id == (consignment.pk if consignment else None)
        ]

    def duties(
        self,
        events: Iterable[PathwayEvent],
        *,
        planned: dict[str, date] | None = None,
        held: tuple[AuthorizationHeld, ...] = (),
        questions: Sequence[Question] = (),
    ) -> tuple[Duty, ...]:
        """The pathway's clocks over these facts alone, without forecasts and what is kept elsewhere."""
        return tuple(
            duty
            for duty in self.every_duty(events, planned=planned, held=held, questions=questions)
            if duty.deadline_type not in ELSEWHERE and duty.kind != "forecast" and duty.state != "not_begun"
        )

    def every_duty(
        self,
        events: Iterable[PathwayEvent],
        *,
        planned: dict[str, date] | None = None,
        held: tuple[AuthorizationHeld, ...] = (),
        questions: Sequence[Question] = (),
    ) -> tuple[Duty, ...]:
        """Every clock of the pathway over these facts alone."""
        happened = tuple(
            Event(event.name, event.happened_at, event.recipient or None, event.channel or None) for event in events
        )
        facts = Facts(
            events=happened,
            pauses=pauses_of(self.profile, happened, questions),
            authorizations=held,
            planned=planned or {},
            conditions=self.conditions,
        )
        return duties(self.profile, facts, calendars=installed(), now=self.now, house_targets=load().house_targets)


def gather_reviews(case: Case, now: datetime) -> Records:
    """What the dates of the reviews are read from, and nothing else: two queries at most."""
    reviews = list(case.reviews.order_by("number"))
    return Records(
        case=case,
        now=now,
        profile=profile_of(case.profile_version),
        filings=[],
        consignments=[],
        authorizations=[],
        grant_conditions=[],
        reviews=reviews,
        declines=_declines_of(case, reviews),
        events=[],
        conditions={},
    )


def _declines_of(case: Case, reviews: list[Review]) -> list[Decline]:
    """A letter tells of a review that was declined; without one there is none."""
    return _told(case) if any(one.state == Review.State.DECLINED for one in reviews) else []


def _told(case: Case) -> list[Decline]:
    return list(case.declines.filter(sent_at__isnull=False).order_by("number"))


def gather(case: Case, now: datetime, version: ProfileVersion | None = None) -> Records:
    """Read everything once.

    :param version: by whose rules the dates are counted; the case's own when left out.
    """
    filings = list(case.filings.prefetch_related("questions").order_by("number"))
    authorizations = list(case.authorizations.order_by("number"))
    reviews = list(case.reviews.order_by("number"))
    # Papers are looked at only while a filing is got ready for a day that has not come.
    planned = any(one.planned_on and one.submitted_at is None for one in filings)
    return Records(
        case=case,
        now=now,
        profile=profile_of(version or case.profile_version),
        filings=filings,
        consignments=list(case.consignments.order_by("number")),
        authorizations=authorizations,
        # Conditions hang on an authorization.
        grant_conditions=list(case.grant_conditions.order_by("number")) if authorizations else [],
        reviews=reviews,
        declines=_declines_of(case, reviews),
        events=list(case.pathway_events.filter(withdrawn_at__isnull=True).order_by("happened_at", "id")),
        conditions=conditions_of(case),
        papers=documents_of(case, profile_of(version or case.profile_version), ()) if planned else (),
        standing=tuple(one for one in covering(case) if one.level == STANDING),
    )
