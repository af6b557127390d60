"""The reporting rules as product data: read once, with the words for roles and recipients. Pure: no database, no clock.

Every rule is an unreviewed draft of research until a qualified person signs it; the data carry basis, source and
confidence of each (see ``data/reporting_rules.json``).
"""

import json
from collections.abc import Mapping
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


@cache
def rule_library() -> RuleLibrary:
    """The product's own rules, read once a process; what this house made of them is in :mod:`rulebook`."""
    return read_rules(_raw())


@cache
def shipped() -> Mapping[str, Mapping[str, Any]]:
    """The product's own rules by id, the default rule among them, as they stand in the file."""
    raw = _raw()
    return {entry["id"]: entry for entry in (*raw["rules"], raw["default_rule"])}


def with_versions(versions: Mapping[str, tuple[str, Mapping[str, Any]]]) -> RuleLibrary:
    """The product's own rules with others in their place.

    :param versions: by the id of a rule, the name of the version and its text.
    """
    return read_rules(_raw(), instead=versions)


@cache
def _raw() -> Mapping[str, Any]:
    raw: Mapping[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return raw


def read_rules(
    raw: Mapping[str, Any], *, instead: Mapping[str, tuple[str, Mapping[str, Any]]] | None = None
) -> RuleLibrary:
    """Rules from their JSON, some of them in another version.

    :raises ValueError: when two rules have one id.
    """
    others = instead or {}

    def read(entry: Mapping[str, Any]) -> ReportingRule:
        version, text = others.get(entry["id"], (raw["version"], entry))
        return _rule(text, version)

    rules = tuple(read(entry) for entry in raw["rules"])
    if len({rule.id for rule in rules}) < len(rules):
        raise ValueError("Two reporting rules have one id.")
    return RuleLibrary(
        version=raw["version"],
        rules=rules,
        default=read(raw["default_rule"]),
        roles=raw["vocabularies"]["duty_role"],
        facts=raw["vocabularies"]["fact"],
        sources=raw["sources"],
    )


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
