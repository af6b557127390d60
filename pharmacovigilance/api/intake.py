"""Telling of an adverse event over the API: kept at once, whatever is missing; what cannot be read is told back."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from cases import clock
from cases.api.auth import caller
from cases.api.shapes import KEY, FormKey, Label, Line, Sent, Text
from cases.api.taking import found, refuse_others
from cases.lifecycle.verbs import VERBS
from pharmacovigilance.checks import contradictions_in, missing_of
from pharmacovigilance.intake import RECEIVE, keep_report
from pharmacovigilance.models import SafetyReport

router = Router(tags=["Safety"])
Several = Annotated[list[Line], Field(max_length=20)]


class EventToldIn(Sent):
    """An event as it was told. Nothing has to be given; a value that cannot be read is kept, and told back."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "verbatim": "Fieber seit gestern, heute aufgenommen.",
                    "language": "de",
                    "began": "2026-03-18",
                    "criteria": ["hospitalisation"],
                    "pack": "SN-1-1",
                    "outcome": "3",
                    "qualification": "1",
                    "form_key": "6f1c0a8e-report-1",
                }
            ]
        },
    )
    received_at: Line = Field("", description="When you first heard of it; now when left out. It starts the clocks.")
    verbatim: Text = Field("", description="What was said, word for word, in its own language. No name of the patient.")
    language: Line = Field("", description="two letters, as de")
    began: Line = Field("", description="As far as it is known: 2026, 2026-03 or 2026-03-18.")
    criteria: Several = Field(
        [],
        description="death, life_threatening, hospitalisation, disability, congenital_anomaly, "
        "other_medically_important, not_serious or not_known",
    )
    pack: Line = Field("", description="The serial of a pack that was supplied to this patient.")
    lot_said: Line = Field("", description="Pack or lot in the reporter's words.")
    outcome: Line = Field("", description="E2B code list 11, 0 to 5")
    had_reaction: Line = Field("", description="yes, no or not_known")
    situations: Several = Field([], description="Special situations: pregnancy_exposure, overdose, product_complaint …")
    pregnancy_due_on: Line = Field("", description="Expected day of birth.")
    channel: Line = Field("", description="telephone, letter, family or api; api when left out.")
    qualification: Line = Field("", description="E2B code list 6, 1 to 5; the caller's own when left out.")
    papers: Several = Field([], description="Labels of papers of this case that came with it, for example D-3.")
    adds_to: Label = Field("", description="The label of an earlier report of this case that this one adds to.")
    form_key: FormKey | None = KEY


class FindingLine(Schema):
    code: str = Field(examples=["OnsetAfterReceipt"])
    fact: str


class EventToldLine(Schema):
    """A report that is on record."""

    label: str = Field(examples=["S-1"])
    state: str
    received_at: datetime
    unread: list[str] = Field(description="What was kept as it came because it could not be read, with the reason.")
    missing: list[str] = Field(description="Which of reporter, patient, reaction and product are missing.")
    findings: list[FindingLine] = Field(description="What contradicts itself. Nothing was refused for it.")


@router.post(
    "/cases/{reference}/safety-reports",
    response={201: EventToldLine},
    summary="Report an adverse event, as it was told",
)
def create_report(request: HttpRequest, reference: str, body: EventToldIn) -> Status[dict[str, Any]]:
    """The time of receipt is kept first. A pharmacist judges it within one working day; also on a closed case."""
    case, person = found(request, reference), caller(request)
    refuse_others(VERBS[RECEIVE], person)
    sent = body.dict(exclude={"pack", "adds_to", "form_key"})
    sent["channel"] = body.channel or SafetyReport.Channel.API
    if body.pack:
        pack = case.units.filter(serial=body.pack).order_by("-pk").first()
        sent["after"] = f"pack:{pack.pk}" if pack is not None else body.pack
    earlier = body.adds_to.removeprefix("S-")
    adds_to = case.safety_reports.filter(number=int(earlier)).first() if earlier.isdecimal() else None
    report = keep_report(
        case,
        sent,
        by=person,
        now=clock.now(),
        form_key=body.form_key or "",
        request_id=getattr(request, "request_id", ""),
        zone="UTC",
        adds_to=adds_to,
    )
    return Status(
        201,
        {
            "label": report.label,
            "state": report.state,
            "received_at": report.received_at,
            "unread": report.unread.splitlines(),
            "missing": missing_of(report),
            "findings": [{"code": one.code, "fact": one.fact} for one in contradictions_in(report)],
        },
    )
