"""How dates, distances, amounts, roles and states are said: one table each."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.people.roles import Role
from cases.web import words

TODAY = date(2026, 12, 2)
NOW = datetime(2026, 12, 2, 14, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (date(2026, 12, 4), "Fri 4 Dec"),
        (date(2026, 12, 2), "Wed 2 Dec"),
        (date(2026, 1, 1), "Thu 1 Jan"),
        (date(2026, 12, 31), "Thu 31 Dec"),
        (date(2027, 1, 14), "Thu 14 Jan 2027"),
        (date(2025, 12, 31), "Wed 31 Dec 2025"),
        (date(2028, 2, 29), "Tue 29 Feb 2028"),
    ],
)
def test_a_day_has_its_year_unless_it_is_this_year(on: date, said: str) -> None:
    assert words.day(on, today=TODAY) == said


def test_an_instant_is_a_day_of_its_place() -> None:
    late = datetime(2026, 12, 4, 12, 59, tzinfo=UTC)
    assert words.day(late, today=TODAY, zone="Australia/Sydney") == "Fri 4 Dec"
    assert words.day(late + timedelta(hours=1), today=TODAY, zone="Australia/Sydney") == "Sat 5 Dec"
    assert words.day(late, today=TODAY) == "Fri 4 Dec"


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("Australia/Canberra", "Sat 5 Dec 00:30 Canberra"),
        ("America/New_York", "Fri 4 Dec 08:30 New York"),
        ("America/Sao_Paulo", "Fri 4 Dec 10:30 São Paulo"),
        ("Europe/London", "Fri 4 Dec 13:30 London"),
        ("Asia/Kolkata", "Fri 4 Dec 19:00 Delhi"),
        ("UTC", "Fri 4 Dec 13:30 UTC"),
    ],
)
def test_a_moment_names_the_place_whose_clock_it_is(zone: str, said: str) -> None:
    assert words.moment(datetime(2026, 12, 4, 13, 30, tzinfo=UTC), zone=zone, today=TODAY) == said


def test_summer_time_is_the_place_s_own() -> None:
    before = datetime(2026, 3, 29, 0, 59, tzinfo=UTC)
    assert words.hour(before, zone="Europe/London") == "00:59"
    assert words.hour(before + timedelta(minutes=1), zone="Europe/London") == "02:00"


def test_other_forms_of_a_date() -> None:
    assert words.day_with_year(date(2026, 12, 8)) == "Tue 8 Dec 2026"
    assert words.day_in_full(date(2026, 10, 28)) == "Wednesday 28 October 2026"
    assert words.iso_day(date(2026, 3, 1)) == "2026-03-01"
    assert words.iso_moment(datetime(2026, 11, 10, 14, 31, 8, 999, tzinfo=UTC)) == "2026-11-10 14:31:08Z"


@pytest.mark.parametrize(
    ("span", "said"),
    [
        (timedelta(days=16, hours=23), "16 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=23, minutes=59), "23 hours"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=59, seconds=59), "59 min"),
        (timedelta(0), "0 min"),
        (timedelta(days=-2), "−2 days"),
    ],
)
def test_a_distance(span: timedelta, said: str) -> None:
    assert words.distance(span) == said


@pytest.mark.parametrize(
    ("on", "said"),
    [
        (date(2026, 12, 2), "today"),
        (date(2026, 12, 3), "tomorrow"),
        (date(2026, 12, 18), "16 days"),
        (date(2026, 12, 1), "yesterday"),
        (date(2026, 11, 30), "2 days ago"),
    ],
)
def test_how_far_a_day_is(on: date, said: str) -> None:
    assert words.until(on, today=TODAY) == said


@pytest.mark.parametrize(
    ("instant", "said"),
    [
        (NOW - timedelta(seconds=59), "just now"),
        (NOW - timedelta(minutes=1), "1 min ago"),
        (NOW - timedelta(days=2), "2 days ago"),
        (NOW + timedelta(hours=3), "in 3 hours"),
    ],
)
def test_how_long_ago(instant: datetime, said: str) -> None:
    assert words.ago(instant, now=NOW) == said


@pytest.mark.parametrize(
    ("span", "shown", "state", "said"),
    [
        (timedelta(days=-2), "−2 d", "harm", "late"),
        (timedelta(seconds=-1), "−1 h", "harm", "late"),
        (timedelta(0), "0 h", "harm", "act now"),
        (timedelta(hours=10), "10 h", "harm", "act now"),
        (timedelta(hours=23, minutes=59), "23 h", "harm", "act now"),
        (timedelta(days=1), "1 d", "care", "act soon"),
        (timedelta(days=6, hours=23), "6 d", "care", "act soon"),
        (timedelta(days=7), "7 d", "wait", "in time"),
        (timedelta(days=400), "400 d", "wait", "in time"),
    ],
)
def test_slack_picks_its_state(span: timedelta, shown: str, state: str, said: str) -> None:
    slack = words.slack(span)
    assert (str(slack), slack.state, slack.words) == (shown, state, said)


def test_the_thresholds_of_slack_can_be_set() -> None:
    assert words.slack(timedelta(days=2), harm_days=3, care_days=5).state == "harm"
    assert words.slack(timedelta(days=4), harm_days=3, care_days=5).state == "care"
    assert words.slack(timedelta(days=5), harm_days=3, care_days=5).state == "wait"


@given(st.timedeltas(min_value=timedelta(days=-4000), max_value=timedelta(days=4000)))
def test_slack_never_shows_more_time_than_there_is(span: timedelta) -> None:
    slack = words.slack(span)
    amount = int(slack.number.replace("−", "-").replace(",", ""))
    assert timedelta(**{"hours" if slack.unit == "h" else "days": amount}) <= span


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (0, "0"),
        (999, "999"),
        (1200, "1,200"),
        (-2, "−2"),
        (Decimal("0.50"), "0.5"),
        (Decimal("-0.0"), "0"),
        (Decimal("1E+3"), "1,000"),
        (Decimal("12345.670"), "12,345.67"),
    ],
)
def test_a_number(amount: int | Decimal, said: str) -> None:
    assert words.number(amount) == said


@pytest.mark.parametrize(
    ("amount", "unit", "said"),
    [
        (1, "vial", "1 vial"),
        (2, "vial", "2 vials"),
        (0, "vial", "0 vials"),
        (1200, "tablet", "1,200 tablets"),
        (Decimal("0.5"), "mL", "0.5 mL"),
        (150, "mg", "150 mg"),
        (2, "box", "2 boxes"),
        (2, "pre-filled syringe", "2 pre-filled syringes"),
        (3, "suppository", "3 suppositories"),
    ],
)
def test_an_amount_has_its_unit(amount: int | Decimal, unit: str, said: str) -> None:
    assert words.quantity(amount, unit) == said.replace(" ", words.NO_BREAK, 1)


@pytest.mark.parametrize(
    ("parts", "said"),
    [([], ""), (["A"], "A"), (["A", "B"], "A and B"), (["A", "B", "C"], "A, B and C")],
)
def test_a_list_in_words(parts: list[str], said: str) -> None:
    assert words.joined(parts) == said


def test_a_list_of_choices_says_or() -> None:
    assert words.joined(["PDF", "JPEG", "PNG"], "or") == "PDF, JPEG or PNG"


@pytest.mark.parametrize(
    ("octets", "said"),
    [(0, "0 bytes"), (1, "1 byte"), (640, "640 bytes"), (18_200, "18\u00a0kB"), (1_940_000, "1.9\u00a0MB")],
)
def test_the_size_of_a_file(octets: int, said: str) -> None:
    assert words.size(octets) == said


def test_counts_and_days() -> None:
    assert words.counted(1, "requirement") == "1 requirement"
    assert words.counted(3, "requirement was", "requirements were") == "3 requirements were"
    assert words.days(-2) == "−2 days"


def test_a_fingerprint_is_grouped_for_the_eye() -> None:
    assert words.fingerprint("9f3c41aa07d2b85e" + "0" * 48) == "9f3c 41aa 07d2 b85e"


def test_a_patient_is_initials_and_birth_year() -> None:
    assert words.patient("A.M.", 1987) == "A.M., born 1987"
    assert words.patient("A.M.", None) == "A.M."


def test_every_role_has_words() -> None:
    assert {role: words.role(role) for role in Role} == {
        Role.COORDINATING_PHARMACIST: "coordinating pharmacist",
        Role.PHARMACIST_IN_CHARGE: "pharmacist in charge",
        Role.PRESCRIBER: "prescriber",
        Role.DELEGATE: "prescriber’s delegate",
        Role.RECEIVING_PHARMACIST: "receiving pharmacist",
        Role.ADMINISTRATOR: "administrator",
        Role.AUDITOR: "auditor",
        Role.SYSTEM: "service account",
    }
    assert words.role("licensed_importer") == "licensed importer"
