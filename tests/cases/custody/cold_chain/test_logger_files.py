"""Loggers' files: read by their mapping, or refused with the line, the value and the remedy."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from cases.custody.cold_chain.logger_files import MOST_READINGS, LoggerFileRefused, read_logger_file
from cases.custody.cold_chain.mappings import MappingRefused, mapping_of, mappings
from cases.custody.cold_chain.series import Series

ISO = mappings()["iso-comma"]
HEAD = "timestamp,temperature\n"
TWO = HEAD + "2026-03-02T08:00:00,5.0\n2026-03-02T08:10:00,5.5\n"
EIGHT, TEN_PAST = datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 2, 8, 10, tzinfo=UTC)


def pairs(series: Series) -> list[tuple[datetime, float]]:
    return [
        (datetime.fromtimestamp(at, UTC), round(value, 4)) for at, value in zip(series.at, series.celsius, strict=True)
    ]


def read(text: str | bytes, name: str = "iso-comma", **more: str) -> list[tuple[datetime, float]]:
    content = text if isinstance(text, bytes) else text.encode()
    return pairs(read_logger_file(content, mappings()[name], **more).series)


def refused(text: str | bytes, name: str = "iso-comma", **more: str) -> tuple[str, str]:
    with pytest.raises(LoggerFileRefused) as found:
        read(text, name, **more)
    return found.value.code, str(found.value)


EXPECTED = [(EIGHT, 5.0), (TEN_PAST, 5.5)]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("iso-comma", TWO),
        ("iso-comma", "﻿Serial,INV-1\n\n" + TWO.replace("temperature", "Temperature °C") + "\n\n"),
        ("iso-comma", HEAD + "2026-03-02T08:10:00,5.5\n2026-03-02T08:00:00,5.0\n"),
        ("iso-comma", TWO.replace("T08", " 08")),
        ("iso-offset", HEAD + "2026-03-02T03:00:00-05:00,5.0\n2026-03-02T09:10:00+01:00,5.5\n"),
        ("iso-comma", TWO.replace(",", ", ").replace("2026-03", " 2026-03")),
        ("libero-eu", "Timestamp;Value\n02 Mar 2026 09:00;5,0\n02-MAR-2026  09:10;5,5\n"),
        ("logtag-tab", "Date\tTime\tReading\n02/03/2026\t08:00\t5.0\n2/3/2026\t8:10\t5.5\n"),
        ("temptale-us", "No,Date Time,Temperature (F)\n1,3/2/2026 3:00 AM,41\n2,3/2/2026 3:10 AM,41.9\n"),
        (
            "libero-eu",
            "Timestamp;Channel;Value\n02.03.2026 09:00:00;1;5,0\n02.03.2026 09:10:00;1;5,5\nStatistics;;\nMin;;5,0\n",
        ),
    ],
)
def test_the_same_journey_in_every_layout(name: str, text: str) -> None:
    assert read(text, name) == EXPECTED


def test_rows_without_a_value_and_rows_that_repeat_are_counted() -> None:
    found = read_logger_file(
        (TWO + "2026-03-02T08:10:00,5.5\n2026-03-02T08:20:00,\n2026-03-02T08:30:00,6\n").encode(), ISO
    )
    assert (len(found.series), found.empty_values, found.repeated, found.date_order) == (3, 1, 1, "ymd")


def test_the_hour_that_comes_twice_is_kept_apart() -> None:
    """Zurich, 25 October 2026: 02:30 is 00:30 UTC and then 01:30 UTC."""
    stamps = ["25.10.2026 01:30", "25.10.2026 02:30", "25.10.2026 02:30", "25.10.2026 03:30"]
    text = "Timestamp;Value\n" + "".join(f"{stamp};5,{n}\n" for n, stamp in enumerate(stamps))
    hours = [at.strftime("%d %H:%M") for at, _ in read(text, "libero-eu")]
    assert hours == ["24 23:30", "25 00:30", "25 01:30", "25 02:30"]


def test_the_t_of_october_is_no_beginning_of_a_time() -> None:
    assert read("Timestamp;Value\n02-OCT-2026 10:00;5,0\n", "libero-eu") == [
        (datetime(2026, 10, 2, 8, tzinfo=UTC), 5.0)
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["13/02/2026", "14/02/2026"], "dmy"),
        (["02/13/2026", "02/14/2026"], "mdy"),
        (["30/04/2026", "01/05/2026"], "dmy"),
    ],
)
def test_an_order_that_only_one_reading_allows_is_found(days: list[str], expected: str) -> None:
    content = (HEAD + "".join(f"{day} 08:00,5\n" for day in days)).encode()
    assert read_logger_file(content, replace(ISO, date_order="detect")).date_order == expected


def test_a_date_that_can_be_read_both_ways_is_refused() -> None:
    content = (HEAD + "03/04/2026 08:00,5\n03/05/2026 08:00,5\n").encode()
    with pytest.raises(LoggerFileRefused) as found:
        read_logger_file(content, replace(ISO, date_order="detect"))
    assert (found.value.code, str(found.value)) == (
        "ambiguous_date",
        "'03/04/2026' and every other date of the file can be read day first and month first. "
        "Say in the mapping which it is (date_order).",
    )


@pytest.mark.parametrize(
    ("text", "code", "sentence"),
    [
        (b"", "empty", "The file is empty. Export it again and send it once more."),
        (b"\x00\x00\r\n", "empty", "The file is empty. Export it again and send it once more."),
        (HEAD, "no_readings", "The file has headings and no reading. Stop the logger, then export its readings."),
        (
            HEAD + "2026-03-02T08:00:00,\n",
            "no_readings",
            "The file has 1 rows and no temperature. Stop the logger, then export its readings.",
        ),
        (
            b"\x89PNG\r\n\x1a\n",
            "no_text",
            "The file is a PNG picture, not an export. Attach it as evidence and enter its summary, or export CSV.",
        ),
        (
            b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1\xff",
            "no_text",
            "The file is a photo, not an export. Attach it as evidence and enter its summary, or export CSV.",
        ),
        (
            HEAD + "2026-03-02T08:00:00,8,9\n",
            "decimal_comma",
            "Line 2: It has 3 cells where 2 are expected, and 8,9 may be one temperature with a decimal comma. Export "
            "it with semicolons or with decimal points.",
        ),
        (
            TWO + "2026-03-02T08:20:00,8\n2026-03-02T08:30:00,8,9\n",
            "decimal_comma",
            "Line 5: It has 3 cells where 2 are expected, and 8,9 may be one temperature with a decimal comma. Export "
            "it with semicolons or with decimal points.",
        ),
        (
            TWO + "2026-03-02T08:20:00,-5,25,\n",
            "decimal_comma",
            "Line 4: It has 4 cells where 2 are expected, and -5,25 may be one temperature with a decimal comma. "
            "Export it with semicolons or with decimal points.",
        ),
        (
            HEAD + "2026-03-02T08:00:00,1_0\n",
            "bad_value",
            "Line 2: '1_0' is no number. Choose the mapping with its decimal mark.",
        ),
        (
            "naïve".encode("cp1252"),
            "no_text",
            "Byte 3 is no utf-8 text. Choose the mapping of this logger, or export CSV.",
        ),
        (
            "time,temp\n",
            "column_missing",
            "No row has the headings 'timestamp', 'temperature' of the mapping iso-comma, separated by ','. "
            "Choose the mapping of this logger.",
        ),
        (
            HEAD + "2026-03-02T08:00:00,5.0\n2026-03-02T08:00:00,6.0\n",
            "duplicate_stamp",
            "2026-03-02 08:00:00 UTC has two readings, 5 and 6 °C. Ask who exported it which one is true.",
        ),
        (
            TWO + "2026-03-02T08:05:00,5\n",
            "out_of_order",
            "The reading of 2026-03-02 08:05:00 UTC comes after that of 2026-03-02 08:10:00. Export one journey at a "
            "time, in the order of time; check the order of the date in the mapping.",
        ),
        (
            TWO + "2026-13-02T08:20:00,5\n",
            "bad_stamp",
            "Line 4: '2026-13-02' is no date year first. Choose the mapping of this logger, or correct its export.",
        ),
        (
            TWO + "2026-03-02T25:00,5\n",
            "bad_stamp",
            "Line 4: '25:00' is no time of day. Choose the mapping of this logger, or correct its export.",
        ),
        (
            TWO + "2026-03-02T08:20:00,5;5\n",
            "bad_value",
            "Line 4: '5;5' is no number. Choose the mapping with its decimal mark.",
        ),
        (
            TWO + "2026-03-02T08:20:00,nan\n",
            "bad_value",
            "Line 4: 'nan' is no temperature that a logger meets. Look at its export.",
        ),
        (
            TWO + "2026-03-02T08:20:00,-300\n",
            "bad_value",
            "Line 4: '-300' is no temperature that a logger meets. Look at its export.",
        ),
        (
            TWO + "2026-03-02T08:2",
            "cut_row",
            "Line 4: It has 1 cell where 2 are needed: the file is cut. Export it again.",
        ),
        (
            TWO.replace("temperature", "Temperature (°F)"),
            "unit_doubt",
            "The heading is 'Temperature (°F)', and the mapping iso-comma reads °C. "
            "Choose the mapping with the unit of this file.",
        ),
    ],
)
def test_is_refused_in_a_sentence(text: str | bytes, code: str, sentence: str) -> None:
    assert refused(text) == (code, sentence)


def test_a_mark_behind_the_last_heading_is_no_part_of_a_number() -> None:
    assert read(HEAD + "2026-03-02T08:00:00,5.0,X\n2026-03-02T08:10:00,5.5,\n") == EXPECTED


def test_without_a_heading_the_first_row_says_how_many_cells_there_are() -> None:
    by_place = replace(ISO, columns={"stamp": "#1", "temperature": "#2"})
    assert len(read_logger_file(b"2026-03-02T08:00:00,5,45\n2026-03-02T08:10:00,6,45\n", by_place).series) == 2
    with pytest.raises(LoggerFileRefused) as found:
        read_logger_file(b"2026-03-02T08:00:00,5\n2026-03-02T08:10:00,8,9\n", by_place)
    assert (found.value.code, found.value.line) == ("decimal_comma", 2)


def test_an_hour_that_the_clocks_skipped_is_no_hour() -> None:
    code, sentence = refused("Timestamp;Value\n29.03.2026 02:30;5,0\n", "libero-eu")
    assert code == "bad_stamp"
    assert sentence.startswith(
        "Line 2: 2026-03-29 02:30 does not exist in Europe/Zurich: the clocks skipped that hour."
    )


def test_fahrenheit_in_a_celsius_column_is_noticed_by_the_product() -> None:
    text = HEAD + "".join(f"2026-03-02T08:{minute:02}:00,41.5\n" for minute in range(20))
    assert read(text)[0][1] == 41.5
    assert refused(text, storage="refrigerated") == (
        "unit_doubt",
        "The readings lie about 41.5, which is 2 to 8 °C only if it is not °C. Look at the logger's own report and "
        "choose the mapping with its unit.",
    )
    assert read(text, storage="frozen")[0][1] == 41.5


def test_more_than_a_journey_is_refused_by_number() -> None:
    count = MOST_READINGS + 1
    text = HEAD + "".join(
        f"20{26 + n // 525600:02}-{1 + n // 44640 % 12:02}-{1 + n // 1440 % 28:02}T{n // 60 % 24:02}:{n % 60:02},5\n"
        for n in range(count)
    )
    assert refused(text) == (
        "too_many_readings",
        "The file has 250,001 readings; 250,000 are taken. Export this journey alone.",
    )


def test_every_mapping_of_the_house_says_where_it_comes_from() -> None:
    assert set(mappings()) == {"iso-comma", "iso-offset", "libero-eu", "logtag-tab", "temptale-us"}
    assert all(one.source and one.confidence for one in mappings().values())


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"unit": "K"}, 'unit: "K" is not one of "C" or "F". Nothing was read.'),
        ({"columns": {"temperature": "T"}}, "columns: "),
        ({"more": 1}, "the mapping: "),
    ],
)
def test_a_mapping_with_one_wrong_value_is_refused_by_path(change: dict[str, object], sentence: str) -> None:
    words = {
        "name": "invented",
        "label": "Invented",
        "version": 1,
        "delimiter": ",",
        "columns": {"stamp": "A", "temperature": "B"},
        "unit": "C",
        "zone": "UTC",
        "source": "a test",
        "confidence": "checked",
    }
    assert mapping_of(json.loads(json.dumps(words))).date_order == "ymd"
    with pytest.raises(MappingRefused) as found:
        mapping_of(words | change)
    assert str(found.value).startswith(sentence)
