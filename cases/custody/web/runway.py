"""The supply runway of a case: what was dispensed, what is in hand, what arrives when, and when it runs out.

Recorded values come from dispensings and the counted run-out day; everything ahead is a forecast from planned days of
arrival and says so. The same numbers stand in a table under the picture.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from cases.custody.contents_book import days_by_event
from cases.custody.continuity import Continuity, runs_out_after
from cases.custody.models import Consignment
from cases.custody.next_supply import RECEIVING_DAYS, NextSupply, continuity_of
from cases.deadlines.models import Force
from cases.models import Case, Stage
from cases.people.models import User
from cases.web import words
from cases.web.pictures import short_day
from cases.web.registries import overview_panel
from cases.web.runway import Mark, Runway, Span, runway

DAY = timedelta(days=1)
CARE_DAYS = 7
UNDER_WAY = ("planned", "ordered", "allocated", "released", "in_transit", "arrived", "accepted")


@dataclass(frozen=True)
class Supply:
    """What the runway is drawn from; pure, so that it can be tested without a database.

    :param dispensed: (day, days of therapy) in order.
    :param arriving: consignments under way: (label, dispatch, arrival, days of therapy, arrived already).
    """

    today: date
    runs_out_on: date | None
    dispensed: Sequence[tuple[date, int]]
    arriving: Sequence[tuple[str, date, date, int, bool]]

    @property
    def on_hand(self) -> int | None:
        """Days of therapy today, counting today and the run-out day; nothing where no run-out day is known."""
        return None if self.runs_out_on is None else max(0, (self.runs_out_on - self.today).days + 1)

    def recorded(self) -> list[tuple[date, float]]:
        """Corners of the line up to today."""
        corners: list[tuple[date, float]] = []
        ends: date | None = None
        for on, days in self.dispensed:
            before = 0 if ends is None else max(0, (ends - on).days + 1)
            if ends is not None and before == 0:
                corners.append((ends + DAY, 0))
            ends = runs_out_after(dispensed_on=on, days_of_therapy=days, runs_out_on=ends)
            corners += [(on, before), (on, (ends - on).days + 1)]
        if self.on_hand is None:
            return []
        return [corner for corner in corners if corner[0] <= self.today] + [(self.today, self.on_hand)]

    def forecast(self) -> list[tuple[date, float]]:
        """Corners from today on: what is in hand runs down, each consignment adds to it a day after it is planned."""
        if self.on_hand is None and not self.arriving:
            return []
        at, level = self.today, float(self.on_hand or 0)
        corners: list[tuple[date, float]] = [(at, level)]
        for _, _, arrival, days, _ in sorted(self.arriving, key=lambda one: one[2]):
            joins = max(self.today + DAY, arrival + timedelta(days=RECEIVING_DAYS))
            corners += _down_to(at, level, joins)
            level = max(0.0, level - (joins - at).days)
            corners.append((joins, level + days))
            at, level = joins, level + days
        return [*corners, (at + timedelta(days=level), 0)]

    @property
    def gap(self) -> tuple[date, date] | None:
        """First and last day without medicine before the next consignment can be given; nothing where there is none."""
        if self.runs_out_on is None:
            return None
        first = self.runs_out_on + DAY
        joins = [max(self.today + DAY, one[2] + timedelta(days=RECEIVING_DAYS)) for one in self.arriving]
        following = min(joins, default=None)
        if following is None:
            return first, max(first, self.today) + timedelta(days=27)
        return (first, following - DAY) if following > first else None

    @property
    def lasts_to(self) -> date | None:
        """The last day with medicine, with every consignment that joins in time; nothing where a gap is ahead.

        Before what comes too late there is a gap already: the next supply does not mend it, and is not counted from it.
        """
        if self.runs_out_on is None:
            return None
        ends = self.runs_out_on
        for _, _, arrival, days, _ in sorted(self.arriving, key=lambda one: one[2]):
            joins = max(self.today + DAY, arrival + timedelta(days=RECEIVING_DAYS))
            if joins > ends + DAY:
                return None
            ends += timedelta(days=days)
        return ends


def _down_to(at: date, level: float, until: date) -> Iterable[tuple[date, float]]:
    empty = at + timedelta(days=level)
    if empty < until:
        yield empty, 0
        yield until, 0
    else:
        yield until, level - (until - at).days


@overview_panel("custody/runway.html")
def runway_of(case: Case, user: User, now: datetime) -> dict[str, Any]:
    """The panel of the case page and the Supply tab; empty before anything was planned or counted.

    Three queries, and of an open case whose run-out day is known those of the next supply: two and up to six for leave.
    """
    if case.is_stock:
        return {}  # nobody takes of it, so nothing runs out by days
    zone = ZoneInfo(case.institution.time_zone)
    today = now.astimezone(zone).date()
    consignments = list(case.consignments.order_by("number"))
    supply = _supply(case, consignments, today, zone)
    if supply.runs_out_on is None and not supply.arriving:
        return {}
    windows = list(
        case.deadlines.filter(force=Force.WAITING_WINDOW, state__in=["running", "paused"]).order_by("due_at")[:2]
    )
    spans = [
        Span(
            words.local_day(one.opened_at, zone=one.zone),
            one.due_on,
            "wait",
            one.label,
            f"until {words.day(one.due_on, today=today)}",
        )
        for one in windows
    ]
    spans += [_consignment_span(one, today) for one in supply.arriving]
    if supply.gap and supply.runs_out_on:
        spans.append(Span(*supply.gap, "harm", f"Without medicine from {words.day(supply.gap[0], today=today)}"))
    ahead = continuity_of(case, lasts_to=supply.lasts_to, now=now) if case.stage != Stage.CLOSED else None
    if ahead is not None:
        spans.append(_needed_span(*ahead, today=today))
    recorded, forecast, doses = supply.recorded(), supply.forecast(), _doses(case, supply, zone)
    last = max([at for at, _ in forecast] + [span.end for span in spans] + [today])
    first = min([at for at, _ in recorded] + [span.start for span in spans] + [today])
    picture = Runway(
        start=max(first, today - timedelta(days=42)) - timedelta(days=3),
        end=min(last, today + timedelta(days=120)) + timedelta(days=7),
        today=today,
        recorded=recorded,
        forecast=forecast,
        title=f"Supply runway of {case.reference}",
        finding=_finding(supply, today),
        doses=doses,
        run_out=supply.runs_out_on,
        next_run_out=forecast[-1][0] if supply.arriving and forecast else None,
        spans=spans,
    )
    return {
        "picture": runway(picture, key="runway") if supply.runs_out_on else Markup(""),
        "finding": _finding(supply, today),
        "ahead": _ahead(*ahead, today=today) if ahead is not None else None,
        "rows": _rows(supply, spans, doses),
        "counted": supply.runs_out_on is not None,
    }


def _supply(case: Case, consignments: Sequence[Consignment], today: date, zone: ZoneInfo) -> Supply:
    given = [(at.astimezone(zone).date(), days) for at, days in days_by_event(consignments) if days]
    coming = [
        (
            one.label,
            one.planned_dispatch_on if one.dispatched_at is None else one.dispatched_at.astimezone(zone).date(),
            one.planned_arrival_on if one.arrived_at is None else one.arrived_at.astimezone(zone).date(),
            one.days_of_therapy,
            one.arrived_at is not None,
        )
        for one in consignments
        if one.state in UNDER_WAY
    ]
    return Supply(today, case.runs_out_on, sorted(given), coming)


def _consignment_span(one: tuple[str, date, date, int, bool], today: date) -> Span:
    label, leaves, arrives, days, is_there = one
    said = (
        f"arrived {words.day(arrives, today=today)}" if is_there else f"planned for {words.day(arrives, today=today)}"
    )
    return Span(leaves, max(leaves, arrives), "accent", label, f"{said}, {words.days(days)} of therapy")


def _needed_span(continuity: Continuity, needed: NextSupply, *, today: date) -> Span:
    """The days that the next supply needs, drawn back from the last day with medicine."""
    total = words.days(continuity.needs.total_days)
    said = f"Next supply, {'' if needed.is_whole else 'min. '}{total}"
    begins = continuity.begin_by
    by = words.day(begins, today=today)
    beside = f"begin by {by}" if begins >= today else f"was to begin by {by}"
    return Span(begins, continuity.runs_out_on, _tone(continuity), said, beside)


def _tone(continuity: Continuity) -> str:
    """Harm when it can no longer be in time, care in the last week to begin; one scale with the slack of Today."""
    if continuity.slack_days < 1:
        return "harm"
    return "care" if continuity.slack_days < CARE_DAYS else "good"


def _ahead(continuity: Continuity, needed: NextSupply, *, today: date) -> dict[str, Any]:
    """The same in words: the slack, the day to begin, and each part with what it rests on."""
    return {
        "sentence": continuity.as_sentence(),
        "tone": _tone(continuity),
        "begin_by": words.day(continuity.begin_by, today=today),
        "is_past": continuity.begin_by < today,
        "parts": needed.parts,
        "total": continuity.needs.total_days,
        "is_whole": needed.is_whole,
    }


def _finding(supply: Supply, today: date) -> str:
    if supply.on_hand is None:
        return "The run-out day is not recorded."
    ends = f"{words.days(supply.on_hand)} in hand, to {words.day(supply.runs_out_on or today, today=today)}"
    if supply.gap is None:
        label = min(supply.arriving, key=lambda one: one[2])[0]
        return f"{ends}; {label} joins before that."
    if not supply.arriving:
        return f"{ends}; nothing further is planned."
    return f"{ends}; then {words.days((supply.gap[1] - supply.gap[0]).days + 1)} without medicine."


def _doses(case: Case, supply: Supply, zone: ZoneInfo) -> list[Mark]:
    marks = []
    for dose in case.doses.order_by("-given_at")[:6]:
        on = dose.given_at.astimezone(zone).date()
        level = _level(supply.recorded(), on)
        if level is not None:
            marks.append(Mark(on, level, f"dose {short_day(on)}"))
    return marks


def _level(corners: Sequence[tuple[date, float]], on: date) -> float | None:
    """The height of the line on a day; nothing before it begins."""
    before = [corner for corner in corners if corner[0] <= on]
    return max(0.0, before[-1][1] - (on - before[-1][0]).days) if before else None


def _rows(supply: Supply, spans: Sequence[Span], doses: Sequence[Mark]) -> list[tuple[str, date, date | None, str]]:
    """The picture as lines of a table: what, from, to, and whether it is recorded or a forecast."""
    rows: list[tuple[str, date, date | None, str]] = [
        (f"Dispensed, {words.days(days)} of therapy", on, None, "recorded") for on, days in supply.dispensed
    ]
    rows += [("Dose given", dose.on, None, "recorded") for dose in doses]
    if supply.runs_out_on is not None:
        rows.append(
            ("Runs out", supply.runs_out_on, None, "forecast" if supply.runs_out_on > supply.today else "reached")
        )
    rows += [
        (
            f"{span.inside}{': ' + span.beside if span.beside else ''}",
            span.start,
            span.end,
            "forecast" if span.end > supply.today else "recorded",
        )
        for span in spans
    ]
    return sorted(rows, key=lambda row: row[1])
