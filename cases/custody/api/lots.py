"""A lot from the API: every pack of it, where it is, and which case it is for; the same query as the page."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Query, Router, Schema
from pydantic import Field

from cases import clock
from cases.api.auth import only
from cases.api.refusals import FieldsRefused
from cases.api.shapes import Label
from cases.custody.tracing import WHEREABOUTS, NotTraceable, cases_of, counted, trace_lot
from cases.models import Case
from cases.people.roles import READ_WHOLE

router = Router(tags=["Lots and recalls"])
WHO = "Lots are traced by the pharmacy and those who audit it."


class UnitLine(Schema):
    """One pack of a lot."""

    gtin: str
    lot: str
    serial: str
    expires_on: date
    state: str = Field(description="as the custody ledger has it")
    where: str = Field(description="one of " + ", ".join(code for code, _ in WHEREABOUTS.values()))
    place: str
    holder: str
    since: datetime | None
    case: str = Field(examples=["NP-7K3M-Q2D9-5"])
    consignment: str = Field(examples=["C-1"])
    supplier: str
    institution: str
    medicine: str
    doses: int = Field(description="doses recorded as given from this pack")


class LotTraced(Schema):
    """Every pack of one lot among the cases that you may read."""

    gtin: str
    lot: str
    units: list[UnitLine]
    counts: dict[str, int] = Field(description="how many packs are where")
    cases: list[str]


@router.get("/trace", response=LotTraced, summary="Trace a lot to its packs and cases")
def read_trace(
    request: HttpRequest,
    gtin: Label = Query(..., description="14 digits", examples=["00399999000123"]),
    lot: Label = Query(..., examples=["7K04B8"]),
) -> dict[str, Any]:
    """Answered by one query, however many packs there are."""
    person = only(request, READ_WHOLE, WHO)
    try:
        units = trace_lot(gtin, lot, among=Case.objects.visible_to(person, at=clock.now()))
    except NotTraceable as fault:
        remedy = "Copy it from the pack, or from the notice of the recall."
        raise FieldsRefused((fault.field, fault.value, fault.sentence, remedy)) from fault
    return {
        "gtin": gtin,
        "lot": lot,
        "units": [unit.as_json() for unit in units],
        "counts": counted(units),
        "cases": cases_of(units),
    }
