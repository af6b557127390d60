"""Temperatures of a consignment: layouts of loggers, a look that records nothing, and what was assessed.

A file is kept by `POST .../documents` (`temperature_record`) and recorded by `POST .../advance`
(`custody.consignment.record_temperature`): the same two services as the page.
"""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from ninja import File, Form, Router, Schema
from ninja.files import UploadedFile
from pydantic import AwareDatetime, Field

from cases.api.auth import only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import Label, Line, Sent
from cases.api.taking import found
from cases.custody.assessing import parameters_of, standing
from cases.custody.cold_chain.logger_files import LoggerFileRefused
from cases.custody.cold_chain.record import judge
from cases.custody.consignments import consignment_named
from cases.custody.layouts import called, layouts_of
from cases.custody.models import ExposureAssessment
from cases.custody.verbs.common import AT_THE_INSTITUTION
from cases.documents import services as papers
from cases.documents.media import TABLE
from cases.people.roles import READ_WHOLE, Role

router = Router(tags=["Temperatures"])
READS = READ_WHOLE | {Role.RECEIVING_PHARMACIST}
WHO = "Temperatures are read by the pharmacy, its auditors and the institution."
WHO_RECORDS = "Loggers are read by the case's pharmacists and the receiving pharmacist."


class LayoutLine(Schema):
    """One version of a layout of loggers' files."""

    key: str = Field(examples=["libero-eu:1"])
    label: str
    confidence: str = Field(description="recalled: a draft that nobody checked against a file")
    source: str


class AssessmentLine(Schema):
    """What was recorded on one leg, and the finding. Temperatures in °C, durations in minutes."""

    label: str = Field(examples=["M-1"])
    leg: str
    logger_number: str
    basis: str = Field(description="file (computed), printed, display or none (typed, not recomputed)")
    stands: bool = Field(description="false: a later and at least as good record of this logger took its place")
    finding: str
    reasons: list[str]
    document: str | None
    sha256: str | None = Field(description="of the file's exact bytes")
    inputs_sha256: str = Field(description="of the file, the layout and every parameter")
    method: str
    engine: str
    readings: int | None
    begins_at: datetime | None
    ends_at: datetime | None
    lowest: Decimal | None
    highest: Decimal | None
    minutes_above: Decimal | None
    minutes_below: Decimal | None
    minutes_outside: Decimal
    minutes_unmonitored: Decimal | None
    kinetic_mean: Decimal | None
    worst_kinetic_mean: Decimal | None
    no_kinetic_mean: str
    budget_stated: int | None
    budget_before: Decimal | None
    budget_after: Decimal | None
    assessed_by: str
    assessed_at: datetime
    record: dict[str, Any] = Field(description="all figures with mapping, window, parameters and rule, as reckoned")


class LookIn(Sent):
    """How a file is to be looked at."""

    mapping: Label = Field(examples=["libero-eu:1"], description="GET .../logger-layouts lists them.")
    leg: Label = Field("journey", description="inbound, journey or stored")
    window_from: AwareDatetime | None = Field(None, description="from dispatch when left out")
    window_until: AwareDatetime | None = Field(None, description="until it was opened when left out")


class Look(Schema):
    """What recording it would say; nothing was stored."""

    name: Line
    finding: str
    reasons: list[str]
    record: dict[str, Any]


@router.get("/cases/{reference}/logger-layouts", response=list[LayoutLine], summary="Layouts of loggers' files")
def list_layouts(request: HttpRequest, reference: str) -> list[dict[str, Any]]:
    """Those that the pharmacy saved first, newest version first, then the product's own."""
    only(request, READS, WHO)
    layouts = layouts_of(found(request, reference).pharmacy)
    return [
        {"key": key, "label": called(one), "confidence": one.confidence, "source": one.source}
        for key, one in layouts.items()
    ]


@router.get(
    "/cases/{reference}/consignments/{label}/temperatures",
    response=list[AssessmentLine],
    summary="What was assessed of a consignment's temperature",
)
def list_temperatures(request: HttpRequest, reference: str, label: str) -> list[dict[str, Any]]:
    """Newest first; each was written once, with everything that is needed to reckon it again."""
    person = only(request, READS, WHO)
    consignment = consignment_named(found(request, reference), person, label)
    rows = list(consignment.exposure_assessments.select_related("assessed_by", "document__file").order_by("-id"))
    stand = {row.pk for row in standing(rows)}
    return [_line(row, stands=row.pk in stand) for row in rows]


@router.post(
    "/cases/{reference}/consignments/{label}/temperatures/look",
    response=Look,
    summary="Look at a logger's file",
)
def look_at_file(
    request: HttpRequest, reference: str, label: str, body: Form[LookIn], file: File[UploadedFile]
) -> dict[str, Any]:
    """Reads and judges it as recording would, and stores nothing; a refusal names the line and the value."""
    person = only(request, AT_THE_INSTITUTION, WHO_RECORDS)
    consignment = consignment_named(found(request, reference), person, label)
    layout = layouts_of(consignment.case.pharmacy).get(body.mapping)
    if layout is None:
        raise FieldsRefused(("mapping", body.mapping, "There is no such layout.", "Send one that is listed."))
    if body.leg not in ExposureAssessment.Leg.values:
        raise FieldsRefused(("leg", body.leg, "There is no such leg.", "Send inbound, journey or stored."))
    content, name, media_type = papers.look_at(file, "temperature_record")
    if media_type != TABLE.media_type:
        told = "It is a PDF or a picture: there are no readings to look at."
        raise FieldsRefused(("file", media_type, told, "Send it as a document and type its summary."))
    facts = body.model_dump(include={"leg", "window_from", "window_until"})
    try:
        judged = judge(content, layout, parameters_of(consignment, facts))
    except LoggerFileRefused as refusal:
        raise FieldsRefused(
            ("file", refusal.code, str(refusal), "Put it right, or choose another layout.")
        ) from refusal
    figures = judged.figures
    return {"name": name, "finding": figures.finding, "reasons": list(figures.reasons), "record": judged.record}


def _line(row: ExposureAssessment, *, stands: bool) -> dict[str, Any]:
    same = (
        "label", "leg", "logger_number", "basis", "finding", "reasons", "inputs_sha256", "method", "engine", "readings",
        "begins_at", "ends_at", "minutes_above", "minutes_below", "minutes_outside", "minutes_unmonitored",
        "no_kinetic_mean", "budget_stated", "budget_before", "budget_after", "assessed_at",
    )  # fmt: skip
    return {name: getattr(row, name) for name in same} | {
        "stands": stands,
        "document": row.document.label if row.document else None,
        "sha256": row.document.sha256 if row.document else None,
        "lowest": row.lowest_c,
        "highest": row.highest_c,
        "kinetic_mean": row.kinetic_mean_c,
        "worst_kinetic_mean": row.worst_kinetic_mean_c,
        "assessed_by": row.assessed_by.display_name,
        "record": row.figures,
    }
