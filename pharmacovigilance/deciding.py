"""Proposing a version of a reporting rule and deciding it: two people, one of them the pharmacist in charge."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from cases.audit.context import acting
from cases.lifecycle.errors import FactsInvalid, NotPermitted, NotPossible
from cases.people.models import User
from cases.people.roles import PHARMACISTS, Role
from pharmacovigilance.library import release
from pharmacovigilance.models import ReportingRuleVersion
from pharmacovigilance.rulebook import fingerprint


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody proposes for one rule: its whole text, from which day 0 until which, and why."""

    data: Mapping[str, Any]
    in_force_from: date | None
    in_force_until: date | None
    reason: str


def propose(rule_id: str, proposal: Proposal, *, by: User, now: datetime) -> ReportingRuleVersion:
    """Keep a version of a rule, or the first one of a new rule, that awaits a second person.

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
            return ReportingRuleVersion.objects.create(
                rule=rule_id, version=(last or 0) + 1, origin=ReportingRuleVersion.Origin.HOUSE,
                release=release().version, data=dict(proposal.data), data_sha256=fingerprint(proposal.data),
                in_force_from=begins, in_force_until=ends, reason=proposal.reason.strip(), proposed_by=by,
                proposed_at=now,
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


def _refuse_others(by: User) -> None:
    if by.role not in PHARMACISTS:
        raise NotPermitted("Reporting rules are proposed and decided by pharmacists.")
