"""The almanac against the worked examples of the facts, and every computable clock of every pathway against it."""

import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest

from cases.deadlines.arithmetic import Computation, Kind, Rule, compute
from cases.deadlines.calendars import installed
from regulatory.profiles.duties import duties
from regulatory.profiles.duty import Duty
from regulatory.profiles.facts import AuthorizationHeld, Event, Facts
from regulatory.profiles.loader import load
from tests.almanac import DATA, count, disagreements, local_day, months_back, months_on

COMPUTABLE = ("hour", "calendar_day", "working_day", "day_unit_not_stated", "week", "month", "year")
PROFILES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in (DATA / "profiles").glob("*.json")}
PLACES = {one["code"]: one for one in json.loads((DATA / "jurisdictions.json").read_text(encoding="utf-8"))}
# Month ends, a leap day, turns of the year, the nights when clocks change in both hemispheres, feasts.
DAYS = tuple(
    date.fromisoformat(day)
    for day in (
        "2023-11-30", "2024-01-31", "2024-02-29", "2024-12-31", "2025-03-29", "2025-04-05", "2025-08-31", "2025-10-04",
        "2025-10-25", "2026-01-30", "2026-02-28", "2026-03-08", "2026-04-02", "2026-05-31", "2026-06-30", "2026-10-30",
        "2026-11-13", "2026-12-24",
    )
)  # fmt: skip
WINDOWS = ("objection_window", "record_retention")
EXPIRIES = ("document_expiry", "import_window", "transition_wind_down")
STARTS = {"period_ended": "dispensed_or_supplied"}


@pytest.mark.parametrize(
    ("code", "kind", "amount", "unit", "anchor", "last", "due"),
    [
        ("GB", "waiting_window", 28, "calendar_day", "2026-03-02", "2026-03-30", "2026-03-30"),
        ("AU", "duty", 28, "calendar_day", "2026-10-31", "2026-11-28", "2026-11-30"),
        ("IE", "duty", 2, "working_day", "2026-10-23", "2026-10-28", "2026-10-28"),
        ("US", "duty", 15, "working_day", "2026-11-13", "2026-12-07", "2026-12-07"),
        ("US", "duty", 5, "working_day", "2026-11-13", "2026-11-20", "2026-11-20"),
        ("PH", "forecast", 7, "working_day", "2026-11-20", "2026-12-02", "2026-12-02"),
        ("SA", "forecast", 2, "working_day", "2026-11-18", "2026-11-22", "2026-11-22"),
        ("AE", "forecast", 3, "working_day", "2021-12-29", "2022-01-04", "2022-01-04"),
        ("IL", "expiry", 6, "month", "2026-08-31", "2027-02-28", "2027-02-28"),
        ("AU", "duty", 1, "month", "2026-12-31", "2027-01-31", "2027-02-01"),
        ("ZA", "duty", 30, "calendar_day", "2026-10-01", "2026-10-31", "2026-10-31"),
    ],
)
def test_the_almanac_holds_the_worked_examples(
    code: str, kind: str, amount: int, unit: str, anchor: str, last: str, due: str
) -> None:
    own = count(code, kind, unit, amount, date.fromisoformat(anchor))
    assert (own.last.isoformat(), own.due.isoformat()) == (last, due)


def test_the_almanac_walks_months_to_their_ends() -> None:
    assert months_on(date(2024, 1, 31), 1) == date(2024, 2, 29)
    assert months_on(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_on(date(2025, 12, 31), 6) == date(2026, 6, 30)
    assert months_back(date(2026, 5, 31), 3) == date(2026, 2, 28)
    assert months_back(date(2026, 3, 15), 1) == date(2026, 2, 15)


def test_the_almanac_sees_a_wrong_date() -> None:
    rule = Rule("x", 1, "month", "AU", "Australia/Sydney")
    done = compute(rule, anchor=date(2026, 12, 31), calendar=installed()["AU"])
    assert isinstance(done, Computation)
    image = done.to_json()
    assert list(disagreements(image)) == []
    found = list(disagreements(image | {"due_on": "2027-01-31"}))
    assert found == ["due_on is 2027-01-31, counted day by day 2027-02-01"]


# -- every clock that is published with a number


def published(key: str) -> dict[str, tuple[str, float, str]]:
    """The clocks with a number that can be counted, by fact: what kind they are, how much, of what unit."""
    found = {}
    for one in PROFILES[key].get("deadlines", []):
        kind = "waiting_window" if one["deadline_type"] in WINDOWS else "duty"
        kind = "expiry" if one["deadline_type"] in EXPIRIES else kind
        found[one["id"]] = ("notice_lead" if one["direction"] == "before" else kind, one["amount"], one["unit"])
    for one in PROFILES[key].get("decision_times", []):
        waits = one["kind"] in ("statutory_objection_window", "statutory_waiting")
        found[one["id"]] = ("waiting_window" if waits else "forecast", one["max"], one["unit"])
    for one in PROFILES[key].get("validity", []):
        found[one["id"]] = ("expiry", one["amount"], one["unit"])
    for one in PROFILES[key].get("renewal", []):
        found[one["id"]] = ("notice_lead", one["lead_amount"], one["lead_unit"])
    return {
        fact: (kind, amount, unit)
        for fact, (kind, amount, unit) in found.items()
        if amount is not None and unit in COMPUTABLE
    }


def asked_on(key: str, moment: datetime) -> tuple[Duty, ...]:
    """Every clock of the pathway when all of its events happened, or are planned, at that moment."""
    profile = load().profile(key)
    day = moment.astimezone(ZoneInfo(PLACES[profile.jurisdiction]["time_zone"])).date()
    sections = (PROFILES[key].get(name, []) for name in ("deadlines", "decision_times", "validity"))
    names = {one.get("trigger_event") or one.get("starts_on") for section in sections for one in section}
    names |= {STARTS[name] for name in names if name in STARTS}
    names -= {*STARTS, "month_ended", "quarter_ended"}
    found = {}
    # What repeats each period ends with the treatment: once while it lasts, once at its end.
    for events in (names - {"treatment_ended"}, names):
        facts = Facts(
            events=tuple(Event(name, moment) for name in sorted(events)),
            planned={"import_day": day, "shipped": day},
            authorizations=(AuthorizationHeld(reference="A-1", state="in_force", valid_until=day),),
        )
        now = moment + timedelta(days=1)
        rows = duties(profile, facts, calendars=installed(), now=now, house_targets=load().house_targets)
        found |= {row.key: row for row in rows if row.due is not None}
    return tuple(found.values())


@pytest.mark.parametrize("key", sorted(PROFILES))
def test_every_clock_of_every_pathway_is_what_day_by_day_counting_gives(key: str) -> None:
    zone = PLACES[load().profile(key).jurisdiction]["time_zone"]
    wanted, judged = published(key), set()
    for day in DAYS:
        for hour in (time(0, 30), time(23, 30)):
            moment = datetime.combine(day, hour, tzinfo=ZoneInfo(zone)).astimezone(UTC)
            for duty in asked_on(key, moment):
                if not isinstance(duty.due, Computation):
                    continue
                image = duty.due.to_json()
                rule = image["rule"]
                assert (rule["kind"], rule["amount"], rule["unit"]) == wanted[duty.fact], duty.key
                number = duty.key.rpartition("#")[2] if duty.direction == "each_period" else "1"
                assert list(disagreements(image, occurrence=int(number))) == [], (duty.key, day)
                counted_from = local_day(image["anchor"], zone)
                # The half-year of the supply; of a standing permission also the one that today lies in.
                halves = (half_year_of(day), half_year_of(day + timedelta(days=1)))
                assert counted_from in (halves if duty.trigger == "period_ended" else (day,)), duty.key
                judged.add(duty.fact)
    assert judged == {fact for fact in wanted if not is_said_twice(key, fact)}


def half_year_of(day: date) -> date:
    """The last day of the half-year, as the reports of Australia count it."""
    return date(day.year, 6, 30) if day.month <= 6 else date(day.year, 12, 31)


def is_said_twice(key: str, fact: str) -> bool:
    """A window that the pathway states as a deadline too is counted once; a period without a lag is no date."""
    one = next(one for name in ("deadlines", "decision_times", "validity", "renewal")
               for one in PROFILES[key].get(name, []) if one["id"] == fact)  # fmt: skip
    if one.get("direction") == "each_period":
        return str(one["trigger_event"]) in ("month_ended", "quarter_ended", "period_ended")
    same = [other for other in PROFILES[key].get("deadlines", []) if other["deadline_type"] == "objection_window"]
    if one.get("kind") == "statutory_objection_window":
        return any((other["amount"], other["unit"]) == (one["max"], one["unit"]) for other in same)
    leads = [other for other in PROFILES[key].get("deadlines", []) if other["deadline_type"] == "renewal_lead"]
    return "lead_amount" in one and bool(leads)


def test_the_clocks_that_are_judged_are_all_that_have_a_number() -> None:
    units = Counter(unit for key in PROFILES for _, _, unit in published(key).values())
    assert units == {
        "calendar_day": 18, "month": 20, "working_day": 12, "year": 6, "day_unit_not_stated": 3, "week": 1,
    }  # fmt: skip


# -- any rule, in any of the calendars


def rules() -> Iterator[tuple[Rule, date | datetime]]:
    """Some thousands of rules, the same every time: every place, unit and kind, from days of every sort."""
    chance = random.Random("almanac")
    for code, place in sorted(PLACES.items()):
        zone = place["time_zone"]
        for unit in COMPUTABLE:
            for kind in ("duty", "waiting_window", "notice_lead", "expiry", "forecast"):
                for _ in range(6):
                    day = date(2020, 1, 1) + timedelta(days=chance.randrange(6 * 365))
                    most = {"year": 5, "month": 24, "week": 8, "hour": 96}.get(unit, 45)
                    direction: Any = "before" if kind == "notice_lead" else "after"
                    amount, event_day = chance.randint(1, most), unit != "hour" and chance.random() < 0.2
                    rule = Rule(
                        "event", amount, unit, code, zone, kind=cast(Kind, kind), direction=direction,
                        first_counted_day="event_day" if event_day and direction == "after" else "day_after_event",
                        opens="last_counted_day" if chance.random() < 0.2 else "day_after_last_counted_day",
                    )  # fmt: skip
                    instant = datetime.combine(day, time(chance.randrange(24), 15), tzinfo=ZoneInfo(zone))
                    yield rule, day if chance.random() < 0.3 else instant.astimezone(UTC)


def test_any_rule_is_what_day_by_day_counting_gives() -> None:
    seen: Counter[str] = Counter()
    for rule, anchor in rules():
        done = compute(rule, anchor=anchor, calendar=installed()[rule.calendar])
        if not isinstance(done, Computation):
            assert rule.kind in ("waiting_window", "notice_lead"), rule  # only where a year is not gazetted
            continue
        assert list(disagreements(done.to_json())) == [], (rule, anchor)
        seen[rule.unit] += 1
    assert min(seen.values()) > 700, seen
    assert set(seen) == set(COMPUTABLE)


def test_periods_are_counted_from_their_anchor_and_do_not_drift() -> None:
    rule = Rule("first_dose", 6, "month", "ZA", "Africa/Johannesburg", direction="each_period")
    for number in range(1, 9):
        done = compute(rule, anchor=date(2024, 8, 31), calendar=installed()["ZA"], occurrence=number)
        assert isinstance(done, Computation)
        assert list(disagreements(done.to_json(), occurrence=number)) == []
