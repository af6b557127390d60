"""Reading a logger's export by its mapping: every reading, or a sentence that names the line, the value and the remedy.

The whole file is read or nothing is. What a person could not tell either is refused, never guessed: a date that can be
read both ways, two values for one instant, Fahrenheit in a column said to be Celsius.
"""

from __future__ import annotations

import csv
import io
import math
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import gt
from statistics import fmean
from typing import Any, Final

from cases.custody.cold_chain.mappings import Mapping
from cases.custody.cold_chain.series import Series, instant_of
from cases.custody.cold_chain.stamps import Clock, NoStamp, OwnOffset, orders_that_fit
from cases.custody.cold_chain.storage import RULES

MEGABYTE: Final = 1024 * 1024
MOST_BYTES: Final = 25 * MEGABYTE
MOST_READINGS: Final = 250_000
_HEADING_WITHIN: Final = 200
# A date may have blanks and an OCT of its own: the time begins where hours do.
_TIME_BEGINS: Final = re.compile(r"[T ](?=\d{1,2}:)")
_ABSOLUTE_ZERO: Final = -273.15
_HOTTEST: Final = 150.0
# What a file that is no text begins with, and how a person calls it; a phone's photo names itself four bytes in.
_PICTURES: Final = {
    b"\x89PNG": "PNG picture",
    b"\xff\xd8\xff": "JPEG picture",
    b"GIF8": "GIF picture",
    b"RIFF": "WebP picture",
    b"II*\x00": "TIFF picture",
    b"MM\x00*": "TIFF picture",
    b"%PDF": "PDF",
    b"PK\x03\x04": "workbook",
    b"\xd0\xcf\x11\xe0": "workbook of an old Excel",
}
_PHOTO_OF_A_PHONE: Final = b"ftyp"
# "8,9" in a file of commas: the whole degrees and the tenths stand in two cells.
_WHOLE: Final = re.compile(r"\s*[+-]?\d{1,3}\s*")
_TENTHS: Final = re.compile(r"\d{1,4}\s*")
_FAHRENHEIT: Final = re.compile(r"°\s*F\b|\bF\b|fahrenheit", re.IGNORECASE)
_CELSIUS: Final = re.compile(r"°\s*C\b|\bC\b|celsius", re.IGNORECASE)


class LoggerFileRefused(ValueError):
    """A file that gives no readings. ``code`` names the fault, ``line`` counts from 1 (None for the whole file)."""

    def __init__(self, code: str, sentence: str, line: int | None = None) -> None:
        self.code, self.line = code, line
        super().__init__(sentence if line is None else f"Line {line}: {sentence}")


@dataclass(frozen=True)
class LoggerFile:
    """What was read: the series, and how many rows had no value, repeated the one before, or stood after the end."""

    series: Series
    empty_values: int
    repeated: int
    date_order: str
    after_end: int = 0


@dataclass
class _Rows:
    """The readings in the order of the file, and how many rows had a stamp and no temperature."""

    at: array[float] = field(default_factory=lambda: array("d"))
    celsius: array[float] = field(default_factory=lambda: array("d"))
    empty: int = 0
    after_end: int = 0


def read_logger_file(content: bytes, mapping: Mapping, *, storage: str = "") -> LoggerFile:
    """Every reading of an export.

    :param storage: the product's storage class; lets a whole file in the other unit be noticed.
    :raises LoggerFileRefused: nothing was read.
    """
    text = _text(content, mapping)
    order = mapping.date_order if mapping.date_order != "detect" else _detected(text, mapping)
    rows = _rows(text, mapping, OwnOffset() if mapping.zone == "stamp" else Clock(order, mapping.zone))
    at, celsius = rows.at, rows.celsius
    if at[0] > at[-1] and all(map(gt, at, at[1:])):
        at, celsius = at[::-1], celsius[::-1]  # newest first
    series, repeated = _rising(at, celsius)
    _unit_is_plausible(series.celsius, mapping, storage)
    return LoggerFile(series, rows.empty, repeated, order, rows.after_end)


def _text(content: bytes, mapping: Mapping) -> str:
    if not content.strip(b"\x00 \t\r\n"):
        raise LoggerFileRefused("empty", "The file is empty. Export it again and send it once more.")
    if len(content) > MOST_BYTES:
        size, most = len(content) // MEGABYTE, MOST_BYTES // MEGABYTE
        raise LoggerFileRefused("too_large", f"The file has {size} MB; {most} MB are taken. Export this journey alone.")
    kind = next((words for begins, words in _PICTURES.items() if content.startswith(begins)), None)
    kind = "photo" if content[4:8] == _PHOTO_OF_A_PHONE else kind
    if kind is not None:
        raise LoggerFileRefused(
            "no_text",
            f"The file is a {kind}, not an export. Attach it as evidence and enter its summary, or export CSV.",
        )
    try:
        text = content.decode("utf-8-sig" if mapping.encoding == "utf-8" else mapping.encoding)
    except UnicodeDecodeError as fault:
        raise LoggerFileRefused(
            "no_text",
            f"Byte {fault.start + 1} is no {mapping.encoding} text. Choose the mapping of this logger, or export CSV.",
        ) from None
    if "\x00" in text:
        raise LoggerFileRefused("no_text", "The file has bytes that no text has. Export CSV from the logger's program.")
    return text


def _table(text: str, mapping: Mapping) -> Any:
    return csv.reader(io.StringIO(text), delimiter=mapping.delimiter, skipinitialspace=True)


def _rows(text: str, mapping: Mapping, clock: Clock | OwnOffset) -> _Rows:
    """The columns the mapping names, below the first row that has all its headings."""
    table = _table(text, mapping)
    rows = _Rows()
    try:
        columns, heading, cells = _columns(table, mapping)
        _unit_is_as_said(heading, mapping)
        _fill(rows, table, columns, cells, mapping, clock)
        rows.after_end = sum(1 for row in table if any(row))
    except csv.Error as fault:
        raise LoggerFileRefused("cut_row", f"{fault}: the file is damaged. Export it again.", table.line_num) from None
    except NoStamp as fault:
        told = f"{fault}. Choose the mapping of this logger, or correct its export."
        raise LoggerFileRefused("bad_stamp", told, table.line_num) from None
    if not rows.at:
        told = f"{rows.empty} rows and no temperature" if rows.empty else "headings and no reading"
        raise LoggerFileRefused("no_readings", f"The file has {told}. Stop the logger, then export its readings.")
    if len(rows.at) > MOST_READINGS:
        raise LoggerFileRefused(
            "too_many_readings",
            f"The file has {len(rows.at):,} readings; {MOST_READINGS:,} are taken. Export this journey alone.",
        )
    return rows


def _fill(
    rows: _Rows, table: Any, columns: dict[str, int], cells: int, mapping: Mapping, clock: Clock | OwnOffset
) -> None:
    """Nearly every row has words that came before: those are looked up, the others are read with care.

    :param cells: how many the heading has; 0 without a heading, when the first row says it.
    """
    at, add_instant, add_value = rows.at, rows.at.append, rows.celsius.append
    temperature_at, time_at = columns["temperature"], columns.get("time")
    day_at = columns["stamp"] if time_at is None else columns["date"]
    midnights, seconds, width, cut = clock.midnights, clock.seconds, max(columns.values()) + 1, 10
    numbers: dict[str, float] = {}
    for row in table:
        if len(row) > cells:
            cells = cells or len(row)
            _refuse_split_number(row, temperature_at, cells, mapping, table.line_num)
        try:
            if time_at is None:
                stamp = row[day_at]
                instant = midnights[stamp[:cut]] + seconds[stamp[cut + 1 :]]
            else:
                instant = midnights[row[day_at]] + seconds[row[time_at]]
            value = numbers[row[temperature_at]]
        except (KeyError, IndexError):
            stamps = _stamp(row, columns, mapping.stop)
            if stamps is None:
                return
            if not any(row):
                continue
            if len(row) < width:
                cells_there = f"{len(row)} cell{'' if len(row) == 1 else 's'}"
                told = f"It has {cells_there} where {width} are needed: the file is cut. Export it again."
                raise LoggerFileRefused("cut_row", told, table.line_num) from None
            cut = len(stamps[0])
            instant = clock.instant(*stamps, at[-1] if at else -math.inf)
            text = row[temperature_at]
            if not text.strip():
                rows.empty += 1
                continue
            value = numbers[text] = _temperature(text, mapping, table.line_num)
        add_instant(instant)
        add_value(value)


def _refuse_split_number(row: list[str], at: int, cells: int, mapping: Mapping, line: int) -> None:
    """Decimal commas in a file of commas would be read as whole degrees: 8,9 as 8, which is in range."""
    if mapping.delimiter != "," or not cells < len(row) > at + 1 or (mapping.stop and row[0].startswith(mapping.stop)):
        return
    whole, after = row[at], row[at + 1]
    if _WHOLE.fullmatch(whole) and _TENTHS.fullmatch(after):
        told = (
            f"It has {len(row)} cells where {cells} are expected, and {whole.strip()},{after.strip()} may be one "
            "temperature with a decimal comma. Export it with semicolons or with decimal points."
        )
        raise LoggerFileRefused("decimal_comma", told, line)


def _temperature(text: str, mapping: Mapping, line: int) -> float:
    """°C of one cell."""
    try:
        value = float(text.replace(",", ".") if mapping.decimal == "," else text)
        if "_" in text:  # Python's own way to write 10 as 1_0
            raise ValueError
    except ValueError:
        told = f"{text!r} is no number. Choose the mapping with its decimal mark."
        raise LoggerFileRefused("bad_value", told, line) from None
    value = (value - 32) / 1.8 if mapping.unit == "F" else value
    if not _ABSOLUTE_ZERO <= value <= _HOTTEST:
        told = f"{text!r} is no temperature that a logger meets. Look at its export."
        raise LoggerFileRefused("bad_value", told, line)
    return value


def _stamp(row: list[str], columns: dict[str, int], stop: tuple[str, ...]) -> tuple[str, str] | None:
    """The day and the time of a row as written; None where the readings end."""
    if stop and row and row[0].startswith(stop):
        return None
    cells = [row[columns[name]] if columns[name] < len(row) else "" for name in ("date", "time") if name in columns]
    if cells:
        return cells[0], cells[1]
    stamp = row[columns["stamp"]] if columns["stamp"] < len(row) else ""
    found = _TIME_BEGINS.search(stamp)
    cut = found.start() if found else len(stamp)
    return stamp[:cut], stamp[cut + 1 :]


def _stamps(table: Iterable[list[str]], columns: dict[str, int], stop: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Of every reading, one after the other."""
    for row in table:
        stamps = _stamp(row, columns, stop)
        if stamps is None:
            return
        if any(row):
            yield stamps


def _columns(table: Iterator[list[str]], mapping: Mapping) -> tuple[dict[str, int], str, int]:
    """Where each column stands, the heading of the temperature as it is written, and how many cells the heading has."""
    if mapping.is_by_place:
        for _ in islice(table, mapping.skip):
            pass
        return {name: int(place[1:]) - 1 for name, place in mapping.columns.items()}, "", 0
    for row in islice(table, _HEADING_WITHIN):
        words = [cell.strip().casefold() for cell in row]
        found = {name: _place(words, heading.casefold()) for name, heading in mapping.columns.items()}
        if all(place is not None for place in found.values()):
            places = {name: place for name, place in found.items() if place is not None}
            return places, row[places["temperature"]], len(row)
    wanted = ", ".join(repr(heading) for heading in mapping.columns.values())
    raise LoggerFileRefused(
        "column_missing",
        f"No row has the headings {wanted} of the mapping {mapping.name}, separated by {mapping.delimiter!r}. "
        "Choose the mapping of this logger.",
    )


def _place(words: list[str], wanted: str) -> int | None:
    exact = [place for place, word in enumerate(words) if word == wanted]
    near = [place for place, word in enumerate(words) if word.startswith(wanted)]
    return next(iter(exact or near), None)


def _detected(text: str, mapping: Mapping) -> str:
    """The order of the parts of a date; refused where the file does not say it and can be read both ways."""
    table = _table(text, mapping)
    columns, _, _ = _columns(table, mapping)
    days = list(dict.fromkeys(day.strip() for day, _ in _stamps(table, columns, mapping.stop)))
    fit = orders_that_fit(days)
    if len(fit) == 1:
        return fit[0]
    first = days[0] if days else ""
    if not fit:
        raise LoggerFileRefused("bad_stamp", f"{first!r} and the dates after it fit no order. Say it in the mapping.")
    raise LoggerFileRefused(
        "ambiguous_date",
        f"{first!r} and every other date of the file can be read day first and month first. "
        "Say in the mapping which it is (date_order).",
    )


def _rising(at: array[float], celsius: array[float]) -> tuple[Series, int]:
    """The series; a row that repeats the one before is left out, one that contradicts it is refused."""
    series = Series(at, celsius)
    if not series.steps or min(series.steps) > 0:
        return series, 0
    kept_at, kept = array("d", at[:1]), array("d", celsius[:1])
    for instant, value in zip(at[1:], celsius[1:], strict=True):
        told = f"{instant_of(instant):%Y-%m-%d %H:%M:%S} UTC"
        if instant < kept_at[-1]:
            raise LoggerFileRefused(
                "out_of_order",
                f"The reading of {told} comes after that of {instant_of(kept_at[-1]):%Y-%m-%d %H:%M:%S}. "
                "Export one journey at a time, in the order of time; check the order of the date in the mapping.",
            )
        if instant == kept_at[-1]:
            if value != kept[-1]:
                raise LoggerFileRefused(
                    "duplicate_stamp",
                    f"{told} has two readings, {kept[-1]:g} and {value:g} °C. Ask who exported it which one is true.",
                )
            continue
        kept_at.append(instant)
        kept.append(value)
    return Series(kept_at, kept), len(at) - len(kept_at)


def _unit_is_as_said(heading: str, mapping: Mapping) -> None:
    marks = {"F": bool(_FAHRENHEIT.search(heading)), "C": bool(_CELSIUS.search(heading))}
    other = "F" if mapping.unit == "C" else "C"
    if marks[other] and not marks[mapping.unit]:
        raise LoggerFileRefused(
            "unit_doubt",
            f"The heading is {heading!r}, and the mapping {mapping.name} reads °{mapping.unit}. "
            "Choose the mapping with the unit of this file.",
        )


def _unit_is_plausible(celsius: array[float], mapping: Mapping, storage: str) -> None:
    """About out of range, and in range if it were the other unit: somebody must look."""
    rule = RULES.get(storage)
    if rule is None or rule.low is None:
        return
    middle = fmean(celsius)
    swapped = (middle - 32) / 1.8 if mapping.unit == "C" else middle * 1.8 + 32
    if not rule.low <= middle <= rule.high and rule.low <= swapped <= rule.high:
        written = middle if mapping.unit == "C" else swapped
        raise LoggerFileRefused(
            "unit_doubt",
            f"The readings lie about {written:.1f}, which is {rule.words} only if it is not "
            f"°{mapping.unit}. Look at the logger's own report and choose the mapping with its unit.",
        )
