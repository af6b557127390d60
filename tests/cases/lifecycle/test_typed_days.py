"""Days and instants as people type them: taken in every plain spelling, refused where they could be two days."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from cases.lifecycle.typed_days import NotADay, read_day, read_known_part, read_moment, write_day

DAY = date(2026, 12, 4)
NEW_YORK, LONDON = ZoneInfo("America/New_York"), ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    "text",
    [
        "4 Dec 2026", "2026-12-04", "04 Dec 2026", "4 December 2026", "4th December 2026", "4. Dec. 2026", "4-Dec-2026",
        "Fri 4 Dec 2026", "Friday, 4 December 2026", "Dec 4, 2026", "December 4 2026", "  4   DEC 2026 ", "2026-12-4",
        "٤ Dec ٢٠٢٦",
    ],
)  # fmt: skip
def test_a_day_is_taken_in_every_plain_spelling(text: str) -> None:
    assert read_day(text) == DAY


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("4/12/2026", "“4/12/2026” can be read as two days. Write the month as a word, for example 4 Dec 2026."),
        ("04.12.26", "“04.12.26” can be read as two days. Write the month as a word, for example 4 Dec 2026."),
        ("31 Feb 2026", "“31 Feb 2026” is not a day of the calendar: February 2026 has 28 days."),
        ("2026-13-01", "“2026-13-01” is not a day between 1900 and 2200. Write for example 4 Dec 2026."),
        ("4 Dec 0026", "“4 Dec 0026” is not a day between 1900 and 2200. Write for example 4 Dec 2026."),
        ("4 Foo 2026", "“4 Foo 2026” is not a day. Write day, month and year, for example 4 Dec 2026 or 2026-12-04."),
        ("tomorrow", "“tomorrow” is not a day. Write day, month and year, for example 4 Dec 2026 or 2026-12-04."),
    ],
)  # fmt: skip
def test_what_is_no_plain_day_is_refused_with_value_and_remedy(text: str, sentence: str) -> None:
    with pytest.raises(NotADay) as refused:
        read_day(text)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("2026", "2026"), ("2026-3", "2026-03"), ("Mar 2026", "2026-03"), ("march, 2026", "2026-03"),
        ("18 Mar 2026", "2026-03-18"), ("2026-03-18", "2026-03-18"),
    ],
)  # fmt: skip
def test_as_much_of_a_day_as_is_known_is_taken(text: str, known: str) -> None:
    assert read_known_part(text) == known


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-13", "“2026-13” is not a day between 1900 and 2200. Write for example 4 Dec 2026."),
        ("1899", "“1899” is not a day between 1900 and 2200. Write for example 4 Dec 2026."),
        ("spring", "“spring” is not a day. Write day, month and year, for example 4 Dec 2026 or 2026-12-04."),
        ("4/12", "“4/12” is not a day. Write day, month and year, for example 4 Dec 2026 or 2026-12-04."),
    ],
)
def test_what_is_no_part_of_a_day_is_refused_with_value_and_remedy(text: str, sentence: str) -> None:
    with pytest.raises(NotADay) as refused:
        read_known_part(text)
    assert str(refused.value) == sentence


@pytest.mark.parametrize(
    ("text", "zone", "instant"),
    [
        ("4 Dec 2026 14:30", NEW_YORK, datetime(2026, 12, 4, 19, 30, tzinfo=UTC)),
        ("2026-12-04T14:30", LONDON, datetime(2026, 12, 4, 14, 30, tzinfo=UTC)),
        ("2026-12-04 14:30:05", LONDON, datetime(2026, 12, 4, 14, 30, 5, tzinfo=UTC)),
        ("2026-12-04T14:30:00Z", NEW_YORK, datetime(2026, 12, 4, 14, 30, tzinfo=UTC)),
        ("2026-12-04T14:30:00.123456+00:00", NEW_YORK, datetime(2026, 12, 4, 14, 30, tzinfo=UTC)),
        ("Fri 4 Dec 2026, 14:30 +01:00", NEW_YORK, datetime(2026, 12, 4, 13, 30, tzinfo=UTC)),
        ("4 Dec 2026 at 9:05", LONDON, datetime(2026, 12, 4, 9, 5, tzinfo=UTC)),
    ],
)
def test_an_instant_is_in_the_zone_of_the_page_unless_it_names_another(
    text: str, zone: ZoneInfo, instant: datetime
) -> None:
    assert read_moment(text, zone=zone) == instant


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("4 Dec 2026", "“4 Dec 2026” has no time. Write it behind the day, for example 4 Dec 2026 14:30."),
        ("4 Dec 2026 25:00", "“25:00” is not a time of day. Write 00:00 to 23:59."),
        ("29 Mar 2026 01:30", "01:30 did not exist on that day in Europe/London: the clocks went forward."),
        ("4 Dec 2026 10:00 +99:99", "“+99:99” is no zone. Write Z for UTC, or for example +02:00."),
        ("4/12/2026 10:00", "“4/12/2026” can be read as two days. Write the month as a word, for example 4 Dec 2026."),
    ],
)
def test_an_instant_that_cannot_be_meant_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(NotADay) as refused:
        read_moment(text, zone=LONDON)
    assert str(refused.value) == sentence


def test_what_is_written_is_read_again() -> None:
    assert read_day(write_day(DAY)) == DAY
