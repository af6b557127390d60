"""What differs between two versions of a pathway, fact by fact. Pure.

Facts are matched by their id, never by their place in the file: a fact that moved is the same fact. A change of law
(what the fact says) is kept apart from a change of knowledge (source, confidence, remark), because only the first can
move a date or shut a gate.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from regulatory.profiles.loader import Profile

Kind = Literal["added", "removed", "changed"]
# Fields of a fact that say how it is known, not what the law is.
PROVENANCE = frozenset({"basis", "source", "confidence", "note", "checked_on", "expr_basis"})
# Fields of a profile that are about the version itself; a reader sees them in its head.
OF_THE_VERSION = frozenset({"profile_version", "status", "reviewed_on", "reviewed_by", "next_review_due", "supersedes"})
# The table of sources that a version brings along belongs to what is known, not to the law.
KNOWLEDGE = frozenset({"sources"})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after; None where the fact had or has no such field."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """One fact that differs. ``of_law`` is False when only the knowledge about it changed."""

    kind: Kind
    section: str
    fact: str
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    fields: tuple[FieldChange, ...]

    @property
    def of_law(self) -> bool:
        return self.section not in KNOWLEDGE and any(change.field not in PROVENANCE for change in self.fields)

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "section": self.section,
            "fact": self.fact,
            "of_law": self.of_law,
            "fields": [
                {"field": change.field, "before": change.before, "after": change.after} for change in self.fields
            ],
        }


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions of one pathway side by side: what differs, and how many facts are the same."""

    before: str
    after: str
    changes: tuple[Change, ...]
    same: int

    @property
    def of_law(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if change.of_law)

    def sections(self) -> frozenset[str]:
        """The sections in which the law differs."""
        return frozenset(change.section for change in self.of_law)

    def facts(self) -> frozenset[str]:
        """The ids of the facts in which the law differs."""
        return frozenset(change.fact for change in self.of_law)

    def to_json(self) -> dict[str, Any]:
        return {
            "before": self.before,
            "after": self.after,
            "same": self.same,
            "changes": [change.to_json() for change in self.changes],
        }


def difference(before: Profile, after: Profile) -> Difference:
    """Every fact and every plain field in which two versions of one pathway differ, in the order of the file.

    :raises ValueError: for two different pathways.
    """
    if before.key != after.key:
        raise ValueError(f"{before.key} and {after.key} are two pathways, not two versions of one.")
    old, new = dict(_facts(before.raw)), dict(_facts(after.raw))
    changes = list(_of_plain_fields(before.raw, after.raw))
    for fact in (*new, *(fact for fact in old if fact not in new)):
        was_section, was = old.get(fact, ("", None))
        now_section, now = new.get(fact, ("", None))
        if was == now:
            continue
        kind: Kind = "added" if was is None else "removed" if now is None else "changed"
        changes.append(Change(kind, now_section or was_section, fact, was, now, _fields(was or {}, now or {})))
    same = sum(1 for fact in new if fact in old and old[fact][1] == new[fact][1])
    return Difference(before.version, after.version, tuple(changes), same)


def _facts(raw: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, Mapping[str, Any]]]]:
    """(id, (section, fact)) of every fact that stands in a list of the profile; rules inside a fact belong to it."""
    for section, value in raw.items():
        for fact in value if isinstance(value, list) else ():
            if isinstance(fact, Mapping):
                yield str(fact["id"]), (section, fact)


def _of_plain_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    """Scope, dates of force, control model; and each thing not known as a fact of its own."""
    for name in dict.fromkeys((*before, *after)):
        was, now = before.get(name), after.get(name)
        if name in OF_THE_VERSION or was == now or _holds_facts(was) or _holds_facts(now):
            continue
        if name == "unknown":
            yield from _of_unknown(was or [], now or [])
        else:
            yield Change("changed", name, name, {name: was}, {name: now}, (FieldChange(name, was, now),))


def _of_unknown(was: list[str], now: list[str]) -> Iterator[Change]:
    for text in now:
        if text not in was:
            yield Change("added", "unknown", "unknown", None, {"value": text}, (FieldChange("value", None, text),))
    for text in was:
        if text not in now:
            yield Change("removed", "unknown", "unknown", {"value": text}, None, (FieldChange("value", text, None),))


def _holds_facts(value: Any) -> bool:
    return isinstance(value, list) and any(isinstance(entry, Mapping) for entry in value)


def _fields(was: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[FieldChange, ...]:
    names = dict.fromkeys((*was, *now))
    return tuple(
        FieldChange(name, was.get(name), now.get(name))
        for name in names
        if name != "id" and was.get(name) != now.get(name)
    )
