"""Which tables are regulated, and the triggers that capture them (ADR 2).

A model says so itself::

    @regulated(chain="case:case_id")
    class Filing(models.Model): ...

and the triggers follow after every `migrate`: see `install_capture`.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.checks import Error
from django.db import models

from cases.audit.errors import CaptureNotPossible

ModelClass = TypeVar("ModelClass", bound=type[models.Model])

CAPTURE_TRIGGER = "audit_capture"
TRUNCATE_TRIGGER = "audit_no_truncate"


@dataclass(frozen=True, slots=True)
class Capture:
    """How one regulated table is captured.

    `chain` holds pairs of prefix and column, tried in order until a column is not null; an empty column makes the
    prefix itself the key. All columns are database columns.
    """

    model: type[models.Model]
    chain: tuple[tuple[str, str], ...]
    excluded: tuple[str, ...]
    digested: tuple[str, ...]
    masked: tuple[str, ...]

    @property
    def table(self) -> str:
        """The name of the table, as it stands in `AuditEntry.table_name`."""
        return self.model._meta.db_table

    @property
    def pk_column(self) -> str:
        """The column of the primary key, as it stands in `AuditEntry.row_pk`."""
        return str(self.model._meta.pk.column)

    @property
    def hidden(self) -> frozenset[str]:
        """Columns whose values no reader is shown: ciphertext, digests and those masked by name."""
        fields = self.model._meta.concrete_fields
        ciphertext = {str(field.column) for field in fields if isinstance(field, models.BinaryField)}
        return frozenset(ciphertext | set(self.digested) | set(self.masked))

    def trigger_arguments(self) -> tuple[str, str, str, str]:
        """The arguments of `audit_capture()`: key column and three array literals."""
        alternatives = tuple(part for pair in self.chain for part in pair)
        return (
            self.pk_column,
            _array(self.excluded),
            _array(self.digested),
            _array(alternatives),
        )

    def as_kept(self, row: dict[str, Any]) -> dict[str, Any]:
        """A row as evidence keeps it, reckoned in Python: without excluded columns, digested ones as SHA-256."""
        kept = {column: value for column, value in row.items() if column not in self.excluded}
        for column in self.digested:
            if (value := kept.get(column)) is not None:
                text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
                kept[column] = "sha256:" + hashlib.sha256(text.encode()).hexdigest()
        return kept

    def key_of(self, row: dict[str, Any]) -> str:
        """The key of the chain that a row belongs to: the first alternative whose column is not null."""
        keys = (
            f"{prefix}:{row[column]}" if column else prefix
            for prefix, column in self.chain
            if not column or row[column] is not None
        )
        return next(keys, "")

    def faults(self) -> list[str]:
        """Sentences about what the database could not do; empty when all is well."""
        columns = {field.column for field in self.model._meta.concrete_fields}
        named = {column for _, column in self.chain if column} | {
            *self.excluded,
            *self.digested,
            *self.masked,
        }
        found = [f"{self.table} has no column {name!r}." for name in sorted(named - columns)]
        if len(self.model._meta.pk_fields) != 1:
            found.append(f"{self.table} has a composite primary key; capture needs a single column.")
        if {column for _, column in self.chain} & {*self.excluded, *self.digested}:
            found.append(f"{self.table} hides the column that names its chain.")
        if self.model._meta.proxy or self.model._meta.abstract or not self.model._meta.managed:
            found.append(f"{self.table} is not a table of its own.")
        return found


_captures: dict[str, Capture] = {}


def regulated(
    *,
    chain: str,
    excluded: tuple[str, ...] = (),
    digested: tuple[str, ...] = (),
    masked: tuple[str, ...] = (),
) -> Callable[[ModelClass], ModelClass]:
    """Have the database capture every change of this model's table, whoever makes it.

    `chain` names the chain: "case:case_id" is "case:" and the value of that column, "system" is one chain for the
    table; alternatives are joined by "|" and the first whose column is not null counts ("case:case_id|system"). A row
    never moves to another chain, so put the column that is set first and never changes in front. `excluded` columns
    are not captured (a change of them alone leaves no entry), `digested` ones are captured as SHA-256 (a password is
    seen to have changed, not what it is), `masked` ones are captured and not shown to readers, as is every binary
    column. Raises CaptureNotPossible for a malformed chain or a column both excluded and digested.
    """
    pairs = _parse_chain(chain)
    if both := set(excluded) & set(digested):
        raise CaptureNotPossible(f"{sorted(both)} cannot be both excluded and digested.")

    def register(model: ModelClass) -> ModelClass:
        _captures[model._meta.label_lower] = Capture(
            model=model,
            chain=pairs,
            excluded=tuple(excluded),
            digested=tuple(digested),
            masked=tuple(masked),
        )
        return model

    return register


def captures() -> tuple[Capture, ...]:
    """Every regulated table, in order of its name."""
    return tuple(sorted(_captures.values(), key=lambda capture: capture.table))


def capture_of(table: str) -> Capture | None:
    """How a table is captured, or None when it is not regulated (any more)."""
    return next((capture for capture in _captures.values() if capture.table == table), None)


def check_captures(app_configs: object = None, **kwargs: Any) -> list[Error]:
    """Django system check: a registration that names what does not exist stops `migrate` before it begins."""
    return [
        Error(
            fault,
            hint="See cases.audit.capture.regulated.",
            obj=capture.model,
            id="audit.E001",
        )
        for capture in captures()
        for fault in capture.faults()
    ]


def _parse_chain(chain: str) -> tuple[tuple[str, str], ...]:
    pairs = []
    for alternative in chain.split("|"):
        prefix, colon, column = alternative.strip().partition(":")
        if not prefix.isidentifier() or (colon and not column.isidentifier()):
            raise CaptureNotPossible(f"{chain!r} is no chain: write 'case:case_id', 'system' or 'case:case_id|system'.")
        pairs.append((prefix, column))
    return tuple(pairs)


def _array(parts: tuple[str, ...]) -> str:
    """A PostgreSQL array literal; the parts are identifiers, the empty one quoted."""
    return "{" + ",".join(part or '""' for part in parts) + "}"
