"""Calendars: weekends with history, holidays with overrides, half days, unknown years, and the stored version."""

from datetime import date, time
from typing import Any

import pytest

from cases.deadlines import calendars as module
from cases.deadlines.calendars import CalendarDataError, Calendars
from tests.cases.deadlines.jurisdictions import JURISDICTIONS

CALENDARS = Calendars.build(JURISDICTIONS)


def day(text: str) -> date:
    return date.fromisoformat(text)


def with_days(*days: dict[str, Any]) -> Calendars:
    return Calendars.build(JURISDICTIONS, overrides={"days": list(days)})


def test_there_is_one_for_each_of_the_26_jurisdictions() -> None:
    assert len(CALENDARS.by_code) == 26
    assert sorted(CALENDARS.by_code) == sorted(raw["code"] for raw in JURISDICTIONS)


CLOSED = [
    ("GB", "2026-12-28", "public holiday, Boxing Day (observed)"),
    ("GB", "2026-12-29", None),
    ("GB", "2026-11-28", "Saturday"),
    ("SA", "2026-11-20", "Friday"),
    ("SA", "2026-11-22", None),
    ("IL", "2026-11-20", "Friday"),
    ("AE", "2021-12-31", "Friday"),
    ("AE", "2022-01-07", None),
    ("AE", "2021-12-26", None),
    ("AE", "2022-01-09", "Sunday"),
    ("IN", "2026-11-21", None),
    ("PH", "2026-11-30", "public holiday, Bonifacio Day"),
    ("US", "2026-11-26", "public holiday, Thanksgiving Day"),
    ("AU", "2026-11-03", None),
]


@pytest.mark.parametrize(("code", "on", "because"), CLOSED)
def test_says_why_a_day_is_closed(code: str, on: str, because: str | None) -> None:
    assert CALENDARS[code].closed_because(day(on)) == because
    assert CALENDARS[code].is_working_day(day(on)) is (because is None)


# The days that move a last day, by jurisdiction: a Saturday, a Sunday, Christmas Day (a Friday in 2026).
MOVES = [
    ("AU", True, True, True), ("NZ", True, True, True), ("DE", True, True, True), ("FR", True, True, True),
    ("IT", True, True, True), ("IE", True, True, True), ("ES", True, True, True), ("SG", False, True, True),
    ("ZA", False, True, True), ("HK", False, True, True), ("IN", False, True, True), ("CA", False, True, True),
    ("GB", False, False, False), ("US", False, False, False), ("JP", False, False, False),
    ("CH", False, False, False),
]  # fmt: skip


@pytest.mark.parametrize(("code", "saturday", "sunday", "christmas"), MOVES)
def test_the_days_that_move_a_last_day_are_not_the_weekend(
    code: str, saturday: bool, sunday: bool, christmas: bool
) -> None:
    calendar = CALENDARS[code]
    moved = [calendar.moved_because(day(on)) is not None for on in ("2026-11-28", "2026-11-29", "2026-12-25")]
    assert moved == [saturday, sunday, christmas]


def test_half_days_come_from_the_weekly_rule_and_from_eves() -> None:
    assert CALENDARS["AE"].half_day(day("2026-11-13")) == time(12)
    assert CALENDARS["AE"].half_day(day("2021-11-12")) is None
    assert CALENDARS["TR"].half_day(day("2026-10-28")) == time(13)
    assert CALENDARS["TR"].half_day(day("2026-10-27")) is None
    assert CALENDARS["TR"].half_day(day("2031-10-28")) is None


def test_an_unknown_year_has_no_holidays_but_keeps_its_weekends() -> None:
    calendar = CALENDARS["GB"]
    assert [year for year in range(2024, 2031) if calendar.is_unknown_year(year)] == [2028, 2029, 2030]
    assert calendar.closed_because(day("2028-12-25")) is None
    assert calendar.closed_because(day("2028-12-24")) == "Sunday"


def test_an_override_adds_takes_away_and_halves_days_and_changes_the_version() -> None:
    source = "proclamation read 1 November 2026"
    changed = with_days(
        {"jurisdiction": "GB", "date": "2026-11-16", "kind": "holiday", "name": "Day of Rest", "source": source},
        {"jurisdiction": "GB", "date": "2026-12-28", "kind": "not_holiday", "name": "moved", "source": source},
        {
            "jurisdiction": "GB",
            "date": "2026-12-24",
            "kind": "half_day",
            "name": "eve",
            "source": source,
            "closes_at": "12:30",
        },
    )
    assert changed["GB"].closed_because(day("2026-11-16")) == "public holiday, Day of Rest"
    assert changed["GB"].is_working_day(day("2026-12-28")) is True
    assert changed["GB"].half_day(day("2026-12-24")) == time(12, 30)
    assert changed["GB"].version != CALENDARS["GB"].version
    assert changed["AU"].version == CALENDARS["AU"].version
    assert changed.version != CALENDARS.version


def test_an_override_counts_in_an_unknown_year() -> None:
    changed = with_days(
        {"jurisdiction": "GB", "date": "2030-06-03", "kind": "holiday", "name": "Jubilee", "source": "Act"}
    )
    assert changed["GB"].holiday_name(day("2030-06-03")) == "Jubilee"


def test_a_storm_day_moves_a_last_day_in_hong_kong_only() -> None:
    storm = {
        "date": "2026-11-17",
        "kind": "weather_warning",
        "name": "gale warning day",
        "source": "Observatory, 17 November 2026",
    }
    changed = with_days({**storm, "jurisdiction": "HK"}, {**storm, "jurisdiction": "SG"})
    assert changed["HK"].moved_because(day("2026-11-17")) == "gale warning day"
    assert changed["SG"].moved_because(day("2026-11-17")) is None


def test_every_wrong_override_is_named_at_once() -> None:
    with pytest.raises(CalendarDataError) as refused:
        with_days(
            {"jurisdiction": "GB", "date": "2026-02-30", "kind": "holiday", "name": "x", "source": "y"},
            {"jurisdiction": "GB", "date": "2026-03-01", "kind": "party", "name": "x", "source": "y"},
            {"jurisdiction": "GB", "date": "2026-03-02", "kind": "holiday", "name": "x"},
        )
    message = str(refused.value)
    assert "day 1 (GB 2026-02-30)" in message
    assert "kind 'party'; use one of holiday, not_holiday, weather_warning, half_day" in message
    assert "day 3 (GB 2026-03-02): a day needs its name and its source" in message


def test_the_version_names_package_and_table() -> None:
    assert CALENDARS["GB"].version.startswith("GB/holidays-")
    assert Calendars.build(JURISDICTIONS)["GB"].version == CALENDARS["GB"].version


def test_an_unknown_jurisdiction_is_a_sentence() -> None:
    with pytest.raises(LookupError, match=r"There is no calendar for 'XX'\. Known: AE, AU"):
        CALENDARS["XX"]


def test_the_trunk_gets_its_calendars_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_installed", None)
    with pytest.raises(LookupError, match="No calendars are installed"):
        module.installed()
    module.install(CALENDARS)
    assert module.installed() is CALENDARS
