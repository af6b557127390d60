"""Proposing a version of a reporting rule, or a new rule, comparing it, and deciding it; the same as the pages.

Its calls stand beside those that read rules, on one router: one address answers both a GET and a POST.
"""

from datetime import date
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import Path, Schema, Status
from pydantic import ConfigDict, Field

from cases import clock
from cases.api.auth import only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import Label, Line, Sent, Text, YesNo
from cases.lifecycle.errors import FactsInvalid
from cases.models import Case
from cases.people.models import User
from cases.people.roles import PHARMACISTS, READ_WHOLE
from pharmacovigilance.api.rules import RuleVersionLine, router, version_line
from pharmacovigilance.conditions import MOST_WAYS
from pharmacovigilance.consequences import Change, consequences
from pharmacovigilance.deciding import Proposal, decide, propose
from pharmacovigilance.models import ReportingRuleVersion
from pharmacovigilance.proposing import NEW, blank_rule, read_new_rule, read_proposal, typed_of
from pharmacovigilance.rulebook import rulebook, said_on

WHO = "Reporting rules are read by the pharmacy and its auditors."
WHO_DECIDES = "Reporting rules are proposed and decided by pharmacists."
Ways = Annotated[
    list[dict[Line, Annotated[list[Line], Field(max_length=40)]]],
    Field(
        max_length=MOST_WAYS,
        description="When it applies: any of these ways, each of conditions that all hold. A way names facts with the "
        "answers that will do; `no_` before a fact that holds several names what must not be among them.",
    ),
]
Number = Annotated[int, Path(ge=1, le=32_767)]
STATED: dict[str, Any] = {
    "conditions": [{"serious": ["yes"], "no_criteria": ["death"]}, {"special": ["lack_of_effect"]}],
    "recipients": ["MHRA"],
    "amount": "7",
    "unit": "calendar_day",
    "basis": "recalled",
    "confidence": "low",
    "in_force_from": "2026-03-01",
    "reason": "Told by the MHRA on the telephone.",
}


class RuleStatedIn(Sent):
    """What a version says otherwise; a field that is left out stays as the rule says it today."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [STATED]})
    conditions: Ways | None = None
    jurisdiction: Label | None = Field(None, description="two letters, EU, ICH or CONTRACT")
    pathways: Annotated[list[Label], Field(max_length=60)] | None = Field(None, description="keys, or * for every one")
    duty_role: Label | None = None
    recipients: Annotated[list[Line], Field(max_length=20)] | None = None
    report_kind: Label | None = None
    force: Label | None = None
    amount: Label | None = Field(None, description="a number; empty where the text names none")
    unit: Label | None = None
    day0_basis: Label | None = None
    second_amount: Label | None = None
    second_unit: Label | None = None
    basis: Label | None = None
    confidence: Label | None = None
    source: Annotated[list[Label], Field(max_length=40)] | None = None
    legal_basis: Text | None = None
    note: Text | None = None
    in_force_from: Label | None = Field(None, description="first day 0; today where it is left out")
    in_force_until: Label | None = None
    reason: Text = Field("", description="What was read or changed, and where.")


class RuleNewIn(RuleStatedIn):
    """A rule that there is not yet; it is called by its place, `house` and its name."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [STATED | {"name": "lack-of-effect", "jurisdiction": "GB", "report_kind": "lack_of_effect"}]
        },
    )
    name: Label = Field(examples=["lack-of-effect"], description="small letters and digits with hyphens")


class RuleDecidedIn(Sent):
    """The decision of the second person."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"approve": True, "reason": ""}]})
    approve: YesNo
    reason: Text = Field("", description="needed to decline")


class DutyChangeLine(Schema):
    """One duty of one safety case, by when as the rules stand and with the proposal; none where none is owed."""

    case: str
    safety_case: str
    version: str
    rule: str
    who: str
    tells: str
    was: date | None
    becomes: date | None


class DutyKeptLine(Schema):
    """One open obligation: its date stays, whatever the proposal would have given."""

    case: str
    obligation: str
    due_on: date | None
    by_proposal: date | None


class RuleVersionRead(RuleVersionLine):
    """One version with its text; while it awaits a second person, also with what approving it would change."""

    rule: str
    text: dict[str, Any]
    before: dict[str, Any] | None = Field(description="the text that counts on its first day without it")
    changes: list[DutyChangeLine]
    missed: list[DutyChangeLine] = Field(description="what locked versions would owe besides; approving opens nothing")
    kept: list[DutyKeptLine]


@router.post("/safety/rules", response={201: RuleVersionLine}, summary="Propose a new reporting rule")
def create_reporting_rule(request: HttpRequest, body: RuleNewIn) -> Status[dict[str, Any]]:
    """It awaits a second person and counts for nothing until then."""
    person = only(request, PHARMACISTS, WHO_DECIDES)
    now = clock.now()
    typed = _typed(body, blank_rule(), now.date()) | {NEW: body.name}
    proposal = _read(lambda: read_new_rule(typed, body.conditions or [], today=now.date()), typed)
    return Status(201, version_line(propose(proposal.data["id"], proposal, by=person, now=now)))


@router.post(
    "/safety/rules/{rule_id}/versions", response={201: RuleVersionLine}, summary="Propose a version of a reporting rule"
)
def propose_rule_version(request: HttpRequest, rule_id: Label, body: RuleStatedIn) -> Status[dict[str, Any]]:
    """As it stands, confirmed, or otherwise in any part. One proposal of a rule is open at a time."""
    person = only(request, PHARMACISTS, WHO_DECIDES)
    now = clock.now()
    try:
        said = said_on(rule_id, day=now.date())
    except LookupError as nothing:
        raise Http404("There is no such reporting rule.") from nothing
    typed = _typed(body, said.text, now.date())
    proposal = _read(lambda: read_proposal(rule_id, typed, body.conditions, today=now.date()), typed)
    return Status(201, version_line(propose(rule_id, proposal, by=person, now=now)))


@router.get(
    "/safety/rules/{rule_id}/versions/{number}",
    response=RuleVersionRead,
    summary="One version of a reporting rule, and what it would change",
)
def read_rule_version(request: HttpRequest, rule_id: Label, number: Number) -> dict[str, Any]:
    """Read it before you decide: the text, the text it takes the place of, and the duties that would change."""
    person = only(request, READ_WHOLE, WHO)
    row, book = _version(rule_id, number), rulebook()
    others = type(book)(tuple(one for one in book.standing if (one.rule, one.number) != (rule_id, number)))
    before = others.chosen_on(row.in_force_from or clock.now().date()).get(rule_id)
    return version_line(row) | {
        "rule": rule_id,
        "text": row.data,
        "before": before.text if before else None,
        **(_would(row, person) if row.is_open else {"changes": [], "missed": [], "kept": []}),
    }


@router.post(
    "/safety/rules/{rule_id}/versions/{number}/decision",
    response=RuleVersionLine,
    summary="Approve or decline a version of a reporting rule",
)
def decide_rule_version(request: HttpRequest, rule_id: Label, number: Number, body: RuleDecidedIn) -> dict[str, Any]:
    """Final. Whoever proposed it does not decide it; one of the two is the pharmacist in charge."""
    person = only(request, PHARMACISTS, WHO_DECIDES)
    decide(_version(rule_id, number), approve=body.approve, reason=body.reason, by=person, now=clock.now())
    return version_line(_version(rule_id, number))


def _version(rule_id: str, number: int) -> ReportingRuleVersion:
    rows = ReportingRuleVersion.objects.filter(rule=rule_id, version=number)
    row = rows.select_related("proposed_by", "decided_by").first()
    if row is None:
        raise Http404("There is no such version of that reporting rule.")
    return row


def _would(row: ReportingRuleVersion, person: User) -> dict[str, Any]:
    found = consequences(row, among=Case.objects.visible_to(person, at=clock.now()), book=rulebook())
    return {
        "changes": [_change(one) for one in found.changes],
        "missed": [_change(one) for one in found.missed],
        "kept": [
            {
                "case": one.obligation.case.reference, "obligation": one.obligation.label, "due_on": one.due_on,
                "by_proposal": one.by_proposal,
            }
            for one in found.kept
        ],
    }  # fmt: skip


def _change(one: Change) -> dict[str, Any]:
    return {
        "case": one.version.case.reference, "safety_case": one.version.safety_case.label, "version": one.version.label,
        "rule": one.rule, "who": one.who, "tells": one.to, "was": one.was, "becomes": one.becomes,
    }  # fmt: skip


_JOINED = {"pathways": ", ", "recipients": "\n", "source": ", "}


def _typed(body: RuleStatedIn, text: Any, today: date) -> dict[str, str]:
    """What was sent as it would be typed into the form, the rest as the rule says it."""
    sent = body.dict(exclude={"conditions", "name"}, exclude_none=True)
    said = {
        name: _JOINED[name].join(value) if isinstance(value, list) else value.strip() for name, value in sent.items()
    }
    return typed_of(text, today=today) | said


def _read(read: Any, typed: dict[str, str]) -> Proposal:
    """The proposal; what cannot be used is named as the field that was sent."""
    try:
        proposal: Proposal = read()
    except FactsInvalid as refused:
        raise FieldsRefused(
            *(
                (name, typed.get(name), sentence.partition(". ")[0].rstrip(".") + ".", sentence.partition(". ")[2])
                for name, sentences in refused.errors.items()
                for sentence in sentences
            )
        ) from refused
    return proposal
