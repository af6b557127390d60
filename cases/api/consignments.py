"""One consignment: how it is packed, its milestones and hand-overs, and the checks before its dispatch."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from ninja import Router, Schema
from pydantic import Field

from cases import clock
from cases.api.auth import caller
from cases.api.problems import RequirementLine
from cases.api.taking import found
from cases.custody.dispatch_gate import VERB, group_of, mark_of
from cases.custody.models import Consignment
from cases.lifecycle.engine import consider, subject_named
from cases.lifecycle.verbs import VERBS
from cases.models import Case
from cases.people.roles import READ_WHOLE

router = Router(tags=["Consignments"])


class MilestoneLine(Schema):
    """One point of the journey."""

    label: str = Field(examples=["M-1"])
    kind: str
    place: str
    planned_at: datetime
    reached_at: datetime | None
    state: str


class HandOverLine(Schema):
    """One change of hands."""

    at: datetime
    place: str
    gave: str
    took: str
    condition: str
    seal_number: str
    remarks: str


class PackingLine(Schema):
    """How it is packed; hours are counted from dispatch."""

    shipper_name: str
    shipper_number: str
    shipper_hours: int
    logger_number: str
    seal_number: str
    constraints: list[str]
    dry_ice_kg: Decimal | None
    hours_from_dispatch: int | None
    packed_by: str
    packed_at: datetime


class ConsignmentDetail(Schema):
    label: str = Field(examples=["C-1"])
    state: str
    supplier: str | None
    carrier: str | None
    institution: str
    planned_dispatch_on: date
    planned_arrival_on: date
    ordered_at: datetime | None
    dispatched_at: datetime | None
    arrived_at: datetime | None
    packing: PackingLine | None
    milestones: list[MilestoneLine]
    hand_overs: list[HandOverLine]
    papers: list[str] = Field(description="labels of the papers that were made for it")


class DispatchCheckLine(RequirementLine):
    """One check: the requirement as the page, the refusal and the event have it, with its heading and its mark."""

    group: str
    mark: str = Field(
        description="met, unmet, not_known, overridable (by two people), overridden, or asked (in the form)"
    )


class DispatchChecks(Schema):
    may_leave: bool
    checks: list[DispatchCheckLine] = Field(description="the whole list, the met ones too")


@router.get("/cases/{reference}/consignments/{label}", response=ConsignmentDetail, summary="One consignment")
def read_consignment(request: HttpRequest, reference: str, label: str) -> dict[str, Any]:
    """Its plan, packing, milestones, hand-overs and papers."""
    _, box = _named(request, reference, label)
    packing = box.packings.select_related("packed_by").last()
    return {
        "label": box.label,
        "state": box.state,
        "supplier": box.supplier.name if box.supplier else None,
        "carrier": box.carrier.name if box.carrier else None,
        "institution": box.institution.name,
        "planned_dispatch_on": box.planned_dispatch_on,
        "planned_arrival_on": box.planned_arrival_on,
        "ordered_at": box.ordered_at,
        "dispatched_at": box.dispatched_at,
        "arrived_at": box.arrived_at,
        "packing": {
            **{name: getattr(packing, name) for name in PackingLine.model_fields if name != "packed_by"},
            "packed_by": packing.packed_by.display_name,
        }
        if packing is not None
        else None,
        "milestones": [
            {name: getattr(one, name) for name in MilestoneLine.model_fields} for one in box.milestones.all()
        ],
        "hand_overs": [
            {
                "at": one.event.event_at,
                "place": one.event.place,
                **{name: getattr(one, name) for name in ("gave", "took", "condition", "seal_number", "remarks")},
            }
            for one in box.hand_overs.select_related("event")
        ],
        "papers": [one.document.label for one in box.papers.select_related("document").order_by("document__number")],
    }


@router.get(
    "/cases/{reference}/consignments/{label}/dispatch-checks", response=DispatchChecks, summary="Checks before dispatch"
)
def read_dispatch_checks(request: HttpRequest, reference: str, label: str) -> dict[str, Any]:
    """Judged now, as the page shows them. A refused dispatch answers the same list, and a taken one keeps it."""
    case, box = _named(request, reference, label)
    person = caller(request)
    lines = consider(case, VERB, by=person, now=clock.now(), subject=box)
    return {
        "may_leave": box.state == Consignment.State.RELEASED and not any(line.blocks for line in lines),
        "checks": [line.as_json() | {"group": group_of(line), "mark": mark_of(line)} for line in lines],
    }


def _named(request: HttpRequest, reference: str, label: str) -> tuple[Case, Consignment]:
    case = found(request, reference)
    if caller(request).role not in READ_WHOLE:
        raise PermissionDenied("A consignment is read whole by the pharmacy and its auditors.", "the pharmacy")
    try:
        box = subject_named(case, VERBS[VERB], label)
    except LookupError as missing:
        raise Http404(str(missing)) from missing
    if not isinstance(box, Consignment):
        raise Http404("There is no such consignment.")
    return case, box
