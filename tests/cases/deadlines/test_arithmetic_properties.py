"""Date rules against an independent day counter, over any start day, pause and calendar."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cases.deadlines.arithmetic import Computation, Pause, Rule, add_months, compute
from cases.deadlines.calendars import Calendars
from tests.cases.deadlines import counter
from tests.cases.deadlines.jurisdictions import JURISDICTIONS

CALENDARS = Calendars.build(JURISDICTIONS)
DAY = timedelta(days=1)

codes = st.sampled_from(sorted(CALENDARS.by_code))
# Inside the years whose holidays are checked, with the UAE's change of weekend and two leap days among them.
starts = st.dates(date(2019, 1, 1), date(2027, 3, 1))
amounts = st.integers(1, 60)
instants = st.integers(0, 7 * 365 * 86_400).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
units = st.sampled_from(["calendar_day", "working_day"])
kinds = st.sampled_from(["duty", "waiting_window", "forecast"])


def count(code: str, amount: int, unit: str, anchor: date, kind: str, **asked: Any) -> Computation:
    direction: Any = asked.pop("direction", "before" if kind == "notice_lead" else "after")
    rule = Rule("event", amount, unit, code, CALENDARS[code].zone, kind=kind, direction=direction)  # type: ignore[arg-type]
    done = compute(rule, anchor=anchor, calendar=CALENDARS[code], **asked)
    assert isinstance(done, Computation)
    return done


def is_counted(code: str, amount: int, unit: str, day: date) -> bool:
    return counter.is_counted(CALENDARS[code], amount, unit, day)


def counted_between(code: str, amount: int, unit: str, first: date, last: date) -> int:
    return counter.counted_between(CALENDARS[code], amount, unit, first, last)


@given(code=codes, start=starts, amount=amounts, unit=units, kind=kinds)
def test_equals_a_brute_force_day_counter(code: str, start: date, amount: int, unit: str, kind: str) -> None:
    last = count(code, amount, unit, start, kind).target_on
    assert counted_between(code, amount, unit, start, last) == amount
    assert is_counted(code, amount, unit, last)


@given(code=codes, start=starts, amount=st.integers(1, 60), unit=units)
def test_a_lead_equals_a_brute_force_day_counter(code: str, start: date, amount: int, unit: str) -> None:
    due = count(code, amount, unit, start, "notice_lead").due_on
    clear = 1 if CALENDARS[code].clear_days else 0
    between = sum(is_counted(code, amount, unit, due + DAY * n) for n in range((start - due).days))
    assert between == amount + clear
    assert is_counted(code, amount, unit, due)


@given(
    code=codes,
    start=starts,
    amount=st.integers(5, 60),
    unit=units,
    kind=kinds,
    into=st.integers(1, 40),
    length=st.integers(0, 40),
)
def test_a_pause_adds_exactly_the_paused_days_that_would_have_counted(
    code: str, start: date, amount: int, unit: str, kind: str, into: int, length: int
) -> None:
    plain = count(code, amount, unit, start, kind).target_on
    began = min(start + DAY * into, plain)
    until = began + DAY * length
    paused = count(code, amount, unit, start, kind, pauses=[Pause(began, until)]).target_on
    stood_still = sum(is_counted(code, amount, unit, began + DAY * n) for n in range(length))
    assert counted_between(code, amount, unit, plain, paused) == stood_still


@given(code=codes, start=starts, amount=amounts, unit=units, into=st.integers(1, 90), length=st.integers(0, 40))
def test_a_pause_never_makes_a_date_earlier(
    code: str, start: date, amount: int, unit: str, into: int, length: int
) -> None:
    began = start + DAY * into
    plain = count(code, amount, unit, start, "waiting_window")
    paused = count(code, amount, unit, start, "waiting_window", pauses=[Pause(began, began + DAY * length)])
    assert paused.due_on >= plain.due_on
    if began > plain.due_on:
        assert paused.due_on == plain.due_on


@given(code=codes, start=starts, amount=amounts, unit=units)
def test_a_window_is_never_shorter_than_its_days_and_opens_the_day_after(
    code: str, start: date, amount: int, unit: str
) -> None:
    window = count(code, amount, unit, start, "waiting_window")
    assert window.due_on == window.target_on
    assert window.opens_on == window.due_on + DAY
    assert (window.due_on - start).days >= amount
    assert window.opens_at is not None
    assert window.opens_at - window.due_at == timedelta(microseconds=1)


@given(code=codes, start=starts, amount=amounts, unit=units)
def test_a_duty_moves_on_only_and_stops_at_the_first_day_that_stands(
    code: str, start: date, amount: int, unit: str
) -> None:
    calendar = CALENDARS[code]
    done = count(code, amount, unit, start, "duty")
    moved = [done.target_on + DAY * n for n in range((done.due_on - done.target_on).days)]
    assert all(calendar.moved_because(day) for day in moved)
    assert calendar.moved_because(done.due_on) is None


@given(code=codes, start=starts, months=st.integers(1, 24))
def test_an_expiry_clamps_from_its_anchor_and_never_moves(code: str, start: date, months: int) -> None:
    done = count(code, months, "month", start, "expiry")
    assert done.due_on == done.target_on == add_months(start, months)
    assert (done.due_on.year * 12 + done.due_on.month) - (start.year * 12 + start.month) == months
    next_month = add_months(done.due_on.replace(day=1), 1)
    assert done.due_on.day == start.day or (done.due_on + DAY == next_month and done.due_on.day < start.day)


@given(
    code=st.sampled_from(["ZA", "GB", "US"]), start=starts, months=st.sampled_from([1, 3, 6]), number=st.integers(1, 12)
)
def test_the_nth_period_is_counted_from_the_anchor_itself(code: str, start: date, months: int, number: int) -> None:
    done = count(code, months, "month", start, "duty", direction="each_period", occurrence=number)
    assert done.target_on == add_months(start, months * number)


@given(code=codes, start=starts, amount=amounts)
def test_the_due_instant_is_the_end_of_the_local_day_through_any_clock_change(
    code: str, start: date, amount: int
) -> None:
    done = count(code, amount, "calendar_day", start, "duty")
    zone = ZoneInfo(CALENDARS[code].zone)
    assert done.due_at.astimezone(zone).date() == done.due_on
    assert (done.due_at + timedelta(microseconds=1)).astimezone(zone).date() == done.due_on + DAY


@given(code=codes, hours=st.integers(1, 500), start=instants)
def test_hours_are_real_hours(code: str, hours: int, start: datetime) -> None:
    rule = Rule("event", hours, "hour", code, CALENDARS[code].zone)
    done = compute(rule, anchor=start, calendar=CALENDARS[code])
    assert isinstance(done, Computation)
    assert done.due_at - start == timedelta(hours=hours)


@given(code=codes, start=starts, amount=amounts, clock=st.times())
def test_an_instant_counts_as_its_local_day(code: str, start: date, amount: int, clock: time) -> None:
    zone = ZoneInfo(CALENDARS[code].zone)
    moment = datetime.combine(start, clock, tzinfo=zone).astimezone(UTC)
    rule = Rule("event", amount, "calendar_day", code, CALENDARS[code].zone)
    by_instant = compute(rule, anchor=moment, calendar=CALENDARS[code])
    by_day = compute(rule, anchor=moment.astimezone(zone).date(), calendar=CALENDARS[code])
    assert isinstance(by_instant, Computation)
    assert isinstance(by_day, Computation)
    assert by_instant.due_at == by_day.due_at


@given(
    code=codes,
    start=starts,
    amount=st.integers(5, 40),
    unit=units,
    spans=st.lists(st.tuples(st.integers(1, 30), st.integers(0, 20)), min_size=2, max_size=4),
)
def test_several_pauses_add_each_paused_day_once_however_they_overlap(
    code: str, start: date, amount: int, unit: str, spans: list[tuple[int, int]]
) -> None:
    pauses = [Pause(start + DAY * into, start + DAY * (into + length)) for into, length in spans]
    stopped = {start + DAY * (into + n) for into, length in spans for n in range(length)}
    paused = count(code, amount, unit, start, "waiting_window", pauses=pauses).target_on
    running = (start + DAY * n for n in range(1, (paused - start).days + 1))
    assert sum(is_counted(code, amount, unit, day) and day not in stopped for day in running) == amount
    assert paused not in stopped


@given(code=codes, hours=st.integers(48, 500), start=instants, into=st.integers(1, 47), length=st.integers(0, 200))
def test_a_pause_of_hours_adds_exactly_its_own_length(
    code: str, hours: int, start: datetime, into: int, length: int
) -> None:
    began = start + timedelta(hours=into)
    rule = Rule("event", hours, "hour", code, CALENDARS[code].zone)
    paused = compute(
        rule, anchor=start, calendar=CALENDARS[code], pauses=[Pause(began, began + timedelta(hours=length))]
    )
    assert isinstance(paused, Computation)
    assert paused.due_at - start == timedelta(hours=hours + length)


@given(code=codes, start=st.dates(date(2024, 1, 1), date(2110, 12, 1)), amount=amounts)
def test_every_year_without_known_holidays_is_flagged_and_a_wait_through_one_is_not_computed(
    code: str, start: date, amount: int
) -> None:
    calendar = CALENDARS[code]
    duty = count(code, amount, "working_day", start, "duty")
    passed = {(start + DAY * n).year for n in range(1, (duty.due_on - start).days + 1)}
    assert duty.flags.unknown_years == tuple(sorted(year for year in passed if calendar.is_unknown_year(year)))
    rule = Rule("event", amount, "working_day", code, calendar.zone, kind="waiting_window")
    window = compute(rule, anchor=start, calendar=calendar)
    assert isinstance(window, Computation) is not any(map(calendar.is_unknown_year, passed))


@given(code=codes, year=st.integers(2019, 2026), before=st.integers(1, 20), amount=st.integers(21, 60), unit=units)
def test_a_count_over_the_end_of_a_year_equals_the_day_counter(
    code: str, year: int, before: int, amount: int, unit: str
) -> None:
    start = date(year, 12, 31) - DAY * before
    last = count(code, amount, unit, start, "waiting_window").target_on
    assert last.year > year
    assert counted_between(code, amount, unit, start, last) == amount
