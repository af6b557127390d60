"""A safety case as it stands or was locked, and everything about a lot; the same queries as the pages."""

import re
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from cases import clock
from cases.api.auth import only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import Label
from cases.api.taking import found
from cases.custody.tracing import NotTraceable, check_lot
from cases.models import Case
from cases.people.roles import READ_WHOLE
from pharmacovigilance.exposure import stories
from pharmacovigilance.judging import completeness
from pharmacovigilance.models import CaseVersion
from pharmacovigilance.snapshots import content_of_version

router = Router(tags=["Safety"])
WHO = "Safety cases are read by the pharmacy and its auditors."


class NotToldLine(Schema):
    """One thing that would make it more complete."""

    question: str
    element: str = Field(examples=["E.i.7"], description="of ICH E2B(R3)")
    penalty: str = Field(examples=["0.30"], description="part of the score that it costs")
    event: int | None = None
    product: int | None = None


class SafetyCaseRead(Schema):
    """A safety case by its newest version."""

    label: str = Field(examples=["SC-1"])
    version: str = Field(examples=["V-2"])
    state: str
    locked_at: datetime | None
    prescriber_knew_on: date | None = Field(description="their own day 0, where it is earlier; null: not on record")
    company_knew_on: date | None = Field(description="the manufacturer's own day 0, where it is earlier")
    sponsor_knew_on: date | None = Field(description="that of the importer, sponsor or foreign supplier")
    snapshot_sha256: str = Field(description="empty until the version is locked")
    completeness: str = Field(examples=["0.63"], description="after vigiGrade, at most 1")
    completeness_status: str = Field(examples=["draft_unreviewed"])
    completeness_source: str = Field(description="where the score comes from, and what of it is only recalled")
    missing: list[NotToldLine]
    content: dict[str, Any] = Field(description="what is locked, or what would be if it were locked now; no identity")


class ExposedLine(Schema):
    case: str
    packs: int
    doses: int
    first: datetime | None
    last: datetime | None


class LinkedLine(Schema):
    case: str
    label: str = Field(examples=["SC-1"])
    line: str = Field(examples=["DL-1"])
    product: str = Field(examples=["MP-1"])
    worldwide_id: str
    events: list[dict[str, Any]]


class WarmedLine(Schema):
    case: str
    consignment: str
    finding: str
    lowest_c: str
    highest_c: str


class LotStoryRead(Schema):
    """One lot of one supplier: who was exposed, what was reported, how it travelled."""

    gtin: str
    number: str
    expires_on: date
    medicine: str
    supplier: str
    exposed: list[ExposedLine]
    linked: list[LinkedLine]
    warmed: list[WarmedLine]


@router.get(
    "/cases/{reference}/safety-cases/{label}", response=SafetyCaseRead, summary="A safety case by its newest version"
)
def read_safety_case(request: HttpRequest, reference: str, label: Label) -> dict[str, Any]:
    """Events, products with their lots, judgements, reports, and what is still to ask; the patient without identity."""
    only(request, READ_WHOLE, WHO)
    case = found(request, reference)
    named = re.fullmatch(r"SC-([1-9][0-9]{0,4})", label, re.ASCII)
    versions = CaseVersion.objects.filter(case=case, safety_case__number=named[1]) if named else None
    newest = versions.select_related("safety_case").order_by("version").last() if versions is not None else None
    if newest is None:
        raise Http404(f"{case.reference} has no safety case of that label.")
    newest.case = case
    content = content_of_version(newest)
    grade = completeness.grade(content)
    return {
        "label": newest.safety_case.label,
        "version": newest.label,
        "state": newest.state,
        "locked_at": newest.locked_at,
        "prescriber_knew_on": newest.prescriber_knew_on,
        "company_knew_on": newest.company_knew_on,
        "sponsor_knew_on": newest.sponsor_knew_on,
        "snapshot_sha256": newest.snapshot_sha256,
        "completeness": f"{grade.score:.4f}",
        "completeness_status": completeness.scale().status,
        "completeness_source": completeness.scale().provenance,
        "missing": [
            {
                "question": one.question,
                "element": one.element,
                "penalty": str(one.penalty),
                "event": one.event,
                "product": one.product,
            }
            for one in grade.missing
        ],
        "content": dict(content),
    }


@router.get("/safety/lot", response=list[LotStoryRead], summary="Everything about a lot")
def read_lot_story(
    request: HttpRequest,
    gtin: Label = Query(..., description="14 digits", examples=["00399999000123"]),
    lot: Label = Query(..., examples=["7K04B8"]),
) -> list[dict[str, Any]]:
    """One for each supplier of the lot; empty when it is not on file. One query."""
    person = only(request, READ_WHOLE, WHO)
    try:
        check_lot(gtin, lot)
    except NotTraceable as fault:
        remedy = "Copy it from the pack, or from the report."
        raise FieldsRefused((fault.field, fault.value, fault.sentence, remedy)) from fault
    reach = Q(gtin=gtin, number=lot, supplier__pharmacy=person.pharmacy_id)
    return [asdict(story) for story in stories(reach, among=Case.objects.visible_to(person, at=clock.now()))]
