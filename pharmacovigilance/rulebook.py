"""Reporting rules in force on a day: the product's own text, and in its place what two people of the house stand for.

A pharmacist proposes a version of one rule, changed or confirmed as it is; another person decides, and one of the two
is the pharmacist in charge. What is approved never changes; it counts from its first day on, and obligations keep the
version they were opened with.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.db.models import Max

from cases.audit.context import acting
from cases.lifecycle.errors import FactsInvalid, NotPermitted, NotPossible
from cases.people.models import User
from cases.people.roles import PHARMACISTS, Role
from pharmacovigilance.library import RuleLibrary, rule_library, shipped, with_versions
from pharmacovigilance.models import ReportingRuleVersion

REVIEWED: Final = "reviewed"
_Origin = ReportingRuleVersion.Origin


@dataclass(frozen=True, slots=True)
class Approved:
    """One approved version, as it is kept in memory: its text as JSON never changes."""

    rule: str
    version: int
    begins: date
    ends: date | None
    text: str

    def holds_on(self, day: date) -> bool:
        return self.begins <= day and (self.ends is None or day <= self.ends)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Every approved version; read once, it answers for any day without asking the database again."""

    approved: tuple[Approved, ...]

    def on(self, day: date) -> RuleLibrary:
        """The rules for information received on that day; of two versions in force the one that begins later."""
        chosen: dict[str, Approved] = {}
        for one in self.approved:
            if one.holds_on(day):
                chosen[one.rule] = one
        return _library(tuple(chosen.values()))


def rulebook() -> Rulebook:
    """The versions of this house: one query."""
    rows = ReportingRuleVersion.objects.filter(is_approved=True).select_related("decided_by")
    return Rulebook(tuple(_approved(row) for row in rows.order_by("rule", "in_force_from", "version")))


def _approved(row: ReportingRuleVersion) -> Approved:
    if row.in_force_from is None or row.decided_by is None or row.decided_at is None:
        raise ValueError(f"{row} is approved without its day or without who approved it.")
    signed = {
        **row.data, "status": REVIEWED, "reviewed_by": row.decided_by.code,
        "reviewed_on": row.decided_at.date().isoformat(),
    }  # fmt: skip
    return Approved(row.rule, row.version, row.in_force_from, row.in_force_until, json.dumps(signed, sort_keys=True))


def in_force(day: date) -> RuleLibrary:
    """The rules in force for information received on that day: one query."""
    return rulebook().on(day)


@lru_cache(maxsize=64)
def _library(chosen: tuple[Approved, ...]) -> RuleLibrary:
    if not chosen:
        return rule_library()
    return with_versions({one.rule: (version_name(one.version), json.loads(one.text)) for one in chosen})


def version_name(number: int) -> str:
    """How an obligation names a version of this house."""
    return f"house version {number}"


# -- Proposing and deciding.


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody proposes for one rule: its whole text, from which day 0 until which, and why."""

    data: Mapping[str, Any]
    in_force_from: date | None
    in_force_until: date | None
    reason: str


def propose(rule_id: str, proposal: Proposal, *, by: User, now: datetime) -> ReportingRuleVersion:
    """Keep a version that awaits a second person; with the first one the product's own text is kept as version 1.

    :raises NotPermitted: for others than pharmacists.
    :raises NotPossible: while another proposal is open.
    :raises FactsInvalid: naming each field that cannot be used.
    """
    _refuse_others(by)
    errors: dict[str, list[str]] = {}
    begins, ends = proposal.in_force_from, proposal.in_force_until
    if not proposal.reason.strip():
        errors["reason"] = ["Is missing. Say what was read or changed, and where."]
    if begins is None:
        errors["in_force_from"] = ["Is missing. Write the first day 0 that the version counts for."]
    elif ends is not None and ends < begins:
        errors["in_force_until"] = [f"{ends} lies before {begins}. Exchange the two, or leave it empty."]
    if errors:
        raise FactsInvalid("The proposal was not kept. Nothing changed.", errors)
    versions = ReportingRuleVersion.objects.filter(rule=rule_id)
    try:
        with acting(by=by, verb="pharmacovigilance.rule.proposed", reason=proposal.reason, business_at=now):
            last = versions.aggregate(last=Max("version"))["last"]
            if last is None:
                _keep(rule_id, 1, shipped()[rule_id], origin=_Origin.SHIPPED, by=by, now=now)
            return _keep(
                rule_id, (last or 1) + 1, proposal.data, origin=_Origin.HOUSE, by=by, now=now, in_force_from=begins,
                in_force_until=ends, reason=proposal.reason.strip(),
            )  # fmt: skip
    except IntegrityError as fault:
        raise NotPossible(
            f"{rule_id} has a proposal that awaits a second person. Decide that one first. Nothing changed."
        ) from fault


def decide(version: ReportingRuleVersion, *, approve: bool, reason: str, by: User, now: datetime) -> None:
    """Approve or decline a proposal; final.

    :raises NotPermitted: for whoever proposed it, for others than pharmacists, where neither of the two is in charge.
    :raises NotPossible: when it was decided before.
    :raises FactsInvalid: when it is declined without a reason.
    """
    _refuse_others(by)
    if not approve and not reason.strip():
        raise FactsInvalid("Nothing was decided.", {"reason": ["Is missing. Say why it is not approved."]})
    verb = "pharmacovigilance.rule." + ("approved" if approve else "declined")
    with transaction.atomic():
        row = (
            ReportingRuleVersion.objects.select_for_update(of=("self",))
            .select_related("proposed_by")
            .get(pk=version.pk)
        )
        if not row.is_open:
            raise NotPossible(f"{row} was decided before. Nothing changed.")
        if row.proposed_by_id == by.pk:
            raise NotPermitted("Whoever proposed a version does not decide it. Ask a second person.")
        if Role.PHARMACIST_IN_CHARGE not in (by.role, row.proposed_by.role):
            raise NotPermitted("One of the two people is the pharmacist in charge. Ask them to decide it.")
        with acting(by=by, verb=verb, reason=reason, business_at=now):
            row.decided_by, row.decided_at, row.is_approved, row.decision_reason = by, now, approve, reason.strip()
            row.save(update_fields=["decided_by", "decided_at", "is_approved", "decision_reason"])


def text_in_force(rule_id: str, *, today: date) -> Mapping[str, Any]:
    """The text of one rule on that day: the house's, else the product's own."""
    found = [one for one in rulebook().approved if one.rule == rule_id and one.holds_on(today)]
    text: Mapping[str, Any] = json.loads(found[-1].text) if found else shipped()[rule_id]
    return text


def texts_as_opened(named: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    """The text of each rule under the version that an obligation names; none where this release no longer has it.

    :param named: pairs of a rule's id and the version that the obligation was opened with.
    """
    wanted = sorted(set(named))
    kept = {
        (row.rule, version_name(row.version)): row.data
        for row in ReportingRuleVersion.objects.filter(rule__in=[rule for rule, _ in wanted])
    }
    own = rule_library().version
    return [
        {
            "rule": rule,
            "version": version,
            "text": kept.get((rule, version)) or (shipped().get(rule) if version == own else None),
        }
        for rule, version in wanted
    ]


def _refuse_others(by: User) -> None:
    if by.role not in PHARMACISTS:
        raise NotPermitted("Reporting rules are proposed and decided by pharmacists.")


def _keep(
    rule_id: str, version: int, data: Mapping[str, Any], *, origin: str, by: User, now: datetime, **more: Any
) -> ReportingRuleVersion:
    return ReportingRuleVersion.objects.create(
        rule=rule_id, version=version, origin=origin, data=dict(data), data_sha256=fingerprint(data), proposed_by=by,
        proposed_at=now, **more,
    )  # fmt: skip


def fingerprint(data: Mapping[str, Any]) -> str:
    """SHA-256 of a rule's text in one canonical spelling: sorted keys, no blanks, UTF-8."""
    plain = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode("utf-8")).hexdigest()
