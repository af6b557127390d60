"""Date rules: the checked examples of the facts, and one test per way a date can go wrong."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from cases.deadlines.arithmetic import (
    Computation,
    Extension,
    HouseTarget,
    NotComputable,
    Pause,
    Rule,
    add_months,
    compute,
    from_json,
)
from cases.deadlines.calendars import Calendars
from tests.cases.deadlines.jurisdictions import JURISDICTIONS

CALENDARS = Calendars.build(JURISDICTIONS)


def day(text: str) -> date:
    return date.fromisoformat(text)


def rule(code: str, amount: float | None, unit: str, kind: str = "duty", **more: Any) -> Rule:
    direction = more.pop("direction", "before" if kind == "notice_lead" else "after")
    zone = CALENDARS[code].zone
    return Rule("event", amount, unit, code, zone, kind=kind, direction=direction, rule_version="test 1", **more)  # type: ignore[arg-type]


def count(code: str, amount: float | None, unit: str, anchor: Any, kind: str = "duty", **more: Any) -> Computation:
    asked = {key: more.pop(key) for key in ("pauses", "extensions", "as_of", "occurrence", "calendar") if key in more}
    anchor = day(anchor) if isinstance(anchor, str) else anchor
    done = compute(rule(code, amount, unit, kind, **more), anchor=anchor, **{"calendar": CALENDARS[code], **asked})
    assert isinstance(done, Computation)
    return done


# The examples of the regulatory facts, section 3.4: what is counted, last counted day, due day.
EXAMPLES = [
    (
        "GB window: acknowledged Mon 2 Mar",
        "GB",
        28,
        "calendar_day",
        "2026-03-02",
        "waiting_window",
        "2026-03-30",
        "2026-03-30",
    ),
    ("AU A: supplied Sat 31 Oct, rolls", "AU", 28, "calendar_day", "2026-10-31", "duty", "2026-11-28", "2026-11-30"),
    ("IE: bank holiday Mon 26 Oct", "IE", 2, "working_day", "2026-10-23", "duty", "2026-10-28", "2026-10-28"),
    ("US emergency: Thanksgiving", "US", 15, "working_day", "2026-11-13", "duty", "2026-12-07", "2026-12-07"),
    ("US ethics notice", "US", 5, "working_day", "2026-11-13", "duty", "2026-11-20", "2026-11-20"),
    ("PH: 30 Nov is a holiday", "PH", 7, "working_day", "2026-11-20", "duty", "2026-12-02", "2026-12-02"),
    ("SA: Friday-Saturday weekend", "SA", 2, "working_day", "2026-11-18", "duty", "2026-11-22", "2026-11-22"),
    ("IL: Friday-Saturday weekend", "IL", 2, "working_day", "2026-11-18", "duty", "2026-11-22", "2026-11-22"),
    ("AE: the weekend changed mid-count", "AE", 3, "working_day", "2021-12-29", "duty", "2022-01-04", "2022-01-04"),
    ("IL Form 29: month end clamps", "IL", 6, "month", "2026-08-31", "expiry", "2027-02-28", "2027-02-28"),
    ("AU sponsor: half-year report", "AU", 1, "month", "2026-12-31", "duty", "2027-01-31", "2027-02-01"),
    ("AU prescriber: due 31 July", "AU", 1, "month", "2026-06-30", "duty", "2026-07-31", "2026-07-31"),
    ("ZA: a Saturday does not move", "ZA", 30, "calendar_day", "2026-10-01", "duty", "2026-10-31", "2026-10-31"),
    ("AU: the same moves to Monday", "AU", 30, "calendar_day", "2026-10-01", "duty", "2026-10-31", "2026-11-02"),
    (
        "GB lead: 28 days before Tue 8 Dec",
        "GB",
        28,
        "calendar_day",
        "2026-12-08",
        "notice_lead",
        "2026-11-10",
        "2026-11-10",
    ),
]


@pytest.mark.parametrize(
    ("code", "amount", "unit", "anchor", "kind", "last", "due"), [e[1:] for e in EXAMPLES], ids=[e[0] for e in EXAMPLES]
)
def test_gives_the_checked_example(
    code: str, amount: int, unit: str, anchor: str, kind: str, last: str, due: str
) -> None:
    done = count(code, amount, unit, anchor, kind)
    assert (done.target_on, done.due_on) == (day(last), day(due))


def test_a_waiting_window_opens_at_local_midnight_after_its_last_day() -> None:
    done = count("GB", 28, "calendar_day", "2026-03-02", "waiting_window")
    assert done.opens_on == day("2026-03-31")
    # Summer time began on 29 March: local midnight is 23:00 UTC of the day before.
    assert done.opens_at == datetime(2026, 3, 30, 23, 0, tzinfo=UTC)
    assert done.due_at == datetime(2026, 3, 30, 22, 59, 59, 999999, tzinfo=UTC)


def test_a_duty_is_in_time_up_to_the_last_microsecond_of_the_local_day() -> None:
    assert count("AU", 28, "calendar_day", "2026-10-31").due_at == datetime(
        2026, 11, 30, 12, 59, 59, 999999, tzinfo=UTC
    )


def test_the_ledger_can_be_followed_with_a_finger() -> None:
    done = count("GB", 28, "calendar_day", "2026-11-09", "waiting_window")
    assert [(step.label, step.on, step.value) for step in done.ledger] == [
        ("Event: event", day("2026-11-09"), ""),
        ("Day 1: the day after", day("2026-11-10"), ""),
        ("+ 28 calendar days: day 28", day("2026-12-07"), ""),
        ("Paused", None, "0 days"),
        ("Rolled", None, "no"),
        ("First open day", day("2026-12-08"), ""),
    ]


def test_the_ledger_names_the_holidays_it_left_out() -> None:
    step = count("IE", 2, "working_day", "2026-10-23").ledger[2]
    assert step.detail == "Mon 26 Oct 2026 is not counted: public holiday, October Bank Holiday"


def test_the_ledger_says_why_it_rolled() -> None:
    step = count("AU", 28, "calendar_day", "2026-10-31").ledger[-1]
    assert (step.label, step.value) == ("Rolled", "2 calendar days")
    assert step.detail == "Sat 28 Nov 2026 is a Saturday; Sun 29 Nov 2026 is a Sunday"


# The same Saturday, Sunday and holiday as a last day: only a duty moves, and only where the law says so.
ROLLS = [
    ("AU", "2026-11-28", "duty", "2026-11-30"),
    ("AU", "2026-11-28", "waiting_window", "2026-11-28"),
    ("AU", "2026-11-28", "expiry", "2026-11-28"),
    ("AU", "2026-11-28", "forecast", "2026-11-28"),
    ("SG", "2026-11-28", "duty", "2026-11-28"),
    ("SG", "2026-11-29", "duty", "2026-11-30"),
    ("ZA", "2026-11-29", "duty", "2026-11-30"),
    ("HK", "2026-11-28", "duty", "2026-11-28"),
    ("HK", "2026-11-29", "duty", "2026-11-30"),
    ("IN", "2026-11-28", "duty", "2026-11-28"),
    ("IN", "2026-11-29", "duty", "2026-11-30"),
    ("CA", "2026-11-28", "duty", "2026-11-28"),
    ("CA", "2026-12-25", "duty", "2026-12-26"),
    ("DE", "2026-12-25", "duty", "2026-12-28"),
    ("NZ", "2026-12-25", "duty", "2026-12-29"),
    ("GB", "2026-11-29", "duty", "2026-11-29"),
    ("JP", "2026-11-29", "duty", "2026-11-29"),
]


@pytest.mark.parametrize(("code", "last", "kind", "due"), ROLLS)
def test_moves_a_last_day_only_by_law(code: str, last: str, kind: str, due: str) -> None:
    anchor = day(last) - timedelta(days=20)
    assert count(code, 20, "calendar_day", anchor, kind).due_on == day(due)


def test_a_roll_known_only_from_memory_is_flagged_and_not_applied() -> None:
    done = count("JP", 20, "calendar_day", "2026-11-09")
    assert done.due_on == day("2026-11-29")
    assert done.flags.roll_not_confirmed is True
    assert count("JP", 20, "calendar_day", "2026-11-10").flags.roll_not_confirmed is False


def test_a_hong_kong_duty_says_that_a_storm_day_may_move_it() -> None:
    assert count("HK", 20, "calendar_day", "2026-11-09").flags.weather_may_move is True


@pytest.mark.parametrize(
    ("code", "amount", "due"),
    [("SG", 6, "2026-11-27"), ("SG", 7, "2026-11-27"), ("HK", 6, "2026-11-27"), ("ZA", 6, "2026-11-26")],
)
def test_short_periods_leave_out_the_days_the_law_lists(code: str, amount: int, due: str) -> None:
    # From Fri 20 Nov 2026: six days skip Sunday 22 November in Singapore and Hong Kong; seven days do not.
    assert count(code, amount, "calendar_day", "2026-11-20").due_on == day(due)


def test_new_zealand_months_end_just_before_the_same_day_number() -> None:
    assert count("NZ", 1, "month", "2027-01-30").target_on == day("2027-02-28")
    assert count("NZ", 1, "month", "2026-06-30").target_on == day("2026-07-31")
    assert count("CA", 1, "month", "2026-06-30").target_on == day("2026-07-30")


def test_canada_counts_clear_days_before_an_act() -> None:
    assert count("CA", 15, "calendar_day", "2026-11-30", "notice_lead").due_on == day("2026-11-14")
    assert count("GB", 15, "calendar_day", "2026-11-30", "notice_lead").due_on == day("2026-11-15")


def test_a_lead_on_a_closed_day_is_not_rolled_but_says_so() -> None:
    done = count("GB", 28, "calendar_day", "2026-12-06", "notice_lead")
    assert done.due_on == day("2026-11-08")
    assert "Falls on a closed day" in [step.label for step in done.ledger]


@pytest.mark.parametrize(
    ("kind", "due", "assumed"),
    [
        ("duty", "2026-11-24", "calendar_day"),
        ("forecast", "2026-11-30", "working_day"),
        ("waiting_window", "2026-11-30", "working_day"),
        ("expiry", "2026-11-24", "calendar_day"),
    ],
)
def test_days_of_no_stated_kind_take_the_safe_result_and_say_so(kind: str, due: str, assumed: str) -> None:
    # Malaysia, 14 days after Tue 10 November 2026; working days leave out the weekends.
    done = count("MY", 14, "day_unit_not_stated", "2026-11-10", kind)
    assert done.flags.day_kind_assumed == assumed
    assert done.due_on == day(due)
    assert done.ledger[1].label == "Kind of day assumed"


@pytest.mark.parametrize(
    "unit", ["as_soon_as_practicable", "immediately", "on_request", "unspecified", "per_protocol", "at_conclusion"]
)
def test_says_why_it_cannot_count(unit: str) -> None:
    done = compute(rule("NZ", None, unit), anchor=day("2026-11-30"), calendar=CALENDARS["NZ"])
    assert isinstance(done, NotComputable)
    assert done.why == f"the source says “{unit.replace('_', ' ')}”, which cannot be counted"
    assert done.house_target is None


def test_a_unit_without_a_number_is_not_computable() -> None:
    done = compute(rule("CA", None, "hour", "forecast"), anchor=day("2026-11-30"), calendar=CALENDARS["CA"])
    assert isinstance(done, NotComputable)
    assert done.why == "the source gives no number of hours"


def test_a_house_target_is_labelled_and_never_rolled() -> None:
    target = HouseTarget(5, "calendar_day", "house target: five days")
    done = compute(
        rule("AU", None, "unspecified"), anchor=day("2026-11-23"), calendar=CALENDARS["AU"], house_target=target
    )
    assert isinstance(done, NotComputable)
    assert done.house_target is not None
    assert done.house_target.due_on == day("2026-11-28")
    assert done.house_target.is_house_target is True
    assert done.house_target.ledger[-1].value == "not a legal date"


def test_hours_run_through_a_clock_change() -> None:
    # Clocks in London go back on 25 October 2026 at 02:00: 24 hours later it is 11:00, not 12:00.
    done = count("GB", 24, "hour", datetime(2026, 10, 24, 11, 0, tzinfo=UTC))
    assert done.due_at == datetime(2026, 10, 25, 11, 0, tzinfo=UTC)


def test_hours_from_a_day_without_an_hour_take_the_safe_end_of_the_day() -> None:
    assert count("GB", 24, "hour", "2026-11-10").due_at == datetime(2026, 11, 11, 0, 0, tzinfo=UTC)
    assert count("GB", 24, "hour", "2026-11-10", "waiting_window").opens_at == datetime(2026, 11, 12, 0, 0, tzinfo=UTC)
    assert count("GB", 24, "hour", "2026-11-10").flags.event_time_assumed is True


def test_an_instant_counts_from_the_local_day_of_the_authority() -> None:
    # 20:00 in New York on 1 March is already 2 March in Sydney.
    done = count("AU", 3, "calendar_day", datetime(2026, 3, 2, 1, 0, tzinfo=UTC))
    assert done.due_on == day("2026-03-05")


def test_a_clock_stop_adds_the_days_it_stood_still() -> None:
    pause = Pause(day("2026-11-20"), day("2026-11-25"), "the authority asked a question")
    done = count("GB", 28, "calendar_day", "2026-11-09", "waiting_window", pauses=[pause])
    assert done.due_on == day("2026-12-12")
    assert [(step.label, step.value, step.on) for step in done.ledger][3] == ("Paused", "5 days", day("2026-12-12"))


def test_a_clock_stop_in_working_days_adds_working_days_only() -> None:
    # Stopped Fri 13 to Wed 18 November: Friday, Monday, Tuesday are three working days.
    plain = count("PH", 7, "working_day", "2026-11-10")
    stopped = count("PH", 7, "working_day", "2026-11-10", pauses=[Pause(day("2026-11-13"), day("2026-11-18"))])
    assert (plain.due_on, stopped.due_on) == (day("2026-11-19"), day("2026-11-24"))


def test_overlapping_clock_stops_count_each_day_once() -> None:
    pauses = [Pause(day("2026-11-20"), day("2026-11-25")), Pause(day("2026-11-23"), day("2026-11-27"))]
    assert count("GB", 28, "calendar_day", "2026-11-09", "waiting_window", pauses=pauses).due_on == day("2026-12-14")


def test_months_are_lengthened_by_the_days_of_a_clock_stop() -> None:
    done = count("FR", 3, "month", "2026-01-31", "forecast", pauses=[Pause(day("2026-02-10"), day("2026-02-20"))])
    assert done.due_on == day("2026-05-10")


def test_an_open_clock_stop_is_provisional_and_needs_a_day() -> None:
    pause = Pause(day("2026-11-20"), None)
    done = count("GB", 28, "calendar_day", "2026-11-09", "waiting_window", pauses=[pause], as_of=day("2026-11-22"))
    assert (done.due_on, done.flags.provisional) == (day("2026-12-10"), True)
    with pytest.raises(ValueError, match="say as of which day"):
        count("GB", 28, "calendar_day", "2026-11-09", "waiting_window", pauses=[pause])


def test_a_pause_of_hours_adds_exactly_its_length() -> None:
    start = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
    pause = Pause(start + timedelta(hours=1), start + timedelta(hours=3, minutes=30))
    assert count("GB", 24, "hour", start, pauses=[pause]).due_at == start + timedelta(hours=26, minutes=30)


def test_an_extension_counts_on_from_the_last_day() -> None:
    done = count("PH", 7, "working_day", "2026-11-20", extensions=[Extension(7, "Ease of Doing Business Act")])
    assert done.due_on == day("2026-12-14")
    assert "Extended" in [step.label for step in done.ledger]


def test_periods_count_from_the_anchor_and_do_not_drift() -> None:
    days = [count("ZA", 6, "month", "2025-08-31", direction="each_period", occurrence=n).target_on for n in (1, 2, 3)]
    assert days == [day("2026-02-28"), day("2026-08-31"), day("2027-02-28")]


def test_an_unknown_year_is_flagged_and_its_holidays_are_not_guessed() -> None:
    done = count("IE", 2, "working_day", "2031-12-23")
    assert done.due_on == day("2031-12-25")
    assert done.flags.unknown_years == (2031,)
    assert "Holidays not known" in [step.label for step in done.ledger]


@pytest.mark.parametrize("kind", ["waiting_window", "notice_lead"])
def test_a_wait_is_not_computed_without_the_holidays_it_needs(kind: str) -> None:
    done = compute(rule("IE", 5, "working_day", kind), anchor=day("2031-06-10"), calendar=CALENDARS["IE"])
    assert isinstance(done, NotComputable)
    assert done.why.startswith("the public holidays of 2031 in Ireland are not known yet")


def test_a_moving_feast_in_the_span_is_flagged() -> None:
    done = count("AE", 3, "working_day", "2027-03-08")
    assert day("2027-03-10") in done.flags.estimated_holidays
    assert count("AE", 3, "working_day", "2027-02-08").flags.estimated_holidays == ()


def test_a_half_day_is_named_on_the_due_day() -> None:
    done = count("AE", 2, "working_day", "2026-11-11")
    assert done.due_on == day("2026-11-13")
    assert done.flags.half_day_closes_at is not None
    assert done.flags.half_day_closes_at.isoformat() == "12:00:00"


RESULTS = [
    lambda: count("GB", 28, "calendar_day", "2026-11-09", "waiting_window"),
    lambda: count("AE", 2, "working_day", "2027-03-08"),
    lambda: count("GB", 24, "hour", datetime(2026, 11, 10, 9, 0, tzinfo=UTC)),
    lambda: compute(
        rule("AU", None, "unspecified"),
        anchor=day("2026-11-23"),
        calendar=CALENDARS["AU"],
        house_target=HouseTarget(5, "calendar_day", "house"),
    ),
    lambda: compute(rule("AU", None, "unspecified"), anchor=day("2026-11-23"), calendar=CALENDARS["AU"]),
]


@pytest.mark.parametrize("make", RESULTS)
def test_survives_a_journey_through_json(make: Any) -> None:
    done = make()
    assert from_json(json.loads(json.dumps(done.to_json()))) == done


REFUSED = [
    ({"kind": "notice_lead", "direction": "after"}, "a notice lead counts before its event"),
    ({"kind": "wish"}, "kind 'wish' is none of"),
    ({"amount": -1}, "an amount cannot be negative"),
    ({"amount": 1.5}, "only whole amounts can be counted"),
    ({"first_counted_day": "someday"}, "first_counted_day 'someday' is not known"),
    ({"opens": "someday"}, "opens 'someday' is not known"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_refuses_a_rule_that_makes_no_sense(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        replace(rule("GB", 28, "calendar_day"), **change)


def test_refuses_a_naive_instant_a_foreign_calendar_and_an_impossible_pause() -> None:
    with pytest.raises(ValueError, match="without its zone"):
        count("GB", 1, "hour", datetime(2026, 11, 10, 9, 0))  # noqa: DTZ001 (the naive instant is the point)
    with pytest.raises(ValueError, match="counts in the calendar of GB, not of AU"):
        count("GB", 1, "calendar_day", "2026-11-10", calendar=CALENDARS["AU"])
    with pytest.raises(ValueError, match="cannot end on"):
        count("GB", 5, "calendar_day", "2026-11-10", pauses=[Pause(day("2026-11-12"), day("2026-11-11"))])
    with pytest.raises(ValueError, match="does not stop"):
        count("GB", 6, "month", "2026-11-10", "expiry", pauses=[Pause(day("2026-11-12"), day("2026-11-13"))])
    with pytest.raises(ValueError, match="only a rule that repeats"):
        count("GB", 6, "month", "2026-11-10", occurrence=2)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-08-31", 6, "2027-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2027-03-31", -1, "2027-02-28"),
        ("2026-12-15", 1, "2027-01-15"),
        ("2027-01-31", -2, "2026-11-30"),
    ],
)
def test_adds_months_by_day_number_or_last_day(start: str, months: int, end: str) -> None:
    assert add_months(day(start), months) == day(end)
