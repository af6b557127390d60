"""Reading the evidence: a case as it stood, its history page by page, and searching. No reader is shown ciphertext."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from cases.audit.capture import capture_of
from cases.audit.fold import State, fold
from cases.audit.models import AuditEntry, Operation

ENCRYPTED = "encrypted"
CHANGED = "changed, not shown"
PAGE = 50
LONGEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one row before and after; `hidden` when the reader is shown a word in place of the value."""

    column: str
    label: str
    old: Any
    new: Any
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One entry as a page or the API shows it."""

    id: int
    chain: str
    seq: int
    at: datetime
    business_at: datetime | None
    actor: str
    on_behalf_of: str
    session_user: str
    verb: str
    reason: str
    request_id: str
    txid: int
    table: str
    row: str
    op: Operation
    changes: tuple[Change, ...]
    hash: str


@dataclass(frozen=True, slots=True)
class Page:
    """Lines of a history or a search, and the key to ask for the next page with; None at the end."""

    lines: tuple[HistoryLine, ...]
    next_key: int | None


def state_at(chain: str, at: datetime, *, by_business_time: bool = False) -> State:
    """Every row of a chain as it stood at an instant (inclusive): table to key to row, values hidden as in histories.

    `at` is compared with the true time of the entries, or with the business time where the clock has been moved
    forward and `by_business_time` is asked for. Raises ValueError for a naive instant.
    """
    _aware(at)
    entries = AuditEntry.objects.filter(chain=chain)
    if by_business_time:
        entries = entries.annotate(when=Coalesce("business_at", "at")).filter(when__lte=at)
    else:
        entries = entries.filter(at__lte=at)
    steps = entries.order_by("seq").only("seq", "table_name", "row_pk", "op", "old", "new").iterator(chunk_size=2000)
    return {table: {key: _shown_row(table, row) for key, row in rows.items()} for table, rows in fold(steps).items()}


def compare(earlier: State, later: State) -> list[tuple[str, str, tuple[Change, ...]]]:
    """What differs between two states of one chain: table, row and the fields, in order of table and row."""
    found = []
    for table in sorted({*earlier, *later}):
        before, after = earlier.get(table, {}), later.get(table, {})
        for row in sorted({*before, *after}, key=lambda key: (len(key), key)):
            changes = _changes(table, before.get(row), after.get(row))
            if changes:
                found.append((table, row, changes))
    return found


def history(
    chain: str,
    *,
    before_seq: int | None = None,
    limit: int = PAGE,
    table: str = "",
    row: str = "",
) -> Page:
    """The entries of one chain, newest first; ask on with `before_seq=page.next_key`. At most 500 lines a page."""
    entries = AuditEntry.objects.filter(chain=chain)
    if before_seq is not None:
        entries = entries.filter(seq__lt=before_seq)
    if table:
        entries = entries.filter(table_name=table)
    if row:
        entries = entries.filter(row_pk=row)
    limit = _limit(limit)
    lines = tuple(map(history_line, entries.order_by("-seq").defer("body", "prev")[: limit + 1]))
    return Page(lines[:limit], lines[limit - 1].seq if len(lines) > limit else None)


class Asked(TypedDict, total=False):
    """What a search may ask for, any of it together.

    `chains` limits the answer to what the reader may see (None is everything, an empty collection nothing; a queryset
    of keys stays in the database); `actor` is one code or several, and also finds what was done on those persons'
    behalf; `verb` may end in "." or "*" for all that begin so; `at_from` is included and `at_until` is not; `reason` is
    text anywhere in the reason, in any case.
    """

    chains: Iterable[str] | None
    actor: str | Collection[str]
    verb: str
    table: str
    row: str
    request_id: str
    at_from: datetime | None
    at_until: datetime | None
    reason: str


def search(*, before_id: int | None = None, limit: int = PAGE, **asked: Unpack[Asked]) -> Page:
    """Entries over all chains, newest first; ask on with `before_id=page.next_key`.

    Raises ValueError for a naive instant.
    """
    entries = _asked(**asked)
    if before_id is not None:
        entries = entries.filter(id__lt=before_id)
    limit = _limit(limit)
    lines = tuple(map(history_line, entries.order_by("-id").defer("body", "prev")[: limit + 1]))
    return Page(lines[:limit], lines[limit - 1].id if len(lines) > limit else None)


def count_found(*, at_most: int, **asked: Unpack[Asked]) -> int:
    """How many entries a search finds, counted up to `at_most` and no further: a page must not wait for a million."""
    return _asked(**asked).order_by()[:at_most].count()


def each_found(*, at_most: int, **asked: Unpack[Asked]) -> Iterator[HistoryLine]:
    """The newest `at_most` entries of a search one by one, for an export."""
    entries = _asked(**asked).order_by("-id").defer("body", "prev")[:at_most]
    return map(history_line, entries.iterator(chunk_size=1000))


def _asked(
    *,
    chains: Iterable[str] | None = None,
    actor: str | Collection[str] = "",
    verb: str = "",
    table: str = "",
    row: str = "",
    request_id: str = "",
    at_from: datetime | None = None,
    at_until: datetime | None = None,
    reason: str = "",
) -> QuerySet[AuditEntry]:
    entries = AuditEntry.objects.all()
    if chains is not None:
        entries = entries.filter(chain__in=chains if isinstance(chains, QuerySet) else list(chains))
    if actor:
        codes = [actor] if isinstance(actor, str) else list(actor)
        entries = entries.filter(Q(actor__in=codes) | Q(on_behalf_of__in=codes))
    if verb:
        stem = verb.rstrip("*")
        entries = entries.filter(verb__startswith=stem) if verb[-1] in ".*" else entries.filter(verb=verb)
    for column, value in (("table_name", table), ("row_pk", row), ("request_id", request_id)):
        if value:
            entries = entries.filter(**{column: value})
    if at_from is not None:
        entries = entries.filter(at__gte=_aware(at_from))
    if at_until is not None:
        entries = entries.filter(at__lt=_aware(at_until))
    if reason:
        entries = entries.exclude(reason="").filter(reason__icontains=reason)
    return entries


def history_line(entry: AuditEntry) -> HistoryLine:
    """An entry with its fields side by side, hidden ones as a word."""
    return HistoryLine(
        id=entry.pk,
        chain=entry.chain,
        seq=entry.seq,
        at=entry.at,
        business_at=entry.business_at,
        actor=entry.actor,
        on_behalf_of=entry.on_behalf_of,
        session_user=entry.session_user,
        verb=entry.verb,
        reason=entry.reason,
        request_id=entry.request_id,
        txid=entry.txid,
        table=entry.table_name,
        row=entry.row_pk,
        op=Operation(entry.op),
        changes=_changes(entry.table_name, entry.old, entry.new),
        hash=bytes(entry.hash).hex(),
    )


def _changes(table: str, old: dict[str, Any] | None, new: dict[str, Any] | None) -> tuple[Change, ...]:
    before, after = old or {}, new or {}
    hidden = _hidden(table)
    return tuple(
        Change(
            column=column,
            label=_label(table, column),
            old=_shown(before.get(column), hidden.get(column)),
            new=_shown(after.get(column), hidden.get(column)),
            hidden=column in hidden,
        )
        for column in _in_order(table, {*before, *after})
        if before.get(column) != after.get(column)
    )


def _shown_row(table: str, row: dict[str, Any]) -> dict[str, Any]:
    hidden = _hidden(table)
    return {column: _shown(value, hidden.get(column)) for column, value in row.items()}


def _shown(value: Any, word: str | None) -> Any:
    return value if word is None or value is None else word


def _hidden(table: str) -> dict[str, str]:
    capture = capture_of(table)
    if capture is None:
        return {}
    return {column: CHANGED if column in capture.digested else ENCRYPTED for column in capture.hidden}


def _in_order(table: str, columns: set[str]) -> list[str]:
    """Columns as the model has them, then those that it has no longer."""
    capture = capture_of(table)
    known = [field.column for field in capture.model._meta.concrete_fields] if capture else []
    return [column for column in known if column in columns] + sorted(columns.difference(known))


def _label(table: str, column: str) -> str:
    capture = capture_of(table)
    fields = capture.model._meta.concrete_fields if capture else ()
    return next((str(field.verbose_name) for field in fields if field.column == column), column.replace("_", " "))


def _limit(limit: int) -> int:
    return max(1, min(limit, LONGEST_PAGE))


def _aware(instant: datetime) -> datetime:
    if instant.tzinfo is None:
        raise ValueError(f"An instant needs a time zone; {instant.isoformat()} has none.")
    return instant
