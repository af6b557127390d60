"""Entries of the audit trail in the house's words: records, fields and values as a reader of evidence needs them.

The trail keeps tables, columns and keys. Here a key becomes the reference or name it stands for, a coded value its
label, an instant its UTC time. Each kind of record that a page speaks of costs one query, however many lines it has.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import models

from cases.audit.asof import Change, HistoryLine, compare
from cases.audit.capture import Capture, capture_of, captures
from cases.audit.fold import State
from cases.audit.models import Operation
from cases.lifecycle.telling import tell_deed
from cases.people.models import User
from cases.web.words import capital, counted, iso_moment, number

NOTHING = "empty"
OPERATIONS = {
    Operation.INSERTED: "added",
    Operation.UPDATED: "changed",
    Operation.DELETED: "removed",
    Operation.SCHEMA: "carried over by a migration",
}
# Times further apart than this are two times; closer, the clock of the business is the true one.
SAME_TIME = 2.0
# Records that say what they are without a label of their own, and what is joined for it; others are told by number,
# since asking each of them would cost a query a line.
_SPEAK: dict[str, tuple[str, ...]] = {
    "cases.case": (),
    "cases.medicine": (),
    "custody.partner": (),
    "people.institution": (),
    "people.patient": (),
    "people.pharmacy": (),
    "people.prescriber": ("user",),
    "people.user": (),
    "regulatory.enquiry": (),
    "regulatory.profileversion": (),
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field in words, before and after; ``hidden`` when a word stands in place of its value."""

    label: str
    was: str
    now: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as a page, a sheet of a spreadsheet or a JSON document shows it."""

    entry: HistoryLine
    deed: str
    who: str
    on_behalf_of: str
    record: str
    operation: str
    changes: tuple[FieldChange, ...]

    @property
    def two_times(self) -> bool:
        """Whether the business believed it to be another time than it was."""
        business = self.entry.business_at
        return business is not None and abs((business - self.entry.at).total_seconds()) > SAME_TIME


@dataclass(frozen=True, slots=True)
class Record:
    """One row as it stood: its name and every field that held something."""

    key: str
    name: str
    fields: tuple[tuple[str, str], ...]


def spoken(lines: Sequence[HistoryLine]) -> list[Line]:
    """Lines of a history or a search in words; queries by kinds of record, never by line."""
    names = _Names()
    for line in lines:
        names.want_record(line.table, line.row)
        names.want_values(line.table, ((change.column, side) for change in line.changes for side in _sides(change)))
    names.read()
    people = names_of_people({code for line in lines for code in (line.actor, line.on_behalf_of) if code})
    return [
        Line(
            entry=line,
            deed=tell_deed(line.verb),
            who=people.get(line.actor, line.actor),
            on_behalf_of=people.get(line.on_behalf_of, line.on_behalf_of),
            record=names.record(line.table, line.row),
            operation=OPERATIONS[line.op],
            changes=_told(names, line.table, line.changes),
        )
        for line in lines
    ]


def spoken_state(state: State) -> list[tuple[str, list[Record]]]:
    """A case as it stood, kind by kind: (title of the kind, its records with every field that held something)."""
    names = _Names()
    for table, rows in state.items():
        for key, row in rows.items():
            names.want_record(table, key)
            names.want_values(table, row.items())
    names.read()
    return [
        (
            capital(kind_of(table)),
            [
                Record(key, names.record(table, key), tuple(_filled(names, table, row)))
                for key, row in sorted(rows.items(), key=lambda item: (len(item[0]), item[0]))
            ],
        )
        for table, rows in sorted(state.items(), key=lambda item: _rank(item[0]))
        if rows
    ]


@dataclass(frozen=True, slots=True)
class Difference:
    """A record that was there at both moments and changed between them; ``key`` is its table and number."""

    key: str
    record: str
    changes: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Records of one kind that are there now and were not then: (table and number, name)."""

    kind: str
    records: tuple[tuple[str, str], ...]


def spoken_differences(then: State, now: State) -> tuple[list[Difference], list[Arrivals]]:
    """What changed between two moments in words, and what came since, kind by kind."""
    found = sorted(compare(then, now), key=lambda difference: _rank(difference[0]))
    names = _Names()
    for table, key, changes in found:
        names.want_record(table, key)
        names.want_values(table, ((change.column, side) for change in changes for side in _sides(change)))
    names.read()
    changed: list[Difference] = []
    came: dict[str, list[tuple[str, str]]] = {}
    for table, key, changes in found:
        if key not in then.get(table, {}):
            came.setdefault(table, []).append((f"{table} {key}", names.record(table, key)))
        else:
            changed.append(Difference(f"{table} {key}", names.record(table, key), _told(names, table, changes)))
    arrivals = [Arrivals(capital(kind_of(table)), tuple(records)) for table, records in came.items()]
    return changed, arrivals


def _told(names: "_Names", table: str, changes: Iterable[Change]) -> tuple[FieldChange, ...]:
    return tuple(
        FieldChange(
            label=capital(change.label),
            was=names.value(table, change.column, change.old, hidden=change.hidden),
            now=names.value(table, change.column, change.new, hidden=change.hidden),
            hidden=change.hidden,
        )
        for change in changes
    )


def kind_of(table: str) -> str:
    """What a table keeps, in words: ``filing``; a table that is gone keeps its name."""
    capture = capture_of(table)
    if capture is None:
        return table.replace("_", " ")
    return str(capture.model._meta.verbose_name)


def kinds() -> list[tuple[str, str]]:
    """Every regulated table with its words, in their order, for a choice."""
    return sorted(((one.table, capital(kind_of(one.table))) for one in captures()), key=lambda pair: pair[1])


def names_of_people(codes: Iterable[str]) -> dict[str, str]:
    """Display names by code; one query. A person whose right ended keeps the name on record."""
    return dict(User.objects.filter(code__in=set(codes)).values_list("code", "display_name"))


def _filled(names: "_Names", table: str, row: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    capture = capture_of(table)
    fields = capture.model._meta.concrete_fields if capture else []
    labels = {str(field.column): capital(str(field.verbose_name)) for field in fields}
    for column in [one for one in labels if one in row] + [one for one in row if one not in labels]:
        value = row[column]
        if value not in (None, "", [], {}) and column != "id":
            hidden = capture is not None and column in capture.hidden
            yield labels.get(column, column.replace("_", " ")), names.value(table, column, value, hidden=hidden)


def _rank(table: str) -> tuple[int, str]:
    """The case itself first; what was sent about it, and its events, last: they are told elsewhere."""
    last = {"notices_notice": 2, "notices_deliveryattempt": 2, "cases_caseevent": 3}
    return (0 if table == "cases_case" else last.get(table, 1), kind_of(table))


def _sides(change: Change) -> tuple[Any, Any]:
    return (None, None) if change.hidden else (change.old, change.new)


class _Names:
    """The records that a page speaks of, read kind by kind once it is known which are meant."""

    def __init__(self) -> None:
        self._wanted: dict[type[models.Model], set[str]] = {}
        self._found: dict[tuple[type[models.Model], str], str] = {}

    def want_record(self, table: str, key: str) -> None:
        capture = capture_of(table)
        if capture is not None:
            self._want(capture.model, key)

    def want_values(self, table: str, values: Iterable[tuple[str, Any]]) -> None:
        relations = _relations(capture_of(table))
        for column, value in values:
            if column in relations and value not in (None, ""):
                self._want(relations[column], str(value))

    def read(self) -> None:
        for model, keys in self._wanted.items():
            joined = _SPEAK.get(model._meta.label_lower)
            rows = model._default_manager.filter(pk__in=keys)
            for row in rows.select_related(*joined) if joined else rows.order_by():
                self._found[(model, str(row.pk))] = str(row) if joined is not None else str(getattr(row, "label", row))

    def record(self, table: str, key: str) -> str:
        """``Filing F-2``, or ``Deadline 41`` where the record has no name of its own."""
        capture = capture_of(table)
        label = self._found.get((capture.model, key), key) if capture else key
        return f"{capital(kind_of(table))} {label}"

    def value(self, table: str, column: str, value: Any, *, hidden: bool = False) -> str:
        """One value in words; a hidden one is told by its word."""
        if value is None or value == "":
            return NOTHING
        capture = capture_of(table)
        relation = None if hidden else _relations(capture).get(column)
        if relation is not None:
            return self._found.get((relation, str(value)), f"{relation._meta.verbose_name} {value}")
        return _plain(value) if hidden else _in_words(_field(capture, column), value)

    def _want(self, model: type[models.Model], key: str) -> None:
        if model._meta.label_lower in _SPEAK or isinstance(getattr(model, "label", None), property):
            self._wanted.setdefault(model, set()).add(key)


def _relations(capture: Capture | None) -> dict[str, type[models.Model]]:
    if capture is None:
        return {}
    return {
        str(field.column): field.related_model
        for field in capture.model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and isinstance(field.related_model, type)
    }


def _field(capture: Capture | None, column: str) -> Any:
    fields = capture.model._meta.concrete_fields if capture else []
    return next((field for field in fields if field.column == column), None)


def _in_words(field: Any, value: Any) -> str:
    choices = dict(getattr(field, "flatchoices", ()) or ())
    if isinstance(value, str | int) and value in choices:
        return str(choices[value])
    if isinstance(field, models.DateTimeField) and isinstance(value, str):
        return _moment(value)
    return _plain(value)


def _moment(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return iso_moment(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def _plain(value: Any) -> str:
    """A value without a field that explains it: a list or an object is told whole, in one line."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        if all(isinstance(one, str | int) for one in value):
            return ", ".join(map(str, value)) or "none"
        return f"{counted(len(value), 'part')}: {json.dumps(value, ensure_ascii=False, default=str)}"
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')}: {_plain(part)}" for name, part in value.items()) or "none"
    return str(value) if not hasattr(value, "as_tuple") else number(value)
