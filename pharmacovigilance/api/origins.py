"""From a safety report back to where the dose came from; the same query as the Safety tab."""

import re
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from cases.api.auth import only
from cases.api.shapes import Label
from cases.api.taking import found
from cases.custody.models import DoseAdministered
from cases.custody.origins import NOT_CONFIRMED, origins_of
from cases.people.roles import READ_WHOLE

router = Router(tags=["Lots and recalls"])
WHO = "Where a dose came from is read by the pharmacy and its auditors."


class OriginPaperLine(Schema):
    label: str = Field(examples=["P-1"])
    regime: str
    leg: int
    seller: str
    transaction_on: date
    names_pack: bool = Field(description="false: the papers name the lot alone")


class TemperatureLine(Schema):
    finding: str
    lowest_c: str
    highest_c: str
    minutes_outside: int
    assessed_at: datetime
    by: str


class OriginDecisionLine(Schema):
    decision: str
    reason: str
    decided_at: datetime
    by: str


class OriginLine(Schema):
    """Where the dose of a report came from."""

    report: str = Field(examples=["S-1"])
    is_confirmed: bool = Field(description="whether the pack the dose came from is on record")
    remark: str = Field(description=f"why not, where it is not: {NOT_CONFIRMED}")
    amount: str = ""
    given_at: datetime | None = None
    gtin: str = ""
    serial: str = ""
    state: str = Field("", description="where the custody ledger has the pack")
    lot: str = ""
    expires_on: date | None = None
    supplier: str = ""
    read: str = Field("", description="how the pack itself was read, or that it never was")
    consignment: str = ""
    institution: str = ""
    dispatched_at: datetime | None = None
    arrived_at: datetime | None = None
    carrier: str = ""
    shipper: str = ""
    logger: str = ""
    papers: list[OriginPaperLine] = []
    temperatures: list[TemperatureLine] = []
    decisions: list[OriginDecisionLine] = []
    recalls: list[str] = []


@router.get(
    "/cases/{reference}/safety-reports/{label}/origin",
    response=OriginLine,
    summary="Where the dose of a safety report came from",
)
def read_origin(request: HttpRequest, reference: str, label: Label) -> dict[str, Any]:
    """Dose, pack, lot, supplier, transaction papers, consignment, temperature and disposition; nothing is inferred."""
    only(request, READ_WHOLE, WHO)
    case = found(request, reference)
    named = re.fullmatch(r"S-([1-9][0-9]{0,4})", label, re.ASCII)
    report = case.safety_reports.filter(number=int(named[1])).first() if named else None
    if report is None:
        raise Http404(f"{case.reference} has no safety report of that label.")
    if report.dose_id is None:
        return {"report": report.label, "is_confirmed": False, "remark": f"{NOT_CONFIRMED}: the report names no dose"}
    origin = origins_of(DoseAdministered.objects.filter(pk=report.dose_id))[report.dose_id]
    return asdict(origin) | {"report": report.label, "is_confirmed": origin.is_confirmed}
