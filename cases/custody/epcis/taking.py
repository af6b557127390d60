"""Taking a partner's file: every event judged, then all of it kept or nothing; the same file or event twice is one.

The bytes are kept under their hash in the data folder, since they are the transaction record of six years (21 USC
360eee-1(d)); the events go into the database by COPY, so that a hundred thousand need no more memory than a thousand.
"""

import copy
import gc
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection

from cases.audit.context import acting
from cases.custody.epcis.errors import EpcisRefused
from cases.custody.epcis.event_hash import Names, fault_of_hash
from cases.custody.epcis.reading import Prefixes, events_in, says_hash
from cases.custody.epcis.rules import judge
from cases.custody.models import EpcisFile
from cases.people.models import Pharmacy, User

RETAINED_YEARS: Final = 6
_COPY: Final = (
    "COPY custody_epcisevent (file_id, pharmacy_id, number, sha256, type, event_at, biz_step, packs, body) FROM STDIN"
)
_BATCH: Final = 2_000
_BATCH_LENGTH: Final = 2_000_000
_CANONICAL: Final = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode
Row = tuple[int, str, str, datetime, str, list[str], str]
_LONGEST_STEP: Final = 120


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a file. ``again`` when this very file was taken before: then nothing was written."""

    file: EpcisFile
    again: bool


def take_file(path: Path, *, pharmacy: Pharmacy, by: User, now: datetime) -> Taken:
    """Take one EPCIS file whole, or refuse it whole.

    :raises EpcisRefused: naming the event and the field; nothing is stored then.
    :raises OSError: when the file cannot be read or the disk is full; nothing is stored then.
    """
    sha256 = _digest_of(path)
    earlier = EpcisFile.objects.filter(pharmacy=pharmacy, sha256=sha256).first()
    if earlier is not None:
        return Taken(earlier, again=True)
    with acting(by=by, verb="custody.epcis_file.taken", business_at=now), _quiet_collector():
        # Its number first, its row last: only then is known what the file holds, and a row is written once.
        number = _next_number()
        loaded = _load(path, number, pharmacy, now)
        keep_bytes(path, sha256)
        file = EpcisFile.objects.create(
            pk=number,
            pharmacy=pharmacy,
            sha256=sha256,
            size=path.stat().st_size,
            events=loaded.events,
            new_events=loaded.new,
            events_sha256=loaded.whole.hexdigest(),
            taken_by=by,
            taken_at=now,
            retained_until=years_on(now, RETAINED_YEARS),
        )
    return Taken(file, again=False)


def path_of(sha256: str) -> Path:
    """Where the bytes of a file are."""
    return Path(settings.NPP_DATA_DIR) / "epcis" / sha256


def keep_bytes(path: Path, sha256: str) -> None:
    """Keep the bytes under their hash; a crash leaves a file without a row, never a row without a file."""
    target = path_of(sha256)
    if target.exists():
        return
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    incoming = target.with_suffix(f".{os.getpid()}")
    with path.open("rb") as source, incoming.open("wb") as kept:
        while chunk := source.read(1 << 20):
            kept.write(chunk)
        kept.flush()
        os.fsync(kept.fileno())
    incoming.replace(target)


def rows_of(path: Path, now: datetime) -> Iterator[Row]:
    """Every event of the file as a row, judged: number, hash, type, instant, step, packs, canonical text."""
    prefixes = Prefixes()
    for number, event in enumerate(events_in(path, prefixes), start=1):
        as_sent = copy.deepcopy(event) if says_hash(event) else None
        at, packs = judge(event, number, now)
        if as_sent is not None and (fault := fault_of_hash(as_sent, Names(prefixes.fields, prefixes.values))):
            raise EpcisRefused("other_hash", fault, event=number, field="eventID")
        event.pop("@context", None)
        event["eventTime"] = at.astimezone(UTC).isoformat()
        body = _CANONICAL(event)
        yield (
            number,
            hashlib.sha256(body.encode()).hexdigest(),
            event["type"],
            at,
            str(event.get("bizStep", ""))[:_LONGEST_STEP],
            packs,
            body,
        )


@dataclass
class _Loaded:
    """How far a file has been read: ``whole`` is the hash over the hashes of its events."""

    events: int = 0
    new: int = 0
    whole: Any = field(default_factory=hashlib.sha256)
    seen: set[str] = field(default_factory=set)


def _load(path: Path, file: int, pharmacy: Pharmacy, now: datetime) -> _Loaded:
    """Every event that is not kept yet, by COPY and in batches; the transaction makes it all or nothing."""
    loaded = _Loaded()
    for batch in _batches(rows_of(path, now)):
        loaded.events += len(batch)
        for row in batch:
            loaded.whole.update(row[1].encode())
        new = _unknown(batch, pharmacy, loaded)
        _copy(list({row[1]: row for row in batch if row[1] in new}.values()), file, pharmacy)
    return loaded


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    """So many rows at a time, or fewer of large events: memory goes by their length, not by their number."""
    batch: list[Row] = []
    held = 0
    for row in rows:
        batch.append(row)
        held += len(row[-1])
        if len(batch) == _BATCH or held > _BATCH_LENGTH:
            yield batch
            batch, held = [], 0
    if batch:
        yield batch


def _unknown(batch: list[Row], pharmacy: Pharmacy, loaded: _Loaded) -> set[str]:
    """The hashes of a batch that neither the database nor the file before had; counted as new."""
    hashes = {row[1] for row in batch} - loaded.seen
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sha256 FROM custody_epcisevent WHERE pharmacy_id = %s AND sha256 = ANY(%s)",
            [pharmacy.pk, list(hashes)],
        )
        new = hashes - {sha256 for (sha256,) in cursor.fetchall()}
    loaded.seen |= hashes
    loaded.new += len(new)
    return new


def _copy(rows: list[Row], file: int, pharmacy: Pharmacy) -> None:
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for row in rows:
            copy.write_row((file, pharmacy.pk, *row))


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('custody_epcisfile', 'id'))")
        (number,) = cursor.fetchone()
    return int(number)


def _digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def years_on(now: datetime, years: int) -> date:
    """The same day so many years later; 29 February becomes the 1st of March, never a day less."""
    day = now.date()
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return date(day.year + years, 3, 1)


class _quiet_collector:  # noqa: N801 - read as a word in a with statement
    """The garbage collector looks through every event that was just made, and finds none to free."""

    def __enter__(self) -> None:
        self.was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *raised: object) -> None:
        if self.was_on:
            gc.enable()
