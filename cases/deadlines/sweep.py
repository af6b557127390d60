"""The sweep: whatever is due is claimed, reminded of and turned, in batches, each batch in one transaction (ADR 5).

Cases and deadlines are claimed together with SKIP LOCKED, so that the sweep never waits for a person and two sweeps
never take the same one. Reminder, outbox row, turn and next look are written in the transaction of the claim: killed at
any instant, a sweep has done a batch or has not. A reminder is unique by its key, so that nothing is said twice.
"""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import OperationalError, connection
from django.db.models.functions import Now
from psycopg.errors import DeadlockDetected, LockNotAvailable

from cases.audit.context import acting
from cases.deadlines.clocks import DeadlineKind, Hearer, Step, kind_or_usual, next_step, own_letter_of
from cases.deadlines.ledger import case_model, turn
from cases.deadlines.models import Deadline, Reminder
from cases.notices.heartbeat import INTERVALS, TrueNow, interval
from cases.notices.models import Channel, Notice
from cases.notices.services import message_id_of
from cases.people.models import User
from cases.people.roles import PHARMACISTS, Role

logger = logging.getLogger(__name__)

BATCH = 1_000
DIGEST = "deadlines.reminders"
URGENT = "deadlines.urgent_reminder"
# More urgent ones for one person in one batch are a storm, and go into the digest.
MOST_URGENT = 3
# A digest waits for the rest of its sweep; should the sweep die, it goes out by itself after this.
HELD = timedelta(seconds=60)
COUNTS = ("claimed", "reminders", "late", "collapsed", "missed", "windows_ended", "notices", "unheard", "left_locked")


@dataclass(frozen=True, slots=True)
class Claimed:
    """One claimed deadline with the people of its case, as read in one query."""

    id: int
    case_id: int
    kind: str
    force: str
    version: int
    has_turned: bool
    due_at: datetime
    next_rung_at: datetime
    holder_id: int | None
    holder_role: str
    coordinator_id: int
    prescriber_id: int
    pharmacy_id: int


@dataclass(frozen=True, slots=True, eq=False)
class Said:
    """One reminder to write."""

    claimed: Claimed
    step: Step
    recipient_id: int
    is_late: bool
    is_urgent: bool

    @property
    def key(self) -> str:
        """The key of an urgent reminder's own notice."""
        rung = self.step.rung.code if self.step.rung else ""
        return f"{URGENT}:{self.claimed.id}:{self.claimed.version}:{rung}:{self.recipient_id}"


class Busy(Exception):
    """Raised inside when a batch met a lock that somebody holds; nothing of the batch was done."""

    def __init__(self, deadlines: list[int]) -> None:
        super().__init__(f"{len(deadlines)} deadlines are locked")
        self.deadlines = deadlines


def sweep(*, now: datetime, batch: int = BATCH) -> Counter[str]:
    """Do everything that is due at ``now``; returns the counts named in `COUNTS`.

    :param now: business time. An earlier ``now`` than that of the last sweep finds nothing and harms nothing.
    """
    counts: Counter[str] = Counter(dict.fromkeys(COUNTS, 0))
    if not Deadline.objects.filter(next_rung_at__lte=now).exists():
        return counts
    by = User.objects.service("deadline-sweep")
    opened: list[int] = []
    size = batch
    left: list[int] = []
    while True:
        try:
            done, made = _sweep_batch(by=by, now=now, size=size, without=left)
        except Busy as busy:
            # Somebody holds the evidence chain of one of these cases: give way, then try with fewer at a time.
            if size == 1 and not busy.deadlines:
                raise
            left += busy.deadlines if size == 1 else []
            size = max(size // 10, 1)
            continue
        counts.update(done)
        opened += made
        if done["claimed"] < size:
            break
    counts["left_locked"] = len(left)
    counts["notices"] = _release(opened, by=by, now=now)
    return counts


def _sweep_batch(*, by: User, now: datetime, size: int, without: list[int]) -> tuple[Counter[str], list[int]]:
    claimed: list[Claimed] = []
    try:
        with acting(by=by, verb="deadlines.deadline.swept", business_at=now):
            with connection.cursor() as cursor:
                # Shorter than the server's deadlock timeout: in a ring of locks it is the sweep that lets go.
                cursor.execute("SET LOCAL lock_timeout = '500ms'")
            claimed += _claim(now=now, size=size, without=without)
            return _do(claimed, by=by, now=now)
    except OperationalError as trouble:
        if isinstance(trouble.__cause__, (LockNotAvailable, DeadlockDetected)):
            raise Busy([row.id for row in claimed]) from trouble
        raise


def _do(claimed: list[Claimed], *, by: User, now: datetime) -> tuple[Counter[str], list[int]]:
    counts: Counter[str] = Counter(claimed=len(claimed))
    if not claimed:
        return counts, []
    plans = [(row, _step(row, now)) for row in claimed]
    said = _heard(plans, now=now, counts=counts)
    notices, made = _notices_for(said, by=by, now=now)
    counts["reminders"] = _write_reminders(said, notices, now=now)
    counts["late"] = sum(one.is_late for one in said)
    counts["collapsed"] = sum(step.collapsed for _, step in plans)
    _plan_next([(row.id, step.next_rung_at) for row, step in plans])
    turning = [row.id for row, step in plans if step.turns]
    deadlines = list(Deadline.objects.filter(pk__in=turning).order_by("case_id", "id")) if turning else []
    turn(deadlines, by=by, now=now)
    counts["missed"] = sum(deadline.state == Deadline.State.MISSED for deadline in deadlines)
    counts["windows_ended"] = len(deadlines) - counts["missed"]
    return counts, made


def _claim(*, now: datetime, size: int, without: list[int]) -> list[Claimed]:
    deadline, case = Deadline._meta, case_model()._meta
    prescriber = case.get_field("prescriber").related_model._meta
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT d.id, d.case_id, d.kind, d.force, d.version, d.state = 'missed', d.due_at, d.next_rung_at,
                   d.holder_id, d.holder_role, c.coordinator_id, p.user_id, c.pharmacy_id
            FROM {deadline.db_table} d
            JOIN {case.db_table} c ON c.id = d.case_id
            JOIN {prescriber.db_table} p ON p.id = c.prescriber_id
            WHERE d.next_rung_at <= %s AND d.id <> ALL (%s::bigint[])
            ORDER BY d.next_rung_at, d.id
            LIMIT %s
            FOR NO KEY UPDATE OF d, c SKIP LOCKED
            """,  # noqa: S608 - table names of our own models
            [now, without, size],
        )
        rows = [Claimed(*row) for row in cursor.fetchall()]
    # Written in the order of the cases, so that evidence chains are locked in one order by everybody.
    return sorted(rows, key=lambda row: (row.case_id, row.id))


def _step(row: Claimed, now: datetime) -> Step:
    return next_step(_kind(row), due_at=row.due_at, from_at=row.next_rung_at, now=now, has_turned=row.has_turned)


def _kind(row: Claimed) -> DeadlineKind:
    return kind_or_usual(row.kind, force=row.force)


# -- who hears


def _heard(plans: Sequence[tuple[Claimed, Step]], *, now: datetime, counts: Counter[str]) -> list[Said]:
    telling = [(row, step) for row, step in plans if step.rung is not None and step.rung_at is not None]
    if not telling:
        return []
    active, in_charge = _people({row.pharmacy_id for row, _ in telling}, _candidates(row for row, _ in telling))
    tolerated = INTERVALS * interval()
    said = []
    for row, step in telling:
        hearers = _hearers(row, step, active, in_charge)
        if not hearers:
            counts["unheard"] += 1
            logger.warning("deadline %s has a rung that nobody can hear: no active person at its pharmacy", row.id)
        is_late = step.rung_at is not None and now - step.rung_at > tolerated
        is_urgent = _kind(row).is_urgent and not is_late
        said += [Said(row, step, person, is_late, is_urgent) for person in hearers]
    return said


def _candidates(rows: Iterable[Claimed]) -> set[int]:
    return {
        person
        for row in rows
        for person in (row.holder_id, row.coordinator_id, row.prescriber_id)
        if person is not None
    }


def _people(pharmacies: set[int], candidates: set[int]) -> tuple[set[int], dict[int, list[int]]]:
    """Which candidates are active, and each pharmacy's pharmacists in charge (else its pharmacists): two queries."""
    active = set(User.objects.filter(pk__in=candidates, is_active=True).values_list("pk", flat=True))
    by_role: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    staff = User.objects.filter(pharmacy__in=pharmacies, is_active=True, role__in=PHARMACISTS).order_by("pk")
    for pharmacy, role, person in staff.values_list("pharmacy_id", "role", "pk"):
        by_role[pharmacy][role].append(person)
    return active, {
        pharmacy: roles[Role.PHARMACIST_IN_CHARGE] or roles[Role.COORDINATING_PHARMACIST]
        for pharmacy, roles in by_role.items()
    }


def _hearers(row: Claimed, step: Step, active: set[int], in_charge: dict[int, list[int]]) -> list[int]:
    heads = in_charge.get(row.pharmacy_id, [])
    heard: list[int] = []
    for hearer in step.to:
        if hearer is Hearer.PIC or (hearer is Hearer.HOLDER and row.holder_role == Role.PHARMACIST_IN_CHARGE):
            heard += heads
        else:
            person = _holder(row) if hearer is Hearer.HOLDER else row.coordinator_id
            # Somebody who left hears nothing: the case's coordinator does, or else who is in charge.
            stands_in = [row.coordinator_id] if row.coordinator_id in active else heads
            heard += [person] if person in active else stands_in
    return list(dict.fromkeys(heard))


def _holder(row: Claimed) -> int:
    if row.holder_id is not None:
        return row.holder_id
    return row.prescriber_id if row.holder_role in (Role.PRESCRIBER, Role.DELEGATE) else row.coordinator_id


# -- what is written


def _notices_for(said: Sequence[Said], *, by: User, now: datetime) -> tuple[dict[tuple[int, str], int], list[int]]:
    """The notice of each reminder: by (recipient, own key or ""), and the digests that wait for the sweep's end."""
    urgent = _urgent(said)
    own = [one for one in said if one in urgent]
    digests = _own_letters(said, by=by, now=now)
    alone = urgent | {one for one in said if (one.recipient_id, one.key) in digests}
    readers = sorted({one.recipient_id for one in said if one not in alone})
    if readers:
        waiting = Notice.objects.filter(kind=DIGEST, state="planned", attempts=0, recipient__in=readers)
        for pk, reader in waiting.select_for_update(skip_locked=True).order_by("id").values_list("pk", "recipient_id"):
            digests.setdefault((reader or 0, ""), pk)
    planned = [
        _notice(DIGEST, f"{DIGEST}:{uuid4()}", reader, now, held=True)
        for reader in readers
        if (reader, "") not in digests
    ]
    if own:
        there = Notice.objects.filter(key__in=[one.key for one in own]).values_list("recipient_id", "key", "pk")
        digests.update({(reader or 0, key): pk for reader, key, pk in there})
        planned += [
            _notice(URGENT, one.key, one.recipient_id, now, case_id=one.claimed.case_id)
            for one in own
            if (one.recipient_id, one.key) not in digests
        ]
    for notice in Notice.objects.bulk_create(planned):
        digests[notice.recipient_id or 0, notice.key if notice.kind == URGENT else ""] = notice.pk
    held = [pk for (_, key), pk in digests.items() if not key]
    return digests, held


def _own_letters(said: Sequence[Said], *, by: User, now: datetime) -> dict[tuple[int, str], int]:
    """The notices of dates whose kind writes to its holder by itself, by (recipient, own key)."""
    written: dict[tuple[int, str], int] = {}
    for one in said:
        writer = own_letter_of(one.claimed.kind)
        if writer is not None and one.recipient_id == _holder(one.claimed):
            deadline, reader = Deadline.objects.get(pk=one.claimed.id), User.objects.get(pk=one.recipient_id)
            written[one.recipient_id, one.key] = writer(
                deadline, reader, key=one.key.replace(URGENT, one.claimed.kind, 1), by=by, now=now
            )
    return written


def _urgent(said: Sequence[Said]) -> set[Said]:
    alone: dict[int, list[Said]] = defaultdict(list)
    for one in said:
        if one.is_urgent:
            alone[one.recipient_id].append(one)
    return {one for few in alone.values() if len(few) <= MOST_URGENT for one in few}


def _notice(
    kind: str, key: str, reader: int, now: datetime, *, held: bool = False, case_id: int | None = None
) -> Notice:
    return Notice(
        key=key,
        kind=kind,
        channel=Channel.MAIL,
        case_id=case_id,
        recipient_id=reader,
        is_urgent=kind == URGENT,
        message_id=message_id_of(key),
        planned_at=now,
        next_attempt_at=Now() + HELD if held else Now(),
    )


def _write_reminders(said: Sequence[Said], notices: dict[tuple[int, str], int], *, now: datetime) -> int:
    """One INSERT; a reminder that was said already (same key) is left as it is. Returns how many are new."""
    if not said:
        return 0
    rows = [
        (
            one.claimed.id,
            one.claimed.case_id,
            one.claimed.version,
            one.step.rung.code if one.step.rung else "",
            one.recipient_id,
            one.step.rung_at,
            one.is_late,
            one.is_urgent,
            one.step.collapsed,
            notices.get((one.recipient_id, one.key)) or notices[one.recipient_id, ""],
        )
        for one in said
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {Reminder._meta.db_table} (deadline_id, case_id, version, rung, recipient_id, channel, rung_at,
                swept_at, is_late, is_urgent, collapsed, notice_id)
            SELECT r.deadline, r.of_case, r.version, r.rung, r.recipient, 'mail', r.rung_at, %s, r.late, r.urgent,
                r.collapsed, r.notice
            FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::text[], %s::bigint[], %s::timestamptz[], %s::bool[],
                %s::bool[], %s::smallint[], %s::bigint[])
                AS r(deadline, of_case, version, rung, recipient, rung_at, late, urgent, collapsed, notice)
            ON CONFLICT (deadline_id, version, rung, recipient_id, channel) DO NOTHING
            """,  # noqa: S608 - table name of our own model
            [now, *map(list, zip(*rows, strict=True))],
        )
        return int(cursor.rowcount)


def _plan_next(planned: Sequence[tuple[int, datetime | None]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {Deadline._meta.db_table} d SET next_rung_at = n.at
            FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(id, at) WHERE d.id = n.id
            """,  # noqa: S608 - table name of our own model
            [list(part) for part in zip(*planned, strict=True)],
        )


def _release(notices: list[int], *, by: User, now: datetime) -> int:
    """The sweep is over: its digests may go. Returns how many notices it leaves to the sender."""
    if not notices:
        return 0
    with acting(by=by, verb="deadlines.digest.released", business_at=now):
        return Notice.objects.filter(pk__in=set(notices), state="planned").update(next_attempt_at=TrueNow())
