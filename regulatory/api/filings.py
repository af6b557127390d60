"""What was filed, asked, allowed and used on a case; the events and the gates that are computed from them."""

from collections import defaultdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Prefetch, Sum
from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from cases import clock
from cases.api.auth import caller, only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import Day, Label
from cases.api.taking import found
from cases.deadlines.calendars import installed
from cases.models import Case
from cases.people.roles import READ_WHOLE
from regulatory.facts import facts_of
from regulatory.models import Authorization, Filing, FilingQuestion, PathwayEvent, QuantityEntry
from regulatory.pathway import profile_of
from regulatory.profiles.gates import evaluate_gates
from regulatory.quantities import Balance
from regulatory.standing_authority import alike, covering

router = Router(tags=["Filings"])
_WHO = "Filings, authorizations and gates are read by the pharmacy and its auditors."


class QuestionLine(Schema):
    """One question of the authority, and its answer."""

    number: int
    text: str
    asked_at: datetime
    answer_due_on: date | None
    answered_at: datetime | None
    answer: str


class FilingLine(Schema):
    """One filing to one authority."""

    label: str = Field(examples=["F-1"])
    kind: str
    authority: str
    state: str
    pathway: str
    pathway_version: str
    renews: str | None = Field(description="The label of the filing that this one renews.")
    quantity: Decimal | None
    planned_on: date | None
    external_reference: str
    submitted_at: datetime | None
    submitted_by_party: str
    proof: str | None = Field(description="The paper that proves the submission.")
    acknowledged_at: datetime | None
    decided_at: datetime | None
    decision_letter: str | None
    refusal_reason: str
    appealed_at: datetime | None
    questions: list[QuestionLine]


class AuthorizationLine(Schema):
    """What an authority allowed, or did not object to; and its quantity ledger in sums."""

    label: str = Field(examples=["A-1"])
    filing: str | None
    ground: str
    level: str
    state: str
    external_number: str
    covers: list[str]
    indication: str
    valid_from: date
    valid_until: date | None
    max_uses: int | None
    port: str
    conditions: list[Any]
    document: str | None
    quantity: Decimal | None
    unit: str
    stated_quantity: Decimal | None = Field(description="In the unit of the letter, where that is another one.")
    stated_unit: str
    conversion: str = Field(examples=["1 pack = 10 vial"])
    accounts: dict[str, Decimal] = Field(description="reserved, ordered, shipped, received, dispensed and so on")
    remaining: Decimal | None = Field(description="Null when it sets no quantity.")
    granted_under: str | None = Field(description="The case it was granted under; null where you may not see that one.")
    covers_cases: list[str] = Field(
        description="Of a standing one: the other cases under it that you may see, open and closed."
    )


class PathwayEventLine(Schema):
    """Something that happened, from which gates and duties are computed."""

    name: str = Field(examples=["acknowledged"])
    happened_at: datetime
    filing: str | None
    consignment: str | None
    recipient: str
    channel: str
    withdrawn_at: datetime | None


class MissingLine(Schema):
    """What a gate lacks, and who can bring it."""

    sentence: str
    who: str
    kind: str


class GatePartLine(Schema):
    """One fact of the pathway as it was judged."""

    fact: str
    opens_when: str
    state: str
    confidence: str
    sources: list[str]


class GateLine(Schema):
    """Whether an act is lawful on a day, and why. What is not known lets nothing through."""

    gate: str = Field(examples=["may_import"])
    state: str = Field(description="open, shut or not_known")
    on: date
    opens_on: date | None = Field(description="If nothing else happens.")
    closes_on: date | None
    because: list[str]
    missing: list[MissingLine]
    parts: list[GatePartLine]
    confidence: str = Field(description="The lowest of its parts.")
    pathway: str
    pathway_version: str


@router.get("/cases/{reference}/filings", response=list[FilingLine], summary="Filings with their questions")
def list_filings(request: HttpRequest, reference: str) -> list[dict[str, Any]]:
    """Newest first. A filing moves by its verbs: see `.../steps` and `.../advance`."""
    only(request, READ_WHOLE, _WHO)
    questions = Prefetch("questions", FilingQuestion.objects.order_by("number"))
    rows = Filing.objects.filter(case=found(request, reference)).order_by("-number").prefetch_related(questions)
    return [_filing_line(row) for row in rows.select_related("profile_version", "renews", "proof", "decision_letter")]


@router.get(
    "/cases/{reference}/authorizations", response=list[AuthorizationLine], summary="Authorizations and their quantities"
)
def list_authorizations(request: HttpRequest, reference: str) -> list[dict[str, Any]]:
    """Newest first; then the standing ones of other cases that cover this one, by the name it has for them.

    The sums of a standing one are those of all its cases.
    """
    only(request, READ_WHOLE, _WHO)
    case = found(request, reference)
    own = case.authorizations.select_related("case__profile_version", "filing", "document").order_by("-number")
    rows = [*own, *covering(case)]
    sums: dict[int, dict[str, Decimal]] = defaultdict(dict)
    entries = QuantityEntry.objects.filter(authorization__in=[row.pk for row in rows]).order_by()
    totals = entries.values_list("authorization_id", "account")
    for pk, account, total in totals.annotate(total=Sum("quantity")):
        sums[pk][account] = total
    under = {row.pk: [one.case for one in alike(row) if one.is_covered] for row in rows if row.case_id == case.pk}
    named = {row.case_id for row in rows} | {one.pk for cases in under.values() for one in cases}
    seen = dict(
        Case.objects.visible_to(caller(request), at=clock.now()).filter(pk__in=named).values_list("pk", "reference")
    )
    return [_authorization_line(row, sums[row.pk], case, under.get(row.pk, []), seen) for row in rows]


@router.get(
    "/cases/{reference}/pathway-events", response=list[PathwayEventLine], summary="Events that gates are computed from"
)
def list_pathway_events(request: HttpRequest, reference: str) -> list[dict[str, Any]]:
    """Newest first, withdrawn ones too."""
    only(request, READ_WHOLE, _WHO)
    rows = PathwayEvent.objects.filter(case=found(request, reference)).select_related("filing", "consignment")
    return [
        {
            "name": row.name,
            "happened_at": row.happened_at,
            "filing": row.filing.label if row.filing else None,
            "consignment": row.consignment.label if row.consignment else None,
            "recipient": row.recipient,
            "channel": row.channel,
            "withdrawn_at": row.withdrawn_at,
        }
        for row in rows.order_by("-happened_at", "-id")
    ]


@router.get("/cases/{reference}/gates", response=list[GateLine], summary="What is lawful on a day")
def read_gates(
    request: HttpRequest,
    reference: str,
    on: Day | None = Query(None, description="a day of the destination; today when left out"),
    consignment: Label = Query("", description="judged for one consignment, for example C-1"),
) -> list[dict[str, Any]]:
    """Every gate of the case's pathway, in the version that the case pins, judged from what is recorded now."""
    only(request, READ_WHOLE, _WHO)
    case = found(request, reference)
    facts = facts_of(case, consignment=_consignment(case, consignment) if consignment else None)
    gates = evaluate_gates(profile_of(case.profile_version), facts, calendars=installed(), now=clock.now(), on=on)
    return [_gate_line(gate) for gate in gates]


def _consignment(case: Case, label: str) -> Any:
    found_one = next((one for one in case.consignments.select_related("authorization") if one.label == label), None)
    if found_one is None:
        raise FieldsRefused(
            ("consignment", label, "The case has no such consignment.", "Send a label of the case's records.")
        )
    return found_one


def _filing_line(row: Filing) -> dict[str, Any]:
    return {
        "label": row.label,
        "kind": row.kind,
        "authority": row.authority,
        "state": row.state,
        "pathway": row.profile_version.profile_key,
        "pathway_version": row.profile_version.version,
        "renews": row.renews.label if row.renews else None,
        "quantity": row.quantity,
        "planned_on": row.planned_on,
        "external_reference": row.external_reference,
        "submitted_at": row.submitted_at,
        "submitted_by_party": row.submitted_by_party,
        "proof": row.proof.label if row.proof else None,
        "acknowledged_at": row.acknowledged_at,
        "decided_at": row.decided_at,
        "decision_letter": row.decision_letter.label if row.decision_letter else None,
        "refusal_reason": row.refusal_reason,
        "appealed_at": row.appealed_at,
        "questions": [
            {
                "number": one.number,
                "text": one.text,
                "asked_at": one.asked_at,
                "answer_due_on": one.answer_due_on,
                "answered_at": one.answered_at,
                "answer": one.answer,
            }
            for one in row.questions.all()
        ],
    }


def _authorization_line(
    row: Authorization, sums: dict[str, Decimal], case: Case, under: list[Case], seen: dict[int, str]
) -> dict[str, Any]:
    is_own = row.case_id == case.pk
    ceiling = sums.get(QuantityEntry.Account.AUTHORIZED)
    stands = Balance(ceiling, {name: total for name, total in sums.items() if name != "authorized" and total})
    return {
        "label": row.named_in(case.pk),
        "filing": row.filing.label if row.filing and is_own else None,
        "ground": row.ground,
        "level": row.level,
        "state": row.state,
        "external_number": row.external_number,
        "covers": row.covers,
        "indication": row.indication,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "max_uses": row.max_uses,
        "port": row.port,
        "conditions": row.conditions,
        "document": row.document.label if row.document and is_own else None,
        "quantity": row.quantity,
        "unit": row.unit,
        "stated_quantity": row.stated_quantity,
        "stated_unit": row.stated_unit,
        "conversion": row.conversion,
        "accounts": dict(stands.accounts),
        "remaining": stands.remaining,
        "granted_under": seen.get(row.case_id),
        "covers_cases": [one.reference for one in under if one.pk in seen],
    }


def _gate_line(gate: Any) -> dict[str, Any]:
    told = gate.to_json()
    return {name: told[name] for name in ("gate", "state", "on", "opens_on", "closes_on", "because", "confidence")} | {
        "missing": [{"sentence": item.sentence, "who": item.who, "kind": item.kind} for item in gate.missing],
        "parts": told["parts"],
        "pathway": gate.profile,
        "pathway_version": gate.version,
    }
