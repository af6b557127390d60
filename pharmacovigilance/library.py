"""Reporting rules as texts are read, and the release that came with the product. Pure: no database, no clock.

Every rule is an unreviewed draft of research until a qualified person signs it; the data carry basis, source and
confidence of each (see ``data/reporting_rules.json``). What counts in a house stands in :mod:`rulebook`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "reporting_rules.json"


@dataclass(frozen=True)
class ReportingRule:
    """One rule: who tells whom what, when it applies, and its clock."""

    id: str
    jurisdiction: str
    pathways: tuple[str, ...]
    duty_role: str
    recipients: tuple[str, ...]
    report_kind: str
    applies_if: Mapping[str, Any]
    clock: Mapping[str, Any]
    force: str
    basis: str
    confidence: str
    status: str
    note: str
    sources: tuple[str, ...]
    version: str  # of the rule itself: the product's own text, or a version that two people of the house stand for

    @property
    def obliges(self) -> bool:
        """Whether somebody has to send something; a rule may also say that nothing need be sent."""
        return bool(self.clock["kind"] != "no_duty")

    @property
    def is_reviewed(self) -> bool:
        return self.status in ("reviewed", "active")


@dataclass(frozen=True)
class RuleLibrary:
    """All rules of one version, the default rule, and the sources by id."""

    version: str
    rules: tuple[ReportingRule, ...]
    default: ReportingRule
    roles: Mapping[str, str]
    beginnings: Mapping[str, str]  # what a day 0 may be counted from, by its code
    forces: Mapping[str, str]
    facts: Mapping[str, str]  # what may be known of a report, each with the shape of its value
    sources: Mapping[str, Mapping[str, Any]]

    def __getitem__(self, rule_id: str) -> ReportingRule:
        """One rule by its id; the second stage of a rule is that rule.

        :raises LookupError: for an id that is not in this version.
        """
        wanted = rule_id.removesuffix(SECOND_STAGE)
        for rule in (*self.rules, self.default):
            if rule.id == wanted:
                return rule
        raise LookupError(f"There is no reporting rule {rule_id!r} in version {self.version}.")


SECOND_STAGE = ", second stage"
# Stands in wherever no rule obliges anybody; every release has it.
DEFAULT = "DEFAULT.15D"


@dataclass(frozen=True)
class Release:
    """The rules as one release of the product has them: its version, and each text by the id of its rule."""

    version: str
    texts: Mapping[str, Mapping[str, Any]]


@cache
def release() -> Release:
    """The release that came with this product, read once a process."""
    return read_release(_raw())


def read_release(raw: Mapping[str, Any]) -> Release:
    """A release from its JSON; the default rule comes first.

    :raises ValueError: when two rules have one id, or the default rule is another one.
    """
    entries = [raw["default_rule"], *raw["rules"]]
    texts = {entry["id"]: entry for entry in entries}
    if len(texts) < len(entries):
        raise ValueError("Two reporting rules have one id.")
    if raw["default_rule"]["id"] != DEFAULT:
        raise ValueError(f"The default rule is {raw['default_rule']['id']!r}, not {DEFAULT!r}.")
    return Release(raw["version"], texts)


@cache
def rule_library() -> RuleLibrary:
    """The product's own rules alone, as the release has them."""
    own = release()
    return library_of((text, own.version) for text in own.texts.values())


def library_of(texts: Iterable[tuple[Mapping[str, Any], str]]) -> RuleLibrary:
    """The library that these texts are, each with the name of its version, in the order of the product's rules.

    :raises LookupError: without a default rule.
    """
    raw, order = _raw(), {rule_id: place for place, rule_id in enumerate(release().texts)}
    found = {text["id"]: _rule(text, name) for text, name in texts}
    if (default := found.pop(DEFAULT, None)) is None:
        raise LookupError(f"There is no default rule {DEFAULT!r}.")
    return RuleLibrary(
        version=release().version,
        rules=tuple(sorted(found.values(), key=lambda rule: (order.get(rule.id, len(order)), rule.id))),
        default=default,
        roles=raw["vocabularies"]["duty_role"],
        beginnings=raw["vocabularies"]["day0_basis"],
        forces=raw["vocabularies"]["force"],
        facts=raw["vocabularies"]["fact"],
        sources=raw["sources"],
    )


@cache
def _raw() -> Mapping[str, Any]:
    raw: Mapping[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return raw


def _rule(raw: Mapping[str, Any], version: str) -> ReportingRule:
    return ReportingRule(
        id=raw["id"],
        jurisdiction=raw["jurisdiction"],
        pathways=tuple(raw["pathways"]),
        duty_role=raw["duty_holder"]["role"],
        recipients=tuple(recipient["name"] for recipient in raw["recipients"]),
        report_kind=raw["report_kind"],
        applies_if=raw["applies_if"],
        clock=raw["clock"],
        force=raw["force"],
        basis=raw["basis"],
        confidence=raw["confidence"],
        status=raw["status"],
        note=raw["note"] or "",
        sources=tuple(raw["source"]),
        version=version,
    )
