"""Reporting rules as they count on a day, and the versions of one of them; the same as the pages."""

from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from cases import clock
from cases.api.auth import only
from cases.api.shapes import Day
from cases.people.roles import READ_WHOLE
from pharmacovigilance.library import ReportingRule
from pharmacovigilance.models import ReportingRuleVersion
from pharmacovigilance.rulebook import in_force, is_known, said_on

router = Router(tags=["Safety"])
WHO = "Reporting rules are read by the pharmacy and its auditors."


class RuleLine(Schema):
    """One rule as it counts on the day that was asked for."""

    id: str = Field(examples=["GB.supplier.serious"])
    jurisdiction: str
    who: str = Field(description="role that has the duty")
    tells: list[str]
    kind: str = Field(description="of clock: fixed_limit, words_only, not_known, no_duty, periodic, periodic_unknown")
    amount: int | None = Field(None, description="none: no number is known, never that there is no limit")
    unit: str | None = None
    force: str
    basis: str
    confidence: str
    is_reviewed: bool = Field(description="false: an unreviewed draft, as it came with the product")
    version: str


class RuleVersionLine(Schema):
    version: int
    origin: str = Field(description="shipped or house")
    standing: str = Field(description="draft, retired, proposed, approved or declined")
    release: str = Field(description="of the product: which brought it, or beside which it was proposed")
    in_force_from: date | None = None
    in_force_until: date | None = None
    reason: str = ""
    proposed_by: str
    proposed_at: datetime
    decided_by: str = ""
    decided_at: datetime | None = None
    sha256: str


class RuleAsked(Schema):
    """One rule with the conditions that make it apply, and every version that was kept."""

    rule: RuleLine
    counts: bool = Field(description="false: retired, ended or only proposed; then the rule is its newest text")
    applies_if: dict[str, Any] = Field(description="the tree of conditions; fact, op, value, all, any")
    versions: list[RuleVersionLine]


@router.get("/safety/rules", response=list[RuleLine], summary="Reporting rules in force on a day")
def list_reporting_rules(
    request: HttpRequest,
    jurisdiction: str = Query("", description="ISO 3166-1 alpha-2, EU, ICH or CONTRACT; empty for all"),
    on: Day | None = Query(None, description="day 0; today where it is not given"),
) -> list[dict[str, Any]]:
    """Each rule in the version that counts for information received on that day; the default rule comes first."""
    only(request, READ_WHOLE, WHO)
    library = in_force(on or clock.now().date())
    every = (library.default, *library.rules)
    return [_line(rule) for rule in every if not jurisdiction or rule.jurisdiction == jurisdiction]


@router.get("/safety/rules/{rule_id}", response=RuleAsked, summary="One reporting rule and its versions")
def read_reporting_rule(request: HttpRequest, rule_id: str) -> dict[str, Any]:
    """What it says today, when it applies, and who proposed and decided each version of it."""
    only(request, READ_WHOLE, WHO)
    if not is_known(rule_id):
        raise Http404("There is no such reporting rule.")
    said = said_on(rule_id, day=clock.now().date())
    rows = ReportingRuleVersion.objects.filter(rule=rule_id).select_related("proposed_by", "decided_by")
    return {
        "rule": _line(said.rule),
        "counts": said.counts,
        "applies_if": said.rule.applies_if,
        "versions": [version_line(row) for row in rows.order_by("version")],
    }


def _line(rule: ReportingRule) -> dict[str, Any]:
    return {
        "id": rule.id, "jurisdiction": rule.jurisdiction, "who": rule.duty_role, "tells": list(rule.recipients),
        "kind": rule.clock["kind"], "amount": rule.clock["amount"], "unit": rule.clock["unit"], "force": rule.force,
        "basis": rule.basis, "confidence": rule.confidence, "is_reviewed": rule.is_reviewed, "version": rule.version,
    }  # fmt: skip


def version_line(row: ReportingRuleVersion) -> dict[str, Any]:
    """One version as the API tells it."""
    undecided = "proposed" if row.is_open else "retired" if row.is_retirement else "draft"
    standing = {True: "approved", False: "declined", None: undecided}[row.is_approved]
    return {
        "version": row.version, "origin": row.origin, "standing": standing, "release": row.release,
        "in_force_from": row.in_force_from,
        "in_force_until": row.in_force_until, "reason": row.reason, "proposed_by": row.proposed_by.code,
        "proposed_at": row.proposed_at, "decided_by": row.decided_by.code if row.decided_by else "",
        "decided_at": row.decided_at, "sha256": row.data_sha256,
    }  # fmt: skip
