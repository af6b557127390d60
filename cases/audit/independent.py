"""A second opinion on the evidence, in Python alone: it asks the database for nothing but its rows.

`verify` is fast because the database compares where the rows are, with the functions that are installed there. This
one trusts none of them: it reads the hashed texts, takes them apart by the canonical form, adds them up and compares
the sums with the rows. It takes several times as long, and finds the same.
"""

import json
import time
from collections.abc import Iterator
from typing import Any

from django.db import DEFAULT_DB_ALIAS
from django.db.backends.base.base import BaseDatabaseWrapper

from cases.audit.canonical import FIELDS, FIRST_PREV, NotCanonical, hash_of, instant, parse
from cases.audit.capture import Capture, captures
from cases.audit.findings import Finding, Kind, Report
from cases.audit.models import ExactDecoder
from cases.audit.snapshot import one_snapshot

Image = dict[str, Any]
_NUMBERS = ("seq", "txid")
_INSTANTS = ("at", "business_at")
_VALUES = ("old", "new")
_GONE = "D"


class _Row:
    """A row as its entries tell it so far."""

    __slots__ = ("chain", "image", "op", "seq")

    def __init__(self, chain: str, seq: int, op: str, image: Image) -> None:
        self.chain, self.seq, self.op, self.image = chain, seq, op, image


def verify_independently(*, using: str = DEFAULT_DB_ALIAS) -> Report:
    """Verify everything without the database's own functions; the report is of the same form as that of `verify`.

    Holds every row that entries speak of in memory. Triggers, grants and the line of checkpoints are not looked at.
    """
    begun = time.perf_counter()
    report = Report(scope="all")
    with one_snapshot(using) as connection:
        rows: dict[tuple[str, str], _Row] = {}
        _follow_chains(connection, rows, report)
        for capture in captures():
            _compare_rows(connection, capture, rows, report)
    report.seconds = time.perf_counter() - begun
    return report


def _follow_chains(connection: BaseDatabaseWrapper, rows: dict[tuple[str, str], _Row], report: Report) -> None:
    found = report.findings.append
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, last_seq, last_hash FROM audit_auditchain")
        heads = {key: (last_seq, bytes(last_hash)) for key, last_seq, last_hash in cursor.fetchall()}
    report.chains = len(heads)
    ends: dict[str, tuple[int, bytes, str]] = {}
    for columns, prev, digest, body in _entries(connection):
        report.entries += 1
        key, number = columns["chain"], int(columns["seq"])
        seq, last, at = ends.get(key, (0, FIRST_PREV, ""))
        if key not in ends and key not in heads:
            found(Finding(Kind.HEAD_MISSING, "The chain has entries and no head.", key))
        if number != seq + 1:
            found(Finding(Kind.GAP, f"Entry {number} follows entry {seq}.", key, number))
        if prev != last:
            found(Finding(Kind.LINK, "The entry does not link to the one before it.", key, number))
        if hash_of(prev, body) != digest:
            found(Finding(Kind.HASH, "The hash is not that of the text.", key, number))
        try:
            said = parse(body)
        except NotCanonical as fault:
            found(Finding(Kind.BODY, f"The text cannot be read: {fault}", key, number))
            ends[key] = (number, digest, at)
            continue
        if said != columns:
            table, row = str(columns["table_name"]), str(columns["row_pk"])
            found(Finding(Kind.BODY, "The columns are not what the hashed text says.", key, number, table, row))
        if (said["chain"], said["seq"]) == (key, str(number)):
            if str(said["at"]) < at:
                found(Finding(Kind.TIME, f"Written at {said['at']}, before the entry it follows ({at}).", key, number))
            at = str(said["at"])
        ends[key] = (number, digest, at)
        _add_up(columns, rows, report)
    for key, head in sorted(heads.items()):
        seq, last, _ = ends.get(key, (0, head[1], ""))
        if head != (seq, last):
            detail = f"The head names entry {head[0]}; the last that there is is entry {seq}."
            found(Finding(Kind.HEAD, detail, key, seq or head[0]))


def _entries(connection: BaseDatabaseWrapper) -> Iterator[tuple[dict[str, Any], bytes, bytes, str]]:
    """The columns of every entry as the canonical form would have them, its link, its hash and its hashed text."""
    names = ", ".join(f'"{name}"::text' if name in _VALUES else f'"{name}"' for name in FIELDS)
    with (
        connection.cursor() as cursor,
        cursor.cursor.copy(
            f"COPY (SELECT {names}, prev, hash, body FROM audit_auditentry ORDER BY chain, seq)"  # noqa: S608 - own names
            " TO STDOUT (FORMAT BINARY)"
        ) as copy,
    ):
        kinds = {**dict.fromkeys(_NUMBERS, "int8"), **dict.fromkeys(_INSTANTS, "timestamptz")}
        copy.set_types([*(kinds.get(name, "text") for name in FIELDS), "bytea", "bytea", "text"])
        for *values, prev, digest, body in copy.rows():
            columns = dict(zip(FIELDS, values, strict=True))
            for name in _NUMBERS:
                columns[name] = str(columns[name])
            for name in _INSTANTS:
                columns[name] = instant(columns[name])
            yield columns, prev, digest, body


def _add_up(columns: dict[str, Any], rows: dict[tuple[str, str], _Row], report: Report) -> None:
    """Lay one entry over what earlier ones told of its row."""
    chain, seq, op = columns["chain"], int(columns["seq"]), columns["op"]
    place = (columns["table_name"], columns["row_pk"])
    old, new = (_image(columns[name]) for name in _VALUES)

    def finding(kind: Kind, detail: str) -> None:
        report.findings.append(Finding(kind, detail, chain, seq, *place))

    row = rows.get(place)
    if row is not None and row.chain != chain:
        finding(Kind.ROW_CHAIN, f"Earlier entries of the row are on {row.chain}.")
    there = row is not None and row.op != _GONE
    if op == "I" and there:
        finding(Kind.DISCONTINUOUS, "The row is inserted although it was there.")
    elif op != "I" and not there:
        finding(Kind.DISCONTINUOUS, "The row is changed or deleted although it was not there.")
    elif op != "I" and row is not None and old is not None and (names := _differing(row.image, old)):
        finding(Kind.DISCONTINUOUS, f"Old values differ from what was recorded before: {names}.")
    rows[place] = _Row(chain, seq, op, {**(row.image if row else {}), **(new or {})})


def _compare_rows(
    connection: BaseDatabaseWrapper, capture: Capture, rows: dict[tuple[str, str], _Row], report: Report
) -> None:
    """Every row of a table against what its entries add up to, and every sum that has no row."""
    report.tables += 1
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT to_jsonb(t)::text FROM "{capture.table}" t')  # noqa: S608 - our own table
        for (text,) in cursor:
            report.rows += 1
            image = capture.as_kept(_image(text) or {})
            key, chain = str(image[capture.pk_column]), capture.key_of(image)
            row = rows.pop((capture.table, key), None)
            if row is None:
                nowhere = Finding(Kind.ROW_UNRECORDED, "The row has no entries.", chain, None, capture.table, key)
                report.findings.append(nowhere)
                continue
            place = (row.chain, row.seq, capture.table, key)
            if row.op == _GONE:
                detail = "The row is there although its deletion is recorded."
                report.findings.append(Finding(Kind.ROW_BACK, detail, *place))
            elif names := _differing(row.image, image):
                report.findings.append(Finding(Kind.ROW_DIFFERS, f"Columns differ from the entries: {names}.", *place))
            elif row.chain != chain:
                detail = f"The row belongs to {chain}, its entries are on {row.chain}."
                report.findings.append(Finding(Kind.ROW_CHAIN, detail, *place))
    for table, key in [place for place in rows if place[0] == capture.table]:
        row = rows.pop((table, key))
        if row.op != _GONE:
            detail = "The row is gone, and no entry records its deletion."
            report.findings.append(Finding(Kind.ROW_GONE, detail, row.chain, row.seq, table, key))


def _image(text: str | None) -> Image | None:
    return None if text is None else json.loads(text, cls=ExactDecoder)


def _differing(image: Image, values: Image) -> str:
    """Names of the columns of `values` that the image has otherwise; never the values."""
    return ", ".join(sorted(name for name, value in values.items() if name not in image or image[name] != value))
