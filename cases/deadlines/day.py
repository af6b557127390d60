"""The pharmacist's day: what breaks next, one row a case; what others owe; how many there are of each."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from cases.deadlines.models import OPEN_STATES, Deadline, Force, Harm
from cases.deadlines.queries import STANDING
from cases.people.models import User
from cases.people.roles import PRESCRIBING, Role

COUNTED_UP_TO = 1_000


class Place(NamedTuple):
    """Where a page of `breaks_next` ended; the next one begins after it."""

    act_on: date
    harm: int
    act_by: datetime
    id: int

    def __str__(self) -> str:
        return f"{self.act_on.isoformat()}~{self.harm}~{self.act_by.isoformat()}~{self.id}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """The place that was written with `str`, or nothing where the text is none."""
        try:
            on, harm, at, number = text.split("~")
            found = cls(date.fromisoformat(on), int(harm), datetime.fromisoformat(at), int(number))
        except ValueError:
            return None
        dated = found.act_by.tzinfo is not None and all(2000 <= one.year < 2200 for one in (found.act_on, found.act_by))
        return found if dated and found.harm in Harm and 0 < found.id < 2**63 else None


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What a reader wants to see of the day; empty, everything.

    :param until: the last day on which work may have to begin.
    :param ball: with the reader, with a colleague, or outside the house.
    """

    reader: User
    statutory: bool = False
    harm: int | None = None
    ball: Literal["", "me", "colleague", "outside"] = ""
    until: date | None = None

    def within(self, deadlines: QuerySet[Deadline]) -> QuerySet[Deadline]:
        """Only what was asked for."""
        if self.statutory:
            deadlines = deadlines.filter(force=Force.STATUTORY)
        if self.harm is not None:
            deadlines = deadlines.filter(harm=self.harm)
        if self.until is not None:
            deadlines = deadlines.filter(act_on__lte=self.until)
        if self.ball:
            deadlines = deadlines.filter(self._whose())
        return deadlines

    def _whose(self) -> Q:
        own = Q(holder=self.reader.pk) | Q(holder=None, holder_party="", holder_role=self.reader.role)
        if self.ball == "me":
            return own
        return _OUTSIDE if self.ball == "outside" else ~own & ~_OUTSIDE


_ABROAD = [role.value for role in (*PRESCRIBING, Role.RECEIVING_PHARMACIST)]
# An outside party, or a person or role of another house: the prescriber, the receiving institution.
_OUTSIDE = ~Q(holder_party="") | Q(holder_role__in=_ABROAD) | Q(holder__role__in=_ABROAD)


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One row of the day: the worst date of one case. ``more`` counts the other dates that stand on that case."""

    deadline: Deadline
    slack: timedelta
    more: int = 0

    @property
    def case(self) -> Any:
        """The case it is about, joined with what a list shows."""
        return self.deadline.case

    @property
    def harm(self) -> str:
        """Who is hurt, as a sentence; empty for an internal promise."""
        words = str(self.deadline.get_harm_display())
        return f"{words[:1].upper()}{words[1:]}." if self.deadline.harm > Harm.ROUTINE else ""

    @property
    def place(self) -> Place:
        """Hand it back as ``after`` for the next page."""
        return Place(self.deadline.act_on, self.deadline.harm, self.deadline.act_by, self.deadline.pk)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many cases have something that breaks: of everyone, of the reader, with a statutory date."""

    everyone: int
    mine: int
    statutory: int


def breaks_next(
    cases: QuerySet[Any], *, narrowed: Narrowed, now: datetime, limit: int, after: Place | None = None
) -> list[WorkRow]:
    """What breaks next on these cases, each case once with its worst date: two queries however many cases there are.

    The worst is the first day on which work must begin, the worse harm within a day. A waiting window breaks nothing
    and is left out. Slack is the last instant to begin minus ``now``.

    :param cases: cases the reader may see, open ones.
    :param after: the `WorkRow.place` of the last row of the page before.
    """
    worse = narrowed.within(_breaking().filter(case=OuterRef("case"))).filter(
        Q(act_on__lt=OuterRef("act_on"))
        | Q(act_on=OuterRef("act_on"), harm__gt=OuterRef("harm"))
        | Q(act_on=OuterRef("act_on"), harm=OuterRef("harm"), act_by__lt=OuterRef("act_by"))
        | Q(act_on=OuterRef("act_on"), harm=OuterRef("harm"), act_by=OuterRef("act_by"), id__lt=OuterRef("id"))
    )
    rows = (
        narrowed.within(_breaking().filter(case__in=cases))
        .filter(~Exists(worse))
        .select_related("holder", "case__patient", "case__medicine", "case__coordinator")
        .order_by("act_on", "-harm", "act_by", "id")
    )
    if after is not None:
        rows = rows.filter(act_on__gte=after.act_on).filter(
            Q(act_on__gt=after.act_on)
            | Q(harm__lt=after.harm)
            | Q(harm=after.harm, act_by__gt=after.act_by)
            | Q(harm=after.harm, act_by=after.act_by, id__gt=after.id)
        )
    shown = list(rows[:limit])
    others = _standing_on({deadline.case_id for deadline in shown})
    return [WorkRow(one, one.act_by - now, others.get(one.case_id, 1) - 1) for one in shown]


def tally(cases: QuerySet[Any], *, narrowed: Narrowed) -> Tally:
    """How many of these cases have something that breaks; one query."""
    per_case = (
        narrowed.within(_breaking().filter(case__in=cases))
        .order_by()
        .values("case", "case__coordinator")
        .annotate(by_law=Count("pk", filter=Q(force=Force.STATUTORY)))
    )
    found = per_case.aggregate(
        everyone=Count("case"),
        mine=Count("case", filter=Q(case__coordinator=narrowed.reader.pk)),
        statutory=Count("case", filter=Q(by_law__gt=0)),
    )
    return Tally(**found)


def waits_on_others(cases: QuerySet[Any], *, limit: int) -> tuple[list[Deadline], int]:
    """Open dates whose ball is outside the house, windows among them, the first to end first; and how many there are.

    Two queries; they are counted up to `COUNTED_UP_TO`, because nobody reads further.
    """
    rows = (
        Deadline.objects.filter(state__in=OPEN_STATES, case__in=cases)
        .filter(_OUTSIDE)
        .select_related("holder", "case__patient", "case__coordinator")
        .order_by("due_at", "id")
    )
    return list(rows[:limit]), rows.select_related(None).order_by()[:COUNTED_UP_TO].count()


def _breaking() -> QuerySet[Deadline]:
    return Deadline.objects.filter(state__in=STANDING).exclude(force=Force.WAITING_WINDOW)


def _standing_on(cases: Collection[int]) -> dict[int, int]:
    return dict(
        _breaking().filter(case__in=cases).order_by().values_list("case").annotate(count=Count("pk")) if cases else ()
    )
