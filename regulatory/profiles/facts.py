"""What is known about a case, as the evaluator sees it: events, papers, authorizations, lists, plans. Nothing else.

Everything is frozen and turns into JSON and back, so that the facts a gate was judged on can be stored with the event
it allowed. No patient identity belongs in here: subjects are references.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from decimal import Decimal
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from cases.deadlines.computation import Anchor, Pause


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. `at` is a local date of the pathway's jurisdiction, or an aware instant."""

    name: str
    at: Anchor
    recipient: str | None = None
    channel: str | None = None
    reference: str = ""


@dataclass(frozen=True, slots=True)
class DocumentHeld:
    """One paper: its type, the states it is in (signed, complete, valid, favourable, shown), its dates, who holds it.

    `issued_on` is the date its age counts from (issue, signature or publication). `scopes` are the words of what it
    covers. The states rejected, superseded, withdrawn, expired and stale make it unusable whatever else it is. `stale`
    says why a translation is so, as a sentence.
    """

    type: str
    states: tuple[str, ...] = ()
    issued_on: date | None = None
    valid_until: date | None = None
    held_by: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    reference: str = ""
    stale: str = ""


@dataclass(frozen=True, slots=True)
class AuthorizationHeld:
    """One authorization. `covers` says for each aspect which values it names; `valid_until` is its last valid day.

    `quantity_left` is in the same unit as the case's planned quantity. None means the letter does not say.
    """

    reference: str
    state: str = "in_force"
    level: str = "case"
    covers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    valid_from: date | None = None
    valid_until: date | None = None
    uses_left: int | None = None
    quantity_left: Decimal | None = None
    document: str | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """One party of a consignment: its role and which particulars are known of it (name, civic_address)."""

    role: str
    has: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attestation:
    """A person in that role signed that statement on that day; `valid_until` where it was limited.

    `by` is the person's code; empty where nobody is named, as in a what-if.
    """

    role: str
    statement: str
    signed_on: date
    valid_until: date | None = None
    reference: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class ListVersion:
    """One version of a dated list, and the days on which it stood (`until_on` inclusive, None while it stands)."""

    version: str
    from_on: date
    until_on: date | None
    entries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lot:
    """One lot on its way, for rules about remaining shelf life."""

    reference: str
    manufactured_on: date | None
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """When an authority answers: weekdays (Monday is 0) and local hours, with the source that says so."""

    weekdays: tuple[int, ...]
    opens_at: time
    closes_at: time
    source: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is known about one case (or one filing, or one consignment) when a question is asked.

    `planned` holds days that have not come (import_day, shipped, dispensed_or_supplied); `subject` what the case is
    about, by aspect (patient, prescriber, product, ...), always references; `quantity` the amount of this supply;
    `list_keys` under which key the product stands in a named list (default: the product; empty: nobody has read it);
    `pauses` clock stops by the event whose count they stop; `doubts` the stops by each way in which a question may act
    on a count, where nobody knows which (runs_on, stops, restarts); `conditions` yes/no answers about the case, such as
    controlled_drug.
    """

    events: tuple[Event, ...] = ()
    documents: tuple[DocumentHeld, ...] = ()
    authorizations: tuple[AuthorizationHeld, ...] = ()
    parties: Mapping[str, Party] = field(default_factory=dict)
    attestations: tuple[Attestation, ...] = ()
    lists: Mapping[str, tuple[ListVersion, ...]] = field(default_factory=dict)
    lots: tuple[Lot, ...] = ()
    office_hours: Mapping[str, OfficeHours] = field(default_factory=dict)
    planned: Mapping[str, date] = field(default_factory=dict)
    subject: Mapping[str, str] = field(default_factory=dict)
    quantity: Decimal | None = None
    list_keys: Mapping[str, str] = field(default_factory=dict)
    pauses: Mapping[str, tuple[Pause, ...]] = field(default_factory=dict)
    doubts: Mapping[str, Mapping[str, tuple[Pause, ...]]] = field(default_factory=dict)
    conditions: Mapping[str, bool] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain values only; `from_json` gives back an equal object."""
        return {name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> "Facts":
        """Read what `to_json` wrote; raises TypeError or ValueError naming a field that does not fit."""
        return cls(**_fields(cls, raw))


def _plain(value: Any) -> Any:
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def _made(kind: Any, raw: Any) -> Any:
    """Build a value of the annotated type from plain JSON."""
    origin = get_origin(kind)
    if origin in (Union, UnionType):
        return _made_of_several(get_args(kind), raw)
    if origin is tuple:
        return tuple(_made(get_args(kind)[0], part) for part in raw)
    if origin is not None and issubclass(origin, Mapping):
        return {key: _made(get_args(kind)[1], part) for key, part in raw.items()}
    if hasattr(kind, "__dataclass_fields__"):
        return kind(**_fields(kind, raw))
    if kind in (date, datetime, time):
        return kind.fromisoformat(raw)
    if kind is Decimal:
        return Decimal(str(raw))
    return raw


def _fields(kind: Any, raw: Mapping[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    known = {entry.name for entry in fields(kind)}
    strange = sorted(set(raw) - known)
    if strange:
        raise ValueError(f"{kind.__name__} has no field {', '.join(strange)}; known: {', '.join(sorted(known))}")
    return {name: _made(hints[name], part) for name, part in raw.items()}


def _made_of_several(kinds: tuple[Any, ...], raw: Any) -> Any:
    if raw is None:
        return None
    rest = [kind for kind in kinds if kind is not type(None)]
    if set(rest) == {date, datetime}:
        return datetime.fromisoformat(raw) if "T" in raw else date.fromisoformat(raw)
    return _made(rest[0], raw)
